import type { Accounts } from '../accounts/accounts.ts';
import type { BlobStore } from '../blobStore.ts';
import type { Bus } from '../bus.ts';
import type { Directory } from '../directory.ts';
import type { RelayObserver } from '../observer.ts';
import type { Scheduler } from '../scheduler.ts';
import type { StreamStore } from '../streamStore.ts';
import type { Announcer } from './announcer.ts';
import type { QuotaLedger } from './quotas.ts';
import type { SessionRegistry } from './registry.ts';

/** Random bytes, fit for nonces. */
export type Random = (lengthBytes: number) => Uint8Array;

/** What every session of a relay works with. */
export interface RelayContext {
  readonly store: StreamStore;
  readonly blobs: BlobStore;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly bus: Bus;
  readonly nowMs: () => number;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly observer: RelayObserver;
  readonly quotas: QuotaLedger;
  readonly sessions: SessionRegistry;
  readonly announcer: Announcer;
  readonly retentionMs: number;
  /** To be called when entries may have been deleted: they are to leave the files as well. */
  readonly deleted: () => void;
}
