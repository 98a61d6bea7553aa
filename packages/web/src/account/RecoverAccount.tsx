import { useId, useState } from 'preact/hooks';
import type { AccountsPort } from '../engineOffers.ts';
import { NewPassphrase } from '../lock/NewPassphrase.tsx';
import { usePassphrase } from '../lock/usePassphrase.ts';
import { TextField } from '../shapes/TextField.tsx';
import { type Mistake, useForm } from '../shapes/useForm.ts';
import { errorCode } from '../toast.tsx';
import { accountTrouble, account as words } from './accountWords.ts';
import { PASSWORD_LEAST_CHARACTERS } from './CreateAccount.tsx';
import { deviceName } from './deviceName.ts';
import { plainHandle } from './handleRules.ts';
import { handleInTheWay, SignInFrame, SignInHandle } from './SignInFrame.tsx';

type Field = 'handle' | 'code' | 'newPassword';

const CODE_WORDS = 12;

function mistakeOf(error: unknown): Mistake<Field> {
  switch (errorCode(error)) {
    case 'SIGN_IN_FAILED':
      return { at: 'code', sentence: words.recoverFailed };
    case 'MISTYPED_CODE':
      return { at: 'code', sentence: words.codeMistyped };
    case 'WEAK_PASSWORD':
      return { at: 'newPassword', sentence: accountTrouble(error) };
    default:
      return { at: 'form', sentence: accountTrouble(error) };
  }
}

/** Signs in with the recovery code, and sets a new password. */
export function RecoverAccount(props: {
  port: AccountsPort;
  onDone: () => void;
  onCancel: () => void;
  onBack: () => void;
}) {
  const [handle, setHandle] = useState('');
  const [code, setCode] = useState('');
  const password = usePassphrase({ leastCharacters: PASSWORD_LEAST_CHARACTERS, once: true });
  const id = useId();
  const form = useForm<Field>(async () => {
    await props.port.recover({
      handle: plainHandle(handle),
      code,
      newPassword: password.passphrase,
      deviceName: deviceName(navigator.userAgent),
    });
    props.onDone();
  }, mistakeOf);
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
    <SignInFrame
      form={form}
      lead={words.recoverLead}
      inTheWay={inTheWay}
      onCancel={props.onCancel}
      others={
        <p class="unlock-links small muted">
          <button type="button" class="text-button" onClick={props.onBack}>
            {words.usePassword}
          </button>
        </p>
      }
    >
      <SignInHandle
        id={`${id}-handle`}
        value={handle}
        busy={form.busy}
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
    </SignInFrame>
  );
}
