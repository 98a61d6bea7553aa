import { VaultError } from './errors.ts';
import { aesRecordCipher, type Random, type RecordCipher } from './recordCipher.ts';
import type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';

/**
 * Keys are opaque or numeric: the store shows them in clear. The first segment is the purpose that the record's
 * data key is derived for.
 */
const RECORD_KEY = /^[0-9A-Za-z_-]{1,24}(\/[0-9A-Za-z_-]{1,48}){0,7}$/;
const HEAD_KEY = '!head';
const FORMAT = 1;
const KEY_CHECK_BYTES = 16;

/**
 * An encrypted store: what goes in is sealed, what comes out is authentic, in place, and not newer than the head.
 *
 * Every batch writes one small head record with the number of the batch, so that records of a later state beside
 * the head of an earlier one (a half restored profile) are refused as `RECORD_DAMAGED`. A profile that is put
 * back whole looks right from inside: the client notices at the relay, which has entries it does not know.
 */
export class Vault {
  #serial: number;
  #waiting: Batch[] = [];
  #flushing = false;

  private constructor(
    private readonly store: VaultStore,
    private readonly cipher: RecordCipher,
    serial: number,
  ) {
    this.#serial = serial;
  }

  /**
   * Opens the records in `store` with a 32-byte root key, or begins with it when there are none.
   *
   * Throws `VaultError`: `WRONG_KEY`, `UNSUPPORTED_FORMAT`, `RECORD_DAMAGED` (a head that was altered or taken
   * away), or what the store throws.
   */
  static async open(
    store: VaultStore,
    options: { readonly rootKey: Uint8Array; readonly random: Random },
  ): Promise<Vault> {
    return Vault.openWith(store, aesRecordCipher(options.rootKey, options.random));
  }

  /** As `open`, with another cipher: how tests show that a scan would find what is not encrypted. */
  static async openWith(store: VaultStore, cipher: RecordCipher): Promise<Vault> {
    const head = await store.read(HEAD_KEY);
    if (head !== undefined) return new Vault(store, cipher, serialOf(head, cipher));
    if ((await store.scan({ prefix: '', limit: 1 })).length > 0) {
      throw new VaultError('RECORD_DAMAGED', 'records without a head');
    }
    return new Vault(store, cipher, 0);
  }

  /** One record, or `undefined` when there is none. Throws `RECORD_DAMAGED`. */
  async read(key: string): Promise<Uint8Array | undefined> {
    const sealed = await this.store.read(checked(key));
    return sealed === undefined ? undefined : this.#open(key, sealed);
  }

  /** As many answers as keys, in their order. */
  async readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const sealed = await this.store.readMany(keys.map(checked));
    return sealed.map((value, i) => (value === undefined ? undefined : this.#open(keys[i]!, value)));
  }

  /** Records in key order. Throws `RECORD_DAMAGED` when one of them does not open. */
  async scan(query: StoreScan): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
    const found = await this.store.scan({ ...query, limit: query.limit + 1 });
    return found
      .filter(({ key }) => key !== HEAD_KEY)
      .slice(0, query.limit)
      .map(({ key, value }) => ({ key, value: this.#open(key, value) }));
  }

  /**
   * All of it, sealed and durable when this resolves, or none of it.
   *
   * Batches that arrive while one is being written share the next transaction of the store, in their order.
   */
  commit(writes: readonly StoreWrite[]): Promise<void> {
    const copies = writes.map(({ key, value }) => ({ key: checked(key), value: value?.slice() ?? null }));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes: copies, resolve, reject });
      if (!this.#flushing) void this.#flush();
    });
  }

  /** Closes the store and overwrites the keys held in memory. */
  async close(): Promise<void> {
    await this.store.close();
    this.cipher.wipe();
  }

  /** Removes every record, as far as the platform allows, and closes. */
  async destroy(): Promise<void> {
    await this.store.destroy();
    this.cipher.wipe();
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.length > 0) {
      const batches = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(batches.flatMap(batch => batch.writes));
        for (const batch of batches) batch.resolve();
      } catch (error) {
        if (batches.length === 1) batches[0]!.reject(error);
        else await this.#writeOneByOne(batches);
      }
    }
    this.#flushing = false;
  }

  /** What failed together may hold in part: one batch that is too large must not take the others with it. */
  async #writeOneByOne(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      try {
        await this.#write(batch.writes);
        batch.resolve();
      } catch (error) {
        batch.reject(error);
      }
    }
  }

  async #write(writes: readonly StoreWrite[]): Promise<void> {
    const serial = this.#serial + 1;
    const sealed = writes.map(({ key, value }) => ({
      key,
      value: value === null ? null : this.cipher.seal(key, serial, value),
    }));
    await this.store.commit([...sealed, { key: HEAD_KEY, value: headOf(serial, this.cipher) }]);
    this.#serial = serial;
  }

  #open(key: string, sealed: Uint8Array): Uint8Array {
    const { serial, plaintext } = this.cipher.open(key, sealed);
    // +1: a read may meet what the batch now being written has just put there.
    if (serial > this.#serial + 1)
      throw new VaultError('RECORD_DAMAGED', `record ${key} is newer than the head`);
    return plaintext;
  }
}

interface Batch {
  readonly writes: readonly StoreWrite[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function headOf(serial: number, cipher: RecordCipher): Uint8Array {
  const sealed = cipher.seal(HEAD_KEY, serial, new Uint8Array(0));
  const head = new Uint8Array(1 + KEY_CHECK_BYTES + sealed.length);
  head[0] = FORMAT;
  head.set(cipher.keyCheck, 1);
  head.set(sealed, 1 + KEY_CHECK_BYTES);
  return head;
}

function serialOf(head: Uint8Array, cipher: RecordCipher): number {
  if (head.length > 0 && head[0] !== FORMAT)
    throw new VaultError('UNSUPPORTED_FORMAT', 'made by a newer version');
  const check = head.subarray(1, 1 + KEY_CHECK_BYTES);
  if (check.length < KEY_CHECK_BYTES) throw new VaultError('RECORD_DAMAGED', 'the head is cut short');
  if (!check.every((byte, i) => byte === cipher.keyCheck[i])) {
    throw new VaultError('WRONG_KEY', 'this store was made with another root key');
  }
  return cipher.open(HEAD_KEY, head.subarray(1 + KEY_CHECK_BYTES)).serial;
}

function checked(key: string): string {
  if (!RECORD_KEY.test(key))
    throw new RangeError('record keys are opaque: letters, digits, - and _, by segments');
  return key;
}
