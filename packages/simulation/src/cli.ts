import { simulate } from './simulation.ts';

const USAGE = `npm run sim -- [--seed N] [--runs K] [--steps N] [--guests N] [--trace]
  --seed    the first seed (default: of this moment)
  --runs    how many seeds, one after another (default 1)
  --trace   every step and frame, in words`;

interface Wishes {
  readonly seed: number;
  readonly runs: number;
  readonly steps: number | undefined;
  readonly guests: number | undefined;
  readonly trace: boolean;
}

function parse(args: readonly string[]): Wishes {
  const numberAfter = (name: string): number | undefined => {
    const at = args.indexOf(name);
    if (at < 0) return undefined;
    const value = Number(args[at + 1]);
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} wants a number\n${USAGE}`);
    return value;
  };
  return {
    seed: numberAfter('--seed') ?? Date.now() % 1_000_000,
    runs: numberAfter('--runs') ?? 1,
    steps: numberAfter('--steps'),
    guests: numberAfter('--guests'),
    trace: args.includes('--trace'),
  };
}

async function run({ seed: first, runs, steps, guests, trace }: Wishes): Promise<number> {
  const totals = { texts: 0, ok: 0, failed: 0, unknown: 0, bad: 0 };
  const beganMs = performance.now();
  for (let seed = first; seed < first + runs; seed++) {
    const report = await simulate({
      seed,
      ...(steps !== undefined && { steps }),
      ...(guests !== undefined && { guests }),
      ...(trace && { trace: line => console.log(line) }),
    });
    totals.texts += report.texts;
    for (const outcome of ['ok', 'failed', 'unknown'] as const) totals[outcome] += report.operations[outcome];
    if (runs === 1) {
      const refusals = [...report.refusals].map(([code, count]) => `${code} ${count}`).join(', ');
      console.log(`refused: ${refusals || 'nothing'}\nhistory ${report.traceHash.slice(0, 16)}`);
    }
    if (report.findings.length === 0) continue;
    totals.bad += 1;
    console.log(`seed ${seed}: ${report.findings.length} findings`);
    for (const { kind, facts } of report.findings.slice(0, 12)) console.log(`  ${kind.padEnd(11)} ${facts}`);
  }
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1);
  console.log(
    `${runs} histories in ${seconds} s: ${totals.texts} texts, operations ${totals.ok} ok, ${totals.failed} failed, ` +
      `${totals.unknown} unknown; ${totals.bad} histories with findings`,
  );
  return totals.bad === 0 ? 0 : 1;
}

process.exitCode = await run(parse(process.argv.slice(2)));
