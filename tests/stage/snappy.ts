/** What a block of the Snappy format (format_description.txt of google/snappy) says; `undefined` for what is none. */
export function unsnapped(block: Uint8Array): Buffer | undefined {
  let at = 0;
  const littleEndian = (lengthBytes: number): number => {
    let value = 0;
    for (let i = 0; i < lengthBytes; i += 1) value += (block[at++] ?? 0) * 256 ** i;
    return value;
  };
  let size = 0;
  for (let factor = 1, byte = 128; byte >= 128; factor *= 128) {
    byte = littleEndian(1);
    size += (byte & 127) * factor;
  }
  // No element of three bytes stands for more than 64.
  if (size > block.length * 32) return undefined;
  const out = Buffer.alloc(size);
  let written = 0;
  while (at < block.length) {
    const tag = block[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const length = (short < 60 ? short : littleEndian(short - 59)) + 1;
      out.set(block.subarray(at, at + Math.min(length, size - written)), written);
      at += length;
      written += length;
      continue;
    }
    const length = kind === 1 ? 4 + ((tag >> 2) & 7) : (tag >> 2) + 1;
    const back = kind === 1 ? (tag >> 5) * 256 + littleEndian(1) : littleEndian(kind === 2 ? 2 : 4);
    if (back === 0 || back > written) return undefined;
    // Byte by byte: what is copied may reach into what is being written.
    for (let i = 0; i < length && written < size; i += 1, written += 1) out[written] = out[written - back]!;
  }
  return out;
}
