import {
  type MemoryDisk,
  MemoryStore,
  memoryDisk,
  memoryKeySlots,
  type StoreWrite,
  Vault,
} from '@sotto/vault';
import type { Person } from './world.fixture.ts';

/** A disk that never overwrites: every row that was ever on it can be read, as in the log of a database. */
export class RememberingStore extends MemoryStore {
  constructor(
    disk: MemoryDisk,
    readonly rows: { readonly key: string; readonly value: Uint8Array }[] = [],
  ) {
    super(disk);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    for (const { key, value } of writes) if (value !== null) this.rows.push({ key, value: value.slice() });
    await super.commit(writes);
  }
}

/**
 * Whether someone who has every byte that was ever on a person's disk, the slots as they are now, and the root key,
 * finds a text: puts each old row back in place, with each old key of its shelf, and reads.
 */
export async function findsOnDisk(
  person: Person,
  { rows }: RememberingStore,
  text: string,
): Promise<boolean> {
  const shelfKeys = rows.filter(({ key }) => key.startsWith('!k/'));
  const head = person.disk.records.get('!head')!;
  for (const keys of [[], ...shelfKeys.map(row => [row])]) {
    const disk = memoryDisk();
    for (const [key, value] of person.disk.records) disk.records.set(key, value);
    for (const { key, value } of keys) disk.records.set(key, value);
    disk.records.set('!head', head);
    const vault = await Vault.open(new MemoryStore(disk), {
      rootKey: person.rootKey,
      random: length => new Uint8Array(length),
      slots: memoryKeySlots(person.keys),
    });
    const touched = new Set(keys.map(({ key }) => key.slice('!k/'.length)));
    for (const { key, value } of rows.filter(row => !row.key.startsWith('!'))) {
      if (keys.length > 0 && ![...touched].some(shelf => standsOn(key, shelf))) continue;
      disk.records.set(key, value);
      const found = await vault.read(key).catch(() => undefined);
      if (found !== undefined && new TextDecoder().decode(found).includes(text)) return true;
    }
  }
  return false;
}

/** Whether a record may stand on a shelf: the room in its name is the shelf's. */
function standsOn(key: string, shelf: string): boolean {
  return shelf === 'self' ? key.startsWith('self') : key.split('/')[1] === shelf.split('/')[1];
}
