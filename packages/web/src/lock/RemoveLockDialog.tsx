import type { LockItem } from '@sotto/client';
import { useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt } from '../toast.tsx';
import { common, security as words } from '../words.ts';

/** Takes one way to unlock away. */
export function RemoveLockDialog(props: { view: EngineView; item: LockItem; onClose: () => void }) {
  const { item } = props;
  const [busy, setBusy] = useState(false);
  async function remove(): Promise<void> {
    setBusy(true);
    await attempt(props.view.port.removeLock(item.id));
    props.onClose();
  }
  return (
    <Dialog title={words.removeTitle(words.names[item.kind])} onClose={props.onClose}>
      <p>{words.removeText}</p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={props.onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button danger filled" disabled={busy} onClick={remove}>
          {words.remove}
        </button>
      </div>
    </Dialog>
  );
}
