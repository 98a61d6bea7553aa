import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageId } from '@sotto/protocol';
import { openSqliteStore } from '@sotto/vault/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import { fileBytes, fileOf, sendFile, stateOf } from '../testing/files.fixture.ts';
import { findsBytesOnDisk, findsOnDisk, RememberingStore } from '../testing/rememberingStore.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

/*
 * Threat 56: what is deleted is gone, also for one who has every byte that was ever on the disk, the slots, and the
 * passphrase. Of a file nothing but ciphertext is ever on the disk; its key stands with its message, and goes with it.
 */

let world: World;
let host: Person;
let gil: Person;
let disks: ReadonlyMap<Person, RememberingStore>;

beforeEach(async () => {
  world = new World();
  host = world.person('host', 'Hana');
  gil = world.person('guest', 'Gil');
  disks = new Map([host, gil].map(person => [person, new RememberingStore(person.disk)]));
  for (const person of [host, gil]) await person.start(disks.get(person)!);
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

const BYTES = fileBytes(3_000);
const NAME = 'the secret plan.pdf';

/** Both have it. */
async function sent(): Promise<MessageId> {
  const messageId = await sendFile(gil, { name: NAME, bytes: BYTES }, 'about our secret');
  await world.until(() => [host, gil].every(person => stateOf(person, messageId) === 'here'));
  await world.until(() => gil.sendState('about our secret') === 'delivered');
  return messageId;
}

async function keyOf(person: Person, messageId: MessageId): Promise<Uint8Array> {
  const { vault } = person.engine!.context;
  const place = await vault.read(KEYS.place(person.roomId!, messageId));
  const { order } = decodeRecord<{ order: number }>(place!);
  const record = decodeRecord<TimelineRecord>((await vault.read(KEYS.item(person.roomId!, order)))!);
  if (record.kind !== 'message' || record.file === undefined) throw new Error('no file');
  return record.file.blob.key;
}

const finds = (person: Person, bytes: Uint8Array) => findsBytesOnDisk(person, disks.get(person)!, bytes);
const findsText = (person: Person, text: string) => findsOnDisk(person, disks.get(person)!, text);

async function expectGone(person: Person, key: Uint8Array): Promise<void> {
  expect(await finds(person, key)).toBe(false);
  expect(await findsText(person, NAME)).toBe(false);
  expect(await finds(person, BYTES.subarray(100, 132))).toBe(false);
  expect(await person.recordKeys('file')).toEqual([]);
}

describe('a file that is deleted', () => {
  it('for oneself: its key, its name and its bytes are gone here, and stay with the other', async () => {
    const messageId = await sent();
    const key = await keyOf(host, messageId);
    expect(await finds(host, key)).toBe(true);
    expect(await findsText(host, NAME)).toBe(true);
    expect(await finds(host, BYTES.subarray(100, 132))).toBe(false);
    await host.port.deleteMessages(host.roomId!, [messageId], { forEveryone: false });
    expect(await finds(host, key)).toBe(false);
    await world.clock.advance(1_000);
    await expectGone(host, key);
    expect(stateOf(gil, messageId)).toBe('here');
    expect(world.blobs.counts().blobs).toBe(1);
  });

  it('for everyone: also with the other, and at the relay', async () => {
    const messageId = await sent();
    const key = await keyOf(gil, messageId);
    await gil.port.deleteMessages(gil.roomId!, [messageId], { forEveryone: true });
    await world.until(() => fileOf(host, messageId) === undefined);
    await world.clock.advance(5_000);
    for (const person of [host, gil]) await expectGone(person, key);
    expect(world.blobs.counts().blobs).toBe(0);
  });

  it('after its time, on both, and at the relay', async () => {
    await gil.port.setTimer(gil.roomId!, 60);
    const messageId = await sent();
    const key = await keyOf(gil, messageId);
    await host.port.markRead(host.roomId!);
    await world.clock.advance(70_000);
    expect([fileOf(host, messageId), fileOf(gil, messageId)]).toEqual([undefined, undefined]);
    for (const person of [host, gil]) await expectGone(person, key);
    expect(world.blobs.counts().blobs).toBe(0);
  });

  it('with its conversation', async () => {
    const messageId = await sent();
    const key = await keyOf(gil, messageId);
    await world.outcome(gil.port.leaveAndErase(gil.roomId!));
    await expectGone(gil, key);
    expect((await gil.recordKeys()).filter(record => record.includes(gil.roomId!))).toEqual([]);
    expect(stateOf(host, messageId)).toBe('here');
  });

  it('takes no other file with it', async () => {
    const messageId = await sent();
    const other = await sendFile(gil, { name: 'stays.pdf', bytes: fileBytes(2_000) });
    await world.until(() => stateOf(host, other) === 'here');
    await host.port.deleteMessages(host.roomId!, [messageId], { forEveryone: false });
    await world.clock.advance(1_000);
    const read = await host.port.readFile(host.roomId!, other);
    expect(read?.bytes).toEqual(fileBytes(2_000));
  });
});

it('in SQLite, its bytes stand nowhere in the image of the disk, before and after', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-files-'));
  try {
    const path = join(folder, 'vault.db');
    await gil.stop();
    const gus = world.person('guest', 'Gus');
    await gus.start(await openSqliteStore(path));
    await gus.enter(host.link);
    const messageId = await sendFile(gus, { name: NAME, bytes: BYTES });
    await world.until(() => stateOf(host, messageId) === 'here');
    const key = await keyOf(gus, messageId);
    const image = () => Buffer.concat(readdirSync(folder).map(name => readFileSync(join(folder, name))));
    const traces = [key, BYTES.subarray(100, 132), new TextEncoder().encode(NAME)];
    expect(traces.filter(trace => image().includes(Buffer.from(trace)))).toEqual([]);
    await gus.port.deleteMessages(gus.roomId!, [messageId], { forEveryone: false });
    await world.clock.advance(1_000);
    expect(traces.filter(trace => image().includes(Buffer.from(trace)))).toEqual([]);
    expect(await gus.port.readFile(gus.roomId!, messageId).catch(({ code }) => code)).toBe('UNKNOWN_MESSAGE');
    await gus.stop();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
