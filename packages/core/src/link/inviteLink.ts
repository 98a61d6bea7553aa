import type { InviteToken } from '@sotto/protocol';

/** Why a text is not an invite link. */
export type BadLinkReason =
  | 'no-link'
  /** There is no fragment: the secret got lost on the way (some apps cut it off). */
  | 'no-secret'
  | 'bad-token'
  | 'bad-fragment'
  /** Made by a newer version. */
  | 'unsupported-version';

/** What an invite link says. Secret: who holds it can ask to join. */
export interface InviteLink {
  /** The public part, known to the relay. */
  readonly token: InviteToken;
  /** Commits to the inviter's account key and the room; 16 bytes. */
  readonly fingerprint: Uint8Array;
  /** 16 bytes that the relay never gets. */
  readonly secret: Uint8Array;
  readonly passwordNeeded: boolean;
}

/**
 * Reads a link, strictly: a full URL (`https://host/chat/<token>#1.<fingerprint>.<secret>[.p]`) or its path and
 * fragment, with nothing around it but white space. Throws `BAD_LINK` with `reason`.
 */
export function parseLink(_text: string): InviteLink {
  throw new Error('not built yet');
}

/** `/chat/<token>#1.<fingerprint>.<secret>[.p]`: ends in an alphanumeric, so that no app cuts it short. */
export function formatPathAndFragment(_link: InviteLink): string {
  throw new Error('not built yet');
}
