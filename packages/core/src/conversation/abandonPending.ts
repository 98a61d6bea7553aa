import type { StateWrite } from '../env.ts';
import { type Conversation, conversationOf, stateOf } from './conversation.ts';
import { noPendingWrite } from './records.ts';

/**
 * Gives up a pending commit that the relay refused for good (`INVITE_USED_UP`, …). Never after a timeout or with an
 * unknown outcome: if it is in the log after all, this device could not follow. What it used up stays used up.
 */
export function abandonPending(conversation: Conversation): {
  readonly conversation: Conversation;
  readonly writes: readonly StateWrite[];
} {
  const state = stateOf(conversation);
  return {
    conversation: conversationOf({ ...state, pending: undefined }),
    writes: [noPendingWrite()],
  };
}
