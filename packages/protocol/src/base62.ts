const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62;
// Four digits at a time over 16-bit limbs: every intermediate stays below 2^53, where BigInt would be ten
// times slower, and ids are read and written with every frame.
const GROUP_DIGITS = 4;
const GROUP = BASE ** GROUP_DIGITS;
const LIMB = 65_536;

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < BASE; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** How many base62 digits hold `sizeBytes` bytes: 22 for 16, 43 for 32. */
export function base62Length(sizeBytes: number): number {
  return Math.ceil((sizeBytes * 8) / Math.log2(BASE));
}

/** Fixed-width base62, big-endian: alphanumerics only, so that it survives links, QR codes and a spoken word. */
export function base62Encode(bytes: Uint8Array): string {
  const odd = bytes.length % 2;
  const limbs: number[] = [];
  for (let i = -odd; i < bytes.length; i += 2) limbs.push((i < 0 ? 0 : bytes[i]! * 256) + bytes[i + 1]!);
  let text = '';
  for (let left = base62Length(bytes.length); left > 0; left -= GROUP_DIGITS) {
    let remainder = 0;
    for (let i = 0; i < limbs.length; i++) {
      const value = remainder * LIMB + limbs[i]!;
      const quotient = Math.floor(value / GROUP);
      limbs[i] = quotient;
      remainder = value - quotient * GROUP;
    }
    for (let digit = Math.min(left, GROUP_DIGITS); digit > 0; digit--) {
      text = ALPHABET[remainder % BASE]! + text;
      remainder = Math.floor(remainder / BASE);
    }
  }
  return text;
}

/** The bytes, or `undefined` when the text is not the one encoding of `sizeBytes` bytes. */
export function base62Decode(text: string, sizeBytes: number): Uint8Array | undefined {
  if (text.length !== base62Length(sizeBytes)) return undefined;
  const limbs = new Array<number>(Math.ceil(sizeBytes / 2)).fill(0);
  for (let at = 0; at < text.length; ) {
    let group = 0;
    let scale = 1;
    const end = Math.min(at + GROUP_DIGITS, text.length);
    for (; at < end; at++) {
      const digit = VALUES[text.charCodeAt(at)] ?? -1;
      if (digit < 0) return undefined;
      group = group * BASE + digit;
      scale *= BASE;
    }
    let carry = group;
    for (let i = limbs.length - 1; i >= 0; i--) {
      const value = limbs[i]! * scale + carry;
      carry = Math.floor(value / LIMB);
      limbs[i] = value - carry * LIMB;
    }
    if (carry > 0) return undefined;
  }
  const odd = sizeBytes % 2;
  if (odd === 1 && limbs[0]! > 0xff) return undefined;
  const bytes = new Uint8Array(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) {
    const limb = limbs[(i + odd) >> 1]!;
    bytes[i] = (i + odd) % 2 === 0 ? limb >> 8 : limb & 0xff;
  }
  return bytes;
}
