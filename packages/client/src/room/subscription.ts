import { alignSealedRoom, alignStreamEpoch } from '@sotto/core';
import type { Entry, StreamCondition, StreamStatus } from '@sotto/protocol';
import { VaultError } from '@sotto/vault';
import { ClientError } from '../intents.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import { failOutbox } from './concludeRoom.ts';
import { noteFallenOut } from './fallenOut.ts';
import { putGap } from './gaps.ts';
import { placeOwn, SAW_HEAD_BYTES } from './ownEntry.ts';
import { type Received, receiveEntry } from './receiveEntry.ts';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** Entries opened in one transaction: enough to share the flush, few enough to let others in between. */
const ENTRIES_PER_STEP = 32;

interface SubscribedRoom {
  readonly state: RoomState;
  transact<T>(job: (step: RoomStep) => Promise<T> | T): Promise<T>;
}

export interface SubscriptionEvents {
  /** An entry is in a step that is still to be stored. */
  received(step: RoomStep, received: Received): void;
  /** The relay has subscribed this device anew: what was sent before may have to be sent again. */
  subscribing(): void;
  /** What can be appended may have changed. */
  changed(): void;
}

/**
 * A room's place in its stream: goes on from the cursor, opens what is pushed in order, stores it, and only then
 * acknowledges. What is missing is asked for once more, and then shown as missing.
 */
export class Subscription {
  /** Pushes that came before the subscription was settled; `undefined` when there is none to settle. */
  #early: (readonly Entry[])[] | undefined;
  #attached = false;
  #headSeq = 0;
  #sawLog = false;
  #condition: StreamCondition = 'open';
  #admin = false;
  /** The cursor at which entries were found missing and asked for once more. */
  #askedAgainAt: number | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly room: SubscribedRoom,
    private readonly events: SubscriptionEvents,
  ) {}

  /** The relay's word: it decides what can be appended, never what the room is. */
  get condition(): StreamCondition {
    return this.#condition;
  }

  /** Whether the relay takes appends of this device, as far as it has said. */
  get accepting(): boolean {
    return this.#condition === 'open' || (this.#condition === 'paused' && this.#admin);
  }

  /** Whether the relay lets this device change who reads the stream. */
  get admin(): boolean {
    return this.#admin;
  }

  /** Whether everything that the relay had at the last subscription is stored here. */
  get caughtUp(): boolean {
    return this.#attached && (this.room.state.record.cursorSeq ?? 0) >= this.#headSeq;
  }

  /** Whether this run of the program has seen the whole log once. */
  get sawLog(): boolean {
    return this.#sawLog;
  }

  /** The session with the relay is gone. */
  detach(): void {
    this.#attached = false;
    this.#early = undefined;
  }

  /** A session stands: goes on from the cursor. */
  async attach(): Promise<void> {
    const { streamId, membership, cursorSeq: afterSeq = 0 } = this.room.state.record;
    if (streamId === undefined || membership !== 'member') return;
    this.#attached = false;
    this.#early = [];
    this.events.subscribing();
    try {
      const answer = await this.context.link.request({ type: 'subscribe', streamId, afterSeq });
      if (answer.type === 'subscribed') await this.#attachedTo(answer.status);
    } catch (error) {
      if (error instanceof RelayFailure && error.code === 'NOT_FOUND') await this.#strangerToRelay();
      else if (error instanceof RelayFailure) this.context.link.restart();
      // What is pushed could not be kept: better to stop than to wait for it for ever.
      else if (error instanceof VaultError) this.context.events.stop('storage-failed');
    }
  }

  pushed(entries: readonly Entry[]): void {
    if (this.#early !== undefined) this.#early.push(entries);
    else if (this.#attached) this.#receive(entries);
  }

  /** The relay tells how the stream stands. */
  take({ condition, admin }: StreamStatus): void {
    this.#condition = condition;
    this.#admin = admin;
    this.events.changed();
  }

  /** The relay has refused an append because of it. */
  relayClosed(condition: 'paused' | 'ended'): void {
    this.#condition = condition;
    this.events.changed();
  }

  async #attachedTo(status: StreamStatus): Promise<void> {
    const { acknowledgedSeq, lostUpToSeq, headSeq } = status;
    const known = await this.room.transact(async step => {
      const { cursorSeq } = step.state.record;
      if (cursorSeq === undefined) this.#begin(step, acknowledgedSeq);
      // The relay has an acknowledgement that this store never gave: the store is an old copy.
      else if (acknowledgedSeq > cursorSeq) return false;
      else if (lostUpToSeq > cursorSeq) await this.#passOverLost(step, cursorSeq, lostUpToSeq);
      // What this device has, the relay once had on its disk. Places of the log that it fills anew are passed over here.
      if (cursorSeq !== undefined && headSeq < cursorSeq) step.warn({ kind: 'relay-set-back' });
      return true;
    });
    if (!known) {
      this.context.events.stop('rolled-back');
      return;
    }
    this.#headSeq = headSeq;
    this.#attached = true;
    this.#noteCaughtUp();
    // A connection or a program that ended after storing and before acknowledging: the relay waits for it still.
    const { cursorSeq = 0 } = this.room.state.record;
    if (cursorSeq > acknowledgedSeq) this.#acknowledge(cursorSeq);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const entries of early) this.#receive(entries);
    await this.room.transact(step => this.#alignEpoch(step, status));
    this.take(status);
  }

  /** A joiner's log begins with the entry that let it in. */
  #begin(step: RoomStep, seq: number): void {
    const { deviceId, kind } = this.context.identity;
    const { cameBack } = step.state.record;
    const event = cameBack
      ? ({ type: 'added-again', deviceId, self: true } as const)
      : ({ type: 'joined', deviceId, guest: kind === 'guest', self: true } as const);
    step.putItem(seq, { kind: 'event', atMs: this.context.clock.nowMs(), event });
    step.clear('cameBack');
    const { beganSeq = seq } = step.state.record;
    step.set({ cursorSeq: seq, beganSeq });
  }

  /** Entries that the relay no longer has: shown, and never silently acknowledged. */
  async #passOverLost(step: RoomStep, cursorSeq: number, lostUpToSeq: number): Promise<void> {
    await putGap(this.context, step, lostUpToSeq, 'expired-at-relay', lostUpToSeq - cursorSeq);
    noteFallenOut(step);
    for (const item of step.state.outbox) {
      if (item.appended === undefined || item.appended.seq > lostUpToSeq) continue;
      const { payload, epoch } = item.sealed!;
      const head = payload.slice(0, SAW_HEAD_BYTES);
      const saw = { head, sizeBytes: payload.length, ...item.appended, epoch };
      placeOwn(this.context, step, item, saw, item.appended.seq);
    }
    step.set({ cursorSeq: lostUpToSeq });
  }

  /** Who joined does not know how many commits the stream counts: the relay's number is right once all are here. */
  #alignEpoch(step: RoomStep, status: StreamStatus): void {
    const { conversation, record } = step.state;
    if (step.state.sealed !== undefined && record.cursorSeq === status.headSeq)
      step.advanceSealed(alignSealedRoom(step.state.sealed, status.epoch));
    if (conversation === undefined || record.cursorSeq !== status.headSeq) return;
    if (viewOf(step.state)?.streamEpoch === status.epoch) return;
    step.advance(alignStreamEpoch(conversation, status.epoch));
  }

  /** The relay has no such stream for this device (any more). */
  async #strangerToRelay(): Promise<void> {
    await this.room
      .transact(step => {
        if (step.state.record.condition === 'ended') return;
        step.warn({ kind: 'out-of-sync' });
        failOutbox(step, 'not-a-member');
      })
      .catch(() => undefined);
  }

  #receive(entries: readonly Entry[]): void {
    for (let at = 0; at < entries.length; at += ENTRIES_PER_STEP) {
      void this.#receiveSome(entries.slice(at, at + ENTRIES_PER_STEP)).catch(error => {
        // A closed room has nobody to tell.
        if (!(error instanceof ClientError)) this.context.events.stop('storage-failed');
      });
    }
  }

  async #receiveSome(entries: readonly Entry[]): Promise<void> {
    const wasBehind = !this.caughtUp;
    const { known, moved } = await this.room.transact(async step => {
      const before = step.state.record.cursorSeq;
      const known = this.#attached ? await this.#receiveInto(step, entries) : true;
      return { known, moved: step.state.record.cursorSeq !== before };
    });
    this.#noteCaughtUp();
    const { cursorSeq } = this.room.state.record;
    if (moved && cursorSeq !== undefined) this.#acknowledge(cursorSeq);
    // What waited for the log to be here goes on, whatever the last entry was.
    if (wasBehind && this.caughtUp) this.events.changed();
    if (!known) this.context.events.stop('rolled-back');
  }

  /** False where a later copy of this store shows: what came before it is in the step. */
  async #receiveInto(step: RoomStep, entries: readonly Entry[]): Promise<boolean> {
    for (const entry of entries) {
      if (step.state.record.membership !== 'member') return true;
      const cursorSeq = step.state.record.cursorSeq ?? 0;
      if (entry.seq <= cursorSeq) continue;
      if (entry.seq > cursorSeq + 1) {
        if (this.#askedAgainAt !== cursorSeq) {
          this.#askAgain(cursorSeq);
          return true;
        }
        await putGap(this.context, step, entry.seq, 'missing', entry.seq - cursorSeq - 1);
        noteFallenOut(step);
      }
      const received = await receiveEntry(this.context, step, entry);
      if (!received.known) return false;
      this.events.received(step, received);
    }
    return true;
  }

  /** Entries are missing in what the relay pushed: ask for them once before they are shown as missing. */
  #askAgain(cursorSeq: number): void {
    this.#askedAgainAt = cursorSeq;
    void this.attach();
  }

  #acknowledge(seq: number): void {
    const { streamId } = this.room.state.record;
    if (streamId !== undefined) this.context.link.tell({ type: 'acknowledge', streamId, seq });
  }

  #noteCaughtUp(): void {
    if (this.caughtUp) this.#sawLog = true;
  }
}
