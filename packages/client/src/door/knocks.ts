import { CoreError, openJoinRequest, type Stretch, safetyWords, type VerifiedJoinRequest } from '@sotto/core';
import type { DeviceId, Entry, InviteToken } from '@sotto/protocol';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { InviteRecord, KnockRecord, VisitorRecord } from '../records/roomRecords.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { closedBecause, grantedKey } from './admission.ts';
import { answerRequest, refuseKnock } from './refuseKnock.ts';

/** Wrong passwords that one device may try at a link, and all devices together (a device costs nothing to make). */
const TRIES_PER_GUEST = 5;
const TRIES_PER_LINK = 20;
/** Who declines twice does not want to be asked again. */
const DECLINES = 2;
/** People at one door at once; more are told that it is full. */
const WAITING_PER_ROOM = 100;

/** A join request came into the inbox: checks it by this device's own rules and puts it before the person. */
export async function receiveKnock(
  context: RoomContext,
  step: RoomStep,
  entry: Entry,
  stretch: Stretch,
): Promise<void> {
  const { inviteToken, deviceId, payload: sealedRequest } = entry;
  const invite = inviteToken && step.state.invites.get(inviteToken);
  if (invite === undefined || deviceId === undefined) return;
  const visitor = await visitorOf(context, step, invite.link.token, deviceId);
  const closed = closedBecause(invite, context.clock.nowMs());
  const answer = (refusal: Parameters<typeof answerRequest>[4], block = false) =>
    answerRequest(context, step, invite, { deviceId, sealedRequest }, refusal, block);

  // Only the relay brings a request twice: a key package lets somebody in once.
  const granted = grantedKey(context, step.state.record.roomId, invite.link.token, sealedRequest);
  if ((await step.read(context.vault, granted)) !== undefined) return;
  if (visitor.blocked) return answer({ refusal: 'blocked', triesLeft: 0 }, true);
  if (closed !== undefined) return answer({ refusal: closed, triesLeft: 0 });
  const opened = open(context, invite, sealedRequest, deviceId);
  if (opened === 'unreadable') return answer({ refusal: 'cannot-read', triesLeft: 0 });
  if (opened === 'wrong-password') return wrongPassword(context, step, invite, visitor, answer);

  const knockId = knockIdOf(invite.link.token, deviceId);
  if (!step.state.knocks.has(knockId) && step.state.knocks.size >= WAITING_PER_ROOM) {
    return answer({ refusal: 'full', triesLeft: 0 });
  }
  const knock: KnockRecord = {
    knockId,
    token: invite.link.token,
    request: opened,
    sealedRequest,
    // Nobody compares words with a guest who is let in unasked.
    safetyWords: invite.approval ? await safetyWords(context.env, invite.link, sealedRequest, stretch) : [],
    receivedAtMs: context.clock.nowMs(),
    declinedBefore: visitor.declines > 0,
    state: invite.approval ? 'waiting' : 'admitting',
  };
  step.putKnock(knock);
  step.set({ lastActivityMs: context.clock.nowMs() });
  const { roomId } = step.state.record;
  if (invite.approval) step.afterwards(() => context.events.notice(roomId, 'knock', opened.name));
}

/** The person said no. The second time the guest is blocked for this link. */
export async function declineKnock(context: RoomContext, step: RoomStep, knock: KnockRecord): Promise<void> {
  const visitor = await visitorOf(context, step, knock.token, knock.request.deviceId);
  const declines = visitor.declines + 1;
  const blocked = declines >= DECLINES;
  putVisitor(step, { ...visitor, declines, blocked });
  refuseKnock(context, step, knock, { refusal: blocked ? 'blocked' : 'declined', triesLeft: 0 }, blocked);
}

/** What is known of a device at an invite. */
export async function visitorOf(
  context: RoomContext,
  step: RoomStep,
  token: InviteToken,
  deviceId: DeviceId,
): Promise<VisitorRecord> {
  const record = await step.read(context.vault, KEYS.visitor(step.state.record.roomId, token, deviceId));
  if (record !== undefined) return decodeRecord<VisitorRecord>(record);
  return { token, deviceId, declines: 0, wrongPasswords: 0, blocked: false };
}

function putVisitor(step: RoomStep, visitor: VisitorRecord): void {
  step.write(KEYS.visitor(step.state.record.roomId, visitor.token, visitor.deviceId), visitor);
}

/** One knock per device and link: asking again takes the place of the first. */
function knockIdOf(token: InviteToken, deviceId: DeviceId): string {
  return `${token}-${deviceId.slice('dev_'.length)}`;
}

function open(
  context: RoomContext,
  invite: InviteRecord,
  sealedRequest: Uint8Array,
  deviceId: DeviceId,
): VerifiedJoinRequest | 'wrong-password' | 'unreadable' {
  try {
    return openJoinRequest(context.env, { link: invite.link, keys: invite.keys, sealedRequest, deviceId });
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    return error.code === 'WRONG_PASSWORD' ? 'wrong-password' : 'unreadable';
  }
}

function wrongPassword(
  context: RoomContext,
  step: RoomStep,
  invite: InviteRecord,
  visitor: VisitorRecord,
  answer: (refusal: Parameters<typeof answerRequest>[4], block?: boolean) => void,
): void {
  const wrongPasswords = visitor.wrongPasswords + 1;
  const blocked = wrongPasswords >= TRIES_PER_GUEST;
  putVisitor(step, { ...visitor, wrongPasswords, blocked });
  const together = invite.wrongPasswords + 1;
  if (together >= TRIES_PER_LINK) {
    // Somebody has the link and guesses: it lets nobody in any more.
    closeInvite(context, step, { ...invite, wrongPasswords: together });
    answer({ refusal: 'revoked', triesLeft: 0 });
    return;
  }
  step.putInvite({ ...invite, wrongPasswords: together });
  answer(
    { refusal: blocked ? 'blocked' : 'wrong-password', triesLeft: TRIES_PER_GUEST - wrongPasswords },
    blocked,
  );
}

/** Takes a link back: here at once, at the relay as soon as it is reached; whoever waits is told. */
export function closeInvite(context: RoomContext, step: RoomStep, invite: InviteRecord): void {
  const { token } = invite.link;
  step.putInvite({ ...invite, status: invite.status === 'open' ? 'revoked' : invite.status });
  context.errands.add(step, { type: 'closeInvite', token });
  for (const knock of step.state.knocks.values()) {
    if (knock.token === token && knock.state === 'waiting') {
      refuseKnock(context, step, knock, { refusal: 'revoked', triesLeft: 0 });
    }
  }
}
