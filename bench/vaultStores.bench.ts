// Where a device can keep its records: durable batches a second, each of a 600-byte record, a ratchet and a cursor. In
// Node the SQLite store beside a bare log (append and fdatasync); in chromium IndexedDB (strict) beside a bare log in the
// origin private file system (append and flush through a synchronous access handle). One by one, and 100 in a batch.
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@sotto/vault/sqlite';
import { KillableChromium } from '../tests/stage/killableChromium.ts';
import { type Rates, type StoreRates, storeRates } from '../tests/stage/storeRates.ts';
import type { StoreRatesPage } from '../tests/stage/storeRatesPage.ts';
import { serveVaultSite } from '../tests/stage/vaultSite.ts';

declare const storeRatesPage: StoreRatesPage;

const WINDOW_MS = 2_000;
const random = (lengthBytes: number): Uint8Array => new Uint8Array(randomBytes(lengthBytes));

async function inNode(folder: string): Promise<StoreRates> {
  const store = await openSqliteStore(join(folder, 'vault.db'));
  const file = openSync(join(folder, 'log'), 'a');
  const rates = await storeRates(
    {
      store: writes => store.commit(writes),
      log: async bytes => {
        writeSync(file, bytes);
        fdatasyncSync(file);
      },
    },
    { random, windowMs: WINDOW_MS },
  );
  closeSync(file);
  await store.close();
  return rates;
}

async function inChromium(folder: string): Promise<StoreRates> {
  const site = await serveVaultSite('storeRatesPage.ts');
  const browser = await KillableChromium.on(join(folder, 'profile'));
  try {
    await browser.page.goto(site.origin);
    return await browser.page.evaluate(windowMs => storeRatesPage.measure(windowMs), WINDOW_MS);
  } finally {
    await browser.kill();
    await site.close();
  }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const line = (name: string, rates: Rates, log: Rates) =>
  console.log(
    `  ${name}: ${whole(rates.single)} batches/s one by one (${(rates.single / log.single).toFixed(2)} of the log), ` +
      `${whole(rates.hundred)} messages/s in batches of 100 (${(rates.hundred / log.hundred).toFixed(2)})`,
  );

const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
try {
  const node = await inNode(folder);
  console.log(`Node ${process.version}:`);
  line('bare log (baseline)  ', node.log, node.log);
  line('SQLite               ', node.store, node.log);
  const chromium = await inChromium(folder);
  console.log('Chromium:');
  line('OPFS log (baseline)  ', chromium.log, chromium.log);
  line('IndexedDB, strict    ', chromium.store, chromium.log);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
