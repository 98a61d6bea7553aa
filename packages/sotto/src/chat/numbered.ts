import { SottoError } from '@sotto/client/node';

/**
 * What was last listed with a number each: lines that were written stay as they are, so a number means what it meant
 * there, whatever comes meanwhile.
 */
export class Numbered<T> {
  #items: readonly T[] = [];

  constructor(
    /** Which command lists them. */
    private readonly command: string,
  ) {}

  list(items: readonly T[]): void {
    this.#items = items;
  }

  forget(): void {
    this.#items = [];
  }

  /** By `#3` or `3`. Throws `UNKNOWN_MESSAGE`. */
  at(word: string | undefined): T {
    const [, number] = /^#?(\d{1,4})$/.exec(word ?? '') ?? [];
    const item = this.#items[Number(number) - 1];
    if (item === undefined)
      throw new SottoError('UNKNOWN_MESSAGE', `which? ${this.command} gives each a number: #1, #2, …`);
    return item;
  }
}
