import { CoreError, type VerifiedSealedKeys, verifySealedKeys } from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { KnownSealedRecord } from './sealedRecords.ts';

/**
 * What other accounts have published. The newest of each is kept: the relay cannot go back behind it, and what is
 * written without a connection is encrypted to it.
 */
export class OthersKeys {
  readonly #known = new Map<AccountId, VerifiedSealedKeys>();

  constructor(private readonly context: RoomContext) {}

  /** As this device has them; `undefined` when it has none. */
  async known(accountId: AccountId): Promise<VerifiedSealedKeys | undefined> {
    const known = this.#known.get(accountId);
    if (known !== undefined) return known;
    const kept = await this.context.vault.read(KEYS.sealedKeysOf(accountId));
    if (kept === undefined) return undefined;
    const { signed } = decodeRecord<KnownSealedRecord>(kept);
    const keys = verifySealedKeys(this.context.env, signed, { accountId });
    this.#known.set(accountId, keys);
    return keys;
  }

  /** The newest, by the relay. Throws `ConnectionLost`, `RelayFailure`. */
  async newest(accountId: AccountId): Promise<VerifiedSealedKeys | undefined> {
    const { env, link, vault } = this.context;
    const known = await this.known(accountId);
    const answer = await link.request({ type: 'getSealedKeys', accountIds: [accountId] });
    const found = answer.type === 'sealedKeys' ? answer.found[0] : undefined;
    if (found === undefined) return known;
    try {
      const keys = verifySealedKeys(env, found.signedSealedKeys, { accountId, known });
      if (keys.counter === known?.counter) return known;
      const record: KnownSealedRecord = { signed: keys.signed };
      await vault.commit([{ key: KEYS.sealedKeysOf(accountId), value: encodeRecord(record) }]);
      this.#known.set(accountId, keys);
      return keys;
    } catch (error) {
      if (error instanceof CoreError) return known;
      throw error;
    }
  }
}
