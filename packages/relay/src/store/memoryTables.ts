import type { DedupeId, DeviceId, Entry, InviteToken, StreamId, StreamKind } from '@sotto/protocol';
import type { EntriesPage, StoreCounts } from '../streamStore.ts';
import type { AppendedRow, InviteRow, KnockRow, StreamRow, SubscriptionRow, Tables } from './tables.ts';

/** Rows in maps, for tests and simulation. */
export class MemoryTables implements Tables {
  #nextNo = 1;
  readonly #streams = new Map<number, StreamRow>();
  readonly #streamNos = new Map<string, number>();
  readonly #subscriptions = new Map<number, Map<DeviceId, SubscriptionRow>>();
  readonly #entries = new Map<number, Map<number, Entry>>();
  readonly #appended = new Map<number, Map<DedupeId, AppendedRow>>();
  readonly #invites = new Map<InviteToken, InviteRow>();
  readonly #knocks = new Map<InviteToken, Map<DeviceId, KnockRow>>();

  stream(kind: StreamKind, streamId: StreamId): StreamRow | undefined {
    const no = this.#streamNos.get(`${kind}/${streamId}`);
    return no === undefined ? undefined : this.#streams.get(no);
  }

  streamByNo(no: number): StreamRow | undefined {
    return this.#streams.get(no);
  }

  insertStream(row: Omit<StreamRow, 'no'>): StreamRow {
    const stream = { ...row, no: this.#nextNo++ };
    this.#streams.set(stream.no, stream);
    this.#streamNos.set(`${row.kind}/${row.streamId}`, stream.no);
    this.#subscriptions.set(stream.no, new Map());
    this.#entries.set(stream.no, new Map());
    this.#appended.set(stream.no, new Map());
    return stream;
  }

  updateStream(row: StreamRow): void {
    this.#streams.set(row.no, row);
  }

  deleteStream({ no, kind, streamId }: StreamRow): void {
    for (const { token } of this.invitesOf(no)) this.deleteInvite(token);
    this.#streams.delete(no);
    this.#streamNos.delete(`${kind}/${streamId}`);
    this.#subscriptions.delete(no);
    this.#entries.delete(no);
    this.#appended.delete(no);
  }

  endedStreams(endedBeforeMs: number): readonly StreamRow[] {
    return [...this.#streams.values()].filter(({ endedAtMs }) => endedAtMs > 0 && endedAtMs <= endedBeforeMs);
  }

  streamsWithEntries(): readonly StreamRow[] {
    return [...this.#streams.values()].filter(({ headSeq, floorSeq }) => headSeq > floorSeq);
  }

  subscription(streamNo: number, deviceId: DeviceId): SubscriptionRow | undefined {
    return this.#subscriptions.get(streamNo)?.get(deviceId);
  }

  putSubscription(row: SubscriptionRow): void {
    this.#subscriptions.get(row.streamNo)!.set(row.deviceId, row);
  }

  deleteSubscription({ streamNo, deviceId }: SubscriptionRow): void {
    this.#subscriptions.get(streamNo)!.delete(deviceId);
  }

  subscriptionsOf(streamNo: number): readonly SubscriptionRow[] {
    return [...this.#subscriptions.get(streamNo)!.values()];
  }

  subscriptionsOfDevice(deviceId: DeviceId): readonly SubscriptionRow[] {
    return [...this.#subscriptions.values()].flatMap(rows => rows.get(deviceId) ?? []);
  }

  countSubscriptions(streamNo: number): number {
    return this.#subscriptions.get(streamNo)!.size;
  }

  countSubscriptionsOfDevice(deviceId: DeviceId): number {
    return this.subscriptionsOfDevice(deviceId).length;
  }

  lowestAcknowledgedSeq(streamNo: number): number | undefined {
    let lowest: number | undefined;
    for (const { acknowledgedSeq } of this.#subscriptions.get(streamNo)!.values()) {
      if (lowest === undefined || acknowledgedSeq < lowest) lowest = acknowledgedSeq;
    }
    return lowest;
  }

  insertEntry(
    streamNo: number,
    { seq, kind, dedupeId, payload, receivedAtMs, inviteToken, deviceId }: Entry,
  ): void {
    const entry = { seq, kind, dedupeId, payload, receivedAtMs, inviteToken, deviceId };
    this.#entries.get(streamNo)!.set(seq, entry);
  }

  entries(
    streamNo: number,
    { afterSeq, maxSeq, maxEntries, maxBytes }: EntriesPage & { readonly maxSeq: number },
  ): readonly Entry[] {
    const { floorSeq, headSeq } = this.#streams.get(streamNo)!;
    const rows = this.#entries.get(streamNo)!;
    const page: Entry[] = [];
    let bytes = 0;
    for (
      let seq = Math.max(afterSeq, floorSeq) + 1;
      seq <= Math.min(maxSeq, headSeq) && page.length < maxEntries;
      seq++
    ) {
      const entry = rows.get(seq);
      if (entry === undefined) continue;
      bytes += entry.payload.length;
      if (page.length > 0 && bytes > maxBytes) break;
      page.push(entry);
    }
    return page;
  }

  lastSeqBefore(streamNo: number, beforeMs: number): number {
    let last = 0;
    for (const { seq, receivedAtMs } of this.#entries.get(streamNo)!.values()) {
      if (receivedAtMs >= beforeMs) break;
      last = seq;
    }
    return last;
  }

  deleteEntries(streamNo: number, fromSeq: number, toSeq: number): number {
    const rows = this.#entries.get(streamNo)!;
    let deleted = 0;
    for (let seq = fromSeq; seq <= toSeq; seq++) if (rows.delete(seq)) deleted += 1;
    return deleted;
  }

  appended(streamNo: number, dedupeId: DedupeId): AppendedRow | undefined {
    return this.#appended.get(streamNo)?.get(dedupeId);
  }

  putAppended(row: AppendedRow): void {
    this.#appended.get(row.streamNo)!.set(row.dedupeId, row);
  }

  deleteAppendedBefore(beforeMs: number): void {
    for (const rows of this.#appended.values()) {
      for (const row of rows.values()) if (row.receivedAtMs < beforeMs) rows.delete(row.dedupeId);
    }
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

  invitesOf(streamNo: number): readonly InviteRow[] {
    return [...this.#invites.values()].filter(invite => invite.streamNo === streamNo);
  }

  openInvitesExpiredAt(nowMs: number): readonly InviteRow[] {
    return [...this.#invites.values()].filter(
      ({ status, expiresAtMs }) => status === 'open' && expiresAtMs <= nowMs,
    );
  }

  invitesClosedBefore(beforeMs: number): readonly InviteRow[] {
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

  counts(): StoreCounts {
    let entries = 0;
    for (const rows of this.#entries.values()) entries += rows.size;
    return { streams: this.#streams.size, entries, invites: this.#invites.size };
  }

  /** Every row there is, as plain data, to compare before and after. */
  dump(): unknown {
    return {
      streams: [...this.#streams.values()],
      subscriptions: [...this.#subscriptions.values()].flatMap(rows => [...rows.values()]),
      entries: [...this.#entries].map(([no, rows]) => [no, [...rows.values()]]),
      appended: [...this.#appended.values()].flatMap(rows => [...rows.values()]),
      invites: [...this.#invites.values()],
      knocks: [...this.#knocks.values()].flatMap(rows => [...rows.values()]),
    };
  }
}
