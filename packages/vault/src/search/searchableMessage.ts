/** What search needs to know of a message. */
export interface SearchableMessage {
  /** Its place in the room's log: a safe integer, 0 or more, one message each. */
  readonly order: number;
  readonly messageId: string;
  readonly authorId: string;
  /** Unix time in milliseconds. */
  readonly sentAtMs: number;
  readonly text: string;
  readonly hasAttachment: boolean;
}
