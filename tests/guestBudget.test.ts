import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const DOOR_BYTES = 60_000;
const IN_ALL_BYTES = 200_000;

let relay: RelayProcess;
let mara: Person;
let jonas: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
});
afterAll(async () => {
  await Promise.all([mara?.leave(), jonas?.leave()]);
  await relay?.remove();
});

/** Scripts that the page itself needs before it can draw: the entry and what it imports statically. */
async function doorScripts(origin: string, link: string): Promise<Set<string>> {
  const html = await jonas.page.request.get(link.split('#')[0] ?? '').then(response => response.text());
  const found = new Set<string>();
  const queue = [...html.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+\.js)"/g)].map(
    match => match[1] ?? '',
  );
  while (queue.length > 0) {
    const path = queue.pop();
    if (!path || found.has(path)) continue;
    found.add(path);
    const source = await jonas.page.request.get(`${origin}${path}`).then(response => response.text());
    for (const [, relative] of source.matchAll(
      /(?:^|[;}])import\s*(?:[\w*{][^"'`;]*?from\s*)?["'`](\.[^"'`]+)["'`]/g,
    )) {
      queue.push(new URL(relative ?? '', `${origin}${path}`).pathname);
    }
  }
  return found;
}

it('a guest loads little: 60 kB of script for the door, 200 kB before writing (gzip)', async () => {
  const link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
  const door = await doorScripts(relay.guestOrigin, link);
  expect(door.size).toBeGreaterThan(0);

  const loaded = new Map<string, number>();
  jonas.context.on('response', response => {
    const path = new URL(response.url()).pathname;
    if (!/\.(?:js|wasm)$/.test(path)) return;
    loaded.set(path, 0);
  });
  await jonas.knocks(link);
  await mara.admits();
  await jonas.isInside();
  const size = async (path: string) => {
    const response = await jonas.page.request.get(`${relay.guestOrigin}${path}`, {
      headers: { 'accept-encoding': 'identity' },
    });
    return gzipSync(await response.body(), { level: 9 }).length;
  };
  for (const path of loaded.keys()) loaded.set(path, await size(path));
  for (const path of door) expect([...loaded.keys()]).toContain(path);

  const sum = (paths: Iterable<string>) =>
    [...paths].reduce((total, path) => total + (loaded.get(path) ?? 0), 0);
  const [doorBytes, allBytes] = [sum(door), sum(loaded.keys())];
  console.log(
    `gzip: the door ${doorBytes} bytes, in all before writing ${allBytes} bytes`,
    Object.fromEntries(loaded),
  );
  // A Worker with the engine must be among them, or this measures nothing.
  expect(allBytes).toBeGreaterThan(doorBytes + 40_000);
  expect(doorBytes).toBeLessThanOrEqual(DOOR_BYTES);
  expect(allBytes).toBeLessThanOrEqual(IN_ALL_BYTES);
});
