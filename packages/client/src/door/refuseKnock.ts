import { sealJoinAnswer } from '@sotto/core';
import { DedupeId, type JoinAnswer } from '@sotto/protocol';
import type { InviteRecord, KnockRecord } from '../records/roomRecords.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';

/** Answers someone at the door that they cannot come in, and takes the knock away. */
export function refuseKnock(
  context: RoomContext,
  step: RoomStep,
  knock: KnockRecord,
  answer: JoinAnswer,
  block = false,
): void {
  const invite = step.state.invites.get(knock.token);
  if (invite !== undefined) {
    answerRequest(
      context,
      step,
      invite,
      { deviceId: knock.request.deviceId, sealedRequest: knock.sealedRequest },
      answer,
      block,
    );
  }
  step.dropKnock(knock.knockId);
}

/** Seals an answer to a request and has it taken to the relay. */
export function answerRequest(
  context: RoomContext,
  step: RoomStep,
  invite: InviteRecord,
  request: Pick<KnockRecord, 'sealedRequest'> & Pick<KnockRecord['request'], 'deviceId'>,
  answer: JoinAnswer,
  block = false,
): void {
  const payload = sealJoinAnswer(context.env, {
    link: invite.link,
    keys: invite.keys,
    sealedRequest: request.sealedRequest,
    answer,
  });
  context.errands.add(step, {
    type: 'answerKnock',
    token: invite.link.token,
    deviceId: request.deviceId,
    dedupeId: DedupeId.fromBytes(context.random(16)),
    payload,
    block,
  });
}
