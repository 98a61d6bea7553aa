import { useId, useState } from 'preact/hooks';
import { type AccountsPort, offersLinking } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import { NewPassphrase } from '../lock/NewPassphrase.tsx';
import { SecretField } from '../lock/SecretField.tsx';
import { usePassphrase } from '../lock/usePassphrase.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { TextField } from '../shapes/TextField.tsx';
import { type Mistake, useForm } from '../shapes/useForm.ts';
import { toast } from '../toast.tsx';
import { common } from '../words.ts';
import { accountTrouble, devices, account as words } from './accountWords.ts';
import { PASSWORD_LEAST_CHARACTERS } from './CreateAccount.tsx';
import { deviceName } from './deviceName.ts';
import { handleMistake, plainHandle } from './handleRules.ts';
import { LinkThisDevice } from './LinkThisDevice.tsx';
import '../styles/lock.css';
import '../styles/account.css';

export type Way = 'password' | 'code' | 'device';

const TITLES: Readonly<Record<Way, string>> = {
  password: words.signInTitle,
  code: words.recoverTitle,
  device: devices.linkTitle,
};

interface SignInProps {
  readonly view: EngineView;
  readonly port: AccountsPort;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

/** Makes this device one of an account's: by password, by recovery code, or by a device that is in. */
export function SignInDialog(props: SignInProps) {
  const [way, setWay] = useState<Way>('password');
  return (
    <Dialog title={TITLES[way]} onClose={props.onCancel}>
      <SignIn {...props} way={way} onWay={setWay} />
    </Dialog>
  );
}

/** The same without a frame; its title is `signInTitle(way)`. */
export function SignIn(props: SignInProps & { way: Way; onWay: (way: Way) => void }) {
  const done = (): void => {
    toast(words.signedIn(props.view.state?.account?.handle));
    props.onDone();
  };
  if (props.way === 'device')
    return <LinkThisDevice {...props} onDone={done} onBack={() => props.onWay('password')} />;
  if (props.way === 'code') return <Recover {...props} onDone={done} />;
  return <ByPassword {...props} onDone={done} />;
}

export const signInTitle = (way: Way): string => TITLES[way];

type Field = 'handle' | 'password' | 'code' | 'newPassword';

function handleInTheWay(handle: string): Mistake<Field> | undefined {
  // Whatever is no handle is nobody's; that says nothing about who is here.
  const wrong = handleMistake(handle, true);
  if (wrong === undefined || wrong === words.handleReserved) return undefined;
  return { at: 'handle', sentence: wrong };
}

function ByPassword(props: SignInProps & { onWay: (way: Way) => void }) {
  const [handle, setHandle] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const id = useId();
  const form = useForm<Field>(
    async () => {
      await props.port.signIn({
        handle: plainHandle(handle),
        password,
        deviceName: deviceName(navigator.userAgent),
      });
      props.onDone();
    },
    error => ({ at: isRefusal(error) ? 'password' : 'form', sentence: accountTrouble(error) }),
  );
  const changed = (set: (value: string) => void) => (value: string) => {
    set(value);
    form.clear();
  };
  const inTheWay = (): Mistake<Field> | undefined =>
    handleInTheWay(handle) ??
    (password === '' ? { at: 'password', sentence: words.passwordMissing } : undefined);

  return (
    <form ref={form.form} class="stack" noValidate onSubmit={event => void form.submit(event, inTheWay())}>
      <p class="muted">{words.signInLead}</p>
      <TextField
        id={`${id}-handle`}
        label={words.handle}
        plain
        autocomplete="username"
        value={handle}
        readOnly={form.busy}
        mistake={form.at('handle')}
        onInput={changed(setHandle)}
      />
      <SecretField
        id={`${id}-password`}
        label={words.password}
        show={words.showPassword}
        autocomplete="current-password"
        value={password}
        shown={shown}
        readOnly={form.busy}
        mistake={form.at('password')}
        onInput={changed(setPassword)}
        onShow={setShown}
      />
      <p class={form.at('form') === undefined ? 'small muted' : 'mistake'} role="status">
        {form.at('form') ?? (form.busy ? words.signingIn : '')}
      </p>
      <Actions busy={form.busy} onCancel={props.onCancel} />
      <p class="unlock-links small muted ruled">
        <button type="button" class="text-button" onClick={() => props.onWay('code')}>
          {words.useCode}
        </button>
        {offersLinking(props.port) && (
          <button type="button" class="text-button" onClick={() => props.onWay('device')}>
            {words.useDevice}
          </button>
        )}
      </p>
    </form>
  );
}

const CODE_WORDS = 12;

function Recover(props: SignInProps & { onWay: (way: Way) => void }) {
  const [handle, setHandle] = useState('');
  const [code, setCode] = useState('');
  const password = usePassphrase({ leastCharacters: PASSWORD_LEAST_CHARACTERS, once: true });
  const id = useId();
  const form = useForm<Field>(
    async () => {
      await props.port.recover({
        handle: plainHandle(handle),
        code,
        newPassword: password.passphrase,
        deviceName: deviceName(navigator.userAgent),
      });
      props.onDone();
    },
    error =>
      isRefusal(error) || codeOf(error) === 'MISTYPED_CODE'
        ? { at: 'code', sentence: isRefusal(error) ? words.recoverFailed : words.codeMistyped }
        : { at: codeOf(error) === 'WEAK_PASSWORD' ? 'newPassword' : 'form', sentence: accountTrouble(error) },
  );
  const changed = (set: (value: string) => void) => (value: string) => {
    set(value);
    form.clear();
  };

  function inTheWay(): Mistake<Field> | undefined {
    const wrongHandle = handleInTheWay(handle);
    if (wrongHandle !== undefined) return wrongHandle;
    const count = code
      .trim()
      .split(/[\s,.-]+/)
      .filter(Boolean).length;
    if (count === 0) return { at: 'code', sentence: words.codeMissing };
    if (count !== CODE_WORDS) return { at: 'code', sentence: words.codeCount(count) };
    const wrong = password.mistake();
    return wrong && { at: 'newPassword', sentence: wrong.sentence };
  }

  const passwordMistake = form.at('newPassword');
  return (
    <form ref={form.form} class="stack" noValidate onSubmit={event => void form.submit(event, inTheWay())}>
      <p class="muted">{words.recoverLead}</p>
      <TextField
        id={`${id}-handle`}
        label={words.handle}
        plain
        autocomplete="username"
        value={handle}
        readOnly={form.busy}
        mistake={form.at('handle')}
        onInput={changed(setHandle)}
      />
      <TextField
        id={`${id}-code`}
        label={words.code}
        plain
        value={code}
        readOnly={form.busy}
        mistake={form.at('code')}
        hint={words.codeHint}
        onInput={changed(setCode)}
      />
      <NewPassphrase
        label={words.newPassword}
        show={words.showPassword}
        chosen={password}
        mistake={
          passwordMistake === undefined ? undefined : { field: 'passphrase', sentence: passwordMistake }
        }
        busy={form.busy}
        onEdit={form.clear}
      />
      <p class={form.at('form') === undefined ? 'small muted' : 'mistake'} role="status">
        {form.at('form') ?? (form.busy ? words.signingIn : '')}
      </p>
      <Actions busy={form.busy} onCancel={props.onCancel} />
      <p class="unlock-links small muted ruled">
        <button type="button" class="text-button" onClick={() => props.onWay('password')}>
          {words.usePassword}
        </button>
      </p>
    </form>
  );
}

function Actions({ busy, onCancel }: { busy: boolean; onCancel: () => void }) {
  return (
    <div class="dialog-actions">
      <button type="button" class="button quiet" disabled={busy} onClick={onCancel}>
        {common.cancel}
      </button>
      <button type="submit" class="button primary" aria-busy={busy} aria-disabled={busy}>
        {words.signIn}
      </button>
    </div>
  );
}

function codeOf(error: unknown): string | undefined {
  return (Object(error) as { readonly code?: string }).code;
}

const isRefusal = (error: unknown): boolean => codeOf(error) === 'SIGN_IN_FAILED';
