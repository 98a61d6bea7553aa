import { useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { common, security, unlock, keeping as words } from '../words.ts';
import { NewPassphrase } from './NewPassphrase.tsx';
import { useSaving } from './PassphraseDialog.tsx';
import { usePassphrase } from './usePassphrase.ts';

/** A guest keeps the chat in this browser: a passphrase, then how to come back. */
export function KeepDialog(props: { view: EngineView; onKept: () => void; onClose: () => void }) {
  const [promised, setPromised] = useState<boolean | undefined>(undefined);
  const chosen = usePassphrase();
  const { busy, mistake, setMistake, save, form } = useSaving(async () => {
    // Asked for now that there is something to keep.
    const persistent = await navigator.storage?.persist?.().catch(() => false);
    await props.view.port.setPassphrase(chosen.passphrase);
    props.onKept();
    setPromised(persistent === true);
  });
  if (promised !== undefined) return <HowToReturn promised={promised} onClose={props.onClose} />;
  return (
    <Dialog title={words.title} onClose={() => !busy && props.onClose()}>
      <div class="stack tight">
        <p>{words.text}</p>
        <p class="small muted">{words.shared}</p>
      </div>
      <form
        ref={form}
        class="stack"
        noValidate
        onSubmit={event => {
          event.preventDefault();
          void save(chosen.mistake());
        }}
      >
        <NewPassphrase
          label={unlock.passphrase}
          chosen={chosen}
          mistake={mistake}
          busy={busy}
          onEdit={() => setMistake(undefined)}
        />
        <p class="small muted" role="status">
          {busy ? security.saving : security.noReset}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" disabled={busy} onClick={props.onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button primary" aria-busy={busy} aria-disabled={busy}>
            {words.action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function HowToReturn({ promised, onClose }: { promised: boolean; onClose: () => void }) {
  const address = `${location.origin}/`;
  return (
    <Dialog title={words.kept} onClose={onClose}>
      <ol class="steps">
        <li>
          {words.how[0]}
          <span class="row wrap">
            <bdi class="mono small address">{address}</bdi>
            <CopyButton class="slim" label={words.copy} text={address} refused={security.copyFailed} />
          </span>
        </li>
        <li>{words.how[1]}</li>
      </ol>
      {!promised && (
        <p class="notice">
          <Icon name="warn" />
          <span>{words.evict}</span>
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button primary" onClick={onClose}>
          {words.done}
        </button>
      </div>
    </Dialog>
  );
}
