import {
  accountFingerprint,
  bitsOf,
  CoreError,
  decodeWrappedKeys,
  encodeWrappedKeys,
  firstSealedKeys,
  type OwnSealedKeys as Keys,
  letStrangers,
  rotateSealedKeys,
  rsaKeyPem,
  SealedKeyring,
  verifySealedKeys,
} from '@sotto/core';
import { type SealedKey, sealedKeyJwk } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { SealedIntents, SealedKeyOptions, SealedKeysView, SealedKeyView } from '../sealedIntents.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { OwnSealedRecord } from './sealedRecords.ts';

/** The RSA keys of this account: made on one of its devices, and fetched by the others, who can unwrap them too. */
export class OwnSealedKeys {
  #keyring: SealedKeyring | undefined;
  #fingerprint: readonly string[] | undefined;
  readonly #queue = new SerialQueue();

  constructor(
    private readonly context: RoomContext,
    private readonly own: OwnAccount,
    private readonly changed: () => void,
  ) {}

  async load(): Promise<void> {
    const kept = await this.context.vault.read(KEYS.sealedKeys);
    if (kept === undefined) return;
    const { signed, wrapped } = decodeRecord<OwnSealedRecord>(kept);
    this.#take(this.#verified(signed, wrapped));
  }

  get keyring(): SealedKeyring | undefined {
    return this.#keyring;
  }

  get view(): SealedKeysView | undefined {
    const published = this.#keyring?.own.published;
    if (published === undefined || this.own.handle === undefined) return undefined;
    const { strangers, encryption, signature, keys } = published;
    return {
      strangers,
      path: this.path,
      fingerprint: this.fingerprint,
      encryption: keyViewOf(encryption),
      signature: keyViewOf(signature),
      old: keys.filter(({ use, retiredAtS }) => use === 'enc' && retiredAtS !== undefined).length,
    };
  }

  /** Where these keys are found, behind the relay's origin. Throws `NO_ACCOUNT`. */
  get path(): string {
    return `/api/sealed/${this.own.registered.handle}`;
  }

  /** Of the account: it takes thousands of hashes, and is the same for ever. */
  get fingerprint(): readonly string[] {
    const { env, identity } = this.context;
    this.#fingerprint ??= accountFingerprint(env, identity);
    return this.#fingerprint;
  }

  /** Throws `NO_SEALED_KEYS`. */
  get made(): SealedKeyring {
    if (this.#keyring === undefined) throw new ClientError('NO_SEALED_KEYS', 'this account has no RSA keys');
    return this.#keyring;
  }

  make({ bits = 3072, strangers }: SealedKeyOptions): Promise<void> {
    return this.#queue.run(async () => {
      this.own.registered;
      await this.#fetch();
      if (this.#keyring !== undefined) throw new ClientError('HAS_SEALED_KEYS', 'there are keys already');
      await this.#publish(
        await firstSealedKeys(this.context.env, this.context.identity, { bits, strangers }),
      );
    });
  }

  rotate(bits: 3072 | 4096 = bitsOf(this.made.own.published.encryption)): Promise<void> {
    return this.#change(own => rotateSealedKeys(this.context.env, this.context.identity, own, { bits }));
  }

  allowStrangers(allowed: boolean): Promise<void> {
    return this.#change(own =>
      own.published.strangers === allowed
        ? own
        : letStrangers(this.context.env, this.context.identity, own, allowed),
    );
  }

  async pem(): ReturnType<SealedIntents['sealedKeysPem']> {
    const { encryption, signature } = this.made.own.published;
    return {
      encryption: await rsaKeyPem(encryption),
      signature: await rsaKeyPem(signature),
      jwks: JSON.stringify({ keys: [encryption, signature].map(sealedKeyJwk) }, undefined, 2),
    };
  }

  /** Asks the relay for what another device may have made. */
  refresh(): Promise<void> {
    return this.#queue.run(() => this.#fetch());
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  #change(next: (own: Keys) => Promise<Keys> | Keys): Promise<void> {
    return this.#queue.run(async () => {
      // What another device has made since comes first: its keys must not be lost.
      await this.#fetch();
      const { own } = this.made;
      const changed = await next(own);
      if (changed !== own) await this.#publish(changed);
    });
  }

  /** The relay has the wrapped keys before anybody can encrypt to them: whatever becomes of this device, others fetch them. */
  async #publish(keys: Keys): Promise<void> {
    const { published, wrapped } = keys;
    const wrappedKeys = encodeWrappedKeys(wrapped);
    const { signed: signedSealedKeys } = published;
    await this.context.link.request({ type: 'putSealedKeys', signedSealedKeys, wrappedKeys });
    await this.#store(keys);
  }

  async #fetch(): Promise<void> {
    if (this.own.list === undefined) return;
    const { accountId } = this.context.identity;
    const answer = await this.context.link.request({ type: 'getSealedKeys', accountIds: [accountId] });
    const found = answer.type === 'sealedKeys' ? answer.found[0] : undefined;
    if (found === undefined || found.wrappedKeys.length === 0) return;
    try {
      const keys = this.#verified(found.signedSealedKeys, found.wrappedKeys);
      if (keys.published.counter > (this.#keyring?.own.published.counter ?? 0)) await this.#store(keys);
    } catch (error) {
      // Older ones, or such as this account never signed: the relay may say what it likes.
      if (!(error instanceof CoreError)) throw error;
    }
  }

  async #store(keys: Keys): Promise<void> {
    const record: OwnSealedRecord = {
      signed: keys.published.signed,
      wrapped: encodeWrappedKeys(keys.wrapped),
    };
    await this.context.vault.commit([{ key: KEYS.sealedKeys, value: encodeRecord(record) }]);
    this.#take(keys);
    this.changed();
  }

  #take(keys: Keys): void {
    this.#keyring = new SealedKeyring(this.context.env, this.context.identity, keys);
  }

  #verified(signed: Uint8Array, wrapped: Uint8Array): Keys {
    const { env, identity } = this.context;
    const known = this.#keyring?.own.published;
    const published = verifySealedKeys(env, signed, { accountId: identity.accountId, known });
    return { published, wrapped: decodeWrappedKeys(wrapped) };
  }
}

function keyViewOf(key: SealedKey): SealedKeyView {
  return { kid: key.kid, bits: bitsOf(key), createdAtMs: key.createdAtS * 1_000 };
}
