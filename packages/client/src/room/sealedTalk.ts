import type { Draft, OpenedSealedEntry, RoomMember, SealedRoom, SealedTyping } from '@sotto/core';
import type { Entry } from '@sotto/protocol';

/** How a conversation by RSA encrypts and reads: with the keys of both accounts. */
export interface SealedTalk {
  /** The payload of an append; `undefined` while the keys for it are not known. */
  seal(room: SealedRoom, draft: Draft): Promise<Uint8Array | undefined>;
  /** The same of the commit by which this account goes out, with all its devices. */
  sealLeave(room: SealedRoom): Promise<Uint8Array | undefined>;
  /** That this device's person writes, or stopped. */
  sealTyping(room: SealedRoom, active: boolean): Promise<Uint8Array | undefined>;
  /** Who writes at the other end; `lastOf`: when the last such signal was sent that was taken. */
  openTyping(
    room: SealedRoom,
    payload: Uint8Array,
    lastOf: (author: RoomMember) => number | undefined,
  ): Promise<SealedTyping | undefined>;
  /** Rejects with `ClientError` `OFFLINE` where keys have to be asked for: the entry comes again. */
  open(room: SealedRoom, entry: Entry & { readonly kind: 'message' | 'commit' }): Promise<OpenedSealedEntry>;
}
