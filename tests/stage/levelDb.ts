import { unsnapped } from './snappy.ts';

/*
 * As much of LevelDB's formats (doc/log_format.md, doc/table_format.md of google/leveldb) as it takes to put together
 * what they take apart: a value may be cut at the end of a block of the log, keys of a table leave out what they share
 * with the one before, and blocks of a table are compressed.
 */
const LOG_BLOCK_BYTES = 32_768;
const LOG_HEADER_BYTES = 7;
const FOOTER_BYTES = 48;
const TABLE_MAGIC = Buffer.from('57fb808b247547db', 'hex');
const BLOCK_TRAILER_BYTES = 5;
const SNAPPY = 1;

/** All keys and values of a table or a log, each in one piece; `undefined` for what is neither. */
export function unpackedLevelDb(bytes: Buffer): Buffer | undefined {
  const isTable = bytes.length > FOOTER_BYTES && bytes.subarray(-TABLE_MAGIC.length).equals(TABLE_MAGIC);
  return isTable ? unpackedTable(bytes) : unpackedLog(bytes);
}

function unpackedLog(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let block = 0; block < bytes.length; block += LOG_BLOCK_BYTES) {
    const end = Math.min(block + LOG_BLOCK_BYTES, bytes.length);
    for (let at = block; at + LOG_HEADER_BYTES <= end; ) {
      const length = bytes.readUInt16LE(at + 4);
      const type = bytes[at + 6]!;
      const start = at + LOG_HEADER_BYTES;
      // Type 0: room that was set aside and never written to.
      if (type === 0 || type > 4 || start + length > end) break;
      parts.push(bytes.subarray(start, start + length));
      at = start + length;
    }
  }
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}

function unpackedTable(bytes: Buffer): Buffer {
  const footer = new Varints(bytes, bytes.length - FOOTER_BYTES);
  footer.next();
  footer.next();
  const index = blockAt(bytes, footer.next(), footer.next());
  const parts: Buffer[] = [];
  for (const { value } of entriesOf(index)) {
    const handle = new Varints(value, 0);
    for (const entry of entriesOf(blockAt(bytes, handle.next(), handle.next())))
      parts.push(entry.key, entry.value);
  }
  return Buffer.concat(parts);
}

function blockAt(bytes: Buffer, offset: number, size: number): Buffer {
  const block = bytes.subarray(offset, offset + size);
  const isCompressed = bytes.subarray(offset + size, offset + size + BLOCK_TRAILER_BYTES)[0] === SNAPPY;
  return (isCompressed ? unsnapped(block) : block) ?? Buffer.alloc(0);
}

function entriesOf(block: Buffer): readonly { readonly key: Buffer; readonly value: Buffer }[] {
  if (block.length < 4) return [];
  const end = block.length - 4 * (block.readUInt32LE(block.length - 4) + 1);
  const entries: { key: Buffer; value: Buffer }[] = [];
  const numbers = new Varints(block, 0);
  let key: Buffer = Buffer.alloc(0);
  while (numbers.at < end) {
    const [shared, own, size] = [numbers.next(), numbers.next(), numbers.next()];
    key = Buffer.concat([key.subarray(0, shared), block.subarray(numbers.at, numbers.at + own)]);
    numbers.at += own;
    entries.push({ key, value: block.subarray(numbers.at, numbers.at + size) });
    numbers.at += size;
  }
  return entries;
}

class Varints {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  next(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}
