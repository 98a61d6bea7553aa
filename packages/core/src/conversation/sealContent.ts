import { encrypt } from '@sotto/mls';
import {
  type ContentBody,
  encodeBundle,
  encodeContent,
  LIMITS,
  MessageId,
  ProtocolError,
} from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import { byEngine, mlsEnvOf } from '../mlsEnv.ts';
import { cleanName } from '../names.ts';
import { paddingToBytes } from './contentPadding.ts';
import { type Conversation, conversationOf, stateOf } from './conversation.ts';
import { groupWrites, roomWrite } from './records.ts';
import { brokenByContent } from './rules.ts';
import { assertMember } from './state.ts';

/** A message with its id and its place in its sender's order, not yet encrypted. Keep it until it is in the log. */
export interface Draft {
  readonly messageId: MessageId;
  /** Dense per device and room, from 1. */
  readonly counter: number;
  readonly sentAtMs: number;
  /** The encoded `Content`: the same bytes are encrypted again, under new keys, when another commit came first. */
  readonly content: Uint8Array;
}

/** A draft encrypted for the epoch that the room is in. */
export interface SealedDraft {
  readonly conversation: Conversation;
  /** The payload of an `Append` of kind `message`. */
  readonly payload: Uint8Array;
  readonly expectEpoch: number;
  /** Of the MLS group. */
  readonly epoch: number;
  /** To be on disk before the payload leaves (invariant I2). */
  readonly writes: readonly StateWrite[];
  /** Used-up secrets, to be overwritten once `writes` are on disk and the state before is no longer needed. */
  readonly wipe: readonly Uint8Array[];
}

/**
 * Gives a message its counter, and an id where the caller has chosen none; that no other message of the room has a
 * chosen one is the caller's to know. Throws `NOT_ALLOWED` (what one's role may not say, `inviteSecrets`, `typing`, …),
 * `TOO_LARGE`, `BAD_NAME`, `MALFORMED`, `REMOVED`.
 */
export function composeContent(
  env: CoreEnv,
  conversation: Conversation,
  body: ContentBody,
  messageId = newMessageId(env),
): { readonly conversation: Conversation; readonly draft: Draft; readonly writes: readonly StateWrite[] } {
  const state = stateOf(conversation);
  assertMember(state);
  const rule = brokenByContent(state.seen.policy, state.seen.self, body);
  if (rule !== undefined)
    throw new CoreError('NOT_ALLOWED', `the room's rules do not allow it: ${rule}`, { rule });
  const said = body.type === 'profile' ? { ...body, name: cleanName(body.name) } : body;
  const draft = draftOf(env, state.room.ownCounter + 1, said, messageId);
  const room = { ...state.room, ownCounter: draft.counter };
  return { conversation: conversationOf({ ...state, room }), draft, writes: [roomWrite(room)] };
}

/**
 * What takes a draft's counter when the draft is given up without ever having been taken by the relay: a deletion of
 * it, so that nobody sees a gap.
 */
export function withdrawDraft(env: CoreEnv, draft: Draft): Draft {
  return draftOf(env, draft.counter, { type: 'delete', target: draft.messageId }, newMessageId(env));
}

/**
 * Encrypts a draft, padded to a bucket. After `EPOCH_CONFLICT`: open what came first, then seal the same draft again;
 * whichever the relay took, it is shown once. Throws `REMOVED`.
 */
export function sealDraft(env: CoreEnv, conversation: Conversation, draft: Draft): SealedDraft {
  const state = stateOf(conversation);
  assertMember(state);
  const { group, message, writes, wipe } = byEngine('BAD_STATE', () =>
    encrypt(mlsEnvOf(env), state.group, {
      plaintext: draft.content,
      paddingToBytes: paddingToBytes(draft.content.length),
    }),
  );
  return {
    conversation: conversationOf({ ...state, group }),
    payload: encodeBundle({ mlsMessages: [message] }),
    expectEpoch: state.room.streamEpoch,
    epoch: state.seen.info.epoch,
    writes: groupWrites(writes),
    wipe,
  };
}

export function newMessageId(env: CoreEnv): MessageId {
  return MessageId.fromBytes(env.random(MessageId.sizeBytes));
}

/** A message with its id, its counter and its time. Throws `TOO_LARGE`, `MALFORMED`. */
export function draftOf(env: CoreEnv, counter: number, body: ContentBody, messageId: MessageId): Draft {
  const sentAtMs = env.nowMs();
  return {
    messageId,
    counter,
    sentAtMs,
    content: encoded(() => encodeContent({ messageId, counter, sentAtMs, body })),
  };
}

function encoded(encode: () => Uint8Array): Uint8Array {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error.code === 'TOO_LARGE') {
      throw new CoreError('TOO_LARGE', error.message, { limitBytes: LIMITS.textBytes });
    }
    throw new CoreError('MALFORMED', error.message);
  }
}
