import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '@sotto/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Conversation, connect, fileAt, type Message, type Sotto, type SottoError } from './node.ts';
import { RelayOnDisk } from './relayOnDisk.fixture.ts';
import { savedName } from './savedName.ts';

let relay: RelayOnDisk;
let mara: Sotto;
let jonas: Sotto;
let kitchen: Conversation;
let folder: string;

beforeAll(async () => {
  relay = await new RelayOnDisk().up();
  folder = mkdtempSync(join(tmpdir(), 'sotto-saved-'));
  mara = await connect({ folder: relay.folder('mara'), relay: relay.hostOrigin, name: 'Mara' });
  kitchen = await mara.host({ title: 'Kitchen', approval: false });
  const link = relay.forGuests((await kitchen.invitation()).link);
  jonas = await connect({
    folder: relay.folder('jonas'),
    link,
    certificate: relay.certificate,
    name: 'Jonas',
  });
});
afterAll(async () => {
  await mara?.close();
  await jonas?.close();
  await relay?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, content: Uint8Array, type?: string) => ({
  name,
  size: content.length,
  arrayBuffer: async () => new Uint8Array(content).buffer,
  ...(type && { type }),
});
const text = (content: string) => new TextEncoder().encode(content);

const nextOf = (sotto: Sotto) =>
  new Promise<Message>(resolve => {
    const stop = sotto.onMessage(message => {
      stop();
      resolve(message);
    });
  });

it('goes from disk to disk, with what is said with it, and over nothing that is there', async () => {
  const path = join(folder, 'menu.txt');
  writeFileSync(path, 'Soup');
  const coming = nextOf(jonas);
  const sent = await kitchen.sendFile(await fileAt(path), { text: 'For tonight' });
  const message = await coming;
  expect(message.text).toBe('For tonight');
  expect(message.file).toMatchObject({ name: 'menu.txt', mediaType: 'text/plain', sizeBytes: 4 });
  await sent.reached('read', { timeoutMs: 20_000 });
  const into = join(folder, 'at jonas');
  const saved = await message.file!.save(into);
  expect(saved).toBe(join(into, 'menu.txt'));
  expect(readFileSync(saved, 'utf8')).toBe('Soup');
  expect(statSync(saved).mode & 0o177).toBe(0);
  // A link that waits under the next name leads nowhere.
  symlinkSync(path, join(into, 'menu (2).txt'));
  expect(await message.file!.save(into)).toBe(join(into, 'menu (3).txt'));
  expect(readFileSync(path, 'utf8')).toBe('Soup');
  expect(readdirSync(into)).toHaveLength(3);
  await expect(message.file!.save(path)).rejects.toMatchObject({ code: 'SAVE_FAILED' });
});

it('a large one is fetched when it is read, and stays', async () => {
  const content = new Uint8Array(3 * 1024 * 1024).map((_, at) => at * 31 + (at >> 8));
  const coming = nextOf(jonas);
  await kitchen.sendFile(file('film.mp4', content, 'video/mp4'));
  const message = await coming;
  expect(message.file!.state).toBe('at-relay');
  expect(Buffer.compare(await message.file!.read({ timeoutMs: 30_000 }), content)).toBe(0);
  // From here on without the relay.
  expect((await message.file!.read()).length).toBe(content.length);
  const [inHistory] = await message.conversation.history({ limit: 1 });
  expect(inHistory!.file!.state).toBe('here');
});

it('what is no file, empty, too large or a damaged picture is refused with a code, and nothing is said', async () => {
  const before = (await kitchen.history()).length;
  const refusal = async (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      ({ code, facts }: SottoError) => [code, facts.limitBytes],
    );
  expect(await refusal(fileAt(folder))).toEqual(['BAD_FILE', undefined]);
  expect(await refusal(kitchen.sendFile(file('none', new Uint8Array())))).toEqual(['FILE_EMPTY', undefined]);
  const endless = { ...file('endless', new Uint8Array(1)), size: LIMITS.attachmentBytes + 1 };
  expect(await refusal(kitchen.sendFile(endless))).toEqual(['FILE_TOO_LARGE', LIMITS.attachmentBytes]);
  const damaged = file('photo.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0, 20));
  expect(await refusal(kitchen.sendFile(damaged))).toEqual(['BAD_FILE', undefined]);
  expect((await kitchen.history()).length).toBe(before);
});

it('a picture goes without where it was taken, unless it is asked for', async () => {
  const exif = [0xff, 0xe1, 0, 14, ...text('Exif\0\0GPS 51')].slice(0, 4 + 12);
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 5, 6];
  const photo = Uint8Array.of(0xff, 0xd8, ...exif, ...scan, 0xff, 0xd9);
  for (const keepMetadata of [false, true]) {
    const coming = nextOf(jonas);
    await kitchen.sendFile(file('../home/photo.JPG', photo), { keepMetadata });
    const { file: received } = await coming;
    expect(received).toMatchObject({ name: 'photo.JPG', mediaType: 'image/jpeg' });
    expect(Buffer.from(await received!.read()).includes('GPS')).toBe(keepMetadata);
  }
});

it('threat 53: names that could do harm in a folder are not used', () => {
  expect(savedName('Menü für heute.pdf', 'application/pdf')).toBe('Menü für heute.pdf');
  expect(savedName('a.tar.gz', 'application/gzip', '2')).toBe('a.tar (2).gz');
  for (const name of [
    '../../.bashrc',
    '/etc/passwd',
    '..\\x.exe',
    '.profile',
    '-rf',
    '~root',
    'CON',
    'nul.txt',
    'a:b',
    'gpj.\u202eexe',
    'end. ',
    'x\u0000.pdf',
    'ä'.repeat(150),
    '',
  ])
    expect([name, savedName(name, 'application/pdf')]).toEqual([name, 'file.pdf']);
});
