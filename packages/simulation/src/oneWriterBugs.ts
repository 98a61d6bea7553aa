import { MessageId } from '@sotto/protocol';
import { MemoryStore, type StoreWrite, type VaultStore } from '@sotto/vault';
import type { TabProcess } from './oneWriterProcess.ts';
import { copyOf, type Profile, prologue } from './oneWriterPrologue.ts';
import type { RaceFindingKind } from './oneWriterRest.ts';
import type { OpenDisk } from './oneWriterStorage.ts';
import type { Plant } from './oneWriterWorld.ts';

/** A defect of the browser, the election or the store, put between parts that are otherwise sound. */
export interface OneWriterBug {
  /** What is wrong, as one would write it into a bug report. */
  readonly name: string;
  /** What the checker must say about it: one of these. */
  readonly shows: readonly RaceFindingKind[];
  /** Made anew for each race. */
  plant(): Plant;
}

const isEngineLock = (name: string): boolean => name.startsWith('sotto-engine:');

/** Changes some methods of a store and leaves the others as they are. */
function changed(store: VaultStore, change: Partial<VaultStore>): VaultStore {
  return {
    read: key => store.read(key),
    readMany: keys => store.readMany(keys),
    scan: query => store.scan(query),
    commit: writes => store.commit(writes),
    close: () => store.close(),
    destroy: () => store.destroy(),
    ...change,
  };
}

/** What was committed is seen at once, and is on the disk a while later: gone when the worker dies before. */
function lazyDisk(delayMs: number): OpenDisk {
  return (profile: Profile, worker: TabProcess) => () => {
    const memory = copyOf(profile);
    const durable = new MemoryStore(profile.disk);
    return changed(new MemoryStore(memory.disk), {
      commit: async (writes: readonly StoreWrite[]) => {
        await new MemoryStore(memory.disk).commit(writes);
        worker.clock.setTimer(delayMs, () => void durable.commit(writes));
      },
    });
  };
}

/** Reads what was on the disk when the worker began, and what it wrote itself. */
const STALE_DISK: OpenDisk = profile => {
  const found = copyOf(profile);
  return () => {
    const seen = new MemoryStore(found.disk);
    const disk = new MemoryStore(profile.disk);
    return changed(seen, {
      commit: async writes => {
        await seen.commit(writes);
        await disk.commit(writes);
      },
    });
  };
};

/** Stores everything but the place of the ratchets. */
const WITHOUT_RATCHET: OpenDisk = profile => () => {
  const disk = new MemoryStore(profile.disk);
  return changed(disk, {
    commit: async writes => {
      const { ratchetNames } = await prologue();
      await disk.commit(writes.filter(({ key }) => !key.startsWith(ratchetNames)));
    },
  });
};

export const ONE_WRITER_BUGS: readonly OneWriterBug[] = [
  {
    name: 'the lock is given to two at once',
    shows: ['two-writers'],
    plant: () => ({ locks: { holders: name => (isEngineLock(name) ? 2 : 1) } }),
  },
  {
    name: 'a frozen tab loses the lock and comes back',
    shows: ['two-writers'],
    plant: () => ({ locks: { passOverFrozen: true } }),
  },
  {
    name: 'a window repeats a call without its id',
    shows: ['twice'],
    plant: () => ({
      pass: message => {
        if (message.to !== 'engine' || message.type !== 'call' || message.name !== 'sendText')
          return [message];
        return [{ ...message, args: message.args.slice(0, 2) }];
      },
    }),
  },
  {
    name: 'a text that is asked again at a new engine is answered and dropped',
    shows: ['lost', 'stuck'],
    plant: () => {
      const asked = new Set<string>();
      return {
        pass: (message, answer) => {
          if (message.to !== 'engine' || message.type !== 'call' || message.name !== 'sendText')
            return [message];
          const { windowId, callId, args } = message;
          const name = `${windowId}/${callId}`;
          if (!asked.has(name)) {
            asked.add(name);
            return [message];
          }
          answer({ to: 'window', type: 'result', windowId, callId, value: { messageId: args[3] } });
          return [];
        },
      };
    },
  },
  {
    name: 'a text is promised before it is stored',
    shows: ['lost', 'stuck'],
    plant: () => ({
      pass: (message, answer) => {
        if (message.to !== 'engine' || message.type !== 'call' || message.name !== 'sendText')
          return [message];
        const { windowId, callId } = message;
        const value = { messageId: MessageId.fromBytes(new Uint8Array(MessageId.sizeBytes)) };
        answer({ to: 'window', type: 'result', windowId, callId, value });
        return [message];
      },
    }),
  },
  {
    name: 'the ratchet is on the disk after its ciphertext is out',
    shows: ['key-repeated', 'lost', 'stuck'],
    plant: () => ({ openDisk: lazyDisk(400) }),
  },
  {
    name: 'a ratchet goes on in memory and stands still on the disk',
    shows: ['key-repeated'],
    plant: () => ({ openDisk: WITHOUT_RATCHET }),
  },
  {
    name: 'whoever takes over begins with what was stored when its tab was opened',
    shows: ['key-repeated', 'stuck', 'crash', 'lost', 'twice'],
    plant: () => ({ openDisk: STALE_DISK }),
  },
  {
    name: 'every engine draws the same random bytes',
    shows: ['key-repeated'],
    plant: () => ({ sameRandom: true }),
  },
  {
    name: 'what changes in a log is told to no tab',
    shows: ['tabs-differ', 'stuck'],
    plant: () => ({
      pass: message => {
        const forOthers =
          message.to === 'window' && message.type === 'event' && message.event.type === 'timeline';
        return forOthers && !message.event.reset ? [] : [message];
      },
    }),
  },
  {
    name: 'a window that waits hears nothing of a new engine',
    shows: ['stuck'],
    plant: () => ({
      pass: message => (message.to === 'window' && message.type === 'serving' ? [] : [message]),
    }),
  },
];
