import {
  decodeTab,
  encodeTab,
  NOTHING,
  type TabContent,
  type TabGuest,
  type TabVisit,
} from './tabContent.ts';
import { browserTabSeal, type TabSeal } from './tabSeal.ts';

export type { TabVisit } from './tabContent.ts';

const HEAD = 'sotto-tab-1.';
const MAX_CHARACTERS = 16_384;

/**
 * What a guest's tab remembers from one loading of its page to the next: which guest it is, the key to that guest's
 * store, and the links that were opened in it. It rests in `window.name`, which chromium keeps in memory only; what a
 * page puts into `sessionStorage` or `history.state` is written to the profile (tests/guestTab.test.ts shows both). So with the tab the key is gone, for its guest as for everyone else.
 *
 * Whoever opened the tab, or was in it before, may have set its name, and a page that comes after may read it: it is
 * sealed (tabSeal.ts), and what does not open is as if nothing stood there.
 */
export class TabMemory {
  #content = NOTHING;
  #recalled: Promise<void> | undefined;
  #written: string | undefined;

  constructor(
    private readonly tab: { name: string },
    private readonly seal: TabSeal,
  ) {}

  /** As far as it was recalled: nothing before. */
  get now(): TabContent {
    return this.#content;
  }

  async recall(): Promise<TabContent> {
    this.#recalled ??= this.#read();
    await this.#recalled;
    return this.#content;
  }

  /** From now on the tab is this guest. */
  beGuest(guest: TabGuest): Promise<void> {
    return this.#change(content => ({ ...content, guest }));
  }

  /** Takes the place of what was remembered of the same link. */
  rememberVisit(visit: TabVisit): Promise<void> {
    return this.#change(content => ({
      ...content,
      visits: [...content.visits.filter(({ token }) => token !== visit.token), visit],
    }));
  }

  forgetVisit(token: string): Promise<void> {
    return this.#change(content => ({
      ...content,
      visits: content.visits.filter(visit => visit.token !== token),
    }));
  }

  /** Everything, at once. */
  forget(): void {
    this.#recalled = Promise.resolve();
    this.#content = NOTHING;
    this.#put('');
  }

  /** For a page that the browser brings back as it was: another one may have had the tab meanwhile, and its name. */
  putBack(): void {
    if (this.#written !== undefined) this.#put(this.#written);
  }

  async #read(): Promise<void> {
    const { name } = this.tab;
    if (!name.startsWith(HEAD) || name.length > MAX_CHARACTERS) return;
    const reading = this.#content;
    try {
      const content = decodeTab(await this.seal.open(name.slice(HEAD.length)));
      // Unless all was forgotten meanwhile.
      if (this.tab.name === name && this.#content === reading) this.#content = content;
    } catch {
      // Another's, another version's, or of a browser that keeps no key to it.
    }
  }

  /** Resolves also where nothing can be sealed: then the tab remembers for as long as its page is there. */
  async #change(change: (content: TabContent) => TabContent): Promise<void> {
    this.#recalled ??= this.#read();
    const recalled = this.#recalled;
    await recalled;
    // All was forgotten meanwhile, and what this was about with it.
    if (this.#recalled !== recalled) return;
    const content = change(this.#content);
    this.#content = content;
    const name = await this.#nameFor(content).catch(() => '');
    // The last change is the one that stands.
    if (this.#content === content) this.#put(name);
  }

  async #nameFor(content: TabContent): Promise<string> {
    const isNothing = content.guest === undefined && content.visits.length === 0;
    return isNothing ? '' : HEAD + (await this.seal.seal(encodeTab(content)));
  }

  #put(name: string): void {
    this.#written = name;
    this.tab.name = name;
  }
}

/** This page's tab. */
export const tabMemory = new TabMemory(globalThis as unknown as { name: string }, browserTabSeal());
