import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS, type PlantedBug } from './plantedBugs.ts';
import { HABITS } from './script.ts';
import { SeededRandom } from './seededRandom.ts';
import { simulate } from './simulation.ts';

/** Seeds that a bug may take to be found; those with the most going on first, to save time. */
const SEEDS = [511, 502, 504, 501, 500, 503, 505, 506, 507, 508, 509, 510, 512, 513, 514, 515];
const CLEAN_SEEDS = 2;
/** People who pause, remove and come in more often than most, so that their bugs are met soon. */
const RESTLESS = {
  people: { ...HABITS.people, writeMany: 12, rename: 16, pause: 3, remove: 3, join: 24 },
  fate: { ...HABITS.fate, kill: 14, open: 24, cut: 8, crashRelay: 4, jumpClock: 0, fillDisk: 0 },
};

const restless = (seed: number, more: PlantedBug['habits'] = {}) => ({
  seed,
  habits: { people: { ...RESTLESS.people, ...more.people }, fate: { ...RESTLESS.fate, ...more.fate } },
  steps: 70,
});

describe('planted bugs', () => {
  it('are at least twenty, and no two of one name', () => {
    const names = new Set(PLANTED_BUGS.map(({ name }) => name));
    expect(names.size).toBe(PLANTED_BUGS.length);
    expect(names.size).toBeGreaterThanOrEqual(20);
  });

  it('without any of them, the same histories are clean', async () => {
    for (const habits of new Set(PLANTED_BUGS.map(bug => bug.habits))) {
      for (const seed of SEEDS.slice(0, CLEAN_SEEDS)) {
        const { findings } = await simulate(restless(seed, habits));
        expect(findings, `seed ${seed}, ${JSON.stringify(habits ?? {})}`).toEqual([]);
      }
    }
  }, 300_000);

  for (const bug of PLANTED_BUGS) {
    it(`found: ${bug.name}`, async () => {
      const seen = new Set<string>();
      for (const seed of SEEDS) {
        const planted = bug.plant(new SeededRandom(seed));
        for (const { kind } of (await simulate({ ...restless(seed, bug.habits), ...planted })).findings)
          seen.add(kind);
        if (bug.shows.some(kind => seen.has(kind))) return;
      }
      expect.fail(`${SEEDS.length} histories and nothing but: ${[...seen].join(', ') || 'silence'}`);
    }, 300_000);
  }
});
