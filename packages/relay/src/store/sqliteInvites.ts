import type { DeviceId, InviteToken } from '@sotto/protocol';
import type { SqliteStatements } from './sqliteStatements.ts';
import type { InviteRow, InviteTables, KnockRow } from './tables.ts';

const INVITE = `token, stream_no AS streamNo, owner_id AS ownerId, expires_at_ms AS expiresAtMs,
  max_uses AS maxUses, uses, sealed_card AS sealedCard, status, closed_at_ms AS closedAtMs`;

/** Invites and knocks in SQLite. */
export class SqliteInvites implements InviteTables {
  constructor(private readonly statements: SqliteStatements) {}

  invite(token: InviteToken): InviteRow | undefined {
    return this.statements.of(`SELECT ${INVITE} FROM invites WHERE token = ?`).get(token) as
      | InviteRow
      | undefined;
  }

  putInvite(row: InviteRow): void {
    this.statements
      .of('INSERT OR REPLACE INTO invites VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        row.token,
        row.streamNo,
        row.ownerId,
        row.expiresAtMs,
        row.maxUses,
        row.uses,
        row.sealedCard,
        row.status,
        row.closedAtMs,
      );
  }

  deleteInvite(token: InviteToken): void {
    this.statements.of('DELETE FROM knocks WHERE token = ?').run(token);
    this.statements.of('DELETE FROM invites WHERE token = ?').run(token);
  }

  ofStream(streamNo: number): readonly InviteRow[] {
    return this.statements
      .of(`SELECT ${INVITE} FROM invites WHERE stream_no = ?`)
      .all(streamNo) as InviteRow[];
  }

  openExpiredAt(nowMs: number): readonly InviteRow[] {
    return this.statements
      .of(`SELECT ${INVITE} FROM invites WHERE status = 'open' AND expires_at_ms <= ?`)
      .all(nowMs) as InviteRow[];
  }

  closedBefore(beforeMs: number): readonly InviteRow[] {
    return this.statements
      .of(`SELECT ${INVITE} FROM invites WHERE closed_at_ms > 0 AND closed_at_ms < ?`)
      .all(beforeMs) as InviteRow[];
  }

  knock(token: InviteToken, deviceId: DeviceId): KnockRow | undefined {
    const row = this.statements
      .of('SELECT blocked FROM knocks WHERE token = ? AND device_id = ?')
      .get(token, deviceId) as { blocked: number } | undefined;
    return row && { token, deviceId, blocked: row.blocked === 1 };
  }

  putKnock({ token, deviceId, blocked }: KnockRow): void {
    this.statements
      .of('INSERT OR REPLACE INTO knocks VALUES (?, ?, ?)')
      .run(token, deviceId, blocked ? 1 : 0);
  }

  hasKnocked(deviceId: DeviceId): boolean {
    return this.statements.of('SELECT 1 FROM knocks WHERE device_id = ? LIMIT 1').get(deviceId) !== undefined;
  }
}
