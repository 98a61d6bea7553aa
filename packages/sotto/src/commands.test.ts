import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Sotto } from '@sotto/client/node';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { RelayOnDisk } from '../../client/src/sdk/relayOnDisk.fixture.ts';
import { EXIT } from './exitCodes.ts';
import { main } from './main.ts';

const said: string[] = [];
const wrong: string[] = [];
let written: string[] = [];
let relay: RelayOnDisk;
let home: string;
/** Somebody else, on her own server. */
let mara: Sotto;

beforeAll(async () => {
  relay = await new RelayOnDisk().up();
  home = mkdtempSync(join(tmpdir(), 'sotto-home-'));
  mara = await connect({ folder: relay.folder('mara'), relay: relay.hostOrigin, name: 'Mara' });
  vi.spyOn(console, 'log').mockImplementation(text => void said.push(text));
  vi.spyOn(console, 'error').mockImplementation(text => void wrong.push(text));
});
afterEach(() => {
  for (const list of [said, wrong, written]) list.splice(0);
});
afterAll(async () => {
  await mara.close();
  await relay.remove();
  rmSync(home, { recursive: true });
});

const sotto = (...args: readonly string[]) => main([...args, '--home', home]);
const secretFile = (name: string, secret: string) => {
  const path = join(home, name);
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  return path;
};

const soup = new Uint8Array(2_600).fill(7);
const soupFile = { name: 'soup.bin', size: soup.length, arrayBuffer: async () => soup.slice().buffer };

/** What goes to standard output while it runs. `take`: says whether a piece was taken. */
async function writing<T>(work: () => Promise<T>, take: (text: string) => boolean = () => true): Promise<T> {
  written = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(((
    text: string,
    done?: (error?: Error) => void,
  ) => {
    const taken = take(String(text));
    if (taken) written.push(String(text));
    done?.(taken ? undefined : new Error('EPIPE'));
    return true;
  }) as typeof process.stdout.write);
  try {
    return await work();
  } finally {
    write.mockRestore();
  }
}

it('joins, sends, receives, verifies, exports and imports, each with its exit code', async () => {
  const room = await mara.host({ title: 'Kitchen', approval: false });
  const link = relay.forGuests((await room.invitation()).link);
  expect(await sotto('join', link, '--name', 'Ada')).toBe(EXIT.certificate);
  expect(wrong.join()).toContain(relay.certificate);
  expect(await sotto('join', link, '--name', 'Ada', '--certificate', relay.certificate)).toBe(EXIT.done);
  expect(wrong.join()).toContain('You are in “Kitchen”');

  // What the folder remembers is not needed any more: the server, its certificate, the name.
  const heard: string[] = [];
  const stop = mara.onMessage(({ text, author }) => void heard.push(`${author.name}: ${text}`));
  expect(await sotto('send', 'kit', 'Is there soup?', '--until', 'read', '--json')).toBe(EXIT.done);
  expect(heard).toEqual(['Ada: Is there soup?']);
  expect(JSON.parse(said[0]!)).toMatchObject({ id: expect.any(String), conversation: expect.any(String) });
  expect(await sotto('send', 'Cellar', 'x')).toBe(EXIT.refused);
  expect(wrong.join()).toContain(
    'there is no conversation “Cellar” here, but “Kitchen”'.replace('there', 'There'),
  );
  stop();

  const [answer, second] = [await room.send('Yes,\nwith \u001b[31mcarrots'), await room.send('And bread')];
  // A reader that goes away before it took the line has not read it.
  expect(
    await writing(
      () => sotto('receive', '--json'),
      () => false,
    ),
  ).toBe(EXIT.failed);
  expect(await writing(() => sotto('receive', '--json', '--count', '1'))).toBe(EXIT.done);
  expect(written.map(line => JSON.parse(line))).toMatchObject([
    { id: answer.id, text: 'Yes,\nwith \u001b[31mcarrots', author: { name: 'Mara', guest: false } },
  ]);
  expect(written.join('')).not.toContain('\u001b');
  expect(await writing(() => sotto('receive', 'Kitchen', '--count', '1'))).toBe(EXIT.done);
  expect(written).toEqual(['Kitchen · Mara: And bread\n']);
  await second.reached('delivered', { timeoutMs: 20_000 });
  expect(await writing(() => sotto('receive', '--count', '1', '--timeout', '1'))).toBe(EXIT.unreachable);

  await mara.until(
    ({ rooms }) => rooms.some(({ members }) => members.some(({ name }) => name === 'Ada')) || undefined,
  );
  const digits = (await mara.verify('Ada')).digits.join(' ');
  const other = digits.replace(/^./, digit => String((Number(digit) + 1) % 10));
  expect(await sotto('verify', 'Mara', '--digits', other)).toBe(EXIT.refused);
  expect(await sotto('verify', 'Mara')).toBe(EXIT.done);
  expect(said.join('\n')).toContain('verified by the link');
  expect(await sotto('verify', 'Mara', '--digits', digits)).toBe(EXIT.done);
  expect(await sotto('verify', 'Nobody')).toBe(EXIT.refused);

  const [archive, passphrase] = [join(home, 'chats.age'), secretFile('archive', 'a long enough passphrase')];
  const exporting = ['export', '--output', archive, '--archive-passphrase-file', passphrase];
  expect(await sotto(...exporting)).toBe(EXIT.done);
  expect(statSync(archive).mode & 0o077).toBe(0);
  expect(readFileSync(archive).includes('carrots')).toBe(false);
  expect(await sotto(...exporting)).toBe(EXIT.usage);
  const page = ['export', 'Kitchen', '--format', 'html', '--output', join(home, 'kitchen.html')];
  for (const force of [[], ['--force']]) expect(await sotto(...page, ...force)).toBe(EXIT.done);
  expect(readFileSync(join(home, 'kitchen.html'), 'utf8')).toContain('Is there soup?');
  const elsewhere = ['--home', join(home, 'elsewhere'), '--relay', relay.hostOrigin, '--name', 'Ada'];
  const importing = ['import', archive, '--archive-passphrase-file', passphrase];
  expect(await main([...importing, ...elsewhere])).toBe(EXIT.done);
  expect(said.at(-1)).toMatch(/^1 conversations with \d+ messages came in\.$/);
  expect(await sotto('doctor')).toBe(EXIT.done);
}, 120_000);

it('sends files, lists those that come, and saves them over nothing', async () => {
  const room = await mara.host({ title: 'Larder', approval: false });
  const link = relay.forGuests((await room.invitation()).link);
  const larder = join(home, 'larder');
  const there = (...args: readonly string[]) => main([...args, '--home', larder]);
  expect(await there('join', link, '--name', 'Bea', '--certificate', relay.certificate)).toBe(EXIT.done);
  const menu = join(home, 'menu.txt');
  writeFileSync(menu, 'Soup');
  const heard: { text: string; file: string; bytes: string }[] = [];
  const stop = mara.onMessage(async ({ text, file }) => {
    heard.push({ text, file: file?.name ?? '', bytes: Buffer.from(await file!.read()).toString() });
  });
  expect(await there('send', 'Larder', 'For tonight', '--file', menu, '--until', 'read')).toBe(EXIT.done);
  expect(heard).toEqual([{ text: 'For tonight', file: 'menu.txt', bytes: 'Soup' }]);
  stop();
  expect(await there('send', 'Larder', '--file', home)).toBe(EXIT.failed);
  expect(wrong.join()).toContain('is no file');

  const into = join(home, 'in');
  for (const name of ['../soup.bin', '.bashrc', 'soup.bin'])
    await (await room.sendFile({ ...soupFile, name })).reached('sent');
  await room.send('That is all');
  const count = ['--count', '4', '--timeout', '60'];
  expect(await writing(() => there('receive', '--json', '--save-files', into, ...count))).toBe(EXIT.done);
  const lines = written.map(line => JSON.parse(line));
  const saved = ['soup.bin', 'file', 'soup (2).bin'].map(name => join(into, name));
  expect(lines.map(({ file }) => file?.savedAs)).toEqual([...saved, undefined]);
  expect(lines[0].file).toEqual({
    name: 'soup.bin',
    mediaType: 'application/octet-stream',
    sizeBytes: 2_600,
    savedAs: saved[0],
  });
  for (const path of saved) expect(readFileSync(path)).toEqual(Buffer.from(soup));

  await room.sendFile(soupFile, { text: 'Once more' });
  expect(await writing(() => there('receive', '--count', '1', '--timeout', '60'))).toBe(EXIT.done);
  expect(written.join('')).toBe('Larder · Mara: (file: soup.bin, 2.6 kB) Once more\n');
}, 120_000);

it('invites: a link and nothing else, into a conversation that is new or there', async () => {
  const host = ['--home', join(home, 'host')];
  const start = [...host, '--relay', relay.hostOrigin, '--name', 'Bob'];
  expect(await main(['invite', '--new', 'Cellar', ...start])).toBe(EXIT.done);
  expect(await main(['invite', 'Cellar', '--no-approval', '--uses', '1', ...host])).toBe(EXIT.done);
  expect(said).toHaveLength(2);
  expect(new Set(said).size).toBe(2);
  for (const link of said) expect(link).toMatch(/^https?:\/\/\S+\/chat\/\w{24}#1\.\w{22}\.\w{22}$/);
  const link = relay.forGuests(said[1]!);
  const cy = ['--home', join(home, 'cy'), '--certificate', relay.certificate, '--name', 'Cy'];
  // Nobody is there to open: the host’s device does.
  expect(await main(['join', link, '--timeout', '1', ...cy])).toBe(EXIT.unreachable);
  expect(await main(['join', link, '--timeout', '0', ...cy])).toBe(EXIT.usage);
});

it('locks its folder by a passphrase in a file, and one process at a time has it', async () => {
  const dora = ['--home', join(home, 'dora'), '--relay', relay.hostOrigin];
  const passphrase = ['--passphrase-file', secretFile('lock', 'a long enough passphrase')];
  const password = ['--password-file', secretFile('password', 'correct horse battery')];
  expect(await main(['register', 'dora', '--name', 'Dora', ...dora, ...passphrase, ...password])).toBe(
    EXIT.done,
  );
  expect(said.at(-1)!.split(' ')).toHaveLength(12);
  expect(await main(['send', '@mara', 'x', ...dora])).toBe(EXIT.locked);
  const guess = ['--passphrase-file', secretFile('guess', 'a long enough guess')];
  expect(await main(['send', '@mara', 'x', ...dora, ...guess])).toBe(EXIT.locked);
  expect(await main(['send', '@nobody', 'x', ...dora, ...passphrase])).toBe(EXIT.refused);
  const held = await connect({
    folder: join(home, 'dora', 'device'),
    passphrase: 'a long enough passphrase',
  });
  expect(await main(['send', '@mara', 'x', ...dora, ...passphrase])).toBe(EXIT.inUse);
  expect(wrong.at(-1)).toContain('Another sotto uses this folder');
  await held.close();
  const phone = [
    '--home',
    join(home, 'dora2'),
    '--relay',
    relay.guestOrigin,
    '--certificate',
    relay.certificate,
  ];
  expect(await main(['sign-in', 'dora', ...phone, '--password-file', guess[1]!])).toBe(EXIT.locked);
  expect(await main(['sign-in', 'dora', ...phone, ...password])).toBe(EXIT.done);
  expect(existsSync(join(home, 'dora2', 'device', 'records.db'))).toBe(true);
}, 120_000);
