import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ArchivedFile, ArchivedItem } from './history.ts';
import { UnfitRecord } from './historyCodec.ts';

/** Bytes of a file in one line: 64 KiB as base64. */
export const PIECE_BYTES = 49_152;

/** A file in the pieces that an archive has it in. */
export function* piecesOf(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
}

/**
 * Holds the bytes that stand in an archive against the items they follow: all of a file, right after its message, in
 * pieces of one size, and with the hash that the message says. Keeps none of them. Throws `UnfitRecord`.
 */
export class FollowingBytes {
  #file: ArchivedFile | undefined;
  #leftBytes = 0;
  #digest = sha256.create();

  /** Anything else than bytes comes next, or the end: nothing may be missing. */
  other(item?: ArchivedItem): void {
    if (this.#file !== undefined) throw new UnfitRecord('bytes: not all of a file');
    const file = item?.kind === 'message' ? item.file : undefined;
    if (file?.included !== true) return;
    this.#file = file;
    this.#leftBytes = file.sizeBytes;
    this.#digest = sha256.create();
  }

  bytes(piece: Uint8Array): void {
    if (this.#file === undefined) throw new UnfitRecord('bytes: of no file');
    if (piece.length !== Math.min(PIECE_BYTES, this.#leftBytes))
      throw new UnfitRecord('bytes: of another size');
    this.#digest.update(piece);
    this.#leftBytes -= piece.length;
    if (this.#leftBytes > 0) return;
    if (bytesToHex(this.#digest.digest()) !== this.#file.sha256)
      throw new UnfitRecord('bytes: of another file');
    this.#file = undefined;
  }
}
