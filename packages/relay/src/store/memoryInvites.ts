import type { DeviceId, InviteToken } from '@sotto/protocol';
import type { InviteRow, InviteTables, KnockRow } from './tables.ts';

/** Invites and knocks in maps. */
export class MemoryInvites implements InviteTables {
  readonly #invites = new Map<InviteToken, InviteRow>();
  readonly #knocks = new Map<InviteToken, Map<DeviceId, KnockRow>>();

  get count(): number {
    return this.#invites.size;
  }

  invite(token: InviteToken): InviteRow | undefined {
    return this.#invites.get(token);
  }

  putInvite(row: InviteRow): void {
    this.#invites.set(row.token, row);
  }

  deleteInvite(token: InviteToken): void {
    this.#invites.delete(token);
    this.#knocks.delete(token);
  }

  ofStream(streamNo: number): readonly InviteRow[] {
    return [...this.#invites.values()].filter(invite => invite.streamNo === streamNo);
  }

  openExpiredAt(nowMs: number): readonly InviteRow[] {
    return [...this.#invites.values()].filter(
      ({ status, expiresAtMs }) => status === 'open' && expiresAtMs <= nowMs,
    );
  }

  closedBefore(beforeMs: number): readonly InviteRow[] {
    return [...this.#invites.values()].filter(({ closedAtMs }) => closedAtMs > 0 && closedAtMs < beforeMs);
  }

  knock(token: InviteToken, deviceId: DeviceId): KnockRow | undefined {
    return this.#knocks.get(token)?.get(deviceId);
  }

  putKnock(row: KnockRow): void {
    const knocks = this.#knocks.get(row.token) ?? new Map<DeviceId, KnockRow>();
    this.#knocks.set(row.token, knocks.set(row.deviceId, row));
  }

  hasKnocked(deviceId: DeviceId): boolean {
    for (const knocks of this.#knocks.values()) if (knocks.has(deviceId)) return true;
    return false;
  }

  /** Every row there is. */
  dump(): object {
    return {
      invites: [...this.#invites.values()],
      knocks: [...this.#knocks.values()].flatMap(rows => [...rows.values()]),
    };
  }
}
