import type { CoreEnv, StateWrite } from '../env.ts';
import { type Conversation, conversationOf, stateOf } from './conversation.ts';
import type { EntryOutcome } from './entryOutcome.ts';
import { openCommitEntry } from './openCommit.ts';
import { openMessageEntry } from './openMessage.ts';
import { assertMember } from './state.ts';

/** An entry of the room's stream; open them in the order of `seq`, each once. */
export interface RoomEntry {
  readonly kind: 'message' | 'commit';
  readonly payload: Uint8Array;
}

/**
 * Opens the next entry of the room's stream. Does not throw for anything foreign: every entry has an outcome.
 * Store `writes` with what the outcome shows and the cursor in one transaction, then acknowledge.
 *
 * An undecryptable message that its sender counted also shows as a gap when the sender's next one comes: count once.
 * Throws `REMOVED` when this device is no longer in the room.
 */
export function openEntry(
  env: CoreEnv,
  conversation: Conversation,
  entry: RoomEntry,
): {
  readonly conversation: Conversation;
  readonly writes: readonly StateWrite[];
  readonly outcome: EntryOutcome;
  /** Used-up secrets, to be overwritten once `writes` are on disk and the state before is no longer needed. */
  readonly wipe: readonly Uint8Array[];
} {
  const state = stateOf(conversation);
  assertMember(state);
  const open = entry.kind === 'commit' ? openCommitEntry : openMessageEntry;
  const opened = open(env, state, entry.payload);
  const { writes, outcome, wipe = [] } = opened;
  return { conversation: conversationOf(opened.state), writes, outcome, wipe };
}
