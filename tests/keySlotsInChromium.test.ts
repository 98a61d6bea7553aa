import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keySlotsContract } from '@sotto/vault/key-slots-contract';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KeysPage } from './stage/keysPage.ts';
import { KillableChromium } from './stage/killableChromium.ts';
import { serveVaultSite, type VaultSite } from './stage/vaultSite.ts';

declare const keysPage: KeysPage;
declare const tellResolved: (number: number) => unknown;

describe('the key slots of a browser', () => {
  let site: VaultSite;
  let profile: string;
  let browser: KillableChromium | undefined;

  beforeAll(async () => {
    site = await serveVaultSite('keysPage.ts');
    profile = mkdtempSync(join(tmpdir(), 'sotto-keys-profile-'));
  });
  afterEach(() => browser?.kill());
  afterAll(async () => {
    await site?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  async function open(): Promise<Page> {
    browser = await KillableChromium.on(profile);
    await browser.page.goto(site.origin);
    return browser.page;
  }

  it('keep every promise of the contract, in a file and in a database', async () => {
    const page = await open();
    const results = await page.evaluate(() => keysPage.runKeySlotsContract());
    const promised: string[] = [];
    keySlotsContract(
      name => promised.push(`file: ${name}`, `database: ${name}`),
      () => Promise.reject(new Error('only the names are asked for')),
    );
    expect(promised.length).toBeGreaterThan(16);
    expect(results.map(({ name }) => name)).toEqual(expect.arrayContaining(promised));
    expect(results.length).toBeGreaterThan(promised.length);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it.each(['file', 'database'] as const)(
    'in a %s have what had resolved when the browser was killed, and whole neighbours',
    async place => {
      let page = await open();
      let resolved = 0;
      let enough = () => {};
      const isEnough = new Promise<void>(resolve => {
        enough = resolve;
      });
      await page.exposeFunction('tellResolved', (number: number) => {
        resolved = Math.max(resolved, number);
        if (resolved >= 60) enough();
      });
      await page.evaluate(
        name => void keysPage.countUp(name, 'counted', number => tellResolved(number)),
        place,
      );
      await isEnough;
      await browser?.kill();

      page = await open();
      const { own, neighbours } = await page.evaluate(name => keysPage.numbersIn(name, 'counted'), place);
      expect(neighbours).toEqual([255, 255]);
      // One number is what was written last; two would be a slot torn between them.
      expect(own.length).toBeLessThanOrEqual(2);
      expect(Math.max(...own)).toBeGreaterThanOrEqual(resolved);
    },
  );

  it('in a file are overwritten in place: what was there is nowhere in the profile', async () => {
    const [kept, overwritten] = [randomBytes(64), randomBytes(64)];
    const page = await open();
    const inPlace = await page.evaluate(
      ([a, b]) => keysPage.leaveCanaries('file', a!, b!),
      [kept.toString('hex'), overwritten.toString('hex')],
    );
    await browser?.kill();
    expect(inPlace).toBe(true);
    expect(filesWith(profile, kept)).toHaveLength(1);
    expect(filesWith(profile, overwritten)).toEqual([]);
  });

  it('in a database are not, and the port says so', async () => {
    const [kept, overwritten] = [randomBytes(64), randomBytes(64)];
    const page = await open();
    const inPlace = await page.evaluate(
      ([a, b]) => keysPage.leaveCanaries('database', a!, b!),
      [kept.toString('hex'), overwritten.toString('hex')],
    );
    await browser?.kill();
    expect(inPlace).toBe(false);
    expect(filesWith(profile, kept)).not.toEqual([]);
    expect(filesWith(profile, overwritten)).not.toEqual([]);
  });
});

/** The files of a browser profile that have these bytes in them. */
function filesWith(profile: string, bytes: Buffer): readonly string[] {
  return readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => readFileSync(path).includes(bytes));
}
