import { type Entry, encodeServerFrame, LIMITS, type StreamId } from '@sotto/protocol';
import type { EntriesPage } from '../streamStore.ts';

/** New entries of one stream; the frame is encoded once for all readers that take them whole. */
export class EntryBatch {
  #frame: Uint8Array | undefined;

  constructor(
    readonly streamId: StreamId,
    readonly entries: readonly Entry[],
  ) {}

  get frame(): Uint8Array {
    this.#frame ??= entriesFrame(this.streamId, this.entries);
    return this.#frame;
  }
}

function entriesFrame(streamId: StreamId, entries: readonly Entry[]): Uint8Array {
  return encodeServerFrame({ requestId: 0, body: { type: 'entries', streamId, entries } });
}

/** What a reader needs of its session. */
export interface ReaderHost {
  read(streamId: StreamId, page: EntriesPage): Promise<readonly Entry[]>;
  push(frame: Uint8Array, entries: number): void;
  /** Whether so much waits in the socket that pushes pause; `drained` of the session resumes them. */
  congested(): boolean;
  /** The store would not answer: the session ends, and the device comes back. */
  failed(error: unknown): void;
}

/**
 * Pushes the entries of one stream to one session, in order and each once: new ones as they come, or pages of
 * the store where the session is behind; never more than `LIMITS.unacknowledgedEntries` ahead of its cursor.
 */
export class Reader {
  #pushedSeq: number;
  /** What is not counted as under way: acknowledged, or skipped because it no longer exists. */
  #settledSeq: number;
  #endsAtSeq = Number.MAX_SAFE_INTEGER;
  /** From the beginning, so that nothing is pushed before `start`. */
  #reading = true;
  /** There is, or may be, something in the store that was not pushed. */
  #behind = true;
  #closed = false;

  constructor(
    readonly streamId: StreamId,
    afterSeq: number,
    private readonly host: ReaderHost,
  ) {
    this.#pushedSeq = afterSeq;
    this.#settledSeq = afterSeq;
  }

  /** To be called once, when the device is known to read this stream. */
  start(): void {
    this.#reading = false;
    this.catchUp();
  }

  /** Whether the device is a reader of what comes from now on. */
  get live(): boolean {
    return !this.#closed && this.#endsAtSeq === Number.MAX_SAFE_INTEGER;
  }

  /** New entries, already in the store. */
  offer(batch: EntryBatch): void {
    const { entries } = batch;
    const last = entries.at(-1)!.seq;
    if (this.#closed || last <= this.#pushedSeq) return;
    const next = entries[0]!.seq === this.#pushedSeq + 1;
    if (
      next &&
      !this.#behind &&
      last <= this.#endsAtSeq &&
      entries.length <= this.#room() &&
      !this.host.congested()
    ) {
      this.#pushedSeq = last;
      this.host.push(batch.frame, entries.length);
      return;
    }
    this.#behind = true;
    this.catchUp();
  }

  acknowledged(seq: number): void {
    if (seq > this.#settledSeq) this.#settledSeq = seq;
    if (this.#behind) this.catchUp();
  }

  /** Nothing after `seq` is pushed. */
  endAt(seq: number): void {
    this.#endsAtSeq = seq;
  }

  close(): void {
    this.#closed = true;
  }

  /** Reads on from the store as far as the window reaches. */
  catchUp(): void {
    if (!this.#reading && !this.#closed) void this.#readOn();
  }

  async #readOn(): Promise<void> {
    this.#reading = true;
    try {
      while (!this.#closed && this.#room() > 0 && !this.host.congested()) {
        this.#behind = false;
        const entries = await this.host.read(this.streamId, {
          afterSeq: this.#pushedSeq,
          maxEntries: Math.min(LIMITS.entriesPerPush, this.#room()),
          maxBytes: LIMITS.pushBytes,
        });
        if (this.#closed) return;
        const readable = entries.filter(({ seq }) => seq <= this.#endsAtSeq);
        if (readable.length > 0) this.#push(readable);
        // What was offered meanwhile is in the store, but perhaps not in what was read.
        else if (!this.#behind || entries.length > 0) return;
      }
      this.#behind = true;
    } catch (error) {
      this.#closed = true;
      this.host.failed(error);
    } finally {
      this.#reading = false;
    }
  }

  #push(entries: readonly Entry[]): void {
    // Entries that were deleted leave a hole in the seqs that nobody will ever acknowledge.
    this.#settledSeq += entries[0]!.seq - this.#pushedSeq - 1;
    this.#pushedSeq = entries.at(-1)!.seq;
    this.host.push(entriesFrame(this.streamId, entries), entries.length);
  }

  #room(): number {
    return LIMITS.unacknowledgedEntries - (this.#pushedSeq - this.#settledSeq);
  }
}
