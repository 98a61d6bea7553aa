import { nodeProvider } from '@sotto/mls/node';
import {
  type Argon2id,
  type MemoryDisk,
  MemoryStore,
  memoryDisk,
  memoryKeySlots,
  memoryKeySlotsDisk,
} from '@sotto/vault';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EnginePort } from '../intents.ts';
import type { EngineState } from '../projection.ts';
import { accountOf, PASSWORD } from '../testing/accounts.fixture.ts';
import { World } from '../testing/world.fixture.ts';
import { LockingDevice } from './lockingDevice.ts';

const PASSPHRASE = 'correct horse battery';
/** Argon2id takes its time on purpose; here only that it is asked matters. */
const quick: Argon2id = async (passphrase, salt) =>
  nodeProvider.hash('SHA-256', new Uint8Array([...passphrase, ...salt]));

let world: World;

beforeEach(() => {
  world = new World();
});

/** A browser profile: what stays when the program ends. */
class Profile {
  readonly disk: MemoryDisk = memoryDisk();
  readonly keys = memoryKeySlotsDisk();
  passing = false;
  device!: LockingDevice;
  port!: EnginePort;
  state!: EngineState;

  async start(role: 'host' | 'guest' = 'host', tabKey?: Uint8Array): Promise<this> {
    this.device = await LockingDevice.open({
      engine: world.engineOptions(role),
      openStorage: async () => ({
        store: new MemoryStore(this.disk),
        slots: memoryKeySlots(this.keys),
        passing: this.passing,
      }),
      argon2id: quick,
      ...(tabKey !== undefined && { tabKey }),
    });
    this.port = this.device.window();
    this.port.subscribe(event => {
      if (event.type === 'state') this.state = event.state;
    });
    return this;
  }

  async restart(role: 'host' | 'guest' = 'host', tabKey?: Uint8Array): Promise<this> {
    await this.device.close();
    return this.start(role, tabKey);
  }
}

describe('a device without a lock', () => {
  it('runs at once, also the next time, and says that there is none', async () => {
    const profile = await new Profile().start();
    await profile.port.setName('Anna');
    expect(profile.state.lock).toMatchObject({ state: 'unlocked', keeps: 'device', locks: [] });
    await profile.restart();
    expect(profile.state.self?.name).toBe('Anna');
    await expect(profile.port.lock()).rejects.toMatchObject({ code: 'NO_SUCH_LOCK' });
  });

  it('whose keys are gone does not begin anew over its records, and writes nothing', async () => {
    const profile = await new Profile().start();
    await profile.port.setName('Anna');
    await profile.device.close();
    const before = new Map(profile.disk.records);
    profile.keys.bytes.fill(0);
    await expect(profile.start()).rejects.toMatchObject({ code: 'KEYS_LOST' });
    expect(profile.keys.bytes.every(byte => byte === 0)).toBe(true);
    expect(profile.disk.records).toEqual(before);
  });
});

describe('a device with a passphrase', () => {
  let profile: Profile;
  beforeEach(async () => {
    profile = await new Profile().start();
    await profile.port.setName('Anna');
    await profile.port.setPassphrase(PASSPHRASE);
  });

  it('goes on at once, and is locked the next time until the passphrase comes', async () => {
    expect(profile.state.lock.locks.map(({ kind }) => kind)).toEqual(['passphrase']);
    expect(profile.state.self?.name).toBe('Anna');
    await profile.restart();
    expect(profile.state).toMatchObject({ lock: { state: 'locked' }, self: undefined, rooms: [] });
    await expect(profile.port.setName('Mallory')).rejects.toMatchObject({ code: 'LOCKED' });
    await expect(
      profile.port.unlock({ kind: 'passphrase', passphrase: 'something else' }),
    ).rejects.toMatchObject({
      code: 'WRONG_SECRET',
    });
    expect(profile.state.lock.state).toBe('locked');
    await profile.port.unlock({ kind: 'passphrase', passphrase: PASSPHRASE });
    expect(profile.state).toMatchObject({ lock: { state: 'unlocked' }, self: { name: 'Anna' } });
  });

  it('locks when it is told, in all its windows, and unlocks again', async () => {
    const other = profile.device.window();
    const seen: string[] = [];
    other.subscribe(event => event.type === 'state' && seen.push(event.state.self?.name ?? 'nobody'));
    await profile.port.lock();
    expect(seen.at(-1)).toBe('nobody');
    expect(profile.state.lock.state).toBe('locked');
    await other.unlock({ kind: 'passphrase', passphrase: PASSPHRASE });
    expect(profile.state.self?.name).toBe('Anna');
    expect(seen.at(-1)).toBe('Anna');
  });

  it('locks when nobody was there for the time that was set, also after it was opened again', async () => {
    await profile.port.setLockAfter(60_000);
    expect(profile.state.lock.lockAfterMs).toBe(60_000);
    await world.clock.advance(50_000);
    await profile.port.stayUnlocked();
    await world.clock.advance(50_000);
    expect(profile.state.lock.state).toBe('unlocked');
    await world.clock.advance(11_000);
    await expect.poll(() => profile.state.lock.state).toBe('locked');
    await profile.restart();
    await profile.port.unlock({ kind: 'passphrase', passphrase: PASSPHRASE });
    expect(profile.state.lock.lockAfterMs).toBe(60_000);
    await world.clock.advance(61_000);
    await expect.poll(() => profile.state.lock.state).toBe('locked');
  });

  it('the passphrase changes only with the one before; no record is written anew', async () => {
    const before = new Map(profile.disk.records);
    await expect(profile.port.setPassphrase('another long one', 'wrong')).rejects.toMatchObject({
      code: 'WRONG_SECRET',
    });
    await expect(profile.port.setPassphrase('short', PASSPHRASE)).rejects.toMatchObject({
      code: 'WEAK_PASSPHRASE',
    });
    await profile.port.setPassphrase('another long one', PASSPHRASE);
    expect(profile.disk.records).toEqual(before);
    await profile.restart();
    await expect(profile.port.unlock({ kind: 'passphrase', passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'WRONG_SECRET',
    });
    await profile.port.unlock({ kind: 'passphrase', passphrase: 'another long one' });
    expect(profile.state.self?.name).toBe('Anna');
  });

  it('opens by a recovery code and by a passkey too, until they are removed', async () => {
    const { code } = await profile.port.makeRecoveryCode();
    const passkey = {
      credentialId: new Uint8Array(16).fill(1),
      prfSalt: new Uint8Array(32).fill(2),
      prfOutput: new Uint8Array(32).fill(3),
    };
    await profile.port.addPasskey(passkey);
    await profile.restart();
    expect(profile.state.lock.locks.map(({ kind }) => kind).sort()).toEqual([
      'passkey',
      'passphrase',
      'recovery-code',
    ]);
    await profile.port.unlock({ kind: 'recovery-code', code });
    await profile.port.lock();
    await profile.port.unlock({
      kind: 'passkey',
      credentialId: passkey.credentialId,
      prfOutput: passkey.prfOutput,
    });
    for (const { id, kind } of profile.state.lock.locks)
      if (kind !== 'passphrase') await profile.port.removeLock(id);
    const last = profile.state.lock.locks[0]!;
    await expect(profile.port.removeLock(last.id)).rejects.toMatchObject({ code: 'LAST_LOCK' });
    await profile.restart();
    await expect(profile.port.unlock({ kind: 'recovery-code', code })).rejects.toMatchObject({
      code: 'NO_SUCH_LOCK',
    });
  });

  it('everything can be erased, also by one who forgot the passphrase; then it is new', async () => {
    await profile.restart();
    await profile.port.eraseDevice();
    expect(profile.disk.records.size).toBe(0);
    await expect(profile.port.setName('x')).rejects.toBeDefined();
    await profile.start();
    expect(profile.state).toMatchObject({ lock: { state: 'unlocked', locks: [] }, self: { name: '' } });
  });
});

describe('a guest', () => {
  const tabKey = new Uint8Array(32).fill(5);

  it('keeps nothing beyond the tab until a passphrase is set', async () => {
    const profile = await new Profile().start('guest', tabKey);
    await profile.port.setName('Ben');
    expect(profile.state.lock).toMatchObject({ state: 'unlocked', keeps: 'tab', locks: [] });
    await profile.restart('guest', tabKey);
    expect(profile.state.self?.name).toBe('Ben');
    await expect(profile.restart('guest', new Uint8Array(32))).rejects.toMatchObject({ code: 'WRONG_KEY' });
  });

  it('whose browser keeps nothing is told so, instead of being promised to find the chat again', async () => {
    const profile = new Profile();
    profile.passing = true;
    await profile.start('guest', tabKey);
    for (const set of [() => profile.port.setPassphrase(PASSPHRASE), () => profile.port.makeRecoveryCode()])
      await expect(set()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(profile.state.lock).toMatchObject({ keeps: 'tab', locks: [] });
  });

  it("keeps the chat with a passphrase; the tab's key opens nothing any more", async () => {
    const profile = await new Profile().start('guest', tabKey);
    await profile.port.setName('Ben');
    await profile.port.setPassphrase(PASSPHRASE);
    expect(profile.state.lock.keeps).toBe('device');
    await profile.restart('guest', tabKey);
    expect(profile.state).toMatchObject({ lock: { state: 'locked', keeps: 'device' }, self: undefined });
    await profile.port.unlock({ kind: 'passphrase', passphrase: PASSPHRASE });
    expect(profile.state.self?.name).toBe('Ben');
  });
});

describe('signing out', () => {
  it('takes the device off the account’s list and everything off the device', async () => {
    const laptop = await new Profile().start();
    await world.until(() => laptop.device.state.connection.state === 'online');
    await world.outcome(laptop.port.createAccount(accountOf('ada')));
    await world.until(() => laptop.device.state.connection.state === 'online');
    const phone = await new Profile().start('guest', new Uint8Array(32).fill(7));
    const deviceName = 'Phone';
    await world.outcome(phone.port.signIn({ handle: 'ada', password: PASSWORD, deviceName }));
    await world.until(() => phone.device.state.connection.state === 'online');
    await world.until(() => laptop.device.state.account?.devices.length === 2);
    await world.outcome(phone.port.signOut());
    expect(phone.disk.records.size).toBe(0);
    await world.until(() => laptop.device.state.account?.devices[1]?.state === 'revoked');
    // The last device stays in the list: somebody who signs in again takes it off.
    await world.outcome(laptop.port.signOut());
    expect(laptop.disk.records.size).toBe(0);
  });
});
