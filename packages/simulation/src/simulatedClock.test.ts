import { describe, expect, it } from 'vitest';
import { SimulatedClock, START_MS } from './simulatedClock.ts';

describe('the simulated clock', () => {
  it('runs timers in the order of their time, and of setting where times are equal', async () => {
    const clock = new SimulatedClock();
    const seen: string[] = [];
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['d', 31],
    ] as const) {
      clock.setTimer(delayMs, () => seen.push(`${name}@${clock.nowMs() - START_MS}`));
    }
    await clock.advance(30);
    expect(seen).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
    expect(clock.nowMs()).toBe(START_MS + 30);
  });

  it('lets promises come to rest before the next timer', async () => {
    const clock = new SimulatedClock();
    const seen: string[] = [];
    clock.setTimer(1, () => {
      void (async () => {
        for (let i = 0; i < 5; i++) await Promise.resolve();
        seen.push('after five turns');
      })();
    });
    clock.setTimer(1, () => seen.push('next timer'));
    await clock.advance(1);
    expect(seen).toEqual(['after five turns', 'next timer']);
  });

  it('does not run what was cancelled, also by a timer of the same moment', async () => {
    const clock = new SimulatedClock();
    const seen: string[] = [];
    const cancels: (() => void)[] = [];
    clock.setTimer(5, () => cancels[0]!());
    cancels.push(clock.setTimer(5, () => seen.push('cancelled')));
    await clock.advance(10);
    expect(seen).toEqual([]);
  });

  it('keeps thousands of timers in order', async () => {
    const clock = new SimulatedClock();
    const seen: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      const delayMs = (i * 7_919) % 1_009;
      clock.setTimer(delayMs, () => seen.push(delayMs));
    }
    await clock.advance(2_000);
    expect(seen).toHaveLength(2_000);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('stops as soon as what is waited for is there', async () => {
    const clock = new SimulatedClock();
    let ticks = 0;
    const tick = () => {
      ticks++;
      clock.setTimer(10, tick);
    };
    tick();
    expect(await clock.advanceUntil(() => ticks === 4, START_MS + 1_000)).toBe(true);
    expect(clock.nowMs()).toBe(START_MS + 30);
    expect(await clock.advanceUntil(() => false, START_MS + 50)).toBe(false);
  });
});
