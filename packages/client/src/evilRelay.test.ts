import { DedupeId, type Entry, type ServerBody } from '@sotto/protocol';
import { memoryDisk } from '@sotto/vault';
import { afterEach, describe, expect, it } from 'vitest';
import { type Person, World } from './testing/world.fixture.ts';

let world: World;
afterEach(() => world.close());

async function roomForTwo(): Promise<{ host: Person; guest: Person }> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const guest = await world.person('guest', 'Gil').start();
  await guest.enter(host.link);
  await world.until(() => host.room.epoch === 2 && guest.room.epoch === 2);
  await world.clock.advance(5_000);
  return { host, guest };
}

const gaps = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'gap' ? [`${item.cause} ${item.count}`] : []));

/** Changes the entries that come by one push frame each. */
function onEntries(change: (entry: Entry) => readonly Entry[]) {
  return (body: ServerBody): readonly ServerBody[] => {
    if (body.type !== 'entries') return [body];
    const entries = body.entries.flatMap(change);
    return entries.length === 0 ? [] : [{ ...body, entries }];
  };
}

const renumbered = (entries: readonly Entry[], from: number): readonly Entry[] =>
  entries.map((entry, i) => ({ ...entry, seq: from + i }));

describe('a relay that lies', () => {
  it('threat 8: shows a message that is pushed again, under any number, once', async () => {
    const { host, guest } = await roomForTwo();
    const seen: Entry[] = [];
    guest.tamper = onEntries(entry => {
      seen.push(entry);
      return [entry, entry];
    });
    await host.say('once');
    await world.until(() => guest.texts.includes('once'));
    const last = seen.at(-1)!;
    guest.tamper = onEntries(entry => renumbered([seen[0]!, last, entry], entry.seq));
    await host.say('and then');
    await world.until(() => guest.texts.includes('and then'));
    expect(guest.texts).toEqual(['once', 'and then']);
    expect(gaps(guest)).toEqual([]);
  });

  it('threat 8: takes a second copy of an own message for what it is', async () => {
    const { host, guest } = await roomForTwo();
    let own: Entry | undefined;
    guest.tamper = onEntries(entry => {
      own ??= entry;
      return [entry];
    });
    await guest.say('mine');
    await world.until(() => guest.sendState('mine') === 'delivered');
    await world.clock.advance(3_000);
    let shift = 0;
    guest.tamper = onEntries(entry => {
      if (shift > 0) return [{ ...entry, seq: entry.seq + shift }];
      shift = 1;
      const again = { ...own!, seq: entry.seq, dedupeId: DedupeId.fromBytes(world.random(16)) };
      return [again, { ...entry, seq: entry.seq + 1 }];
    });
    await host.say('go on');
    await world.until(() => guest.texts.includes('go on'));
    expect(guest.texts).toEqual(['mine', 'go on']);
    expect(guest.engine!.state.connection.state).toBe('online');
  });

  it('threat 10: shows that a message was dropped when the next one comes', async () => {
    const { host, guest } = await roomForTwo();
    let dropped = 0;
    guest.tamper = onEntries(entry => {
      if (dropped === 0) {
        dropped = entry.seq;
        return [];
      }
      return [{ ...entry, seq: entry.seq - 1 }];
    });
    await host.say('dropped');
    await host.say('shown');
    await world.until(() => guest.texts.includes('shown'));
    await world.clock.advance(5_000);
    expect(guest.texts).toEqual(['shown']);
    expect(gaps(guest)).toEqual(['missing 1']);
  });

  it('asks again for entries that are missing, before it shows a gap', async () => {
    const { host, guest } = await roomForTwo();
    let dropping = true;
    guest.tamper = onEntries(entry => {
      if (!dropping) return [entry];
      dropping = false;
      return [];
    });
    await host.say('first');
    await host.say('second');
    await world.until(() => guest.texts.length === 2);
    expect(guest.texts).toEqual(['first', 'second']);
    expect(gaps(guest)).toEqual([]);
  });

  it('a relay that was put back, or says so, is shown; what it does bring is taken', async () => {
    const { host, guest } = await roomForTwo();
    await host.say('before');
    await world.until(() => guest.texts.includes('before'));
    await world.clock.advance(5_000);
    const setBack = (body: ServerBody): readonly ServerBody[] =>
      body.type === 'subscribed'
        ? [{ ...body, status: { ...body.status, acknowledgedSeq: 1, headSeq: 1 } }]
        : [body];
    guest.tamper = setBack;
    world.cutConnections();
    await world.until(() => guest.room.warnings.length > 0);
    expect(guest.room.warnings).toEqual([{ kind: 'relay-set-back' }]);
    await host.say('after');
    await guest.say('still here');
    await world.until(() => guest.texts.includes('after') && host.texts.includes('still here'));
  });

  it('shows a gap, and goes on, where entries are missing for good', async () => {
    const { host, guest } = await roomForTwo();
    let hidden: number | undefined;
    guest.tamper = onEntries(entry => {
      hidden ??= entry.seq;
      return entry.seq === hidden ? [] : [entry];
    });
    await host.say('hidden');
    await host.say('seen');
    await world.until(() => guest.texts.includes('seen'));
    await world.clock.advance(5_000);
    expect(gaps(guest)).toContain('missing 1');
    expect(guest.room.warnings).toContainEqual({ kind: 'out-of-sync' });
    expect(guest.texts).toEqual(['seen']);
  });

  it('threat 11: shows a gap for bytes that were changed, and never says that it has them', async () => {
    const { host, guest } = await roomForTwo();
    guest.tamper = onEntries(entry => [
      entry.kind === 'message'
        ? {
            ...entry,
            payload: entry.payload.map((byte, i) => (i === entry.payload.length - 3 ? byte ^ 1 : byte)),
          }
        : entry,
    ]);
    await host.say('bent');
    await world.until(() => gaps(guest).length === 1);
    expect(gaps(guest)).toEqual(['undecryptable 1']);
    guest.tamper = body => [body];
    await world.clock.advance(10_000);
    expect(host.sendState('bent')).toBe('sent');
    await host.say('straight');
    await world.until(() => guest.texts.includes('straight') && host.sendState('straight') === 'delivered');
    // Counted once: the hole in the sender's numbers is the gap that is shown.
    expect(gaps(guest)).toEqual(['undecryptable 1']);
    expect(host.sendState('bent')).toBe('sent');
  });

  it('shows gaps of one cause that nothing stands between as one', async () => {
    const { host, guest } = await roomForTwo();
    const bent = onEntries(entry => [
      entry.kind === 'message'
        ? { ...entry, payload: entry.payload.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }
        : entry,
    ]);
    guest.tamper = bent;
    await host.say('one');
    await world.until(() => gaps(guest).includes('undecryptable 1'));
    await host.say('two');
    await world.until(() => gaps(guest).includes('undecryptable 2'));
    await guest.stop();
    await guest.start();
    await host.say('three');
    await world.until(() => gaps(guest).includes('undecryptable 3'));
    expect(gaps(guest)).toEqual(['undecryptable 3']);
    guest.tamper = body => [body];
    await host.say('between');
    await world.until(() => guest.texts.includes('between'));
    guest.tamper = bent;
    await host.say('four');
    await world.until(() => gaps(guest).length === 2);
    expect(gaps(guest)).toEqual(['undecryptable 3', 'undecryptable 1']);
    expect(guest.log.map(({ kind }) => kind).slice(-3)).toEqual(['gap', 'message', 'gap']);
  });

  it('takes nobody’s message for its own because of a dedupe id', async () => {
    const { host, guest } = await roomForTwo();
    world.cutConnections();
    await guest.say('mine');
    const mine = guest.engine!.rooms.get(guest.roomId!).actor.state.outbox[0]!.dedupeId;
    guest.tamper = onEntries(entry => [{ ...entry, dedupeId: mine }]);
    await host.say('theirs');
    await world.until(() => guest.texts.includes('theirs') && host.texts.includes('mine'));
    await world.clock.advance(5_000);
    expect(guest.texts.filter(text => text === 'mine')).toHaveLength(1);
    expect(guest.sendState('mine')).not.toBe('sending');
  });

  it('threat 57: an old copy of the store stops before it uses a key twice', async () => {
    const { host, guest } = await roomForTwo();
    await guest.stop();
    const copy = memoryDisk();
    for (const [key, value] of guest.disk.records) copy.records.set(key, value.slice());
    await guest.start();
    await guest.say('after the copy was made');
    await world.until(() => guest.sendState('after the copy was made') === 'delivered');
    await guest.stop();
    guest.disk.records.clear();
    for (const [key, value] of copy.records) guest.disk.records.set(key, value);
    await guest.start();
    await world.until(() => guest.engine!.state.connection.state === 'stopped');
    expect(guest.engine!.state.connection).toEqual({ state: 'stopped', reason: 'rolled-back' });
    await guest.say('must not go out');
    await world.clock.advance(60_000);
    expect(host.texts).toEqual(['after the copy was made']);
  });

  it('threat 57: also where the relay does not tell what was acknowledged', async () => {
    const { host, guest } = await roomForTwo();
    await guest.stop();
    const copy = new Map([...guest.disk.records].map(([key, value]) => [key, value.slice()] as const));
    await guest.start();
    const kept: ServerBody[] = [];
    guest.tamper = body => {
      if (body.type === 'entries') kept.push(body);
      return [body];
    };
    await guest.say('after the copy was made');
    await world.until(() => guest.sendState('after the copy was made') === 'delivered');
    await guest.stop();
    guest.disk.records.clear();
    for (const [key, value] of copy) guest.disk.records.set(key, value);
    const honest = (status: { readonly acknowledgedSeq: number }) => ({ ...status, acknowledgedSeq: 0 });
    guest.tamper = body =>
      body.type === 'subscribed' ? [{ ...body, status: honest(body.status) as never }, ...kept] : [body];
    await guest.start();
    await guest.say('must not be encrypted yet');
    await world.until(() => guest.engine!.state.connection.state === 'stopped');
    expect(guest.engine!.state.connection).toEqual({ state: 'stopped', reason: 'rolled-back' });
    const outbox = guest.engine!.rooms.get(guest.roomId!).actor.state.outbox;
    expect(outbox.map(({ text, sealed }) => [text, sealed])).toEqual([
      ['must not be encrypted yet', undefined],
    ]);
    expect(host.texts).toEqual(['after the copy was made']);
  });

  it('threat 29: the host’s own device counts uses and knows when a link ends, whatever the relay forgets', async () => {
    world = new World();
    const host = await world.person('host', 'Hana').start();
    await host.port.setName('Hana');
    const DAY_MS = 24 * 3_600_000;
    host.tamperSent = body =>
      body.type === 'createInvite'
        ? { ...body, maxUses: 0, expiresAtMs: body.expiresAtMs + 20 * DAY_MS }
        : body;
    await host.startRoom({ lifetimeMs: DAY_MS, maxUses: 1, approval: false, password: undefined });
    const { link } = host;
    const refusalOf = (person: Person) =>
      person.room.join?.step === 'refused' ? person.room.join.reason : undefined;
    await (await world.person('guest', 'First').start()).enter(link);
    const second = await world.person('guest', 'Second').start();
    await second.knock(link);
    await world.until(() => refusalOf(second) === 'full');
    const { token } = await world.outcome(
      host.port.createInvite(host.roomId!, {
        lifetimeMs: DAY_MS,
        maxUses: 0,
        approval: false,
        password: undefined,
      }),
    );
    await world.clock.advance(DAY_MS + 1_000);
    const late = await world.person('guest', 'Late').start();
    const path = host.room.invites.find(invite => invite.token === token)!.pathAndFragment;
    await late.knock(`https://relay.test${path}`);
    await world.until(() => refusalOf(late) === 'expired');
    expect(host.room.members).toHaveLength(2);
  });

  it('what carries this device’s name and a spent key stops nobody: it is shown as unreadable', async () => {
    const { host, guest } = await roomForTwo();
    await guest.say('mine');
    await world.until(() => guest.sendState('mine') === 'delivered');
    await world.clock.advance(3_000);
    // As a member could make such bytes: nothing on this device knows them.
    let own: Entry | undefined;
    guest.tamper = onEntries(entry => {
      own ??= entry;
      return [entry];
    });
    await guest.say('mine, too');
    await world.until(() => guest.sendState('mine, too') === 'delivered');
    await world.clock.advance(3_000);
    await guest.loseRecords('own/');
    let shift = 0;
    guest.tamper = onEntries(entry => {
      if (shift > 0) return [{ ...entry, seq: entry.seq + shift }];
      shift = 1;
      return [
        { ...own!, seq: entry.seq },
        { ...entry, seq: entry.seq + 1 },
      ];
    });
    await host.say('go on');
    await world.until(() => guest.texts.includes('go on'));
    expect(gaps(guest)).toEqual(['undecryptable 1']);
    expect(guest.engine!.state.connection.state).toBe('online');
  });

  it('an end that nobody signed erases nothing', async () => {
    const { host, guest } = await roomForTwo();
    await host.say('keep me');
    await world.until(() => guest.texts.includes('keep me'));
    guest.tamper = body =>
      body.type === 'streamChanged' || body.type === 'subscribed'
        ? [{ ...body, status: { ...body.status, condition: 'ended' } }]
        : [body];
    world.cutConnections();
    await world.until(() => guest.room.condition === 'ended');
    await world.clock.advance(10_000);
    expect(guest.texts).toEqual(['keep me']);
    guest.tamper = body => [body];
    world.cutConnections();
    await world.until(() => guest.room.condition === 'open');
    await guest.say('still here');
    await world.until(() => host.texts.includes('still here'));
  });

  it('frames that make no sense end the connection, and nothing else', async () => {
    const { host, guest } = await roomForTwo();
    guest.tamper = body => (body.type === 'entries' ? [{ type: 'pong' }] : [body]);
    await host.say('first');
    await world.clock.advance(1_000);
    guest.tamper = body => [body];
    world.cutConnections();
    await world.until(() => guest.texts.includes('first'));
  });
});
