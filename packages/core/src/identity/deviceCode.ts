import { base62Decode, base62Encode } from '@sotto/protocol';
import { utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, labelled } from '../labels.ts';
import type { Stretch } from '../link/safetyWords.ts';

/**
 * The secret that a new device shows, and one that is in reads: fifteen symbols, 75 bits, that a person can type. Out
 * of it comes where offer and answer wait at a relay, and the key that both are sealed under.
 */
export interface DeviceCode {
  /** Of Crockford's alphabet. */
  readonly symbols: string;
  /** What the offer hashes to: in what is scanned only, which has room for it. */
  readonly offerHash?: Uint8Array;
}

/** What two devices have in common by a code. */
export interface DeviceCodeKeys {
  /** 16 bytes: where offer and answer wait. Tells nothing of the rest. */
  readonly token: Uint8Array;
  /** 32 bytes: what is left there is sealed under it. */
  readonly key: Uint8Array;
}

/** No I, L, O and U: nothing in it looks like something else (Crockford's base 32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SYMBOLS = 15;
const GROUP_SYMBOLS = 4;
const HASH_BYTES = 16;
/** Makes of 75 bits what nobody tries out in ten minutes: as for the safety words. */
const STRETCH_ITERATIONS = 100_000;
const SCANNED = /^sotto-device\.1\.([0-9A-Z]{16})\.([0-9A-Za-z]{22})$/;

/** Fresh symbols. */
export function makeDeviceCode(env: CoreEnv): string {
  return [...env.random(SYMBOLS)].map(byte => ALPHABET[byte % ALPHABET.length]!).join('');
}

/** As a person reads and types it: four groups of four, the last symbol of which checks the others. */
export function typedCode(env: Pick<CoreEnv, 'provider'>, symbols: string): string {
  const checked = symbols + checkSymbol(env, symbols);
  return checked.match(new RegExp(`.{${GROUP_SYMBOLS}}`, 'g'))!.join('-');
}

/** As a QR code says it: with a hash of the offer, so that no other can be put in its place. */
export function scannedCode(env: Pick<CoreEnv, 'provider'>, symbols: string, offer: Uint8Array): string {
  const hash = base62Encode(hashOfOffer(env, symbols, offer));
  return `sotto-device.1.${symbols}${checkSymbol(env, symbols)}.${hash}`;
}

/** Reads what was scanned or typed: case, spaces and dashes do not matter. Throws `BAD_CODE`. */
export function readDeviceCode(env: Pick<CoreEnv, 'provider'>, text: string): DeviceCode {
  const [, scanned, hashText = ''] = SCANNED.exec(text.trim()) ?? [];
  const written = scanned ?? asTyped(text);
  if (written.length !== SYMBOLS + 1 || [...written].some(symbol => !ALPHABET.includes(symbol))) {
    throw new CoreError('BAD_CODE', 'no code of a new device', { reason: 'no-code' });
  }
  const symbols = written.slice(0, SYMBOLS);
  if (checkSymbol(env, symbols) !== written.slice(SYMBOLS)) {
    throw new CoreError('BAD_CODE', 'a slip in it', { reason: 'checksum' });
  }
  if (scanned === undefined) return { symbols };
  const offerHash = base62Decode(hashText, HASH_BYTES);
  if (offerHash === undefined) throw new CoreError('BAD_CODE', 'no hash', { reason: 'no-code' });
  return { symbols, offerHash };
}

/** Takes some 100 ms. */
export async function deviceCodeKeys(
  { provider }: Pick<CoreEnv, 'provider'>,
  { symbols }: Pick<DeviceCode, 'symbols'>,
  stretch: Stretch,
): Promise<DeviceCodeKeys> {
  const root = await stretch(utf8(symbols), utf8(LABELS.addDevice), STRETCH_ITERATIONS, 32);
  return {
    token: provider.hkdfExpand('SHA-256', root, utf8(LABELS.addDeviceToken), 16),
    key: provider.hkdfExpand('SHA-256', root, utf8(LABELS.addDeviceKey), 32),
  };
}

/** 16 bytes of what a scanned code says of the offer. The symbols have a fixed length. */
export function hashOfOffer(env: Pick<CoreEnv, 'provider'>, symbols: string, offer: Uint8Array): Uint8Array {
  const hash = env.provider.hash('SHA-256', labelled(LABELS.addDeviceHash, utf8(symbols), offer));
  return hash.slice(0, HASH_BYTES);
}

/** Five bits: of 32 slips, 31 are noticed before anybody is asked. */
function checkSymbol(env: Pick<CoreEnv, 'provider'>, symbols: string): string {
  const hash = env.provider.hash('SHA-256', labelled(LABELS.addDeviceCheck, utf8(symbols)));
  return ALPHABET[hash[0]! % ALPHABET.length]!;
}

function asTyped(text: string): string {
  const bare = text.toUpperCase().replace(/[\s-]+/g, '');
  return bare.replace(/[IL]/g, '1').replace(/O/g, '0');
}
