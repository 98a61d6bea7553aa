import { useId, useState } from 'preact/hooks';
import { askForNotifications, notificationPermission } from './attention.ts';
import { setPreferences, type Theme, usePreferences } from './preferences.ts';
import { settings as words } from './words.ts';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** What a person can set for this browser. */
export function SettingsFields() {
  const { theme, sounds } = usePreferences();
  const [permission, setPermission] = useState(notificationPermission);
  const id = useId();
  return (
    <div class="stack">
      <div class="field">
        <span id={id} class="label">
          {words.theme}
        </span>
        <div class="choice" role="radiogroup" aria-labelledby={id}>
          {THEMES.map(name => (
            <label key={name}>
              <input
                type="radio"
                name={id}
                checked={theme === name}
                onChange={() => setPreferences({ theme: name })}
              />
              {words.themes[name]}
            </label>
          ))}
        </div>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={sounds}
          aria-label={words.sounds}
          onChange={event => setPreferences({ sounds: event.currentTarget.checked })}
        />
        <span>{words.sounds}</span>
        <span class="small muted">{words.soundsHint}</span>
      </label>
      {permission !== 'unsupported' && (
        <label class="check">
          <input
            type="checkbox"
            checked={permission === 'granted'}
            disabled={permission !== 'default'}
            aria-label={words.notifications}
            onChange={async () => setPermission(await askForNotifications())}
          />
          <span>{words.notifications}</span>
          <span class="small muted">
            {permission === 'denied' ? words.notificationsDenied : words.notificationsHint}
          </span>
        </label>
      )}
    </div>
  );
}
