/**
 * Records that share a data key stand on one shelf. A shelf is what erasure costs: to make one record unreadable for
 * good, the others of its shelf are sealed again under a fresh key, and the old key is destroyed.
 *
 * - a block of a room's log (what 512 entries of its stream put there) with its search segment;
 * - the ids of a room's log (`at`, `own`, `quote`, `expire`): random numbers, hashes and times, as many as there are
 *   messages, never content;
 * - everything else of a room, which is bounded by its members: state, outbox, ratchets, invites;
 * - everything of the device itself.
 *
 * The rule is part of the format: a record is read by the key of the shelf that its name leads to.
 */
export type Shelf = string;

/** Orders (`seq` × 2048 + place within the entry) of one block of a log. */
export const ORDERS_PER_BLOCK = 2 ** 20;

const SHELF_KEYS = '!k/';
const NUMBER_DIGITS = 16;
const OWN_PURPOSES = ['self', 'errand', 'device'];
const ID_PURPOSES = ['at', 'own', 'quote', 'expire'];
/** Purposes whose records stand on the shelf of their room. */
const ROOM_PURPOSES = ['room', 'mls', 'peer', 'out', 'roster', 'invite', 'visitor', 'knock', 'join', 'draft'];

/** Where a record stands. Records of a purpose that is not known here stand on a shelf of that purpose. */
export function shelfOf(recordKey: string): Shelf {
  const [purpose, owner, number] = recordKey.split('/') as [string, string?, string?];
  if (OWN_PURPOSES.includes(purpose)) return 'self';
  if (owner === undefined) return `other/${purpose}`;
  if (ID_PURPOSES.includes(purpose)) return `at/${owner}`;
  if (ROOM_PURPOSES.includes(purpose)) return `room/${owner}`;
  if (purpose === 'log' && number !== undefined) return `log/${owner}/${blockOf(Number(number))}`;
  if (purpose === 'find' && number !== undefined) return `log/${owner}/${Number(number)}`;
  return `other/${purpose}`;
}

/** The block of a log that an order lies in. */
export function blockOf(order: number): number {
  return Math.floor(order / ORDERS_PER_BLOCK);
}

/** Numbers in record keys sort as numbers. */
export function padded(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0');
}

/** A range of record keys, as a scan of the store takes it. */
export interface KeyRange {
  readonly prefix: string;
  readonly after?: string;
  readonly before?: string;
}

/** Where the records of a shelf are to be looked for. */
export function rangesOf(shelf: Shelf): readonly KeyRange[] {
  const [kind, owner, block] = shelf.split('/') as [string, string?, string?];
  // A prefix may take in neighbours (`self` and `selfish`): the reader asks `shelfOf` again.
  if (kind === 'self') return OWN_PURPOSES.map(prefix => ({ prefix }));
  if (kind === 'at') return ID_PURPOSES.map(purpose => ({ prefix: `${purpose}/${owner}` }));
  if (kind === 'room') return ROOM_PURPOSES.map(purpose => ({ prefix: `${purpose}/${owner}` }));
  if (kind === 'log' && block !== undefined) {
    const first = Number(block) * ORDERS_PER_BLOCK;
    return [
      {
        prefix: `log/${owner}/`,
        ...(first > 0 && { after: `log/${owner}/${padded(first - 1)}` }),
        before: `log/${owner}/${padded(first + ORDERS_PER_BLOCK)}`,
      },
      { prefix: `find/${owner}/${padded(Number(block))}` },
    ];
  }
  return [{ prefix: owner ?? '' }];
}

/** What the shelves of a room begin with; some may be another room's. */
export function prefixesOfRoom(roomId: string): readonly Shelf[] {
  return [`log/${roomId}/`, `at/${roomId}`, `room/${roomId}`];
}

/** Under which name the store keeps the wrapped key of a shelf. */
export function shelfKeyName(shelf: Shelf): string {
  return SHELF_KEYS + shelf;
}

/** Every wrapped shelf key. */
export const SHELF_KEY_RANGE: KeyRange = { prefix: SHELF_KEYS };

/** The shelf of a name that `shelfKeyName` gave. */
export function shelfNamed(name: string): Shelf {
  return name.slice(SHELF_KEYS.length);
}
