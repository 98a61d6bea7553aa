import type { LockItem, UnlockSecret } from '@sotto/client';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { Brand } from '../shapes/Brand.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { errorCode } from '../toast.tsx';
import { common, erasing, trouble, unlock as words } from '../words.ts';
import { EraseDialog } from './EraseDialog.tsx';
import { forgetShown } from './forgetShown.ts';
import { passkeysHere, unlockWithPasskey } from './passkeys.ts';
import { codeMistake, RecoveryCodeField } from './RecoveryCodeField.tsx';
import { SecretField } from './SecretField.tsx';

type Way = LockItem['kind'];

/** All there is to see while the device is locked. */
export function UnlockScreen({ view, guest }: { view: EngineView; guest: boolean }) {
  const locks = view.state?.lock.locks ?? [];
  const has = (kind: Way): boolean => locks.some(lock => lock.kind === kind);
  const [byCode, setByCode] = useState(!has('passphrase') && !has('passkey'));
  const [passphrase, setPassphrase] = useState('');
  const [code, setCode] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState<Way | undefined>(undefined);
  const [mistake, setMistake] = useState<{ readonly at: Way; readonly sentence: string } | undefined>();
  const [dialog, setDialog] = useState<'forgotten' | 'erase' | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    document.title = 'Sotto';
    forgetShown();
  }, []);
  // Also where the other field has taken the place of this one.
  useEffect(() => field.current?.focus({ preventScroll: true }), [byCode]);
  useEffect(() => {
    if (mistake === undefined || busy !== undefined || mistake.at === 'passkey') return;
    field.current?.focus();
    field.current?.select();
  }, [mistake, busy]);
  const passkeys = useRef(has('passkey') ? passkeysHere() : undefined);
  passkeys.current?.catch(() => undefined);

  async function tryTo(at: Way, work: () => Promise<void>, wrong: string): Promise<void> {
    if (busy !== undefined) return;
    setBusy(at);
    setMistake(undefined);
    try {
      await work();
      // The screen goes with the state that follows.
      return;
    } catch (error) {
      setMistake({ at, sentence: sentenceFor(errorCode(error), wrong) });
    }
    setBusy(undefined);
  }

  function submit(): void {
    const wrong = byCode ? codeMistake(code, true) : passphrase === '' ? words.missing : undefined;
    const at = byCode ? 'recovery-code' : 'passphrase';
    if (wrong !== undefined) {
      setMistake({ at, sentence: wrong });
      field.current?.focus();
      return;
    }
    const secret: UnlockSecret = byCode
      ? { kind: 'recovery-code', code }
      : { kind: 'passphrase', passphrase };
    void tryTo(at, () => view.port.unlock(secret), byCode ? words.codeWrong : words.wrong);
  }

  const askPasskey = (): void =>
    void tryTo(
      'passkey',
      async () => {
        const here = await passkeys.current;
        if (here === undefined) throw Object.assign(new Error(), { code: 'PASSKEY_UNSUPPORTED' });
        await unlockWithPasskey(view, here);
      },
      words.passkeyWrong,
    );
  const written = byCode || has('passphrase');
  const mistakeAt = (at: Way): string | undefined => (mistake?.at === at ? mistake.sentence : undefined);

  return (
    <main class="unlock">
      <div>
        <Brand />
      </div>
      <div>
        <h1 class="unlock-title">{words.title}</h1>
        <p class="muted">{words.lead}</p>
      </div>
      {written && (
        <form
          class="stack"
          noValidate
          onSubmit={event => {
            event.preventDefault();
            submit();
          }}
        >
          {byCode ? (
            <RecoveryCodeField
              id={id}
              field={field}
              value={code}
              readOnly={busy !== undefined}
              mistake={mistakeAt('recovery-code')}
              onInput={value => {
                setCode(value);
                setMistake(undefined);
              }}
            />
          ) : (
            <SecretField
              id={id}
              field={field}
              label={words.passphrase}
              autocomplete="current-password"
              value={passphrase}
              shown={shown}
              readOnly={busy !== undefined}
              mistake={mistakeAt('passphrase')}
              onInput={value => {
                setPassphrase(value);
                setMistake(undefined);
              }}
              onShow={setShown}
            />
          )}
          <button
            type="submit"
            class="button primary tall"
            aria-disabled={busy !== undefined}
            aria-busy={busy !== undefined && busy !== 'passkey'}
          >
            {words.action}
          </button>
        </form>
      )}
      {has('passkey') && (
        <div class="stack tight">
          <button
            type="button"
            class={`button tall ${written ? '' : 'primary'}`}
            aria-disabled={busy !== undefined}
            aria-busy={busy === 'passkey'}
            onClick={askPasskey}
          >
            <Icon name="key" />
            {words.passkey}
          </button>
          {mistakeAt('passkey') !== undefined && (
            <p class="mistake" role="alert">
              {mistakeAt('passkey')}
            </p>
          )}
        </div>
      )}
      <p class="hidden-text" role="status">
        {busy !== undefined && (busy === 'passkey' ? words.passkeyBusy : words.busy)}
      </p>
      <p class="unlock-links small muted">
        {!byCode && has('recovery-code') && (
          <button type="button" class="text-button" onClick={() => setByCode(true)}>
            {words.useCode}
          </button>
        )}
        {byCode && has('passphrase') && (
          <button type="button" class="text-button" onClick={() => setByCode(false)}>
            {words.usePassphrase}
          </button>
        )}
        <button type="button" class="text-button" onClick={() => setDialog('forgotten')}>
          {words.forgotten}
        </button>
      </p>
      {dialog === 'forgotten' && (
        <Dialog title={words.forgottenTitle} onClose={() => setDialog(undefined)}>
          {words.forgottenText.map(text => (
            <p key={text}>{text}</p>
          ))}
          <div class="dialog-actions">
            <button type="button" class="button danger" onClick={() => setDialog('erase')}>
              {erasing.action}
            </button>
            <button type="button" class="button" onClick={() => setDialog(undefined)}>
              {common.back}
            </button>
          </div>
        </Dialog>
      )}
      {dialog === 'erase' && <EraseDialog view={view} guest={guest} onClose={() => setDialog(undefined)} />}
    </main>
  );
}

function sentenceFor(code: ReturnType<typeof errorCode>, wrong: string): string {
  switch (code) {
    case 'WRONG_SECRET':
    case 'NO_SUCH_LOCK':
      return wrong;
    case 'PASSKEY_REFUSED':
      return words.passkeyRefused;
    case 'PASSKEY_UNSUPPORTED':
      return words.passkeyUnsupported;
    default:
      return trouble(code);
  }
}
