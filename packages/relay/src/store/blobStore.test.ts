import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'vitest';
import { blobStoreContract } from './blobStoreContract.ts';
import { createMemoryBlobs, MemoryBlobTables } from './memoryBlobs.ts';
import { createSqliteBlobs } from './sqliteBlobs.ts';

describe('blobs in memory', () => {
  blobStoreContract(it, async limits => {
    const tables = new MemoryBlobTables();
    return { open: async () => createMemoryBlobs({ tables, ...(limits && { limits }) }) };
  });
});

describe('blobs in SQLite', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  blobStoreContract(it, async limits => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-blobs-'));
    folders.push(folder);
    return {
      open: async () => createSqliteBlobs({ path: join(folder, 'blobs.db'), ...(limits && { limits }) }),
    };
  });
});
