import { blockOf, ORDERS_PER_BLOCK } from '@sotto/vault';
import type { SearchableMessage } from '@sotto/vault/search';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import { wordsOf } from './messageFile.ts';
import { orderOf } from './order.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomState } from './roomState.ts';
import type { PlacedItem, RoomStep } from './roomStep.ts';

/** After what just happened, and while nothing else waits. */
const DELAY_MS = 3_000;
const PAGE = 500;

/**
 * Makes the search segments of a room: one per block of the log, once the block is full, and again when something in
 * it was deleted or came late. Of the newest block there is none: it is read as it is.
 */
export class Indexing {
  #cancelTimer: (() => void) | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly room: {
      readonly state: RoomState;
      transact<T>(job: (step: RoomStep) => Promise<T> | T): Promise<T>;
    },
  ) {}

  /** Sets the timer if there is something to do: called after every step. */
  consider(): void {
    if (this.#cancelTimer !== undefined || !this.#isDue) return;
    this.#cancelTimer = this.context.clock.setTimer(DELAY_MS, () => {
      this.#cancelTimer = undefined;
      void this.indexNext().catch(() => undefined);
    });
  }

  /** Makes the segment of one block that has none. False where there is no such block. */
  indexNext(): Promise<boolean> {
    return this.room.transact(async step => {
      const block = await this.#nextBlock(step);
      if (block === undefined) return false;
      const messages = (await itemsOfBlock(this.context, step.state, block)).flatMap(searchable);
      if (messages.length === 0) step.putSegment(block, undefined);
      else {
        const { buildSegment } = await import('@sotto/vault/search');
        step.putSegment(block, await buildSegment(messages));
      }
      return true;
    });
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  get #isDue(): boolean {
    const { indexedTo = 0, unindexed = [] } = this.room.state.record;
    return unindexed.length > 0 || indexedTo < growingBlock(this.room.state);
  }

  async #nextBlock(step: RoomStep): Promise<number | undefined> {
    const { roomId, indexedTo = 0, unindexed = [] } = step.state.record;
    if (unindexed[0] !== undefined) return unindexed[0];
    const growing = growingBlock(step.state);
    if (indexedTo >= growing) return undefined;
    const first = indexedTo * ORDERS_PER_BLOCK;
    const [next] = await this.context.vault.scan({
      prefix: KEYS.timeline(roomId),
      limit: 1,
      ...(first > 0 && { after: KEYS.item(roomId, first - 1) }),
    });
    // Blocks without anything, before somebody came into the room, are passed over.
    const block = next === undefined ? growing : blockOf(numberOf(next.key));
    return Math.min(block, growing - 1);
  }
}

/** The block that new entries go to. */
function growingBlock({ record }: RoomState): number {
  return blockOf(orderOf(record.cursorSeq ?? 0, 0));
}

/** Everything that stands in a block of the log. */
export async function itemsOfBlock(
  context: Pick<RoomContext, 'vault'>,
  { record: { roomId } }: RoomState,
  block: number,
): Promise<readonly PlacedItem[]> {
  const first = block * ORDERS_PER_BLOCK;
  return itemsFrom(context, roomId, first, KEYS.item(roomId, first + ORDERS_PER_BLOCK));
}

/** Blocks that are to be read as they are: those without a segment. */
export function unindexedBlocks(state: RoomState): readonly number[] {
  const { indexedTo = 0, unindexed = [] } = state.record;
  const growing = growingBlock(state);
  const blocks = Array.from({ length: Math.max(0, growing + 1 - indexedTo) }, (_, i) => indexedTo + i);
  return [...unindexed, ...blocks];
}

/** What search needs to know of an item; nothing of one that has no words. */
export function searchable({ order, record }: PlacedItem): readonly SearchableMessage[] {
  if (record.kind !== 'message' || record.deleted === true) return [];
  const { messageId, author, sentAtMs, file } = record;
  const text = searchedText(record);
  return [{ order, messageId, authorId: author.deviceId, sentAtMs, text, hasAttachment: file !== undefined }];
}

/** The words that a message is found by: a file is found by its name, too. */
export function searchedText({
  text,
  file,
}: Pick<Extract<TimelineRecord, { kind: 'message' }>, 'text' | 'file'>): string {
  return file === undefined || text === ''
    ? wordsOf({ text, ...(file && { file }) })
    : `${file.name}\n${text}`;
}

async function itemsFrom(
  { vault }: Pick<RoomContext, 'vault'>,
  roomId: RoomState['record']['roomId'],
  first: number,
  before: string,
): Promise<readonly PlacedItem[]> {
  const items: PlacedItem[] = [];
  for (let after = first > 0 ? KEYS.item(roomId, first - 1) : undefined; ; ) {
    const page = await vault.scan({
      prefix: KEYS.timeline(roomId),
      limit: PAGE,
      before,
      ...(after !== undefined && { after }),
    });
    for (const { key, value } of page)
      items.push({ order: numberOf(key), record: decodeRecord<TimelineRecord>(value) });
    if (page.length < PAGE) return items;
    after = page.at(-1)!.key;
  }
}
