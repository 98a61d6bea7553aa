import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobStore } from './blobStore.ts';
import type { Directory } from './directory.ts';
import { type LogOptions, openLog, type RelayLog } from './operations/log.ts';
import { RelayServerError } from './relayServerError.ts';
import { createSqliteBlobs } from './store/sqliteBlobs.ts';
import { DatabaseInUse } from './store/sqliteDatabase.ts';
import { openSqliteStores } from './store/sqliteStore.ts';
import type { StorageLimits } from './store/storageLimits.ts';
import type { StreamStore } from './streamStore.ts';

export interface DataDirectoryOptions {
  readonly dataDirectory: string;
  readonly log?: Partial<LogOptions>;
  readonly storage?: Partial<StorageLimits>;
}

/**
 * Makes the data directory where it is not there, and opens log and database in it; puts the way to close them on
 * `undo`. Throws `RelayServerError` `DATA_DIRECTORY_IN_USE` or `DATA_DIRECTORY_UNUSABLE`.
 */
export function openDataDirectory(
  { dataDirectory, log: logOptions, storage = {} }: DataDirectoryOptions,
  undo: (() => unknown)[],
): {
  readonly log: RelayLog;
  readonly store: StreamStore;
  readonly directory: Directory;
  readonly blobs: BlobStore;
} {
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    const log = openLog({ level: 'info', path: join(dataDirectory, 'logs', 'relay.log'), ...logOptions });
    undo.push(() => log.close());
    const onFailure = (error: unknown) =>
      log.error('store failed', { errorName: String((error as Error)?.name) });
    const { store, directory } = openSqliteStores({
      path: join(dataDirectory, 'relay.db'),
      limits: storage,
      onFailure,
    });
    undo.push(() => store.close());
    const blobs = createSqliteBlobs({ path: join(dataDirectory, 'blobs.db'), onFailure });
    undo.push(() => blobs.close());
    return { log, store, directory, blobs };
  } catch (error) {
    if (error instanceof DatabaseInUse) {
      throw new RelayServerError(
        'DATA_DIRECTORY_IN_USE',
        'Sotto already runs with this data directory.',
        undefined,
        { cause: error },
      );
    }
    const message = `The data directory ${dataDirectory} cannot be used: ${(error as Error).message}`;
    throw new RelayServerError('DATA_DIRECTORY_UNUSABLE', message, undefined, { cause: error });
  }
}
