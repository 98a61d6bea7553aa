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
