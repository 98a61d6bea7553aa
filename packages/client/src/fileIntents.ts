import type { MessageId } from '@sotto/protocol';
import type { RoomId } from './projection.ts';

/** Files of at most so many bytes come by themselves, so that they are here when the relay has them no more. */
export const FETCHED_BY_ITSELF_BYTES = 2 * 1024 * 1024;

/** A file that is to be sent: as its sender wants it to be seen, without what a camera writes into it. */
export interface OutgoingFile {
  /** 1 to 255 bytes of UTF-8, no path. */
  readonly name: string;
  /** `type/subtype`; what is none counts as that of any bytes. */
  readonly mediaType: string;
  /** 1 to `LIMITS.attachmentBytes`. Through a port they are handed over: the caller has them no more. */
  readonly bytes: Uint8Array;
  /** Of a picture: its size in pixels, and a baseline JPEG of at most 320 pixels a side and 12 kB. */
  readonly picture?: { readonly width: number; readonly height: number; readonly thumbnail: Uint8Array };
}

/** What a person does with files. Each rejects with `ClientError` and then has changed nothing. */
export interface FileIntents {
  /**
   * Durable and shown as "sending" when this resolves; it is sent once all of it is at the relay, through restarts,
   * and what is said meanwhile does not wait for it. `messageId`: as with `sendText`. Throws `FILE_EMPTY`,
   * `FILE_TOO_LARGE` (with `limitBytes`), `BAD_FILE` (its name or its thumbnail), and what `sendText` throws.
   */
  sendFile(
    roomId: RoomId,
    file: OutgoingFile,
    options?: { readonly text?: string; readonly replyTo?: MessageId; readonly messageId?: MessageId },
  ): Promise<{ messageId: MessageId }>;
  /** Stops an upload, and the message goes; or a download, and what came of it goes. Nothing, where it is too late. */
  cancelFile(roomId: RoomId, messageId: MessageId): Promise<void>;
  /** Begins a download, or goes on with one; it ends when the message says so. `UNKNOWN_MESSAGE` where there is no file. */
  fetchFile(roomId: RoomId, messageId: MessageId): Promise<void>;
  /** A file that is here; `undefined` while it is not. `UNKNOWN_MESSAGE` where there is none. */
  readFile(roomId: RoomId, messageId: MessageId): Promise<ReadFile | undefined>;
}

export interface ReadFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}
