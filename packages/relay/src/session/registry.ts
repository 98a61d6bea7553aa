import type { DeviceId, StreamId } from '@sotto/protocol';
import type { Reader } from './reader.ts';
import type { Session } from './session.ts';

/** Who is here: sessions by device, and who reads which stream. */
export class SessionRegistry {
  readonly #sessions = new Map<DeviceId, Session>();
  readonly #readers = new Map<StreamId, Map<DeviceId, Reader>>();

  get size(): number {
    return this.#sessions.size;
  }

  session(deviceId: DeviceId): Session | undefined {
    return this.#sessions.get(deviceId);
  }

  /** The new session of a device; gives the one it replaces. */
  put(deviceId: DeviceId, session: Session): Session | undefined {
    const replaced = this.#sessions.get(deviceId);
    this.#sessions.set(deviceId, session);
    return replaced;
  }

  remove(deviceId: DeviceId, session: Session): void {
    if (this.#sessions.get(deviceId) === session) this.#sessions.delete(deviceId);
  }

  readersOf(streamId: StreamId): ReadonlyMap<DeviceId, Reader> {
    return this.#readers.get(streamId) ?? NOBODY;
  }

  putReader(deviceId: DeviceId, reader: Reader): void {
    const readers = this.#readers.get(reader.streamId) ?? new Map<DeviceId, Reader>();
    this.#readers.set(reader.streamId, readers.set(deviceId, reader));
  }

  removeReader(deviceId: DeviceId, reader: Reader): void {
    const readers = this.#readers.get(reader.streamId);
    if (readers?.get(deviceId) !== reader) return;
    readers.delete(deviceId);
    if (readers.size === 0) this.#readers.delete(reader.streamId);
  }
}

const NOBODY: ReadonlyMap<DeviceId, Reader> = new Map();
