import { copyOf, HOST } from './oneWriterPrologue.ts';
import { type RaceOptions, RaceScript } from './oneWriterRace.ts';
import { checkDoubles, checkWriters, type RaceFinding } from './oneWriterRest.ts';
import { RaceWorld } from './oneWriterWorld.ts';

/** How long a restored browser is watched: longer than any backoff and any timer of a room. */
const WATCHED_MS = 60_000;

export interface RestoredReport {
  readonly seed: number;
  readonly findings: readonly RaceFinding[];
  /** Whether the device has noticed, and whether it had to: the relay had something that the copy does not know of. */
  readonly noticed: boolean;
  readonly hadTo: boolean;
}

export interface RestoredOptions extends Omit<RaceOptions, 'steps'> {
  /** The relay's disk is put back with it: then nobody whom the device asks knows better. */
  readonly withRelay?: boolean;
}

/**
 * A copy of everything that the host keeps is taken in the middle of a race, and put back after some more of it: as a
 * profile out of a backup, or a machine's snapshot.
 */
export async function restoredRace({
  seed,
  plant = {},
  trace,
  withRelay = false,
}: RestoredOptions): Promise<RestoredReport> {
  const world = await RaceWorld.begin({ seed, plant, ...(trace && { trace }) });
  const random = world.random.fork('restoring');
  const script = new RaceScript(world, random.fork('script'));
  const { time, network, relay } = world;
  await script.play(random.between(2, 6));
  const copy = copyOf(world.disk.profile);
  const relayCopy = world.copyOfRelay();
  const copiedAtMs = time.nowMs();
  world.say('a copy is taken');
  await script.go(random.between(2, 6));
  await time.advance(random.pick([0, 300, 5_000])!);
  if (random.chance(0.6)) {
    relay.start();
    network.heal(HOST.who);
    for (const tab of world.livingTabs) tab.thaw();
    script.write(world.openTab());
    await time.advance(5_000);
  }

  for (const tab of world.livingTabs) tab.kill();
  relay.start();
  network.heal(HOST.who);
  world.restore(copy);
  world.say('the copy is put back');
  const hadTo = await takenSince(world, copiedAtMs);
  if (withRelay) world.restoreRelay(relayCopy);
  relay.start();
  for (let tabs = random.between(1, 2); tabs > 0; tabs--) script.write(world.openTab());
  world.guestWrites('guest afterwards');
  await time.advance(random.between(0, 3_000));
  for (const tab of world.livingTabs) script.write(tab);
  // A second engine on the same copy must not be of another mind.
  if (random.chance(0.5)) world.livingTabs[0]?.kill();
  script.write(world.openTab());
  await time.advance(WATCHED_MS);

  const stopped = world.livingTabs.map(({ screen }) => {
    const { connection } = screen.state;
    return connection.state === 'stopped' ? connection.reason : connection.state;
  });
  const noticed = stopped.every(reason => reason === 'rolled-back');
  const findings = [
    ...checkWriters(world),
    ...checkDoubles(world),
    ...world.ledger.repeatedPairs.map(what => ({ kind: 'key-repeated', what }) as const),
    ...world.ledger.repeatedAtRelay.map(what => ({ kind: 'key-repeated', what }) as const),
  ];
  if (hadTo && !noticed) findings.push({ kind: 'not-noticed', what: `the tabs are ${stopped.join(', ')}` });
  return { seed, findings, noticed, hadTo };
}

/** Whether the relay took a text that was written after a moment. */
async function takenSince(world: RaceWorld, atMs: number): Promise<boolean> {
  // What the relay has reaches the guest.
  await world.time.advance(10_000);
  const later = world.tabs.flatMap(({ asked }) => asked.filter(text => text.atMs > atMs));
  return later.some(({ text }) => world.guestLog.includes(text));
}
