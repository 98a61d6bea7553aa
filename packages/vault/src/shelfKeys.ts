import { type EpochKey, unwrapShelfKey, wrapShelfKey } from './epochKeys.ts';
import type { Random, ShelfKey } from './recordCipher.ts';
import { SHELF_KEY_RANGE, type Shelf, shelfKeyName, shelfNamed } from './shelves.ts';
import type { StoreWrite, VaultStore } from './vaultStore.ts';

const PAGE = 500;

/** The shelf keys in use: read when a shelf is first touched, made when one is first written to. */
export class ShelfKeys {
  readonly #known = new Map<Shelf, ShelfKey>();

  constructor(
    private readonly store: VaultStore,
    private readonly random: Random,
    private epoch: EpochKey,
  ) {}

  /** The key of a shelf, or `undefined` where there is no such shelf. Throws `RECORD_DAMAGED`. */
  async find(shelf: Shelf): Promise<ShelfKey | undefined> {
    const known = this.#known.get(shelf);
    if (known !== undefined) return known;
    const { epoch } = this;
    const wrapped = await this.store.read(shelfKeyName(shelf));
    // While it was read, the epoch may have changed, or somebody else may have read or made it.
    if (this.epoch !== epoch || this.#known.has(shelf)) return this.find(shelf);
    if (wrapped === undefined) return undefined;
    const key = unwrapShelfKey(epoch, shelf, wrapped);
    this.#known.set(shelf, key);
    return key;
  }

  /** Fresh keys for new shelves: to be stored with the first records on them, and kept by `take` after that. */
  make(shelf: Shelf, epoch: EpochKey = this.epoch): { readonly key: ShelfKey; readonly write: StoreWrite } {
    const key: ShelfKey = { shelf, bytes: this.random(32) };
    return { key, write: { key: shelfKeyName(shelf), value: wrapShelfKey(epoch, this.random, key) } };
  }

  take(keys: Iterable<ShelfKey>): void {
    for (const key of keys) this.#known.set(key.shelf, key);
  }

  /** What must be written so that every shelf but `except` goes on under another epoch key. */
  async rewrapped(epoch: EpochKey, except: ReadonlySet<Shelf>): Promise<readonly StoreWrite[]> {
    const writes: StoreWrite[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.store.scan({
        ...SHELF_KEY_RANGE,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      for (const { key, value } of page) {
        const shelf = shelfNamed(key);
        if (except.has(shelf)) continue;
        const { bytes } = this.#known.get(shelf) ?? unwrapShelfKey(this.epoch, shelf, value);
        writes.push({ key, value: wrapShelfKey(epoch, this.random, { shelf, bytes }) });
      }
      if (page.length < PAGE) return writes;
      after = page.at(-1)!.key;
    }
  }

  /** Goes on in another epoch; gives the keys, overwritten, of shelves that were sealed anew or are empty. */
  moveTo(epoch: EpochKey, replaced: ReadonlySet<Shelf>, fresh: Iterable<ShelfKey>): readonly ShelfKey[] {
    this.epoch.bytes.fill(0);
    this.epoch = epoch;
    const old = [...replaced].flatMap(shelf => this.#known.get(shelf) ?? []);
    for (const { shelf, bytes } of old) {
      bytes.fill(0);
      this.#known.delete(shelf);
    }
    this.take(fresh);
    return old;
  }

  wipe(): void {
    this.epoch.bytes.fill(0);
    for (const { bytes } of this.#known.values()) bytes.fill(0);
    this.#known.clear();
  }
}
