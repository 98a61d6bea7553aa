import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeProvider } from '@sotto/mls/node';
import { runSuite, VECTOR_SUITES, type VectorSuite } from '@sotto/mls/vectors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeVectors } from '../packages/mls/src/testVectors.ts';
import { KillableChromium } from './stage/killableChromium.ts';
import { serveVaultSite, type VaultSite } from './stage/vaultSite.ts';
import type { VectorsPage } from './stage/vectorsPage.ts';

declare const vectorsPage: VectorsPage;

describe('the providers of pages, in chromium', () => {
  let site: VaultSite;
  let profile: string;
  let browser: KillableChromium;

  beforeAll(async () => {
    site = await serveVaultSite('vectorsPage.ts');
    profile = mkdtempSync(join(tmpdir(), 'sotto-vectors-profile-'));
    browser = await KillableChromium.on(profile);
    await browser.page.goto(site.origin);
  });
  afterAll(async () => {
    await browser?.kill();
    await site?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  function holdsThere(suite: VectorSuite, data: unknown): void {
    it(`${suite.name}: as many cases as in Node`, async () => {
      const given = [suite.name, data] as const;
      const results = await browser.page.evaluate(([name, cases]) => vectorsPage.run(name, cases), given);
      const cases = runSuite(suite, nodeProvider, data);
      expect(cases).toBeGreaterThan(0);
      const withoutChaCha = suite.aead === undefined ? { 'noble-aes': cases } : {};
      expect(results).toEqual({ noble: cases, ...withoutChaCha });
    });
  }

  for (const suite of VECTOR_SUITES) {
    const { from } = suite;
    if (from === undefined) holdsThere(suite, undefined);
    else describeVectors(from.file, from.source, data => holdsThere(suite, data));
  }
});
