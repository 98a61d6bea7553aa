import { decodeClientFrame, decodeServerFrame, encodeClientFrame, type StreamId } from '@sotto/protocol';
import type { StreamStore } from '@sotto/relay';
import {
  type MemoryDisk,
  MemoryStore,
  memoryDisk,
  type StoreWrite,
  VaultError,
  type VaultStore,
} from '@sotto/vault';
import type { DiskWrap } from './device.ts';
import type { FindingKind } from './historyChecker.ts';
import type { Habits } from './script.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedProcess } from './simulatedProcess.ts';
import type { SimulationOptions } from './simulation.ts';

/** A defect that is put into a system that is otherwise sound, by standing between its parts. */
export interface PlantedBug {
  /** What is wrong, as one would write it into a bug report. */
  readonly name: string;
  /** What the checker must say about it: one of these. */
  readonly shows: readonly FindingKind[];
  /** What has to happen more often than usual, so that most histories meet it. */
  readonly habits?: MoreOf;
  plant(random: SeededRandom): Pick<SimulationOptions, 'wrapStore' | 'wrapDisk' | 'wire'>;
}

type MoreOf = { readonly [Whose in keyof Habits]?: Partial<Habits[Whose]> };

/** Programs die while they read what many wrote. */
const DYING_READERS: MoreOf = { people: { writeMany: 60 }, fate: { kill: 20, open: 40, crashAtCommit: 60 } };
const MANY_COMMITS: MoreOf = { people: { rename: 60, writeMany: 20 } };
const MANY_REMOVALS: MoreOf = {
  people: { remove: 30, join: 90, admit: 90, resume: 20 },
  fate: { open: 40 },
};
const MANY_PAUSES: MoreOf = { people: { pause: 14, resume: 20 } };

/** A bug of the relay: a store that answers otherwise than it should. */
function relayBug(
  name: string,
  shows: readonly FindingKind[],
  change: (store: StreamStore, random: SeededRandom, process: SimulatedProcess) => Partial<StreamStore>,
  habits?: MoreOf,
): PlantedBug {
  return {
    name,
    shows,
    ...(habits && { habits }),
    plant: random => ({ wrapStore: (store, process) => ({ ...store, ...change(store, random, process) }) }),
  };
}

/** A bug of a device's store. `start` is called whenever a program opens it. */
function diskBug(
  name: string,
  shows: readonly FindingKind[],
  wrap: (random: SeededRandom) => DiskWrap,
): PlantedBug {
  return { name, shows, plant: random => ({ wrapDisk: wrap(random) }) };
}

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

const later = (process: SimulatedProcess, delayMs: number): Promise<void> =>
  new Promise(resolve => process.clock.setTimer(delayMs, resolve));

const headOf = async (
  store: StreamStore,
  deviceId: Parameters<StreamStore['status']>[0],
  streamId: StreamId,
) => (await store.status(deviceId, streamId))?.headSeq ?? 0;

const RELAY_BUGS: readonly PlantedBug[] = [
  relayBug(
    'the relay acknowledges a message before it is on disk',
    ['lost', 'stuck', 'false-alarm', 'membership'],
    (store, _random, process) => ({
      append: async (caller, append) => {
        if (append.kind !== 'message') return store.append(caller, append);
        const seq = (await headOf(store, caller.deviceId, append.streamId)) + 1;
        void later(process, 900)
          .then(() => store.append(caller, append))
          .catch(() => undefined);
        const nothing = {
          deliveries: [],
          admittedIds: [],
          adminChangedIds: [],
          removedIds: [],
          inviteChanges: [],
        };
        return { seq, receivedAtMs: caller.nowMs, repeated: true, ...nothing };
      },
    }),
  ),
  relayBug(
    'two commits win one epoch',
    ['fork', 'false-alarm', 'stuck', 'lost'],
    (store, _random, process) => ({
      append: async (caller, append) => {
        if (append.kind !== 'commit') return store.append(caller, append);
        // What waits for its turn is held against the epoch of that moment.
        await later(process, 1_500);
        const status = await store.status(caller.deviceId, append.streamId);
        return store.append(caller, { ...append, ...(status && { expectEpoch: status.epoch }) });
      },
    }),
  ),
  relayBug(
    'messages are taken in any epoch',
    ['lost', 'false-alarm'],
    store => ({
      append: async (caller, append) => {
        const status = await store.status(caller.deviceId, append.streamId);
        return store.append(
          caller,
          append.kind === 'message' && status ? { ...append, expectEpoch: status.epoch } : append,
        );
      },
    }),
    MANY_COMMITS,
  ),
  relayBug('an entry in nine is never read back', ['lost', 'false-alarm', 'stuck'], store => ({
    entries: async (deviceId, streamId, page) =>
      (await store.entries(deviceId, streamId, page)).filter(({ seq }) => seq % 9 !== 4),
  })),
  relayBug('entries are deleted when the first device has them', ['stuck', 'lost', 'false-alarm'], store => ({
    acknowledge: async (caller, streamId, seq) => {
      for (const deviceId of await store.subscribers(streamId)) {
        await store.acknowledge({ ...caller, deviceId }, streamId, seq).catch(() => undefined);
      }
      await store.acknowledge(caller, streamId, seq).catch(() => undefined);
    },
  })),
  relayBug(
    'an acknowledgement acknowledges everything',
    ['stuck', 'lost'],
    (store, _random, process) => ({
      acknowledge: async (caller, streamId, seq) => {
        await store.acknowledge(caller, streamId, seq);
        // Written down with the next batch, and up to wherever the log is by then.
        void later(process, 2_000)
          .then(() => headOf(store, caller.deviceId, streamId))
          .then(head => store.acknowledge(caller, streamId, head))
          .catch(() => undefined);
      },
    }),
    DYING_READERS,
  ),
  relayBug(
    'what was read out counts as read',
    ['stuck', 'lost'],
    store => ({
      entries: async (deviceId, streamId, page) => {
        const entries = await store.entries(deviceId, streamId, page);
        const nowMs = entries.at(-1)?.receivedAtMs;
        if (nowMs !== undefined)
          await store.acknowledge({ deviceId, nowMs }, streamId, await headOf(store, deviceId, streamId));
        return entries;
      },
    }),
    DYING_READERS,
  ),
  relayBug('an acknowledgement is forgotten', ['stuck'], store => ({
    acknowledge: (caller, streamId, seq) =>
      seq % 3 === 0 ? Promise.resolve() : store.acknowledge(caller, streamId, seq),
  })),
  relayBug(
    'whoever is removed stays subscribed',
    ['stuck', 'membership'],
    store => ({
      append: (caller, append) => store.append(caller, { ...append, removedDeviceIds: [] }),
    }),
    MANY_REMOVALS,
  ),
  relayBug('whoever is admitted gets no Welcome', ['stuck'], store => ({
    append: (caller, append) => store.append(caller, { ...append, admissions: [] }),
  })),
  relayBug('a knock in three is forgotten', ['stuck'], (store, random) => ({
    knock: (caller, knock) => (random.chance(0.33) ? Promise.resolve(undefined) : store.knock(caller, knock)),
  })),
  relayBug('reading on begins one entry late', ['lost', 'false-alarm', 'stuck'], store => ({
    entries: (deviceId, streamId, page) =>
      store.entries(deviceId, streamId, {
        ...page,
        afterSeq: page.afterSeq + (page.afterSeq % 4 === 2 ? 1 : 0),
      }),
  })),
  relayBug('a newcomer’s log begins too early', ['false-alarm', 'stuck'], store => ({
    status: async (deviceId, streamId) => {
      const status = await store.status(deviceId, streamId);
      if (status === undefined || status.kind === 'inbox') return status;
      return { ...status, acknowledgedSeq: Math.max(0, status.acknowledgedSeq - 2) };
    },
  })),
  relayBug(
    'a room that was paused opens for the host only',
    ['stuck'],
    store => ({
      control: (caller, streamId, action) =>
        action === 'resume' ? Promise.resolve([]) : store.control(caller, streamId, action),
    }),
    MANY_PAUSES,
  ),
  relayBug(
    'two neighbours in the log change places when they are read back',
    ['order', 'lost', 'false-alarm', 'fork', 'stuck'],
    store => ({
      entries: async (deviceId, streamId, page) => {
        const entries = [...(await store.entries(deviceId, streamId, page))];
        for (let at = 0; at + 1 < entries.length; at++) {
          const [one, other] = [entries[at]!, entries[at + 1]!];
          if (one.seq % 5 !== 3 || one.kind === 'welcome' || other.kind === 'welcome') continue;
          entries[at] = { ...other, seq: one.seq };
          entries[at + 1] = { ...one, seq: other.seq };
        }
        return entries;
      },
    }),
  ),
  relayBug('rooms are not known for a while after a start', ['stuck', 'false-alarm'], store => {
    let asked = 0;
    return {
      status: async (deviceId, streamId) => {
        const status = await store.status(deviceId, streamId);
        if (status?.kind !== 'conversation') return status;
        asked += 1;
        return asked <= 2 ? undefined : status;
      },
    };
  }),
];

/** The disk's records as they are now. */
const copyOf = (disk: MemoryDisk): ReadonlyMap<string, Uint8Array> =>
  new Map([...disk.records].map(([key, value]) => [key, value.slice()]));

const apply = (disk: MemoryDisk, writes: readonly StoreWrite[]): void => {
  for (const { key, value } of writes) {
    if (value === null) disk.records.delete(key);
    else disk.records.set(key, value.slice());
  }
};

const DISK_BUGS: readonly PlantedBug[] = [
  diskBug(
    'a commit is acknowledged before it is on disk',
    ['lost', 'stuck', 'crash', 'fork', 'false-alarm'],
    () => (_store, process, disk) => {
      const cache = memoryDisk();
      for (const [key, value] of copyOf(disk)) cache.records.set(key, value);
      const cached = new MemoryStore(cache);
      return changed(cached, {
        commit: async writes => {
          await cached.commit(writes);
          void later(process, 400).then(() => apply(disk, writes));
        },
      });
    },
  ),
  diskBug(
    'a batch is written in two halves',
    ['lost', 'stuck', 'crash', 'fork', 'false-alarm', 'duplicate'],
    () => (store, process, disk) =>
      changed(store, {
        commit: async writes => {
          const middle = writes.length >> 1;
          // The head goes with the first half, so that the store itself notices nothing.
          apply(disk, [...writes.slice(0, middle), ...writes.slice(-1)]);
          await later(process, 300);
          apply(disk, writes.slice(middle));
        },
      }),
  ),
  diskBug(
    'a commit in thirty is not written and nobody says so',
    ['lost', 'stuck', 'crash', 'fork', 'false-alarm', 'duplicate'],
    random => store =>
      changed(store, {
        commit: writes => (random.chance(1 / 30) ? Promise.resolve() : store.commit(writes)),
      }),
  ),
  diskBug(
    'a commit that is refused is written all the same',
    ['phantom', 'lost', 'stuck', 'crash', 'fork', 'false-alarm', 'duplicate'],
    random => store =>
      changed(store, {
        commit: async writes => {
          await store.commit(writes);
          if (random.chance(1 / 12)) throw new VaultError('QUOTA_EXCEEDED', 'planted');
        },
      }),
  ),
  diskBug(
    'what is deleted comes back',
    ['stuck', 'duplicate', 'false-alarm', 'crash', 'lost'],
    () => store =>
      changed(store, {
        commit: writes => store.commit(writes.filter(({ value }) => value !== null)),
      }),
  ),
  diskBug(
    'a scan leaves out the last record',
    ['lost', 'stuck', 'crash', 'false-alarm'],
    () => store =>
      changed(store, {
        scan: async query => {
          const found = await store.scan(query);
          return query.limit > 1 && found.length > 1 ? found.slice(0, -1) : found;
        },
      }),
  ),
  diskBug('an old copy of the disk is put back', ['stuck', 'lost', 'crash'], () => {
    const copies = new WeakMap<MemoryDisk, ReadonlyMap<string, Uint8Array>>();
    return (store, _process, disk) => {
      const old = copies.get(disk);
      const now = copyOf(disk);
      if (old !== undefined && old.size > 0) {
        disk.records.clear();
        for (const [key, value] of old) disk.records.set(key, value);
      }
      copies.set(disk, now);
      return store;
    };
  }),
  diskBug(
    'a bit of a record turns while the program is not running',
    ['stuck', 'crash', 'lost'],
    random => (store, _process, disk) => {
      const key = random.pick([...disk.records.keys()].sort());
      const value = key === undefined ? undefined : disk.records.get(key);
      if (key !== undefined && value !== undefined) {
        const turned = value.slice();
        turned[random.below(turned.length)]! ^= 1 << random.below(8);
        disk.records.set(key, turned);
      }
      return store;
    },
  ),
];

const WIRE_BUGS: readonly PlantedBug[] = [
  {
    name: 'a push in twenty is lost on a connection that stays',
    shows: ['stuck', 'false-alarm', 'lost'],
    plant: random => ({
      wire: {
        pass: (direction, _who, frame) => {
          const isPush = direction === 'to-device' && decodeServerFrame(frame).body.type === 'entries';
          return isPush && random.chance(0.05) ? [] : [frame];
        },
      },
    }),
  },
  {
    name: 'appends are answered by a proxy that loses one in ten',
    shows: ['lost', 'stuck', 'false-alarm'],
    plant: random => {
      const swallowed = new Map<string, Set<string>>();
      return {
        wire: {
          pass: (direction, who, frame) => {
            if (direction !== 'to-relay') return [frame];
            const { requestId, body } = decodeClientFrame(frame);
            if (body.type !== 'append' || body.kind !== 'message') return [frame];
            const lost = swallowed.get(who) ?? new Set<string>();
            swallowed.set(who, lost);
            if (!lost.has(body.dedupeId) && !random.chance(0.1)) return [frame];
            lost.add(body.dedupeId);
            // A ping comes back in place of an answer that means the same to the client: somebody took it.
            return [encodeClientFrame({ requestId, body: { type: 'ping' } })];
          },
        },
      };
    },
  },
];

/** Everything that is planted. The checker finds each of them, or it is worth nothing. */
export const PLANTED_BUGS: readonly PlantedBug[] = [...RELAY_BUGS, ...DISK_BUGS, ...WIRE_BUGS];
