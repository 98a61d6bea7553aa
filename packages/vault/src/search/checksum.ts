const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let i = 0; i < 8; i += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** Read at a time: a function that is called often is fast sooner than one that loops for long. */
const PIECE_BYTES = 1_024;

/** CRC-32 (ISO/IEC 8802-3) of what lies behind `from`: tells accidents, not attacks. */
export function checksumOf(bytes: Uint8Array, from: number): number {
  let value = -1;
  for (let at = from; at < bytes.length; at += PIECE_BYTES) {
    value = goneOn(value, bytes, at, Math.min(at + PIECE_BYTES, bytes.length));
  }
  return ~value >>> 0;
}

function goneOn(before: number, bytes: Uint8Array, from: number, to: number): number {
  let value = before;
  for (let at = from; at < to; at += 1) value = (value >>> 8) ^ TABLE[(value ^ bytes[at]!) & 0xff]!;
  return value;
}
