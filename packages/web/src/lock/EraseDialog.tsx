import { useId, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { attempt } from '../toast.tsx';
import { common, erasing as words } from '../words.ts';
import { startAfresh } from './erasure.ts';

/** Erases the device, once a word has been typed; then the page starts afresh. */
export function EraseDialog(props: { view: EngineView; guest: boolean; onClose: () => void }) {
  const { view } = props;
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const id = useId();
  const sure = typed.trim().toLowerCase() === words.word;

  async function erase(): Promise<void> {
    if (!sure || busy) return;
    setBusy(true);
    if (await attempt(view.port.eraseDevice())) startAfresh();
    else setBusy(false);
  }

  return (
    <Dialog title={words.title} onClose={() => !busy && props.onClose()}>
      <p>{props.guest ? words.textGuest : words.text}</p>
      <div class="stack tight">
        <h3 class="label">{words.limitsTitle}</h3>
        <ul class="door-know small muted">
          {words.limits.map(limit => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </div>
      {view.state?.lock.overwritesInPlace === false && (
        <p class="notice warn">
          <Icon name="warn" />
          <span>{words.notInPlace}</span>
        </p>
      )}
      <form
        class="stack"
        onSubmit={event => {
          event.preventDefault();
          void erase();
        }}
      >
        <div class="field">
          <label for={id}>{words.type}</label>
          <input
            id={id}
            class="input"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={typed}
            readOnly={busy}
            onInput={event => setTyped(event.currentTarget.value)}
          />
        </div>
        <div class="dialog-actions">
          <button type="button" class="button quiet" disabled={busy} onClick={props.onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button danger filled" disabled={!sure || busy} aria-busy={busy}>
            {busy ? words.busy : words.confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
