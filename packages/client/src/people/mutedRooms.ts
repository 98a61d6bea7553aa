import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import type { RoomContext } from '../room/roomContext.ts';

interface MutedRecord {
  readonly roomId: RoomId;
  readonly untilMs?: number;
}

/** Rooms that this device gives no notice of, for good or until some time. */
export class MutedRooms {
  readonly #muted = new Map<RoomId, number | undefined>();

  constructor(
    private readonly context: Pick<RoomContext, 'vault' | 'clock'>,
    private readonly rooms: Pick<Rooms, 'get'>,
    private readonly changed: () => void,
  ) {}

  async load(): Promise<void> {
    for (const { value } of await scanAll(this.context.vault, KEYS.mutedRooms)) {
      const { roomId, untilMs } = decodeRecord<MutedRecord>(value);
      this.#muted.set(roomId, untilMs);
    }
  }

  has(roomId: RoomId): boolean {
    if (!this.#muted.has(roomId)) return false;
    const untilMs = this.#muted.get(roomId);
    return untilMs === undefined || this.context.clock.nowMs() < untilMs;
  }

  /** Throws `UNKNOWN_ROOM`. */
  async mute(roomId: RoomId, untilMs?: number): Promise<void> {
    this.rooms.get(roomId);
    const record: MutedRecord = { roomId, ...(untilMs !== undefined && { untilMs }) };
    await this.context.vault.commit([{ key: KEYS.mutedRoom(roomId), value: encodeRecord(record) }]);
    this.#muted.set(roomId, untilMs);
    this.changed();
  }

  async unmute(roomId: RoomId): Promise<void> {
    await this.context.vault.commit([{ key: KEYS.mutedRoom(roomId), value: null }]);
    this.#muted.delete(roomId);
    this.changed();
  }
}
