import { constants, createHash, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import {
  encodeSealedKeys,
  encodeSignedSealedKeys,
  type SealedKey,
  type SealedKeys,
  sealedKeysInput,
  sealedKeyThumbprintInput,
} from '@sotto/protocol';
import type { TestAccount } from './accountClient.fixture.ts';
import { type KeyPair, signature } from './device.fixture.ts';

function freshKey(use: SealedKey['use'], modulusLength = 3_072): SealedKey {
  const { n = '' } = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(sealedKeyThumbprintInput(n)).digest('base64url');
  return { use, kid, n, createdAtS: 1_750_000_000 };
}

let made: readonly SealedKey[] | undefined;

/** One pair for all tests of a file: making one takes a while. */
export function sealedPair(): readonly SealedKey[] {
  made ??= [freshKey('enc'), freshKey('sig')];
  return made;
}

/** Published keys of an account, signed by whomever. */
export function publishedBy(
  account: TestAccount,
  change: Partial<SealedKeys> = {},
  signer: KeyPair = account.key,
): Uint8Array {
  const keys = encodeSealedKeys({
    accountKey: account.key.publicKey,
    counter: 1,
    strangers: true,
    keys: sealedPair(),
    ...change,
  });
  return encodeSignedSealedKeys({ keys, signature: signature(signer, sealedKeysInput(keys)) });
}

/** Looks like a sealed message; what is in it nobody reads here. */
export function someJwe(header: Record<string, unknown> = {}, sizeBytes = 40): Buffer {
  const [encryption] = sealedPair();
  const part = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const said = {
    alg: 'RSA-OAEP-256',
    enc: 'A256GCM',
    kid: encryption!.kid,
    typ: 'sotto-sealed+jose',
    cty: 'json',
    ...header,
  };
  const parts = [
    Buffer.from(JSON.stringify(said)),
    ...[384, 12, sizeBytes, 16].map(size => randomBytes(size)),
  ];
  return Buffer.from(parts.map(part).join('.'));
}

/** Whether that is the public key of the pair: what is encrypted to it has its size. */
export function fitsPair(pem: string): boolean {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt({ key: pem, padding, oaepHash: 'sha256' }, randomBytes(32)).length === 384;
}
