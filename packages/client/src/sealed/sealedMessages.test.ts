import { type SealedNote, sealNote, sealSignedNote } from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusal, signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody } from '../testing/people.fixture.ts';
import { sealedKeysOf, someNote } from '../testing/sealedLetters.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';
import type { SealedMessages } from './sealedMessages.ts';

let world: World;
let mara: Person;
let marasId: AccountId;

beforeEach(async () => {
  world = new World(77);
  world.onThreads = true;
  mara = await somebody(world, 'mara');
  marasId = accountIdOf(mara);
});

afterEach(() => world.close());

const done = <T>(promise: Promise<T>) => world.outcome(promise);
const makeKeys = (strangers = true) => done(mara.port.makeSealedKeys({ strangers }));
const note = someNote;
const keysOf = (handle = 'mara', accountId = marasId) => sealedKeysOf(world, handle, accountId);

async function leave(text: string, more: Partial<SealedNote> = {}): Promise<string> {
  const jwe = await sealNote(await keysOf(), note(text, more));
  await world.postSealed('mara', jwe);
  return jwe;
}

const strangers = (person = mara) => roomWhere(world, person, room => room.sealed?.kind === 'strangers');
const gaps = (person = mara) =>
  person.log.flatMap(item => (item.kind === 'gap' ? [`${item.cause} ${item.reason} ${item.count}`] : []));

describe('what strangers leave', () => {
  it('comes as a request, is read, found, exported and erased like all else', async () => {
    await makeKeys();
    await leave('The meeting is at the old mill', { from: 'A neighbour' });
    const room = await strangers();
    expect(room).toMatchObject({
      unread: 1,
      request: {},
      suite: 'RSA-OAEP-256, A256GCM, PS256',
      preview: { text: 'The meeting is at the old mill' },
    });
    expect(mara.log).toMatchObject([
      { kind: 'message', author: { name: 'A neighbour', guest: true, self: false } },
    ]);
    expect(mara.notices).toEqual(['message A neighbour']);
    await done(mara.port.acceptRequest(room.roomId));
    await done(mara.port.markRead(room.roomId));
    expect(mara.room).toMatchObject({ unread: 0 });
    expect(mara.room.request).toBeUndefined();
    await leave('And bring the maps');
    await world.until(() => mara.texts.length === 2);
    const { found } = await done(mara.port.search({ query: 'mill', limit: 5 }));
    expect(found.map(({ roomId }) => roomId)).toEqual([room.roomId]);
    const { blob } = await done(mara.port.exportHistory({ taskId: 'x', format: 'json' }));
    expect(await blob.text()).toContain('The meeting is at the old mill');
    expect(await refusal(world, mara.port.sendText(room.roomId, 'Who are you?'))).toBe('NOT_A_MEMBER');
    await done(mara.port.deleteConversation(room.roomId));
    expect(mara.engine!.state.rooms).toEqual([]);
    // Written to again, it is there again.
    await leave('Are you there?');
    await strangers();
    expect(mara.texts).toEqual(['Are you there?']);
  });

  it('waits for a device that is away, and is there once after a restart', async () => {
    await makeKeys();
    await mara.stop();
    const jwe = await leave('While you were out');
    await mara.start();
    await strangers();
    await world.postSealed('mara', jwe);
    await world.postSealed('mara', jwe, { messageId: 'the-same-once-more' });
    await mara.stop();
    await mara.start();
    await leave('And another');
    await strangers();
    await world.until(() => mara.texts.length === 2);
    expect(mara.texts).toEqual(['While you were out', 'And another']);
    expect(gaps()).toEqual([]);
  });

  it('is not taken where it was not allowed', async () => {
    await makeKeys(false);
    await expect(leave('Hello')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await done(mara.port.allowStrangers(true));
    await leave('Hello');
    await strangers();
    expect(mara.engine!.state.sealed?.keys).toMatchObject({ strangers: true, path: '/api/sealed/mara' });
  });

  it('damaged, it is a gap with the reason, and nothing else changes', async () => {
    await makeKeys();
    const jwe = await sealNote(await keysOf(), note('Intact'));
    const [header, key, iv, ciphertext, tag] = jwe.split('.') as [string, string, string, string, string];
    const zipped = { ...JSON.parse(atob(header)), zip: 'DEF' };
    const zippedHeader = btoa(JSON.stringify(zipped)).replaceAll('=', '');
    const other = await sealNote(await keysOf(), note('Another'));
    await world.postSealed('mara', [header, key, iv, `${ciphertext.slice(0, -4)}AAAA`, tag].join('.'));
    await world.postSealed('mara', [zippedHeader, key, iv, ciphertext, tag].join('.'));
    await world.postSealed('mara', [header, key, iv, ciphertext.slice(0, 40), tag].join('.'));
    await strangers();
    await world.until(() => gaps().length === 3);
    expect(gaps()).toEqual([
      'undecryptable cannot-open 1',
      'undecryptable header 1',
      'undecryptable cannot-open 1',
    ]);
    expect([mara.room.unread, mara.notices, mara.room.preview]).toEqual([0, [], undefined]);
    await world.postSealed('mara', other);
    await world.until(() => mara.texts.length === 1);
    expect((await done(mara.port.search({ query: 'Intact', limit: 5 }))).found).toEqual([]);
  });
});

describe('keys', () => {
  it('are made once, rotated, and the old ones still read', async () => {
    await makeKeys();
    expect(await refusal(world, mara.port.makeSealedKeys({ strangers: true }))).toBe('HAS_SEALED_KEYS');
    const before = mara.engine!.state.sealed!.keys!;
    const jwe = await sealNote(await keysOf(), note('To the old key'));
    await done(mara.port.rotateSealedKeys());
    const after = mara.engine!.state.sealed!.keys!;
    expect(after.encryption.kid).not.toBe(before.encryption.kid);
    expect(after).toMatchObject({ old: 1, encryption: { bits: 3072 } });
    expect((await done(mara.port.sealedKeysPem())).encryption).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    await world.postSealed('mara', jwe);
    await strangers();
    expect(mara.texts).toEqual(['To the old key']);
  });

  it('are there on another device of the account, which reads what comes and never sees them in the clear', async () => {
    await makeKeys();
    world.wire = [];
    const phone = await signedIn(world, 'mara');
    await world.until(() => phone.engine!.state.sealed?.keys !== undefined);
    await leave('To both');
    await strangers(mara);
    await strangers(phone);
    expect(phone.texts).toEqual(['To both']);
    expect(phone.room.roomId).toBe(mara.room.roomId);
    // PKCS #8 of RSA begins with this object identifier: it went over no wire and lies in no record.
    const rsa = Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04]);
    for (const bytes of [...world.wire, ...(await phone.records())])
      expect(Buffer.from(bytes).includes(rsa)).toBe(false);
    // What one changes the other knows.
    await done(phone.port.rotateSealedKeys());
    const { kid } = phone.engine!.state.sealed!.keys!.encryption;
    await world.until(() => mara.engine!.state.sealed?.keys?.encryption.kid === kid);
    await leave('To the new key');
    await world.until(() => mara.texts.length === 2);
  });
});

describe('sources', () => {
  it('post with their token, into a conversation of their own that has their name', async () => {
    await makeKeys(false);
    const { sourceId, token, path } = await done(mara.port.makeSource({ name: 'Backups', perHour: 3 }));
    expect(path).toBe('/api/sealed/mara');
    expect(mara.engine!.state.sealed!.sources).toMatchObject([{ sourceId, name: 'Backups', perHour: 3 }]);
    const alert = async (text: string, with_ = token) =>
      world.postSealed('mara', await sealNote(await keysOf(), note(text)), { token: with_ });
    await alert('Disk 91 % full');
    const room = await roomWhere(world, mara, ({ sealed }) => sealed?.kind === 'source');
    expect(room).toMatchObject({ title: 'Backups', sealed: { sourceId }, unread: 1 });
    expect(room.request).toBeUndefined();
    expect(mara.notices).toEqual(['message Backups']);
    await done(mara.port.changeSource(sourceId, { name: 'Night backups', muted: true }));
    await world.until(() => mara.room.title === 'Night backups');
    await alert('Disk 92 % full');
    await world.until(() => mara.texts.length === 2);
    expect(mara.notices).toHaveLength(1);
    const renewed = await done(mara.port.renewSourceToken(sourceId));
    await expect(alert('By the old token')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await alert('By the new token', renewed.token);
    await expect(alert('One too many', renewed.token)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await world.until(() => mara.texts.length === 3);
    await done(mara.port.revokeSource(sourceId));
    expect(mara.engine!.state.sealed!.sources).toEqual([]);
    await expect(alert('Revoked', renewed.token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(mara.room.title).toBe('Night backups');
  });

  it('have names that only the account’s own devices know', async () => {
    await makeKeys();
    world.wire = [];
    await done(mara.port.makeSource({ name: 'Ultramarine' }));
    const phone = await signedIn(world, 'mara');
    await world.until(() => phone.engine!.state.sealed?.sources[0]?.name === 'Ultramarine');
    for (const bytes of world.wire) expect(Buffer.from(bytes).includes('Ultramarine')).toBe(false);
  });

  it('need keys to encrypt to, and a name', async () => {
    expect(await refusal(world, mara.port.makeSource({ name: 'Backups' }))).toBe('NO_SEALED_KEYS');
    await makeKeys();
    expect(await refusal(world, mara.port.makeSource({ name: ' ' }))).toBe('BAD_NAME');
  });
});

describe('what people with an account sign and leave', () => {
  it('stands under their name, proven; and not, where somebody passes it on', async () => {
    const ben = await somebody(world, 'ben');
    const cyd = await somebody(world, 'cyd');
    for (const person of [mara, ben, cyd]) await done(person.port.makeSealedKeys({ strangers: true }));
    const keyring = ((await ben.engine!.accounts.sealed()) as SealedMessages).keys.made;
    const forMara = await sealSignedNote(keyring, await keysOf(), note('From Ben, signed'));
    await world.postSealed('mara', forMara);
    const room = await roomWhere(world, mara, ({ sealed }) => sealed?.kind === 'person');
    expect(room).toMatchObject({ sealed: { accountId: accountIdOf(ben) }, request: {} });
    expect(mara.texts).toEqual(['From Ben, signed']);
    // Made for Cyd, and encrypted anew by her to Mara.
    const forCyd = await sealSignedNote(
      keyring,
      { ...(await keysOf()), accountId: accountIdOf(cyd) },
      note('x'),
    );
    await world.postSealed('mara', forCyd);
    await strangers();
    expect(gaps()).toEqual(['undecryptable wrong-recipient 1']);
    await done(mara.port.block(accountIdOf(ben)));
    await world.postSealed('mara', await sealSignedNote(keyring, await keysOf(), note('Blocked')));
    await leave('Not blocked');
    await world.until(() => mara.texts.includes('Not blocked'));
    expect((await done(mara.port.search({ query: 'Blocked', limit: 5 }))).found).toHaveLength(1);
  });
});
