import type { MessageId } from '@sotto/protocol';
import { type HistoryRecord, readArchive, wholeFile, writeArchive } from '@sotto/vault/archive';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FETCHED_BY_ITSELF_BYTES } from '../fileIntents.ts';
import { KEYS } from '../records/keys.ts';
import { DyingStore } from '../testing/dyingStore.fixture.ts';
import { fileBytes, fileOf, sendFile, stateOf } from '../testing/files.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

const PASSPHRASE = 'a file of my own';
/** Three chunks at the relay, four pieces in an archive. */
const BYTES = fileBytes(150_000);

let world: World;
let host: Person;
let gil: Person;
let messageId: MessageId;

beforeEach(async () => {
  world = new World();
  host = await world.person('host', 'Hana').start();
  gil = await world.person('guest', 'Gil').start();
  await host.port.setName('Hana');
  await host.startRoom();
  await gil.enter(host.link);
  await world.until(() => host.room.members.length === 2);
  await world.clock.advance(30_000);
  messageId = await sendFile(host, { name: 'Plan.pdf', mediaType: 'application/pdf', bytes: BYTES }, 'look');
  await world.until(() => stateOf(gil, messageId) === 'here' && stateOf(host, messageId) === 'here');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const archiveOf = async (person: Person) =>
  (await person.port.exportHistory({ taskId: 't', format: 'archive', passphrase: PASSPHRASE })).blob;
/** The same, cheap to open. */
async function cheapArchiveOf(person: Person): Promise<Blob> {
  const records: HistoryRecord[] = [];
  for await (const record of readArchive(await archiveOf(person), PASSPHRASE)) records.push(record);
  const [first, ...rest] = records;
  if (first?.kind !== 'conversation') throw new Error('no conversation comes first');
  const source = {
    conversation: first.conversation,
    itemCount: rest.length,
    items: async function* () {
      for (const record of rest) {
        if (record.kind === 'item') yield record.item;
        else if (record.kind === 'bytes') yield record;
      }
    },
  };
  return wholeFile(writeArchive([source], PASSPHRASE, { exportedAtMs: 0, workFactor: 1 }), '');
}
const importInto = (person: Person, file: Blob) =>
  person.port.importArchive({ taskId: 'i', file, passphrase: PASSPHRASE });
const wholeDisk = (person: Person) => new Map(person.disk.records);

async function openImported(person: Person): Promise<void> {
  await person.open(person.engine!.state.rooms.find(({ imported }) => imported)!.roomId);
}

async function expectWhole(person: Person): Promise<void> {
  expect(fileOf(person, messageId)).toMatchObject({ name: 'Plan.pdf', sizeBytes: BYTES.length });
  expect(stateOf(person, messageId)).toBe('here');
  const read = await world.outcome(person.port.readFile(person.roomId!, messageId));
  expect(read).toMatchObject({ name: 'Plan.pdf', mediaType: 'application/pdf' });
  expect(Buffer.compare(read!.bytes, BYTES)).toBe(0);
}

describe('a file in an archive', () => {
  it('is here where the archive is imported, also after a restart', async () => {
    const other = await world.person('host', 'Other').start();
    expect(await importInto(other, await archiveOf(gil))).toMatchObject({ conversations: 1, messages: 1 });
    for (const restart of [false, true]) {
      if (restart) {
        await other.stop();
        await other.start();
      }
      await openImported(other);
      expect(other.texts).toEqual(['look']);
      await expectWhole(other);
    }
  }, 120_000);

  it('is under keys of its own there, and goes with its message', async () => {
    const other = await world.person('host', 'Other').start();
    const file = await cheapArchiveOf(host);
    await importInto(other, file);
    await openImported(other);
    const keys = await other.recordKeys('file/');
    expect(keys).toHaveLength(3);
    const chunks = (person: Person) =>
      person.engine!.context.vault.scan({ prefix: KEYS.files(person.roomId!), limit: 10 });
    const sealedThere = (await chunks(host)).map(({ value }) => Buffer.from(value).toString('hex'));
    for (const { value } of await chunks(other))
      expect(sealedThere).not.toContain(Buffer.from(value).toString('hex'));
    await other.port.deleteMessages(other.roomId!, [messageId], { forEveryone: false });
    await world.until(async () => (await other.recordKeys('file')).length === 0);
    await other.port.deleteConversation(other.roomId!);
    await importInto(other, file);
    expect(await other.recordKeys('file/')).toHaveLength(3);
    await openImported(other);
    await other.port.deleteConversation(other.roomId!);
    expect(await other.recordKeys('file')).toEqual([]);
  }, 120_000);

  it('that is not here is listed, and not to be had where the archive is imported', async () => {
    const large = fileBytes(FETCHED_BY_ITSELF_BYTES + 1);
    const largeId = await sendFile(host, { name: 'Film.mp4', mediaType: 'video/mp4', bytes: large });
    await world.until(() => stateOf(gil, largeId) === 'at-relay');
    const other = await world.person('host', 'Other').start();
    await importInto(other, await archiveOf(gil));
    await openImported(other);
    expect(fileOf(other, largeId)).toMatchObject({ name: 'Film.mp4', sizeBytes: large.length });
    expect(stateOf(other, largeId)).toBe('gone');
    expect(await other.port.readFile(other.roomId!, largeId)).toBeUndefined();
    expect(other.room.preview).toMatchObject({ text: 'Film.mp4', file: { mediaType: 'video/mp4' } });
    await expectWhole(other);
    await other.port.fetchFile(other.roomId!, largeId);
    expect(await other.recordKeys('filework/')).toEqual([]);
    expect(stateOf(other, largeId)).toBe('gone');
  }, 120_000);

  it('threat 11: of an archive that was cut or altered, nothing comes in', async () => {
    const file = await cheapArchiveOf(host);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const altered = bytes.slice();
    altered[100_000]! ^= 1;
    const other = await world.person('host', 'Other').start();
    const before = wholeDisk(other);
    for (const bad of [altered, bytes.slice(0, 100_000), bytes.slice(0, -1)])
      await expect(importInto(other, new Blob([bad]))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(wholeDisk(other)).toEqual(before);
  }, 120_000);

  it('whatever commit an import dies at, there is all of it or nothing at the next start', async () => {
    const file = await cheapArchiveOf(host);
    for (let at = 1; ; at++) {
      const other = await world.person('host', `Other ${at}`).start();
      await other.stop();
      const dying = new DyingStore(other.disk, at, 'after');
      const died = await other
        .start(dying)
        .then(() => importInto(other, file))
        .then(
          () => false,
          () => true,
        );
      await other.stop().catch(() => undefined);
      await other.start();
      const whole = other.engine!.state.rooms.length === 1;
      expect(await other.recordKeys('file')).toHaveLength(whole ? 3 : 0);
      if (whole) {
        await openImported(other);
        await expectWhole(other);
      }
      await other.stop();
      if (!died) break;
    }
  }, 120_000);

  it('is listed in JSON by name, type, size and hash, without its bytes', async () => {
    const { blob } = await gil.port.exportHistory({ taskId: 't', format: 'json' });
    const file = {
      name: 'Plan.pdf',
      mediaType: 'application/pdf',
      sizeBytes: BYTES.length,
      sha256: Buffer.from(await crypto.subtle.digest('SHA-256', BYTES.slice())).toString('hex'),
      included: false,
    };
    expect(JSON.parse(await blob.text())).toMatchObject({
      conversations: [{ items: expect.arrayContaining([expect.objectContaining({ text: 'look', file })]) }],
    });
    expect(blob.size).toBeLessThan(10_000);
  });
});
