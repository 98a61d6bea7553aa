/** Where a message stands among the hits. */
export interface Rank {
  readonly roomId: string;
  readonly order: number;
  readonly sentAtMs: number;
  /** 0 to 1. */
  readonly score: number;
}

/** Better first, then newer first; two different messages are never equal. */
export function compareRanks(a: Rank, b: Rank): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.sentAtMs !== b.sentAtMs) return b.sentAtMs - a.sentAtMs;
  if (a.order !== b.order) return b.order - a.order;
  return a.roomId < b.roomId ? -1 : a.roomId > b.roomId ? 1 : 0;
}

/** The first `limit` of all that are offered, without keeping the others. */
export class BestHits<T extends Rank> {
  readonly #limit: number;
  #kept: T[] = [];
  /** From here on it is no use offering. */
  #last: T | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether a message of this score and time might still be among the first. */
  mayTake(score: number, sentAtMs: number): boolean {
    const last = this.#last;
    return last === undefined || score > last.score || (score === last.score && sentAtMs >= last.sentAtMs);
  }

  offer(hit: T): void {
    if (this.#last !== undefined && compareRanks(hit, this.#last) > 0) return;
    this.#kept.push(hit);
    if (this.#kept.length >= 2 * this.#limit) this.#prune();
  }

  sorted(): readonly T[] {
    this.#prune();
    return this.#kept;
  }

  #prune(): void {
    this.#kept.sort(compareRanks);
    if (this.#kept.length < this.#limit) return;
    this.#kept.length = this.#limit;
    this.#last = this.#kept.at(-1);
  }
}
