import type { LockItem, LockState } from '@sotto/client';
import { useEffect, useState } from 'preact/hooks';
import { type EngineView, useEngineState } from '../engineView.ts';
import { Icon } from '../shapes/Icon.tsx';
import { Select } from '../shapes/Select.tsx';
import { attempt, errorCode, toast } from '../toast.tsx';
import { shortDate } from '../when.ts';
import { erasing, keeping, trouble, security as words } from '../words.ts';
import { EraseDialog } from './EraseDialog.tsx';
import { PassphraseDialog } from './PassphraseDialog.tsx';
import { addPasskey, passkeysHere } from './passkeys.ts';
import { RecoveryCodeDialog } from './RecoveryCodeDialog.tsx';
import { RemoveLockDialog } from './RemoveLockDialog.tsx';

type Open = 'passphrase' | 'code' | 'erase' | { readonly removing: LockItem } | undefined;

/** How what is kept here is locked, and all that can be done about it. */
export function SecuritySection(props: {
  view: EngineView;
  /** Given to a guest: asks for the passphrase that makes the chat outlive its tab. */
  onKeep?: () => void;
}) {
  const { view } = props;
  const lock = useEngineState(view)?.lock;
  const [open, setOpen] = useState<Open>(undefined);
  const close = (): void => setOpen(undefined);
  if (lock === undefined) return null;
  const guest = props.onKeep !== undefined;
  const title = guest ? words.titleGuest : words.title;
  const hasPassphrase = lock.locks.some(({ kind }) => kind === 'passphrase');
  const hasCode = lock.locks.some(({ kind }) => kind === 'recovery-code');
  return (
    <section class="stack security" aria-label={title}>
      <h3 class="label">{title}</h3>
      {lock.keeps === 'tab' ? (
        <>
          <Status lock={lock} />
          <div class="only-narrow">
            <button type="button" class="button" onClick={props.onKeep}>
              {keeping.action}
            </button>
          </div>
        </>
      ) : (
        <>
          <Status lock={lock} />
          {lock.locks.length > 0 && (
            <ul class="locks">
              {lock.locks.map(item => (
                <LockRow
                  key={item.id}
                  item={item}
                  last={lock.locks.length === 1}
                  onChange={() => setOpen(item.kind === 'passphrase' ? 'passphrase' : 'code')}
                  onRemove={() => setOpen({ removing: item })}
                />
              ))}
            </ul>
          )}
          <div class="row wrap">
            {!hasPassphrase && (
              <button type="button" class="button slim" onClick={() => setOpen('passphrase')}>
                {words.set}
              </button>
            )}
            <AddPasskey view={view} />
            {!hasCode && lock.locks.length > 0 && (
              <button type="button" class="button slim" onClick={() => setOpen('code')}>
                {words.makeCode}
              </button>
            )}
          </div>
          {lock.locks.length === 1 && <p class="small muted">{words.oneWay}</p>}
          {lock.locks.length > 0 && <Locking view={view} lock={lock} />}
          <div class="erase-row">
            <button type="button" class="button danger slim" onClick={() => setOpen('erase')}>
              {erasing.action}
            </button>
          </div>
        </>
      )}
      {open === 'passphrase' && <PassphraseDialog view={view} isChange={hasPassphrase} onClose={close} />}
      {open === 'code' && <RecoveryCodeDialog view={view} replaces={hasCode} onClose={close} />}
      {open === 'erase' && <EraseDialog view={view} guest={guest} onClose={close} />}
      {typeof open === 'object' && <RemoveLockDialog view={view} item={open.removing} onClose={close} />}
    </section>
  );
}

function Status({ lock }: { lock: LockState }) {
  const ways = [...new Set(lock.locks.map(({ kind }) => words.ways[kind]))];
  if (lock.keeps === 'tab')
    return (
      <p class="secure">
        <Icon name="clock" />
        {words.withTab}
      </p>
    );
  return (
    <p class={`secure ${ways.length === 0 ? '' : 'good'}`}>
      <Icon name={ways.length === 0 ? 'unlocked' : 'lock'} />
      {ways.length === 0 ? words.notLocked : words.lockedBy(ways)}
    </p>
  );
}

function LockRow(props: { item: LockItem; last: boolean; onChange: () => void; onRemove: () => void }) {
  const { item } = props;
  const name = words.names[item.kind];
  return (
    <li class="row">
      <span class="grow">
        <span class="strong">{name}</span>
        <span class="small muted">{words.since(shortDate(item.createdAtMs))}</span>
      </span>
      {item.kind !== 'passkey' && (
        <button
          type="button"
          class="button slim"
          aria-label={item.kind === 'passphrase' ? words.changeWhat : words.newCodeWhat}
          onClick={props.onChange}
        >
          {item.kind === 'passphrase' ? words.change : words.newCode}
        </button>
      )}
      {!props.last && (
        <button
          type="button"
          class="button slim quiet"
          aria-label={words.removeWhat(name)}
          onClick={props.onRemove}
        >
          {words.remove}
        </button>
      )}
    </li>
  );
}

function AddPasskey({ view }: { view: EngineView }) {
  const [passkeys, setPasskeys] = useState<Awaited<ReturnType<typeof passkeysHere>> | 'loading'>('loading');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    passkeysHere().then(setPasskeys, () => setPasskeys(undefined));
  }, []);

  async function add(): Promise<void> {
    if (passkeys === 'loading' || passkeys === undefined || busy) return;
    setBusy(true);
    try {
      await addPasskey(view, passkeys);
      toast(words.passkeyAdded);
    } catch (error) {
      toast(passkeyTrouble(errorCode(error)));
    }
    setBusy(false);
  }

  if (passkeys === undefined) return <p class="small muted">{words.passkeyNotHere}</p>;
  return (
    <button type="button" class="button slim" aria-busy={busy} onClick={add}>
      {busy ? words.passkeyBusy : words.addPasskey}
    </button>
  );
}

function passkeyTrouble(code: ReturnType<typeof errorCode>): string {
  if (code === 'PASSKEY_REFUSED') return words.passkeyRefused;
  return code === 'PASSKEY_UNSUPPORTED' ? words.passkeyUnsupported : trouble(code);
}

const isMac = (): boolean => /^(Mac|iP)/.test(navigator.platform);

function Locking({ view, lock }: { view: EngineView; lock: LockState }) {
  const afterMs = lock.lockAfterMs ?? 0;
  const times = Object.keys(words.afterTimes).map(Number).filter(Boolean);
  const options = [...new Set([...times, ...(afterMs === 0 ? [] : [afterMs])])].sort((a, b) => a - b);
  return (
    <div class="stack tight">
      <div class="row lock-row">
        <Select
          label={words.after}
          value={afterMs}
          options={[...options, 0].map(ms => [
            ms,
            words.afterTimes[ms] ?? words.afterOther(Math.round(ms / 60_000)),
          ])}
          onChange={ms => void attempt(view.port.setLockAfter(ms === 0 ? undefined : ms))}
        />
        <button
          type="button"
          class="button"
          title={isMac() ? words.lockKeysMac : words.lockKeys}
          onClick={() => attempt(view.port.lock())}
        >
          <Icon name="lock" tiny />
          {words.lockNow}
        </button>
      </div>
      <p class="small muted">{words.afterHint}</p>
    </div>
  );
}
