import {
  type EntryOutcome,
  openEntry,
  type PendingCommit,
  type RoomMember,
  type SealedRoom,
} from '@sotto/core';
import type { DeviceId, Entry } from '@sotto/protocol';
import { acceptOwnCommit } from '../door/admission.ts';
import { needsNoTree, takeTreeBack } from '../door/treesAtRelay.ts';
import { ClientError } from '../intents.ts';
import { noteBackIn, noteDamaged, noteFallenOut, noteFollowing } from './fallenOut.ts';
import { notePlaceInOrder, putGap } from './gaps.ts';
import { receiveOwn } from './ownEntry.ts';
import { receiveCommit } from './receiveCommit.ts';
import { isInLog, receiveContent } from './receiveContent.ts';
import type { RoomContext } from './roomContext.ts';
import { shownName, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

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
  const { conversation, sealed } = step.state;
  if (sealed !== undefined && (entry.kind === 'message' || entry.kind === 'commit'))
    return receiveInSealed(context, step, sealed, { ...entry, kind: entry.kind });
  if (conversation === undefined || (entry.kind !== 'message' && entry.kind !== 'commit')) {
    await putGap(context, step, entry.seq, 'unsupported', 1);
    step.set({ cursorSeq: entry.seq });
    return { known: true };
  }
  const pending = viewOf(step.state)?.pending;
  const opened = openEntry(context.env, conversation, { kind: entry.kind, payload: entry.payload });
  const { outcome } = opened;
  if (outcome.type === 'own' && !(await receiveOwn(context, step, entry))) {
    if (outcome.unspent) return { known: false };
    // Spent keys prove nothing: any member can put this device's name on such bytes.
    await putGap(context, step, entry.seq, 'undecryptable', 1);
  }
  if (outcome.type === 'rejected-commit' && outcome.detail === 'own-later-commit') return { known: false };
  step.advance(opened);
  if (outcome.type === 'commit' && outcome.own && pending !== undefined)
    acceptOwnCommit(context, step, pending);
  await receiveOutcome(context, step, entry, outcome);
  settleTrees(context, step, outcome);
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

/** The same in a conversation by RSA: every entry can be read for ever, so that one's own count by their place alone. */
async function receiveInSealed(
  context: RoomContext,
  step: RoomStep,
  room: SealedRoom,
  entry: Entry & { readonly kind: 'message' | 'commit' },
): Promise<Received> {
  const talk = context.sealedTalk();
  if (talk === undefined) throw new ClientError('CLOSED', 'the account is not there', { retryable: true });
  const opened = await talk.open(room, entry);
  const { outcome, reason } = opened;
  step.advanceSealed(opened);
  if (outcome.type === 'own') {
    if (!(await receiveOwn(context, step, entry)))
      await putGap(context, step, entry.seq, 'undecryptable', 1, 'replayed');
  } else if (outcome.type !== 'undecryptable') await receiveOutcome(context, step, entry, outcome);
  else if (outcome.cause !== 'replayed') {
    await putGap(context, step, entry.seq, 'undecryptable', 1, reason);
    if (entry.kind === 'message') step.set({ unattributedGaps: step.state.record.unattributedGaps + 1 });
  }
  step.set({ cursorSeq: entry.seq });
  const joined = outcome.type === 'commit' && outcome.change.joined.length > 0;
  return { known: true, joined, author: outcome.type === 'content' ? outcome.author.deviceId : undefined };
}

/** Whoever speaks here has the ratchet tree; whoever was taken out needs none, nor does who was not let in after all. */
function settleTrees(context: RoomContext, step: RoomStep, outcome: EntryOutcome): void {
  if (outcome.type === 'content') needsNoTree(context, step, [outcome.author.deviceId]);
  if (outcome.type !== 'commit') return;
  if (outcome.dropped !== undefined) takeTreeBack(context, step, outcome.dropped);
  const removed = outcome.change.removed.map(({ member }) => member.deviceId);
  needsNoTree(context, step, [outcome.by.deviceId, ...removed]);
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
    case 'content': {
      const { author, content, order } = outcome;
      noteFollowing(step);
      noteBackIn(step, author.deviceId);
      const place = notePlaceInOrder(context, step, entry.seq, author, { counter: content.counter, order });
      if (outcome.fork) step.warn({ kind: 'fork', withName: shownName(context, step, author) });
      if (order.place === 'repeated' && (await isInLog(context, step, content.messageId))) return;
      // What held once must not hold again behind what has been said since.
      if (order.place === 'repeated' && content.body.type === 'timer') return;
      return receiveContent(context, step, { entry, author, content, place });
    }
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
    case 'asks-again':
      return receiveAsking(context, step, entry, outcome.author);
    case 'commit':
      if (!outcome.own) noteFollowing(step);
      return receiveCommit(context, step, entry, outcome);
    case 'rejected-commit':
      // Nobody to name means that this device could not follow: not that the others did not.
      if (outcome.by === undefined && outcome.detail === 'past-epoch') noteDamaged(step);
      else if (outcome.by === undefined) noteFallenOut(step);
      else step.warn({ kind: 'bad-commit', byName: shownName(context, step, outcome.by) });
      return;
    case 'undecryptable':
      return receiveUndecryptable(context, step, entry, outcome.cause);
  }
}

/** Somebody's device fell out: those who may add it see it, and nobody does anything by itself. */
function receiveAsking(context: RoomContext, step: RoomStep, entry: Entry, author: RoomMember): void {
  const { deviceId, accountId } = author;
  if (deviceId === context.identity.deviceId) return;
  const peer = step.peer(deviceId);
  if (peer.fellOut) return;
  step.putPeer({ ...peer, fellOut: true });
  const self = accountId === context.identity.accountId;
  const atMs = context.clock.nowMs();
  step.putItem(entry.seq, { kind: 'event', atMs, event: { type: 'fell-out', deviceId, self } });
  step.set({ lastActivityMs: atMs });
}

async function receiveUndecryptable(
  context: RoomContext,
  step: RoomStep,
  entry: Entry,
  cause: Extract<EntryOutcome, { type: 'undecryptable' }>['cause'],
): Promise<void> {
  // The same ciphertext again: nothing is missing.
  if (cause === 'replayed') return;
  // Where this device asked to be added again, it may count the epochs otherwise than those who can read its request.
  if (cause === 'malformed' && step.state.record.fallenOut?.asked) return;
  if (cause === 'wrong-epoch') noteFallenOut(step);
  if (cause === 'damaged' || cause === 'past-epoch') noteDamaged(step);
  await putGap(context, step, entry.seq, 'undecryptable', 1);
  if (entry.kind === 'message') step.set({ unattributedGaps: step.state.record.unattributedGaps + 1 });
}
