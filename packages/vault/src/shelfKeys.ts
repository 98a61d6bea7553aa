import { type EpochKey, unwrapShelfKey, wrapShelfKey } from './epochKeys.ts';
import type { Random, ShelfKey } from './recordCipher.ts';
import { SHELF_ROW_RANGE, type ShelfTags } from './shelfTags.ts';
import type { Shelf } from './shelves.ts';
import type { StoreWrite, VaultStore } from './vaultStore.ts';

const PAGE = 500;

/** The shelf keys in use: read when a shelf is first touched, made when one is first written to. */
export class ShelfKeys {
  /** By the rows of the store that they stand in. */
  readonly #known = new Map<string, ShelfKey>();

  constructor(
    private readonly store: VaultStore,
    private readonly random: Random,
    private epoch: EpochKey,
    private readonly tags: ShelfTags,
  ) {}

  /** The key of a shelf, or `undefined` where there is no such shelf. Throws `RECORD_DAMAGED`. */
  find(shelf: Shelf): Promise<ShelfKey | undefined> {
    return this.findIn(this.tags.rowOf(shelf));
  }

  /** The key in a row of the store, or `undefined` where there is none. Throws `RECORD_DAMAGED`. */
  async findIn(row: string): Promise<ShelfKey | undefined> {
    const known = this.#known.get(row);
    if (known !== undefined) return known;
    const { epoch } = this;
    const wrapped = await this.store.read(row);
    // While it was read, the epoch may have changed, or somebody else may have read or made it.
    if (this.epoch !== epoch || this.#known.has(row)) return this.findIn(row);
    if (wrapped === undefined) return undefined;
    const key = unwrapShelfKey(epoch, row, wrapped);
    this.#known.set(row, key);
    return key;
  }

  /** Fresh keys for new shelves: to be stored with the first records on them, and kept by `take` after that. */
  make(shelf: Shelf, epoch: EpochKey = this.epoch): { readonly key: ShelfKey; readonly write: StoreWrite } {
    const key: ShelfKey = { shelf, bytes: this.random(32) };
    return { key, write: this.rowOf(key, epoch) };
  }

  take(keys: Iterable<ShelfKey>): void {
    for (const key of keys) this.#known.set(this.tags.rowOf(key.shelf), key);
  }

  /** Every shelf that has, or had, a record. */
  async all(): Promise<readonly ShelfKey[]> {
    const keys: ShelfKey[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.store.scan({
        ...SHELF_ROW_RANGE,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      for (const { key: row, value } of page) {
        keys.push(this.#known.get(row) ?? unwrapShelfKey(this.epoch, row, value));
      }
      if (page.length < PAGE) return keys;
      after = page.at(-1)!.key;
    }
  }

  /** What must be written so that every shelf but `except` goes on under another epoch key. */
  async rewrapped(epoch: EpochKey, except: ReadonlySet<Shelf>): Promise<readonly StoreWrite[]> {
    const keys = await this.all();
    return keys.filter(({ shelf }) => !except.has(shelf)).map(key => this.rowOf(key, epoch));
  }

  /** Goes on in another epoch; gives the keys, overwritten, of shelves that were sealed anew or are empty. */
  moveTo(epoch: EpochKey, replaced: ReadonlySet<Shelf>, fresh: Iterable<ShelfKey>): readonly ShelfKey[] {
    this.epoch.bytes.fill(0);
    this.epoch = epoch;
    const rows = [...replaced].map(shelf => this.tags.rowOf(shelf));
    const old = rows.flatMap(row => this.#known.get(row) ?? []);
    for (const { bytes } of old) bytes.fill(0);
    for (const row of rows) this.#known.delete(row);
    this.take(fresh);
    return old;
  }

  wipe(): void {
    this.epoch.bytes.fill(0);
    for (const { bytes } of this.#known.values()) bytes.fill(0);
    this.#known.clear();
  }

  /** A key as it stands in the store. */
  rowOf(key: ShelfKey, epoch: EpochKey): StoreWrite {
    const row = this.tags.rowOf(key.shelf);
    return { key: row, value: wrapShelfKey(epoch, this.random, row, key) };
  }
}
