import type { RoomMember } from '@sotto/core';
import type { DeviceId, History } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { HistoryIntents, HistorySize, HistoryTransfer } from '../accountIntents.ts';
import type { Rooms } from '../engine/rooms.ts';
import { ClientError } from '../intents.ts';
import type { OwnRoom } from '../people/ownRoom.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { GivingHistory } from './givingHistory.ts';
import { planHistory, sharedRooms } from './packHistory.ts';
import { TakingHistory } from './takingHistory.ts';

/** What one's own devices give each other of the time before they came, either way. */
export class OwnHistory implements HistoryIntents {
  readonly #giving: GivingHistory;
  readonly #taking: TakingHistory;
  /** What came to its end since this program began, until somebody has seen it. */
  readonly #finished = new Map<string, HistoryTransfer>();
  #views: readonly HistoryTransfer[] | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly account: OwnAccount,
    private readonly ownRoom: OwnRoom,
    private readonly told: () => void,
  ) {
    const room = () => this.ownRoom.room;
    const finished = (transfer: HistoryTransfer) => {
      this.#finished.set(keyOf(transfer), transfer);
      this.#changed();
    };
    const changed = () => this.#changed();
    this.#giving = new GivingHistory(context, rooms, room, finished, changed);
    this.#taking = new TakingHistory(context, rooms, room, finished, changed);
  }

  async load(): Promise<void> {
    await this.#giving.load();
    await this.#taking.load();
  }

  get view(): readonly HistoryTransfer[] {
    this.#views ??= [...this.#giving.views, ...this.#taking.views, ...this.#finished.values()];
    return this.#views;
  }

  async measureHistory(deviceId: DeviceId): Promise<HistorySize> {
    this.#assertOther(deviceId);
    const { conversations, messages, sizeBytes } = await planHistory(
      this.context,
      // Also those that a device which was just added is still being brought into.
      sharedRooms(this.rooms),
      deviceId,
    );
    return { conversations, messages, sizeBytes };
  }

  async sendHistory(deviceId: DeviceId): Promise<void> {
    this.#assertOther(deviceId);
    this.#finished.delete(keyOf({ deviceId, way: 'to' }));
    await this.#giving.begin(deviceId);
    if (this.ownRoom.room === undefined) await this.ownRoom.make().catch(() => undefined);
  }

  async stopHistory(deviceId: DeviceId): Promise<void> {
    for (const way of ['to', 'from'] as const) this.#finished.delete(keyOf({ deviceId, way }));
    await this.#giving.stop(deviceId);
    await this.#taking.stop(deviceId);
    this.#changed();
  }

  /** What another own device says in the room of one's own devices, into the transaction that took its word. */
  async said(step: RoomStep, author: RoomMember, said: History): Promise<void> {
    const { identity } = this.context;
    if (viewOf(step.state)?.kind !== 'self' || author.accountId !== identity.accountId) return;
    if (said.toDeviceId !== identity.deviceId || author.deviceId === identity.deviceId) return;
    if (said.step === 'part') {
      await this.#taking.heard(step, author.deviceId, said);
      return;
    }
    await this.#giving.heard(step, author.deviceId, said);
    if (said.step === 'stopped') await this.#taking.heard(step, author.deviceId, said);
  }

  /** A session stands, a room is another, or the list of devices: what waited may go on. */
  consider(): void {
    this.#giving.wake();
    this.#taking.wake();
  }

  /** A device that was revoked gives nothing and gets nothing. */
  devicesChanged(): void {
    const { list } = this.account;
    if (list === undefined) return;
    const listed = new Set(list.devices.map(({ deviceId }) => deviceId));
    for (const { deviceId } of this.view) {
      if (!listed.has(deviceId)) void this.stopHistory(deviceId).catch(() => undefined);
    }
    this.consider();
  }

  async close(): Promise<void> {
    await Promise.all([this.#giving.close(), this.#taking.close()]);
  }

  #changed(): void {
    this.#views = undefined;
    this.told();
  }

  #assertOther(deviceId: DeviceId): void {
    const listed = this.account.registered.list.devices.some(device => device.deviceId === deviceId);
    if (!listed || deviceId === this.context.identity.deviceId)
      throw new ClientError('UNKNOWN_DEVICE', 'no other device of this account');
  }
}

function keyOf({ deviceId, way }: Pick<HistoryTransfer, 'deviceId' | 'way'>): string {
  return `${way} ${deviceId}`;
}
