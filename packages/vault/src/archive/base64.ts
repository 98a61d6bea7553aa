import { UnfitRecord } from './historyCodec.ts';

/** As many arguments as every engine takes. */
const AT_ONCE = 8_192;

/** Base64 with padding (RFC 4648 §4), as tools for the command line have it. */
export function base64Of(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += AT_ONCE)
    binary += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  return btoa(binary);
}

/** Takes more than one form: whoever reads compares with what writing gives. Throws `UnfitRecord`. */
export function bytesOfBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new UnfitRecord('bytes: not base64', { cause });
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
