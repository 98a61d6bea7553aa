import { concatBytes } from './bytes.ts';
import type { CoreEnv } from './env.ts';
import { CoreError } from './errors.ts';
import { type Label, labelled } from './labels.ts';
import { padToBucket, unpad } from './padding.ts';

/** AES-256-GCM: a random nonce before the ciphertext. Few are ever sealed under one key. */
export const NONCE_BYTES = 12;

/** What a sealing is for: the label, and what else it is bound to. */
export interface SealedPurpose {
  readonly key: Uint8Array;
  readonly label: Label;
  readonly context: Uint8Array;
  /** The plaintext is padded to a multiple of this. */
  readonly bucketBytes: number;
}

/** `nonce || AES-256-GCM(key, nonce, aad = label 0 context, padded plaintext)`. */
export function seal(env: CoreEnv, purpose: SealedPurpose, plaintext: Uint8Array): Uint8Array {
  const { key, label, context, bucketBytes } = purpose;
  const nonce = env.random(NONCE_BYTES);
  const padded = padToBucket(plaintext, bucketBytes);
  return concatBytes(
    nonce,
    env.provider.aeadSeal('AES-256-GCM', key, nonce, labelled(label, context), padded),
  );
}

/** Throws `CANNOT_OPEN` for anything not sealed under this key for this purpose. */
export function openSealed(
  env: Pick<CoreEnv, 'provider'>,
  purpose: Omit<SealedPurpose, 'bucketBytes'>,
  sealed: Uint8Array,
): Uint8Array {
  const { key, label, context } = purpose;
  const nonce = sealed.slice(0, NONCE_BYTES);
  const padded =
    nonce.length === NONCE_BYTES
      ? env.provider.aeadOpen('AES-256-GCM', key, nonce, labelled(label, context), sealed.slice(NONCE_BYTES))
      : undefined;
  if (padded === undefined) throw new CoreError('CANNOT_OPEN', 'not sealed for this');
  return unpad(padded);
}
