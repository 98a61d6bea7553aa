import type { SignInPasskey } from '@sotto/client';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { PasskeysPort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { Confirm } from '../people/Confirm.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { TextField } from '../shapes/TextField.tsx';
import { type Mistake, useForm } from '../shapes/useForm.ts';
import { errorCode, toast } from '../toast.tsx';
import { shortDate } from '../when.ts';
import { common } from '../words.ts';
import { accountTrouble, passkeys as words } from './accountWords.ts';
import { deviceName } from './deviceName.ts';
import { addPasskey, passkeysHere, removePasskey } from './signInPasskeys.ts';

/** As the relay has it: `TOO_MANY_PASSKEYS`. */
const MOST_PASSKEYS = 10;

type Open = 'add' | { readonly removing: SignInPasskey } | undefined;

/** The passkeys by which the account's person signs in on a new device. */
export function PasskeysSection({
  view,
  port,
  handle,
}: {
  view: EngineView;
  port: PasskeysPort;
  handle: string;
}) {
  const [open, setOpen] = useState<Open>(undefined);
  const { passkeys, online, look } = usePasskeys(view, port);
  const [here, setHere] = useState<boolean | undefined>(undefined);
  useEffect(() => {
    passkeysHere().then(setHere, () => setHere(false));
  }, []);
  const close = (): void => {
    setOpen(undefined);
    look();
  };
  const full = (passkeys?.length ?? 0) >= MOST_PASSKEYS;
  return (
    <section class="stack tight ruled" aria-label={words.title}>
      <h3 class="label">{words.title}</h3>
      <p class="small muted">{words.lead}</p>
      {passkeys !== undefined && passkeys.length > 0 && (
        <ul class="locks devices">
          {passkeys.map(passkey => (
            <li key={passkey.passkeyId} class="row">
              <span class="grow">
                <bdi class="strong">{nameOf(passkey)}</bdi>
                {passkey.createdAtMs !== undefined && (
                  <span class="small muted">{words.since(shortDate(passkey.createdAtMs))}</span>
                )}
              </span>
              <button
                type="button"
                class="button slim danger"
                aria-label={words.removeWhat(nameOf(passkey))}
                onClick={() => setOpen({ removing: passkey })}
              >
                {words.remove}
              </button>
            </li>
          ))}
        </ul>
      )}
      {passkeys === undefined && !online && <p class="small muted">{words.unseen}</p>}
      {here === false && <p class="small muted">{words.notHere}</p>}
      {full && <p class="small muted">{words.full}</p>}
      {here === true && passkeys !== undefined && !full && (
        <div>
          <button type="button" class="button slim" onClick={() => setOpen('add')}>
            {words.add}
          </button>
        </div>
      )}
      {open === 'add' && (
        <AddPasskeyDialog
          port={port}
          handle={handle}
          before={passkeys ?? []}
          online={online}
          onClose={close}
        />
      )}
      {typeof open === 'object' && (
        <Confirm
          title={words.removeTitle(nameOf(open.removing))}
          action={words.removeAction}
          danger
          trouble={accountTrouble}
          work={() => removePasskey(port, open.removing)}
          onClose={close}
        >
          <p>{words.removeText}</p>
        </Confirm>
      )}
    </section>
  );
}

const nameOf = ({ name }: SignInPasskey): string => name || words.unnamed;

/** Asked of the relay, whenever it is there. `passkeys`: `undefined` until it has answered. */
function usePasskeys(view: EngineView, port: PasskeysPort) {
  const [passkeys, setPasskeys] = useState<readonly SignInPasskey[] | undefined>(undefined);
  const online = useEngineState(view)?.connection.state === 'online';
  const look = (): void => void port.listSignInPasskeys().then(setPasskeys, () => undefined);
  useEffect(() => {
    if (online) look();
  }, [online]);
  return { passkeys, online, look };
}

function AddPasskeyDialog(props: {
  port: PasskeysPort;
  handle: string;
  before: readonly SignInPasskey[];
  online: boolean;
  onClose: () => void;
}) {
  const { port, handle, before, online, onClose } = props;
  const [name, setName] = useState(() => deviceName(navigator.userAgent));
  const id = useId();
  const gone = useRef(new AbortController());
  useEffect(() => () => gone.current.abort(), []);
  const form = useForm<'name'>(async () => {
    // Before anything is made that could not be added.
    if (!online) throw Object.assign(new Error(), { code: 'OFFLINE' });
    await addPasskey(port, { handle, name: name.trim(), before, signal: gone.current.signal });
    toast(words.added);
    onClose();
  }, mistakeOf);
  const wrong = form.at('form');
  return (
    <Dialog title={words.addTitle} onClose={onClose}>
      <form
        ref={form.form}
        class="stack"
        noValidate
        onSubmit={event =>
          void form.submit(
            event,
            name.trim() === '' ? { at: 'name', sentence: words.nameMissing } : undefined,
          )
        }
      >
        <p>{words.addText}</p>
        <TextField
          id={id}
          label={words.name}
          value={name}
          readOnly={form.busy}
          mistake={form.at('name')}
          hint={words.nameHint}
          onInput={value => {
            setName(value);
            form.clear();
          }}
        />
        <p class={wrong === undefined ? 'small muted' : 'mistake'} role="status">
          {wrong ?? (form.busy ? words.waiting : '')}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" onClick={onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button primary" aria-busy={form.busy} aria-disabled={form.busy}>
            {words.addAction}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function mistakeOf(error: unknown): Mistake<'name'> {
  switch (errorCode(error)) {
    case 'BAD_NAME':
      return { at: 'name', sentence: accountTrouble(error) };
    case 'PASSKEY_REFUSED':
      return { at: 'form', sentence: words.addRefused };
    case 'PASSKEY_UNSUPPORTED':
      return { at: 'form', sentence: words.addUnsupported };
    default:
      return { at: 'form', sentence: accountTrouble(error) };
  }
}
