import { type DerivedMac, derivedMac } from './derivedMac.ts';
import { ascii, concat } from './labelledBytes.ts';
import { inDigits } from './recordNames.ts';
import type { Shelf } from './shelves.ts';

const SHELF_ROWS = '!s/';
const TAG_BYTES = 12;
/** Session and nonce of a sealed record lie before it and behind the version: never twice the same. */
const FRESH_END = 29;

/** Every row that holds the key of a shelf. */
export const SHELF_ROW_RANGE = { prefix: SHELF_ROWS } as const;

/**
 * By what the store knows a shelf: 96 bits of HMAC over its name. A record that a scan meets says on which shelf it
 * stands by a *hint* behind its bytes: the tag, masked with what only the names key and this sealing give, so that
 * two records of one shelf do not show as such.
 */
export class ShelfTags {
  readonly #shelfMac: DerivedMac;
  readonly #hintMac: DerivedMac;
  readonly #tags = new Map<Shelf, Uint8Array>();

  constructor(namesKey: Uint8Array) {
    this.#shelfMac = derivedMac(namesKey, 'sotto/vault-shelf-tags-v1');
    this.#hintMac = derivedMac(namesKey, 'sotto/vault-shelf-hints-v1');
  }

  /** Under which name the store keeps the wrapped key of a shelf. */
  rowOf(shelf: Shelf): string {
    return rowNamed(this.#tagOf(shelf));
  }

  /** A sealed record with the hint behind it. */
  hinted(shelf: Shelf, sealed: Uint8Array): Uint8Array {
    return concat(sealed, masked(this.#tagOf(shelf), this.#maskOf(sealed)));
  }

  /** A record of the store: its sealed bytes, and the row of the key of its shelf. */
  followed(stored: Uint8Array): { readonly sealed: Uint8Array; readonly row: string } {
    const sealed = stored.subarray(0, Math.max(0, stored.length - TAG_BYTES));
    return { sealed, row: rowNamed(masked(stored.subarray(sealed.length), this.#maskOf(sealed))) };
  }

  wipe(): void {
    this.#shelfMac.wipe();
    this.#hintMac.wipe();
    this.#tags.clear();
  }

  #tagOf(shelf: Shelf): Uint8Array {
    const tag = this.#tags.get(shelf) ?? this.#shelfMac.of(ascii(shelf)).subarray(0, TAG_BYTES);
    this.#tags.set(shelf, tag);
    return tag;
  }

  #maskOf(sealed: Uint8Array): Uint8Array {
    return this.#hintMac.of(sealed.subarray(1, FRESH_END)).subarray(0, TAG_BYTES);
  }
}

function masked(tag: Uint8Array, mask: Uint8Array): Uint8Array {
  return mask.map((byte, i) => byte ^ (tag[i] ?? 0));
}

function rowNamed(tag: Uint8Array): string {
  return SHELF_ROWS + inDigits(tag);
}
