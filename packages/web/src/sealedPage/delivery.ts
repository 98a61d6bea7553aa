import type { SealedAddress, SealedLetter } from '@sotto/client/sealed-door';
import type { Progress, SealedServices, Writing } from './services.ts';

/**
 * One message on its way. Tried again, the same words are the same sealed bytes under the same id, so that they arrive
 * once; other words are another message.
 */
export class Delivery {
  #address: SealedAddress;
  #sealed: { readonly writing: Writing; readonly letter: SealedLetter } | undefined;

  constructor(
    private readonly services: SealedServices,
    address: SealedAddress,
  ) {
    this.#address = address;
  }

  /** Throws `SealedDoorError`. */
  async send(writing: Writing, progress?: Progress): Promise<SealedLetter> {
    const letter = await this.#letterOf(writing);
    try {
      await this.services.post(this.#address, letter, progress);
      return letter;
    } catch (error) {
      if (Object(error).code !== 'OLD_KEY') throw error;
    }
    return this.#sendToNewKey(writing, progress);
  }

  /** Their keys were rotated since: what is sent anew was not taken before. They have to be of the account that was shown. */
  async #sendToNewKey(writing: Writing, progress: Progress | undefined): Promise<SealedLetter> {
    const { handle, fingerprint } = this.#address;
    this.#address = await this.services.lookUp(handle, fingerprint.join(''));
    this.#sealed = undefined;
    const letter = await this.#letterOf(writing);
    await this.services.post(this.#address, letter, progress);
    return letter;
  }

  async #letterOf(writing: Writing): Promise<SealedLetter> {
    const known = this.#sealed;
    if (known !== undefined && isSame(known.writing, writing)) return known.letter;
    const letter = await this.services.seal(this.#address, writing);
    this.#sealed = { writing, letter };
    return letter;
  }
}

function isSame(one: Writing, other: Writing): boolean {
  return one.text === other.text && one.from === other.from && one.files === other.files;
}
