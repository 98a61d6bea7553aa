import {
  type CounterOrder,
  type EntryOutcome,
  openEntry,
  type PendingCommit,
  type RoomMember,
} from '@sotto/core';
import type { Content, DeviceId, Entry } from '@sotto/protocol';
import { acceptOwnCommit } from '../door/admission.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { OutRecord, SawRecord, TimelineRecord } from '../records/roomRecords.ts';
import { concludeRoom, failOutbox } from './concludeRoom.ts';
import { ownEntryKey } from './ownEntry.ts';
import type { RoomContext } from './roomContext.ts';
import { nameOf, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';
import { raisedFloors } from './sendState.ts';
import { cleanedName, previewOf } from './shownText.ts';

/** What is kept of a ciphertext to show: the whole again would double the store. */
const SAW_HEAD_BYTES = 256;
const GAPS_PER_PEER = 16;

/** What became of an entry. */
export interface Received {
  /** False for what a later copy of this store sent: then nothing of the entry is in the step. */
  readonly known: boolean;
  /** One's own commit that is in force now. */
  readonly settled?: PendingCommit | undefined;
  /** One's own commit that lost the race. */
  readonly dropped?: Omit<PendingCommit, 'expectEpoch'> | undefined;
  /** Whether somebody came into the room. */
  readonly joined?: boolean;
  /** Whose message it was. */
  readonly author?: DeviceId | undefined;
}

/**
 * Puts the next entry of the room's stream into a step: ratchets, what it shows, and the cursor. Every entry leaves a
 * trace or is known to need none; none is passed over in silence.
 */
export async function receiveEntry(context: RoomContext, step: RoomStep, entry: Entry): Promise<Received> {
  const { conversation } = step.state;
  if (conversation === undefined || (entry.kind !== 'message' && entry.kind !== 'commit')) {
    putGap(context, step, entry.seq, 'unsupported', 1);
    step.set({ cursorSeq: entry.seq });
    return { known: true };
  }
  const pending = viewOf(step.state)?.pending;
  const opened = openEntry(context.env, conversation, { kind: entry.kind, payload: entry.payload });
  const { outcome } = opened;
  if (outcome.type === 'own' && !(await receiveOwn(context, step, entry))) {
    if (outcome.unspent) return { known: false };
    // Spent keys prove nothing: any member can put this device's name on such bytes.
    putGap(context, step, entry.seq, 'undecryptable', 1);
  }
  if (outcome.type === 'rejected-commit' && outcome.detail === 'own-later-commit') return { known: false };
  step.advance(opened);
  if (outcome.type === 'commit' && outcome.own && pending !== undefined)
    acceptOwnCommit(context, step, pending);
  await receiveOutcome(context, step, entry, outcome);
  step.set({ cursorSeq: entry.seq });
  if (outcome.type === 'content') return { known: true, author: outcome.author.deviceId };
  if (outcome.type !== 'commit') return { known: true };
  return {
    known: true,
    settled: outcome.own ? pending : undefined,
    dropped: outcome.dropped,
    joined: outcome.change.joined.length > 0,
  };
}

async function receiveOutcome(
  context: RoomContext,
  step: RoomStep,
  entry: Entry,
  outcome: EntryOutcome,
): Promise<void> {
  switch (outcome.type) {
    case 'own':
    case 'duplicate':
      return;
    case 'content':
      notePlaceInOrder(context, step, entry.seq, outcome.author, outcome.order);
      if (outcome.fork) step.warn({ kind: 'fork', withName: shownName(context, step, outcome.author) });
      if (outcome.order.place === 'repeated' && (await isInLog(context, step, outcome.content))) return;
      return receiveContent(context, step, entry, outcome.author, outcome.content);
    case 'refused':
      return putGap(context, step, entry.seq, 'unsupported', 1);
    case 'unreadable':
      return putGap(
        context,
        step,
        entry.seq,
        outcome.why === 'unsupported' ? 'unsupported' : 'undecryptable',
        1,
      );
    case 'commit':
      return receiveCommit(context, step, entry, outcome);
    case 'rejected-commit':
      // Nobody to name means that this device could not follow: not that the others did not.
      if (outcome.by === undefined) step.warn({ kind: 'out-of-sync' });
      else step.warn({ kind: 'bad-commit', byName: shownName(context, step, outcome.by) });
      return;
    case 'undecryptable':
      return receiveUndecryptable(context, step, entry, outcome.cause);
  }
}

function receiveUndecryptable(
  context: RoomContext,
  step: RoomStep,
  entry: Entry,
  cause: Extract<EntryOutcome, { type: 'undecryptable' }>['cause'],
): void {
  // The same ciphertext again: nothing is missing.
  if (cause === 'replayed') return;
  if (cause === 'wrong-epoch') step.warn({ kind: 'out-of-sync' });
  putGap(context, step, entry.seq, 'undecryptable', 1);
  if (entry.kind === 'message') step.set({ unattributedGaps: step.state.record.unattributedGaps + 1 });
}

/** Shows what a sender's counters tell: messages that did not come, or that came after all. */
function notePlaceInOrder(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  author: RoomMember,
  order: CounterOrder,
): void {
  const peer = step.peer(author.deviceId);
  if (order.place === 'after-gap') {
    // An unreadable entry was shown when it came, without a sender: count it once.
    const { unattributedGaps } = step.state.record;
    const shownBefore = Math.min(order.missing, unattributedGaps);
    if (shownBefore > 0) step.set({ unattributedGaps: unattributedGaps - shownBefore });
    const count = order.missing - shownBefore;
    if (count === 0) return;
    const gapOrder = step.putItem(seq, { kind: 'gap', atMs: context.clock.nowMs(), cause: 'missing', count });
    step.putPeer({ ...peer, gaps: [...peer.gaps, { order: gapOrder, count }].slice(-GAPS_PER_PEER) });
  }
  if (order.place === 'late') {
    const [oldest, ...others] = peer.gaps;
    if (oldest === undefined) return;
    const count = oldest.count - 1;
    step.putPeer({ ...peer, gaps: count === 0 ? others : [{ ...oldest, count }, ...others] });
    if (count === 0) step.removeItem(oldest.order);
    else {
      const record = { kind: 'gap', atMs: context.clock.nowMs(), cause: 'missing', count } as const;
      step.changeItem({ order: oldest.order, record });
    }
  }
}

async function isInLog(context: RoomContext, step: RoomStep, content: Content): Promise<boolean> {
  return (
    (await step.read(context.vault, KEYS.place(step.state.record.roomId, content.messageId))) !== undefined
  );
}

async function receiveContent(
  context: RoomContext,
  step: RoomStep,
  entry: Entry,
  author: RoomMember,
  content: Content,
): Promise<void> {
  const { body } = content;
  const peer = step.peer(author.deviceId);
  switch (body.type) {
    case 'text': {
      const name = shownName(context, step, author);
      step.putItem(entry.seq, {
        kind: 'message',
        messageId: content.messageId,
        author: { deviceId: author.deviceId, name, guest: author.guest, role: author.role, self: false },
        counter: content.counter,
        text: body.text,
        ...(await quoted(context, step, body.replyTo)),
        sentAtMs: content.sentAtMs,
        saw: sawOf(step, entry),
      });
      const atMs = context.clock.nowMs();
      step.set({
        unread: step.state.record.unread + 1,
        lastActivityMs: atMs,
        preview: { text: previewOf(body.text), own: false, atMs },
        owesDelivered: true,
      });
      step.afterwards(() => context.events.notice(step.state.record.roomId, 'message', name));
      return;
    }
    case 'receipt': {
      const mine = (marks: typeof body.delivered) =>
        marks.find(mark => mark.deviceId === context.identity.deviceId);
      const [delivered, read] = [mine(body.delivered), mine(body.read)];
      if (delivered === undefined && read === undefined) return;
      step.putPeer({ ...peer, ...(delivered && { delivered }), ...(read && { read }) });
      step.set(raisedFloors(step.state, context.identity));
      return;
    }
    case 'profile': {
      const name = cleanedName(body.name);
      if (name !== undefined && name !== peer.name) step.putPeer({ ...peer, name });
      return;
    }
    case 'leave':
      // The conversation keeps who leaves; the log shows it when the removal comes.
      return;
    case 'roomNotice':
      return receiveNotice(context, step, entry.seq, author, body);
    case 'delete':
      return receiveDelete(context, step, author, body.target);
    default:
      // Kinds that this build can read and not show.
      putGap(context, step, entry.seq, 'unsupported', 1);
  }
}

function receiveNotice(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  author: RoomMember,
  notice: { readonly condition: 'open' | 'paused' | 'ended'; readonly erase: boolean },
): void {
  const before = step.state.record.condition;
  if (before === 'ended' || before === notice.condition) return;
  step.set({ condition: notice.condition, lastActivityMs: context.clock.nowMs() });
  const type = notice.condition === 'open' ? 'resumed' : notice.condition;
  step.putItem(seq, {
    kind: 'event',
    atMs: context.clock.nowMs(),
    event: { type, by: author.deviceId },
  });
  if (notice.condition === 'ended') concludeRoom(context, step, { erase: notice.erase });
}

/** Only its author takes a message back; a deletion of what was never here leaves no trace. */
async function receiveDelete(
  context: RoomContext,
  step: RoomStep,
  author: RoomMember,
  target: Content['messageId'],
): Promise<void> {
  const { roomId } = step.state.record;
  const place = await step.read(context.vault, KEYS.place(roomId, target));
  if (place === undefined) return;
  const { order } = decodeRecord<{ order: number }>(place);
  const item = await step.read(context.vault, KEYS.item(roomId, order));
  if (item === undefined) return;
  const record = decodeRecord<TimelineRecord>(item);
  if (record.kind !== 'message' || record.author.deviceId !== author.deviceId) return;
  step.changeItem({ order, record: { ...record, text: '', deleted: true } });
}

function receiveCommit(
  context: RoomContext,
  step: RoomStep,
  entry: Entry,
  commit: Extract<EntryOutcome, { type: 'commit' }>,
): void {
  const atMs = context.clock.nowMs();
  const { change } = commit;
  const title = viewOf(step.state)?.title ?? '';
  for (const member of change.joined) {
    const known = step.state.peers.get(member.deviceId);
    step.putPeer({
      ...step.peer(member.deviceId),
      name: known?.name ?? '',
      baseline: step.state.record.echoedCounter,
    });
    const event = { type: 'joined', deviceId: member.deviceId, guest: member.guest, self: false } as const;
    step.putItem(entry.seq, { kind: 'event', atMs, event });
  }
  for (const { member, leaving } of change.removed) {
    const self = member.deviceId === context.identity.deviceId;
    const event = leaving
      ? ({ type: 'left', deviceId: member.deviceId, self } as const)
      : ({ type: 'removed', deviceId: member.deviceId, by: commit.by.deviceId, self } as const);
    step.putItem(entry.seq, { kind: 'event', atMs, event });
  }
  if (change.joined.length + change.removed.length > 0) step.set({ lastActivityMs: atMs });
  if (commit.selfRemoved) {
    step.set({ membership: 'removed', title });
    step.dropConversation();
    failOutbox(step, 'not-a-member');
    return;
  }
  writeRoster(step);
  step.set(raisedFloors(step.state, context.identity));
}

/** Who is in the room from this epoch on, for "What the server saw". */
export function writeRoster(step: RoomStep): void {
  const view = viewOf(step.state);
  if (view === undefined) return;
  const deviceIds = view.members.map(({ deviceId }) => deviceId);
  step.write(KEYS.roster(step.state.record.roomId, view.epoch), { deviceIds });
}

/** An own entry has come back: its item leaves the outbox for its place in the log. False when nothing knows it. */
async function receiveOwn(context: RoomContext, step: RoomStep, entry: Entry): Promise<boolean> {
  const item = step.state.outbox.find(
    out => out.dedupeId === entry.dedupeId || sameBytes(out.sealed?.payload, entry.payload),
  );
  const key = ownEntryKey(context, step.state.record.roomId, entry.payload);
  if (item === undefined) {
    // The relay may repeat an entry; a second copy of what is in the log changes nothing.
    return (await step.read(context.vault, key)) !== undefined;
  }
  step.write(key, { seq: entry.seq });
  placeOwn(context, step, item, sawOf(step, entry), entry.seq);
  return true;
}

/** Moves an item that the relay has from the outbox into the log. */
export function placeOwn(
  context: RoomContext,
  step: RoomStep,
  item: OutRecord,
  saw: SawRecord,
  seq: number,
): void {
  const { record } = step.state;
  step.dropOut(item.number);
  step.set({ echoedCounter: Math.max(record.echoedCounter, item.draft.counter) });
  if (item.purpose === 'text') {
    const self = viewOf(step.state)?.self;
    step.putItem(seq, {
      kind: 'message',
      messageId: item.draft.messageId,
      author: {
        deviceId: context.identity.deviceId,
        name: context.selfName(),
        guest: context.identity.kind === 'guest',
        role: self?.role ?? 'guest',
        self: true,
      },
      counter: item.draft.counter,
      text: item.text ?? '',
      ...(item.replyTo && { replyTo: item.replyTo }),
      sentAtMs: item.draft.sentAtMs,
      saw,
    });
  }
  if (item.purpose === 'notice' && item.notice !== undefined) {
    const self = viewOf(step.state)?.self;
    if (self !== undefined) receiveNotice(context, step, seq, self, item.notice);
  }
}

function sawOf(step: RoomStep, entry: Entry): SawRecord {
  return {
    head: entry.payload.slice(0, SAW_HEAD_BYTES),
    sizeBytes: entry.payload.length,
    seq: entry.seq,
    receivedAtMs: entry.receivedAtMs,
    epoch: viewOf(step.state)?.epoch ?? 0,
  };
}

/** Shows that something is missing. */
export function putGap(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  cause: Extract<TimelineRecord, { kind: 'gap' }>['cause'],
  count: number,
): void {
  step.putItem(seq, { kind: 'gap', atMs: context.clock.nowMs(), cause, count });
}

/** The message that a reply points to, as far as this device has it. */
export async function quoted(
  context: RoomContext,
  step: RoomStep,
  replyTo: Content['messageId'] | undefined,
): Promise<Pick<OutRecord, 'replyTo'>> {
  if (replyTo === undefined) return {};
  const { roomId } = step.state.record;
  const place = await step.read(context.vault, KEYS.place(roomId, replyTo));
  const order = place === undefined ? undefined : decodeRecord<{ order: number }>(place).order;
  const item = order === undefined ? undefined : await step.read(context.vault, KEYS.item(roomId, order));
  const record = item === undefined ? undefined : decodeRecord<TimelineRecord>(item);
  if (record?.kind !== 'message') return { replyTo: { messageId: replyTo, name: '', text: '' } };
  return { replyTo: { messageId: replyTo, name: record.author.name, text: previewOf(record.text) } };
}

function shownName(context: RoomContext, step: RoomStep, member: Pick<RoomMember, 'deviceId'>): string {
  return nameOf(step.state, context.identity, context.selfName(), member.deviceId);
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
