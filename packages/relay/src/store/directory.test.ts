import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { directoryContract } from './directoryContract.ts';
import { createMemoryDirectory, MemoryDirectoryTables } from './memoryDirectory.ts';
import { openSqliteStores } from './sqliteStore.ts';

describe('the memory directory', () => {
  directoryContract(it, async () => {
    const tables = new MemoryDirectoryTables();
    return { open: async () => ({ directory: createMemoryDirectory({ tables }), close: async () => {} }) };
  });
});

describe('the SQLite directory', () => {
  const folders: string[] = [];
  const folder = () => {
    folders.push(mkdtempSync(join(tmpdir(), 'sotto-directory-')));
    return folders.at(-1)!;
  };
  afterEach(() => {
    for (const one of folders.splice(0)) rmSync(one, { recursive: true });
  });
  directoryContract(it, async () => {
    const path = join(folder(), 'relay.db');
    return {
      async open() {
        const { directory, store } = openSqliteStores({ path });
        return { directory, close: () => store.close() };
      },
    };
  });

  it('answers nothing any more once it is closed', async () => {
    const { directory, store } = openSqliteStores({ path: join(folder(), 'relay.db') });
    await store.close();
    await expect(directory.counts()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
