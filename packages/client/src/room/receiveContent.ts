import type { RoomMember } from '@sotto/core';
import type { Content, Entry } from '@sotto/protocol';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { OutRecord, PlaceRecord } from '../records/roomRecords.ts';
import { deleteMessage, messageInLog } from './deleteMessage.ts';
import { awaitReading } from './disappearing.ts';
import { putGap } from './gaps.ts';
import { fetchSmall, lineOf, receivedFile } from './messageFile.ts';
import { sawOf } from './ownEntry.ts';
import type { RoomContext } from './roomContext.ts';
import { receiveNotice } from './roomNotice.ts';
import { shownName, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';
import { receiveTimer } from './roomTimer.ts';
import { raisedFloors } from './sendState.ts';
import { cleanedName } from './shownText.ts';

/** Whether a message with this id is in the log: asked only where its sender's counters cannot tell. */
export async function isInLog(
  context: RoomContext,
  step: RoomStep,
  messageId: Content['messageId'],
): Promise<boolean> {
  return (await step.read(context.vault, KEYS.place(step.state.record.roomId, messageId))) !== undefined;
}

/** What somebody said, put where it belongs. */
export async function receiveContent(
  context: RoomContext,
  step: RoomStep,
  {
    entry,
    author,
    content,
    place,
  }: {
    readonly entry: Entry;
    readonly author: RoomMember;
    readonly content: Content;
    /** Where it belongs when it came late. */
    readonly place: number | undefined;
  },
): Promise<void> {
  const { body } = content;
  const peer = step.peer(author.deviceId);
  switch (body.type) {
    case 'text':
    case 'attachment': {
      // What comes from those who are blocked is not kept: in a group it stands in the log, folded away.
      const blocked = context.people.isBlocked(author.accountId);
      if (blocked && viewOf(step.state)?.kind === 'direct') return;
      if (await wasDeleted(context, step, author, content.messageId)) return;
      const name = shownName(context, step, author);
      const file = body.type === 'attachment' ? receivedFile(content.messageId, body) : undefined;
      // Said with another device of one's own: nobody has to be told of it here.
      const self = author.accountId === context.identity.accountId;
      const record = {
        kind: 'message',
        messageId: content.messageId,
        author: { deviceId: author.deviceId, name, guest: author.guest, role: author.role, self },
        counter: content.counter,
        text: body.text,
        ...(file && { file }),
        ...(await quoted(context, step, body.replyTo)),
        sentAtMs: content.sentAtMs,
        ...(body.disappearAfterS !== undefined && { disappearAfterS: body.disappearAfterS }),
        saw: sawOf(step, entry),
      } as const;
      const order = place === undefined ? step.putItem(entry.seq, record) : step.putItemAt(place, record);
      awaitReading(step, { order, record });
      if (file !== undefined && !blocked) fetchSmall(context, step, file);
      const atMs = context.clock.nowMs();
      step.set({
        lastActivityMs: atMs,
        ...(!blocked && { preview: { ...lineOf(record), own: self, atMs } }),
        ...(!self && !blocked && { unread: step.state.record.unread + 1, owesDelivered: true }),
      });
      const { roomId } = step.state.record;
      if (self || blocked || context.people.isMuted(roomId)) return;
      step.afterwards(() => context.events.notice(roomId, 'message', name));
      return;
    }
    case 'receipt': {
      const mine = (marks: typeof body.delivered) =>
        marks.find(mark => mark.deviceId === context.identity.deviceId);
      const [delivered, read] = [mine(body.delivered), mine(body.read)];
      if (delivered === undefined && read === undefined) return;
      step.putPeer({ ...peer, ...(delivered && { delivered }), ...(read && { read }) });
      step.set(raisedFloors(step.state));
      return;
    }
    case 'profile': {
      const name = cleanedName(body.name);
      if (name === undefined || name === peer.name) return;
      step.putPeer({ ...peer, name });
      if (author.accountId === context.identity.accountId)
        step.afterwards(() => context.events.namedElsewhere({ before: peer.name, name }));
      return;
    }
    case 'leave':
      // The conversation keeps who leaves; the log shows it when the removal comes.
      return;
    case 'trust':
      return context.people.take(body);
    case 'deviceUse':
      context.people.deviceUsed(author.deviceId, body.day);
      return;
    case 'history':
      return context.people.historySaid(step, author, body);
    case 'roomNotice':
      return receiveNotice(context, step, entry.seq, author, body);
    case 'delete':
      return receiveDelete(context, step, author, body.target);
    case 'timer': {
      const { seq } = entry;
      return receiveTimer(context, step, { seq, place, author, counter: content.counter, timer: body });
    }
    default:
      // Kinds that this build can read and not show.
      await putGap(context, step, entry.seq, 'unsupported', 1);
  }
}

/** Whether its author took a message back that comes only now. */
async function wasDeleted(
  context: RoomContext,
  step: RoomStep,
  author: RoomMember,
  messageId: Content['messageId'],
): Promise<boolean> {
  const place = await step.read(context.vault, KEYS.place(step.state.record.roomId, messageId));
  if (place === undefined) return false;
  const at = decodeRecord<PlaceRecord>(place);
  return 'deletedBy' in at && at.deletedBy === author.deviceId;
}

/** Only its author takes a message back. What comes after its deletion is not shown any more. */
async function receiveDelete(
  context: RoomContext,
  step: RoomStep,
  author: RoomMember,
  target: Content['messageId'],
): Promise<void> {
  const { roomId } = step.state.record;
  const message = await messageInLog(context, step, target);
  if (message?.record.author.deviceId === author.deviceId) {
    if (message.record.deleted !== true) await deleteMessage(context, step, message, 'mark');
    return;
  }
  if (await isInLog(context, step, target)) return;
  step.write(KEYS.place(roomId, target), { deletedBy: author.deviceId } satisfies PlaceRecord);
}

/** The message that a reply points to, as far as this device has it. */
export async function quoted(
  context: RoomContext,
  step: RoomStep,
  replyTo: Content['messageId'] | undefined,
): Promise<Pick<OutRecord, 'replyTo'>> {
  if (replyTo === undefined) return {};
  const record = (await messageInLog(context, step, replyTo))?.record;
  if (record === undefined) return { replyTo: { messageId: replyTo, name: '', text: '' } };
  const disappears = record.disappearAfterS !== undefined && ({ disappears: true } as const);
  return { replyTo: { messageId: replyTo, name: record.author.name, ...lineOf(record), ...disappears } };
}
