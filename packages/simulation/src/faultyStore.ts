import type { Clock } from '@sotto/client';
import { type StoreScan, type StoreWrite, VaultError, type VaultStore } from '@sotto/vault';

/** What is to go wrong with one commit of a store. */
export type CommitFault =
  | 'none'
  /** The process dies with the batch still in memory. */
  | 'crash-before'
  /** The process dies with the batch on disk and nobody told. */
  | 'crash-after'
  /** The disk is full: nothing is written. */
  | 'quota-exceeded';

export interface StoreFaults {
  /** Asked once for every commit. */
  nextCommit(): CommitFault;
  /** How long a commit takes until it is on disk, and then until the caller hears of it. */
  commitMs(): readonly [untilDurable: number, untilTold: number];
  /** The process has died in the middle of a commit. */
  crashed(): void;
}

/** A process that runs until it is killed; then nothing in it goes on. */
export interface Mortal {
  readonly alive: boolean;
}

/**
 * A `VaultStore` on a disk that is slow, full at times, and whose process can die at any moment: what was not yet
 * durable is gone, and nobody in that process ever hears anything again.
 */
export class FaultyStore implements VaultStore {
  constructor(
    private readonly disk: VaultStore,
    private readonly clock: Clock,
    private readonly process: Mortal,
    private readonly faults: StoreFaults,
  ) {}

  read(key: string): Promise<Uint8Array | undefined> {
    return this.#whileAlive(() => this.disk.read(key));
  }

  readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#whileAlive(() => this.disk.readMany(keys));
  }

  scan(query: StoreScan): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
    return this.#whileAlive(() => this.disk.scan(query));
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    const fault = this.process.alive ? this.faults.nextCommit() : 'none';
    const [untilDurableMs, untilToldMs] = this.faults.commitMs();
    await this.#pass(untilDurableMs);
    if (fault === 'quota-exceeded') throw new VaultError('QUOTA_EXCEEDED', 'the disk is full');
    if (fault === 'crash-before') return this.#crash();
    await this.disk.commit(writes);
    if (fault === 'crash-after') return this.#crash();
    await this.#pass(untilToldMs);
  }

  close(): Promise<void> {
    return this.#whileAlive(() => this.disk.close());
  }

  destroy(): Promise<void> {
    return this.#whileAlive(() => this.disk.destroy());
  }

  #crash(): Promise<never> {
    this.faults.crashed();
    return never();
  }

  async #whileAlive<T>(work: () => Promise<T>): Promise<T> {
    if (!this.process.alive) return never();
    const result = await work();
    return this.process.alive ? result : never();
  }

  async #pass(delayMs: number): Promise<void> {
    if (!this.process.alive) return never();
    // A dead process has no timers: this waits for ever when it is killed meanwhile.
    if (delayMs > 0) await new Promise<void>(resolve => this.clock.setTimer(delayMs, resolve));
    if (!this.process.alive) return never();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
