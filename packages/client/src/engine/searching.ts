import { blockOf, VaultError } from '@sotto/vault';
import type { SearchHit, SearchIndex, Snippets } from '@sotto/vault/search';
import { ClientError } from '../intents.ts';
import type { RoomId, SearchFound, SearchRequest, SearchResults } from '../projection.ts';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import { itemsOfBlock, searchable, searchedText, unindexedBlocks } from '../room/indexing.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext, TimelineChange } from '../room/roomContext.ts';
import { shownBy } from '../room/roomState.ts';
import { authorName } from '../room/timelineItem.ts';
import type { Rooms } from './rooms.ts';

const MOST_HITS = 100;
/** Phrases are only told from the texts: so many hits are looked at before a page is given up as full. */
const LOOKED_AT = 400;
const SNIPPET_UNITS = 160;
/** Segments that are read without a pause: each takes some milliseconds. */
const PAGE = 4;

/** Loaded with the first search. */
type SearchCode = typeof import('@sotto/vault/search');

/**
 * Finds messages by their words, over all that this device keeps. The index lives in memory from the first search on:
 * made from the segments and the newest blocks, and kept up with every change of a log.
 */
export class Searching {
  #index: SearchIndex | undefined;
  #ready: Promise<SearchCode> | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
  ) {}

  async search(request: SearchRequest): Promise<SearchResults> {
    const limit = Math.trunc(request.limit);
    if (!(limit >= 1 && limit <= MOST_HITS)) throw new RangeError(`1 to ${MOST_HITS} hits`);
    if (request.roomId !== undefined) this.rooms.get(request.roomId);
    const code = await this.#load();
    const found: SearchFound[] = [];
    const snippets = new code.Snippets(request.query);
    const matches = (text: string) => code.matchesPhrase(text, request.query);
    let before: SearchHit | SearchFound | undefined = request.after;
    for (let lookedAt = 0; lookedAt < LOOKED_AT; ) {
      const hits = this.#hits(request, limit + 1, before);
      // All at once: a browser takes as long for one as for a page.
      const records = await this.context.vault.readMany(
        hits.map(hit => KEYS.item(hit.roomId as RoomId, hit.order)),
      );
      for (const [i, hit] of hits.entries()) {
        const shown = this.#shown(hit, records[i], snippets, matches);
        if (shown === undefined) continue;
        if (found.length === limit) return { found, more: true };
        found.push(shown);
      }
      if (hits.length <= limit) return { found, more: false };
      lookedAt += hits.length;
      before = hits.at(-1);
    }
    return { found, more: true };
  }

  /** A log is another, on the disk. */
  timelineChanged(roomId: RoomId, change: TimelineChange | 'emptied'): void {
    const index = this.#index;
    if (index === undefined) return;
    if (change === 'emptied') {
      index.removeRoom(roomId);
      return;
    }
    for (const order of change.removedOrders) index.remove(roomId, order);
    for (const item of change.items) {
      const [message] = searchable(item);
      if (message !== undefined) index.put(roomId, blockOf(item.order), message);
      else index.remove(roomId, item.order);
    }
  }

  /** A room is gone from this device. */
  roomGone(roomId: RoomId): void {
    this.#index?.removeRoom(roomId);
  }

  #hits({ query, ...wanted }: SearchRequest, limit: number, before: SearchHit | SearchFound | undefined) {
    const { roomId, deviceIds, fromMs, toMs, hasFile } = wanted;
    return this.#index!.search(query, {
      limit,
      ...(roomId !== undefined && { roomId }),
      ...(deviceIds !== undefined && { authorIds: deviceIds }),
      ...(fromMs !== undefined && { fromMs }),
      ...(toMs !== undefined && { toMs }),
      ...(hasFile !== undefined && { hasAttachment: hasFile }),
      ...(before !== undefined && { before }),
    });
  }

  #shown(
    hit: SearchHit,
    bytes: Uint8Array | undefined,
    snippets: Snippets,
    matches: (text: string) => boolean,
  ): SearchFound | undefined {
    const roomId = hit.roomId as RoomId;
    const room = this.rooms.find(roomId)?.actor;
    if (room === undefined || bytes === undefined) return undefined;
    const record = decodeRecord<TimelineRecord>(bytes);
    if (record.kind !== 'message' || !matches(searchedText(record))) return undefined;
    const { text, start, marks } = snippets.of(searchedText(record), SNIPPET_UNITS);
    return {
      roomId,
      order: hit.order,
      messageId: record.messageId,
      author: {
        name: authorName(room.state, shownBy(this.context), record.author),
        self: record.author.self,
      },
      sentAtMs: record.sentAtMs,
      score: hit.score,
      snippet: { text, cutBefore: start > 0, marks },
    };
  }

  #load(): Promise<SearchCode> {
    this.#ready ??= this.#loadAll().catch((error: unknown) => {
      this.#ready = undefined;
      this.#index = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #loadAll(): Promise<SearchCode> {
    const code = await import('@sotto/vault/search');
    const index = new code.SearchIndex();
    // From here on changes go into it: what is put or removed stands against what is read meanwhile.
    this.#index = index;
    for (const { actor } of this.rooms.all) {
      try {
        await this.#loadRoom(index, actor);
      } catch (error) {
        // A room that went meanwhile is nothing to find.
        if (!(error instanceof ClientError)) throw error;
      }
    }
    return code;
  }

  /** Part by part, so that the room and the engine go on in between. */
  async #loadRoom(index: SearchIndex, room: RoomActor): Promise<void> {
    const { giveWay = async () => undefined } = this.context;
    // A block that gets its segment meanwhile may be behind what was read of them: it is read as it is all the same.
    const plain = new Set(unindexedBlocks(room.state));
    for (let after: string | undefined, more = true; more; ) {
      await room.transact(async () => {
        const page = await this.#segments(room.roomId, after);
        for (const { key, value } of page) {
          const block = numberOf(key);
          if (!(await isTaken(index.loadSegment(room.roomId, block, value)))) plain.add(block);
        }
        after = page.at(-1)?.key;
        more = page.length === PAGE;
      });
      await giveWay();
    }
    for (const block of unindexedBlocks(room.state)) plain.add(block);
    for (const block of plain) {
      // In the room's queue: nothing changes between reading and putting.
      await room.transact(async ({ state }) => {
        for (const item of await itemsOfBlock(this.context, state, block)) {
          for (const message of searchable(item)) index.put(room.roomId, block, message);
        }
      });
      await giveWay();
    }
  }

  #segments(roomId: RoomId, after: string | undefined) {
    const prefix = KEYS.segments(roomId);
    return this.context.vault.scan({ prefix, limit: PAGE, ...(after !== undefined && { after }) });
  }
}

/** A segment of another version says nothing: its block is read as it is. */
async function isTaken(loading: Promise<void>): Promise<boolean> {
  try {
    await loading;
    return true;
  } catch (error) {
    if (error instanceof VaultError) return false;
    throw error;
  }
}
