import {
  type AccountId,
  decodeSealedKeys,
  decodeSignedSealedKeys,
  encodeSealedKeys,
  encodeSignedSealedKeys,
  LIMITS,
  ProtocolError,
  type SealedKey,
  type SealedKeyUse,
} from '@sotto/protocol';
import { listFields, RecordReader, writeRecord } from '../conversation/record.ts';
import type { CoreEnv, VerifyingEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { accountIdOf } from '../identity/ids.ts';
import { outOfOrder } from '../identity/signedOrder.ts';
import { LABELS, signLabelled, verifyLabelled } from '../labels.ts';
import { type FreshRsaKey, kidOf, makeRsaKey, type RsaBits } from './rsaKeys.ts';

/** Why published keys are not taken. */
export type BadSealedKeysReason =
  | 'malformed'
  | 'unsupported'
  /** The account key did not sign them. */
  | 'bad-signature'
  /** They are of another account than was asked for. */
  | 'other-account'
  /** Newer ones were seen before. */
  | 'older'
  /** Others with the same counter were seen before: the account signed two. */
  | 'conflict'
  /** A key's id is not its thumbprint. */
  | 'wrong-key-id';

/** RSA keys that their account has signed. */
export interface VerifiedSealedKeys {
  readonly accountId: AccountId;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  readonly counter: number;
  /** Whether people without an account may leave messages. */
  readonly strangers: boolean;
  /** The one to encrypt to. */
  readonly encryption: SealedKey;
  /** The one that the account signs with now. */
  readonly signature: SealedKey;
  /** All of them. */
  readonly keys: readonly SealedKey[];
  /** The encoded `SignedSealedKeys`: to store, and to show to others. */
  readonly signed: Uint8Array;
}

/** The private keys of an account by their ids, each wrapped. Nobody but its devices can open them. */
export type WrappedKeys = ReadonlyMap<string, Uint8Array>;

/** What an account publishes, and what its own devices keep beside it. */
export interface OwnSealedKeys {
  readonly published: VerifiedSealedKeys;
  readonly wrapped: WrappedKeys;
}

type Account = Pick<DeviceIdentity, 'accountId' | 'accountKey' | 'accountPrivateKey'>;

/**
 * Checks encoded `SignedSealedKeys`. `accountId`: whose they have to be. `known`: the newest seen before. Throws
 * `BAD_SEALED_KEYS` with `reason`.
 */
export function verifySealedKeys(
  env: VerifyingEnv,
  signed: Uint8Array,
  expected: { readonly accountId: AccountId; readonly known?: VerifiedSealedKeys | undefined },
): VerifiedSealedKeys {
  const { sealedKeys, signedBytes, signature } = parse(signed);
  const { accountKey, counter, strangers, keys } = sealedKeys;
  const { accountId, known } = expected;
  if (accountIdOf(env, accountKey) !== accountId) throw refuse('other-account');
  if (!verifyLabelled(env.provider, accountKey, LABELS.sealedKeys, signedBytes, signature)) {
    throw refuse('bad-signature');
  }
  if (keys.some(({ kid, n }) => kidOf(env, n) !== kid)) throw refuse('wrong-key-id');
  const disorder = outOfOrder({ counter, signed }, known);
  if (disorder !== undefined) throw refuse(disorder);
  return {
    accountId,
    accountKey,
    counter,
    strangers,
    encryption: currentOf(keys, 'enc'),
    signature: currentOf(keys, 'sig'),
    keys,
    signed,
  };
}

/** The first keys of an account: one to encrypt to, one to sign with. */
export async function firstSealedKeys(
  env: CoreEnv,
  account: Account,
  options: { readonly bits: RsaBits; readonly strangers: boolean },
): Promise<OwnSealedKeys> {
  const { bits, strangers } = options;
  const fresh = await makePair(env, account, bits);
  const published = sign(env, account, { counter: 1, strangers, keys: fresh.map(({ key }) => key) });
  return { published, wrapped: new Map(fresh.map(({ key, wrapped }) => [key.kid, wrapped])) };
}

/**
 * Other keys take the place of the current ones. The old private key to read with is kept, the one to sign with is not:
 * nothing is signed with it any more, and its public half stays for what was. Beyond `LIMITS.sealedKeys` the oldest go,
 * and what was encrypted to them can be read no more.
 */
export async function rotateSealedKeys(
  env: CoreEnv,
  account: Account,
  own: OwnSealedKeys,
  options: { readonly bits: RsaBits },
): Promise<OwnSealedKeys> {
  const fresh = await makePair(env, account, options.bits);
  const retiredAtS = Math.floor(env.nowMs() / 1_000);
  const { keys: before, counter, strangers } = own.published;
  const old = before.map(key => (key.retiredAtS === undefined ? { ...key, retiredAtS } : key));
  const keys = [...fresh.map(({ key }) => key), ...old].slice(0, LIMITS.sealedKeys);
  const published = sign(env, account, { counter: counter + 1, strangers, keys });
  const kept = [...own.wrapped].filter(([kid]) => keys.some(key => key.kid === kid && key.use === 'enc'));
  const wrapped = new Map([...fresh.map(({ key, wrapped: each }) => [key.kid, each] as const), ...kept]);
  return { published, wrapped };
}

/** The same keys, open to people without an account or closed to them. */
export function letStrangers(
  env: CoreEnv,
  account: Account,
  own: OwnSealedKeys,
  strangers: boolean,
): OwnSealedKeys {
  const { keys, counter } = own.published;
  return { ...own, published: sign(env, account, { counter: counter + 1, strangers, keys }) };
}

const WRAPPED_VERSION = 1;

/** For the relay, which gives it to the account's own devices only, and for the vault. */
export function encodeWrappedKeys(wrapped: WrappedKeys): Uint8Array {
  return writeRecord(
    WRAPPED_VERSION,
    listFields([...wrapped], ([kid, bytes]) => [kid, bytes]),
  );
}

/** Throws `BAD_SEALED_KEYS`. What is in it proves itself when it is unwrapped. */
export function decodeWrappedKeys(bytes: Uint8Array): WrappedKeys {
  try {
    const reader = new RecordReader(bytes, WRAPPED_VERSION);
    const entries = reader.list(() => [reader.text(), reader.bytesField()] as const);
    reader.end();
    return new Map(entries);
  } catch {
    throw refuse('malformed');
  }
}

function makePair(env: CoreEnv, account: Account, bits: RsaBits): Promise<readonly FreshRsaKey[]> {
  return Promise.all((['enc', 'sig'] as const).map(use => makeRsaKey(env, account, { use, bits })));
}

/** Signs keys, and checks them as others will. */
function sign(
  env: CoreEnv,
  account: Account,
  sealedKeys: { readonly counter: number; readonly strangers: boolean; readonly keys: readonly SealedKey[] },
): VerifiedSealedKeys {
  const { accountId, accountKey, accountPrivateKey } = account;
  const bytes = encodeSealedKeys({ ...sealedKeys, accountKey });
  const signature = signLabelled(env.provider, accountPrivateKey, LABELS.sealedKeys, bytes);
  return verifySealedKeys(env, encodeSignedSealedKeys({ keys: bytes, signature }), { accountId });
}

function parse(signed: Uint8Array) {
  try {
    const { keys, signature } = decodeSignedSealedKeys(signed);
    return { sealedKeys: decodeSealedKeys(keys), signedBytes: keys, signature };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw refuse(error.code === 'UNSUPPORTED' ? 'unsupported' : 'malformed');
  }
}

/** The decoder has seen to it that there is one. */
function currentOf(keys: readonly SealedKey[], use: SealedKeyUse): SealedKey {
  return keys.find(key => key.use === use)!;
}

function refuse(reason: BadSealedKeysReason): CoreError {
  return new CoreError('BAD_SEALED_KEYS', `published keys: ${reason}`, { reason });
}
