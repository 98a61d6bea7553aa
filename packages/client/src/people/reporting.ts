import { mayModerate } from '@sotto/core';
import type { AccountId, MessageId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { messageInLog } from '../room/deleteMessage.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { timerOf } from '../room/roomTimer.ts';
import { assertText } from '../room/shownText.ts';
import type { Conversations } from './conversations.ts';

/** Tells those who run a group what somebody said in it: in a conversation with each, by this device's own copy. */
export class Reporting {
  constructor(
    private readonly context: RoomContext,
    private readonly conversations: Conversations,
    /** The conversation with that account. */
    private readonly direct: (accountId: AccountId) => Promise<{ roomId: RoomId }>,
  ) {}

  /** Throws `NOT_ALLOWED` where nobody else runs the group, `UNKNOWN_MESSAGE`, and as `startDirect`. */
  async report(roomId: RoomId, messageIds: readonly MessageId[]): Promise<void> {
    const { room, view } = this.conversations.inside(roomId);
    const said = await room.transact(async step => {
      const found = await Promise.all(messageIds.map(id => messageInLog(this.context, step, id)));
      return found.flatMap(message => (message === undefined ? [] : [message.record]));
    });
    if (said.length === 0) throw new ClientError('UNKNOWN_MESSAGE', 'there are no such messages');
    const reported = new Set(said.map(({ author }) => author.deviceId));
    const admins = view.members.filter(
      ({ role, accountId, deviceId }) =>
        mayModerate(role) && accountId !== view.self.accountId && !reported.has(deviceId),
    );
    const accountIds = [...new Set(admins.map(({ accountId }) => accountId))];
    if (accountIds.length === 0) throw new ClientError('NOT_ALLOWED', 'nobody else runs this group');
    // No words of any language: whose it is, when, and what.
    const quotes = said.map(
      ({ author, sentAtMs, text }) => `> ${author.name}, ${new Date(sentAtMs).toISOString()}: ${text}`,
    );
    const text = [`⚑ ${view.title}`, ...quotes].join('\n');
    assertText(text);
    for (const accountId of accountIds) await this.#say((await this.direct(accountId)).roomId, text);
  }

  async #say(roomId: RoomId, text: string): Promise<void> {
    const { room } = this.conversations.inside(roomId);
    await room.transact(step => {
      const disappearAfterS = timerOf(step.state);
      const shown = { text, ...(disappearAfterS !== undefined && { disappearAfterS }) };
      queueContent(this.context, step, 'text', { type: 'text', text, disappearAfterS }, shown);
    });
    room.wake();
  }
}
