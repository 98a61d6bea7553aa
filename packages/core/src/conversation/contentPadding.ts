const SMALLEST_BYTES = 256;
const LARGEST_DOUBLING_BYTES = 16_384;

/**
 * The size that a content of so many bytes is padded to before encryption: 256, 512, … 16384, then multiples of 16384.
 * What the relay sees of a message's length is its bucket; the price is under twice the bytes of a short message.
 */
export function paddedContentBytes(contentBytes: number): number {
  let bucketBytes = SMALLEST_BYTES;
  while (bucketBytes < contentBytes && bucketBytes < LARGEST_DOUBLING_BYTES) bucketBytes *= 2;
  return Math.ceil(Math.max(contentBytes, 1) / bucketBytes) * bucketBytes;
}

/**
 * Beside the content, the engine pads its length (at most 4 bytes) and its author's signature (2 and 64 bytes;
 * RFC 9420 §6.3.1) with it.
 */
const FRAMING_BYTES = 4 + 2 + 64;

/** What to ask of the engine, so that contents of one bucket become ciphertexts of one size. */
export function paddingToBytes(contentBytes: number): number {
  return paddedContentBytes(contentBytes) + FRAMING_BYTES;
}
