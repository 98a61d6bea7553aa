import { HOST } from './oneWriterPrologue.ts';
import type { Asked, Tab } from './oneWriterTab.ts';
import type { RaceWorld } from './oneWriterWorld.ts';

export type RaceFindingKind =
  /** A text that was promised is not there. */
  | 'lost'
  | 'twice'
  /** Texts of one tab in another order than they were written. */
  | 'order'
  /** Two tabs show different logs. */
  | 'tabs-differ'
  /** Two engines had the store open. */
  | 'two-writers'
  /** A (key, nonce) sealed two different things. */
  | 'key-repeated'
  /** Something does not come to an end although nothing is in its way. */
  | 'stuck'
  /** A restored copy goes on as if it were not one. */
  | 'not-noticed'
  | 'crash';

export interface RaceFinding {
  readonly kind: RaceFindingKind;
  readonly what: string;
}

/** How long things may take once nothing goes wrong any more, and how long they are watched when they are done. */
const LONGEST_MS = 4 * 60_000;
const AFTERWARDS_MS = 1_500;

/** How many texts have been written so far. */
export function standing(world: RaceWorld): number {
  return world.tabs.reduce((sum, { asked }) => sum + asked.length, world.guestAsked.length);
}

/** Mends everything, lets it come to rest, and says what is wrong. */
export async function comeToRaceRest(world: RaceWorld): Promise<readonly RaceFinding[]> {
  world.say('from here on nothing goes wrong');
  mend(world);
  const { time } = world;
  const quiet = await time.advanceUntil(() => unfinished(world).length === 0, time.nowMs() + LONGEST_MS);
  const stuck = quiet ? [] : unfinished(world);
  await time.advance(AFTERWARDS_MS);
  return [
    ...stuck.map(what => ({ kind: 'stuck', what }) as const),
    ...checkTexts(world),
    ...checkTabs(world),
    ...checkWriters(world),
    ...world.ledger.repeatedKeys.map(key => ({ kind: 'key-repeated', what: `message key ${key}` }) as const),
  ];
}

/** Nothing that was seen on the way is a matter of rest: two writers, a record's nonce, a crash. */
export function checkWriters({ disk, ledger, crashes, seenTwice }: RaceWorld): readonly RaceFinding[] {
  return [
    ...disk.collisions.map(what => ({ kind: 'two-writers', what }) as const),
    ...ledger.repeatedRecords.map(what => ({ kind: 'key-repeated', what: `record ${what}` }) as const),
    ...crashes.map(what => ({ kind: 'crash', what }) as const),
    ...seenTwice.map(what => ({ kind: 'twice', what }) as const),
  ];
}

/** Texts that the guest has more than once. */
export function checkDoubles(world: RaceWorld): readonly RaceFinding[] {
  const texts = world.guestLog;
  return [...new Set(texts)]
    .filter(text => texts.indexOf(text) !== texts.lastIndexOf(text))
    .map(text => ({ kind: 'twice', what: `the guest has "${text}" more than once` }));
}

function mend(world: RaceWorld): void {
  world.relay.start();
  world.network.heal(HOST.who);
  for (const tab of world.livingTabs) {
    tab.thaw();
    tab.worker.dieAfter(Number.POSITIVE_INFINITY);
  }
  // Somebody must be there to stand for the engine, and a second to see the same.
  while (world.livingTabs.filter(({ worker }) => worker.alive).length < 2) world.openTab();
}

function unfinished(world: RaceWorld): readonly string[] {
  const open: string[] = [];
  const texts = new Set(world.guestLog);
  for (const tab of world.tabs) {
    for (const { text, outcome } of tab.asked) {
      if (outcome === 'said' && !texts.has(text)) open.push(`"${text}" is not at the guest`);
      if (outcome === 'waiting' && tab.alive) open.push(`${tab.name} waits for an answer about "${text}"`);
    }
  }
  for (const tab of world.livingTabs) open.push(...unfinishedIn(world, tab));
  return open;
}

function unfinishedIn(world: RaceWorld, { name, screen }: Tab): readonly string[] {
  const { connection, lock } = screen.state;
  const why = connection.state === 'stopped' ? ` (${connection.reason})` : '';
  if (lock.state === 'locked') return [`${name} is locked`];
  if (connection.state !== 'online') return [`${name} is ${connection.state}${why}`];
  const open: string[] = [];
  const shown = new Set<string>();
  for (const { text, send } of screen.messages(world.roomId)) {
    shown.add(text);
    if (send?.state === 'sending' || send?.state === 'failed')
      open.push(`${name}: "${text}" is ${send.state}`);
  }
  const wanted = [...saidBy(world), ...said(world.guestAsked)];
  for (const text of wanted) if (!shown.has(text)) open.push(`${name} does not show "${text}"`);
  return open;
}

function checkTexts(world: RaceWorld): readonly RaceFinding[] {
  const findings: RaceFinding[] = [];
  const texts = world.guestLog;
  for (const text of saidBy(world)) {
    if (!texts.includes(text)) findings.push({ kind: 'lost', what: `the guest does not have "${text}"` });
  }
  for (const tab of world.tabs) {
    const places = tab.asked.map(({ text }) => texts.indexOf(text)).filter(place => place >= 0);
    if (places.some((place, i) => i > 0 && place < places[i - 1]!))
      findings.push({ kind: 'order', what: `the texts of ${tab.name}: ${texts.join(', ')}` });
  }
  return [...findings, ...checkDoubles(world)];
}

function checkTabs(world: RaceWorld): readonly RaceFinding[] {
  const findings: RaceFinding[] = [];
  const [first, ...others] = world.livingTabs;
  for (const tab of others) {
    if (tab.log.join('\n') !== first!.log.join('\n'))
      findings.push({
        kind: 'tabs-differ',
        what: `${first!.name}: ${first!.log.join(', ')}; ${tab.name}: ${tab.log.join(', ')}`,
      });
  }
  for (const { name, screen } of world.livingTabs) {
    const shown = screen.messages(world.roomId).map(({ text }) => text);
    for (const text of [...saidBy(world), ...said(world.guestAsked)])
      if (!shown.includes(text)) findings.push({ kind: 'lost', what: `${name} does not show "${text}"` });
  }
  return findings;
}

function saidBy(world: RaceWorld): readonly string[] {
  return world.tabs.flatMap(({ asked }) => said(asked));
}

function said(asked: readonly Asked[]): readonly string[] {
  return asked.flatMap(({ text, outcome }) => (outcome === 'said' ? [text] : []));
}
