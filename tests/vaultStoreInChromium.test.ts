import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vaultStoreContract } from '@sotto/vault/contract';
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
    browser = await KillableChromium.on(profile);
    await browser.page.goto(site.origin);
    return browser.page;
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
});
