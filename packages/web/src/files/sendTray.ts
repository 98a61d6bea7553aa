import type { EnginePort, RoomId } from '@sotto/client';
import type { MessageItem } from '../conversation/MessageRow.tsx';
import { attempt } from '../toast.tsx';
import { files as words } from './fileWords.ts';
import { outgoing, type Tray } from './tray.ts';

/**
 * Sends what is in the tray, in order, what was written going with the first. What cannot be sent stays in the tray.
 * Resolves to how many went.
 */
export async function sendTray(
  port: EnginePort,
  roomId: RoomId,
  tray: Tray,
  said: { readonly text: string; readonly replyTo: MessageItem['messageId'] | undefined },
): Promise<number> {
  let sent = 0;
  for (const chosen of tray.chosen) {
    const file = await outgoing(chosen).catch(() => undefined);
    if (file === undefined) {
      tray.refuse(words.cannotRead(chosen.file.name));
      return sent;
    }
    const { text, replyTo } = said;
    const options =
      sent > 0 ? {} : { ...(text.trim() !== '' && { text }), ...(replyTo !== undefined && { replyTo }) };
    if (!(await attempt(port.sendFile(roomId, file, options)))) return sent;
    sent++;
    tray.remove(chosen.id);
  }
  return sent;
}
