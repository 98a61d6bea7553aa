import '../../client/src/testing/loaded.fixture.ts';
import { Engine, type EngineState, type InviteLookup, type RoomId, type Transport } from '@sotto/client';
import { nodeProvider } from '@sotto/mls/node';
import {
  Keyring,
  type MemoryDisk,
  MemoryStore,
  memoryDisk,
  memoryKeySlots,
  memoryKeySlotsDisk,
  type StoreScan,
  Vault,
} from '@sotto/vault';
import { LockingDevice, type LockingDeviceOptions } from '../../client/src/lock/lockingDevice.ts';
import { quickly } from './device.ts';
import { RecordedTables } from './recordedTables.ts';
import { SeededRandom } from './seededRandom.ts';
import { SimulatedClock, START_MS } from './simulatedClock.ts';
import { SimulatedNetwork } from './simulatedNetwork.ts';
import { SimulatedProcess } from './simulatedProcess.ts';
import { SimulatedRelay } from './simulatedRelay.ts';

export const PASSPHRASE = 'correct horse battery';
export const HOST = { who: 'ada', listenerRole: 'host', origin: 'http://localhost:4480' } as const;
export const GUEST = { who: 'ben', listenerRole: 'guest', origin: 'https://chat.example:4443' } as const;
const LONG_MS = 120_000;

/** What a device keeps: its records, and the keys beside them. */
export interface Profile {
  readonly disk: MemoryDisk;
  readonly slots: ReturnType<typeof memoryKeySlotsDisk>;
}

/** A host and a guest in a room, all programs ended: where every race begins. */
export interface Prologue {
  readonly nowMs: number;
  readonly roomId: RoomId;
  readonly host: Profile;
  /** The same host behind a passphrase. */
  readonly lockedHost: Profile;
  readonly guest: Profile;
  readonly guestRootKey: Uint8Array;
  /** What the host's store knows the records by in which MLS keeps how far the ratchets of the room are. */
  readonly ratchetNames: string;
  /** A relay's disk of its own for each race. */
  relayTables(): RecordedTables;
}

/** A copy that goes its own way. */
export function copyOf({ disk, slots }: Profile): Profile {
  return { disk: { records: new Map(disk.records) }, slots: { bytes: slots.bytes.slice() } };
}

/** What both devices' engines are made with, but for their process. */
export function engineOptions(
  { listenerRole: role, origin }: typeof HOST | typeof GUEST,
  process: Pick<SimulatedProcess, 'clock'>,
  random: SeededRandom,
  transport: Transport,
  lookUp: InviteLookup,
): LockingDeviceOptions['engine'] {
  return {
    role,
    relayOrigin: origin,
    transport,
    clock: process.clock,
    random: lengthBytes => random.bytes(lengthBytes),
    provider: nodeProvider,
    passwordKey: async (password, salt) => quickly(new TextEncoder().encode(password), salt, 32),
    stretch: async (password, salt, _iterations, lengthBytes) => quickly(password, salt, lengthBytes),
    lookUp,
  };
}

/** In place of argon2id. */
export const argon2id: LockingDeviceOptions['argon2id'] = async (passphrase, salt) =>
  quickly(passphrase, salt, 32);

let played: Promise<Prologue> | undefined;

/** Played once: a room costs more than a race. */
export function prologue(): Promise<Prologue> {
  played ??= play();
  return played;
}

async function play(): Promise<Prologue> {
  const time = new SimulatedClock();
  const random = new SeededRandom(1);
  const network = new SimulatedNetwork(time, random.fork('network'));
  const relayTables = new RecordedTables();
  const relay = new SimulatedRelay(
    time,
    random.fork('relay'),
    network,
    store => store,
    (step, error) => {
      throw new Error(`relay, ${step}`, { cause: error });
    },
    relayTables.tables,
  );
  relay.start();
  const until = async (holds: () => boolean) => {
    if (!(await time.advanceUntil(holds, time.nowMs() + LONG_MS))) throw new Error(`never: ${holds}`);
  };
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const end = () => {
      settled = true;
    };
    promise.then(end, end);
    await until(() => settled);
    return promise;
  };
  const process = new SimulatedProcess(time, () => 0);
  const optionsOf = (address: typeof HOST | typeof GUEST) =>
    engineOptions(
      address,
      process,
      random.fork(address.who),
      network.transport(address, process),
      relay.inviteReport.bind(relay),
    );
  const host = newProfile();
  const fill = random.fork('slots');
  const openHost = () =>
    LockingDevice.open({
      engine: optionsOf(HOST),
      openStorage: async () => openProfile(host, fill),
      argon2id,
    });

  const hosting = await openHost();
  const ada = watch(hosting.window());
  await until(() => ada.state().mayHost === true);
  await done(ada.port.setName('ada'));
  const invite = { lifetimeMs: 20 * 3_600_000, maxUses: 0, approval: false, password: undefined };
  const { roomId } = await done(ada.port.startRoom({ title: 'Kitchen', invite }));
  await until(() => ada.state().rooms[0]?.invites[0] !== undefined);
  const link = `${GUEST.origin}${ada.state().rooms[0]!.invites[0]!.pathAndFragment}`;

  const guest = newProfile();
  const guestRootKey = random.fork('guest root key').bytes(32);
  const visiting = await Engine.open({
    ...optionsOf(GUEST),
    ...openProfile(guest, fill),
    rootKey: guestRootKey,
  });
  const ben = watch(visiting.window());
  await done(ben.port.join({ link, name: 'ben', password: undefined }));
  await until(() => ben.state().rooms[0]?.membership === 'member');
  // Receipts, introductions and the newcomer's key update.
  await time.advance(20_000);
  await done(hosting.close());
  await done(visiting.close());
  const open = copyOf(host);
  const ratchetNames = await namesBeneath(`mls/${roomId}/mls/r/`, copyOf(host), random.fork('names'));

  network.isolate(HOST.who);
  const locking = await openHost();
  await done(locking.window().setPassphrase(PASSPHRASE));
  await done(locking.close());
  return {
    nowMs: time.nowMs(),
    roomId,
    host: open,
    lockedHost: host,
    guest,
    guestRootKey,
    ratchetNames,
    relayTables: () => relayTables.copy(),
  };
}

/** What names of records beneath a prefix begin with: what a vault asks its store for. */
async function namesBeneath(prefix: string, { disk, slots }: Profile, random: SeededRandom): Promise<string> {
  const asked: string[] = [];
  class AskedStore extends MemoryStore {
    override scan(query: StoreScan) {
      asked.push(query.prefix);
      return super.scan(query);
    }
  }
  const keySlots = memoryKeySlots(slots);
  const env = { random: (lengthBytes: number) => random.bytes(lengthBytes), nowMs: () => START_MS };
  const ring = await Keyring.open(keySlots, { ...env, stretch: argon2id });
  const rootKey = await ring.unlock({ kind: 'open' });
  const vault = await Vault.open(new AskedStore(disk), { rootKey, random: env.random, slots: keySlots });
  if ((await vault.scan({ prefix, limit: 1 })).length === 0) throw new Error(`nothing beneath ${prefix}`);
  return asked.at(-1)!;
}

function newProfile(): Profile {
  return { disk: memoryDisk(), slots: memoryKeySlotsDisk() };
}

function openProfile({ disk, slots }: Profile, fill: SeededRandom) {
  return {
    store: new MemoryStore(disk),
    slots: memoryKeySlots(slots, lengthBytes => fill.bytes(lengthBytes)),
  };
}

function watch<Port extends ReturnType<Engine['window']>>(port: Port) {
  let state: EngineState | undefined;
  port.subscribe(event => {
    if (event.type === 'state') state = event.state;
  });
  return { port, state: () => state! };
}

/** Clock of a race: it goes on where the prologue ended. */
export async function clockFrom(nowMs: number): Promise<SimulatedClock> {
  const time = new SimulatedClock();
  await time.advance(nowMs - START_MS);
  return time;
}
