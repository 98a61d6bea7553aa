import { useId, useState } from 'preact/hooks';
import type { AccountsPort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { NewPassphrase } from '../lock/NewPassphrase.tsx';
import { usePassphrase } from '../lock/usePassphrase.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { TextField } from '../shapes/TextField.tsx';
import { type Mistake, useForm } from '../shapes/useForm.ts';
import { toast } from '../toast.tsx';
import { common } from '../words.ts';
import { accountTrouble, account as words } from './accountWords.ts';
import { deviceName } from './deviceName.ts';
import { handleMistake, plainHandle } from './handleRules.ts';
import { RecoveryWords } from './RecoveryWords.tsx';
import '../styles/lock.css';
import '../styles/account.css';

/** As the engine has it: `WEAK_PASSWORD`. */
export const PASSWORD_LEAST_CHARACTERS = 10;

interface CreateAccountProps {
  readonly view: EngineView;
  readonly port: AccountsPort;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

/** Makes an account: handle, name and password, then the recovery code, once. */
export function CreateAccountDialog(props: CreateAccountProps) {
  const [code, setCode] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  // Nothing closes it by accident once there is a code: it is shown this once.
  const close = (): void => {
    if (code === undefined && !busy) props.onCancel();
  };
  return (
    <Dialog title={code === undefined ? words.createTitle : words.codeTitle} onClose={close}>
      <CreateAccount {...props} code={code} onCode={setCode} onBusy={setBusy} />
    </Dialog>
  );
}

/** The same without a frame. */
export function CreateAccount(
  props: CreateAccountProps & {
    code: string | undefined;
    onCode: (code: string) => void;
    onBusy?: (busy: boolean) => void;
  },
) {
  if (props.code === undefined) return <AccountForm {...props} />;
  return (
    <RecoveryWords
      code={props.code}
      onKept={() => {
        toast(words.created(props.view.state?.account?.handle ?? ''));
        props.onDone();
      }}
    />
  );
}

type Field = 'handle' | 'name' | 'password' | 'invitation';

const FIELD_OF: Readonly<Record<string, Field>> = {
  HANDLE_INVALID: 'handle',
  HANDLE_RESERVED: 'handle',
  HANDLE_TAKEN: 'handle',
  BAD_NAME: 'name',
  WEAK_PASSWORD: 'password',
  INVITATION_NEEDED: 'invitation',
};

function mistakeOf(error: unknown): Mistake<Field> {
  const { code = '' } = Object(error) as { readonly code?: string };
  return { at: FIELD_OF[code] ?? 'form', sentence: accountTrouble(error) };
}

function AccountForm(
  props: CreateAccountProps & { onCode: (code: string) => void; onBusy?: (busy: boolean) => void },
) {
  const { view, port } = props;
  const registration = useEngineState(view)?.registration;
  const [handle, setHandle] = useState('');
  const [name, setName] = useState(() => view.state?.self?.name ?? '');
  const [invitation, setInvitation] = useState('');
  const password = usePassphrase({ leastCharacters: PASSWORD_LEAST_CHARACTERS, once: true });
  const byInvitation = registration === 'invitation';
  const form = useForm<Field>(async () => {
    props.onBusy?.(true);
    try {
      const { recoveryCode } = await port.createAccount({
        handle: plainHandle(handle),
        password: password.passphrase,
        name: name.trim(),
        deviceName: deviceName(navigator.userAgent),
        invitation: byInvitation ? invitation.trim() : undefined,
      });
      props.onCode(recoveryCode);
    } finally {
      props.onBusy?.(false);
    }
  }, mistakeOf);
  const id = useId();

  function inTheWay(): Mistake<Field> | undefined {
    const wrongHandle = handleMistake(handle, true);
    if (wrongHandle !== undefined) return { at: 'handle', sentence: wrongHandle };
    if (name.trim() === '') return { at: 'name', sentence: words.nameMissing };
    const wrongPassword = password.mistake();
    return wrongPassword && { at: 'password', sentence: wrongPassword.sentence };
  }

  const changed = (set: (value: string) => void) => (value: string) => {
    set(value);
    form.clear();
  };
  const passwordMistake = form.at('password');

  return (
    <form ref={form.form} class="stack" noValidate onSubmit={event => void form.submit(event, inTheWay())}>
      <p class="muted">{byInvitation ? words.inviteOnly : words.createLead}</p>
      <TextField
        id={`${id}-handle`}
        label={words.handle}
        plain
        autocomplete="username"
        value={handle}
        readOnly={form.busy}
        mistake={form.at('handle') ?? handleMistake(handle, false)}
        hint={
          handleMistake(handle, true) === undefined ? words.handleIs(plainHandle(handle)) : words.handleHint
        }
        onInput={changed(setHandle)}
      />
      <TextField
        id={`${id}-name`}
        label={words.name}
        autocomplete="nickname"
        value={name}
        readOnly={form.busy}
        mistake={form.at('name')}
        hint={words.nameHint}
        onInput={changed(setName)}
      />
      <NewPassphrase
        label={words.password}
        show={words.showPassword}
        chosen={password}
        mistake={
          passwordMistake === undefined ? undefined : { field: 'passphrase', sentence: passwordMistake }
        }
        busy={form.busy}
        onEdit={form.clear}
      />
      {byInvitation && (
        <TextField
          id={`${id}-invitation`}
          label={words.invitation}
          plain
          value={invitation}
          readOnly={form.busy}
          mistake={form.at('invitation')}
          hint={words.invitationHint}
          onInput={changed(setInvitation)}
        />
      )}
      <p class="notice">
        <Icon name="key" />
        <span>{words.noReset}</span>
      </p>
      <p class={form.at('form') === undefined ? 'small muted' : 'mistake'} role="status">
        {form.at('form') ?? (form.busy ? words.creating : '')}
      </p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={form.busy} onClick={props.onCancel}>
          {common.cancel}
        </button>
        <button type="submit" class="button primary" aria-busy={form.busy} aria-disabled={form.busy}>
          {words.create}
        </button>
      </div>
    </form>
  );
}
