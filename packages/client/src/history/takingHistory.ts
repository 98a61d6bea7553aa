import { CoreError, openBlob } from '@sotto/core';
import { type DeviceId, decodeBlobReference, type History, ProtocolError } from '@sotto/protocol';
import { VaultError } from '@sotto/vault';
import type { HistoryTransfer } from '../accountIntents.ts';
import type { Rooms } from '../engine/rooms.ts';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import { getBlob } from '../relay/blobTransfer.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { decodePart, type HistoryPart, isSameTransfer } from './historyPart.ts';
import type { PartRecord, TakenRecord } from './historyRecords.ts';
import { placePart } from './placePart.ts';
import { TransferRounds } from './transferRounds.ts';

/** More than any history has: a part has some 190 kB. */
const MOST_PARTS = 65_536;
/** No part of ours is larger, whatever is written in it: what both sides hold in memory. */
const MOST_PART_BYTES = 4 * 1024 * 1024;
/** A room that the other device spoke of may only be on its way here. */
const ROOM_TRIES = 5;
const ROOM_AGAIN_MS = 10_000;

/** Takes what another own device has from before this one came: a part in one transaction, or nothing of it. */
export class TakingHistory {
  readonly #taken = new Map<DeviceId, TakenRecord>();
  /** Of those whose parts are all dealt with for now, the other device has to do something. */
  readonly #idle = new Set<DeviceId>();
  readonly #noSpace = new Set<DeviceId>();
  readonly #roomTries = new Map<string, number>();
  readonly #rounds: TransferRounds;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly ownRoom: () => RoomActor | undefined,
    private readonly finished: (transfer: HistoryTransfer) => void,
    private readonly changed: () => void,
  ) {
    const taken = this.#taken;
    this.#rounds = new TransferRounds(context, {
      get devices() {
        return [...taken.keys()];
      },
      next: from => this.#takeNext(from),
      stuck: (from, error) => this.#stuck(from, error),
    });
  }

  async load(): Promise<void> {
    for (const { value } of await scanAll(this.context.vault, KEYS.historiesTaken)) {
      const record = decodeRecord<TakenRecord>(value);
      this.#taken.set(record.from, record);
    }
  }

  get views(): readonly HistoryTransfer[] {
    return [...this.#taken.values()].map(record => ({
      ...viewOf(record, this.#idle.has(record.from) ? 'waiting' : 'going'),
      ...(this.#noSpace.has(record.from) && { trouble: 'no-space' as const }),
    }));
  }

  /** What the other device says, into the transaction that took its word. */
  async heard(step: RoomStep, from: DeviceId, said: History): Promise<void> {
    const { transferId, index, count, blob, step: what } = said;
    const kept = await step.read(this.context.vault, KEYS.historyTaken(from));
    const before = kept && decodeRecord<TakenRecord>(kept);
    const same = before !== undefined && isSameTransfer(before.transferId, transferId);
    if (what === 'stopped') {
      if (same) await this.#end(step, from);
      return;
    }
    if (index >= count || count > MOST_PARTS || (same && before.count !== count)) return;
    if (!same) {
      // Another transfer takes the place of one that was given up.
      await this.#end(step, from);
      this.#put(step, { from, transferId, count, done: 0, refused: 0 });
    }
    step.write(KEYS.historyPart(from, index), { index, blob } satisfies PartRecord);
    step.afterwards(() => {
      this.#idle.delete(from);
      this.changed();
      this.wake();
    });
  }

  /** Its person wants no more of it: what came stays, and the other device is told. */
  async stop(from: DeviceId): Promise<void> {
    await this.#rounds.run(async () => {
      const record = this.#taken.get(from);
      const room = this.ownRoom();
      if (record === undefined || room === undefined) return;
      await room.transact(async step => {
        this.#say(step, record, 'stopped', 0);
        await this.#end(step, from);
      });
      room.wake();
    });
  }

  wake(): void {
    this.#rounds.wake();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** One part. False where there is none, or where all wait for something. */
  async #takeNext(from: DeviceId): Promise<boolean> {
    const record = this.#taken.get(from);
    if (this.#rounds.closed || record === undefined) return false;
    const found = await this.context.vault.scan({ prefix: KEYS.historyParts(from), limit: 1 });
    const part = found[0] && decodeRecord<PartRecord>(found[0].value);
    if (part === undefined) {
      if (!this.#idle.has(from)) this.changed();
      this.#idle.add(from);
      return false;
    }
    if (part.outcome !== undefined) {
      await this.#answer(record, part);
      return true;
    }
    if (!this.context.link.online) return false;
    return this.#take(record, part);
  }

  async #take(record: TakenRecord, part: PartRecord): Promise<boolean> {
    const { from } = record;
    const content = await this.#fetch(record, part);
    const room = content && this.rooms.byStream(content.streamId)?.actor;
    if (content !== undefined && !isOpen(room) && this.#comesLater(record, part)) return false;
    const placed = content !== undefined && isOpen(room) && (await this.#place(room, record, part, content));
    if (!placed) await this.#refuse(record, part);
    this.#noSpace.delete(from);
    this.#rounds.moved();
    await this.context.giveWay?.();
    return true;
  }

  /** `undefined` for what is not, or no longer, the part that was announced. */
  async #fetch({ transferId, count }: TakenRecord, part: PartRecord): Promise<HistoryPart | undefined> {
    const { index, blob } = part;
    const chunks = new Map<number, Uint8Array>();
    try {
      const reference = decodeBlobReference(blob);
      if (reference.sizeBytes > MOST_PART_BYTES) return undefined;
      await getBlob(this.context.link, reference, chunks);
      const inOrder = Array.from({ length: reference.chunkCount }, (_, i) => chunks.get(i)!);
      const bytes = openBlob(this.context.env, reference, inOrder);
      return await decodePart({ transferId, index, count }, bytes);
    } catch (error) {
      const isGone = error instanceof RelayFailure && error.code === 'NOT_FOUND';
      if (isGone || error instanceof CoreError || error instanceof ProtocolError || isDamage(error))
        return undefined;
      throw error;
    }
  }

  /** All of it, with the word that it is there, or nothing. False where it says what cannot be. */
  async #place(
    room: RoomActor,
    record: TakenRecord,
    part: PartRecord,
    content: HistoryPart,
  ): Promise<boolean> {
    try {
      await room.transact(async step => {
        await placePart(this.context, step, content);
        this.#settle(step, record, part, 'taken');
      });
      return true;
    } catch (error) {
      if (isDamage(error)) return false;
      throw error;
    }
  }

  async #refuse(record: TakenRecord, part: PartRecord): Promise<void> {
    await this.ownRoom()?.transact(step => this.#settle(step, record, part, 'refused'));
  }

  #settle(step: RoomStep, { from }: TakenRecord, part: PartRecord, outcome: 'taken' | 'refused'): void {
    const now = this.#taken.get(from);
    // Stopped meanwhile by the other side: what came stays.
    if (now === undefined) return;
    const refused = now.refused + (outcome === 'refused' ? 1 : 0);
    const next = { ...now, done: now.done + 1, refused };
    step.write(KEYS.historyPart(from, part.index), { ...part, outcome } satisfies PartRecord);
    step.write(KEYS.historyTaken(from), next);
    step.afterwards(() => {
      if (this.#taken.get(from) === now) this.#taken.set(from, next);
      // It was stopped while this was being written, in another room's queue.
      else void this.#unwrite(from, part.index).catch(() => undefined);
      this.changed();
    });
  }

  async #unwrite(from: DeviceId, index: number): Promise<void> {
    const now = this.#taken.get(from);
    await this.context.vault.commit([
      { key: KEYS.historyTaken(from), value: now === undefined ? null : encodeRecord(now) },
      { key: KEYS.historyPart(from, index), value: null },
    ]);
  }

  async #answer(record: TakenRecord, { index, outcome = 'refused' }: PartRecord): Promise<void> {
    const room = this.ownRoom();
    if (room === undefined) throw new TypeError('no room of one’s own');
    const { from, done, count } = record;
    const rest = await this.context.vault.scan({ prefix: KEYS.historyParts(from), limit: 2 });
    const over = done === count && rest.length === 1;
    await room.transact(step => {
      this.#say(step, record, outcome, index);
      step.write(KEYS.historyPart(from, index), null);
      if (over) this.#drop(step, from);
    });
    room.wake();
    if (over) this.finished(viewOf(record, 'done'));
  }

  /** Whether the room that it belongs to may still be on its way here. */
  #comesLater({ from }: TakenRecord, { index }: PartRecord): boolean {
    const key = KEYS.historyPart(from, index);
    const tries = (this.#roomTries.get(key) ?? 0) + 1;
    this.#roomTries.set(key, tries);
    if (tries >= ROOM_TRIES) return false;
    this.#rounds.wakeIn(ROOM_AGAIN_MS);
    return true;
  }

  #say(step: RoomStep, record: TakenRecord, what: 'taken' | 'refused' | 'stopped', index: number): void {
    const { transferId, from: toDeviceId } = record;
    const body = { step: what, transferId, toDeviceId, index, count: 0, blob: new Uint8Array(0) };
    queueContent(this.context, step, 'history', { type: 'history', ...body });
  }

  #put(step: RoomStep, record: TakenRecord): void {
    step.write(KEYS.historyTaken(record.from), record);
    step.afterwards(() => {
      this.#taken.set(record.from, record);
      this.changed();
    });
  }

  async #end(step: RoomStep, from: DeviceId): Promise<void> {
    const prefix = KEYS.historyParts(from);
    const stored = (await scanAll(this.context.vault, prefix)).map(({ key }) => key);
    const announced = step.writes.map(({ key }) => key).filter(key => key.startsWith(prefix));
    for (const key of [...stored, ...announced]) step.write(key, null);
    this.#drop(step, from);
  }

  #drop(step: RoomStep, from: DeviceId): void {
    step.write(KEYS.historyTaken(from), null);
    step.afterwards(() => {
      this.#taken.delete(from);
      this.#idle.delete(from);
      this.#noSpace.delete(from);
      this.changed();
    });
  }

  #stuck(from: DeviceId, error: unknown): void {
    if (error instanceof VaultError && error.code === 'QUOTA_EXCEEDED') {
      this.#noSpace.add(from);
      this.changed();
    }
  }
}

/** A room that the history can go into. */
function isOpen(room: RoomActor | undefined): room is RoomActor {
  return room !== undefined && !room.erasing && room.state.record.membership === 'member';
}

function isDamage(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'ARCHIVE_DAMAGED';
}

function viewOf(
  { from, done, count, refused }: TakenRecord,
  state: HistoryTransfer['state'],
): HistoryTransfer {
  return { deviceId: from, way: 'from', done, total: count, refused, state };
}
