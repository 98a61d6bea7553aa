import { type Append, type CreateInvite, type InviteToken, LIMITS } from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { notFound, Refusal } from '../refusal.ts';
import type { Caller, InboxDelivery, InviteChange, InviteRecord, StreamStore } from '../streamStore.ts';
import { inviteStatusAt, refuseUnlessOpen, spendUses } from './invites.ts';
import { type StorageLimits, storedBytesOf } from './storageLimits.ts';
import type { StreamLog } from './streamLog.ts';
import type { InviteRow, StreamRow, Tables } from './tables.ts';

/** Requests that wait in one inbox before more are turned away. */
const MAX_QUEUED_IN_INBOX = 1_000;
/** Open invites of one stream. */
const MAX_INVITES_PER_STREAM = 1_000;

/** Invites, and who knocks on them. */
export class Door {
  constructor(
    private readonly tables: Tables,
    private readonly log: StreamLog,
    private readonly limits: StorageLimits,
  ) {}

  createInvite({ deviceId, nowMs }: Caller, invite: CreateInvite): void {
    const { stream } = this.log.administered(deviceId, invite.streamId);
    const taken = this.tables.invites.invite(invite.token);
    if (taken !== undefined) {
      const same =
        taken.ownerId === deviceId &&
        taken.streamNo === stream.no &&
        taken.expiresAtMs === invite.expiresAtMs;
      if (same && taken.maxUses === invite.maxUses) return;
      throw new Refusal('CONFLICT', 'the token is taken');
    }
    if (stream.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
    if (invite.expiresAtMs <= nowMs || invite.expiresAtMs > nowMs + LIMITS.inviteLifetimeMs) {
      throw new Refusal('MALFORMED', 'an invite ends within 30 days from now');
    }
    const open = this.tables.invites.ofStream(stream.no).filter(({ status }) => status === 'open').length;
    if (open >= MAX_INVITES_PER_STREAM) throw new Refusal('RATE_LIMITED', 'too many open invites');
    const { token, expiresAtMs, maxUses, sealedCard } = invite;
    this.tables.invites.putInvite({
      token,
      streamNo: stream.no,
      ownerId: deviceId,
      expiresAtMs,
      maxUses,
      uses: 0,
      sealedCard,
      status: 'open',
      closedAtMs: 0,
    });
  }

  closeInvite({ deviceId, nowMs }: Caller, token: InviteToken): readonly InviteChange[] {
    const invite = this.tables.invites.invite(token);
    const admin = invite && this.tables.subscription(invite.streamNo, deviceId);
    if (invite === undefined || !(invite.ownerId === deviceId || (admin?.admin && admin.endsAtSeq === 0))) {
      throw notFound();
    }
    return this.#close(invite, 'revoked', nowMs);
  }

  knock(
    caller: Caller,
    { token, dedupeId, payload }: Parameters<StreamStore['knock']>[1],
  ): InboxDelivery | undefined {
    const invite = this.tables.invites.invite(token);
    if (invite === undefined) throw notFound();
    const before = this.tables.invites.knock(token, caller.deviceId);
    const inbox = this.tables.stream('inbox', inboxIdOf(invite.ownerId));
    if (before !== undefined && inbox !== undefined && this.tables.entries.appended(inbox.no, dedupeId))
      return undefined;
    if (before?.blocked) throw new Refusal('KNOCK_BLOCKED', 'this device was turned away');
    refuseUnlessOpen(invite, caller.nowMs);
    if (inbox !== undefined && this.#isCrowded(inbox, payload)) {
      throw new Refusal('RATE_LIMITED', 'too many wait at this door', { retryAfterMs: 60_000 });
    }
    this.tables.invites.putKnock({ token, deviceId: caller.deviceId, blocked: false });
    return this.log.deliver(invite.ownerId, {
      kind: 'request',
      dedupeId,
      payload,
      receivedAtMs: caller.nowMs,
      inviteToken: token,
      deviceId: caller.deviceId,
    });
  }

  answerKnock(
    caller: Caller,
    { token, deviceId, dedupeId, payload, block }: Parameters<StreamStore['answerKnock']>[1],
  ): InboxDelivery | undefined {
    const invite = this.tables.invites.invite(token);
    const knock = this.tables.invites.knock(token, deviceId);
    if (invite?.ownerId !== caller.deviceId || knock === undefined) throw notFound();
    const inbox = this.tables.stream('inbox', inboxIdOf(deviceId));
    if (inbox !== undefined && this.tables.entries.appended(inbox.no, dedupeId)) return undefined;
    if (block) this.tables.invites.putKnock({ ...knock, blocked: true });
    return this.log.deliver(deviceId, { kind: 'answer', dedupeId, payload, receivedAtMs: caller.nowMs });
  }

  invite(token: InviteToken, nowMs: number): InviteRecord | undefined {
    const row = this.tables.invites.invite(token);
    if (row === undefined) return undefined;
    const { ownerId, expiresAtMs, maxUses, uses, sealedCard } = row;
    const { streamId } = this.tables.streamByNo(row.streamNo)!;
    return {
      token,
      ownerId,
      streamId,
      status: inviteStatusAt(row, nowMs),
      expiresAtMs,
      maxUses,
      uses,
      sealedCard,
    };
  }

  expireInvites(nowMs: number): readonly InviteChange[] {
    return this.tables.invites.openExpiredAt(nowMs).flatMap(invite => this.#close(invite, 'expired', nowMs));
  }

  /** The invites that the admissions of a commit came by, each with its uses spent. */
  spent(stream: StreamRow, { admissions }: Append, nowMs: number): readonly InviteRow[] {
    const uses = new Map<InviteToken, number>();
    for (const { inviteToken } of admissions) {
      if (inviteToken !== undefined) uses.set(inviteToken, (uses.get(inviteToken) ?? 0) + 1);
    }
    return [...uses].map(([token, count]) => {
      const invite = this.tables.invites.invite(token);
      if (invite?.streamNo !== stream.no) throw notFound();
      return spendUses(invite, count, nowMs);
    });
  }

  /** Ends those invites of a stream that `which` takes. */
  closeInvites(
    stream: StreamRow,
    nowMs: number,
    which: (invite: InviteRow) => boolean,
  ): readonly InviteChange[] {
    return this.tables.invites
      .ofStream(stream.no)
      .filter(which)
      .flatMap(invite => this.#close(invite, 'ended', nowMs));
  }

  /** Whether so much waits in the inbox that a knock with this payload would have to wait outside. */
  #isCrowded({ headSeq, floorSeq, storedBytes }: StreamRow, payload: Uint8Array): boolean {
    if (headSeq - floorSeq >= MAX_QUEUED_IN_INBOX) return true;
    return storedBytes + storedBytesOf({ payload }) > this.limits.maxInboxBytes / 2;
  }

  #close(invite: InviteRow, status: 'expired' | 'revoked' | 'ended', nowMs: number): readonly InviteChange[] {
    // An end outlasts every other state: the door then says so to whoever still holds the link.
    if (invite.status !== 'open' && !(status === 'ended' && invite.status !== 'ended')) return [];
    const closed = { ...invite, status, closedAtMs: nowMs };
    this.tables.invites.putInvite(closed);
    return [changeOf(closed)];
  }
}

export const changeOf = ({ token, ownerId, status }: InviteRow): InviteChange => ({ token, ownerId, status });
