import type { AccountView } from '@sotto/client';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type AccountsPort, offersPasskeys } from '../engineOffers.ts';
import { forgetErased, startAfresh } from '../lock/erasure.ts';
import { NewPassphrase } from '../lock/NewPassphrase.tsx';
import { SecretField } from '../lock/SecretField.tsx';
import { usePassphrase } from '../lock/usePassphrase.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { useForm } from '../shapes/useForm.ts';
import { attempt, toast } from '../toast.tsx';
import { common } from '../words.ts';
import { accountTrouble, account as words } from './accountWords.ts';
import { PASSWORD_LEAST_CHARACTERS } from './CreateAccount.tsx';
import { RecoveryWords } from './RecoveryWords.tsx';

interface AccountDialog {
  readonly port: AccountsPort;
  readonly onClose: () => void;
}

const failed = (error: unknown): boolean =>
  (Object(error) as { readonly code?: string }).code === 'SIGN_IN_FAILED';

/** A new password in place of the one that is known. */
export function ChangePasswordDialog({ port, onClose }: AccountDialog) {
  const [current, setCurrent] = useState('');
  const [removePasskeys, setRemovePasskeys] = useState(false);
  const chosen = usePassphrase({ leastCharacters: PASSWORD_LEAST_CHARACTERS, once: true });
  const id = useId();
  const form = useForm<'current' | 'next'>(
    async () => {
      await port.changePassword(current, chosen.passphrase, { removePasskeys });
      toast(words.changed);
      onClose();
    },
    error =>
      failed(error)
        ? { at: 'current', sentence: words.currentWrong }
        : { at: 'form', sentence: accountTrouble(error) },
  );
  function inTheWay() {
    if (current === '') return { at: 'current', sentence: words.passwordMissing } as const;
    const wrong = chosen.mistake();
    return wrong && ({ at: 'next', sentence: wrong.sentence } as const);
  }
  const nextMistake = form.at('next');
  return (
    <Dialog title={words.changePassword} onClose={() => !form.busy && onClose()}>
      <p>{words.changeText}</p>
      <form ref={form.form} class="stack" noValidate onSubmit={event => void form.submit(event, inTheWay())}>
        <SecretField
          id={`${id}-current`}
          label={words.current}
          autocomplete="current-password"
          value={current}
          shown={chosen.shown}
          readOnly={form.busy}
          mistake={form.at('current')}
          onInput={value => {
            setCurrent(value);
            form.clear();
          }}
        />
        <NewPassphrase
          label={words.newPassword}
          show={words.showPassword}
          chosen={chosen}
          mistake={nextMistake === undefined ? undefined : { field: 'passphrase', sentence: nextMistake }}
          busy={form.busy}
          onEdit={form.clear}
        />
        {offersPasskeys(port) && (
          <label class="check">
            <input
              type="checkbox"
              checked={removePasskeys}
              disabled={form.busy}
              onChange={event => setRemovePasskeys(event.currentTarget.checked)}
            />
            <span>{words.removePasskeys}</span>
            <span class="small muted">{words.removePasskeysHint}</span>
          </label>
        )}
        <p class={form.at('form') === undefined ? 'small muted' : 'mistake'} role="status">
          {form.at('form') ?? (form.busy ? words.changing : '')}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" disabled={form.busy} onClick={onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button primary" aria-busy={form.busy} aria-disabled={form.busy}>
            {words.changePassword}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A new recovery code, after a question: the one before opens nothing any more. */
export function NewCodeDialog({ port, onClose }: AccountDialog) {
  const [sure, setSure] = useState(false);
  if (sure) return <FreshCode port={port} onClose={onClose} />;
  return (
    <Dialog title={words.newCodeTitle} onClose={onClose}>
      <p>{words.newCodeText}</p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button primary" onClick={() => setSure(true)}>
          {words.newCodeAction}
        </button>
      </div>
    </Dialog>
  );
}

function FreshCode({ port, onClose }: AccountDialog) {
  const [code, setCode] = useState<string | undefined>(undefined);
  const made = useRef(false);
  useEffect(() => {
    if (made.current) return;
    made.current = true;
    port.makeAccountRecoveryCode().then(
      ({ recoveryCode }) => setCode(recoveryCode),
      error => {
        toast(accountTrouble(error));
        onClose();
      },
    );
  }, []);
  return (
    <Dialog title={words.codeTitle} onClose={() => undefined}>
      {code === undefined ? (
        <p class="muted" role="status">
          {words.codeMaking}
        </p>
      ) : (
        <RecoveryWords code={code} onKept={onClose} />
      )}
    </Dialog>
  );
}

/** Takes this device off the account and everything off this device. */
export function SignOutDialog(props: AccountDialog & { account: AccountView | undefined; guest: boolean }) {
  const { port, onClose } = props;
  const [busy, setBusy] = useState(false);
  const active = props.account?.devices.filter(({ state }) => state === 'active') ?? [];
  async function go(): Promise<void> {
    setBusy(true);
    if (!(await attempt(port.signOut(), accountTrouble))) {
      setBusy(false);
      return;
    }
    forgetErased(props.guest ? 'guest' : 'host');
    startAfresh();
  }
  return (
    <Dialog title={words.signOutTitle} onClose={() => !busy && onClose()}>
      <p>{words.signOutText}</p>
      {active.length <= 1 && <p class="notice warn">{words.signOutLast}</p>}
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={busy} onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button danger filled" disabled={busy} aria-busy={busy} onClick={go}>
          {busy ? words.signingOut : words.signOut}
        </button>
      </div>
    </Dialog>
  );
}

/** Frees the handle; asks for the password, so that nobody at an open screen can. */
export function DeleteAccountDialog({ port, onClose }: AccountDialog) {
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const id = useId();
  const form = useForm<'password'>(
    async () => {
      await port.deleteAccount(password);
      toast(words.deleted);
      onClose();
    },
    error =>
      failed(error)
        ? { at: 'password', sentence: words.currentWrong }
        : { at: 'form', sentence: accountTrouble(error) },
  );
  return (
    <Dialog title={words.deleteTitle} onClose={() => !form.busy && onClose()}>
      <p>{words.deleteText}</p>
      <form
        ref={form.form}
        class="stack"
        noValidate
        onSubmit={event =>
          void form.submit(
            event,
            password === '' ? { at: 'password', sentence: words.passwordMissing } : undefined,
          )
        }
      >
        <SecretField
          id={id}
          label={words.password}
          show={words.showPassword}
          autocomplete="current-password"
          value={password}
          shown={shown}
          readOnly={form.busy}
          mistake={form.at('password')}
          onInput={value => {
            setPassword(value);
            form.clear();
          }}
          onShow={setShown}
        />
        <p class="mistake" role="status">
          {form.at('form')}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" disabled={form.busy} onClick={onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button danger filled" aria-busy={form.busy} aria-disabled={form.busy}>
            {words.deleteAction}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
