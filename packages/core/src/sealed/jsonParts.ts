import { base64urlDecode, ProtocolError } from '@sotto/protocol';
import { type BadSealedReason, refuseSealed } from './sealedRefusal.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** An object out of foreign JSON, nothing else. */
export function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw refuseSealed('malformed');
  }
  return plainObject(value);
}

export function plainObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuseSealed('malformed');
  return value as Readonly<Record<string, unknown>>;
}

/** No member beside these, and of these all but `optional` ones. */
export function assertMembers(
  value: Readonly<Record<string, unknown>>,
  required: readonly string[],
  optional: readonly string[],
  beside: BadSealedReason,
): void {
  const names = Object.keys(value);
  if (names.some(name => !required.includes(name) && !optional.includes(name))) throw refuseSealed(beside);
  if (required.some(name => !Object.hasOwn(value, name))) throw refuseSealed('malformed');
}

/** Text of at most so many characters. */
export function textOf(value: unknown, maxChars: number): string {
  if (typeof value !== 'string') throw refuseSealed('malformed');
  if (value.length > maxChars) throw refuseSealed('too-large');
  return value;
}

/** The bytes of a part of a JWE or JWS. */
export function partBytes(part: unknown, sizes?: readonly number[]): Uint8Array {
  if (typeof part !== 'string') throw refuseSealed('malformed');
  try {
    const bytes = base64urlDecode(part);
    if (sizes !== undefined && !sizes.includes(bytes.length)) throw refuseSealed('malformed');
    return bytes;
  } catch (error) {
    if (error instanceof ProtocolError) throw refuseSealed('malformed');
    throw error;
  }
}
