import { destroyOtherEpochs, type EpochKey, readEpochKeys, writeEpochKey } from './epochKeys.ts';
import { VaultError } from './errors.ts';
import { HEAD_KEY, headEpoch, headOf, serialOf } from './head.ts';
import type { KeySlots } from './keys/keySlots.ts';
import { aesRecordCipher, type Random, type RecordCipher, type ShelfKey } from './recordCipher.ts';
import { ShelfKeys } from './shelfKeys.ts';
import { prefixesOfRoom, rangesOf, type Shelf, shelfKeyName, shelfNamed, shelfOf } from './shelves.ts';
import type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';

/** Keys are opaque or numeric: the store shows them in clear. The first segments say on which shelf a record stands. */
const RECORD_KEY = /^[0-9A-Za-z_-]{1,24}(\/[0-9A-Za-z_-]{1,48}){0,7}$/;
/** Before every record's key, and behind the names that the vault keeps for itself. */
const BEFORE_RECORDS = '!~';
const PAGE = 500;

export interface VaultOptions {
  /** 32 bytes. */
  readonly rootKey: Uint8Array;
  readonly random: Random;
  /** Beside the store: where the keys stand that erasure destroys. */
  readonly slots: KeySlots;
  /** Another cipher: how tests show that a scan would find what is not encrypted. */
  readonly cipher?: RecordCipher;
}

/**
 * An encrypted store: what goes in is sealed, what comes out is authentic, in place, and not newer than the head; and
 * what is erased is gone from the bytes, also for one who has the root key.
 *
 * Root key → epoch key, in a slot that is overwritten in place → a key per shelf → records. `erase` changes the epoch:
 * the shelves concerned get fresh keys, the others are wrapped anew, and the slot with the old epoch key is
 * overwritten. What the store still holds of the old records, under whatever log or freed page, then opens for nobody.
 *
 * Every batch writes one small head record with the number of the batch, so that records of a later state beside
 * the head of an earlier one (a half restored profile) are refused as `RECORD_DAMAGED`. A profile that is put
 * back whole looks right from inside: the client notices at the relay, which has entries it does not know.
 */
export class Vault {
  #serial: number;
  #epoch: EpochKey;
  #rootKey: Uint8Array;
  #waiting: Job[] = [];
  #flushing = false;
  /** Resolves when the change of epoch under way has been made or given up. */
  #changing: Promise<void> | undefined;
  readonly #keys: ShelfKeys;
  readonly #cipher: RecordCipher;

  private constructor(
    private readonly store: VaultStore,
    private readonly options: VaultOptions,
    epoch: EpochKey,
    serial: number,
  ) {
    this.#serial = serial;
    this.#epoch = epoch;
    this.#rootKey = options.rootKey.slice();
    this.#cipher = options.cipher ?? aesRecordCipher(options.random);
    this.#keys = new ShelfKeys(store, options.random, epoch);
  }

  /**
   * Opens the records in `store`, or begins where there are none. A change of epoch that a crash cut short is
   * finished, or undone when its transaction was not reached.
   *
   * Throws `VaultError`: `WRONG_KEY`, `UNSUPPORTED_FORMAT`, `RECORD_DAMAGED` (a head that was altered or taken
   * away, keys that are gone), or what the store throws.
   */
  static async open(store: VaultStore, options: VaultOptions): Promise<Vault> {
    const { slots, rootKey, random } = options;
    const head = await store.read(HEAD_KEY);
    const found = await readEpochKeys(slots, rootKey);
    if (head === undefined) {
      if ((await store.scan({ prefix: '', limit: 1 })).length > 0) {
        throw new VaultError('RECORD_DAMAGED', 'records without a head');
      }
      const epoch =
        found[0] ?? (await writeEpochKey(slots, random, rootKey, { epoch: 1, bytes: random(32) }));
      return new Vault(store, options, epoch, 0);
    }
    const epochNumber = headEpoch(head);
    const epoch = found.find(candidate => candidate.epoch === epochNumber);
    if (epoch === undefined) throw new VaultError('RECORD_DAMAGED', 'the keys of this store are gone');
    const serial = serialOf(head, epoch);
    if (found.length > 1) await destroyOtherEpochs(slots, random, epoch);
    return new Vault(store, options, epoch, serial);
  }

  /** One record, or `undefined` when there is none. Throws `RECORD_DAMAGED`. */
  async read(key: string): Promise<Uint8Array | undefined> {
    return this.#opened(key, await this.store.read(checked(key)));
  }

  /** As many answers as keys, in their order. */
  async readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const sealed = await this.store.readMany(keys.map(checked));
    return Promise.all(sealed.map((value, i) => this.#opened(keys[i]!, value)));
  }

  /** Records in key order. Throws `RECORD_DAMAGED` when one of them does not open. */
  async scan(query: StoreScan): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
    const after = query.after !== undefined && query.after > BEFORE_RECORDS ? query.after : BEFORE_RECORDS;
    const found = await this.store.scan({ ...query, after });
    const opened: { readonly key: string; readonly value: Uint8Array }[] = [];
    for (const { key, value } of found) {
      const plaintext = await this.#opened(key, value);
      if (plaintext !== undefined) opened.push({ key, value: plaintext });
    }
    return opened;
  }

  /**
   * All of it, sealed and durable when this resolves, or none of it.
   *
   * Batches that arrive while one is being written share the next transaction of the store, in their order. What
   * a `null` takes away is gone from the store's records, not from its bytes: that takes `erase`.
   */
  commit(writes: readonly StoreWrite[]): Promise<void> {
    const copies = copiesOf(writes);
    return this.#queue({ kind: 'commit', writes: copies });
  }

  /** How many records there are under a prefix, without opening them. */
  async count(prefix: string): Promise<number> {
    let count = 0;
    for (let after = BEFORE_RECORDS; ; ) {
      const page = await this.store.scan({ prefix, limit: PAGE, after });
      count += page.length;
      if (page.length < PAGE) return count;
      after = page.at(-1)!.key;
    }
  }

  /** Every shelf that holds, or held, something of a room. */
  async shelvesOf(roomId: string): Promise<readonly Shelf[]> {
    const shelves: Shelf[] = [];
    for (const prefix of prefixesOfRoom(roomId).map(shelfKeyName)) {
      for (let after: string | undefined; ; ) {
        const page = await this.store.scan({ prefix, limit: PAGE, ...(after !== undefined && { after }) });
        shelves.push(...page.map(({ key }) => shelfNamed(key)));
        if (page.length < PAGE) break;
        after = page.at(-1)!.key;
      }
    }
    return shelves.filter(shelf => shelf.split('/')[1] === roomId);
  }

  /**
   * Carries out `writes` and makes unreadable, for good and for everyone, what stood on these shelves and no longer
   * does: taken away or overwritten, now or before. What still stands there is sealed anew.
   *
   * Costs the records of these shelves and one small row per shelf of the store. All or nothing; when it resolves, the
   * old epoch key has been overwritten. Limits: copies that the platform made (backups, snapshots, cells of a flash
   * disk that were put aside) are out of reach.
   */
  erase(shelves: Iterable<Shelf>, writes: readonly StoreWrite[] = []): Promise<void> {
    return this.#queue({ kind: 'erase', shelves: new Set(shelves), writes: copiesOf(writes) });
  }

  /**
   * Puts the store under another root key; nothing is encrypted anew. When `between` has run (it stores the locks of
   * the new root key), the old root key opens nothing any more; if it throws, both open the store.
   */
  changeRootKey(rootKey: Uint8Array, between: () => Promise<void>): Promise<void> {
    return this.#queue({ kind: 'root', rootKey: rootKey.slice(), between });
  }

  /** Closes the store and overwrites the keys held in memory. */
  async close(): Promise<void> {
    await this.store.close();
    await this.options.slots.close();
    this.#wipe();
  }

  /** Destroys the keys, removes every record as far as the platform allows, and closes. */
  async destroy(): Promise<void> {
    await this.options.slots.destroy();
    await this.store.destroy();
    this.#wipe();
  }

  #wipe(): void {
    this.#keys.wipe();
    this.#cipher.forget();
    this.#rootKey.fill(0);
  }

  #queue(work: Work): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...work, resolve, reject });
      if (!this.#flushing) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.length > 0) await this.#next();
    this.#flushing = false;
  }

  /** The commits at the head of the queue as one, or one piece of other work. */
  async #next(): Promise<void> {
    const others = this.#waiting.findIndex(({ kind }) => kind !== 'commit');
    const jobs = this.#waiting.splice(0, others === -1 ? this.#waiting.length : Math.max(others, 1));
    try {
      await this.#run(jobs);
      for (const job of jobs) job.resolve();
    } catch (error) {
      if (jobs.length === 1) jobs[0]!.reject(error);
      else await this.#runOneByOne(jobs);
    }
  }

  #run(jobs: readonly Job[]): Promise<void> {
    const [first] = jobs;
    if (first?.kind === 'erase') return this.#erase(first.shelves, first.writes);
    if (first?.kind === 'root') return this.#moveToRoot(first.rootKey, first.between);
    return this.#write(jobs.flatMap(job => (job.kind === 'commit' ? job.writes : [])));
  }

  /** What failed together may hold in part: one batch that is too large must not take the others with it. */
  async #runOneByOne(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      try {
        await this.#run([job]);
        job.resolve();
      } catch (error) {
        job.reject(error);
      }
    }
  }

  async #write(writes: readonly StoreWrite[]): Promise<void> {
    const serial = this.#serial + 1;
    const made = new Map<Shelf, ShelfKey>();
    const sealed: StoreWrite[] = [];
    for (const { key, value } of writes) {
      if (value === null) {
        sealed.push({ key, value });
        continue;
      }
      const shelf = shelfOf(key);
      let shelfKey = made.get(shelf) ?? (await this.#keys.find(shelf));
      if (shelfKey === undefined) {
        const fresh = this.#keys.make(shelf);
        shelfKey = fresh.key;
        made.set(shelf, shelfKey);
        sealed.push(fresh.write);
      }
      sealed.push({ key, value: this.#cipher.seal(shelfKey, key, serial, value) });
    }
    await this.store.commit([...sealed, { key: HEAD_KEY, value: this.#headAt(serial, this.#epoch) }]);
    this.#keys.take(made.values());
    this.#serial = serial;
  }

  async #erase(shelves: ReadonlySet<Shelf>, writes: readonly StoreWrite[]): Promise<void> {
    const { random, slots } = this.options;
    const standing = await this.#standingAfter(shelves, writes);
    const next = { epoch: this.#epoch.epoch + 1, bytes: random(32) };
    const epoch = await writeEpochKey(slots, random, this.#rootKey, next, this.#epoch);
    const changing = this.#changeEpoch(epoch, shelves, standing, writes);
    this.#changing = changing.catch(() => undefined);
    try {
      await changing;
    } finally {
      this.#changing = undefined;
    }
    await destroyOtherEpochs(slots, random, epoch);
  }

  async #changeEpoch(
    epoch: EpochKey,
    shelves: ReadonlySet<Shelf>,
    standing: ReadonlyMap<string, Uint8Array>,
    writes: readonly StoreWrite[],
  ): Promise<void> {
    const serial = this.#serial + 1;
    const fresh = new Map<Shelf, ShelfKey>();
    const sealed: StoreWrite[] = writes.flatMap(({ key, value }) => (value === null ? { key, value } : []));
    sealed.push(...(await this.#keys.rewrapped(epoch, shelves)));
    for (const [key, value] of standing) {
      const shelf = shelfOf(key);
      let shelfKey = fresh.get(shelf) ?? (shelves.has(shelf) ? undefined : await this.#keys.find(shelf));
      if (shelfKey === undefined) {
        const made = this.#keys.make(shelf, epoch);
        shelfKey = made.key;
        fresh.set(shelf, shelfKey);
        sealed.push(made.write);
      }
      sealed.push({ key, value: this.#cipher.seal(shelfKey, key, serial, value) });
    }
    const emptied = [...shelves].filter(shelf => !fresh.has(shelf));
    sealed.push(...emptied.map(shelf => ({ key: shelfKeyName(shelf), value: null })));
    await this.#commitEpoch(epoch, [...sealed, { key: HEAD_KEY, value: this.#headAt(serial, epoch) }]);
    this.#serial = serial;
    this.#epoch = epoch;
    for (const old of this.#keys.moveTo(epoch, shelves, fresh.values())) this.#cipher.forget(old);
  }

  /** When the store says that it failed, its head says whether it did; when that cannot be read, the next opening asks. */
  async #commitEpoch(epoch: EpochKey, writes: readonly StoreWrite[]): Promise<void> {
    try {
      await this.store.commit(writes);
    } catch (error) {
      const head = await this.store.read(HEAD_KEY).catch(() => undefined);
      if (head === undefined) throw error;
      if (headEpoch(head) === epoch.epoch) return;
      await destroyOtherEpochs(this.options.slots, this.options.random, this.#epoch).catch(() => undefined);
      throw error;
    }
  }

  /** Records that must be sealed: all that stay on these shelves, and what is written elsewhere. */
  async #standingAfter(
    shelves: ReadonlySet<Shelf>,
    writes: readonly StoreWrite[],
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const standing = new Map<string, Uint8Array>();
    for (const shelf of shelves) {
      for (const range of rangesOf(shelf)) {
        for (let after = range.after; ; ) {
          const page = await this.scan({ ...range, limit: PAGE, ...(after !== undefined && { after }) });
          for (const { key, value } of page) if (shelfOf(key) === shelf) standing.set(key, value);
          if (page.length < PAGE) break;
          after = page.at(-1)!.key;
        }
      }
    }
    for (const { key, value } of writes) {
      if (value === null) standing.delete(key);
      else standing.set(key, value);
    }
    return standing;
  }

  async #moveToRoot(rootKey: Uint8Array, between: () => Promise<void>): Promise<void> {
    const { random, slots } = this.options;
    const { epoch, bytes } = this.#epoch;
    const moved = await writeEpochKey(slots, random, rootKey, { epoch, bytes }, this.#epoch);
    // If it throws, either root key opens the store: nobody knows which locks were stored.
    await between();
    this.#rootKey.fill(0);
    this.#rootKey = rootKey;
    this.#epoch = moved;
    await destroyOtherEpochs(slots, random, moved);
  }

  #headAt(serial: number, epoch: EpochKey): Uint8Array {
    return headOf(serial, epoch, this.options.random);
  }

  async #opened(key: string, sealed: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    if (sealed === undefined) return undefined;
    const { epoch } = this.#epoch;
    try {
      const shelfKey = await this.#keys.find(shelfOf(key));
      if (shelfKey === undefined) throw new VaultError('RECORD_DAMAGED', `record ${key} has no key`);
      return this.#inTime(key, this.#cipher.open(shelfKey, key, sealed));
    } catch (error) {
      // It was read while its shelf got a new key: what stands there now is another record, or none.
      await this.#changing;
      const now = await this.store.read(key);
      if (this.#epoch.epoch === epoch && sameBytes(now, sealed)) throw error;
      return this.#opened(key, now);
    }
  }

  #inTime(key: string, { serial, plaintext }: { readonly serial: number; readonly plaintext: Uint8Array }) {
    // +1: a read may meet what the batch now being written has just put there.
    if (serial > this.#serial + 1)
      throw new VaultError('RECORD_DAMAGED', `record ${key} is newer than the head`);
    return plaintext;
  }
}

type Work =
  | { readonly kind: 'commit'; readonly writes: readonly StoreWrite[] }
  | { readonly kind: 'erase'; readonly shelves: ReadonlySet<Shelf>; readonly writes: readonly StoreWrite[] }
  | { readonly kind: 'root'; readonly rootKey: Uint8Array; readonly between: () => Promise<void> };

type Job = Work & { readonly resolve: () => void; readonly reject: (error: unknown) => void };

function copiesOf(writes: readonly StoreWrite[]): readonly StoreWrite[] {
  return writes.map(({ key, value }) => ({ key: checked(key), value: value?.slice() ?? null }));
}

function checked(key: string): string {
  if (!RECORD_KEY.test(key))
    throw new RangeError('record keys are opaque: letters, digits, - and _, by segments');
  return key;
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
