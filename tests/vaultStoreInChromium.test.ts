import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vaultStoreContract } from '@sotto/vault/contract';
import { CRASH_BATCHES, type Death, dieAtEveryStep } from '@sotto/vault/crashes';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KillableChromium } from './stage/killableChromium.ts';
import type { Counted, VaultPage } from './stage/vaultPage.ts';
import { serveVaultSite, type VaultSite } from './stage/vaultSite.ts';

declare const vaultPage: VaultPage;
declare const tellResolved: (number: number) => unknown;

const STORE = 'counted';
const ROUNDS = 2;
const RESOLVED_EACH_ROUND = 40;

describe('the store of a browser', () => {
  let site: VaultSite;
  let profile: string;
  let browser: KillableChromium | undefined;

  beforeAll(async () => {
    site = await serveVaultSite();
    profile = mkdtempSync(join(tmpdir(), 'sotto-vault-profile-'));
  });
  afterEach(() => browser?.kill());
  afterAll(async () => {
    await site?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  async function open(): Promise<Page> {
    await browser?.kill();
    browser = await KillableChromium.on(profile);
    await browser.page.goto(site.origin);
    return browser.page;
  }

  /** Lets a page do its work until it stands still before a step, and then kills the whole browser. */
  async function dieWhile(work: (page: Page) => Promise<void>): Promise<Death> {
    const dying = site.nextDying();
    const worked = work(await open()).then(() => ({ resolved: CRASH_BATCHES.length, died: false }));
    const died = dying.then(query => ({ resolved: Number(query.get('resolved')), died: true }));
    const death = await Promise.race([worked, died]);
    await browser?.kill();
    return death;
  }

  it('keeps every promise of the contract', async () => {
    const page = await open();
    const results = await page.evaluate(() => vaultPage.runIndexedDbContract());
    const promised: string[] = [];
    vaultStoreContract(
      name => promised.push(name),
      () => Promise.reject(new Error('only the names are asked for')),
    );
    expect(promised.length).toBeGreaterThan(8);
    expect(results.map(({ name }) => name)).toEqual(expect.arrayContaining(promised));
    expect(results.length).toBeGreaterThan(promised.length);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it('has every batch that had resolved when the browser was killed, and no half ones', async () => {
    let resolvedBefore = -1;
    for (let round = 0; round < ROUNDS; round += 1) {
      const page = await open();
      let resolved = resolvedBefore;
      let enough = () => {};
      const isEnough = new Promise<void>(resolve => {
        enough = resolve;
      });
      await page.exposeFunction('tellResolved', (number: number) => {
        resolved = Math.max(resolved, number);
        if (resolved >= resolvedBefore + RESOLVED_EACH_ROUND) enough();
      });
      await page.evaluate(name => void vaultPage.countUp(name, number => tellResolved(number)), STORE);
      await isEnough;
      await browser?.kill();
      resolvedBefore = resolved;

      const again = await open();
      const { last, numbers }: Counted = await again.evaluate(name => vaultPage.count(name), STORE);
      await browser?.kill();
      expect(last).toBeGreaterThanOrEqual(resolved);
      expect(numbers).toEqual(Array.from({ length: last + 1 }, (_, number) => number));
      resolvedBefore = last;
    }
  });

  it('opens again with whole batches, wherever it stood when the browser was killed', async () => {
    let number = 0;
    const deaths = await dieAtEveryStep(async () => {
      number += 1;
      const name = `mortal-${number}`;
      return {
        dieAt: diesAt =>
          dieWhile(page => page.evaluate(args => vaultPage.commitUntil(...args), [name, diesAt] as const)),
        survivors: async () => (await open()).evaluate(name => vaultPage.wholeBatchesIn(name), name),
      };
    });
    expect(deaths).toBeGreaterThan(10);
  });

  it('finishes a change of version that was cut short when the browser was killed', async () => {
    let deaths = 0;
    for (let died = true; died; deaths += 1) {
      const name = `grown-${deaths}`;
      await (await open()).evaluate(name => vaultPage.makeVersion1(name), name);
      ({ died } = await dieWhile(page =>
        page.evaluate(args => vaultPage.migrateUntil(...args), [name, deaths + 1] as const),
      ));
      await (await open()).evaluate(name => vaultPage.expectGrown(name), name);
    }
    // The opening, a store, two records in it and the one that is read first, and the closing.
    expect(deaths).toBeGreaterThan(5);
  });

  it('tells by name that there is no room; nothing of the batch stays, and it goes on when there is', async () => {
    const page = await open();
    const devtools = await page.context().newCDPSession(page);
    const { origin } = site;
    const fill = (sizeBytes: number) =>
      page.evaluate(sizeBytes => vaultPage.fill('filling', sizeBytes), sizeBytes);
    const { usageBytes = 0 } = await page.evaluate(() => vaultPage.storagePersistence());
    // Room enough for what the stores before it still write, and not for what is filled in.
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usageBytes + 8_000_000 });
    // The browser reckons with the room that there was when a database was first written to.
    expect(await fill(1_000)).toEqual({ code: 'none', said: 1_000 });
    expect(await fill(30_000_000)).toEqual({ code: 'QUOTA_EXCEEDED', said: 1_000 });
    expect(await fill(2_000)).toEqual({ code: 'none', said: 2_000 });
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    expect(await fill(30_000_000)).toEqual({ code: 'none', said: 30_000_000 });
  });

  it('notices that its data was cleared while it held it, and before it is opened', async () => {
    const page = await open();
    const devtools = await page.context().newCDPSession(page);
    let tellHeld = () => {};
    const isHeld = new Promise<void>(resolve => {
      tellHeld = resolve;
    });
    await page.exposeFunction('tellResolved', () => tellHeld());
    const lost = page.evaluate(() => vaultPage.hold('cleared', () => tellResolved(0)));
    await isHeld;
    await devtools.send('Storage.clearDataForOrigin', { origin: site.origin, storageTypes: 'indexeddb' });
    expect(await lost).toBe('STORAGE_LOST');
    expect(await page.evaluate(() => vaultPage.open('cleared', true))).toBe('STORAGE_LOST');
    expect(await page.evaluate(() => vaultPage.open('cleared', false))).toBe('none');
  });

  it('tells by name that the browser gives a page no storage', async () => {
    const page = await open();
    await page.goto(`${site.origin}/blocked`);
    expect(await page.evaluate(() => vaultPage.open('none', false))).toBe('STORAGE_UNAVAILABLE');
    expect(await page.evaluate(() => vaultPage.storagePersistence())).toMatchObject({ persisted: false });
  });

  it('is kept for good when the browser grants it', async () => {
    const page = await open();
    const devtools = await page.context().newCDPSession(page);
    const { origin } = site;
    const set = (setting: 'granted' | 'denied') =>
      devtools.send('Browser.setPermission', { origin, permission: { name: 'persistent-storage' }, setting });
    await set('denied');
    expect(await page.evaluate(() => vaultPage.askForPersistence())).toMatchObject({ persisted: false });
    await set('granted');
    const { persisted, usageBytes, quotaBytes } = await page.evaluate(() => vaultPage.askForPersistence());
    expect(persisted).toBe(true);
    expect(quotaBytes).toBeGreaterThan(usageBytes!);
  });
});
