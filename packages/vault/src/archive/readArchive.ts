import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { damaged, openAgeFile, type ReadableFile } from './ageFile.ts';
import { type ArchiveLine, type ArchiveTrailer, parseHeader, parseLine } from './archiveLines.ts';
import { FollowingBytes } from './fileBytes.ts';
import type { ArchiveVersion, HistoryRecord } from './history.ts';
import { UnfitRecord } from './historyCodec.ts';
import { linesOf } from './lineSplitter.ts';
import { heed, Meter, type Watched } from './progress.ts';

/** An archive that was read through once and found whole. */
export interface OpenArchive {
  readonly createdAtMs: number;
  readonly conversations: number;
  readonly items: number;
  /** Its records; each call reads the file again. Throws as `openArchive` does if the file has changed since. */
  records(watched?: Watched): AsyncGenerator<HistoryRecord>;
}

/**
 * Opens an archive and checks all of it, without keeping it: after this, importing can be all or nothing.
 *
 * Progress is that of the check. Throws `VaultError`, and nothing was changed: `ARCHIVE_FOREIGN` (something else,
 * whether encrypted or not), `ARCHIVE_WRONG_PASSPHRASE`, `ARCHIVE_TOO_NEW`, `ARCHIVE_DAMAGED` (also one that is
 * not complete), `CANCELLED`, `NO_MEMORY`, `STORAGE_FAILED` where the file cannot be read.
 */
export async function openArchive(
  file: ReadableFile,
  passphrase: string,
  watched: Watched = {},
): Promise<OpenArchive> {
  heed(watched.signal);
  const plaintext = await openAgeFile(file, passphrase);
  const reading = new Reading();
  for await (const _record of reading.of(plaintext(), watched)) {
    // Only the whole is of interest.
  }
  const { conversations, items } = reading.trailer!;
  const { createdAtMs } = reading;
  return {
    createdAtMs,
    conversations,
    items,
    records: (again = {}) => new Reading(items).of(plaintext(), again),
  };
}

/**
 * The records of an archive. The first is handed out when all of it was found whole, so the file is read twice.
 * Progress is that of the second time. Throws as `openArchive`.
 */
export async function* readArchive(
  file: ReadableFile,
  passphrase: string,
  watched: Watched = {},
): AsyncGenerator<HistoryRecord> {
  const { signal } = watched;
  const archive = await openArchive(file, passphrase, signal === undefined ? {} : { signal });
  yield* archive.records(watched);
}

/** One time through the lines of an archive. */
class Reading {
  createdAtMs = 0;
  trailer: ArchiveTrailer | undefined;
  #conversations = 0;
  #items = 0;
  #lastOrder = -1;
  #version: ArchiveVersion = 1;
  readonly #following = new FollowingBytes();

  constructor(private readonly total?: number) {}

  async *of(plaintext: AsyncIterable<Uint8Array>, watched: Watched): AsyncGenerator<HistoryRecord> {
    const digest = sha256.create();
    let meter: Meter | undefined;
    for await (const { text, bytes } of linesOf(plaintext)) {
      heed(watched.signal);
      if (meter === undefined) {
        const header = parseHeader(text);
        this.createdAtMs = header.createdAtMs;
        this.#version = header.version;
        meter = new Meter(this.total ?? header.items, watched);
      } else {
        if (this.trailer !== undefined) throw damaged('something follows the end');
        const line = parseLine(text, this.#version);
        this.#follow(line);
        if (line.kind === 'end') this.#check(line.trailer, bytesToHex(digest.clone().digest()));
        else {
          this.#count(line);
          if (line.kind === 'item') meter.step();
          yield line;
        }
      }
      digest.update(bytes);
    }
    if (this.trailer === undefined) throw damaged('there is no end');
    meter?.finish();
  }

  #follow(line: ArchiveLine): void {
    try {
      if (line.kind === 'bytes') this.#following.bytes(line.bytes);
      else this.#following.other(line.kind === 'item' ? line.item : undefined);
    } catch (cause) {
      throw cause instanceof UnfitRecord ? damaged(cause) : cause;
    }
  }

  #count(record: HistoryRecord): void {
    if (record.kind === 'bytes') return;
    if (record.kind === 'conversation') {
      this.#conversations += 1;
      this.#lastOrder = -1;
      return;
    }
    if (this.#conversations === 0) throw damaged('an item of no conversation');
    if (record.item.order <= this.#lastOrder) throw damaged('items out of order');
    this.#items += 1;
    this.#lastOrder = record.item.order;
  }

  #check(trailer: ArchiveTrailer, sha256Hex: string): void {
    const fits =
      trailer.conversations === this.#conversations &&
      trailer.items === this.#items &&
      trailer.sha256 === sha256Hex;
    if (!fits) throw damaged('the end does not fit what came before');
    this.trailer = trailer;
  }
}
