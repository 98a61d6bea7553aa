/**
 * A history as plain data: what exports write and an import reads. Ids are the protocol's text forms; whoever puts
 * an imported history into a store parses them as such. Times are milliseconds since 1970.
 */

/** The version of these shapes and of the archive around them. 2: messages have files. */
export const ARCHIVE_VERSION = 2;
export type ArchiveVersion = 1 | 2;

export type ArchivedRole = 'owner' | 'admin' | 'member' | 'guest';

/** A device and what its person calls themselves: no proof of who they are. */
export interface ArchivedName {
  readonly deviceId: string;
  readonly name: string;
}

export interface ArchivedPerson extends ArchivedName {
  readonly role: ArchivedRole;
  readonly guest: boolean;
  /** The device that made the export. */
  readonly self: boolean;
}

export interface ArchivedConversation {
  readonly id: string;
  /** Empty where nobody gave it one. */
  readonly title: string;
  readonly startedAtMs: number;
  readonly condition: 'open' | 'paused' | 'ended';
  /** Those in it, and those who were: at most 4,096. */
  readonly members: readonly ArchivedPerson[];
}

/** The file that a message brought. */
export interface ArchivedFile {
  readonly name: string;
  readonly mediaType: string;
  /** 1 byte to 32 MiB. */
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Of a picture: both, or none. */
  readonly width?: number;
  readonly height?: number;
  /** Base64url; only in archives. */
  readonly thumbnail?: string;
  /** Its bytes follow. Only in archives, and only of a file that was on the device. */
  readonly included: boolean;
}

export interface ArchivedMessage {
  readonly kind: 'message';
  /** Its place in the log: rises from item to item. */
  readonly order: number;
  readonly messageId: string;
  readonly author: ArchivedPerson;
  /** At most 65,536 UTF-16 units. */
  readonly text: string;
  readonly sentAtMs: number;
  readonly replyTo?: { readonly messageId: string; readonly name: string; readonly text: string };
  readonly file?: ArchivedFile;
  readonly edited?: true;
  /** What it said is gone; `text` is empty. */
  readonly deleted?: true;
  readonly reactions?: readonly ArchivedReaction[];
}

export interface ArchivedReaction {
  readonly emoji: string;
  readonly count: number;
  readonly own: boolean;
}

export type ArchivedEvent =
  | { readonly type: 'created' }
  | { readonly type: 'joined'; readonly who: ArchivedName; readonly guest: boolean; readonly self: boolean }
  | { readonly type: 'left'; readonly who: ArchivedName; readonly self: boolean }
  | {
      readonly type: 'removed';
      readonly who: ArchivedName;
      readonly by: ArchivedName;
      readonly self: boolean;
    }
  | { readonly type: 'paused' | 'resumed' | 'ended'; readonly by: ArchivedName }
  /** Empty: it has none any more. */
  | { readonly type: 'title'; readonly by: ArchivedName; readonly title: string; readonly self: boolean }
  /** `on`: another than before; else it has none any more. */
  | { readonly type: 'picture'; readonly by: ArchivedName; readonly on: boolean; readonly self: boolean }
  /** New messages go after so many seconds; 0: they stay. */
  | {
      readonly type: 'timer';
      readonly by: ArchivedName;
      readonly seconds: number;
      readonly self: boolean;
    };

export type ArchivedItem =
  | ArchivedMessage
  | { readonly kind: 'event'; readonly order: number; readonly atMs: number; readonly event: ArchivedEvent }
  | {
      readonly kind: 'gap';
      readonly order: number;
      readonly atMs: number;
      readonly cause: 'undecryptable' | 'missing' | 'expired-at-relay' | 'unsupported';
      readonly count: number;
    };

/** A part of the file that the item before it brought. */
export interface ArchivedBytes {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
}

/** One step through a history: the items of a conversation follow it, in the order of its log. */
export type HistoryRecord =
  | { readonly kind: 'conversation'; readonly conversation: ArchivedConversation }
  | { readonly kind: 'item'; readonly item: ArchivedItem }
  | ArchivedBytes;

/** A conversation to be exported. */
export interface ConversationSource {
  readonly conversation: ArchivedConversation;
  /** How many items it has, as far as is known: for progress. What comes meanwhile may make it more. */
  readonly itemCount: number;
  /** In the order of the log, files in pieces after their items where they are wanted; called once. */
  readonly items: (withBytes: boolean) => AsyncIterable<ArchivedItem | ArchivedBytes>;
}
