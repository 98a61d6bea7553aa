import type { SealedAddress, SealedLetter } from '@sotto/client/sealed-door';
import { describe, expect, it } from 'vitest';
import { Delivery } from './delivery.ts';
import type { LetterFile, SealedServices } from './services.ts';

const refusal = (code: string) => Object.assign(new Error(code), { name: 'SealedDoorError', code });
const address = (kid: string): SealedAddress =>
  ({ handle: 'mara', fingerprint: ['12345', '67890'], keys: { encryption: { kid } } }) as never;

const NONE: readonly LetterFile[] = [];

/** A server that refuses as told, one after the other, and then takes everything. */
class Server implements SealedServices {
  readonly posted: SealedLetter[] = [];
  readonly looked: string[] = [];
  #made = 0;

  constructor(private readonly refusals: string[] = []) {}

  async lookUp(handle: string, expected: string) {
    this.looked.push(`${handle} ${expected}`);
    return address('new');
  }

  async seal({ keys }: SealedAddress, { text }: { text: string }) {
    this.#made += 1;
    return { id: `letter-${this.#made}`, sentAtMs: 1, jwe: `${keys.encryption.kid}:${text}` };
  }

  async post(_address: SealedAddress, letter: SealedLetter) {
    this.posted.push(letter);
    const refused = this.refusals.shift();
    if (refused !== undefined) throw refusal(refused);
  }
}

describe('a delivery', () => {
  it('tried again sends the same sealed bytes under the same id', async () => {
    const server = new Server(['NO_NETWORK', 'RATE_LIMITED']);
    const delivery = new Delivery(server, address('old'));
    const writing = { text: 'hello', from: undefined, files: NONE };
    await expect(delivery.send(writing)).rejects.toMatchObject({ code: 'NO_NETWORK' });
    await expect(delivery.send({ ...writing })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await delivery.send({ ...writing });
    expect(server.posted.map(({ id }) => id)).toEqual(['letter-1', 'letter-1', 'letter-1']);
  });

  it('of other words is another message', async () => {
    const server = new Server(['NO_NETWORK', 'NO_NETWORK']);
    const delivery = new Delivery(server, address('old'));
    await delivery.send({ text: 'hello', from: undefined, files: NONE }).catch(() => undefined);
    await delivery.send({ text: 'hello!', from: undefined, files: NONE }).catch(() => undefined);
    await delivery.send({ text: 'hello!', from: 'Ben', files: NONE });
    expect(server.posted.map(({ id }) => id)).toEqual(['letter-1', 'letter-2', 'letter-3']);
  });

  it('with other files is another message, and with the same ones the same', async () => {
    const server = new Server(['NO_NETWORK', 'NO_NETWORK']);
    const delivery = new Delivery(server, address('old'));
    const files = [{ name: 'a.txt', mediaType: 'text/plain', bytes: Uint8Array.of(1) }];
    const writing = { text: '', from: undefined, files };
    await delivery.send(writing).catch(() => undefined);
    await delivery.send({ ...writing }).catch(() => undefined);
    await delivery.send({ ...writing, files: [...files] });
    expect(server.posted.map(({ id }) => id)).toEqual(['letter-1', 'letter-1', 'letter-2']);
  });

  it('to a key that is no more goes to the new one of the account that was shown', async () => {
    const server = new Server(['OLD_KEY']);
    const letter = await new Delivery(server, address('old')).send({
      text: 'hello',
      from: undefined,
      files: NONE,
    });
    expect(letter.jwe).toBe('new:hello');
    expect(server.looked).toEqual(['mara 1234567890']);
    const twice = new Server(['OLD_KEY', 'OLD_KEY']);
    const sending = new Delivery(twice, address('old')).send({ text: 'hello', from: undefined, files: NONE });
    await expect(sending).rejects.toMatchObject({ code: 'OLD_KEY' });
  });
});
