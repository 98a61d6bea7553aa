import type { SealedAddress, SealedLetter } from '@sotto/client/sealed-door';
import type { SealedServices, Writing } from './services.ts';

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
  async send(writing: Writing): Promise<SealedLetter> {
    const letter = await this.#letterOf(writing);
    try {
      await this.services.post(this.#address, letter);
      return letter;
    } catch (error) {
      if (Object(error).code !== 'OLD_KEY') throw error;
    }
    return this.#sendToNewKey(writing);
  }

  /** Their keys were rotated since: what is sent anew was not taken before. They have to be of the account that was shown. */
  async #sendToNewKey(writing: Writing): Promise<SealedLetter> {
    const { handle, fingerprint } = this.#address;
    this.#address = await this.services.lookUp(handle, fingerprint.join(''));
    this.#sealed = undefined;
    const letter = await this.#letterOf(writing);
    await this.services.post(this.#address, letter);
    return letter;
  }

  async #letterOf(writing: Writing): Promise<SealedLetter> {
    const known = this.#sealed;
    if (known?.writing.text === writing.text && known.writing.from === writing.from) return known.letter;
    const letter = await this.services.seal(this.#address, writing);
    this.#sealed = { writing, letter };
    return letter;
  }
}
