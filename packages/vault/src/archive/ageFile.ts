import { VaultError } from '../errors.ts';
import { chunksOf, streamOf } from './chunks.ts';

/**
 * The age format (age-encryption.org/v1) with a passphrase, as `age -p` writes it. The library is loaded when it
 * is first needed.
 */

/** A file that can be read more than once: every `Blob` and `File` is one; in Node, `fs.openAsBlob`. */
export interface ReadableFile {
  readonly size: number;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** As `age -p`: scrypt with 2^18 rounds, 256 MiB, about a second. */
const WORK_FACTOR = 18;
/** 1 GiB: what a file may ask for before its passphrase is known to be right. */
const HIGHEST_WORK_FACTOR = 20;
const HEADER_BYTES = 4_096;
const INTRO = 'age-encryption.org/';
const VERSION_LINE = `${INTRO}v1\n`;
const ARMOR = '-----BEGIN AGE';
const NONCE_AND_TAG_BYTES = 32;
/** One stanza and no more: the scrypt recipient stands alone. */
const SCRYPT_STANZA =
  /^-> scrypt [A-Za-z0-9+/]{22} ([1-9][0-9]?)\n[A-Za-z0-9+/]{43}\n--- [A-Za-z0-9+/]{43}\n$/;

/** Encrypts as it is read. `workFactor` is for tests: the base-2 logarithm of scrypt's cost. */
export async function* ageEncrypted(
  plaintext: AsyncIterable<Uint8Array<ArrayBuffer>>,
  passphrase: string,
  workFactor = WORK_FACTOR,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (passphrase === '') throw new VaultError('WEAK_PASSPHRASE', 'An archive needs a passphrase.');
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(workFactor);
  encrypter.setPassphrase(passphrase.normalize('NFC'));
  const sealed = await encrypter.encrypt(streamOf<Uint8Array>(plaintext));
  for await (const chunk of chunksOf(sealed)) yield chunk as Uint8Array<ArrayBuffer>;
}

/**
 * Opens the header and gives a way to read what is inside, as often as wanted, without the cost of scrypt again.
 *
 * Throws `ARCHIVE_FOREIGN`, `ARCHIVE_DAMAGED`, `ARCHIVE_WRONG_PASSPHRASE`, `ARCHIVE_TOO_NEW`, `NO_MEMORY`, and
 * `STORAGE_FAILED` where the file cannot be read; reading what is inside throws the second and the last of these.
 * A byte that was altered in the salt or the wrapped key is not to be told from a wrong passphrase.
 */
export async function openAgeFile(
  file: ReadableFile,
  passphrase: string,
): Promise<() => AsyncGenerator<Uint8Array>> {
  const header = await headerOf(file);
  const fileKey = await unwrapped(header, passphrase);
  if (file.size < header.length + NONCE_AND_TAG_BYTES) throw damaged();
  return () => plaintextOf(file, fileKey);
}

async function* plaintextOf(file: ReadableFile, fileKey: Uint8Array): AsyncGenerator<Uint8Array> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addIdentity({ unwrapFileKey: () => fileKey });
  // What goes wrong with the file itself is no damage.
  let unreadable: VaultError | undefined;
  const source = streamOf<Uint8Array>(
    (async function* () {
      try {
        yield* bytesOf(file);
      } catch (cause) {
        unreadable = cause as VaultError;
        throw cause;
      }
    })(),
  );
  try {
    yield* chunksOf(await decrypter.decrypt(source));
  } catch (cause) {
    throw unreadable ?? damaged(cause);
  }
}

async function unwrapped(header: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  const composed = passphrase.normalize('NFC');
  decrypter.addPassphrase(composed);
  // Whoever encrypted with `age` may have typed it in another form.
  if (composed !== passphrase) decrypter.addPassphrase(passphrase);
  let noneFits = false;
  decrypter.addIdentity({
    unwrapFileKey: () => {
      noneFits = true;
      return null;
    },
  });
  try {
    return await decrypter.decryptHeader(header);
  } catch (cause) {
    if (noneFits) {
      throw new VaultError('ARCHIVE_WRONG_PASSPHRASE', 'The passphrase does not open this file.', { cause });
    }
    if (cause instanceof RangeError) {
      throw new VaultError('NO_MEMORY', 'There is not enough memory to try the passphrase.', { cause });
    }
    throw damaged(cause);
  }
}

/** The header's bytes, up to and with the line of its MAC; nothing else of the file is read. */
async function headerOf(file: ReadableFile): Promise<Uint8Array> {
  if (file.size === 0) throw foreign('The file is empty.');
  let start = '';
  for await (const chunk of bytesOf(file)) {
    start += latin1(chunk.subarray(0, HEADER_BYTES - start.length));
    if (start.length >= HEADER_BYTES || /\n--- [^\n]*\n/.test(start)) break;
  }
  if (start.startsWith(ARMOR)) throw foreign('The file is armored: take the armor off with age first.');
  if (!start.startsWith(INTRO)) {
    const isStart = start.length < INTRO.length && INTRO.startsWith(start);
    throw isStart ? damaged() : foreign('The file is not an encrypted archive.');
  }
  if (!start.startsWith(VERSION_LINE)) {
    if (VERSION_LINE.startsWith(start)) throw damaged();
    throw new VaultError('ARCHIVE_TOO_NEW', 'The file is in another version of the age format.');
  }
  const stanzas = start.slice(VERSION_LINE.length);
  if (/^-> (?!scrypt )[!-~]+ /.test(stanzas))
    throw foreign('The file is encrypted, but not with a passphrase.');
  const end = /\n--- [^\n]*\n/.exec(stanzas);
  const workFactor = end && SCRYPT_STANZA.exec(stanzas.slice(0, end.index + end[0].length))?.[1];
  if (!end || !workFactor) throw damaged();
  if (Number(workFactor) > HIGHEST_WORK_FACTOR) {
    throw foreign('The file asks for more work than an archive does.');
  }
  const length = VERSION_LINE.length + end.index + end[0].length;
  return Uint8Array.from(start.slice(0, length), character => character.charCodeAt(0));
}

async function* bytesOf(file: ReadableFile): AsyncGenerator<Uint8Array> {
  try {
    yield* chunksOf(file.stream());
  } catch (cause) {
    throw new VaultError('STORAGE_FAILED', 'The file could not be read.', { cause });
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

export function foreign(message: string): VaultError {
  return new VaultError('ARCHIVE_FOREIGN', message);
}

export function damaged(cause?: unknown): VaultError {
  return new VaultError('ARCHIVE_DAMAGED', 'The file is damaged or not complete.', { cause });
}
