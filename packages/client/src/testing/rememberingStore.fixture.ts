import { type MemoryDisk, MemoryStore, memoryKeySlots, type StoreWrite, Vault } from '@sotto/vault';
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

/** Whether someone who has every byte that was ever on a person's disk finds a text: see `openedFromDisk`. */
export async function findsOnDisk(person: Person, store: RememberingStore, text: string): Promise<boolean> {
  for await (const value of openedFromDisk(person, store)) {
    if (new TextDecoder().decode(value).includes(text)) return true;
  }
  return false;
}

/** The same for bytes, wherever they stand in a record. */
export async function findsBytesOnDisk(
  person: Person,
  store: RememberingStore,
  bytes: Uint8Array,
): Promise<boolean> {
  for await (const value of openedFromDisk(person, store))
    if (Buffer.from(value).includes(Buffer.from(bytes))) return true;
  return false;
}

/**
 * What opens for someone who has every byte that was ever on a person's disk, the slots as they are now, and the root
 * key: puts each old row back in place, with each old key of a shelf that still opens, and reads.
 */
async function* openedFromDisk(
  person: Person,
  { rows }: Pick<RememberingStore, 'rows'>,
): AsyncGenerator<Uint8Array> {
  const own = [...person.disk.records].filter(([name]) => name.startsWith('!'));
  const records = rows.filter(({ key }) => !key.startsWith('!'));
  const shelfKeys = rows.filter(({ key }) => key.startsWith('!s/'));
  for (const old of [undefined, ...shelfKeys]) {
    const disk: MemoryDisk = { records: new Map(own) };
    if (old !== undefined) disk.records.set(old.key, old.value);
    const vault = await Vault.open(new MemoryStore(disk), {
      rootKey: person.rootKey,
      random: length => new Uint8Array(length),
      slots: memoryKeySlots({ bytes: person.keys.bytes.slice() }),
    });
    // It is of an epoch that is gone: with it opens no more than without it.
    if (!(await opens(vault))) continue;
    for (const { key: name, value } of records) {
      disk.records.set(name, value);
      const [found] = await vault.scan({ prefix: '', limit: 1 }).catch(() => []);
      disk.records.delete(name);
      if (found !== undefined) yield found.value;
    }
  }
}

/** Whether all its keys open. */
function opens(vault: Vault): Promise<boolean> {
  return vault.shelvesOf('').then(
    () => true,
    () => false,
  );
}
