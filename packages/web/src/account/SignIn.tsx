import { useId, useState } from 'preact/hooks';
import { type AccountsPort, offersLinking, offersPasskeys } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import { SecretField } from '../lock/SecretField.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { type Mistake, useForm } from '../shapes/useForm.ts';
import { errorCode, toast } from '../toast.tsx';
import { accountTrouble, devices, account as words } from './accountWords.ts';
import { deviceName } from './deviceName.ts';
import { plainHandle } from './handleRules.ts';
import { LinkThisDevice } from './LinkThisDevice.tsx';
import { RecoverAccount } from './RecoverAccount.tsx';
import { SignInByPasskey } from './SignInByPasskey.tsx';
import { handleInTheWay, SignInFrame, SignInHandle } from './SignInFrame.tsx';
import '../styles/lock.css';
import '../styles/account.css';

type Way = 'password' | 'code' | 'device';

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

/** Makes this device one of an account's: by password, passkey, recovery code, or by a device that is in. */
export function SignInDialog({ view, port, onDone, onCancel }: SignInProps) {
  const [way, setWay] = useState<Way>('password');
  const done = (): void => {
    toast(words.signedIn(view.state?.account?.handle));
    onDone();
  };
  const back = (): void => setWay('password');
  return (
    <Dialog title={TITLES[way]} onClose={onCancel}>
      {way === 'device' && <LinkThisDevice view={view} port={port} onDone={done} onBack={back} />}
      {way === 'code' && <RecoverAccount port={port} onDone={done} onCancel={onCancel} onBack={back} />}
      {way === 'password' && <ByPassword port={port} onDone={done} onCancel={onCancel} onWay={setWay} />}
    </Dialog>
  );
}

function ByPassword(props: Omit<SignInProps, 'view'> & { onWay: (way: Way) => void }) {
  const { port } = props;
  const [handle, setHandle] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const id = useId();
  const form = useForm<'handle' | 'password'>(
    async () => {
      await port.signIn({
        handle: plainHandle(handle),
        password,
        deviceName: deviceName(navigator.userAgent),
      });
      props.onDone();
    },
    error => ({
      at: errorCode(error) === 'SIGN_IN_FAILED' ? 'password' : 'form',
      sentence: accountTrouble(error),
    }),
  );
  const changed = (set: (value: string) => void) => (value: string) => {
    set(value);
    form.clear();
  };
  const inTheWay = (): Mistake<'handle' | 'password'> | undefined =>
    handleInTheWay(handle) ??
    (password === '' ? { at: 'password', sentence: words.passwordMissing } : undefined);

  return (
    <SignInFrame
      form={form}
      lead={words.signInLead}
      inTheWay={inTheWay}
      onCancel={props.onCancel}
      others={
        <>
          {offersPasskeys(port) && <SignInByPasskey port={port} disabled={form.busy} onDone={props.onDone} />}
          <p class="unlock-links small muted">
            <button type="button" class="text-button" onClick={() => props.onWay('code')}>
              {words.useCode}
            </button>
            {offersLinking(port) && (
              <button type="button" class="text-button" onClick={() => props.onWay('device')}>
                {words.useDevice}
              </button>
            )}
          </p>
        </>
      }
    >
      <SignInHandle
        id={`${id}-handle`}
        value={handle}
        busy={form.busy}
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
    </SignInFrame>
  );
}
