import { type MemoryDisk, MemoryStore, type StoreWrite, VaultError } from '@sotto/vault';

/** A disk that is full from its n-th commit on: what is there can be read. */
export class FillingStore extends MemoryStore {
  commits = 0;

  constructor(
    disk: MemoryDisk,
    private readonly fullAt: number,
  ) {
    super(disk);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits++;
    if (this.commits >= this.fullAt) throw new VaultError('QUOTA_EXCEEDED', 'the disk is full');
    await super.commit(writes);
  }
}

/**
 * A store that dies at its n-th commit (from 1), as a process does: from then on nothing works. With `after` the
 * commit reaches the disk and its writer never learns of it; with `before` it does not.
 */
export class DyingStore extends MemoryStore {
  commits = 0;
  dead = false;

  constructor(
    disk: MemoryDisk,
    private readonly diesAt: number,
    private readonly when: 'before' | 'after',
  ) {
    super(disk);
  }

  override async read(key: string): Promise<Uint8Array | undefined> {
    this.#assertAlive();
    return super.read(key);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.#assertAlive();
    this.commits++;
    if (this.commits !== this.diesAt) return super.commit(writes);
    this.dead = true;
    if (this.when === 'after') await super.commit(writes);
    throw new VaultError('STORAGE_FAILED', 'died');
  }

  #assertAlive(): void {
    if (this.dead) throw new VaultError('STORAGE_FAILED', 'dead');
  }
}
