import { nodeProvider } from '@sotto/mls/node';
import { expect } from 'vitest';
import type { CoreEnv } from './env.ts';
import { CoreError, type CoreErrorCode } from './errors.ts';

/** An environment that replays: randomness by hashing a seed and a counter, a clock that stands until it is moved. */
export interface TestEnv extends CoreEnv {
  readonly advanceMs: (ms: number) => void;
}

export const START_MS = Date.UTC(2026, 0, 15, 12);

export function testEnv(seed = 'test'): TestEnv {
  let counter = 0;
  let nowMs = START_MS;
  const label = new TextEncoder().encode(seed);
  return {
    provider: nodeProvider,
    nowMs: () => nowMs,
    advanceMs: ms => {
      nowMs += ms;
    },
    random: lengthBytes => {
      counter += 1;
      const salt = Uint8Array.of(
        counter >>> 24,
        (counter >>> 16) & 255,
        (counter >>> 8) & 255,
        counter & 255,
      );
      const prk = nodeProvider.hkdfExtract('SHA-256', salt, label);
      return nodeProvider.hkdfExpand('SHA-256', prk, new Uint8Array(), lengthBytes);
    },
  };
}

/** Expects a refusal by code, and by those facts that are given. */
export function expectCode(act: () => unknown, code: CoreErrorCode, facts: CoreError['facts'] = {}): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CoreError);
  expect(thrown).toMatchObject({ code, facts });
}

/** The bytes with one bit turned. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}
