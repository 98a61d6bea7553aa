import { createHash } from 'node:crypto';
import type { Provider } from '@sotto/mls';
import type { StoreWrite } from '@sotto/vault';

/** One sealing: what came out, and how far that went. */
interface Sealing {
  readonly nonce: string;
  readonly ciphertext: Buffer;
  readonly plaintext: Buffer;
  left: boolean;
  taken: boolean;
}

/** RFC 9420 §6.3.1: so many bytes of a message's nonce are drawn, in case that its ratchet is ever used twice. */
const REUSE_GUARD_BYTES = 4;
const HEAD_KEY = '!head';
/** Where the nonce stands in what the vault writes: in its head, in a wrapped key, in a record. */
const HEAD_NONCE_AT = 17;
const WRAP_NONCE_AT = 1;
const RECORD_SESSION = [1, 17] as const;
const RECORD_NONCE_AT = 17;
const NONCE_BYTES = 12;

/**
 * Every (key, nonce) that a device ever sealed with, through all its programs, tabs and restored copies, and how far
 * what it sealed went. A key whose ciphertext was lost in a dying program is as good as new; one whose ciphertext was
 * sent is spent.
 */
export class NonceLedger {
  readonly #sealings = new Map<string, Sealing[]>();
  readonly #inside: Sealing[] = [];
  readonly #records = new Map<string, string>();
  readonly #recordRepeats: string[] = [];
  sealed = 0;

  /** The device's cryptography, on the record. */
  listen(provider: Provider): Provider {
    return {
      ...provider,
      aeadSeal: (aead, key, nonce, aad, plaintext) => {
        const ciphertext = provider.aeadSeal(aead, key, nonce, aad, plaintext);
        this.#note(key, nonce, plaintext, ciphertext);
        return ciphertext;
      },
    };
  }

  /** These bytes are on their way to the relay: whoever listens there has them. */
  left(bytes: Uint8Array): void {
    const found = this.#find(bytes, ({ left }) => !left);
    for (const sealing of found) {
      sealing.left = true;
      this.left(sealing.plaintext);
    }
  }

  /** The relay has stored these bytes. */
  taken(bytes: Uint8Array): void {
    const found = this.#find(bytes, ({ taken }) => !taken);
    for (const sealing of found) {
      sealing.taken = true;
      this.taken(sealing.plaintext);
    }
  }

  /** A batch on its way to the device's disk. */
  stored(writes: readonly StoreWrite[]): void {
    for (const { key, value } of writes) {
      if (value === null) continue;
      const pair = pairOf(key, value);
      const input = createHash('sha256').update(key).update(value).digest('base64');
      const before = this.#records.get(pair);
      if (before !== undefined && before !== input) this.#recordRepeats.push(`${key}: ${pair}`);
      this.#records.set(pair, input);
    }
  }

  /**
   * Message keys under which two different things left this device, the drawn part of their nonces not counted: what
   * saves a repeated ratchet must not be needed.
   */
  get repeatedKeys(): readonly string[] {
    return this.#repeated(({ left }) => left);
  }

  /** The same among what the relay took: a device that was restored can know of no other. */
  get repeatedAtRelay(): readonly string[] {
    return this.#repeated(({ taken }) => taken);
  }

  /** Pairs of key and whole nonce under which two different things left this device. */
  get repeatedPairs(): readonly string[] {
    return [...this.#sealings].flatMap(([key, sealings]) => {
      const left = sealings.filter(sealing => sealing.left);
      const twice = left.some(one => left.some(other => one.nonce === other.nonce && differ(one, other)));
      return twice ? [key] : [];
    });
  }

  /** Pairs that sealed two different records of the vault. */
  get repeatedRecords(): readonly string[] {
    return this.#recordRepeats;
  }

  #note(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, ciphertext: Uint8Array): void {
    this.sealed++;
    const name = `${hex(key)}/${hex(nonce.subarray(REUSE_GUARD_BYTES))}`;
    const sealing: Sealing = {
      nonce: hex(nonce),
      ciphertext: Buffer.from(ciphertext),
      plaintext: Buffer.from(plaintext),
      left: false,
      taken: false,
    };
    const sealings = this.#sealings.get(name) ?? [];
    this.#sealings.set(name, sealings);
    sealings.push(sealing);
    this.#inside.push(sealing);
  }

  #find(bytes: Uint8Array, wanted: (sealing: Sealing) => boolean): readonly Sealing[] {
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#inside.filter(
      sealing =>
        wanted(sealing) && sealing.ciphertext.length <= whole.length && whole.includes(sealing.ciphertext),
    );
  }

  #repeated(counts: (sealing: Sealing) => boolean): readonly string[] {
    return [...this.#sealings].flatMap(([key, sealings]) => {
      const [first, ...others] = sealings.filter(counts);
      return first !== undefined && others.some(other => differ(first, other)) ? [key] : [];
    });
  }
}

function differ(one: Sealing, other: Sealing): boolean {
  return !one.ciphertext.equals(other.ciphertext);
}

/** What must not come twice: the nonce, with the name of the session whose key goes with it. */
function pairOf(key: string, value: Uint8Array): string {
  const nonceAt = (at: number) => hex(value.subarray(at, at + NONCE_BYTES));
  if (key === HEAD_KEY) return `head ${nonceAt(HEAD_NONCE_AT)}`;
  if (key.startsWith('!')) return `wrap ${nonceAt(WRAP_NONCE_AT)}`;
  return `record ${hex(value.subarray(...RECORD_SESSION))} ${nonceAt(RECORD_NONCE_AT)}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
