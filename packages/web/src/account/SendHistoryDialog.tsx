import type { DeviceView, HistorySize } from '@sotto/client';
import { useEffect, useState } from 'preact/hooks';
import type { AccountsPort } from '../engineOffers.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt, toast } from '../toast.tsx';
import { common } from '../words.ts';
import { accountTrouble, history as words } from './accountWords.ts';

/** What another own device would get of what was said before it came, and whether it is to have it. */
export function SendHistoryDialog(props: {
  port: AccountsPort;
  device: DeviceView;
  name: string;
  onClose: () => void;
}) {
  const { port, device, onClose } = props;
  const [size, setSize] = useState<HistorySize | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    port.measureHistory(device.deviceId).then(setSize, error => {
      toast(accountTrouble(error));
      onClose();
    });
  }, []);

  async function send(): Promise<void> {
    setBusy(true);
    if (await attempt(port.sendHistory(device.deviceId), accountTrouble)) toast(words.begun);
    onClose();
  }

  const empty = size?.messages === 0;
  return (
    <Dialog title={words.title(props.name)} onClose={() => !busy && onClose()}>
      <p class="strong" role="status">
        {size === undefined && words.measuring}
        {size !== undefined &&
          (empty ? words.nothing : words.size(size.messages, size.conversations, size.sizeBytes))}
      </p>
      {words.text.map(text => (
        <p key={text} class="small muted">
          {text}
        </p>
      ))}
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={busy} onClick={onClose}>
          {common.cancel}
        </button>
        <button
          type="button"
          class="button primary"
          disabled={busy || size === undefined || empty}
          aria-busy={busy}
          onClick={send}
        >
          {words.action}
        </button>
      </div>
    </Dialog>
  );
}
