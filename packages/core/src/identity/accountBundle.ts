import { type AccountId, Handle } from '@sotto/protocol';
import { concatBytes, utf8 } from '../bytes.ts';
import { decoded } from '../decoded.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS } from '../labels.ts';
import { openSealed, seal } from '../sealed.ts';
import { accountIdOf } from './ids.ts';

/** What a new device needs to be one of the account's. Secret. */
export interface AccountBundle {
  /** Ed25519 seed, 32 bytes. */
  readonly accountPrivateKey: Uint8Array;
  readonly handle: Handle;
}

/** What a bundle is sealed under: the export key of OPAQUE, the secret of the recovery code, or that of a passkey. */
export type BundleKeyKind = 'password' | 'recovery' | 'passkey';

/** How a bundle is sealed. */
export interface BundleKey {
  readonly kind: BundleKeyKind;
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
}

const VERSION = 1;
const SEED_BYTES = 32;
const MIN_SECRET_BYTES = 32;
/** Every bundle fits into one: its size tells no handle. */
const BUCKET_BYTES = 128;

/** Seals the account's keys for the relay to hold. Throws `BAD_STATE` for a secret that is too short. */
export function sealAccountBundle(env: CoreEnv, bundle: AccountBundle, key: BundleKey): Uint8Array {
  const accountId = accountIdOf(env, env.provider.ed25519PublicKey(bundle.accountPrivateKey));
  const purpose = { ...purposeOf(env, accountId, key), bucketBytes: BUCKET_BYTES };
  return seal(env, purpose, encodeBundle(bundle));
}

/**
 * Opens the bundle of exactly this account: the relay can put neither another's in its place nor one sealed for
 * another purpose. Throws `CANNOT_OPEN`, `MALFORMED`, `UNSUPPORTED`, `BAD_STATE` for a secret that is too short.
 */
export function openAccountBundle(
  env: Pick<CoreEnv, 'provider'>,
  sealed: Uint8Array,
  options: { readonly accountId: AccountId; readonly key: BundleKey },
): AccountBundle {
  const { accountId, key } = options;
  const bundle = decodeBundle(openSealed(env, purposeOf(env, accountId, key), sealed));
  const found = accountIdOf(env, env.provider.ed25519PublicKey(bundle.accountPrivateKey));
  if (found !== accountId) throw new CoreError('CANNOT_OPEN', 'the keys of another account');
  return bundle;
}

/** `version || seed || handle`: as it is sealed, and as a new device gets it from an old one. */
export function encodeBundle({ accountPrivateKey, handle }: AccountBundle): Uint8Array {
  return concatBytes(Uint8Array.of(VERSION), accountPrivateKey, utf8(handle));
}

/** Throws `MALFORMED`, `UNSUPPORTED`. */
export function decodeBundle(bytes: Uint8Array): AccountBundle {
  if (bytes[0] !== VERSION) throw new CoreError('UNSUPPORTED', 'account bundle of another version');
  const text = new TextDecoder().decode(bytes.subarray(1 + SEED_BYTES));
  return { accountPrivateKey: bytes.slice(1, 1 + SEED_BYTES), handle: decoded(() => Handle.parse(text)) };
}

function purposeOf(env: Pick<CoreEnv, 'provider'>, accountId: AccountId, { kind, secret }: BundleKey) {
  if (secret.length < MIN_SECRET_BYTES) throw new CoreError('BAD_STATE', 'a secret of 32 bytes or more');
  const info = utf8(`${LABELS.accountBundle}\0${kind}\0${accountId}`);
  const prk = env.provider.hkdfExtract('SHA-256', utf8(LABELS.accountBundle), secret);
  return {
    key: env.provider.hkdfExpand('SHA-256', prk, info, 32),
    label: LABELS.accountBundle,
    context: utf8(`${kind}\0${accountId}`),
  };
}
