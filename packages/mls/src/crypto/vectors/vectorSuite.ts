import type { AeadName, Provider } from '../provider.ts';

/** How many cases were run, by their kind. */
export type CaseCounts = Readonly<Record<string, number>>;

/**
 * Known answers that every provider must give. The suites ask for no test runner, so that they also run inside a page.
 */
export interface VectorSuite {
  readonly name: string;
  /** Where the answers are: a path in the folder of vectors, and who publishes it. Absent: in this repository. */
  readonly from?: { readonly file: string; readonly source: string };
  /** A provider without this AEAD is not asked. */
  readonly aead?: AeadName;
  /** Each kind of case there is, and how many there were when this was written: none is passed over quietly. */
  readonly atLeast: CaseCounts;
  /** Runs each case, and throws at the first that does not hold. `data`: the parsed file. */
  run(provider: Provider, data: unknown): CaseCounts;
}

/** Runs a suite; throws where a case does not hold or is missing. Gives the number of cases. */
export function runSuite(suite: VectorSuite, provider: Provider, data: unknown): number {
  const counts = suite.run(provider, data);
  same(Object.keys(counts).sort(), Object.keys(suite.atLeast).sort(), 'kinds of cases');
  for (const [kind, count] of Object.entries(suite.atLeast)) {
    if (counts[kind]! < count) throw new Error(`${counts[kind]} cases are ${kind}, not ${count}`);
  }
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Throws unless both are the same: bytes, or what JSON can tell apart. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [is, shouldBe] = [shown(actual), shown(expected)];
  if (is !== shouldBe) throw new Error(`${what}: ${is}, not ${shouldBe}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array
      ? { bytes: String(inner) }
      : inner === undefined
        ? { undefined: true }
        : inner,
  );
}

/** Counts cases by the kind that each is said to be. */
export class Tally {
  readonly counts: Record<string, number> = {};

  add(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }
}
