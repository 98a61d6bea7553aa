import { Icon } from '../shapes/Icon.tsx';
import { security, settings } from '../words.ts';

/** What stands at the end of a page's head: the lock, and the settings. */
export function HeadButtons(props: {
  /** Undefined where there is no lock to close. */
  onLock: (() => void) | undefined;
  onSettings: () => void;
}) {
  return (
    <>
      {props.onLock !== undefined && (
        <button
          type="button"
          class="icon-button"
          aria-label={security.lockNow}
          title={security.lockNow}
          onClick={props.onLock}
        >
          <Icon name="lock" />
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label={settings.title}
        title={settings.title}
        onClick={props.onSettings}
      >
        <Icon name="settings" />
      </button>
    </>
  );
}
