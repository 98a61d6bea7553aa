import { describe, expect, it } from 'vitest';
import { SUITES } from '../crypto/suites.ts';
import { History } from '../testing/history.ts';

/** More with MLS_HISTORY_SEEDS=n (first seed MLS_HISTORY_FIRST_SEED) and MLS_HISTORY_STEPS=n. */
const seeds = Number(process.env.MLS_HISTORY_SEEDS ?? 3);
const firstSeed = Number(process.env.MLS_HISTORY_FIRST_SEED ?? 1);
const steps = process.env.MLS_HISTORY_STEPS;

const plans = [
  { suite: SUITES.X25519_AES128GCM_SHA256_ED25519, steps: Number(steps ?? 200), seeds },
  {
    suite: SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519,
    steps: Number(steps ?? 80),
    seeds: Math.ceil(seeds / 2),
  },
];

describe.each(plans)('suite $suite', plan => {
  const runs = Array.from({ length: plan.seeds }, (_, index) => firstSeed + index);
  it.each(runs)(
    'members agree and the removed are out, seed %i',
    seed => {
      const history = new History(plan.suite, seed);
      for (let step = 0; step < plan.steps; step++) history.step();
      history.finish();
      expect(history.counts.commits).toBeGreaterThan(plan.steps / 6);
      expect(history.counts.joins).toBeGreaterThan(5);
      expect(history.counts.externalJoins).toBeGreaterThan(plan.steps / 40);
      expect(history.counts.removals).toBeGreaterThan(5);
      expect(history.counts.letters).toBeGreaterThan(plan.steps / 6);
      expect(history.counts.reloads).toBeGreaterThan(3);
    },
    240_000,
  );
});
