import { useState } from 'preact/hooks';
import { type EngineView, useEngineState } from '../engineView.ts';
import { setPreferences, usePreferences } from '../preferences.ts';
import { Icon } from '../shapes/Icon.tsx';
import { security as words } from '../words.ts';
import { PassphraseDialog } from './PassphraseDialog.tsx';

/** Says once, calmly, to a host who has chats and no lock, who can read them. It goes with a lock, or when sent away. */
export function NoLockLine({ view, onAway }: { view: EngineView; onAway: () => void }) {
  const lock = useEngineState(view)?.lock;
  const { noLockTold } = usePreferences();
  const [setting, setSetting] = useState(false);
  const isOpen = lock?.keeps === 'device' && lock.locks.length === 0 && !noLockTold;
  return (
    <>
      {isOpen && (
        <div class="banner">
          <Icon name="unlocked" />
          <p class="grow">{words.noLock}</p>
          <button type="button" class="text-button" onClick={() => setSetting(true)}>
            {words.noLockSet}
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={words.noLockAway}
            title={words.noLockAway}
            onClick={() => {
              setPreferences({ noLockTold: true });
              onAway();
            }}
          >
            <Icon name="close" tiny />
          </button>
        </div>
      )}
      {setting && <PassphraseDialog view={view} isChange={false} onClose={closed} />}
    </>
  );

  function closed(): void {
    setSetting(false);
    // With the line goes the button that the focus would return to.
    if ((view.state?.lock.locks.length ?? 0) > 0) onAway();
  }
}
