import { InviteToken, StreamId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import { LABELS, labelled } from '../labels.ts';
import { type InviteLink, LINK_PART_BYTES } from './inviteLink.ts';

const ALPHANUMERICS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKEN_CHARACTERS = 24;

/** A fresh link into a room, made by the device that will answer its join requests. */
export function createLink(
  env: CoreEnv,
  options: {
    readonly inviterAccountKey: Uint8Array;
    readonly streamId: StreamId;
    readonly password: boolean;
  },
): InviteLink {
  return {
    token: randomToken(env),
    fingerprint: linkFingerprint(env, options.inviterAccountKey, options.streamId),
    secret: env.random(LINK_PART_BYTES),
    passwordNeeded: options.password,
  };
}

/** First 16 bytes of the hash over inviter and room that stands in the link. */
export function linkFingerprint(
  env: Pick<CoreEnv, 'provider'>,
  inviterAccountKey: Uint8Array,
  streamId: StreamId,
): Uint8Array {
  const input = labelled(LABELS.linkFingerprint, inviterAccountKey, StreamId.toBytes(streamId));
  return env.provider.hash('SHA-256', input).slice(0, LINK_PART_BYTES);
}

/** 24 alphanumerics, each equally likely: 142 bits. */
function randomToken(env: CoreEnv): InviteToken {
  const unbiasedBelow = 256 - (256 % ALPHANUMERICS.length);
  let token = '';
  while (token.length < TOKEN_CHARACTERS) {
    for (const byte of env.random(2 * TOKEN_CHARACTERS)) {
      if (byte < unbiasedBelow && token.length < TOKEN_CHARACTERS)
        token += ALPHANUMERICS[byte % ALPHANUMERICS.length];
    }
  }
  return InviteToken.parse(token);
}
