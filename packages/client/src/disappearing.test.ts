import { DedupeId, type Entry, LIMITS, MessageId, type ServerBody } from '@sotto/protocol';
import { MemoryStore, type StoreWrite, VaultError } from '@sotto/vault';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutRecord } from './records/roomRecords.ts';
import { queueContent } from './room/outbox.ts';
import { findsOnDisk, RememberingStore } from './testing/rememberingStore.fixture.ts';
import { type Person, World } from './testing/world.fixture.ts';

const MINUTE_S = 60;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Deletions of one second are erased together. */
const ERASED_MS = 2_000;

let world: World;
let host: Person;
let gil: Person;
let disks: Map<Person, RememberingStore>;

beforeEach(async () => {
  world = new World();
  host = world.person('host', 'Hana');
  gil = world.person('guest', 'Gil');
  disks = new Map([host, gil].map(person => [person, new RememberingStore(person.disk)]));
  for (const person of [host, gil]) await start(person);
  await host.port.setName('Hana');
  await host.startRoom();
  await gil.enter(host.link);
  await world.until(() => host.room.members.length === 2);
  await world.clock.advance(30_000);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** Opens the disk, which remembers what was on it. */
const start = (person: Person) => {
  const disk = new RememberingStore(person.disk, disks.get(person)?.rows);
  disks.set(person, disk);
  return person.start(disk);
};
const finds = (person: Person, text: string) => findsOnDisk(person, disks.get(person)!, text);
const read = (person: Person) => person.port.markRead(person.roomId!);
const setTimer = (person: Person, seconds: number | undefined) =>
  person.port.setTimer(person.roomId!, seconds);
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'taken',
    error => error.code,
  );

function itemOf(person: Person, text: string) {
  const item = person.log.find(shown => shown.kind === 'message' && shown.text === text);
  if (item?.kind !== 'message') throw new Error(`${person.name} has nothing that says ${text}`);
  return item;
}

const found = async (person: Person, query: string) =>
  (await person.port.search({ query, limit: 10 })).found.map(({ snippet }) => snippet.text);

const actorOf = (person: Person) => person.engine!.rooms.get(person.roomId!).actor;

/** As a device that let somebody in, to whoever it let in. */
async function sayAgain(person: Person, seconds: number, joinedEpoch: number): Promise<void> {
  const timer = { seconds, joinedEpoch };
  await actorOf(person).transact(step => {
    queueContent(person.engine!.context, step, 'timer', { type: 'timer', ...timer }, { timer });
  });
  await world.clock.advance(5_000);
}

/** What the log tells of timers. */
const timers = (person: Person) =>
  person.log.flatMap(item =>
    item.kind === 'event' && item.event.type === 'timer'
      ? [`${item.event.self ? 'I' : item.event.byName}: ${item.event.seconds ?? 'off'}`]
      : [],
  );

/** Everyone has the timer, and nothing is on its way. */
async function allHaveTimer(seconds: number | undefined, ...people: readonly Person[]): Promise<void> {
  await world.until(() => people.every(({ room }) => room.timerS === seconds));
  await world.clock.advance(5_000);
}

async function arrives(text: string, ...people: readonly Person[]): Promise<void> {
  await world.until(() => people.every(person => person.texts.includes(text)));
  await world.until(() => people.every(person => person.sendState(text) !== 'sending'));
}

/** What is kept of times: nothing once all is gone. */
const expiryKeys = (person: Person) => person.recordKeys('expire/');

/** Sent by Gil under a timer of a minute, and there on both sides. */
async function secretOfGil(): Promise<void> {
  await setTimer(host, MINUTE_S);
  await allHaveTimer(MINUTE_S, host, gil);
  await gil.say('the secret of Gil');
  await arrives('the secret of Gil', host, gil);
}

describe('messages that disappear', () => {
  it('count from being read, an own one from its place in the log; then they are gone from screen and bytes', async () => {
    await host.say('before');
    await arrives('before', gil);
    await secretOfGil();
    const sentAtMs = world.clock.nowMs();
    expect(itemOf(gil, 'the secret of Gil').disappearAfterS).toBe(MINUTE_S);
    expect(itemOf(gil, 'the secret of Gil').goneAtMs).toBeLessThanOrEqual(sentAtMs + MINUTE_MS);
    await world.clock.advance(MINUTE_MS - 5_000);
    expect(gil.texts).toContain('the secret of Gil');
    expect(await finds(gil, 'the secret of Gil')).toBe(true);
    await world.clock.advance(5_000 + ERASED_MS);
    expect(gil.texts).toEqual(['before']);
    expect(gil.room.preview?.text).toBe('before');
    expect(await finds(gil, 'the secret of Gil')).toBe(false);

    await world.clock.advance(HOUR_MS);
    expect(itemOf(host, 'the secret of Gil')).toMatchObject({ disappearAfterS: MINUTE_S });
    expect(itemOf(host, 'the secret of Gil').goneAtMs).toBeUndefined();
    await read(host);
    expect(itemOf(host, 'the secret of Gil').goneAtMs).toBe(world.clock.nowMs() + MINUTE_MS);
    await world.clock.advance(MINUTE_MS - 1);
    expect(host.texts).toEqual(['before', 'the secret of Gil']);
    expect(host.room.preview?.text).toBe('the secret of Gil');
    expect(await finds(host, 'the secret of Gil')).toBe(true);
    await world.clock.advance(1);
    expect(host.texts).toEqual(['before']);
    expect(host.room.preview?.text).toBe('before');
    await world.clock.advance(ERASED_MS);
    expect(await finds(host, 'the secret of Gil')).toBe(false);
    expect(await finds(host, 'before')).toBe(true);
    expect([...(await expiryKeys(host)), ...(await expiryKeys(gil))]).toEqual([]);
  });

  it('go with what quotes them, out of what search finds, and into no file', async () => {
    await secretOfGil();
    expect(await found(host, 'secret')).toEqual(['the secret of Gil']);
    await setTimer(host, undefined);
    await host.port.sendText(host.roomId!, 'as you said', itemOf(host, 'the secret of Gil').messageId);
    await arrives('as you said', gil);
    for (const person of [host, gil]) {
      expect(itemOf(person, 'as you said').replyTo?.text).toBe('the secret of Gil');
      const { blob } = await person.port.exportHistory({ taskId: 'file', format: 'json' });
      const file = await blob.text();
      expect(file).toContain('as you said');
      expect(file).not.toContain('the secret of Gil');
    }
    await read(host);
    await world.clock.advance(MINUTE_MS + ERASED_MS);
    for (const person of [host, gil]) {
      expect(person.texts).toEqual(['as you said']);
      expect(itemOf(person, 'as you said').replyTo?.text).toBe('');
      expect(await found(person, 'secret')).toEqual([]);
      expect(await finds(person, 'the secret of Gil')).toBe(false);
    }
  });

  it('go at their time although the program was restarted in between', async () => {
    await secretOfGil();
    await read(host);
    const { goneAtMs } = itemOf(host, 'the secret of Gil');
    await host.stop();
    await start(host);
    expect(itemOf(host, 'the secret of Gil').goneAtMs).toBe(goneAtMs);
    await world.clock.advance(goneAtMs! - world.clock.nowMs() - 1);
    expect(host.texts).toEqual(['the secret of Gil']);
    await world.clock.advance(1 + ERASED_MS);
    expect(host.texts).toEqual([]);
    expect(await finds(host, 'the secret of Gil')).toBe(false);
  });

  it('that became due while the program was off are never shown again', async () => {
    await secretOfGil();
    await read(host);
    await host.stop();
    await world.clock.advance(HOUR_MS);
    const { roomId } = host;
    host.roomId = undefined;
    await start(host);
    const shown: string[] = [];
    host.port.subscribe(event => shown.push(JSON.stringify(event)));
    await host.open(roomId!);
    expect(host.log.length).toBeGreaterThan(0);
    expect(shown.join()).not.toContain('the secret of Gil');
    await world.clock.advance(ERASED_MS);
    expect(await finds(host, 'the secret of Gil')).toBe(false);
  });

  it('stay unread for as long as their reader is away, and are not sent twice', async () => {
    await setTimer(host, MINUTE_S);
    await allHaveTimer(MINUTE_S, host, gil);
    await host.stop();
    await gil.say('the secret of Gil');
    await world.clock.advance(HOUR_MS);
    expect(gil.texts).toEqual([]);
    await start(host);
    await arrives('the secret of Gil', host);
    await world.clock.advance(HOUR_MS);
    expect(host.texts).toEqual(['the secret of Gil']);
    await read(host);
    await world.clock.advance(MINUTE_MS + ERASED_MS);
    expect(host.texts).toEqual([]);
    expect(await finds(host, 'the secret of Gil')).toBe(false);
  });

  it('go each at its own time', async () => {
    await setTimer(host, MINUTE_S);
    await allHaveTimer(MINUTE_S, host, gil);
    await gil.say('unread');
    await host.say('first');
    await world.clock.advance(500);
    await host.say('second');
    await setTimer(host, 3_600);
    await host.say('third');
    await arrives('third', gil, host);
    const at = (text: string) => itemOf(host, text).goneAtMs! - world.clock.nowMs();
    expect(at('second')).toBeGreaterThan(at('first'));
    await world.clock.advance(at('first'));
    expect(host.texts).toEqual(['unread', 'second', 'third']);
    await world.clock.advance(at('second'));
    expect(host.texts).toEqual(['unread', 'third']);
    await world.clock.advance(at('third') - 1);
    expect(host.texts).toEqual(['unread', 'third']);
    await world.clock.advance(1);
    expect(host.texts).toEqual(['unread']);
    expect(gil.texts).toEqual(['first', 'second', 'third']);
    await read(host);
    await world.clock.advance(MINUTE_MS);
    expect(host.texts).toEqual([]);
  });

  it('go although the chat has ended', async () => {
    await secretOfGil();
    await read(host);
    await world.outcome(host.port.end(host.roomId!, { erase: false }));
    await world.until(() => gil.room.condition === 'ended');
    expect(host.texts).toEqual(['the secret of Gil']);
    await world.clock.advance(MINUTE_MS + ERASED_MS);
    for (const person of [host, gil]) {
      expect(person.texts).toEqual([]);
      expect(await finds(person, 'the secret of Gil')).toBe(false);
    }
  });

  it('deleted by hand, read or not, leave nothing that waits for their time', async () => {
    await secretOfGil();
    expect(await expiryKeys(host)).toHaveLength(1);
    await host.port.deleteMessages(host.roomId!, [itemOf(host, 'the secret of Gil').messageId], {
      forEveryone: false,
    });
    expect(await expiryKeys(host)).toEqual([]);
    expect(await expiryKeys(gil)).toHaveLength(1);
    await gil.port.deleteMessages(gil.roomId!, [itemOf(gil, 'the secret of Gil').messageId], {
      forEveryone: true,
    });
    expect(await expiryKeys(gil)).toEqual([]);
    await world.clock.advance(HOUR_MS);
    expect(gil.log.filter(item => item.kind === 'message')).toMatchObject([{ deleted: true, text: '' }]);
  });

  it('taken back by their author before they are read leave nothing either', async () => {
    await secretOfGil();
    await gil.port.deleteMessages(gil.roomId!, [itemOf(gil, 'the secret of Gil').messageId], {
      forEveryone: true,
    });
    await world.until(() => host.log.some(item => item.kind === 'message' && item.deleted));
    expect(await expiryKeys(host)).toEqual([]);
  });

  it('leave nothing of their times when the conversation goes', async () => {
    await secretOfGil();
    await world.outcome(gil.port.leaveAndErase(gil.roomId!));
    expect((await gil.recordKeys()).filter(key => key.includes(gil.roomId!))).toEqual([]);
  });

  it('that are sent again under their id when they are gone were said, and stay gone', async () => {
    await setTimer(host, 5);
    await allHaveTimer(5, host, gil);
    const id = MessageId.fromBytes(world.random(MessageId.sizeBytes));
    const send = () => host.port.sendText(host.roomId!, 'once', undefined, id);
    await send();
    await arrives('once', gil, host);
    await world.clock.advance(10_000);
    expect(host.texts).toEqual([]);
    await setTimer(host, undefined);
    expect(await send()).toEqual({ messageId: id });
    await world.clock.advance(10_000);
    expect(host.texts).toEqual([]);
    expect(gil.texts).toEqual(['once']);
  });

  it('threat 8: gone, are not shown again by a relay that pushes them again', async () => {
    const seen: Entry[] = [];
    host.tamper = body => {
      if (body.type === 'entries') seen.push(...body.entries);
      return [body];
    };
    await secretOfGil();
    await read(host);
    await world.clock.advance(MINUTE_MS + ERASED_MS);
    expect(host.texts).toEqual([]);
    let shift = 0;
    host.tamper = onEntries(entry => {
      const moved = { ...entry, seq: entry.seq + shift };
      if (shift > 0) return [moved];
      shift = seen.length;
      return [
        ...seen.map((again, i) => ({ ...again, seq: entry.seq + i })),
        { ...entry, seq: entry.seq + shift },
      ];
    });
    await gil.say('and then');
    await world.until(() => host.texts.includes('and then'));
    expect(host.texts).toEqual(['and then']);
  });

  it('threat 22: whatever the relay says the time is, it is this device’s that counts', async () => {
    for (const lieMs of [0, 9 * HOUR_MS]) {
      const lie = (body: ServerBody): readonly ServerBody[] => {
        if (body.type === 'appended') return [{ ...body, receivedAtMs: lieMs }];
        if (body.type === 'authenticated') return [{ ...body, serverTimeMs: lieMs }];
        if (body.type !== 'entries') return [body];
        return [{ ...body, entries: body.entries.map(entry => ({ ...entry, receivedAtMs: lieMs })) }];
      };
      host.tamper = lie;
      gil.tamper = lie;
      await secretOfGil();
      await read(host);
      await world.clock.advance(MINUTE_MS - 5_000);
      for (const person of [host, gil]) expect(person.texts).toEqual(['the secret of Gil']);
      await world.clock.advance(5_000);
      for (const person of [host, gil]) expect(person.texts).toEqual([]);
      await setTimer(host, undefined);
      await allHaveTimer(undefined, host, gil);
    }
  });

  it('come and go by hundreds, and leave what stays', async () => {
    await host.say('stays');
    await setTimer(host, MINUTE_S);
    await allHaveTimer(MINUTE_S, host, gil);
    const texts = Array.from({ length: 230 }, (_, i) => `secret ${i}`);
    for (const text of texts) await host.say(text);
    await arrives('secret 229', gil, host);
    await setTimer(host, undefined);
    await read(gil);
    expect(gil.room.unread).toBe(0);
    const waiting = gil.log.filter(
      item => item.kind === 'message' && item.disappearAfterS !== undefined && item.goneAtMs === undefined,
    );
    expect(waiting).toEqual([]);
    await world.clock.advance(MINUTE_MS + ERASED_MS);
    for (const person of [host, gil]) {
      expect(person.texts).not.toContain('secret 229');
      expect(person.room.preview?.text).toBe('stays');
      expect(await expiryKeys(person)).toEqual([]);
    }
    await gil.stop();
    await start(gil);
    expect(gil.texts).toEqual(['stays']);
  });
});

describe('a clock that is set', () => {
  it('forward: they go earlier by no more than that', async () => {
    await secretOfGil();
    await read(host);
    world.clock.set(50_000);
    await world.clock.advance(9_999);
    expect(host.texts).toEqual(['the secret of Gil']);
    await world.clock.advance(MINUTE_MS);
    expect(host.texts).toEqual([]);
  });

  it('back: they stay longer by as much, and go', async () => {
    await secretOfGil();
    await read(host);
    world.clock.set(-HOUR_MS);
    await world.clock.advance(HOUR_MS + MINUTE_MS - 1);
    expect(host.texts).toEqual(['the secret of Gil']);
    await world.clock.advance(1);
    expect(host.texts).toEqual([]);
  });

  it('by a machine that slept: they go when it wakes', async () => {
    await setTimer(host, 3_600);
    await allHaveTimer(3_600, host, gil);
    await gil.say('the secret of Gil');
    await arrives('the secret of Gil', host);
    await read(host);
    world.clock.set(2 * HOUR_MS);
    await world.clock.advance(MINUTE_MS);
    expect(host.texts).toEqual([]);
  });
});

describe('the timer of a room', () => {
  it('is set by either side, for what is written from then on', async () => {
    await host.say('stays');
    await secretOfGil();
    expect([timers(host), timers(gil)]).toEqual([[`I: ${MINUTE_S}`], [`Hana: ${MINUTE_S}`]]);
    await setTimer(gil, undefined);
    await allHaveTimer(undefined, host, gil);
    expect(timers(host)).toEqual([`I: ${MINUTE_S}`, 'Gil: off']);
    await host.say('stays too');
    await arrives('stays too', gil, host);
    expect(itemOf(gil, 'stays too').disappearAfterS).toBeUndefined();
    expect(itemOf(host, 'the secret of Gil').disappearAfterS).toBe(MINUTE_S);
    for (const person of [host, gil]) await read(person);
    await world.clock.advance(HOUR_MS);
    for (const person of [host, gil]) expect(person.texts).toEqual(['stays', 'stays too']);
  });

  it('holds at once for what its setter writes, offline too, and after a restart', async () => {
    world.killRelay();
    await setTimer(host, MINUTE_S);
    await host.say('written offline');
    expect(host.room.timerS).toBe(MINUTE_S);
    expect(itemOf(host, 'written offline')).toMatchObject({ disappearAfterS: MINUTE_S });
    await host.stop();
    await start(host);
    expect(host.room.timerS).toBe(MINUTE_S);
    await world.clock.advance(HOUR_MS);
    expect(host.texts).toEqual(['written offline']);
    world.startRelay();
    await world.until(() => gil.texts.includes('written offline'), 10 * MINUTE_MS);
    expect(itemOf(gil, 'written offline').disappearAfterS).toBe(MINUTE_S);
    await world.until(() => host.texts.length === 0, 2 * MINUTE_MS);
    expect(gil.texts).toEqual(['written offline']);
  });

  it('set by both at once is the last of the log, on both devices', async () => {
    for (let round = 1; round <= 8; round++) {
      await Promise.all([setTimer(host, 100 + round), setTimer(gil, 200 + round)]);
      await world.clock.advance(5_000);
      expect([101, 201].map(first => first + round - 1)).toContain(host.room.timerS);
      expect(gil.room.timerS).toBe(host.room.timerS);
      await Promise.all([setTimer(host, undefined), setTimer(gil, 300 + round)]);
      await world.clock.advance(5_000);
      expect(gil.room.timerS).toBe(host.room.timerS);
    }
  });

  it('is told to who joins, by who let them in, and heeded by nobody else', async () => {
    await setTimer(host, MINUTE_S);
    await allHaveTimer(MINUTE_S, host, gil);
    const mia = await world.person('guest', 'Mia').start();
    await mia.enter(host.link);
    await allHaveTimer(MINUTE_S, host, gil, mia);
    expect(timers(mia)).toEqual([`Hana: ${MINUTE_S}`]);
    expect(timers(gil)).toEqual([`Hana: ${MINUTE_S}`]);
    await mia.say('from Mia');
    await arrives('from Mia', host, gil, mia);
    expect(itemOf(gil, 'from Mia').disappearAfterS).toBe(MINUTE_S);
    await read(gil);
    await world.clock.advance(MINUTE_MS);
    expect([gil.texts, mia.texts, host.texts]).toEqual([[], [], ['from Mia']]);
  });

  it('said again to who joined is heeded by nobody else, and by nobody who has heard of a change', async () => {
    const { joinedEpoch } = actorOf(gil).state.record;
    await sayAgain(host, 999, joinedEpoch! + 1);
    expect(gil.room.timerS).toBeUndefined();
    await sayAgain(host, 999, joinedEpoch!);
    expect(gil.room.timerS).toBe(999);
    expect(host.room.timerS).toBeUndefined();
    await setTimer(gil, undefined);
    await allHaveTimer(undefined, host, gil);
    await sayAgain(host, 999, joinedEpoch!);
    expect([host.room.timerS, gil.room.timerS]).toEqual([undefined, undefined]);
  });

  it('changed while people join is the same for all', async () => {
    await setTimer(host, MINUTE_S);
    await allHaveTimer(MINUTE_S, host, gil);
    const people = [host, gil];
    for (const [round, name] of ['Ada', 'Bob', 'Cy', 'Dee', 'Eve'].entries()) {
      const next = await world.person('guest', name).start();
      await next.knock(host.link);
      // Now before the Commit, now between it and what is said to the joiner, now behind both.
      await world.clock.advance(round);
      const changed = round % 2 === 0 ? undefined : 100 + round;
      await setTimer(gil, changed);
      people.push(next);
      await world.until(() => next.room.membership === 'member');
      await world.clock.advance(60_000);
      expect(people.map(({ room }) => room.timerS)).toEqual(people.map(() => changed));
    }
  });

  it('that the relay kept back does not undo what its setter said since', async () => {
    const kept: Entry[] = [];
    let keeping = true;
    gil.tamper = onEntries(entry => {
      if (!keeping) return [{ ...entry, seq: entry.seq }];
      kept.push(entry);
      if (kept.length < 2) return [];
      keeping = false;
      const [first, second] = kept as [Entry, Entry];
      return [
        { ...second, seq: first.seq },
        { ...first, seq: second.seq },
      ];
    });
    await setTimer(host, MINUTE_S);
    await setTimer(host, undefined);
    await world.clock.advance(10_000);
    expect(kept).toHaveLength(2);
    expect(host.room.timerS).toBeUndefined();
    expect(gil.room.timerS).toBeUndefined();
  });

  it('threat 8: that comes a second time, under other keys, does not hold again', async () => {
    world.killRelay();
    await setTimer(host, MINUTE_S);
    const said = actorOf(host).state.outbox.find(({ purpose }) => purpose === 'timer')!;
    world.startRelay();
    await world.until(() => gil.room.timerS === MINUTE_S, 10 * MINUTE_MS);
    await setTimer(gil, undefined);
    await allHaveTimer(undefined, host, gil);
    // More than the ids that are remembered of a sender.
    for (let i = 0; i < 20; i++) await host.say(`meanwhile ${i}`);
    await arrives('meanwhile 19', gil);
    await actorOf(host).transact(step => {
      const dedupeId = DedupeId.fromBytes(world.random(DedupeId.sizeBytes));
      const { draft } = said;
      const again: OutRecord = { number: step.state.record.nextOut, purpose: 'receipt', draft, dedupeId };
      step.putOut(again);
    });
    await host.say('behind it');
    await arrives('behind it', gil);
    expect(gil.room.timerS).toBeUndefined();
  });

  it('is refused where it is none, and where nothing can be said', async () => {
    const { disappearAfterMinS, disappearAfterMaxS } = LIMITS;
    for (const seconds of [0, -5, 4, 5.5, Number.NaN, disappearAfterMaxS + 1, Number.POSITIVE_INFINITY])
      expect(await refusal(setTimer(host, seconds))).toBe('BAD_TIMER');
    for (const seconds of [disappearAfterMinS, disappearAfterMaxS, undefined])
      expect(await refusal(setTimer(host, seconds))).toBe('taken');
    await world.clock.advance(5_000);
    const asked = timers(host).length;
    expect(await refusal(setTimer(host, undefined))).toBe('taken');
    await world.clock.advance(5_000);
    expect(timers(host)).toHaveLength(asked);
    await world.outcome(host.port.end(host.roomId!, { erase: false }));
    await world.until(() => gil.room.condition === 'ended');
    expect(await refusal(setTimer(gil, MINUTE_S))).toBe('ROOM_ENDED');
  });
});

it('a disk that is full when a message is due: it goes when there is room again', async () => {
  await secretOfGil();
  await host.stop();
  const disk = new SometimesFullStore(host.disk);
  await host.start(disk);
  await world.until(() => host.online);
  await world.clock.advance(10_000);
  await read(host);
  disk.full = true;
  await world.clock.advance(MINUTE_MS + 5_000);
  expect(host.texts).toEqual(['the secret of Gil']);
  disk.full = false;
  await world.clock.advance(MINUTE_MS);
  expect(host.texts).toEqual([]);
});

it('the same seed gives the same, to the byte', async () => {
  const story = async () => {
    const own = new World(7);
    const [ada, bob] = [own.person('host', 'Ada'), own.person('guest', 'Bob')];
    const told: string[] = [];
    for (const person of [ada, bob]) {
      await person.start();
      person.port.subscribe(event => {
        if (event.type === 'timeline') told.push(`${person.name} ${JSON.stringify(event)}`);
      });
    }
    await ada.port.setName('Ada');
    await ada.startRoom();
    await bob.enter(ada.link);
    await ada.port.setTimer(ada.roomId!, 30);
    for (let i = 0; i < 5; i++) {
      await own.clock.advance(4_000);
      await ada.say(`ada ${i}`);
      await bob.say(`bob ${i}`);
      await own.clock.advance(4_000);
      await bob.port.markRead(bob.roomId!);
    }
    await own.clock.advance(2 * MINUTE_MS);
    await own.close();
    return {
      told,
      disks: [ada, bob].map(({ disk }) => [...disk.records].map(([key, value]) => `${key} ${value}`)),
    };
  };
  const [first, second] = [await story(), await story()];
  expect(first.told.some(event => event.includes('"removedKeys":["m:'))).toBe(true);
  expect(second).toEqual(first);
});

/** Changes the entries that come by one push frame each. */
function onEntries(change: (entry: Entry) => readonly Entry[]) {
  return (body: ServerBody): readonly ServerBody[] => {
    if (body.type !== 'entries') return [body];
    const entries = body.entries.flatMap(change);
    return entries.length === 0 ? [] : [{ ...body, entries }];
  };
}

/** A disk that is full while a test says so. */
class SometimesFullStore extends MemoryStore {
  full = false;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.full) throw new VaultError('QUOTA_EXCEEDED', 'the disk is full');
    await super.commit(writes);
  }
}
