import { receiptBody } from '@sotto/core';
import type { ContentBody, DeviceId, ReceiptMark } from '@sotto/protocol';
import { fraction } from '../relay/backoff.ts';
import { MOST_ANSWERS } from './largeRooms.ts';
import { queueContent, unsent } from './outbox.ts';
import type { Reading } from './reading.ts';
import type { RoomContext } from './roomContext.ts';
import { marksOf, type RoomState, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** Long enough to take a burst together, short enough that two checks follow at once. */
const DELAY_MS = 120;
/** Everybody answers everybody: the more there are, the longer each waits. */
const DELAY_PER_MEMBER_MS = 40;
const LONGEST_DELAY_MS = 5_000;

/**
 * Tells the others what this device has on its disk, and what its person has read: cumulative, one message for a
 * burst, and only after something was shown (a message that shows nothing is not answered). Beyond `MOST_ANSWERS`
 * others about that many answer, whoever that is: forks show by them, and what is sent stays "sent".
 */
export class Receipts {
  #cancelTimer: (() => void) | undefined;
  /** What was on the screen when the person last looked; absent after a restart. */
  #readMarks: readonly ReceiptMark[] | undefined;
  /** What was told in this session of the program: the same is not told twice. */
  readonly #told = { delivered: new Map<DeviceId, string>(), read: new Map<DeviceId, string>() };

  constructor(
    private readonly context: RoomContext,
    private readonly room: { readonly state: RoomState; transact<T>(job: (step: RoomStep) => T): Promise<T> },
    private readonly ready: () => boolean,
  ) {}

  /** The person has read that. */
  markRead(step: RoomStep, { readTo, unread, counters }: Reading): void {
    const { record } = step.state;
    const opened = marksOf(step.state);
    if (record.unread === 0) return;
    if (opened === undefined) {
      // Nobody is told.
      step.set({ unread, readTo });
      return;
    }
    step.set({ unread, readTo, owesRead: true });
    step.afterwards(() => {
      this.#readMarks = counters === 'all' ? opened : upToCounters(opened, counters, this.#readMarks ?? []);
    });
  }

  /** Sets the timer if a receipt is due: called after every step, and when the relay is reached. */
  consider(): void {
    const { record, outbox } = this.room.state;
    if (!(record.owesDelivered || record.owesRead) || this.#cancelTimer !== undefined || !this.ready())
      return;
    if (unsent(outbox).some(({ purpose }) => purpose === 'receipt')) return;
    const members = viewOf(this.room.state)?.members.length ?? 0;
    const spreadMs = Math.min(LONGEST_DELAY_MS, DELAY_PER_MEMBER_MS * Math.max(0, members - 2));
    const delayMs = DELAY_MS + spreadMs * fraction(this.context.random);
    this.#cancelTimer = this.context.clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.room.transact(step => this.#queue(step)).catch(() => undefined);
    });
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #queue(step: RoomStep): void {
    const { record } = step.state;
    const opened = marksOf(step.state);
    if (opened === undefined || record.condition === 'ended') return;
    if (unsent(step.state.outbox).some(({ purpose }) => purpose === 'receipt')) return;
    if (!this.#isAmongThose(step)) {
      step.set({ owesDelivered: false, owesRead: false });
      return;
    }
    // After a restart it is only certain that all was read when nothing is unread.
    const readNow = this.#readMarks ?? (record.unread === 0 ? opened : []);
    const { people } = this.context;
    const delivered = record.owesDelivered ? this.#untold(step, 'delivered', opened) : [];
    const read = record.owesRead && people.privacy.readReceipts ? this.#untold(step, 'read', readNow) : [];
    step.set({ owesDelivered: false, owesRead: false });
    if (delivered.length + read.length === 0) return;
    queueContent(this.context, step, 'receipt', bodyOf(step.state, { delivered, read }));
    step.afterwards(() => {
      for (const mark of delivered) this.#told.delivered.set(mark.deviceId, textOf(mark));
      for (const mark of read) this.#told.read.set(mark.deviceId, textOf(mark));
    });
  }

  /** In a large room some answer a message and others the next: what they say covers all before. */
  #isAmongThose({ state }: RoomStep): boolean {
    const others = (viewOf(state)?.members.length ?? 1) - 1;
    return others <= MOST_ANSWERS || fraction(this.context.random) * others < MOST_ANSWERS;
  }

  /** Nothing is said of what those wrote who are blocked. */
  #untold(
    { state }: RoomStep,
    what: 'delivered' | 'read',
    marks: readonly ReceiptMark[],
  ): readonly ReceiptMark[] {
    const blocked = new Set(
      (viewOf(state)?.members ?? [])
        .filter(({ accountId }) => this.context.people.isBlocked(accountId))
        .map(({ deviceId }) => deviceId),
    );
    return marks.filter(
      mark => !blocked.has(mark.deviceId) && this.#told[what].get(mark.deviceId) !== textOf(mark),
    );
  }
}

/** What was read of each device; of those who are not in `counters`, what was before. */
function upToCounters(
  opened: readonly ReceiptMark[],
  counters: ReadonlyMap<DeviceId, number>,
  before: readonly ReceiptMark[],
): readonly ReceiptMark[] {
  const read = opened.flatMap(mark => {
    const counter = counters.get(mark.deviceId);
    if (counter === undefined) return [];
    return [{ ...mark, counter, missing: mark.missing.filter(missing => missing < counter) }];
  });
  return [...before.filter(({ deviceId }) => !counters.has(deviceId)), ...read];
}

function bodyOf(
  { conversation }: RoomState,
  marks: { readonly delivered: readonly ReceiptMark[]; readonly read: readonly ReceiptMark[] },
): ContentBody {
  // By RSA there are no epochs, and so no forks to tell of.
  if (conversation === undefined)
    return { type: 'receipt', ...marks, epoch: 0, epochAuthenticator: new Uint8Array(0) };
  return receiptBody(conversation, marks);
}

function textOf({ counter, missing }: ReceiptMark): string {
  return `${counter}:${missing.join()}`;
}
