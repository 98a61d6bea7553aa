const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;

/** How many base62 digits hold `sizeBytes` bytes: 22 for 16, 43 for 32. */
export function base62Length(sizeBytes: number): number {
  return Math.ceil((sizeBytes * 8) / Math.log2(62));
}

/** Fixed-width base62, big-endian: alphanumerics only, so that it survives links, QR codes and a spoken word. */
export function base62Encode(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let i = base62Length(bytes.length); i > 0; i--) {
    text = ALPHABET[Number(value % BASE)] + text;
    value /= BASE;
  }
  return text;
}

/** The bytes, or `undefined` when the text is not the one encoding of `sizeBytes` bytes. */
export function base62Decode(text: string, sizeBytes: number): Uint8Array | undefined {
  if (text.length !== base62Length(sizeBytes)) return undefined;
  let value = 0n;
  for (const char of text) {
    const digit = ALPHABET.indexOf(char);
    if (digit < 0) return undefined;
    value = value * BASE + BigInt(digit);
  }
  if (value >> BigInt(sizeBytes * 8) !== 0n) return undefined;
  const bytes = new Uint8Array(sizeBytes);
  for (let i = sizeBytes - 1; i >= 0; i--) {
    bytes[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return bytes;
}
