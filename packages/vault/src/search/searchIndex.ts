import { BestHits, compareRanks, type Rank } from './bestHits.ts';
import { CAPS } from './caps.ts';
import { Matcher } from './matching.ts';
import { MessageTable } from './messageTable.ts';
import { parseQuery, type Query } from './query.ts';
import { RoomTables } from './roomTables.ts';
import type { SearchableMessage } from './searchableMessage.ts';
import { checkedOrder, readSegment, type SegmentContent, wholeTime } from './segment.ts';
import { termsOf } from './terms.ts';
import { Vocabulary } from './vocabulary.ts';

export interface SearchOptions {
  /** Only in this room; all rooms where it is left out. */
  readonly roomId?: string;
  /** Only by one of these. */
  readonly authorIds?: readonly string[];
  /** Only sent at this time or later. */
  readonly fromMs?: number;
  /** Only sent before this time. */
  readonly toMs?: number;
  /** Only with an attachment (`true`) or without (`false`). */
  readonly hasAttachment?: boolean;
  /** At most so many hits, up to `CAPS.hits`. */
  readonly limit: number;
  /** The last hit of the page before: only what ranks behind it. */
  readonly before?: Rank;
}

/** A message that was found. */
export interface SearchHit extends Rank {
  readonly authorId: string;
  /** Folded as the index has them, sorted. */
  readonly matchedTerms: readonly string[];
}

interface Candidate extends Rank {
  readonly table: MessageTable;
  readonly row: number;
}

/** When this many terms of the tables belong to nothing any more, and they are half of all, the index is written anew. */
const WASTE_WORTH_CLEARING = 65_536;

/** Finds messages of all rooms by their words. Lives in memory; what it needs across restarts are the segments. */
export class SearchIndex {
  #vocabulary = new Vocabulary();
  readonly #rooms = new Map<string, RoomTables>();
  readonly #authorNumbers = new Map<string, number>();
  readonly #authorIds: string[] = [];
  #removedSinceCheck = 0;

  /** Different terms in memory: those of all messages, and for a while those of messages that are gone. */
  get termsHeld(): number {
    return this.#vocabulary.size;
  }

  /**
   * Takes in a stored segment, in place of what an earlier one of this block said. Messages that were put or removed
   * stay as they are. Rejects with `VaultError` `RECORD_DAMAGED` or `UNSUPPORTED_FORMAT`, and then nothing has changed.
   */
  async loadSegment(roomId: string, block: number, bytes: Uint8Array): Promise<void> {
    const content = readSegment(bytes);
    this.#room(roomId).setStored(block, this.#tableOf(content));
  }

  /**
   * A new, edited or late message: it supersedes whatever is known under its order. Costs what the message is long.
   * Throws `RangeError` for an order that is no safe integer of 0 or more.
   */
  put(roomId: string, block: number, message: SearchableMessage): void {
    const order = checkedOrder(message.order);
    const terms = new Set<number>();
    for (const { text } of termsOf(message.text)) terms.add(this.#vocabulary.numberOf(text));
    const author = this.#authorNumber(message.authorId);
    this.#room(roomId).put(block, order, table =>
      table.append(order, wholeTime(message.sentAtMs), author, message.hasAttachment, [...terms]),
    );
    this.#noticeWaste(terms.size);
  }

  /** Takes a message out, and keeps segments that still have it from bringing it back, until it is put again. */
  remove(roomId: string, order: number): void {
    this.#rooms.get(roomId)?.remove(order);
    this.#noticeWaste(1);
  }

  removeRoom(roomId: string): void {
    if (this.#rooms.delete(roomId)) this.#clearWaste();
  }

  /** These are all the messages of a block: forgets its segment and what was put before. */
  replaceBlock(roomId: string, block: number, messages: readonly SearchableMessage[]): void {
    this.#room(roomId).clear(block);
    for (const message of messages) this.put(roomId, block, message);
  }

  /**
   * The messages that have every word of the query in any order, best first, then newest first: words as typed, then
   * words that begin with the last one typed, then words with typing slips. Phrases in quotation marks are only known to
   * have all their words there: `matchesPhrase` tells the rest from the text. Without words: all that the filters let
   * through, newest first, if there is a filter besides the room, and nothing otherwise.
   */
  search(query: string, options: SearchOptions): SearchHit[] {
    const parsed = parseQuery(query);
    if (parsed.words.length === 0 && (query.trim() !== '' || !isFiltered(options))) return [];
    const matcher = new Matcher(parsed, this.#vocabulary.answers(parsed), this.#vocabulary);
    if (matcher.highestScore === 0) return [];
    const best = new BestHits<Candidate>(Math.max(1, Math.min(CAPS.hits, Math.trunc(options.limit) || 1)));
    for (const { roomId, table } of this.#newestFirst(options)) {
      // Everything from here on is older than the hits there are, and none of it is better.
      if (!best.mayTake(matcher.highestScore, table.newestMs)) break;
      this.#searchTable(roomId, table, parsed, matcher, options, best);
    }
    return best.sorted().map(({ table, row, ...rank }) => ({
      ...rank,
      authorId: this.#authorIds[table.authors[row]!]!,
      matchedTerms: matcher
        .matched(table, row)
        .map(term => this.#vocabulary.term(term))
        .sort(),
    }));
  }

  #searchTable(
    roomId: string,
    table: MessageTable,
    query: Query,
    matcher: Matcher,
    options: SearchOptions,
    best: BestHits<Candidate>,
  ): void {
    const {
      fromMs = Number.NEGATIVE_INFINITY,
      toMs = Number.POSITIVE_INFINITY,
      hasAttachment,
      before,
    } = options;
    const authors =
      options.authorIds && new Set(options.authorIds.map(id => this.#authorNumbers.get(id) ?? -1));
    for (let row = matcher.rowBefore(table, table.length); row >= 0; row = matcher.rowBefore(table, row)) {
      if (table.isGone(row)) continue;
      const sentAtMs = table.timesMs[row]!;
      if (sentAtMs < fromMs || sentAtMs >= toMs) continue;
      if (hasAttachment !== undefined && table.hasAttachment(row) !== hasAttachment) continue;
      if (authors && !authors.has(table.authors[row]!)) continue;
      if (!best.mayTake(matcher.highestScore, sentAtMs)) continue;
      const score = query.words.length === 0 ? 1 : matcher.score(table, row);
      if (score === 0 || !best.mayTake(score, sentAtMs)) continue;
      const candidate = { roomId, order: table.orders[row]!, sentAtMs, score, table, row };
      if (before === undefined || compareRanks(candidate, before) > 0) best.offer(candidate);
    }
  }

  #tableOf(content: SegmentContent): MessageTable {
    const { orders, timesMs, attachments, starts } = content;
    const numbers = content.terms.map((term, i) => this.#vocabulary.numberOf(term, content.counts[i]));
    const numbersOfAuthors = content.authors.map(authorId => this.#authorNumber(authorId));
    const authors = new Int32Array(orders.length);
    for (let i = 0; i < authors.length; i += 1) authors[i] = numbersOfAuthors[content.authorOf[i]!]!;
    const terms = new Int32Array(content.termsOf.length);
    for (let i = 0; i < terms.length; i += 1) terms[i] = numbers[content.termsOf[i]!]!;
    return new MessageTable({ orders, timesMs, attachments, starts, terms, authors });
  }

  /** The tables to look through, by their newest messages. */
  #newestFirst(options: SearchOptions): readonly { readonly roomId: string; readonly table: MessageTable }[] {
    const all: { readonly roomId: string; readonly table: MessageTable }[] = [];
    for (const [roomId, room] of this.#roomsIn(options)) {
      for (const table of room.tables()) all.push({ roomId, table });
    }
    return all.sort((a, b) => b.table.newestMs - a.table.newestMs);
  }

  /** Looks every so often whether much of the index belongs to nothing any more. */
  #noticeWaste(terms: number): void {
    this.#removedSinceCheck += terms;
    if (this.#removedSinceCheck < WASTE_WORTH_CLEARING) return;
    this.#removedSinceCheck = 0;
    let wasted = 0;
    let all = 0;
    for (const room of this.#rooms.values()) {
      for (const table of room.tables()) {
        wasted += table.wastedTerms;
        all += table.termCount;
      }
    }
    if (wasted * 2 > all) this.#clearWaste();
  }

  /** Leaves out the messages that are gone, and the words that only they had. */
  #clearWaste(): void {
    const before = this.#vocabulary;
    const vocabulary = new Vocabulary();
    for (const room of this.#rooms.values()) room.compact(term => vocabulary.numberOf(before.term(term)));
    this.#vocabulary = vocabulary;
  }

  #roomsIn({ roomId }: SearchOptions): Iterable<[string, RoomTables]> {
    if (roomId === undefined) return this.#rooms;
    const room = this.#rooms.get(roomId);
    return room ? [[roomId, room]] : [];
  }

  #room(roomId: string): RoomTables {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const room = new RoomTables();
    this.#rooms.set(roomId, room);
    return room;
  }

  #authorNumber(authorId: string): number {
    const known = this.#authorNumbers.get(authorId);
    if (known !== undefined) return known;
    this.#authorNumbers.set(authorId, this.#authorIds.length);
    return this.#authorIds.push(authorId) - 1;
  }
}

function isFiltered({ authorIds, fromMs, toMs, hasAttachment }: SearchOptions): boolean {
  return authorIds !== undefined || fromMs !== undefined || toMs !== undefined || hasAttachment !== undefined;
}
