import type { DiskWrap } from './device.ts';
import { checkHistory, type Finding } from './historyChecker.ts';
import { comeToRest } from './rest.ts';
import { HABITS, type Habits, Script } from './script.ts';
import { SeededRandom } from './seededRandom.ts';
import { weatherOf } from './simulatedNetwork.ts';
import type { StoreWrap } from './simulatedRelay.ts';
import type { Wire } from './wire.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** How many things happen before everything is mended. */
  readonly steps?: number;
  readonly hosts?: number;
  readonly guests?: number;
  readonly habits?: Habits;
  readonly wrapStore?: StoreWrap;
  readonly wrapDisk?: DiskWrap;
  readonly wire?: Wire;
  readonly trace?: (line: string) => void;
}

export interface SimulationReport {
  readonly seed: number;
  readonly findings: readonly Finding[];
  /** Equal for equal histories. */
  readonly traceHash: string;
  readonly texts: number;
  readonly operations: Readonly<Record<'ok' | 'failed' | 'unknown', number>>;
  readonly refusals: ReadonlyMap<string, number>;
}

/** Plays one history from a seed, lets it come to rest, and checks it. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { seed, steps = 90, hosts = 1, guests = 3, habits = HABITS, ...world } = options;
  const weather = weatherOf(new SeededRandom(seed).fork('weather'));
  const stage = new World({ seed, hosts, guests, weather, ...world });
  const script = new Script(stage, stage.random.fork('script'), habits);
  stage.relay.start();
  for (const device of stage.devices) void stage.start(device);
  await stage.time.advance(1_000);
  for (let step = 0; step < steps; step++) {
    script.step();
    await stage.time.advance(script.pauseMs());
  }
  const evidence = await comeToRest(stage);
  const { texts, operations, refusals } = stage.history;
  return {
    seed,
    findings: checkHistory(evidence),
    traceHash: stage.traceHash,
    texts: texts.length,
    operations,
    refusals,
  };
}
