import { useEffect, useState } from 'preact/hooks';
import { offersAccounts } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { common, security, unlock, keeping as words } from '../words.ts';
import { NewPassphrase } from './NewPassphrase.tsx';
import { useSaving } from './PassphraseDialog.tsx';
import { usePassphrase } from './usePassphrase.ts';

/** Few turn into an account, and nobody at once. */
const loadCreate = () => import('../account/CreateAccount.tsx');
const accountWords = {
  lead: 'Or be found by a handle, and go on with this chat on your other devices too:',
  create: 'Create account',
  title: 'Keep your account here?',
  text: (handle: string) =>
    `You are @${handle}, so far in this tab only: when it closes, this browser is signed out and the chat is gone from it. With a passphrase both stay here, locked.`,
  keep: 'Keep it',
  notNow: 'Not now',
};

/** A guest keeps the chat in this browser: a passphrase, then how to come back. Or by an account, and then the same. */
export function KeepDialog(props: { view: EngineView; onKept: () => void; onClose: () => void }) {
  const { port } = props.view;
  const state = useEngineState(props.view);
  const [asksAccount, setAsksAccount] = useState(false);
  const creating = useLoaded(asksAccount, loadCreate, () => setAsksAccount(false));
  const handle = state?.account?.handle;
  const registration = handle === undefined ? state?.registration : undefined;
  useEffect(() => {
    if (offersAccounts(port)) port.askRegistration().catch(() => undefined);
  }, [port]);
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
  if (asksAccount && creating !== undefined && offersAccounts(port))
    return (
      <creating.CreateAccountDialog
        view={props.view}
        port={port}
        onDone={() => setAsksAccount(false)}
        onCancel={() => setAsksAccount(false)}
      />
    );
  return (
    <Dialog
      title={handle === undefined ? words.title : accountWords.title}
      onClose={() => !busy && props.onClose()}
    >
      <div class="stack tight">
        <p>{handle === undefined ? words.text : accountWords.text(handle)}</p>
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
            {handle === undefined ? common.cancel : accountWords.notNow}
          </button>
          <button type="submit" class="button primary" aria-busy={busy} aria-disabled={busy}>
            {handle === undefined ? words.action : accountWords.keep}
          </button>
        </div>
      </form>
      {registration !== undefined && registration !== 'closed' && (
        <p class="small muted ruled">
          {accountWords.lead}{' '}
          <button type="button" class="text-button" disabled={busy} onClick={() => setAsksAccount(true)}>
            {accountWords.create}
          </button>
        </p>
      )}
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
