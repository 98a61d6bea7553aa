import type { CryptoKey } from 'jose';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import type { OwnSealedKeys } from './publishedKeys.ts';
import { unwrapRsaKey } from './rsaKeys.ts';

/** The private keys of one's own account, unwrapped when they are first used and kept in memory, where none can be exported. */
export class SealedKeyring {
  readonly #opened = new Map<string, Promise<CryptoKey | undefined>>();

  constructor(
    private readonly env: Pick<CoreEnv, 'provider'>,
    private readonly account: Pick<DeviceIdentity, 'accountId' | 'accountPrivateKey'>,
    readonly own: OwnSealedKeys,
  ) {}

  /** `undefined` for a key that is not this account's, or is kept no more. */
  decryptionKey = (kid: string): Promise<CryptoKey | undefined> => this.#open('enc', kid);

  /** Throws `CANNOT_OPEN` where the relay has given something else in its place. */
  async signer(): Promise<{ readonly kid: string; readonly key: CryptoKey }> {
    const { kid } = this.own.published.signature;
    const key = await this.#open('sig', kid);
    if (key === undefined) throw new CoreError('CANNOT_OPEN', 'the key to sign with is not here');
    return { kid, key };
  }

  #open(use: 'enc' | 'sig', kid: string): Promise<CryptoKey | undefined> {
    const known = this.#opened.get(kid);
    if (known !== undefined) return known;
    const opening = this.#unwrap(use, kid);
    this.#opened.set(kid, opening);
    return opening;
  }

  async #unwrap(use: 'enc' | 'sig', kid: string): Promise<CryptoKey | undefined> {
    const wrapped = this.own.wrapped.get(kid);
    const listed = this.own.published.keys.some(key => key.kid === kid && key.use === use);
    if (wrapped === undefined || !listed) return undefined;
    try {
      return await unwrapRsaKey(this.env, this.account, { use, kid }, wrapped);
    } catch (error) {
      if (error instanceof CoreError) return undefined;
      throw error;
    }
  }
}
