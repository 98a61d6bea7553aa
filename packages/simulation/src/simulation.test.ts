import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

/** Enough for every run of the suite; `SOTTO_SIM_RUNS=10000` for a night. */
const RUNS = Number(process.env.SOTTO_SIM_RUNS ?? 16);
/** `SOTTO_SIM_SEED` begins elsewhere: different histories on different days. */
const FIRST_SEED = Number(process.env.SOTTO_SIM_SEED ?? 1_000);
const GROUP = 8;

describe('seeded histories of a whole system', () => {
  for (let first = FIRST_SEED; first < FIRST_SEED + RUNS; first += GROUP) {
    const last = Math.min(first + GROUP, FIRST_SEED + RUNS) - 1;
    it(`seeds ${first} to ${last}: nothing lost, doubled, out of order, made up or stuck`, async () => {
      for (let seed = first; seed <= last; seed++) {
        const { findings } = await simulate({ seed });
        expect(findings, `npm run sim -- --seed ${seed} --trace`).toEqual([]);
      }
    }, 600_000);
  }
});

describe('a history', () => {
  it('is the same for the same seed, to the last frame, and another for another', async () => {
    const hashes: string[] = [];
    for (const seed of [41, 41, 42]) hashes.push((await simulate({ seed, steps: 60 })).traceHash);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it('has people who write and fates that strike', async () => {
    let texts = 0;
    let unknown = 0;
    for (const seed of [7, 8, 9]) {
      const report = await simulate({ seed });
      texts += report.texts;
      unknown += report.operations.unknown;
    }
    expect(texts).toBeGreaterThan(30);
    expect(unknown).toBeGreaterThan(0);
  });
});
