import { base64urlDecode, base64urlEncode, type ServerBody } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusal, signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, sentBy, somebody } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let mara: Person;
let ben: Person;

beforeEach(async () => {
  world = new World(78);
  world.onThreads = true;
  mara = await somebody(world, 'mara');
  ben = await somebody(world, 'ben');
});

afterEach(() => world.close());

const done = <T>(promise: Promise<T>) => world.outcome(promise);
const makeKeys = async (...people: readonly Person[]) => {
  for (const person of people) await done(person.port.makeSealedKeys({ strangers: false }));
};

/** A conversation by RSA, accepted, on both sides open. */
async function talking(): Promise<void> {
  await makeKeys(mara, ben);
  const { roomId } = await done(mara.port.startDirect({ handle: 'ben' }, { kind: 'rsa-sealed' }));
  await mara.open(roomId);
  const theirs = await roomWhere(world, ben, ({ sealed }) => sealed?.kind === 'conversation');
  expect(theirs.request).toBeDefined();
  await done(ben.port.acceptRequest(theirs.roomId));
}

const gaps = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'gap' ? [`${item.cause} ${item.reason} ${item.count}`] : []));

/** How many messages are shown as refused. */
const refusedIn = (person: Person) =>
  person.log.reduce((sum, item) => sum + (item.kind === 'gap' ? item.count : 0), 0);

/** What becomes of the payloads of messages on their way to a device. */
function tampering(
  person: Person,
  change: (jwe: Record<string, unknown>, seq: number) => object | undefined,
): void {
  person.tamper = (body: ServerBody) => {
    if (body.type !== 'entries') return [body];
    const entries = body.entries.map(entry => {
      if (entry.kind !== 'message' || entry.payload[0] !== 0x7b) return entry;
      const changed = change(JSON.parse(new TextDecoder().decode(entry.payload)), entry.seq);
      return changed === undefined
        ? entry
        : { ...entry, payload: new TextEncoder().encode(JSON.stringify(changed)) };
    });
    return [{ ...body, entries }];
  };
}

describe('a conversation by RSA', () => {
  it('goes on while one of the two is away, with receipts, history and search', async () => {
    await talking();
    expect(mara.room).toMatchObject({
      kind: 'direct',
      sealed: { kind: 'conversation', accountId: accountIdOf(ben) },
      suite: 'RSA-OAEP-256, A256GCM, PS256',
    });
    await mara.say('By the book');
    await world.until(() => ben.texts.includes('By the book'));
    await world.until(() => mara.sendState('By the book') === 'delivered');
    await done(ben.port.markRead(ben.roomId!));
    await world.until(() => mara.sendState('By the book') === 'read');
    await ben.stop();
    await mara.say('While you are away');
    await world.until(() => mara.sendState('While you are away') === 'sent');
    await mara.stop();
    // Written without a connection, encrypted at once, sent when the relay is there again.
    world.killRelay();
    await mara.start();
    await mara.say('Without a relay');
    expect(mara.sendState('Without a relay')).toBe('sending');
    world.startRelay();
    await world.until(() => mara.sendState('Without a relay') === 'sent');
    await ben.start();
    await world.until(() => ben.texts.length === 3);
    expect(ben.texts).toEqual(['By the book', 'While you are away', 'Without a relay']);
    expect(gaps(ben)).toEqual([]);
    await ben.say('I am back');
    await world.until(() => mara.texts.includes('I am back'));
    expect((await done(mara.port.search({ query: 'back', limit: 5 }))).found).toHaveLength(1);
    const [own] = mara.log.filter(item => item.kind === 'message' && item.text === 'By the book');
    const messageId = own?.kind === 'message' ? own.messageId : undefined;
    await done(mara.port.deleteMessages(mara.roomId!, [messageId!], { forEveryone: true }));
    await world.until(() => !ben.texts.includes('By the book'));
    expect(world.failures).toEqual([]);
  });

  it('is there with all devices of both, those that come later among them', async () => {
    const phone = await signedIn(world, 'ben');
    await talking();
    await mara.say('To both of yours');
    await roomWhere(world, phone, ({ sealed }) => sealed?.kind === 'conversation');
    await world.until(() => phone.texts.includes('To both of yours') && ben.texts.length === 1);
    await ben.say('From the one');
    await world.until(() => phone.texts.includes('From the one'));
    expect(phone.log.at(-1)).toMatchObject({ author: { self: true } });
    const tablet = await signedIn(world, 'mara', { deviceName: 'Tablet' });
    await roomWhere(world, tablet, ({ sealed }) => sealed?.kind === 'conversation');
    await ben.say('To the new one too');
    await world.until(() => tablet.texts.includes('To the new one too'));
  });

  it('shows who is typing, to the other end only, and not where that is off', async () => {
    await talking();
    await mara.say('So that both are here');
    await world.until(() => ben.texts.length === 1);
    const type = () => mara.port.setTyping(mara.roomId!, true);
    let signal: Extract<ServerBody, { type: 'ephemeral' }> | undefined;
    ben.tamper = body => {
      if (body.type === 'ephemeral' && body.payload[0] === 0x7b) signal = body;
      return [body];
    };
    type();
    await world.until(() => ben.room.typing.length === 1);
    expect(mara.room.typing).toEqual([]);
    expect(JSON.parse(new TextDecoder().decode(signal!.payload)).recipients).toHaveLength(1);
    await mara.say('Written');
    await world.until(() => ben.texts.includes('Written'));
    expect(ben.room.typing).toEqual([]);
    await done(mara.port.setPrivacy({ typing: false }));
    const sent = sentBy(mara);
    await world.clock.advance(4_000);
    type();
    await mara.say('Unannounced');
    await world.until(() => ben.texts.includes('Unannounced'));
    expect(sent).toContain('append');
    expect(sent).not.toContain('ephemeral');
    expect(world.failures).toEqual([]);
  });

  it('is left with all devices of an account, and begun again as another', async () => {
    const phone = await signedIn(world, 'ben');
    await talking();
    await roomWhere(world, phone, ({ sealed }) => sealed?.kind === 'conversation');
    await mara.say('To both of yours');
    await world.until(() => phone.texts.length === 1 && ben.texts.length === 1);
    await done(ben.port.leaveRoom(ben.roomId!));
    expect(ben.room.membership).toBe('left');
    await world.until(() => phone.room.membership === 'left');
    expect(phone.log.at(-1)).toMatchObject({ kind: 'event', event: { type: 'left', self: true } });
    await world.until(() => mara.room.members.length === 1);
    const left = mara.log.filter(item => item.kind === 'event' && item.event.type === 'left');
    expect(left).toHaveLength(1);
    const first = mara.roomId;
    const { roomId } = await done(mara.port.startDirect({ handle: 'ben' }, { kind: 'rsa-sealed' }));
    expect(roomId).not.toBe(first);
    await mara.open(roomId);
    for (const person of [ben, phone])
      await roomWhere(world, person, ({ sealed, membership }) => !!sealed && membership === 'member');
    await mara.say('Again');
    await world.until(() => ben.texts.includes('Again') && phone.texts.includes('Again'));
    expect(world.failures).toEqual([]);
  });

  it('is one beside the other kind, and needs keys on both sides', async () => {
    const start = (person = mara) => person.port.startDirect({ handle: 'ben' }, { kind: 'rsa-sealed' });
    expect(await refusal(world, start())).toBe('NO_SEALED_KEYS');
    await makeKeys(mara);
    expect(await refusal(world, start())).toBe('NO_SEALED_KEYS');
    await makeKeys(ben);
    const { roomId } = await done(start());
    expect((await done(start())).roomId).toBe(roomId);
    const other = await done(mara.port.startDirect({ handle: 'ben' }));
    expect(other.roomId).not.toBe(roomId);
  });

  it('survives a rotation of the keys on either side', async () => {
    await talking();
    await done(ben.port.rotateSealedKeys());
    await mara.say('To the old key');
    await world.until(() => ben.texts.includes('To the old key'));
    await ben.say('Signed with the new one');
    await world.until(() => mara.texts.includes('Signed with the new one'));
    await mara.say('To the new one');
    await world.until(() => ben.texts.includes('To the new one'));
  });
});

describe('what an evil relay makes of it', () => {
  it('is a gap with the reason, is never acknowledged as read, and changes nothing', async () => {
    await talking();
    await mara.say('Before');
    await world.until(() => mara.sendState('Before') === 'delivered');
    const header = (change: object) => (jwe: Record<string, unknown>) => {
      const said = JSON.parse(new TextDecoder().decode(base64urlDecode(String(jwe.protected))));
      const bytes = new TextEncoder().encode(JSON.stringify({ ...said, ...change }));
      return { ...jwe, protected: base64urlEncode(bytes) };
    };
    const attacks: readonly [string, (jwe: Record<string, unknown>) => object][] = [
      ['algorithm', header({ alg: 'RSA1_5' })],
      ['algorithm', header({ alg: 'none' })],
      ['header', header({ zip: 'DEF' })],
      ['header', jwe => ({ ...jwe, unprotected: { crit: ['b64'] } })],
      ['cannot-open', jwe => ({ ...jwe, ciphertext: String(jwe.ciphertext).slice(0, 400) })],
      ['malformed', jwe => ({ ...jwe, recipients: [] })],
      ['too-large', jwe => ({ ...jwe, ciphertext: 'A'.repeat(200_000) })],
    ];
    for (const [n, [, attack]] of attacks.entries()) {
      tampering(ben, attack);
      await mara.say(`Attacked ${n}`);
      await world.until(() => refusedIn(ben) === n + 1, 20_000);
    }
    ben.tamper = body => [body];
    expect(ben.texts).toEqual(['Before']);
    const counted = gaps(ben).map(gap => gap.split(' '));
    expect(counted.map(([, reason, count]) => `${reason} ${count}`)).toEqual([
      'algorithm 2',
      'header 2',
      'cannot-open 1',
      'malformed 1',
      'too-large 1',
    ]);
    await mara.say('After');
    await world.until(() => ben.texts.includes('After'));
    await done(ben.port.markRead(ben.roomId!));
    await world.until(() => mara.sendState('After') === 'read');
    for (const n of attacks.keys()) expect(mara.sendState(`Attacked ${n}`)).toBe('sent');
  });

  it('a copy of an old message in the place of a new one is shown once', async () => {
    await talking();
    const sent: Uint8Array[] = [];
    mara.tamperSent = body => {
      if (body.type === 'append') sent.push(body.payload);
      return body;
    };
    await mara.say('Once');
    await world.until(() => ben.texts.includes('Once'));
    const copy = sent.at(-1)!;
    let taken = 0;
    ben.tamper = body => {
      if (body.type !== 'entries') return [body];
      const entries = body.entries.map(entry => {
        if (Buffer.compare(entry.payload, sent.at(-1)!) !== 0 || taken > 0) return entry;
        taken += 1;
        return { ...entry, payload: copy };
      });
      return [{ ...body, entries }];
    };
    await mara.say('Taken away');
    await world.until(() => taken === 1);
    await mara.say('Next');
    await world.until(() => ben.texts.includes('Next'));
    expect(ben.texts).toEqual(['Once', 'Next']);
    // What did not come shows by the count of those that did.
    expect(refusedIn(ben)).toBe(1);
    expect(mara.sendState('Taken away')).toBe('sent');
  });
});
