import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { BoundedCache } from './boundedCache.ts';
import { countBaseUse } from './nobleEd25519Base.ts';

const { Point } = ed25519;
type EdwardsPoint = InstanceType<typeof Point>;

interface VerifyKey {
  readonly point: EdwardsPoint;
  uses: number;
}

/** Members whose messages keep coming; with tables an entry is some 120 KB. */
const verifyKeys = new BoundedCache<VerifyKey>(32);

/** A key's tables take as long to build as they save in six verifications, so strangers seen once get none. */
const USES_BEFORE_TABLES = 6;
const TABLE_WINDOW_BITS = 4;

/**
 * RFC 8032 §5.1.7 with the equation S·B = R + k·A itself, not multiplied by the cofactor, and R compared by its bytes.
 * Noble's own `verify` is cofactored: a member could craft a signature (with a torsion part in R or in the key) that it
 * takes and OpenSSL refuses, and so part the members who run in browsers from those who run in Node.
 *
 * The curve, its scalar field and the hash are noble's; only the equation is here.
 * @param publicKey 32 bytes that `requireEd25519PublicKey` let pass
 * @param signature 64 bytes
 */
export function verifyCofactorless(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  countBaseUse();
  const key = verifyKeyOf(publicKey);
  if (key === undefined) return false;
  const s = littleEndian(signature.subarray(32));
  if (!Point.Fn.isValid(s)) return false;
  const digest = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(message).digest();
  const k = Point.Fn.create(littleEndian(digest));
  const expectedR = Point.BASE.multiplyUnsafe(s).subtract(key.point.multiplyUnsafe(k)).toBytes();
  return expectedR.every((byte, at) => byte === signature[at]);
}

/** The decoded key; `undefined` when it is not a point of the curve. */
function verifyKeyOf(publicKey: Uint8Array): VerifyKey | undefined {
  const id = String.fromCharCode(...publicKey);
  const cached = verifyKeys.get(id);
  if (cached !== undefined) {
    cached.uses += 1;
    if (cached.uses === USES_BEFORE_TABLES) cached.point.precompute(TABLE_WINDOW_BITS);
    return cached;
  }
  let point: EdwardsPoint;
  try {
    point = Point.fromBytes(publicKey);
  } catch {
    return undefined;
  }
  const key = { point, uses: 1 };
  verifyKeys.set(id, key);
  return key;
}

function littleEndian(bytes: Uint8Array): bigint {
  let hex = '';
  for (let at = bytes.length - 1; at >= 0; at -= 1) hex += bytes[at]!.toString(16).padStart(2, '0');
  return BigInt(`0x${hex}`);
}
