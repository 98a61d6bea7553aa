import { CURVE_KEY_BYTES, cryptoInputError, requireLength } from './inputs.ts';

/**
 * The y coordinates, big endian, of the eight points of small order: y = 0 (order 4), 1 (order 1), -1 (order 2) and the
 * two pairs of order 8. A signature under such a key holds for messages that nobody signed.
 */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000001',
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
]);

/**
 * Refuses public keys under which a signature proves nothing, or that have two encodings: RFC 8032 §5.1.3 decoding
 * demands y < p, and a key of small order breaks strong unforgeability (two messages under one signature).
 * A key that is not on the curve passes here; no signature verifies under it.
 * @throws {MlsError} `CRYPTO_INPUT`
 */
export function requireEd25519PublicKey(publicKey: Uint8Array): void {
  requireLength(publicKey, CURVE_KEY_BYTES, 'Ed25519 public key');
  if (isFieldPrimeOrMore(publicKey)) throw cryptoInputError('non-canonical Ed25519 public key');
  if (isSmallOrderY(publicKey)) throw cryptoInputError('small-order Ed25519 public key');
}

/** Whether the first 32 bytes are the canonical encoding of a point of small order (or of its y with no such point). */
export function isSmallOrderY(encoded: Uint8Array): boolean {
  // All of them have one of four last bytes (sign bit aside): most points end here.
  const yTop = encoded[31]! & 0x7f;
  if (yTop !== 0x7f && yTop !== 0x00 && yTop !== 0x7a && yTop !== 0x05) return false;
  return SMALL_ORDER_Y.has(yHex(encoded));
}

/** Whether y >= 2^255 - 19. */
function isFieldPrimeOrMore(publicKey: Uint8Array): boolean {
  if ((publicKey[31]! & 0x7f) !== 0x7f) return false;
  for (let at = 30; at >= 1; at -= 1) if (publicKey[at] !== 0xff) return false;
  return publicKey[0]! >= 0xed;
}

function yHex(publicKey: Uint8Array): string {
  let hex = '';
  for (let at = 31; at >= 0; at -= 1) {
    const byte = at === 31 ? publicKey[at]! & 0x7f : publicKey[at]!;
    hex += byte.toString(16).padStart(2, '0');
  }
  return hex;
}
