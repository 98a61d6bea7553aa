import type { StreamId } from './ids.ts';
import { StreamId as streamId } from './ids.ts';
import { bool, type Enumeration, enumeration, id, uint64 } from './wire/field.ts';
import { message } from './wire/message.ts';

/** What kind of thing a stream entry is. */
export type EntryKind =
  /** An encrypted application message of a conversation. */
  | 'message'
  /** An MLS Commit of a conversation, taken by compare-and-set on the stream's epoch. */
  | 'commit'
  /** An MLS Welcome, in an inbox. */
  | 'welcome'
  /** A sealed join request, in the inbox of the device that owns the invite. */
  | 'request'
  /** The sealed answer to a join request that was not admitted, in the inbox of the device that knocked. */
  | 'answer'
  /** A sealed message (`SealedDelivery`), in the inbox of each device of the account it was posted to. */
  | 'sealed';

export const ENTRY_KINDS: Enumeration<EntryKind> = [
  undefined,
  'message',
  'commit',
  'welcome',
  'request',
  'answer',
  'sealed',
];

export type StreamKind = 'conversation' | 'inbox';

export const STREAM_KINDS: Enumeration<StreamKind> = [undefined, 'conversation', 'inbox'];

/** `paused`: only admins append. `ended`: nobody does; the last entry stays for 24 hours. */
export type StreamCondition = 'open' | 'paused' | 'ended';

export const STREAM_CONDITIONS: Enumeration<StreamCondition> = [undefined, 'open', 'paused', 'ended'];

/** A stream as one device sees it. */
export interface StreamStatus {
  readonly streamId: StreamId;
  readonly kind: StreamKind;
  readonly condition: StreamCondition;
  /** The seq of the newest entry; 0 when there was none. */
  readonly headSeq: number;
  /** How many commits the stream has taken: what `expectEpoch` is compared with. */
  readonly epoch: number;
  /** The highest seq this device has acknowledged; a new subscriber starts at the seq it was admitted at. */
  readonly acknowledgedSeq: number;
  /** Whether this device may admit, remove, pause and end. */
  readonly admin: boolean;
  /** Entries up to this seq are gone for this device, though it never acknowledged them; 0 for none. */
  readonly lostUpToSeq: number;
}

export const streamStatusCodec = message<StreamStatus>({
  streamId: id(1, streamId),
  kind: enumeration(2, STREAM_KINDS),
  condition: enumeration(3, STREAM_CONDITIONS),
  headSeq: uint64(4),
  epoch: uint64(5),
  acknowledgedSeq: uint64(6),
  admin: bool(7),
  lostUpToSeq: uint64(8),
});
