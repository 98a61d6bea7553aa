import type { MessageId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { deleteFailed, deleteMessage, messageInLog } from '../room/deleteMessage.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import type { Rooms } from './rooms.ts';

/** What a person takes away: for themselves, or for everyone where it is theirs to take back. */
export class Erasing {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
  ) {}

  async deleteMessages(
    roomId: RoomId,
    messageIds: readonly MessageId[],
    { forEveryone }: { readonly forEveryone: boolean },
  ): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    await room.transact(async step => {
      if (forEveryone) assertMaySay(step);
      for (const messageId of messageIds) await this.#delete(step, messageId, forEveryone);
    });
    if (forEveryone) void this.#send(room);
    await room.erasures.pay();
  }

  async deleteConversation(roomId: RoomId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const { condition, membership } = room.state.record;
    if (membership === 'joining' || (membership === 'member' && condition !== 'ended'))
      throw new ClientError('NOT_ALLOWED', 'end the chat or leave it first');
    await room.erase();
  }

  async #delete(step: RoomStep, messageId: MessageId, forEveryone: boolean): Promise<void> {
    const own = step.state.outbox.find(item => item.draft.messageId === messageId);
    if (own?.failed !== undefined || own?.uploading) return deleteFailed(this.context, step, own);
    if (own !== undefined)
      throw new ClientError('NOT_ALLOWED', 'it is still on its way', { retryable: true });
    const message = await messageInLog(this.context, step, messageId);
    if (message === undefined) throw new ClientError('UNKNOWN_MESSAGE', 'there is no such message');
    const { author, deleted } = message.record;
    if (forEveryone && !author.self) throw new ClientError('NOT_ALLOWED', 'only its author takes it back');
    if (forEveryone && deleted !== true)
      queueContent(this.context, step, 'delete', { type: 'delete', target: messageId });
    await deleteMessage(this.context, step, message, forEveryone ? 'mark' : 'nothing');
  }

  async #send(room: RoomActor): Promise<void> {
    await room.sealQueued().catch(() => undefined);
    room.wake();
  }
}

function assertMaySay(step: RoomStep): void {
  const { condition, membership } = step.state.record;
  if (condition === 'ended') throw new ClientError('ROOM_ENDED', 'the chat has ended');
  if (membership !== 'member') throw new ClientError('NOT_A_MEMBER', 'this device is not in the room');
}
