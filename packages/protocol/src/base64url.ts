import { ProtocolError } from './errors.ts';

const ALPHABET = /^[0-9A-Za-z_-]*$/;

/** Base64url without padding (RFC 4648 §5), as all of JOSE has it. */
export function base64urlEncode(bytes: Uint8Array): string {
  let binary = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8_192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The one way to write these bytes; throws `MALFORMED` for any other. */
export function base64urlDecode(text: string): Uint8Array {
  if (!ALPHABET.test(text) || text.length % 4 === 1) throw notBase64url();
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, char => char.charCodeAt(0));
  if (base64urlEncode(bytes) !== text) throw notBase64url();
  return bytes;
}

function notBase64url(): ProtocolError {
  return new ProtocolError('MALFORMED', 'not base64url');
}
