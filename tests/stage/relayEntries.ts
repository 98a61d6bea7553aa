import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamId } from '@sotto/protocol';
import type { RelayProcess } from './relayProcess.ts';

/** An entry of a stream, as the relay has it on its disk. */
export interface KeptEntry {
  readonly seq: number;
  readonly kind: 'message' | 'commit';
  readonly payload: Uint8Array;
}

/** Whoever runs the relay reads what it still has of a stream: what some device has not fetched yet. */
export function entriesOf(relay: RelayProcess, streamId: StreamId): readonly KeptEntry[] {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const { DatabaseSync } = createRequire(new URL('../../packages/relay/package.json', import.meta.url))(
    major >= 24 ? 'node:sqlite' : '@photostructure/sqlite',
  );
  const folder = mkdtempSync(join(tmpdir(), 'sotto-copy-'));
  try {
    // The relay holds its database: a copy of it, with the log beside it, is as good.
    const files = [...relay.filesOnDisk()].filter(([name]) => /^relay\.db/.test(name));
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const database = new DatabaseSync(join(folder, 'relay.db'));
    const rows = database
      .prepare(
        `SELECT seq, entries.kind, payload FROM entries JOIN streams ON streams.no = stream_no
         WHERE streams.id = ? ORDER BY seq`,
      )
      .all(streamId) as readonly KeptEntry[];
    const entries = rows.map(({ seq, kind, payload }) => ({ seq, kind, payload: new Uint8Array(payload) }));
    database.close();
    return entries;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
