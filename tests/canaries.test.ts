import { afterAll, beforeAll, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

let relay: RelayProcess;
let mara: Person;
let jonas: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, jonas] = await Promise.all([Person.arrive('Canary-Host'), Person.arrive('Canary-Guest')]);
});
afterAll(async () => {
  await Promise.all([mara?.leave(), jonas?.leave()]);
  await relay?.remove();
});

/** A word in every form that software likes to write it down in. */
function spellings(word: string): Map<string, Buffer> {
  const utf8 = Buffer.from(word, 'utf8');
  return new Map([
    ['utf8', utf8],
    ['utf16', Buffer.from(word, 'utf16le')],
    ['hex', Buffer.from(utf8.toString('hex'))],
    // Base64 of the word at each of the three alignments, without the ends that depend on neighbours.
    ...[0, 1, 2].map(shift => {
      const padded = Buffer.concat([Buffer.alloc(shift), utf8])
        .toString('base64')
        .replace(/=+$/, '');
      return [`base64 at ${shift}`, Buffer.from(padded.slice(shift === 0 ? 0 : 4, -2))] as const;
    }),
    ['url', Buffer.from(encodeURIComponent(word))],
  ]);
}

it('no text, name, title, password or fragment is in the relay’s database, WAL, logs or output', async () => {
  const password = 'canary-password-9f31';
  const first = await mara.startsChat(relay.hostOrigin);
  await mara.page.getByText(/^More choices/).click();
  const field = mara.page.getByRole('textbox', { name: 'Password (optional)' });
  await field.fill(password);
  await field.press('Enter');
  const link = onOrigin(await mara.nextInviteLink(first), relay.guestOrigin);
  const [, fingerprint, secret] = new URL(link).hash.slice(1).split('.');
  if (!fingerprint || !secret) throw new Error('the link has no secret');

  await jonas.knocks(link, { password });
  await mara.admits();
  await Promise.all([jonas.isInside(), mara.isInside()]);
  await mara.writes('canary-text-from-host');
  await jonas.sees('canary-text-from-host');
  await jonas.writes('canary-text-from-guest');
  await mara.sees('canary-text-from-guest');
  // What waits for someone who is away stays in the database: that is where plaintext would show.
  await jonas.context.setOffline(true);
  await mara.writes('canary-text-that-waits');
  await mara.message('canary-text-that-waits').getByText('Sent').first().waitFor();
  await relay.down('SIGKILL');

  const places = new Map(relay.filesOnDisk());
  places.set('process output', Buffer.from(relay.output));
  const database = places.get('relay.db');
  if (!database) throw new Error('there is no database to scan');
  const canaries = [
    'canary-text-from-host',
    'canary-text-from-guest',
    'canary-text-that-waits',
    'Canary-Guest',
    password,
    fingerprint,
    secret,
  ];
  const found: string[] = [];
  for (const [place, bytes] of places) {
    for (const canary of canaries) {
      for (const [form, spelled] of spellings(canary)) {
        if (bytes.includes(spelled)) found.push(`${canary} as ${form} in ${place}`);
      }
    }
  }
  expect(found).toEqual([]);
  // The scan can find something: the token, which the relay does know, is there.
  const token = new URL(link).pathname.split('/').at(-1) ?? '';
  expect([...places.values()].some(bytes => bytes.includes(token))).toBe(true);
});
