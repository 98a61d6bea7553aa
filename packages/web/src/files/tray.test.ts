import { expect, it } from 'vitest';
import { ATTACHMENT_BYTES } from '../limits.ts';
import { MOST_AT_ONCE } from './fileWords.ts';
import { outgoing, Tray } from './tray.ts';

const file = (name: string, sizeBytes: number, type = '') =>
  new File([new Uint8Array(sizeBytes)], name, { type });

it('refuses before anything is sent, with both sizes', () => {
  const tray = new Tray();
  tray.add([file('film.mp4', ATTACHMENT_BYTES + 1_000_000), file('empty.txt', 0), file('rota.pdf', 10)], 1);
  expect(tray.chosen.map(({ file: { name } }) => name)).toEqual(['rota.pdf']);
  expect(tray.refused).toEqual([
    'Folders cannot be sent. Choose the files that are in it.',
    'film.mp4 is too large: it has 34.6 MB, and at most 33.5 MB can be sent.',
    'empty.txt is empty: there is nothing to send.',
  ]);
});

it('takes what is exactly as large as can be', () => {
  const tray = new Tray();
  tray.add([file('film.mp4', ATTACHMENT_BYTES)]);
  expect(tray.refused).toEqual([]);
  expect(tray.ready).toBe(true);
});

it('takes so many at once, in their order, and tells of the rest', () => {
  const tray = new Tray();
  tray.add(Array.from({ length: MOST_AT_ONCE + 3 }, (_, i) => file(`${i}.txt`, 1)));
  expect(tray.chosen.map(({ file: { name } }) => name)).toEqual(
    Array.from({ length: MOST_AT_ONCE }, (_, i) => `${i}.txt`),
  );
  expect(tray.refused).toHaveLength(1);
});

it('sends what cannot be made anew as it is, without a claim that it is a picture to be shown', async () => {
  const tray = new Tray();
  const gif = new File(['GIF89a\x10\x00\x10\x00'], 'cat.gif', { type: 'image/gif' });
  const made = new Promise<void>(resolve => {
    tray.watch(() => tray.ready && resolve());
  });
  tray.add([gif]);
  expect(tray.ready).toBe(false);
  await made;
  expect(tray.chosen[0]?.picture).toBe('moving');
  expect(await outgoing(tray.chosen[0]!)).toEqual({
    name: 'cat.gif',
    mediaType: 'image/gif',
    bytes: new Uint8Array(await gif.arrayBuffer()),
  });
});

it('says of a file what its own bytes say, and of others only what is a type', async () => {
  const lies = new Tray();
  lies.add([
    new File(['GIF89a\x10\x00\x10\x00'], 'a.bin', { type: 'text/html' }),
    file('b', 3, 'text/html; charset=x'),
    file('c.pdf', 3, 'application/pdf'),
  ]);
  const types = await Promise.all(lies.chosen.map(async chosen => (await outgoing(chosen)).mediaType));
  expect(types).toEqual(['image/gif', 'application/octet-stream', 'application/pdf']);
});
