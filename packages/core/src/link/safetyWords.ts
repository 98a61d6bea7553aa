import { wordlist } from '@scure/bip39/wordlists/english.js';
import { concatBytes, utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { LABELS, labelled } from '../labels.ts';
import type { InviteLink } from './inviteLink.ts';

/** PBKDF2-HMAC-SHA512. Injected: WebCrypto does it several times faster than JavaScript (`pbkdf2By`). */
export type Stretch = (
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  lengthBytes: number,
) => Promise<Uint8Array>;

/** What someone in the middle pays for each of 2^44 tries, while the guest waits. */
const STRETCH_ITERATIONS = 100_000;
const WORD_COUNT = 4;
const BITS_PER_WORD = 11;

/** `Stretch` by the platform's WebCrypto (browsers, workers and Node). */
export function pbkdf2By(subtle: SubtleCrypto): Stretch {
  return async (password, salt, iterations, lengthBytes) => {
    const key = await subtle.importKey('raw', password.slice(), 'PBKDF2', false, ['deriveBits']);
    const parameters = { name: 'PBKDF2', hash: 'SHA-512', salt: salt.slice(), iterations };
    return new Uint8Array(await subtle.deriveBits(parameters, key, lengthBytes * 8));
  };
}

/**
 * Four words of the BIP39 English list that guest and host both see while the guest waits; saying them on the phone
 * shows that the request the host holds is the one the guest sent. 44 bits, stretched against grinding.
 */
export async function safetyWords(
  env: Pick<CoreEnv, 'provider'>,
  link: InviteLink,
  sealedRequest: Uint8Array,
  stretch: Stretch,
): Promise<readonly string[]> {
  // Token and fingerprint have fixed lengths, so the request needs none.
  const joined = concatBytes(utf8(link.token), link.fingerprint, sealedRequest);
  const transcript = env.provider.hash('SHA-256', labelled(LABELS.safetyTranscript, joined));
  return wordsOfTranscript(transcript, stretch);
}

/** Four words for what two devices have in common; `transcript` is a hash under a label of its own. */
export async function wordsOfTranscript(
  transcript: Uint8Array,
  stretch: Stretch,
): Promise<readonly string[]> {
  const lengthBytes = Math.ceil((WORD_COUNT * BITS_PER_WORD) / 8);
  const bits = await stretch(transcript, utf8(LABELS.safetyWords), STRETCH_ITERATIONS, lengthBytes);
  return wordsOf(bits);
}

function wordsOf(bytes: Uint8Array): readonly string[] {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  const spare = bytes.length * 8 - WORD_COUNT * BITS_PER_WORD;
  return Array.from({ length: WORD_COUNT }, (_, place) => {
    const shift = BigInt(spare + (WORD_COUNT - 1 - place) * BITS_PER_WORD);
    return wordlist[Number((bits >> shift) & 0x7ffn)]!;
  });
}
