import { createLink, deriveLinkKeys, passwordSalt, sealRoomCard } from '@sotto/core';
import { LIMITS, type StreamId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { InviteOptions } from '../projection.ts';
import type { InviteRecord } from '../records/roomRecords.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { SlowCrypto } from './joining.ts';

const PASSWORD_CHARACTERS = 1_024;
const LARGEST_USES = 1_000_000;

/** Makes a link into a room, with its sealed card. The relay does not know it yet. Throws `ClientError`. */
export async function makeInvite(
  context: RoomContext,
  { passwordKey }: Pick<SlowCrypto, 'passwordKey'>,
  room: { readonly streamId: StreamId; readonly title: string },
  options: InviteOptions,
): Promise<InviteRecord> {
  assertOptions(options);
  const password = options.password !== undefined && options.password !== '';
  const { env, identity } = context;
  const link = createLink(env, { inviterAccountKey: identity.accountKey, streamId: room.streamId, password });
  const key = password ? await passwordKey(options.password!, passwordSalt(env, link)) : undefined;
  const keys = deriveLinkKeys(env, link, key);
  const createdAtMs = context.clock.nowMs();
  const expiresAtMs = createdAtMs + options.lifetimeMs;
  const { maxUses, approval } = options;
  const card = {
    title: room.title,
    inviterName: context.selfName(),
    expiresAtMs,
    maxUses,
    approval,
    password,
  };
  return {
    link,
    keys,
    createdAtMs,
    expiresAtMs,
    maxUses,
    uses: 0,
    approval,
    status: 'open',
    created: false,
    sealedCard: sealRoomCard(env, link, keys, card),
    wrongPasswords: 0,
  };
}

/** Tells the relay of it. Rejects with `RelayFailure` or `ConnectionLost`. */
export async function registerInvite(
  context: RoomContext,
  streamId: StreamId,
  invite: InviteRecord,
): Promise<void> {
  const { link, expiresAtMs, maxUses, sealedCard } = invite;
  await context.link.request({
    type: 'createInvite',
    token: link.token,
    streamId,
    expiresAtMs,
    maxUses,
    sealedCard,
  });
}

function assertOptions({ lifetimeMs, maxUses, password }: InviteOptions): void {
  if (!(Number.isInteger(lifetimeMs) && lifetimeMs > 0 && lifetimeMs <= LIMITS.inviteLifetimeMs)) {
    throw new ClientError('NOT_ALLOWED', 'an invite lives for at most 30 days');
  }
  if (!(Number.isInteger(maxUses) && maxUses >= 0 && maxUses <= LARGEST_USES)) {
    throw new ClientError('NOT_ALLOWED', 'not a number of people');
  }
  if (password !== undefined && password.length > PASSWORD_CHARACTERS) {
    throw new ClientError('BAD_PASSWORD', 'too long', { limitBytes: PASSWORD_CHARACTERS });
  }
}
