import { createHash, createPublicKey } from 'node:crypto';
import {
  decodeSealedKeys,
  decodeSignedSealedKeys,
  ProtocolError,
  type SealedKey,
  type SealedKeys,
  sealedKeyJwk,
  sealedKeysInput,
  sealedKeyThumbprintInput,
} from '@sotto/protocol';
import { signedBy } from '../ed25519.ts';
import { Refusal } from '../refusal.ts';

/** Published keys, with the bytes that were signed. */
export interface PublishedSealedKeys {
  readonly sealedKeys: SealedKeys;
  /** The signed JSON text. */
  readonly record: string;
  readonly signature: Uint8Array;
}

/**
 * Checks encoded `SignedSealedKeys` against the account's key: they are by it and for it, and their ids are their
 * thumbprints. Whether their counter is high enough is the directory's to say. Throws `Refusal` `MALFORMED`, or
 * `FORBIDDEN` for what another key signed.
 */
export function verifySealedKeys(signed: Uint8Array, accountKey: Uint8Array): SealedKeys {
  const { sealedKeys, keys, signature } = parsed(signed);
  const own = Buffer.compare(sealedKeys.accountKey, accountKey) === 0;
  if (!own || !signedBy(accountKey, sealedKeysInput(keys), signature))
    throw new Refusal('FORBIDDEN', 'not signed by the account');
  if (sealedKeys.keys.some(({ kid, n }) => kid !== thumbprint(n)))
    throw new Refusal('MALFORMED', 'the id of a key is not its thumbprint');
  return sealedKeys;
}

/** What was checked when it was stored. */
export function publishedOf(signed: Uint8Array): PublishedSealedKeys {
  const { sealedKeys, keys, signature } = parsed(signed);
  return { sealedKeys, record: new TextDecoder().decode(keys), signature };
}

/** The key as PEM (SubjectPublicKeyInfo). */
export function pemOf(key: SealedKey): string {
  const publicKey = createPublicKey({ key: { ...sealedKeyJwk(key) }, format: 'jwk' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

function parsed(signed: Uint8Array) {
  try {
    const { keys, signature } = decodeSignedSealedKeys(signed);
    return { sealedKeys: decodeSealedKeys(keys), keys, signature };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Refusal('MALFORMED', `the published keys: ${error.message}`);
  }
}

function thumbprint(n: string): string {
  return createHash('sha256').update(sealedKeyThumbprintInput(n)).digest('base64url');
}
