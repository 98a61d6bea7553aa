import type { BlobReference, MessageId } from '@sotto/protocol';
import type { FileTrouble, RoomId } from '../projection.ts';

/** The file of a message, in the message's own record: with that goes the key to its bytes, wherever those are. */
export interface FileRecord {
  /** Under which its chunks are kept; the same when a message that failed is sent again under another id. */
  readonly keptAs: MessageId;
  /** As they can be shown. */
  readonly name: string;
  readonly mediaType: string;
  readonly width?: number;
  readonly height?: number;
  readonly thumbnail?: Uint8Array;
  readonly blob: BlobReference;
  /** All of it is on this device, and is what the reference is for. */
  readonly here?: true;
  /** The relay does not have it. */
  readonly gone?: true;
  readonly trouble?: FileTrouble;
}

/** Something that is not finished with the chunks of one file. */
export interface FileWork {
  /**
   * `storing`: nobody knows of them yet; after a stop in between they go. `fetching`: they come from the relay.
   * `dropping`: they go, nothing points to them.
   */
  readonly what: 'storing' | 'fetching' | 'dropping';
  readonly roomId: RoomId;
  readonly keptAs: MessageId;
  readonly chunkCount: number;
  /** A person wants it, wherever it comes from. */
  readonly asked?: true;
}
