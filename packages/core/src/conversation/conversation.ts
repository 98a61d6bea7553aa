import type { DeviceId, StreamId } from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import type { RoomMember } from './member.ts';
import type { PendingCommit } from './pendingCommit.ts';

declare const conversationBrand: unique symbol;

/**
 * A room's MLS group and Sotto's rules over it, as one device has it. Immutable: every step gives a new one, with
 * the records to write. Read it by `conversationView`.
 *
 * Records, keys relative to the caller's prefix: `room` (own counter, stream epoch: small, written per message sent
 * and per commit), `sender/<device>` (counters seen: small, written per message received), `pending` (one's own
 * commit under way), `epochs` (recent epoch authenticators, per commit) and `mls/…` (the engine's own: one small
 * record per message, the rest per commit).
 */
export interface Conversation {
  readonly [conversationBrand]: true;
}

/** What may be known of a conversation, without secrets. */
export interface ConversationView {
  readonly streamId: StreamId;
  readonly title: string;
  /** Everyone in the room, by leaf; never by the relay's word. */
  readonly members: readonly RoomMember[];
  readonly self: RoomMember;
  /** Of the MLS group. */
  readonly epoch: number;
  /** Commit entries that the stream has taken: the `expectEpoch` for the next append. */
  readonly streamEpoch: number;
  /** When this device last changed its own leaf keys, by its own clock: bounded by policy, shown when too old. */
  readonly keysUpdatedAtMs: number;
  readonly epochAuthenticator: Uint8Array;
  /** One's own commit that has not come back from the log yet. */
  readonly pending: PendingCommit | undefined;
  /** `removed`: nothing more can be sent or read. */
  readonly membership: 'member' | 'removed';
}

export function conversationView(_conversation: Conversation): ConversationView {
  throw new Error('not built yet');
}

/** Makes a room with oneself as its owner; the stream of that id is still to be made at the relay. Throws `BAD_NAME`. */
export function createConversation(
  _env: CoreEnv,
  _options: { readonly identity: DeviceIdentity; readonly streamId: StreamId; readonly title: string },
): { readonly conversation: Conversation; readonly writes: readonly StateWrite[] } {
  throw new Error('not built yet');
}

/** From the records written before, in any order. Throws `BAD_STATE`. */
export function loadConversation(
  _env: Pick<CoreEnv, 'provider'>,
  _records: Iterable<readonly [string, Uint8Array]>,
): Conversation {
  throw new Error('not built yet');
}

/**
 * Takes the stream's epoch from the relay: after joining, once everything up to the relay's `EPOCH_CONFLICT.seq` has
 * been opened. It only decides what the next append expects, never what is accepted.
 */
export function alignStreamEpoch(
  _conversation: Conversation,
  _streamEpoch: number,
): { readonly conversation: Conversation; readonly writes: readonly StateWrite[] } {
  throw new Error('not built yet');
}

/** The member with this device, if it is in the room. */
export function memberOf(_conversation: Conversation, _deviceId: DeviceId): RoomMember | undefined {
  throw new Error('not built yet');
}
