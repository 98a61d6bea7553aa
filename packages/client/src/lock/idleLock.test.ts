import { expect, it } from 'vitest';
import type { Clock } from '../ports.ts';
import { IdleLock } from './idleLock.ts';

/** A clock whose timers stand still while the machine sleeps. */
class SleepyClock implements Clock {
  #nowMs = 1_000_000;
  #timer: { readonly atMs: number; readonly run: () => void } | undefined;

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timer = timer;
    return () => {
      if (this.#timer === timer) this.#timer = undefined;
    };
  }

  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#timer !== undefined && this.#timer.atMs <= endMs) {
      const { atMs, run } = this.#timer;
      this.#timer = undefined;
      this.#nowMs = atMs;
      run();
    }
    this.#nowMs = endMs;
  }

  sleep(ms: number): void {
    this.#nowMs += ms;
    if (this.#timer !== undefined) this.#timer = { ...this.#timer, atMs: this.#timer.atMs + ms };
  }
}

function idleFor(afterMs: number) {
  const clock = new SleepyClock();
  const told = { times: 0 };
  const idle = new IdleLock(clock, () => {
    told.times++;
    idle.stop();
  });
  idle.set(afterMs);
  return { clock, idle, told };
}

it('runs after the time, counted from when somebody was there last', () => {
  const { clock, idle, told } = idleFor(300_000);
  clock.pass(290_000);
  idle.begin();
  clock.pass(299_000);
  expect(told.times).toBe(0);
  clock.pass(1_000);
  expect(told.times).toBe(1);
});

it('counts the time that the machine slept: within half a minute of waking', () => {
  const { clock, told } = idleFor(300_000);
  clock.pass(10_000);
  clock.sleep(8 * 3_600_000);
  clock.pass(30_000);
  expect(told.times).toBe(1);
});

it('who comes when the time was over is too late', () => {
  const { clock, idle, told } = idleFor(300_000);
  clock.sleep(300_000);
  idle.begin();
  expect(told.times).toBe(1);
});

it('never runs without a time', () => {
  const { clock, idle, told } = idleFor(300_000);
  idle.set(undefined);
  clock.pass(10_000_000);
  expect(told.times).toBe(0);
});
