import { LIMITS } from './limits.ts';
import {
  bytes,
  type Enumeration,
  enumeration,
  exactBytes,
  someBytes,
  text,
  uint32,
  uint64,
} from './wire/field.ts';
import { decode, encode, versionedMessage } from './wire/message.ts';

/** A guest asks to be let in. Sealed under a key from the link secret. */
export interface JoinRequest {
  readonly name: string;
  /** An MLSMessage with a KeyPackage. */
  readonly keyPackage: Uint8Array;
  readonly sentAtMs: number;
  /** HMAC-SHA256 over `joinRequestMacInput` under the join MAC key; 32 bytes. */
  readonly mac: Uint8Array;
}

export type JoinRefusal =
  | 'declined'
  | 'blocked'
  | 'wrong-password'
  | 'expired'
  | 'full'
  | 'revoked'
  | 'ended'
  | 'cannot-read';

export const JOIN_REFUSALS: Enumeration<JoinRefusal> = [
  undefined,
  'declined',
  'blocked',
  'wrong-password',
  'expired',
  'full',
  'revoked',
  'ended',
  'cannot-read',
];

/** Why someone was not let in. Sealed under a key from the link secret and the request it answers. */
export interface JoinAnswer {
  readonly refusal: JoinRefusal;
  /** With `wrong-password`: how many tries remain. */
  readonly triesLeft: number;
}

const name = text(2, LIMITS.nameBytes);
const keyPackage = someBytes(3, LIMITS.keyPackageBytes);
const sentAtMs = uint64(4);

export const joinRequestCodec = versionedMessage<JoinRequest>({
  name,
  keyPackage,
  sentAtMs,
  mac: exactBytes(5, 32),
});

const unauthenticatedCodec = versionedMessage<JoinRequest>({ name, keyPackage, sentAtMs, mac: bytes(5, 0) });

export const joinAnswerCodec = versionedMessage<JoinAnswer>({
  refusal: enumeration(2, JOIN_REFUSALS),
  triesLeft: uint32(3),
});

/** What the MAC of a join request is over: its encoding without the MAC. */
export function joinRequestMacInput(request: Omit<JoinRequest, 'mac'>): Uint8Array {
  return encode(unauthenticatedCodec, { ...request, mac: new Uint8Array(0) }, LIMITS.knockBytes);
}

export function encodeJoinRequest(request: JoinRequest): Uint8Array {
  return encode(joinRequestCodec, request, LIMITS.knockBytes);
}

/** Parses an opened join request, whose MAC the caller checks; throws `ProtocolError`. */
export function decodeJoinRequest(request: Uint8Array): JoinRequest {
  return decode(joinRequestCodec, request, LIMITS.knockBytes);
}

export function encodeJoinAnswer(answer: JoinAnswer): Uint8Array {
  return encode(joinAnswerCodec, answer, LIMITS.knockBytes);
}

/** Parses an opened answer; throws `ProtocolError`. */
export function decodeJoinAnswer(answer: Uint8Array): JoinAnswer {
  return decode(joinAnswerCodec, answer, LIMITS.knockBytes);
}
