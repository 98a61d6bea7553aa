import type { ContentBody, MessageId } from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import type { Conversation } from './conversation.ts';

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
}

/**
 * Gives a message its id and counter. Throws `NOT_ALLOWED` (what one's role may not say, `inviteSecrets`, `typing`),
 * `TOO_LARGE`, `BAD_NAME`, `REMOVED`.
 */
export function composeContent(
  _env: CoreEnv,
  _conversation: Conversation,
  _body: ContentBody,
): { readonly conversation: Conversation; readonly draft: Draft; readonly writes: readonly StateWrite[] } {
  throw new Error('not built yet');
}

/**
 * What takes a draft's counter when the draft is given up without ever having been taken by the relay: a deletion of
 * it, so that nobody sees a gap.
 */
export function withdrawDraft(_env: CoreEnv, _draft: Draft): Draft {
  throw new Error('not built yet');
}

/**
 * Encrypts a draft, padded to a bucket. After `EPOCH_CONFLICT`: open what came first, then seal the same draft again;
 * whichever the relay took, it is shown once. Throws `REMOVED`.
 */
export function sealDraft(_env: CoreEnv, _conversation: Conversation, _draft: Draft): SealedDraft {
  throw new Error('not built yet');
}
