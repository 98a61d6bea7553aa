import type { DeviceId, StreamId } from '@sotto/protocol';
import { notFound, Refusal } from '../refusal.ts';
import type { Subscription } from '../streamStore.ts';
import type { RelayContext } from './context.ts';
import { Reader } from './reader.ts';

/** What the readers of a session need of it. */
export interface ReadersHost {
  push(frame: Uint8Array): void;
  congested(): boolean;
  /** The store would not answer. */
  failed(error: unknown): void;
}

/** The streams that one session reads. */
export class SessionReaders {
  readonly #readers = new Map<StreamId, Reader>();

  constructor(
    private readonly context: RelayContext,
    private readonly deviceId: () => DeviceId,
    private readonly host: ReadersHost,
  ) {}

  /**
   * Begins to read after `afterSeq`, instead of where the session read this stream before; `subscribed` is told how
   * the stream stands before anything is pushed. Throws `NOT_FOUND`.
   */
  async open(
    streamId: StreamId,
    afterSeq: number,
    subscribed: (status: Subscription) => void,
  ): Promise<void> {
    const { store, sessions, observer } = this.context;
    const deviceId = this.deviceId();
    this.#close(streamId);
    const reader = new Reader(streamId, afterSeq, {
      read: (id, page) => store.entries(deviceId, id, page),
      push: (frame, entries) => {
        observer.entriesPushed(entries);
        this.host.push(frame);
      },
      congested: () => this.host.congested(),
      failed: error => this.#failed(reader, error),
    });
    this.#readers.set(streamId, reader);
    // Listening before looking: nothing that happens in between is missed.
    sessions.putReader(deviceId, reader);
    const status = await store.status(deviceId, streamId);
    const current = this.#readers.get(streamId) === reader;
    if (status === undefined) {
      if (current) this.#close(streamId);
      throw notFound();
    }
    if (current && status.endsAtSeq > 0) reader.endAt(status.endsAtSeq);
    subscribed(status);
    if (current) reader.start();
  }

  acknowledged(streamId: StreamId, seq: number): void {
    this.#readers.get(streamId)?.acknowledged(seq);
  }

  /** The device reads a stream up to `seq`; 0: it left. */
  endAt(streamId: StreamId, seq: number): void {
    if (seq === 0) this.#close(streamId);
    else this.#readers.get(streamId)?.endAt(seq);
  }

  /** The session has room again. */
  catchUp(): void {
    for (const reader of this.#readers.values()) reader.catchUp();
  }

  /** The session is gone. */
  close(): void {
    for (const streamId of [...this.#readers.keys()]) this.#close(streamId);
  }

  #failed(reader: Reader, error: unknown): void {
    if (!(error instanceof Refusal) || error.code !== 'NOT_FOUND') this.host.failed(error);
    // The device left, or was removed, while its entries were read.
    else if (this.#readers.get(reader.streamId) === reader) this.#close(reader.streamId);
  }

  /** Takes a reader away; a later `open` makes a new one. */
  #close(streamId: StreamId): void {
    const reader = this.#readers.get(streamId);
    if (reader === undefined) return;
    reader.close();
    this.#readers.delete(streamId);
    this.context.sessions.removeReader(this.deviceId(), reader);
  }
}
