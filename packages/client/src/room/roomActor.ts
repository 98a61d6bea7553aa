import type { StreamCondition } from '@sotto/protocol';
import { VaultError } from '@sotto/vault';
import { DoorExpiry } from '../door/doorExpiry.ts';
import { ClientError } from '../intents.ts';
import type { Push } from '../relay/relayLink.ts';
import { SerialQueue } from '../serialQueue.ts';
import { CommitWishes } from './commitWishes.ts';
import { Disappearances } from './disappearances.ts';
import { eraseRoom } from './eraseRoom.ts';
import { Erasures } from './erasures.ts';
import { Indexing } from './indexing.ts';
import { Introductions } from './introductions.ts';
import { KeyUpdates } from './keyUpdates.ts';
import { MemberViews } from './memberViews.ts';
import { sealItem, unsent } from './outbox.ts';
import { Receipts } from './receipts.ts';
import type { Received } from './receiveEntry.ts';
import type { RoomContext } from './roomContext.ts';
import { RoomSender } from './roomSender.ts';
import { differInNames, type RoomState, viewOf } from './roomState.ts';
import { RoomStep } from './roomStep.ts';
import { tellTimerToJoined } from './roomTimer.ts';
import { isSilent } from './sendingBlocked.ts';
import { Subscription } from './subscription.ts';
import { Typing } from './typing.ts';

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
  readonly erasures: Erasures;
  readonly disappearances: Disappearances;
  readonly indexing: Indexing;
  readonly memberViews = new MemberViews();
  readonly #subscription: Subscription;
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
    this.erasures = new Erasures(context.clock, this);
    this.disappearances = new Disappearances(context, this);
    this.indexing = new Indexing(context, this);
    this.#subscription = new Subscription(context, this, {
      received: (step, received) => this.#received(step, received),
      subscribing: () => this.#sender.reconnected(),
      changed: () => {
        context.events.changed(this.roomId);
        this.#considerTimers();
        this.#sender.wake();
      },
    });
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
    return this.#subscription.condition;
  }

  get caughtUp(): boolean {
    return this.#subscription.caughtUp;
  }

  get relayAdmin(): boolean {
    return this.#subscription.admin;
  }

  get accepting(): boolean {
    return this.#subscription.accepting;
  }

  get #canAppend(): boolean {
    return (
      !this.#closed &&
      this.caughtUp &&
      this.accepting &&
      this.#state.record.condition !== 'ended' &&
      !isSilent(this.context.people, this.#state)
    );
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
    return this.transact(async step => {
      const { record } = step.state;
      if (isSilent(this.context.people, step.state)) return;
      if (!this.#subscription.sawLog || record.membership !== 'member') return;
      if (viewOf(step.state)?.pending !== undefined) return;
      for (const item of unsent(step.state.outbox)) {
        if (item.sealed === undefined) await sealItem(this.context, step, item);
      }
    });
  }

  /** Sends what there is to send, when that is possible. */
  wake(): void {
    this.#sender.wake();
  }

  /** The session with the relay is gone. */
  detach(): void {
    this.#subscription.detach();
  }

  /** A session stands: goes on from the cursor. */
  attach(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#subscription.attach();
  }

  receivePush(push: Push): void {
    if (push.type === 'entries') this.#subscription.pushed(push.entries);
    else if (push.type === 'streamChanged') this.#subscription.take(push.status);
    else if (push.type === 'ephemeral') this.typing.receive(push.payload);
  }

  relayClosed(condition: 'paused' | 'ended'): void {
    this.#subscription.relayClosed(condition);
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
        const { vault } = this.context;
        await (step.shredded.length > 0 ? vault.erase(step.shredded, writes) : vault.commit(writes));
      } catch (error) {
        if (!(error instanceof VaultError && error.code === 'QUOTA_EXCEEDED'))
          this.context.events.stop('storage-failed');
        throw error;
      }
    }
    const before = this.#state;
    this.#state = step.state;
    for (const run of step.afterCommit) run();
    this.#announce(before, step);
  }

  /** What follows from a step: what windows see, and what is due now. */
  #announce(before: RoomState, step: RoomStep): void {
    const { events } = this.context;
    const after = this.#state;
    const { items, removedOrders } = step;
    if (before === after && items.length === 0) return;
    const marks =
      before.peers !== after.peers ||
      before.record.deliveredFloor !== after.record.deliveredFloor ||
      before.record.readFloor !== after.record.readFloor ||
      viewOf(before)?.epoch !== viewOf(after)?.epoch;
    const names = before.peers !== after.peers && differInNames(before.peers, after.peers);
    if (marks || before.outbox !== after.outbox || items.length + removedOrders.length > 0) {
      events.timeline(this.roomId, {
        items,
        removedOrders,
        marks,
        names,
        ...(step.older && { older: true }),
      });
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
    this.erasures.consider();
    this.disappearances.consider();
    this.indexing.consider();
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
    step.clear('closing', 'preview', 'nextGoneAtMs');
    step.set({ unread: 0 });
    await this.#commit(step);
    this.context.events.timeline(this.roomId, 'emptied');
  }

  #received(step: RoomStep, { settled, dropped, joined, author }: Received): void {
    if (settled !== undefined) step.afterwards(() => this.wishes.settled(settled));
    if (dropped !== undefined) step.afterwards(() => this.wishes.dropped(dropped));
    if (joined === true) this.#introductions.joinedBy(step, settled !== undefined);
    if (joined === true && settled !== undefined) tellTimerToJoined(this.context, step);
    if (author !== undefined) step.afterwards(() => this.typing.stopped(author));
  }

  #stopTimers(): void {
    this.#sender.close();
    this.receipts.close();
    this.typing.close();
    this.#keyUpdates.close();
    this.#introductions.close();
    this.#doorExpiry.close();
    this.erasures.close();
    this.disappearances.close();
    this.indexing.close();
    this.wishes.close();
    for (const { reject } of this.#watchers)
      reject(new ClientError('CLOSED', 'the room was closed', { retryable: true }));
    this.#watchers.clear();
  }
}

interface Watcher {
  readonly holds: (state: RoomState) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: ClientError) => void;
}
