/** What a page tells its worker once, before anything else. */
export interface WorkerConfig {
  readonly type: 'sotto-config';
  readonly role: 'host' | 'guest';
  /** As the page was reached: `location.origin`. */
  readonly relayOrigin: string;
  /** The database, the lock and the channel of this device. */
  readonly storeName: string;
  /** A guest's key, that its tab keeps: 32 bytes. Without it the device keeps its own, behind its locks. */
  readonly tabKey?: Uint8Array;
  /** Where the browser keeps nothing, memory does not do, for a guest neither. */
  readonly mustKeep?: boolean;
}

export function isWorkerConfig(data: unknown): data is WorkerConfig {
  return typeof data === 'object' && data !== null && (data as { type?: unknown }).type === 'sotto-config';
}
