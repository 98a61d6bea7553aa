import { HOST } from './oneWriterPrologue.ts';
import { comeToRaceRest, type RaceFinding, standing } from './oneWriterRest.ts';
import type { Tab } from './oneWriterTab.ts';
import { type Plant, RaceWorld } from './oneWriterWorld.ts';
import type { SeededRandom } from './seededRandom.ts';

export interface RaceOptions {
  readonly seed: number;
  /** How many things happen before everything is mended. */
  readonly steps?: number;
  readonly plant?: Plant;
  readonly trace?: (line: string) => void;
}

export interface RaceReport {
  readonly seed: number;
  readonly findings: readonly RaceFinding[];
  /** Equal for equal histories. */
  readonly traceHash: string;
  /** Texts that `sendText` said yes to. */
  readonly said: number;
  readonly killed: number;
  readonly sealed: number;
}

/** What happens to tabs, and how often. */
const EVENTS = {
  write: 30,
  allWrite: 18,
  guestWrites: 8,
  open: 10,
  kill: 10,
  killAtOperation: 12,
  killWorker: 3,
  close: 4,
  freeze: 7,
  thaw: 5,
  lock: 5,
  rename: 3,
  cut: 4,
  isolate: 3,
  heal: 4,
  crashRelay: 3,
  startRelay: 6,
} as const;
type Event = keyof typeof EVENTS;
const MOST_TABS = 3;

/** Tabs of one browser that race for one store, from a seed; then everything is mended and checked. */
export async function race({ seed, steps, plant = {}, trace }: RaceOptions): Promise<RaceReport> {
  const world = await RaceWorld.begin({ seed, plant, ...(trace && { trace }) });
  const script = new RaceScript(world, world.random.fork('script'));
  await script.play(steps ?? world.random.fork('length').between(6, 12));
  const findings = await comeToRaceRest(world);
  return {
    seed,
    findings,
    traceHash: world.traceHash,
    said: world.tabs.flatMap(({ asked }) => asked).filter(({ outcome }) => outcome === 'said').length,
    killed: script.killed,
    sealed: world.ledger.sealed,
  };
}

/** Has things happen to the tabs of a browser, as a seed decides. */
export class RaceScript {
  killed = 0;

  constructor(
    private readonly world: RaceWorld,
    private readonly random: SeededRandom,
  ) {}

  async play(steps: number): Promise<void> {
    const { world, random } = this;
    world.openTab();
    if (random.chance(0.7)) {
      await world.time.advance(random.between(0, 40));
      world.openTab();
    }
    await world.time.advance(random.pick([5, 80, 400])!);
    await this.go(steps);
  }

  /** Goes on with tabs that are open. */
  async go(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.#step();
      await this.world.time.advance(this.#pauseMs());
    }
  }

  write(tab: Tab): void {
    tab.write(`${tab.name} ${tab.asked.length + 1}`);
    this.world.say(`${tab.name} writes ${tab.asked.length}`);
  }

  #pauseMs(): number {
    const { random } = this;
    const kind = random.weighted({ none: 3, brief: 8, some: 4, long: 2 });
    if (kind === 'none') return 0;
    if (kind === 'brief') return random.between(1, 25);
    return kind === 'some' ? random.between(25, 300) : random.between(300, 2_500);
  }

  #step(): void {
    const { world, random } = this;
    const event: Event = random.weighted(EVENTS);
    const tab = random.pick(world.livingTabs);
    if (tab === undefined || event === 'open') {
      if (world.livingTabs.length < MOST_TABS) world.openTab();
      return;
    }
    if (this.#happensToWorld(event)) return;
    world.say(`${event}: ${tab.name}`);
    this.#happensTo(tab, event);
  }

  #happensToWorld(event: Event): boolean {
    const { world, random } = this;
    switch (event) {
      case 'allWrite':
        for (const tab of world.livingTabs) for (let n = random.between(1, 2); n > 0; n--) this.write(tab);
        return true;
      case 'guestWrites':
        world.guestWrites(`guest ${world.guestAsked.length + 1}`);
        return true;
      case 'cut':
        world.network.cut(HOST.who);
        return true;
      case 'isolate':
        world.network.isolate(HOST.who);
        return true;
      case 'heal':
        world.network.heal(HOST.who);
        return true;
      case 'crashRelay':
        world.relay.crash();
        return true;
      case 'startRelay':
        world.relay.start();
        return true;
      default:
        return false;
    }
  }

  /** The tab with the engine dies at some read or write of its store, while all others have it write. */
  #killAtOperation(): void {
    const { world, random } = this;
    const tab = world.livingTabs.find(({ worker }) => world.disk.isOpenIn(worker));
    if (tab === undefined) return;
    this.killed++;
    tab.worker.dieAfter(random.between(0, 12));
    for (const writing of world.livingTabs) if (random.chance(0.6)) this.write(writing);
  }

  #happensTo(tab: Tab, event: Event): void {
    const { world } = this;
    switch (event) {
      case 'write':
        this.write(tab);
        break;
      case 'kill':
        this.killed++;
        tab.kill();
        break;
      case 'killAtOperation':
        this.#killAtOperation();
        break;
      case 'killWorker':
        this.killed++;
        tab.worker.kill();
        break;
      case 'close':
        tab.close();
        break;
      case 'freeze':
        world.freeze(tab);
        break;
      case 'thaw':
        for (const frozen of world.livingTabs) frozen.thaw();
        break;
      case 'lock':
        void tab.port.lock().catch(() => undefined);
        break;
      case 'rename':
        void tab.port.setTitle(world.roomId, `Kitchen ${standing(world)}`).catch(() => undefined);
    }
  }
}
