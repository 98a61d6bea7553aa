import type { StoreWrite, Vault } from '@sotto/vault';
import { encodeRecord } from './recordCodec.ts';

/** What goes into a transaction, and is done once it is stored. */
export interface StepWrites {
  write(key: string, value: object | null): void;
  afterwards(run: () => void): void;
}

/** A transaction of records that belong to no room. */
export class PlainStep implements StepWrites {
  readonly #writes: StoreWrite[] = [];
  readonly #afterwards: (() => void)[] = [];

  write(key: string, value: object | null): void {
    this.#writes.push({ key, value: value && encodeRecord(value) });
  }

  afterwards(run: () => void): void {
    this.#afterwards.push(run);
  }

  /** Rejects with `VaultError`, and then nothing has happened. */
  async commit(vault: Pick<Vault, 'commit'>): Promise<void> {
    await vault.commit(this.#writes);
    for (const run of this.#afterwards) run();
  }
}
