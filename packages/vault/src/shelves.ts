/**
 * Records that share a data key stand on one shelf. A shelf is what erasure costs: to make one record unreadable for
 * good, the others of its shelf are sealed again under a fresh key, and the old key is destroyed.
 *
 * - a block of a room's log (what 512 entries of its stream put there) with its search segment;
 * - the ids of a room's log (`at`, `own`, `quote`, `expire`): random numbers, hashes and times, as many as there are
 *   messages, never content;
 * - the files of a room: ciphertext whose keys stand with the messages, so that with a message its file goes, and no
 *   other file has to be sealed again for it;
 * - everything else of a room, which is bounded by its members: state, outbox, ratchets, invites;
 * - everything of the device itself.
 *
 * The rule is part of the format: a record is read by the key of the shelf that its name leads to.
 */
export type Shelf = string;

/** Orders (`seq` × 2048 + place within the entry) of one block of a log. */
export const ORDERS_PER_BLOCK = 2 ** 20;

const NUMBER_DIGITS = 16;
const OWN_PURPOSES = ['self', 'errand', 'device'];
const ID_PURPOSES = ['at', 'own', 'quote', 'expire'];
/** Purposes whose records stand on the shelf of their room. */
const ROOM_PURPOSES = ['room', 'mls', 'peer', 'out', 'roster', 'invite', 'visitor', 'knock', 'join', 'draft'];
/** Purposes whose records have three segments or more. */
const DEEP_PURPOSES = [
  ...['log', 'find', 'file', ...ID_PURPOSES],
  ...ROOM_PURPOSES.filter(purpose => !['room', 'join', 'draft'].includes(purpose)),
];

/** Where a record stands. Records of a purpose that is not known here stand on a shelf of that purpose (and owner). */
export function shelfOf(recordKey: string): Shelf {
  const [purpose, owner, number] = recordKey.split('/') as [string, string?, string?];
  if (OWN_PURPOSES.includes(purpose)) return 'self';
  if (owner === undefined) return `other/${purpose}`;
  if (ID_PURPOSES.includes(purpose)) return `at/${owner}`;
  if (ROOM_PURPOSES.includes(purpose)) return `room/${owner}`;
  if (purpose === 'file') return `file/${owner}`;
  if (purpose === 'log' && number !== undefined) return `log/${owner}/${blockOf(Number(number))}`;
  if (purpose === 'find' && number !== undefined) return `log/${owner}/${Number(number)}`;
  return number === undefined ? `other/${purpose}` : `other/${purpose}/${owner}`;
}

/** The block of a log that an order lies in. */
export function blockOf(order: number): number {
  return Math.floor(order / ORDERS_PER_BLOCK);
}

/** Numbers in record keys sort as numbers. */
export function padded(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0');
}

/** Record keys between bounds, as a scan takes them. */
export interface KeyRange {
  readonly prefix: string;
  readonly after?: string;
  readonly before?: string;
}

/** Where the records of a shelf are to be looked for: one by one, and in ranges that may take in neighbours. */
export interface Whereabouts {
  readonly keys: readonly string[];
  readonly ranges: readonly KeyRange[];
}

export function whereaboutsOf(shelf: Shelf): Whereabouts {
  const [kind, owner = '', rest] = shelf.split('/') as [string, string?, string?];
  const beneath = (keys: readonly string[]): Whereabouts => ({
    keys,
    ranges: keys.map(key => ({ prefix: `${key}/` })),
  });
  if (kind === 'self') return beneath(OWN_PURPOSES);
  if (kind === 'at') return beneath(ID_PURPOSES.map(purpose => `${purpose}/${owner}`));
  if (kind === 'room') return beneath(ROOM_PURPOSES.map(purpose => `${purpose}/${owner}`));
  if (kind === 'file') return { keys: [], ranges: [{ prefix: `file/${owner}/` }] };
  if (kind === 'log' && rest !== undefined) {
    const first = Number(rest) * ORDERS_PER_BLOCK;
    const block = {
      prefix: `log/${owner}/`,
      ...(first > 0 && { after: `log/${owner}/${padded(first - 1)}` }),
      before: `log/${owner}/${padded(first + ORDERS_PER_BLOCK)}`,
    };
    return { keys: [`find/${owner}/${padded(Number(rest))}`], ranges: [block] };
  }
  return rest === undefined ? beneath([owner]) : { keys: [], ranges: [{ prefix: `${owner}/${rest}/` }] };
}

/** Whether a shelf is one of a room's. */
export function isOfRoom(shelf: Shelf, roomId: string): boolean {
  const [kind, owner] = shelf.split('/') as [string, string?];
  return owner === roomId && ['log', 'at', 'file', 'room'].includes(kind);
}

/**
 * Whether what stands directly beneath this first segment can be listed: of a purpose whose records all have an owner
 * and more, nothing stands there.
 */
export function hasRecordsBeneath(purpose: string): boolean {
  return !DEEP_PURPOSES.includes(purpose);
}
