import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../scripts/testTools.mjs';
import { canaryNames, canaryWords, type HistoryPlan } from './stage/canaryHistory.ts';
import { type Loot, plunder } from './stage/diskAttacker.ts';
import { type DiskImage, imageOf, layersOf } from './stage/diskImage.ts';
import type { HistoryPage } from './stage/historyPage.ts';
import type { HistoryOrder } from './stage/historyProcess.ts';
import { KillableChromium } from './stage/killableChromium.ts';
import { CHROMIUM_ARGS } from './stage/person.ts';
import { plainScan, seenIn } from './stage/plainScan.ts';
import { serveVaultSite, type VaultSite } from './stage/vaultSite.ts';

declare const historyPage: HistoryPage;

const PASSPHRASE = 'nine slow herons at dusk';
const TAG = 'Xq7vRm2Kb9';
const WORD = new RegExp(`${TAG}\\d{4}`, 'g');
/** The key of a record, as it stands before its text. */
const NAME = /[a-z]+(?:\/[\w-]+)+(?=said: )/g;
const ERASING: HistoryPlan = {
  tag: TAG,
  passphrase: PASSPHRASE,
  deletion: 'erase',
  isClear: false,
  hasClearNames: false,
};
const words = canaryWords(TAG);
const names = canaryNames();
const all = [...words.kept, ...words.deleted, ...words.replaced];

/** A place where a history is written, and deleted from by another program or browser that opens it later. */
interface Medium {
  readonly name: string;
  write(folder: string, plan: HistoryPlan): Promise<void>;
  /** How it ends: with its store closed, or in the middle of everything. */
  delete(folder: string, plan: HistoryPlan, ends: 'closed' | 'killed'): Promise<void>;
  /**
   * The deleted words whose bytes outlive their deletion, in the order of all. Chromium keeps values above 64 KiB in
   * files of their own and deletes those; what that leaves on the disk is no file any more.
   */
  readonly stillThere: readonly string[];
  /** Whether this file holds the key slots. */
  isSlots(path: string, bytes: Buffer): boolean;
}

let site: VaultSite;
const folders: string[] = [];

beforeAll(async () => {
  site = await serveVaultSite('historyPage.ts');
});
afterAll(async () => {
  await site?.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function freshFolder(copyOf?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-image-'));
  folders.push(folder);
  if (copyOf !== undefined) cpSync(copyOf, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

const chromiumProfile: Medium = {
  name: 'a chromium profile',
  async write(profile, plan) {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: findChromium() ?? 'chromium',
      args: CHROMIUM_ARGS,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(site.origin);
    await page.evaluate(plan => historyPage.write(plan), plan);
    await context.close();
  },
  async delete(profile, plan, ends) {
    const browser = await KillableChromium.on(profile);
    await browser.page.goto(site.origin);
    await browser.page.evaluate(([plan, closes]) => historyPage.delete(plan, closes), [
      plan,
      ends === 'closed',
    ] as const);
    if (ends === 'closed') await browser.close();
    else await browser.kill();
  },
  stillThere: words.deleted.filter(word => !words.large.includes(word)),
  isSlots: (path, bytes) => path.includes('File System') && bytes.length === 16_384,
};

const sqliteFile: Medium = {
  name: 'a SQLite file',
  write: (folder, plan) => inProcess({ folder, plan, what: 'write' }, 0),
  delete: (folder, plan, ends) =>
    ends === 'closed'
      ? inProcess({ folder, plan, what: 'delete' }, 0)
      : inProcess({ folder, plan, what: 'delete and die' }, 'SIGKILL'),
  stillThere: words.deleted,
  isSlots: path => path.endsWith('.keys'),
};

async function inProcess(order: HistoryOrder, ending: 0 | 'SIGKILL'): Promise<void> {
  const viteNode = fileURLToPath(new URL('../node_modules/.bin/vite-node', import.meta.url));
  const script = fileURLToPath(new URL('./stage/historyProcess.ts', import.meta.url));
  const child = spawn(process.execPath, [viteNode, script, JSON.stringify(order)], { stdio: 'inherit' });
  const ended = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  if (ended !== ending) throw new Error(`the process ended with ${ended}`);
}

function attack(image: DiskImage, passphrase?: string): Promise<Loot> {
  return plunder(image, {
    ...(passphrase !== undefined && { passphrase }),
    read: opening => {
      const text = opening.toString('latin1');
      return [...(text.match(WORD) ?? []), ...(text.match(NAME) ?? [])];
    },
  });
}

const seen = (found: ReadonlySet<string>, some: readonly string[]) => some.filter(word => found.has(word));

describe.each([chromiumProfile, sqliteFile])('the bytes of $name', medium => {
  let written: string;
  let before: DiskImage;

  beforeAll(async () => {
    written = freshFolder();
    await medium.write(written, ERASING);
    before = layersOf(imageOf(written));
  });

  async function imageAfter(plan: HistoryPlan, ends: 'closed' | 'killed'): Promise<DiskImage> {
    const folder = freshFolder(written);
    await medium.delete(folder, plan, ends);
    return layersOf(imageOf(folder));
  }

  it('give an attacker who has the passphrase all that was kept, and nothing that was erased', async () => {
    const { texts } = await attack(before, PASSPHRASE);
    expect(seen(texts, [...words.kept, ...words.deleted])).toEqual([...words.kept, ...words.deleted]);
    const keys = [...names.kept, ...names.deleted].filter(name => name.includes('/'));
    expect(seen(texts, keys)).toEqual(keys);
    for (const ends of ['closed', 'killed'] as const) {
      const image = await imageAfter(ERASING, ends);
      const loot = await attack(image, PASSPHRASE);
      expect(seen(loot.texts, words.kept)).toEqual(words.kept);
      expect(seen(loot.texts, [...words.deleted, ...words.replaced])).toEqual([]);
      expect(seen(loot.texts, names.deleted)).toEqual([]);
      expect(plainScan(image, [...all, PASSPHRASE])).toEqual([]);
      // The root key that lay there in clear until there was a passphrase is gone as well, and none lies there now.
      expect(loot.rootKeys).toHaveLength(1);
      for (const key of [...loot.rootKeys, ...loot.epochKeys, ...loot.shelfKeys])
        expect([...image].filter(([, bytes]) => bytes.includes(key)).map(([path]) => path)).toEqual([]);
      if (ends === 'closed') continue;
      // The same bytes open with the epoch keys that erasure destroyed: it is they that keep what was erased shut.
      const slots = [...before].filter(([path, bytes]) => medium.isSlots(path, bytes));
      expect(slots).toHaveLength(1);
      const restored = new Map([
        ...image,
        ...slots.map(([path, bytes]) => [`${path} before`, bytes] as const),
      ]);
      const { texts } = await attack(restored, PASSPHRASE);
      expect(seen(texts, words.deleted)).toEqual(medium.stillThere);
    }
  });

  it('give away what was taken away without erasure', async () => {
    const image = await imageAfter({ ...ERASING, deletion: 'take away' }, 'killed');
    const { texts } = await attack(image, PASSPHRASE);
    expect(seen(texts, words.kept)).toEqual(words.kept);
    expect(seen(texts, words.deleted)).toEqual(medium.stillThere);
  });

  it('give an attacker without the passphrase nothing but sizes', async () => {
    const loot = await attack(before);
    expect(plainScan(before, [...all, PASSPHRASE])).toEqual([]);
    expect([...loot.rootKeys, ...loot.epochKeys, ...loot.shelfKeys]).toEqual([]);
    expect([...loot.texts]).toEqual([]);
    // No id of a room, message or device, no invite token, no time, and no key of a record by its kind.
    expect(plainScan(before, [...names.kept, ...names.deleted])).toEqual([]);
    expect([...loot.recordKeys]).toEqual([]);
    // What is to be seen, by decision 0014: how many records there are, and their sizes; which of them are of one
    // unnamed group, and the order of numbered ones in it; in which opening of the store each was written; how many
    // batches there were, and how often keys were changed; kinds and ages of locks; the times of files.
  });

  it('show the names of records where those are not keyed', async () => {
    const clear = freshFolder();
    await medium.write(clear, { ...ERASING, hasClearNames: true });
    const image = layersOf(imageOf(clear));
    const found = seenIn(plainScan(image, names.kept));
    expect(seen(found, names.kept)).toEqual(names.kept);
    const { recordKeys } = await attack(image);
    const keys = names.kept.filter(name => name.includes('/'));
    expect(seen(recordKeys, keys)).toEqual(keys);
  });

  it('show all of it in clear where nothing is encrypted', async () => {
    const clear = freshFolder();
    const plan = { ...ERASING, isClear: true };
    await medium.write(clear, plan);
    await medium.delete(clear, plan, 'killed');
    const found = seenIn(plainScan(layersOf(imageOf(clear)), all));
    expect(seen(found, words.kept)).toEqual(words.kept);
    expect(seen(found, medium.stillThere)).toEqual(medium.stillThere);
  });
});
