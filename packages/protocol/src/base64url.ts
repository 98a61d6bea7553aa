import { ProtocolError } from './errors.ts';

const ALPHABET = /^[0-9A-Za-z_-]*$/;

const LETTERS = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/** Base64url without padding (RFC 4648 §5), as all of JOSE has it. */
export function base64urlEncode(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  for (let at = 0, to = 0; at < bytes.length; at += 3) {
    const three = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    // Beyond the end of the text nothing is written.
    for (let shift = 18; shift >= 0; shift -= 6) text[to++] = LETTERS[(three >> shift) & 63]!;
  }
  return new TextDecoder().decode(text);
}

/** The one way to write these bytes; throws `MALFORMED` for any other. */
export function base64urlDecode(text: string): Uint8Array {
  if (!ALPHABET.test(text) || text.length % 4 === 1) throw notBase64url();
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  // Only the last letter has bits that stand for nothing.
  const begunBytes = bytes.length % 3;
  const tail = base64urlEncode(bytes.subarray(bytes.length - begunBytes));
  if (!text.endsWith(tail)) throw notBase64url();
  return bytes;
}

function notBase64url(): ProtocolError {
  return new ProtocolError('MALFORMED', 'not base64url');
}
