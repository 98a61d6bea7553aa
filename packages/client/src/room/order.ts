/** Items that one entry of the stream can put into the log (a commit may add 50 people and remove a thousand). */
const ITEMS_PER_ENTRY = 2048;
/** Above the order of anything that is in the log: what is still on its way. */
const ON_ITS_WAY = 2 ** 52;

/** Where an item of the entry `seq` stands in the log; `index` counts within the entry. */
export function orderOf(seq: number, index: number): number {
  return seq * ITEMS_PER_ENTRY + Math.min(index, ITEMS_PER_ENTRY - 1);
}

/** The entry that put an item there. */
export function seqOf(order: number): number {
  return Math.floor(order / ITEMS_PER_ENTRY);
}

/** Where an own message stands until it has a place in the log: behind everything, in the order it was written. */
export function orderOnItsWay(outNumber: number): number {
  return ON_ITS_WAY + outNumber;
}
