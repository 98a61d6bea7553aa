import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CheckResult } from '../packages/vault/src/indexedDbContractPage.ts';
import { findChromium } from '../scripts/chromium.mjs';
import { CHROMIUM_ARGS } from './stage/person.ts';

/** The store contract on the IndexedDB of a real browser: the same checks that memory passes. */
let folder: string;
let server: Server;
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-contract-'));
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: folder,
      lib: {
        entry: fileURLToPath(new URL('../packages/vault/src/indexedDbContractPage.ts', import.meta.url)),
        formats: ['es'],
        fileName: () => 'contract.js',
      },
    },
  });
  server = createServer((request, response) => {
    const script = request.url === '/contract.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(
      script ? readFileSync(join(folder, 'contract.js')) : '<!doctype html><title>contract</title>',
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args: CHROMIUM_ARGS });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('IndexedDB keeps the store contract', async () => {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  const results = await page.evaluate<readonly CheckResult[]>(
    // A string, so that nobody rewrites the import on the way.
    `import('/contract.js').then(contract => contract.runIndexedDbContract())`,
  );
  expect(results.length).toBeGreaterThan(12);
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
});
