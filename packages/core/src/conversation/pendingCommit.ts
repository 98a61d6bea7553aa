import type { BlobReference, DedupeId, DeviceId, InviteToken } from '@sotto/protocol';

export const PENDING_KINDS = ['admit', 'remove', 'policy', 'update', 'add'] as const;

/**
 * One's own commit, made and not yet in the log. It is part of the stored state, because nobody can open their own
 * commit: append it (again, with the same `dedupeId`, after a crash) until its entry comes back through `openEntry`,
 * which puts it into force. Another commit that comes first takes it away by itself.
 */
export interface PendingCommit {
  readonly kind: (typeof PENDING_KINDS)[number];
  readonly dedupeId: DedupeId;
  /** The stream's epoch. */
  readonly expectEpoch: number;
  /** The payload of an `Append` of kind `commit`. */
  readonly payload: Uint8Array;
  readonly admissions: readonly PendingAdmission[];
  readonly removedDeviceIds: readonly DeviceId[];
  /** The ratchet tree as a blob, which must be at the relay before the commit is sent (`pendingTree`). */
  readonly tree?: BlobReference | undefined;
}

export interface PendingAdmission {
  readonly deviceId: DeviceId;
  /** For this device alone. */
  readonly welcome: Uint8Array;
  /** The invite that it came by, whose use is spent. */
  readonly inviteToken: InviteToken | undefined;
}
