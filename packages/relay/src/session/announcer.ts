import { type Entry, LIMITS, type StreamId } from '@sotto/protocol';
import type { Bus } from '../bus.ts';
import type { Scheduler } from '../scheduler.ts';

/** Gathers entries that were stored together, so that readers get them in few frames. */
export class Announcer {
  #pending = new Map<StreamId, Entry[]>();

  constructor(
    private readonly bus: Bus,
    private readonly scheduler: Scheduler,
  ) {}

  /** To be called in the order of the seqs. */
  add(streamId: StreamId, entry: Entry): void {
    if (this.#pending.size === 0) this.scheduler.soon(() => this.#publish());
    const entries = this.#pending.get(streamId);
    if (entries === undefined) this.#pending.set(streamId, [entry]);
    else entries.push(entry);
  }

  #publish(): void {
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [streamId, entries] of pending) {
      for (const batch of batches(entries)) this.bus.publish({ type: 'entries', streamId, entries: batch });
    }
  }
}

/** Runs of entries that fit into one frame. */
function batches(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const all: Entry[][] = [];
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    bytes += entry.payload.length;
    if (batch.length > 0 && (batch.length === LIMITS.entriesPerPush || bytes > LIMITS.pushBytes)) {
      all.push(batch);
      batch = [];
      bytes = entry.payload.length;
    }
    batch.push(entry);
  }
  all.push(batch);
  return all;
}
