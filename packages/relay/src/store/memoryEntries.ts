import type { DedupeId, Entry } from '@sotto/protocol';
import type { EntriesPage } from '../streamStore.ts';
import { storedBytesOf } from './storageLimits.ts';
import type { AppendedRow, DeletedEntries, EntryTables } from './tables.ts';

/** Entries in maps; the rows of a stream are there from `open` to `drop`. */
export class MemoryEntries implements EntryTables {
  readonly #entries = new Map<number, Map<number, Entry>>();
  readonly #appended = new Map<number, Map<DedupeId, AppendedRow>>();

  get count(): number {
    let count = 0;
    for (const rows of this.#entries.values()) count += rows.size;
    return count;
  }

  open(streamNo: number): void {
    this.#entries.set(streamNo, new Map());
    this.#appended.set(streamNo, new Map());
  }

  drop(streamNo: number): void {
    this.#entries.delete(streamNo);
    this.#appended.delete(streamNo);
  }

  /** Whether a dedupe id of the stream is still known. */
  remembersAny(streamNo: number): boolean {
    return this.#appended.get(streamNo)!.size > 0;
  }

  insert(
    streamNo: number,
    { seq, kind, dedupeId, payload, receivedAtMs, inviteToken, deviceId }: Entry,
  ): void {
    const entry = { seq, kind, dedupeId, payload, receivedAtMs, inviteToken, deviceId };
    this.#entries.get(streamNo)!.set(seq, entry);
  }

  page(
    streamNo: number,
    { afterSeq, maxSeq, maxEntries, maxBytes }: EntriesPage & { readonly maxSeq: number },
  ): readonly Entry[] {
    const rows = this.#entries.get(streamNo)!;
    // In order from the oldest that is left: what was deleted was deleted from there.
    const [oldestSeq = maxSeq + 1] = rows.keys();
    const page: Entry[] = [];
    let bytes = 0;
    for (let seq = Math.max(afterSeq + 1, oldestSeq); seq <= maxSeq && page.length < maxEntries; seq++) {
      const entry = rows.get(seq);
      if (entry === undefined) continue;
      bytes += entry.payload.length;
      if (page.length > 0 && bytes > maxBytes) break;
      page.push(entry);
    }
    return page;
  }

  lastSeqBefore(streamNo: number, beforeMs: number): number {
    let last = 0;
    for (const { seq, receivedAtMs } of this.#entries.get(streamNo)!.values()) {
      if (receivedAtMs >= beforeMs) break;
      last = seq;
    }
    return last;
  }

  delete(streamNo: number, fromSeq: number, toSeq: number): DeletedEntries {
    const rows = this.#entries.get(streamNo)!;
    let [count, storedBytes] = [0, 0];
    for (let seq = fromSeq; seq <= toSeq; seq++) {
      const entry = rows.get(seq);
      if (entry === undefined) continue;
      rows.delete(seq);
      count += 1;
      storedBytes += storedBytesOf(entry);
    }
    return { count, storedBytes };
  }

  appended(streamNo: number, dedupeId: DedupeId): AppendedRow | undefined {
    return this.#appended.get(streamNo)?.get(dedupeId);
  }

  putAppended(row: AppendedRow): void {
    this.#appended.get(row.streamNo)!.set(row.dedupeId, row);
  }

  deleteAppendedBefore(beforeMs: number): void {
    for (const rows of this.#appended.values()) {
      for (const row of rows.values()) if (row.receivedAtMs < beforeMs) rows.delete(row.dedupeId);
    }
  }

  /** Every row there is. */
  dump(): object {
    return {
      entries: [...this.#entries].map(([no, rows]) => [no, [...rows.values()]]),
      appended: [...this.#appended.values()].flatMap(rows => [...rows.values()]),
    };
  }
}
