import { type KeySlots, MemoryStore, memoryKeySlots, type VaultStore } from '@sotto/vault';
import type { DeviceStorage } from '../../client/src/lock/lockingDevice.ts';
import { FaultyStore } from './faultyStore.ts';
import type { NonceLedger } from './oneWriterLedger.ts';
import type { TabProcess } from './oneWriterProcess.ts';
import type { Profile } from './oneWriterPrologue.ts';
import type { SeededRandom } from './seededRandom.ts';

/** Makes the store of a worker on the disk of its browser: called when the worker begins, and for each opening. */
export type OpenDisk = (profile: Profile, worker: TabProcess) => () => VaultStore;

/** Bug free: whoever opens sees what is on the disk. */
const OPEN_DISK: OpenDisk = profile => () => new MemoryStore(profile.disk);

/** The one disk that all tabs of a browser share, and who has it open. */
export class SharedDisk {
  readonly #openIn = new Set<TabProcess>();
  /** Each time that two engines had the store open. */
  readonly collisions: string[] = [];

  constructor(
    readonly profile: Profile,
    private readonly ledger: NonceLedger,
    private readonly openDisk: OpenDisk = OPEN_DISK,
  ) {}

  /** How a worker that begins now opens what is kept there. */
  openerFor(worker: TabProcess, random: SeededRandom): () => DeviceStorage {
    const open = this.openDisk(this.profile, worker);
    return () => {
      this.#opened(worker);
      return { store: this.#store(open(), worker, random), slots: this.#slots(worker, random) };
    };
  }

  /** Whether this worker's engine has the store open. */
  isOpenIn(worker: TabProcess): boolean {
    return this.#openIn.has(worker);
  }

  #store(disk: VaultStore, worker: TabProcess, random: SeededRandom): VaultStore {
    const counted = countingStore(disk, worker);
    const store = new FaultyStore(counted, worker.clock, worker, {
      nextCommit: () => {
        if (!worker.isLastOperation) return 'none';
        return random.chance(0.5) ? 'crash-before' : 'crash-after';
      },
      commitMs: () => [random.between(0, 6), random.between(0, 3)],
      crashed: () => worker.die(),
    });
    return {
      read: key => store.read(key),
      readMany: keys => store.readMany(keys),
      scan: query => store.scan(query),
      commit: writes => {
        if (worker.alive) this.ledger.stored(writes);
        return store.commit(writes);
      },
      close: async () => {
        await store.close();
        this.#openIn.delete(worker);
      },
      destroy: () => store.destroy(),
    };
  }

  #slots(worker: TabProcess, random: SeededRandom): KeySlots {
    const slots = memoryKeySlots(this.profile.slots, lengthBytes => random.bytes(lengthBytes));
    return {
      inPlace: slots.inPlace,
      readAll: () => counted(worker, () => slots.readAll()),
      write: (slot, bytes) => counted(worker, () => slots.write(slot, bytes)),
      destroy: () => counted(worker, () => slots.destroy()),
      close: () => counted(worker, () => slots.close()),
    };
  }

  #opened(worker: TabProcess): void {
    this.#openIn.add(worker);
    worker.onKill(() => this.#openIn.delete(worker));
    if (this.#openIn.size > 1) this.collisions.push(`${this.#openIn.size} engines have the store open`);
  }
}

/** Commits are counted where they fail: before or after they are on the disk. */
function countingStore(disk: VaultStore, worker: TabProcess): VaultStore {
  return {
    read: key => counted(worker, () => disk.read(key)),
    readMany: keys => counted(worker, () => disk.readMany(keys)),
    scan: query => counted(worker, () => disk.scan(query)),
    commit: writes => disk.commit(writes),
    close: () => disk.close(),
    destroy: () => disk.destroy(),
  };
}

/** One operation that the worker may die at; nobody hears of what a dead one did. */
async function counted<T>(worker: TabProcess, work: () => Promise<T>): Promise<T> {
  if (worker.alive && worker.isLastOperation) worker.die();
  if (!worker.alive) return new Promise<never>(() => undefined);
  const result = await work();
  return worker.alive ? result : new Promise<never>(() => undefined);
}
