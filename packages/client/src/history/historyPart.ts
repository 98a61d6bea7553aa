import { base62Encode, LIMITS, StreamId } from '@sotto/protocol';
import type { ArchivedItem } from '@sotto/vault/archive';
import { ClientError } from '../intents.ts';
import type { GivenFile } from './givenFile.ts';

/** What is in a blob of a transfer: a stretch of one conversation, as plain data. */
export interface HistoryPart {
  readonly streamId: StreamId;
  readonly items: readonly GivenItem[];
}

export interface GivenItem {
  readonly item: ArchivedItem;
  readonly goes?: Goes;
  /** Of a message with a file; its bytes do not go along. */
  readonly file?: GivenFile;
}

/** Of a message that disappears. */
export interface Goes {
  readonly afterS: number;
  /** Once it counts: what is left, and when that is over by the clock of the device that gives. */
  readonly counts?: { readonly leftMs: number; readonly atMs: number };
}

/** Which of the parts of which transfer it is: said in the message that announces it, and in the part. */
export interface PartPlace {
  readonly transferId: Uint8Array;
  readonly index: number;
  readonly count: number;
}

const VERSION = 1;
/** No part of ours has as many. */
const MOST_ITEMS = 100_000;

export function encodePart(place: PartPlace, { streamId, items }: HistoryPart): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: VERSION, ...placeOf(place), streamId, items }));
}

/**
 * Parses a part, strictly: another own device made it, and that one may run another version, or be somebody's by now.
 * Throws `ARCHIVE_DAMAGED` for anything that is not that part in full.
 */
export async function decodePart(place: PartPlace, bytes: Uint8Array): Promise<HistoryPart> {
  const { decodeItem, UnfitRecord } = await import('@sotto/vault/archive');
  try {
    const said = objectOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    const { transferId, index, count } = placeOf(place);
    if (said.version !== VERSION) throw damaged('a part of another version');
    if (said.transferId !== transferId || said.index !== index || said.count !== count)
      throw damaged('another part than was announced');
    const { streamId, items } = said;
    if (typeof streamId !== 'string' || !StreamId.is(streamId)) throw damaged('no conversation');
    if (!Array.isArray(items) || items.length > MOST_ITEMS) throw damaged('no list of items');
    return {
      streamId,
      items: items.map(value => {
        const { item, goes, file } = objectOf(value);
        return {
          item: decodeItem(item),
          ...(goes !== undefined && { goes: goesOf(goes) }),
          ...(file !== undefined && { file: objectOf(file) as unknown as GivenFile }),
        };
      }),
    };
  } catch (error) {
    if (error instanceof UnfitRecord || error instanceof SyntaxError || error instanceof TypeError)
      throw damaged(error.message);
    throw error;
  }
}

/** Ids of transfers are random: no secret is compared. */
export function isSameTransfer(a: Uint8Array, b: Uint8Array): boolean {
  return base62Encode(a) === base62Encode(b);
}

function goesOf(value: unknown): Goes {
  const { afterS, counts } = objectOf(value);
  if (!isWhole(afterS) || afterS < LIMITS.disappearAfterMinS || afterS > LIMITS.disappearAfterMaxS)
    throw damaged('no time that messages stay');
  if (counts === undefined) return { afterS };
  const { leftMs, atMs } = objectOf(counts);
  if (!isWhole(leftMs) || !isWhole(atMs) || leftMs > afterS * 1_000)
    throw damaged('more left than there was');
  return { afterS, counts: { leftMs, atMs } };
}

function placeOf({ transferId, index, count }: PartPlace) {
  return { transferId: base62Encode(transferId), index, count };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw damaged('not an object');
  return value as Readonly<Record<string, unknown>>;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function damaged(what: string): ClientError {
  return new ClientError('ARCHIVE_DAMAGED', what);
}
