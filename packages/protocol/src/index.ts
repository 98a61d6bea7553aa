export { base62Decode, base62Encode, base62Length } from './base62.ts';
export { CLOSE, ProtocolError, type ProtocolErrorCode, type WireErrorCode } from './errors.ts';
export { AccountId, DedupeId, DeviceId, InviteToken, MessageId, StreamId } from './ids.ts';
export { LIMITS } from './limits.ts';
