import type { Append, DeviceId, StreamId } from '@sotto/protocol';
import type { StreamStore } from '@sotto/relay';

/** When a device was subscribed to a stream. */
interface StreamStay {
  readonly streamId: StreamId;
  readonly deviceId: DeviceId;
  readonly fromSeq: number;
  toSeq: number;
}

/**
 * Who was in which stream from where to where: the truth that members' views are held against. It listens at the
 * store, where a commit is taken or not.
 */
export class Stays {
  readonly #stays: StreamStay[] = [];

  get all(): readonly Readonly<StreamStay>[] {
    return this.#stays;
  }

  /** The same store, listened to. */
  listen(store: StreamStore): StreamStore {
    return {
      ...store,
      createStream: async (caller, streamId) => {
        const status = await store.createStream(caller, streamId);
        this.#begin(streamId, caller.deviceId, 0);
        return status;
      },
      append: async (caller, append) => {
        const done = await store.append(caller, append);
        if (!done.repeated) this.#take(append, done.seq);
        return done;
      },
    };
  }

  #take({ streamId, admissions, removedDeviceIds }: Append, seq: number): void {
    for (const deviceId of removedDeviceIds) {
      for (const stay of this.#stays) {
        if (stay.streamId !== streamId || stay.deviceId !== deviceId) continue;
        stay.toSeq = Math.min(stay.toSeq, seq);
      }
    }
    for (const { deviceId } of admissions) this.#begin(streamId, deviceId, seq);
  }

  #begin(streamId: StreamId, deviceId: DeviceId, fromSeq: number): void {
    const again = this.#stays.some(
      stay =>
        stay.streamId === streamId && stay.deviceId === deviceId && stay.toSeq === Number.POSITIVE_INFINITY,
    );
    if (!again) this.#stays.push({ streamId, deviceId, fromSeq, toSeq: Number.POSITIVE_INFINITY });
  }
}
