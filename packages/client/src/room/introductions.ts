import { fraction } from '../relay/backoff.ts';
import { MOST_ANSWERS } from './largeRooms.ts';
import { queueContent, unsent } from './outbox.ts';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';
import { isSilent } from './sendingBlocked.ts';

/** Whoever came last has not heard the names of the others: they say them again, spread out, one for several. */
const SPREAD_PER_MEMBER_MS = 150;
const LONGEST_SPREAD_MS = 20_000;

/**
 * Says this device's name to the room: on joining, when it changes, and to those who came later. In a large room those
 * hear it from whoever let them in, and from the others with the next that they write.
 */
export class Introductions {
  #cancelTimer: (() => void) | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly room: { readonly state: RoomState; transact<T>(job: (step: RoomStep) => T): Promise<T> },
  ) {}

  /** Somebody joined: say the name again. `first`: this device let them in, and answers at once. */
  joinedBy(step: RoomStep, first: boolean): void {
    step.set({ toldName: '' });
    if (first) step.afterwards(() => this.#setTimer(0));
  }

  /** Sets the timer if the room does not know the name: called after every step. */
  consider(): void {
    const { state } = this.room;
    if (this.#cancelTimer !== undefined || !this.#due(state)) return;
    const members = viewOf(state)?.members.length ?? 0;
    const first = state.record.toldName === undefined;
    const again = state.record.toldName === '';
    if (again && members > MOST_ANSWERS) {
      if (unsent(state.outbox).some(({ purpose }) => purpose === 'text')) this.#setTimer(0);
      return;
    }
    const spreadMs = first ? 0 : Math.min(LONGEST_SPREAD_MS, SPREAD_PER_MEMBER_MS * members);
    this.#setTimer(spreadMs * fraction(this.context.random));
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #setTimer(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.context.clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.room.transact(step => this.#introduce(step)).catch(() => undefined);
    });
  }

  #due(state: RoomState): boolean {
    const { record } = state;
    const name = this.context.selfName();
    const others = (viewOf(state)?.members.length ?? 0) > 1;
    return (
      others &&
      name !== '' &&
      record.membership === 'member' &&
      record.condition !== 'ended' &&
      !isSilent(this.context.people, state) &&
      record.toldName !== name
    );
  }

  #introduce(step: RoomStep): void {
    if (!this.#due(step.state)) return;
    const name = this.context.selfName();
    step.set({ toldName: name });
    const waiting = unsent(step.state.outbox).filter(
      ({ purpose, sealed }) => purpose === 'profile' && sealed === undefined,
    );
    if (waiting.length === 0) queueContent(this.context, step, 'profile', { type: 'profile', name });
  }
}
