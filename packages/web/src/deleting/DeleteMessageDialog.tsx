import type { RoomView } from '@sotto/client';
import { useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { fileLine } from '../conversation/fileSaid.ts';
import type { MessageItem } from '../conversation/MessageRow.tsx';
import { isLive } from '../conversation/roomName.ts';
import type { EngineView } from '../engineView.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { errorCode, toast } from '../toast.tsx';
import { common, trouble } from '../words.ts';
import { deleting as words } from './deletingWords.ts';

/** Takes one message off this device, or off everyone's, and says what neither can do. */
export function DeleteMessageDialog(props: {
  view: EngineView;
  room: RoomView;
  item: MessageItem;
  onClose: () => void;
  /** The message is gone; the focus has to go somewhere. */
  onDeleted: () => void;
}) {
  const { view, room, item, onClose } = props;
  const [busy, setBusy] = useState(false);
  const what = fileLine(item.file, item.text);
  const everyone = item.author.self && item.deleted !== true && isLive(room);

  async function remove(forEveryone: boolean): Promise<void> {
    setBusy(true);
    try {
      await view.port.deleteMessages(room.roomId, [item.messageId], { forEveryone });
    } catch (error) {
      toast(refusal(error));
      onClose();
      return;
    }
    onClose();
    announce(forEveryone ? words.doneForEveryone : words.doneForMe);
    props.onDeleted();
  }

  return (
    <Dialog title={words.title} onClose={onClose}>
      {what !== '' && (
        <p class="deleting-what muted" dir="auto">
          {what}
        </p>
      )}
      <p>
        {words.here} {!everyone && words.others}
      </p>
      {everyone && <p>{words.everyone}</p>}
      <div class="dialog-actions stacking">
        <button type="button" class="button quiet" onClick={onClose}>
          {common.cancel}
        </button>
        <button
          type="button"
          class={`button danger ${everyone ? 'edged' : 'filled'}`}
          disabled={busy}
          onClick={() => remove(false)}
        >
          {words.forMe}
        </button>
        {everyone && (
          <button type="button" class="button danger filled" disabled={busy} onClick={() => remove(true)}>
            {words.forEveryone}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function refusal(error: unknown): string {
  const code = errorCode(error);
  if (code === 'NOT_ALLOWED') return words.onItsWay;
  if (code === 'UNKNOWN_MESSAGE') return words.gone;
  return trouble(code);
}
