import {
  destroyOtherEpochs,
  type EpochKey,
  NAMES_KEY_BYTES,
  readEpochKeys,
  unwrapNamesKey,
  wrapNamesKey,
  writeEpochKey,
} from './epochKeys.ts';
import { VaultError } from './errors.ts';
import { changeToKeyedNames, isInClear } from './formatInClear.ts';
import { HEAD_KEY, headEpoch, headOf, serialOf } from './head.ts';
import type { KeySlots } from './keys/keySlots.ts';
import { type NamedRecord, packRecord, unpackRecord } from './namedRecord.ts';
import {
  type Aes256Gcm,
  aesRecordCipher,
  type OpenedRecord,
  type Random,
  type RecordCipher,
  type ShelfKey,
} from './recordCipher.ts';
import { keyedNames, type RecordNames } from './recordNames.ts';
import { ShelfKeys } from './shelfKeys.ts';
import { ShelfTags } from './shelfTags.ts';
import { hasRecordsBeneath, isOfRoom, type Shelf, shelfOf, whereaboutsOf } from './shelves.ts';
import type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';

/** Paths of segments; the first say on which shelf a record stands. The store never sees them. */
const RECORD_KEY = /^[0-9A-Za-z_-]{1,24}(\/[0-9A-Za-z_-]{1,48}){0,7}$/;
/** The key of the names, wrapped under the epoch key. */
const NAMES_KEY_ROW = '!names';
const PAGE = 500;

export interface VaultOptions {
  /** 32 bytes. */
  readonly rootKey: Uint8Array;
  readonly random: Random;
  /** Beside the store: where the keys stand that erasure destroys. */
  readonly slots: KeySlots;
  /** The platform's AES-256-GCM; noble's where left out. */
  readonly aes?: Aes256Gcm;
  /** Another cipher: how tests show that a scan would find what is not encrypted. */
  readonly cipher?: RecordCipher;
  /** Other names: how tests show that a scan would find what stands in clear. */
  readonly names?: RecordNames;
}

/** Where a vault begins: at what its store and slots hold. */
interface Beginning {
  readonly epoch: EpochKey;
  readonly serial: number;
  readonly namesKey: Uint8Array;
}

/**
 * An encrypted store: what goes in is sealed, what comes out is authentic, in place, and not newer than the head; and
 * what is erased is gone from the bytes, also for one who has the root key.
 *
 * Root key → epoch key, in a slot that is overwritten in place → a key per shelf → records. `erase` changes the epoch:
 * the shelves concerned get fresh keys, the others are wrapped anew, and the slot with the old epoch key is
 * overwritten. What the store still holds of the old records, under whatever log or freed page, then opens for nobody.
 *
 * The store knows records by names that are keyed (`keyedNames`), and their keys stand inside what is sealed: without
 * a key there is to be seen how many records there are, and how large they are (decision 0014 has the small print).
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
  readonly #namesKey: Uint8Array;
  readonly #names: RecordNames;
  readonly #tags: ShelfTags;

  private constructor(
    private readonly store: VaultStore,
    private readonly options: VaultOptions,
    { epoch, serial, namesKey }: Beginning,
  ) {
    this.#serial = serial;
    this.#epoch = epoch;
    this.#rootKey = options.rootKey.slice();
    this.#cipher = options.cipher ?? aesRecordCipher(options.random, options.aes);
    this.#namesKey = namesKey;
    this.#names = options.names ?? keyedNames(namesKey);
    this.#tags = new ShelfTags(namesKey);
    this.#keys = new ShelfKeys(store, options.random, epoch, this.#tags);
  }

  /**
   * Opens the records in `store`, or begins where there are none. A change of epoch that a crash cut short is
   * finished, or undone when its transaction was not reached. A store of the format before, with names in clear, is
   * changed to this one, batch by batch; a crash meanwhile is made up for by the next opening.
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
      return new Vault(store, options, { epoch, serial: 0, namesKey: random(NAMES_KEY_BYTES) });
    }
    const epochNumber = headEpoch(head);
    const epoch = found.find(candidate => candidate.epoch === epochNumber);
    if (epoch === undefined) throw new VaultError('RECORD_DAMAGED', 'the keys of this store are gone');
    const serial = serialOf(head, epoch);
    if (found.length > 1) await destroyOtherEpochs(slots, random, epoch);
    if (await isInClear(store, head)) {
      const begun = await store.read(NAMES_KEY_ROW);
      const namesKey = begun === undefined ? random(NAMES_KEY_BYTES) : unwrapNamesKey(epoch, begun);
      const vault = new Vault(store, options, { epoch, serial, namesKey });
      await vault.#changeFormat();
      return vault;
    }
    const wrapped = await store.read(NAMES_KEY_ROW);
    if (wrapped === undefined) throw new VaultError('RECORD_DAMAGED', 'the key of the names is gone');
    return new Vault(store, options, { epoch, serial, namesKey: unwrapNamesKey(epoch, wrapped) });
  }

  /** One record, or `undefined` when there is none. Throws `RECORD_DAMAGED`. */
  async read(key: string): Promise<Uint8Array | undefined> {
    const name = this.#names.nameOf(checked(key));
    return this.#valueOf(key, name, await this.store.read(name));
  }

  /** As many answers as keys, in their order. */
  async readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const names = keys.map(key => this.#names.nameOf(checked(key)));
    const stored = await this.store.readMany(names);
    return Promise.all(stored.map((value, i) => this.#valueOf(keys[i]!, names[i]!, value)));
  }

  /**
   * Records beneath a prefix, which is empty or ends with `/`. Numbers of 16 digits come in their order; what else
   * stands beside each other comes in an order that only the store knows, the same at every scan. `a/` gives the
   * records of two segments only.
   *
   * Throws `RECORD_DAMAGED` when one of them does not open, `RangeError` for another prefix.
   */
  async scan(query: StoreScan): Promise<readonly NamedRecord[]> {
    checkPrefix(query.prefix);
    return this.#scan(query);
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

  /** How many records there are beneath a prefix, as `scan` takes it, without opening them. */
  async count(prefix: string): Promise<number> {
    checkPrefix(prefix);
    const named = this.#names.prefixOf(prefix);
    let count = 0;
    for (let after: string | undefined; ; ) {
      const page = await this.store.scan({
        prefix: named,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      count += page.length;
      if (page.length < PAGE) return count;
      after = page.at(-1)!.key;
    }
  }

  /** Every shelf that holds, or held, something of a room. */
  async shelvesOf(roomId: string): Promise<readonly Shelf[]> {
    const { epoch } = this.#epoch;
    try {
      const shelves = (await this.#keys.all()).map(({ shelf }) => shelf);
      return shelves.filter(shelf => isOfRoom(shelf, roomId));
    } catch (error) {
      // They were read while they were wrapped anew.
      await this.#changing;
      if (this.#epoch.epoch === epoch) throw error;
      return this.shelvesOf(roomId);
    }
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
    this.#names.forget();
    this.#tags.wipe();
    this.#namesKey.fill(0);
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
        sealed.push({ key: this.#names.nameOf(key), value });
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
      sealed.push(this.#sealed(shelfKey, serial, { key, value }));
    }
    // The first batch of all brings the key of the names along.
    if (this.#serial === 0) sealed.push(this.#namesRow(this.#epoch));
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
    const sealed: StoreWrite[] = writes.flatMap(({ key, value }) =>
      value === null ? { key: this.#names.nameOf(key), value } : [],
    );
    sealed.push(this.#namesRow(epoch));
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
      sealed.push(this.#sealed(shelfKey, serial, { key, value }));
    }
    const emptied = [...shelves].filter(shelf => !fresh.has(shelf));
    sealed.push(...emptied.map(shelf => ({ key: this.#tags.rowOf(shelf), value: null })));
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
      const { keys, ranges } = whereaboutsOf(shelf);
      for (const [i, value] of (await this.readMany(keys)).entries()) {
        if (value !== undefined) standing.set(keys[i]!, value);
      }
      for (const range of ranges) {
        for (let after = range.after; ; ) {
          const page = await this.#scan({ ...range, limit: PAGE, ...(after !== undefined && { after }) });
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

  #namesRow(epoch: EpochKey): StoreWrite {
    return { key: NAMES_KEY_ROW, value: wrapNamesKey(epoch, this.options.random, this.#namesKey) };
  }

  #sealed(shelfKey: ShelfKey, serial: number, record: NamedRecord): StoreWrite {
    const name = this.#names.nameOf(record.key);
    const sealed = this.#cipher.seal(shelfKey, name, serial, packRecord(record));
    return { key: name, value: this.#tags.hinted(shelfKey.shelf, sealed) };
  }

  async #scan({ prefix, after, before, limit, reverse }: StoreScan): Promise<readonly NamedRecord[]> {
    const found = await this.store.scan({
      prefix: this.#names.prefixOf(prefix),
      limit,
      ...(after !== undefined && { after: this.#names.nameOf(after) }),
      ...(before !== undefined && { before: this.#names.nameOf(before) }),
      ...(reverse !== undefined && { reverse }),
    });
    const opened: NamedRecord[] = [];
    for (const { key: name, value } of found) {
      const record = await this.#opened(name, value);
      if (record !== undefined) opened.push(record);
    }
    return opened;
  }

  async #valueOf(key: string, name: string, stored: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const record = await this.#opened(name, stored);
    if (record !== undefined && record.key !== key)
      throw new VaultError('RECORD_DAMAGED', `record ${key} has the name of another`);
    return record?.value;
  }

  async #opened(name: string, stored: Uint8Array | undefined): Promise<NamedRecord | undefined> {
    if (stored === undefined) return undefined;
    const { epoch } = this.#epoch;
    try {
      const { sealed, row } = this.#tags.followed(stored);
      const shelfKey = await this.#keys.findIn(row);
      if (shelfKey === undefined) throw new VaultError('RECORD_DAMAGED', `record ${name} has no key`);
      return this.#inTime(name, this.#cipher.open(shelfKey, name, sealed));
    } catch (error) {
      // It was read while its shelf got a new key: what stands there now is another record, or none.
      await this.#changing;
      const now = await this.store.read(name);
      if (this.#epoch.epoch === epoch && sameBytes(now, stored)) throw error;
      return this.#opened(name, now);
    }
  }

  #inTime(name: string, { serial, plaintext }: OpenedRecord): NamedRecord {
    // +1: a read may meet what the batch now being written has just put there.
    if (serial > this.#serial + 1)
      throw new VaultError('RECORD_DAMAGED', `record ${name} is newer than the head`);
    return unpackRecord(plaintext);
  }

  /** From the format before, in which names stood in clear. */
  #changeFormat(): Promise<void> {
    return changeToKeyedNames(this.store, {
      epoch: this.#epoch,
      keys: this.#keys,
      beginning: () => [
        this.#namesRow(this.#epoch),
        { key: HEAD_KEY, value: this.#headAt(this.#serial, this.#epoch) },
      ],
      seal: (shelfKey, serial, record) => this.#sealed(shelfKey, serial, record),
      rowOf: shelfKey => this.#keys.rowOf(shelfKey, this.#epoch),
    });
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

function checkPrefix(prefix: string): void {
  if (prefix === '') return;
  const path = checked(prefix.slice(0, -1));
  if (!prefix.endsWith('/') || (!path.includes('/') && !hasRecordsBeneath(path)))
    throw new RangeError(`no records are listed beneath ${prefix}`);
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
