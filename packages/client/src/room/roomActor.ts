import { alignStreamEpoch } from '@sotto/core';
import type { Entry, StreamCondition, StreamStatus } from '@sotto/protocol';
import { VaultError } from '@sotto/vault';
import { DoorExpiry } from '../door/doorExpiry.ts';
import { ClientError } from '../intents.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { Push } from '../relay/relayLink.ts';
import { SerialQueue } from '../serialQueue.ts';
import { CommitWishes } from './commitWishes.ts';
import { failOutbox } from './concludeRoom.ts';
import { eraseRoom } from './eraseRoom.ts';
import { Introductions } from './introductions.ts';
import { KeyUpdates } from './keyUpdates.ts';
import { sealItem, unsent } from './outbox.ts';
import { Receipts } from './receipts.ts';
import { placeOwn, putGap, receiveEntry } from './receiveEntry.ts';
import type { RoomContext } from './roomContext.ts';
import { RoomSender } from './roomSender.ts';
import { type RoomState, viewOf } from './roomState.ts';
import { RoomStep } from './roomStep.ts';
import { Typing } from './typing.ts';

/** Entries opened in one transaction: enough to share the flush, few enough to let others in between. */
const ENTRIES_PER_STEP = 32;

/**
 * One room, alive: everything that changes it goes through one queue, one transaction at a time. `state` is what is
 * on disk; nothing is acknowledged, shown or sent before it is.
 */
export class RoomActor {
  #state: RoomState;
  readonly #queue = new SerialQueue();
  readonly wishes: CommitWishes;
  readonly receipts: Receipts;
  readonly typing: Typing;
  readonly #sender: RoomSender;
  readonly #keyUpdates: KeyUpdates;
  readonly #introductions: Introductions;
  readonly #doorExpiry: DoorExpiry;
  /** Pushes that came before the subscription was settled; `undefined` when there is none to settle. */
  #early: (readonly Entry[])[] | undefined;
  #attached = false;
  #headSeq = 0;
  #sawLog = false;
  /** The relay's word: it decides what can be appended, never what the room is. */
  #relayCondition: StreamCondition = 'open';
  #relayAdmin = false;
  /** The cursor at which entries were found missing and asked for once more. */
  #askedAgainAt: number | undefined;
  #closed = false;
  readonly #watchers = new Set<Watcher>();
  #erased: Promise<void> | undefined;

  constructor(
    private readonly context: RoomContext,
    state: RoomState,
  ) {
    this.#state = state;
    const ready = () => this.#canAppend;
    this.wishes = new CommitWishes(context);
    this.#sender = new RoomSender(context, this, this.wishes);
    this.receipts = new Receipts(context, this, ready);
    this.typing = new Typing(context, this, () => context.events.changed(this.roomId));
    this.#keyUpdates = new KeyUpdates(context, this, this.wishes, ready, () => this.#sender.wake());
    this.#introductions = new Introductions(context, this);
    this.#doorExpiry = new DoorExpiry(context, this);
  }

  get state(): RoomState {
    return this.#state;
  }

  get roomId() {
    return this.#state.record.roomId;
  }

  /** Whether the room is on its way off this device: nobody sees it any more. */
  get erasing(): boolean {
    return this.#erased !== undefined;
  }

  get relayCondition(): StreamCondition {
    return this.#relayCondition;
  }

  get caughtUp(): boolean {
    return this.#attached && (this.#state.record.cursorSeq ?? 0) >= this.#headSeq;
  }

  get accepting(): boolean {
    return this.#relayCondition === 'open' || (this.#relayCondition === 'paused' && this.#relayAdmin);
  }

  #noteCaughtUp(): void {
    if (this.caughtUp) this.#sawLog = true;
  }

  get #canAppend(): boolean {
    return !this.#closed && this.caughtUp && this.accepting && this.#state.record.condition !== 'ended';
  }

  /**
   * Runs a transaction: what `job` puts into the step is stored as a whole, and only then holds. Throws what `job`
   * throws, and then nothing has changed; `STORAGE_FAILED` where the store refuses.
   */
  transact<T>(job: (step: RoomStep) => Promise<T> | T): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#closed) throw new ClientError('CLOSED', 'the engine was closed', { retryable: true });
      const step = new RoomStep(this.#state);
      const result = await job(step);
      await this.#commit(step);
      return result;
    });
  }

  /**
   * Encrypts what was written down, as soon as it may be: what waits for a relay waits as ciphertext. Not before this
   * run of the program has seen the whole log once: if the store is an old copy, that shows by its own keys' being
   * used there, and until then none of them may be.
   */
  sealQueued(): Promise<void> {
    return this.transact(step => {
      if (
        !this.#sawLog ||
        viewOf(step.state)?.pending !== undefined ||
        step.state.record.membership !== 'member'
      )
        return;
      for (const item of unsent(step.state.outbox)) {
        if (item.sealed === undefined) sealItem(this.context, step, item);
      }
    });
  }

  /** Sends what there is to send, when that is possible. */
  wake(): void {
    this.#sender.wake();
  }

  /** The session with the relay is gone. */
  detach(): void {
    this.#attached = false;
    this.#early = undefined;
  }

  /** A session stands: goes on from the cursor. */
  async attach(): Promise<void> {
    const { streamId, membership } = this.#state.record;
    if (streamId === undefined || membership !== 'member' || this.#closed) return;
    this.#attached = false;
    this.#early = [];
    this.#sender.reconnected();
    try {
      const afterSeq = this.#state.record.cursorSeq ?? 0;
      const answer = await this.context.link.request({ type: 'subscribe', streamId, afterSeq });
      if (answer.type === 'subscribed') await this.#attachedTo(answer.status);
    } catch (error) {
      if (error instanceof RelayFailure && error.code === 'NOT_FOUND') await this.#strangerToRelay();
      else if (error instanceof RelayFailure) this.context.link.restart();
      // What is pushed could not be kept: better to stop than to wait for it for ever.
      else if (error instanceof VaultError) this.context.events.stop('storage-failed');
    }
  }

  receivePush(push: Push): void {
    if (push.type === 'entries') {
      if (this.#early !== undefined) this.#early.push(push.entries);
      else if (this.#attached) this.#receive(push.entries);
    } else if (push.type === 'ephemeral') this.typing.receive(push.payload);
    else if (push.type === 'streamChanged') this.#take(push.status);
  }

  relayClosed(condition: 'paused' | 'ended'): void {
    this.#relayCondition = condition;
    this.context.events.changed(this.roomId);
  }

  /** Resolves once the stored state is so; rejects with `CLOSED` when the room or the engine goes first. */
  until(holds: (state: RoomState) => boolean): Promise<void> {
    if (holds(this.#state)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#watchers.add({ holds, resolve, reject }));
  }

  /** Takes the room off this device: for good, when it resolves. */
  erase(): Promise<void> {
    this.#erased ??= this.#queue.run(() => this.#erase());
    this.context.events.changed(this.roomId);
    return this.#erased;
  }

  /** Takes off a room of which nothing was ever stored. */
  forget(): void {
    this.#closed = true;
    this.#stopTimers();
    this.context.events.erased(this.roomId);
  }

  /** Resolves when nothing is under way in this room. */
  close(): Promise<void> {
    this.#closed = true;
    this.#stopTimers();
    return this.#queue.idle();
  }

  /** Finishes what a stop in between left undone. */
  resume(): void {
    this.#finishErasing();
    this.#considerTimers();
  }

  async #commit(step: RoomStep): Promise<void> {
    const { writes } = step;
    if (writes.length > 0) {
      try {
        await this.context.vault.commit(writes);
      } catch (error) {
        if (!(error instanceof VaultError && error.code === 'QUOTA_EXCEEDED'))
          this.context.events.stop('storage-failed');
        throw error;
      }
    }
    const before = this.#state;
    this.#state = step.state;
    this.#noteCaughtUp();
    for (const run of step.afterCommit) run();
    this.#announce(before, step);
  }

  /** What follows from a step: what windows see, and what is due now. */
  #announce(before: RoomState, step: RoomStep): void {
    const { events } = this.context;
    const after = this.#state;
    if (before === after) return;
    const marks =
      before.peers !== after.peers ||
      before.record.deliveredFloor !== after.record.deliveredFloor ||
      before.record.readFloor !== after.record.readFloor ||
      viewOf(before)?.epoch !== viewOf(after)?.epoch;
    const names = before.peers !== after.peers && differInNames(before.peers, after.peers);
    const { items, removedOrders } = step;
    if (marks || before.outbox !== after.outbox || items.length + removedOrders.length > 0) {
      events.timeline(this.roomId, { items, removedOrders, marks, names });
    }
    for (const watcher of [...this.#watchers]) {
      if (!watcher.holds(after)) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
    const members = viewOf(after)?.members ?? [];
    this.wishes.tellAdmissions(after.knocks, knockId => {
      const deviceId = before.knocks.get(knockId)?.request.deviceId;
      return members.some(member => member.deviceId === deviceId);
    });
    events.changed(this.roomId);
    this.#considerTimers();
    if (
      unsent(after.outbox).length > 0 ||
      after.knocks !== before.knocks ||
      after.conversation !== before.conversation
    ) {
      this.#sender.wake();
    }
    this.#finishErasing();
  }

  #considerTimers(): void {
    if (this.#closed) return;
    this.receipts.consider();
    this.#keyUpdates.consider();
    this.#introductions.consider();
    this.#doorExpiry.consider();
  }

  async #erase(): Promise<void> {
    if (this.#closed) throw new ClientError('CLOSED', 'the engine was closed', { retryable: true });
    this.#closed = true;
    this.#stopTimers();
    try {
      await eraseRoom(this.context.vault, this.roomId, 'room');
    } catch (error) {
      this.context.events.stop('storage-failed');
      throw error;
    }
    this.context.events.erased(this.roomId);
  }

  /** After an end with erasure: for the one who ended it the whole room goes, for the others the history. */
  #finishErasing(): void {
    const { closing, condition } = this.#state.record;
    if (closing?.erase !== true || condition !== 'ended' || this.#closed) return;
    if (closing.how === 'end') void this.erase().catch(() => undefined);
    else void this.#queue.run(() => this.#eraseHistory()).catch(() => undefined);
  }

  async #eraseHistory(): Promise<void> {
    if (this.#closed || this.#state.record.closing?.erase !== true) return;
    await eraseRoom(this.context.vault, this.roomId, 'history');
    const step = new RoomStep({ ...this.#state, conversation: undefined, peers: new Map(), outbox: [] });
    step.clear('closing', 'preview');
    step.set({ unread: 0 });
    await this.#commit(step);
    this.context.events.timeline(this.roomId, 'emptied');
  }

  async #attachedTo(status: StreamStatus): Promise<void> {
    let rolledBack = false;
    await this.transact(step => {
      const { cursorSeq } = step.state.record;
      if (cursorSeq === undefined) this.#begin(step, status.acknowledgedSeq);
      // The relay has an acknowledgement that this store never gave: the store is an old copy.
      else if (status.acknowledgedSeq > cursorSeq) rolledBack = true;
      else if (status.lostUpToSeq > cursorSeq) this.#passOverLost(step, cursorSeq, status.lostUpToSeq);
    });
    if (rolledBack) return this.context.events.stop('rolled-back');
    this.#headSeq = status.headSeq;
    this.#attached = true;
    this.#noteCaughtUp();
    // A connection or a program that ended after storing and before acknowledging: the relay waits for it still.
    const { cursorSeq = 0 } = this.#state.record;
    if (cursorSeq > status.acknowledgedSeq) this.#acknowledge(cursorSeq);
    this.#take(status);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const entries of early) this.#receive(entries);
    await this.transact(step => this.#alignEpoch(step, status));
    this.#considerTimers();
    this.#sender.wake();
  }

  /** A joiner's log begins with the entry that let it in. */
  #begin(step: RoomStep, seq: number): void {
    const { deviceId, kind } = this.context.identity;
    const event = { type: 'joined', deviceId, guest: kind === 'guest', self: true } as const;
    step.putItem(seq, { kind: 'event', atMs: this.context.clock.nowMs(), event });
    step.set({ cursorSeq: seq });
  }

  /** Entries that the relay no longer has: shown, and never silently acknowledged. */
  #passOverLost(step: RoomStep, cursorSeq: number, lostUpToSeq: number): void {
    putGap(this.context, step, lostUpToSeq, 'expired-at-relay', lostUpToSeq - cursorSeq);
    step.warn({ kind: 'out-of-sync' });
    for (const item of step.state.outbox) {
      if (item.appended === undefined || item.appended.seq > lostUpToSeq) continue;
      const { payload, epoch } = item.sealed!;
      const saw = { head: payload.slice(0, 256), sizeBytes: payload.length, ...item.appended, epoch };
      placeOwn(this.context, step, item, saw, item.appended.seq);
    }
    step.set({ cursorSeq: lostUpToSeq });
  }

  /** Who joined does not know how many commits the stream counts: the relay's number is right once all are here. */
  #alignEpoch(step: RoomStep, status: StreamStatus): void {
    const { conversation, record } = step.state;
    const view = viewOf(step.state);
    if (conversation === undefined || record.cursorSeq !== status.headSeq) return;
    if (view?.streamEpoch !== status.epoch) step.advance(alignStreamEpoch(conversation, status.epoch));
  }

  #take(status: StreamStatus): void {
    this.#relayCondition = status.condition;
    this.#relayAdmin = status.admin;
    this.context.events.changed(this.roomId);
    this.#considerTimers();
    this.#sender.wake();
  }

  /** The relay has no such stream for this device (any more). */
  async #strangerToRelay(): Promise<void> {
    await this.transact(step => {
      if (step.state.record.condition === 'ended') return;
      step.warn({ kind: 'out-of-sync' });
      failOutbox(step, 'not-a-member');
    }).catch(() => undefined);
  }

  #receive(entries: readonly Entry[]): void {
    for (let at = 0; at < entries.length; at += ENTRIES_PER_STEP) {
      const some = entries.slice(at, at + ENTRIES_PER_STEP);
      void this.#queue
        .run(() => this.#receiveStep(some))
        .catch(() => this.context.events.stop('storage-failed'));
    }
  }

  async #receiveStep(entries: readonly Entry[]): Promise<void> {
    if (this.#closed || !this.#attached) return;
    const step = new RoomStep(this.#state);
    let known = true;
    for (const entry of entries) {
      if (step.state.record.membership !== 'member') break;
      const cursorSeq = step.state.record.cursorSeq ?? 0;
      if (entry.seq <= cursorSeq) continue;
      if (entry.seq > cursorSeq + 1) {
        if (this.#askedAgainAt !== cursorSeq) {
          this.#askAgain(cursorSeq);
          break;
        }
        putGap(this.context, step, entry.seq, 'missing', entry.seq - cursorSeq - 1);
        step.warn({ kind: 'out-of-sync' });
      }
      known = await this.#receiveOne(step, entry);
      if (!known) break;
    }
    await this.#commit(step);
    const { cursorSeq } = this.#state.record;
    if (cursorSeq !== undefined && cursorSeq !== step.before.record.cursorSeq) this.#acknowledge(cursorSeq);
    if (!known) this.context.events.stop('rolled-back');
  }

  #acknowledge(seq: number): void {
    const { streamId } = this.#state.record;
    if (streamId !== undefined) this.context.link.tell({ type: 'acknowledge', streamId, seq });
  }

  async #receiveOne(step: RoomStep, entry: Entry): Promise<boolean> {
    const received = await receiveEntry(this.context, step, entry);
    const { settled, dropped, author } = received;
    if (settled !== undefined) step.afterwards(() => this.wishes.settled(settled));
    if (dropped !== undefined) step.afterwards(() => this.wishes.dropped(dropped));
    if (received.joined === true) this.#introductions.joinedBy(step, settled !== undefined);
    if (author !== undefined) step.afterwards(() => this.typing.stopped(author));
    return received.known;
  }

  /** Entries are missing in what the relay pushed: ask for them once before they are shown as missing. */
  #askAgain(cursorSeq: number): void {
    this.#askedAgainAt = cursorSeq;
    void this.attach();
  }

  #stopTimers(): void {
    this.#sender.close();
    this.receipts.close();
    this.typing.close();
    this.#keyUpdates.close();
    this.#introductions.close();
    this.#doorExpiry.close();
    this.wishes.close();
    for (const { reject } of this.#watchers)
      reject(new ClientError('CLOSED', 'the room was closed', { retryable: true }));
    this.#watchers.clear();
  }
}

function differInNames(before: RoomState['peers'], after: RoomState['peers']): boolean {
  return [...after.values()].some(({ deviceId, name }) => before.get(deviceId)?.name !== name);
}

interface Watcher {
  readonly holds: (state: RoomState) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: ClientError) => void;
}
