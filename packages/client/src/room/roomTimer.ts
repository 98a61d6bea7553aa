import type { RoomMember } from '@sotto/core';
import type { Timer } from '@sotto/protocol';
import { queueContent } from './outbox.ts';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/**
 * How long a text written now can be read, in seconds; `undefined`: it stays. What this device has asked for and is
 * not in the log yet holds for its own texts already.
 */
export function timerOf({ record, outbox }: RoomState): number | undefined {
  const asked = outbox.findLast(({ timer }) => timer !== undefined && timer.joinedEpoch === undefined)?.timer;
  return asked === undefined ? record.timer?.seconds : asked.seconds;
}

/** Changes the room's timer, for everyone, from its place in the log on. */
export function changeTimer(context: RoomContext, step: RoomStep, seconds: number | undefined): void {
  queueTimer(context, step, { seconds });
}

/**
 * This device let somebody in: they hear what the room's timer was then. What is changed from then on they hear
 * themselves, so that whatever comes first, all end with the same.
 */
export function tellTimerToJoined(context: RoomContext, step: RoomStep): void {
  const { timer } = step.state.record;
  const joinedEpoch = viewOf(step.state)?.epoch;
  if (timer?.seconds === undefined || joinedEpoch === undefined) return;
  queueTimer(context, step, { seconds: timer.seconds, joinedEpoch });
}

function queueTimer(context: RoomContext, step: RoomStep, timer: Timer): void {
  queueContent(context, step, 'timer', { type: 'timer', ...timer }, { timer });
}

/** A timer in the log, from anyone: the last one holds, in the order of the log and of each sender's counters. */
export function receiveTimer(
  context: RoomContext,
  step: RoomStep,
  { seq, place, author, counter, timer }: SaidTimer,
): void {
  const { timer: before, joinedEpoch } = step.state.record;
  const { seconds } = timer;
  if (timer.joinedEpoch !== undefined && (before !== undefined || timer.joinedEpoch !== joinedEpoch)) return;
  // Kept back on its way: its sender has said another since.
  if (before?.by === author.deviceId && counter <= before.counter) return;
  const by = author.deviceId;
  step.set({ timer: { by, counter, ...(seconds !== undefined && { seconds }) } });
  if (before?.seconds === seconds) return;
  const atMs = context.clock.nowMs();
  const self = by === context.identity.deviceId;
  const event = { type: 'timer', by, self, ...(seconds !== undefined && { seconds }) } as const;
  if (place === undefined) step.putItem(seq, { kind: 'event', atMs, event });
  else step.putItemAt(place, { kind: 'event', atMs, event });
  step.set({ lastActivityMs: atMs });
}

interface SaidTimer {
  readonly seq: number;
  /** Where it belongs when it came late. */
  readonly place: number | undefined;
  readonly author: Pick<RoomMember, 'deviceId'>;
  readonly counter: number;
  readonly timer: Timer;
}
