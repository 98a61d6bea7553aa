import {
  type ClientBody,
  decodeClientFrame,
  decodeServerFrame,
  type Entry,
  type ServerBody,
} from '@sotto/protocol';
import type { Direction } from './wire.ts';

/** A frame in words, for people who follow a history: what it asks or says, never what it carries. */
export function frameInWords(direction: Direction, frame: Uint8Array): string {
  try {
    if (direction === 'to-relay') {
      const { requestId, body } = decodeClientFrame(frame);
      return `#${requestId} ${clientWords(body)}`;
    }
    const { requestId, body } = decodeServerFrame(frame);
    return requestId === 0 ? serverWords(body) : `#${requestId} ${serverWords(body)}`;
  } catch {
    return `something that does not decode (${frame.length} bytes)`;
  }
}

function clientWords(body: ClientBody): string {
  switch (body.type) {
    case 'append': {
      const { streamId, kind, expectEpoch, dedupeId, admissions, removedDeviceIds, adminDeviceIds } = body;
      const admits = admissions.map(({ deviceId }) => ` admits ${short(deviceId)}`).join('');
      const removes = removedDeviceIds.map(deviceId => ` removes ${short(deviceId)}`).join('');
      const admins = adminDeviceIds.length > 0 ? ` admins ${adminDeviceIds.map(short).join()}` : '';
      return `append ${kind} ${short(dedupeId)} to ${short(streamId)} in epoch ${expectEpoch}${admits}${removes}${admins}`;
    }
    case 'subscribe':
      return `subscribe ${short(body.streamId)} after ${body.afterSeq}`;
    case 'acknowledge':
      return `acknowledge ${short(body.streamId)} up to ${body.seq}`;
    case 'controlStream':
      return `${body.action} ${short(body.streamId)}`;
    case 'createStream':
    case 'leaveStream':
    case 'ephemeral':
      return `${body.type} ${short(body.streamId)}`;
    case 'createInvite':
    case 'closeInvite':
    case 'knock':
      return `${body.type} ${body.token.slice(0, 4)}`;
    case 'answerKnock':
      return `answerKnock ${body.token.slice(0, 4)} of ${short(body.deviceId)}${body.block ? ', block' : ''}`;
    default:
      return body.type;
  }
}

function serverWords(body: ServerBody): string {
  switch (body.type) {
    case 'appended':
      return `appended at ${body.seq}`;
    case 'subscribed':
    case 'streamChanged': {
      const { streamId, headSeq, epoch, acknowledgedSeq, condition, lostUpToSeq } = body.status;
      const lost = lostUpToSeq > 0 ? `, lost up to ${lostUpToSeq}` : '';
      return `${body.type} ${short(streamId)}: ${condition}, head ${headSeq}, epoch ${epoch}, acknowledged ${acknowledgedSeq}${lost}`;
    }
    case 'entries':
      return `entries of ${short(body.streamId)}: ${body.entries.map(entryWords).join(', ')}`;
    case 'ephemeral':
      return `ephemeral of ${short(body.streamId)}`;
    case 'inviteChanged':
      return `invite ${body.token.slice(0, 4)} is ${body.status}`;
    case 'failure':
      return `refused: ${body.code}${body.epoch > 0 ? ` (epoch ${body.epoch} since ${body.seq})` : ''}`;
    case 'authenticated':
      return `authenticated, ${body.streams.length} streams`;
    default:
      return body.type;
  }
}

function entryWords({ seq, kind, dedupeId }: Entry): string {
  return `${seq} ${kind} ${short(dedupeId)}`;
}

/** The first digits of an id: enough to tell a few apart. */
function short(id: string): string {
  return id.slice(4, 8);
}
