import type { AccountView, DeviceView, HistoryTransfer } from '@sotto/client';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type AccountsPort, offersHistory, offersLinking } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import { useNow } from '../now.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { TextField } from '../shapes/TextField.tsx';
import { useForm } from '../shapes/useForm.ts';
import { attempt, toast } from '../toast.tsx';
import { pastDay, shortDate } from '../when.ts';
import { common } from '../words.ts';
import { AddDeviceDialog } from './AddDeviceDialog.tsx';
import { accountTrouble, history, devices as words } from './accountWords.ts';
import { SendHistoryDialog } from './SendHistoryDialog.tsx';

type Open =
  | 'add'
  | { readonly what: 'rename' | 'revoke' | 'history'; readonly device: DeviceView }
  | undefined;

/** The devices that can read what comes to this account, and what can be done about each. */
export function DevicesSection({
  view,
  port,
  account,
}: {
  view: EngineView;
  port: AccountsPort;
  account: AccountView;
}) {
  const [open, setOpen] = useState<Open>(undefined);
  const close = (): void => setOpen(undefined);
  const active = account.devices.filter(({ state }) => state === 'active');
  useOfferOfHistory(port, active, open === 'add', device => setOpen({ what: 'history', device }));
  return (
    <section class="stack tight ruled" aria-label={words.title}>
      <h3 class="label">{words.title}</h3>
      <p class="small muted">{words.lead(active.length)}</p>
      <ul class="locks devices">
        {account.devices.map(device => (
          <DeviceRow
            key={device.deviceId}
            device={device}
            transfers={(account.history ?? []).filter(({ deviceId }) => deviceId === device.deviceId)}
            onHistory={offersHistory(port) ? () => setOpen({ what: 'history', device }) : undefined}
            onStop={() => void attempt(port.stopHistory(device.deviceId), accountTrouble)}
            onRename={() => setOpen({ what: 'rename', device })}
            onRevoke={() => setOpen({ what: 'revoke', device })}
          />
        ))}
      </ul>
      {offersLinking(port) && (
        <div>
          <button type="button" class="button slim" onClick={() => setOpen('add')}>
            {words.add}
          </button>
        </div>
      )}
      {open === 'add' && <AddDeviceDialog view={view} port={port} onClose={close} />}
      {typeof open === 'object' && open.what === 'rename' && (
        <RenameDialog port={port} device={open.device} onClose={close} />
      )}
      {typeof open === 'object' && open.what === 'history' && (
        <SendHistoryDialog port={port} device={open.device} name={nameOf(open.device)} onClose={close} />
      )}
      {typeof open === 'object' && open.what === 'revoke' && (
        <RevokeDialog port={port} device={open.device} onClose={close} />
      )}
    </section>
  );
}

const nameOf = (device: DeviceView): string => device.name || words.unnamed;

/** Asks once, right after a device was added here, whether it is to have what was said before. */
function useOfferOfHistory(
  port: AccountsPort,
  active: readonly DeviceView[],
  adding: boolean,
  offer: (device: DeviceView) => void,
): void {
  const before = useRef<ReadonlySet<string> | undefined>(undefined);
  const ids = active.map(({ deviceId }) => deviceId).join();
  useEffect(() => {
    if (adding) before.current ??= new Set(active.map(({ deviceId }) => deviceId));
    const added = adding ? undefined : active.find(({ deviceId }) => before.current?.has(deviceId) === false);
    if (adding) return;
    before.current = undefined;
    if (added === undefined || !offersHistory(port)) return;
    port.measureHistory(added.deviceId).then(
      ({ messages }) => messages > 0 && offer(added),
      () => undefined,
    );
  }, [adding, ids]);
}

function DeviceRow(props: {
  device: DeviceView;
  transfers: readonly HistoryTransfer[];
  onHistory: (() => void) | undefined;
  onStop: () => void;
  onRename: () => void;
  onRevoke: () => void;
}) {
  const { device, transfers, onHistory } = props;
  const nowMs = useNow();
  const revoked = device.state === 'revoked';
  const ended = transfers.every(({ state }) => state === 'done');
  const facts = [
    revoked ? words.revoked : device.self ? words.inUse : undefined,
    !revoked && !device.self && device.lastUsedMs !== undefined
      ? words.used(pastDay(device.lastUsedMs, nowMs))
      : undefined,
    words.since(shortDate(device.createdAtMs)),
  ];
  return (
    <li class={`row wrap ${revoked ? 'muted' : ''}`}>
      <span class="grow">
        <span class="row wrap">
          <bdi class="strong">{nameOf(device)}</bdi>
          {device.self && <span class="mark">{words.self}</span>}
        </span>
        <span class="small muted">{facts.filter(Boolean).join(' · ')}</span>
      </span>
      {!revoked && (
        <span class="row">
          <button
            type="button"
            class="button slim"
            aria-label={words.renameWho(nameOf(device))}
            onClick={props.onRename}
          >
            {words.rename}
          </button>
          {!device.self && onHistory !== undefined && transfers.length === 0 && (
            <button
              type="button"
              class="button slim"
              aria-label={history.sendWho(nameOf(device))}
              onClick={onHistory}
            >
              {history.send}
            </button>
          )}
          {!device.self && (
            <button
              type="button"
              class="button slim danger"
              aria-label={words.revokeWho(nameOf(device))}
              onClick={props.onRevoke}
            >
              {words.revoke}
            </button>
          )}
        </span>
      )}
      {transfers.length > 0 && (
        <div class="row wrap history-line">
          <span class="grow small" role="status">
            {transfers.map(transfer => (
              <span key={transfer.way}>{history.line(transfer)}</span>
            ))}
          </span>
          <button
            type="button"
            class="button slim quiet"
            aria-label={ended ? history.putAwayWho(nameOf(device)) : history.stopWho(nameOf(device))}
            onClick={props.onStop}
          >
            {ended ? history.putAway : history.stop}
          </button>
        </div>
      )}
    </li>
  );
}

interface DeviceDialog {
  readonly port: AccountsPort;
  readonly device: DeviceView;
  readonly onClose: () => void;
}

function RenameDialog({ port, device, onClose }: DeviceDialog) {
  const [name, setName] = useState(device.name);
  const id = useId();
  const form = useForm<'name'>(
    async () => {
      await port.renameDevice(device.deviceId, name.trim());
      toast(words.renamed);
      onClose();
    },
    error => ({ at: 'name', sentence: accountTrouble(error) }),
  );
  return (
    <Dialog title={words.renameTitle} onClose={onClose}>
      <form ref={form.form} class="stack" noValidate onSubmit={event => void form.submit(event)}>
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
        <div class="dialog-actions">
          <button type="button" class="button quiet" onClick={onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={name.trim() === ''} aria-busy={form.busy}>
            {words.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function RevokeDialog({ port, device, onClose }: DeviceDialog) {
  const [busy, setBusy] = useState(false);
  async function revoke(): Promise<void> {
    setBusy(true);
    if (await attempt(port.revokeDevice(device.deviceId), accountTrouble))
      toast(words.revokedNow(nameOf(device)));
    onClose();
  }
  return (
    <Dialog title={words.revokeTitle(nameOf(device))} onClose={() => !busy && onClose()}>
      {words.revokeText.map(text => (
        <p key={text}>{text}</p>
      ))}
      <p class="small muted">{words.revokeStranger}</p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={busy} onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button danger filled" disabled={busy} aria-busy={busy} onClick={revoke}>
          {words.revokeAction}
        </button>
      </div>
    </Dialog>
  );
}
