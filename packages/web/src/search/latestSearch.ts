import type { SearchFound, SearchRequest, SearchResults } from '@sotto/client';

/** What is looked for: a request less what pages are made of. */
export type Wanted = Omit<SearchRequest, 'limit' | 'after'>;

export interface SearchShown {
  /** What `found` answers. Undefined: nothing is looked for. */
  readonly wanted: Wanted | undefined;
  readonly found: readonly SearchFound[];
  readonly more: boolean;
  /** A question is out, and what is shown answers an earlier one. */
  readonly looking: boolean;
  readonly failed: boolean;
}

export const NOTHING_SOUGHT: SearchShown = {
  wanted: undefined,
  found: [],
  more: false,
  looking: false,
  failed: false,
};

/** What fills a tall column. */
export const PAGE = 30;
/** What the engine gives at once, at most. */
const MOST_AT_ONCE = 100;

/**
 * Search as one types: one question is out at a time, and the next to be asked is the latest. What was found stays
 * until there is another answer, so that nothing flickers; an answer to a question that was taken back is not shown.
 */
export class LatestSearch {
  #shown = NOTHING_SOUGHT;
  /** What was asked for last. */
  #wish: Wanted | undefined;
  #asked: Wanted | undefined;
  #stale = false;
  #busy = false;
  #closed = false;

  constructor(
    private readonly search: (request: SearchRequest) => Promise<SearchResults>,
    private readonly show: (shown: SearchShown) => void,
  ) {}

  get shown(): SearchShown {
    return this.#shown;
  }

  /** Looks for something else, or for nothing. */
  seek(wanted: Wanted | undefined): void {
    this.#wish = wanted;
    this.#stale = true;
    if (wanted === undefined) this.#set(NOTHING_SOUGHT);
    else this.#set({ ...this.#shown, looking: true });
    void this.#ask();
  }

  /** Asks the same again, because the log may have changed. */
  refresh(): void {
    if (this.#wish === undefined) return;
    this.#stale = true;
    void this.#ask();
  }

  /** Takes out what is known to be gone, before the engine is asked. */
  drop(isGone: (found: SearchFound) => boolean): void {
    const found = this.#shown.found.filter(one => !isGone(one));
    if (found.length < this.#shown.found.length) this.#set({ ...this.#shown, found });
  }

  /** The next page, once. */
  async more(): Promise<void> {
    const { wanted, found, more } = this.#shown;
    const after = found.at(-1);
    if (!more || this.#busy || this.#stale || wanted === undefined || after === undefined) return;
    await this.#run(async () => {
      const next = await this.search({ ...wanted, limit: PAGE, after });
      if (this.#wish !== wanted || this.#stale) return;
      this.#set({ ...this.#shown, found: [...found, ...next.found], more: next.more });
    });
    void this.#ask();
  }

  /** No answer is shown any more. */
  close(): void {
    this.#closed = true;
  }

  async #ask(): Promise<void> {
    while (this.#stale && !this.#busy && this.#wish !== undefined) {
      const wanted = this.#wish;
      const again = wanted === this.#asked;
      this.#stale = false;
      this.#asked = wanted;
      const limit = again ? Math.min(MOST_AT_ONCE, Math.max(PAGE, this.#shown.found.length)) : PAGE;
      await this.#run(async () => {
        const { found, more } = await this.search({ ...wanted, limit });
        if (this.#wish === undefined) return;
        this.#set({ wanted, found, more, looking: this.#wish !== wanted, failed: false });
      });
    }
  }

  async #run(asking: () => Promise<void>): Promise<void> {
    this.#busy = true;
    try {
      await asking();
    } catch {
      if (this.#wish !== undefined) this.#set({ ...this.#shown, looking: false, failed: true });
    } finally {
      this.#busy = false;
    }
  }

  #set(shown: SearchShown): void {
    this.#shown = shown;
    if (!this.#closed) this.show(shown);
  }
}
