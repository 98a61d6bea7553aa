import { referTo, sealBlob } from '@sotto/core';
import { type DeviceId, encodeBlobReference, type History } from '@sotto/protocol';
import type { HistoryTransfer } from '../accountIntents.ts';
import type { Rooms } from '../engine/rooms.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import { putBlob } from '../relay/blobTransfer.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { encodePart, isSameTransfer } from './historyPart.ts';
import type { GivenRecord, PlannedPart } from './historyRecords.ts';
import { holds, packPart, planHistory, sharedRooms } from './packHistory.ts';
import { TransferRounds } from './transferRounds.ts';

/** Parts at the relay that the other device has not taken: enough for most histories to be given in one go. */
const MOST_OUT = 64;
/** A device that was just added is still being brought into the rooms: so long they are waited for. */
const ROOMS_WITHIN_MS = 60_000;
const TRANSFER_ID_BYTES = 16;

/** Gives what this device has from before another own device came: in parts, each a blob of its own. */
export class GivingHistory {
  readonly #given = new Map<DeviceId, GivenRecord>();
  readonly #full = new Set<DeviceId>();
  readonly #rounds: TransferRounds;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    /** The room of one's own devices, once it is there. */
    private readonly ownRoom: () => RoomActor | undefined,
    private readonly finished: (transfer: HistoryTransfer) => void,
    private readonly changed: () => void,
  ) {
    const given = this.#given;
    this.#rounds = new TransferRounds(context, {
      get devices() {
        return [...given.keys()];
      },
      next: to => this.#giveNext(to),
      stuck: (to, error) => this.#stuck(to, error),
    });
  }

  async load(): Promise<void> {
    for (const { value } of await scanAll(this.context.vault, KEYS.historiesGiven)) {
      const record = decodeRecord<GivenRecord>(value);
      this.#given.set(record.to, record);
    }
  }

  get views(): readonly HistoryTransfer[] {
    return [...this.#given.values()].map(record => ({
      ...viewOf(record),
      ...(this.#full.has(record.to) && { trouble: 'relay-full' as const }),
    }));
  }

  /** Begins anew what may have been under way. */
  async begin(to: DeviceId): Promise<void> {
    await this.stop(to);
    const record: GivenRecord = {
      to,
      transferId: this.context.random(TRANSFER_ID_BYTES),
      begunAtMs: this.context.clock.nowMs(),
      next: 0,
      out: [],
      refused: 0,
    };
    await this.context.vault.commit([{ key: KEYS.historyGiven(to), value: encodeRecord(record) }]);
    this.#given.set(to, record);
    this.changed();
    this.wake();
  }

  /** Its person wants no more of it: the other device is told, and what is at the relay goes. */
  stop(to: DeviceId): Promise<void> {
    return this.#rounds.run(async () => {
      const record = this.#given.get(to);
      const room = this.ownRoom();
      if (record === undefined) return;
      if (room === undefined) return this.#forget(record);
      await room.transact(step => {
        const { transferId } = record;
        const body = {
          step: 'stopped',
          transferId,
          toDeviceId: to,
          index: 0,
          count: 0,
          blob: NOTHING,
        } as const;
        if (holds(room, to)) queueContent(this.context, step, 'history', { type: 'history', ...body });
        this.#end(step, record);
      });
      room.wake();
    });
  }

  /** What the other device says of it, into the transaction that took its word. */
  async heard(step: RoomStep, by: DeviceId, { transferId, index, step: what }: History): Promise<void> {
    // As it will be after this step, which may take several words of it.
    const kept = await step.read(this.context.vault, KEYS.historyGiven(by));
    const record = kept && decodeRecord<GivenRecord>(kept);
    if (record === undefined || !isSameTransfer(record.transferId, transferId)) return;
    if (what === 'stopped') {
      this.#end(step, record);
      return;
    }
    const at = record.out.find(part => part.index === index);
    if (at === undefined) return;
    this.context.errands.add(step, { type: 'deleteBlob', blobId: at.blobId });
    const refused = record.refused + (what === 'refused' ? 1 : 0);
    const next = { ...record, refused, out: record.out.filter(part => part !== at) };
    if (isOver(next)) {
      this.#end(step, next);
      step.afterwards(() => this.finished({ ...viewOf(next), state: 'done' }));
    } else this.#put(step, next);
    step.afterwards(() => this.wake());
  }

  /** Goes on where it can: called whenever something that it waits for may be there. */
  wake(): void {
    this.#rounds.wake();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** One step of it. False where it waits for something, or is over. */
  async #giveNext(to: DeviceId): Promise<boolean> {
    const record = this.#given.get(to);
    const room = this.ownRoom();
    const { link, clock } = this.context;
    if (this.#rounds.closed || record === undefined || room === undefined || !link.online) return false;
    if (!holds(room, to)) return false;
    if (record.count === undefined) {
      const readyAtMs = record.begunAtMs + ROOMS_WITHIN_MS;
      const everywhere = sharedRooms(this.rooms).every(shared => holds(shared, to));
      if (!everywhere && clock.nowMs() < readyAtMs) {
        this.#rounds.wakeIn(readyAtMs - clock.nowMs());
        return false;
      }
      return this.#plan(room, record);
    }
    if (record.next >= record.count || record.out.length >= MOST_OUT) return false;
    await this.#give(room, { ...record, count: record.count });
    return true;
  }

  async #plan(room: RoomActor, record: GivenRecord): Promise<boolean> {
    const shared = sharedRooms(this.rooms).filter(each => holds(each, record.to));
    const { parts } = await planHistory(this.context, shared, record.to);
    const planned = { ...record, count: parts.length };
    await room.transact(step => {
      step.write(KEYS.historyPlan(record.to), { parts });
      if (parts.length > 0) this.#put(step, planned);
      else this.#end(step, planned);
    });
    if (parts.length === 0) this.finished({ ...viewOf(planned), state: 'done' });
    return parts.length > 0;
  }

  /** The blob first: what is announced is there. One that a stop leaves unannounced expires at the relay. */
  async #give(room: RoomActor, record: GivenRecord & { readonly count: number }): Promise<void> {
    const { env, link, vault } = this.context;
    const { to, transferId, next: index, count } = record;
    const plan = await vault.read(KEYS.historyPlan(to));
    const part = plan && decodeRecord<{ parts: readonly PlannedPart[] }>(plan).parts[index];
    const { streamId } = room.state.record;
    if (part === undefined || streamId === undefined) throw new TypeError('a part that was never planned');
    const packed = await packPart(this.context, this.rooms, part);
    const content = encodePart({ transferId, index, count }, packed);
    const reference = referTo(env, content);
    await putBlob(link, streamId, sealBlob(env, reference, content));
    const { blobId } = reference;
    await room.transact(step => {
      const now = this.#given.get(to);
      // Stopped meanwhile, by the other side.
      if (now === undefined || !isSameTransfer(now.transferId, transferId)) {
        this.context.errands.add(step, { type: 'deleteBlob', blobId });
        return;
      }
      const blob = encodeBlobReference(reference);
      const body = { step: 'part', transferId, toDeviceId: to, index, count, blob } as const;
      queueContent(this.context, step, 'history', { type: 'history', ...body });
      this.#put(step, { ...now, next: index + 1, out: [...now.out, { index, blobId }] });
    });
    this.#full.delete(to);
    this.#rounds.moved();
    room.wake();
    await this.context.giveWay?.();
  }

  #put(step: RoomStep, record: GivenRecord): void {
    step.write(KEYS.historyGiven(record.to), record);
    step.afterwards(() => {
      this.#given.set(record.to, record);
      this.changed();
    });
  }

  #end(step: RoomStep, { to, out }: GivenRecord): void {
    for (const { blobId } of out) this.context.errands.add(step, { type: 'deleteBlob', blobId });
    step.write(KEYS.historyGiven(to), null);
    step.write(KEYS.historyPlan(to), null);
    step.afterwards(() => {
      this.#given.delete(to);
      this.#full.delete(to);
      this.changed();
    });
  }

  /** Where no room of one's own is left, nobody is to be told, and the relay keeps nothing of it. */
  async #forget({ to }: GivenRecord): Promise<void> {
    const keys = [KEYS.historyGiven(to), KEYS.historyPlan(to)];
    await this.context.vault.commit(keys.map(key => ({ key, value: null })));
    this.#given.delete(to);
    this.changed();
  }

  #stuck(to: DeviceId, error: unknown): void {
    if (error instanceof RelayFailure && error.code === 'STREAM_FULL') {
      this.#full.add(to);
      this.changed();
    }
  }
}

const NOTHING = new Uint8Array(0);

function isOver({ next, count, out }: GivenRecord): boolean {
  return next === count && out.length === 0;
}

function viewOf({ to, count = 0, next, out, refused }: GivenRecord): HistoryTransfer {
  const done = next - out.length;
  const state = count > 0 && next === count ? 'waiting' : 'going';
  return { deviceId: to, way: 'to', done, total: count, refused, state };
}
