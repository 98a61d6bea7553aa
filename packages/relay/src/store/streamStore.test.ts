import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'vitest';
import { createMemoryStore } from './memoryStore.ts';
import { MemoryTables } from './memoryTables.ts';
import { createSqliteStore } from './sqliteStore.ts';
import { streamStoreContract } from './streamStoreContract.ts';

describe('the memory store', () => {
  streamStoreContract(it, async limits => {
    const tables = new MemoryTables();
    return { open: async () => createMemoryStore({ tables, ...(limits && { limits }) }) };
  });
});

describe('the SQLite store', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  streamStoreContract(it, async limits => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-store-'));
    folders.push(folder);
    return {
      open: async () => createSqliteStore({ path: join(folder, 'relay.db'), ...(limits && { limits }) }),
    };
  });
});
