import type { DeviceId, StreamId, StreamKind } from '@sotto/protocol';
import type { StoreCounts } from '../streamStore.ts';
import { MemoryEntries } from './memoryEntries.ts';
import { MemoryInvites } from './memoryInvites.ts';
import type { StreamRow, SubscriptionRow, Tables } from './tables.ts';

/** Rows in maps, for tests and simulation. */
export class MemoryTables implements Tables {
  readonly entries = new MemoryEntries();
  readonly invites = new MemoryInvites();
  #nextNo = 1;
  #inboxFloor = 0;
  readonly #streams = new Map<number, StreamRow>();
  readonly #streamNos = new Map<string, number>();
  readonly #subscriptions = new Map<number, Map<DeviceId, SubscriptionRow>>();

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
    this.entries.open(stream.no);
    return stream;
  }

  updateStream(row: StreamRow): void {
    this.#streams.set(row.no, row);
  }

  deleteStream({ no, kind, streamId }: StreamRow): void {
    for (const { token } of this.invites.ofStream(no)) this.invites.deleteInvite(token);
    this.#streams.delete(no);
    this.#streamNos.delete(`${kind}/${streamId}`);
    this.#subscriptions.delete(no);
    this.entries.drop(no);
  }

  endedStreams(endedBeforeMs: number): readonly StreamRow[] {
    return [...this.#streams.values()].filter(({ endedAtMs }) => endedAtMs > 0 && endedAtMs <= endedBeforeMs);
  }

  streamsWithEntries(): readonly StreamRow[] {
    return [...this.#streams.values()].filter(({ headSeq, floorSeq }) => headSeq > floorSeq);
  }

  abandonedStreams(): readonly StreamRow[] {
    return [...this.#streams.values()].filter(
      ({ no, kind }) => kind === 'conversation' && this.countSubscriptions(no) === 0,
    );
  }

  idleInboxes(): readonly StreamRow[] {
    return [...this.#streams.values()].filter(({ no, kind, headSeq, floorSeq }) => {
      if (kind !== 'inbox' || headSeq > floorSeq || this.entries.remembersAny(no)) return false;
      const devices = this.subscriptionsOf(no).map(({ deviceId }) => deviceId);
      return devices.every(
        device => this.countSubscriptionsOfDevice(device) === 1 && !this.invites.hasKnocked(device),
      );
    });
  }

  inboxFloor(): number {
    return this.#inboxFloor;
  }

  raiseInboxFloor(seq: number): void {
    this.#inboxFloor = Math.max(this.#inboxFloor, seq);
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

  counts(): StoreCounts {
    return { streams: this.#streams.size, entries: this.entries.count, invites: this.invites.count };
  }

  /** Every row there is, as plain data, to compare before and after. */
  dump(): unknown {
    return {
      streams: [...this.#streams.values()],
      inboxFloor: this.#inboxFloor,
      subscriptions: [...this.#subscriptions.values()].flatMap(rows => [...rows.values()]),
      ...this.entries.dump(),
      ...this.invites.dump(),
    };
  }
}
