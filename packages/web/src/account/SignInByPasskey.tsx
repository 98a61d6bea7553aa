import { useEffect, useRef, useState } from 'preact/hooks';
import type { PasskeysPort } from '../engineOffers.ts';
import { Icon } from '../shapes/Icon.tsx';
import { errorCode } from '../toast.tsx';
import { accountTrouble, passkeys as words } from './accountWords.ts';
import { passkeysHere, signInByPasskey } from './signInPasskeys.ts';

/** Signs in by a passkey: nothing is typed, the browser asks which. */
export function SignInByPasskey(props: { port: PasskeysPort; disabled: boolean; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const [mistake, setMistake] = useState('');
  const gone = useRef(new AbortController());
  useEffect(() => {
    // Loaded before it is pressed: a browser asks only right after somebody did something.
    passkeysHere().catch(() => undefined);
    // What the browser asks goes with the screen that had it ask.
    return () => gone.current.abort();
  }, []);

  async function signIn(): Promise<void> {
    if (busy || props.disabled) return;
    setBusy(true);
    setMistake('');
    try {
      await signInByPasskey(props.port, gone.current.signal);
      props.onDone();
    } catch (error) {
      setMistake(trouble(error));
    }
    setBusy(false);
  }

  return (
    <>
      <button
        type="button"
        class="button"
        aria-busy={busy}
        aria-disabled={busy || props.disabled}
        onClick={signIn}
      >
        <Icon name="key" />
        {words.signIn}
      </button>
      <p class={mistake === '' ? 'hidden-text' : 'mistake'} role="status">
        {mistake || (busy ? words.waiting : '')}
      </p>
    </>
  );
}

function trouble(error: unknown): string {
  switch (errorCode(error)) {
    case 'SIGN_IN_FAILED':
      return words.signInFailed;
    case 'PASSKEY_REFUSED':
      return words.signInRefused;
    case 'PASSKEY_UNSUPPORTED':
      return words.signInUnsupported;
    default:
      return accountTrouble(error);
  }
}
