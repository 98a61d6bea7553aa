import {
  Keyring,
  type KeySlots,
  ORDERS_PER_BLOCK,
  type Shelf,
  type StoreWrite,
  shelfOf,
  Vault,
  type VaultStore,
} from '@sotto/vault';
import { wasmArgon2id } from '@sotto/vault/argon2id';

/** What a history is made with. */
export interface HistoryPlan {
  /** Ten letters or digits that every canary begins with. */
  readonly tag: string;
  readonly passphrase: string;
  /** `erase`: as the client does it. `take away`: the records go, their keys stay: erasure switched off. */
  readonly deletion: 'erase' | 'take away';
  /** Encryption switched off. */
  readonly isClear: boolean;
  /** Keyed names switched off. */
  readonly hasClearNames: boolean;
}

/** Opens the storage under test: records, and key slots beside them. */
export type OpenStorage = () => Promise<{ readonly store: VaultStore; readonly slots: KeySlots }>;

type Fate = 'kept' | 'deleted';

interface Canary {
  readonly key: string;
  readonly word: string;
  readonly sizeBytes: number;
  readonly fate: Fate;
  /** Written again later, under the same key, by another. */
  readonly isReplaced?: true;
}

const KEPT_ROOM = 'gArdenKq83hfT2pLmWx0Ez';
const THINNED_ROOM = 'pOrchZ71nvR5sYbQ4uCd9A';
const GONE_ROOM = 'cEllarJ62mtXw8Hk3gVf7B';
const REPLACEMENTS = 5;
const RECORDS_PER_BATCH = 12;
const BATCHES_BEFORE_BULK = 20;
/** Above 64 KiB, where chromium keeps a value in a file of its own, and SQLite in pages of its own. */
const SIZES_BYTES = [40, 90, 300, 600, 1_500, 90, 200, 5_000, 40, 700];
const LARGE_BYTES = 90_000;

/** The canaries by their fate. Not in it: what was replaced on a shelf that nothing is erased from. */
export function canaryWords(tag: string): Readonly<Record<Fate | 'replaced' | 'large', readonly string[]>> {
  const canaries = canariesOf(tag);
  const wordsOf = (fits: (canary: Canary) => boolean) => canaries.filter(fits).map(({ word }) => word);
  return {
    kept: wordsOf(({ fate, isReplaced }) => fate === 'kept' && !isReplaced),
    deleted: wordsOf(({ fate, isReplaced }) => fate === 'deleted' && !isReplaced),
    large: wordsOf(({ sizeBytes }) => sizeBytes === LARGE_BYTES),
    replaced: wordsOf(({ key, isReplaced }) => isReplaced === true && isThinned(key)),
  };
}

/** What stands in the keys of records: ids of rooms, messages and devices, invite tokens, times; and whole keys. */
export function canaryNames(): Readonly<Record<Fate, readonly string[]>> {
  const canaries = canariesOf('').filter(({ isReplaced }) => !isReplaced);
  const namesOf = (wanted: Fate) =>
    canaries.filter(({ fate }) => fate === wanted).flatMap(({ key }) => [key, ...(key.match(NAME) ?? [])]);
  const kept = new Set(namesOf('kept'));
  return { kept: [...kept], deleted: [...new Set(namesOf('deleted'))].filter(name => !kept.has(name)) };
}

/** Ids, tokens and times of such a history. */
const NAME = /[A-Za-z]_?[0-9A-Za-z]{20,}|0001\d{12}/g;

/** Writes it all with no lock set, as a chat begins; then sets the passphrase, as `LockingDevice` does. */
export async function writeHistory(openStorage: OpenStorage, plan: HistoryPlan): Promise<void> {
  const { store, slots } = await openStorage();
  const ring = await ringOf(slots);
  const { rootKey } = await ring.begin({ kind: 'open' });
  const vault = await openVault(store, slots, rootKey, plan);
  const writes = canariesOf(plan.tag).map(writeOf);
  for (let at = 0; at < writes.length; at += RECORDS_PER_BATCH) {
    await vault.commit(writes.slice(at, at + RECORDS_PER_BATCH));
    if (at === RECORDS_PER_BATCH * BATCHES_BEFORE_BULK) await writeBulk(store);
  }
  const locked = random(32);
  await vault.changeRootKey(locked, () =>
    ring.replaceRoot(locked, [{ kind: 'passphrase', passphrase: plan.passphrase }]),
  );
  await vault.close();
}

/** Opens it with the passphrase and deletes: messages of one room in two goes, and a whole other room. */
export async function deleteFromHistory(
  openStorage: OpenStorage,
  plan: HistoryPlan,
  { closes }: { readonly closes: boolean },
): Promise<void> {
  const { store, slots } = await openStorage();
  const ring = await ringOf(slots);
  const rootKey = await ring.unlock({ kind: 'passphrase', passphrase: plan.passphrase });
  const vault = await openVault(store, slots, rootKey, plan);
  const deleted = canariesOf(plan.tag).filter(({ fate, isReplaced }) => fate === 'deleted' && !isReplaced);
  const remove = async (writes: readonly StoreWrite[], shelves: readonly Shelf[]) =>
    plan.deletion === 'erase' ? vault.erase(shelves, writes) : vault.commit(writes);
  const keysOf = (room: string) => deleted.map(({ key }) => key).filter(key => key.split('/')[1] === room);

  const messages = keysOf(THINNED_ROOM);
  const half = messages.length / 2;
  for (const some of [messages.slice(0, half), messages.slice(half)]) {
    const shelves = [...new Set([...some, `room/${THINNED_ROOM}`].map(shelfOf))];
    await remove(
      some.map(key => ({ key, value: null })),
      shelves,
    );
  }
  await remove(
    keysOf(GONE_ROOM).map(key => ({ key, value: null })),
    await vault.shelvesOf(GONE_ROOM),
  );
  if (closes) await vault.close();
}

function canariesOf(tag: string): readonly Canary[] {
  const drafts: Omit<Canary, 'word'>[] = [{ key: 'self/identity', sizeBytes: 200, fate: 'kept' }];
  const talk = (room: string, block: number, messages: number, fateOf: (i: number) => Fate) => {
    for (let i = 0; i < messages; i += 1) {
      const order = block * ORDERS_PER_BLOCK + i * 2048;
      const sizeBytes = i === 7 ? LARGE_BYTES : SIZES_BYTES[i % SIZES_BYTES.length]!;
      drafts.push({ key: `log/${room}/${padded(order)}`, sizeBytes, fate: fateOf(i) });
    }
  };
  const state = (room: string, fate: Fate) => {
    // What comes later takes the place of what was before; its title and preview are in there.
    for (let i = 0; i < REPLACEMENTS; i += 1) {
      drafts.push({ key: `room/${room}`, sizeBytes: 400, fate: 'deleted', isReplaced: true });
      drafts.push({ key: `draft/${room}`, sizeBytes: 60, fate: 'deleted', isReplaced: true });
    }
    drafts.push({ key: `room/${room}`, sizeBytes: 400, fate });
    drafts.push({ key: `draft/${room}`, sizeBytes: 60, fate });
  };
  const about = (room: string, fate: Fate) => {
    const id = (what: string, i: number) => `${what}${room.slice(0, 12)}${String(i).padStart(10, '0')}`;
    const token = id('t', 0);
    const keys = [`invite/${room}/${token}`];
    for (let i = 0; i < 6; i += 1) {
      const device = id('d_', i);
      keys.push(`peer/${room}/${device}`, `visitor/${room}/${token}/${device}`, `at/${room}/${id('m_', i)}`);
      keys.push(
        `expire/${room}/at/${padded(1_790_000_000_000 + room.length + i * 77_777)}/${padded(i * 2048)}`,
      );
    }
    drafts.push(...keys.map(key => ({ key, sizeBytes: 40, fate })));
  };
  talk(KEPT_ROOM, 0, 40, () => 'kept');
  talk(KEPT_ROOM, 3, 30, () => 'kept');
  state(KEPT_ROOM, 'kept');
  about(KEPT_ROOM, 'kept');
  talk(THINNED_ROOM, 0, 30, () => 'kept');
  talk(THINNED_ROOM, 1, 60, i => (i % 2 === 0 ? 'kept' : 'deleted'));
  talk(THINNED_ROOM, 2, 40, i => (i === 7 || i === 20 ? 'deleted' : 'kept'));
  state(THINNED_ROOM, 'kept');
  talk(GONE_ROOM, 0, 50, () => 'deleted');
  talk(GONE_ROOM, 1, 30, () => 'deleted');
  state(GONE_ROOM, 'deleted');
  about(GONE_ROOM, 'deleted');
  return drafts.map((draft, i) => ({ ...draft, word: `${tag}${String(i).padStart(4, '0')}` }));
}

function padded(number: number): string {
  return String(number).padStart(16, '0');
}

/** Whether the shelf of a room's state was erased from: what was replaced on it is gone with that. */
function isThinned(key: string): boolean {
  return key.endsWith(THINNED_ROOM) || key.endsWith(GONE_ROOM);
}

/** More than LevelDB keeps in its log: what was written before it comes to lie in a compressed table. */
const BULK_BYTES = 5_000_000;
const BULK_RECORD_BYTES = 60_000;

const FILLER = ' and then we went down to the river, where the boats are, to wait for the others';

function writeOf({ key, word, sizeBytes }: Canary): StoreWrite {
  const text = `said: ${word}${FILLER.repeat(Math.ceil(sizeBytes / FILLER.length))}`;
  return { key, value: new TextEncoder().encode(text.slice(0, Math.max(sizeBytes, 6 + word.length))) };
}

/** One value over and over that does not shrink, and that nobody takes for a record: without the byte they begin with. */
async function writeBulk(store: VaultStore): Promise<void> {
  const value = random(BULK_RECORD_BYTES).map(byte => (byte === 3 ? 4 : byte));
  for (let written = 0; written < BULK_BYTES; written += BULK_RECORD_BYTES) {
    await store.commit([{ key: 'bulk', value }]);
  }
}

function openVault(
  store: VaultStore,
  slots: KeySlots,
  rootKey: Uint8Array,
  { isClear, hasClearNames }: HistoryPlan,
): Promise<Vault> {
  return Vault.open(store, {
    rootKey,
    random,
    slots,
    ...(isClear && { cipher: CLEAR }),
    ...(hasClearNames && { names: CLEAR_NAMES }),
  });
}

function ringOf(slots: KeySlots): Promise<Keyring> {
  return Keyring.open(slots, { random, nowMs: Date.now, stretch: wasmArgon2id });
}

function random(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

/** Records under their own keys. */
const CLEAR_NAMES: NonNullable<Parameters<typeof Vault.open>[1]['names']> = {
  nameOf: key => `~${key}`,
  prefixOf: prefix => `~${prefix}`,
  forget() {},
};

/** No cipher at all. */
const CLEAR: NonNullable<Parameters<typeof Vault.open>[1]['cipher']> = {
  seal(_key, _recordKey, serial, plaintext) {
    const bytes = new Uint8Array(8 + plaintext.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(serial));
    bytes.set(plaintext, 8);
    return bytes;
  },
  open(_key, _recordKey, sealed) {
    const serial = Number(new DataView(sealed.buffer, sealed.byteOffset).getBigUint64(0));
    return { serial, plaintext: sealed.slice(8) };
  },
  forget() {},
};
