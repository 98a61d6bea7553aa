import {
  type Argon2id,
  Keyring,
  type KeySlots,
  type LockView,
  makeRecoveryCode,
  type NewLock,
  ROOT_KEY_BYTES,
  VaultError,
  type VaultStore,
} from '@sotto/vault';
import type { AccountIntents } from '../accountIntents.ts';
import { toClientError } from '../clientErrors.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineOptions } from '../engine/engineOptions.ts';
import {
  ClientError,
  type EnginePort,
  type LockIntents,
  type NewPasskey,
  type UnlockSecret,
} from '../intents.ts';
import type { EngineEvent, EngineState, LockItem, LockState, StorageTrouble } from '../projection.ts';
import { SerialQueue } from '../serialQueue.ts';
import { DeviceWindow } from './deviceWindow.ts';
import { IdleLock } from './idleLock.ts';

/** What a device keeps, opened: records, and the slots beside them. */
export interface DeviceStorage {
  readonly store: VaultStore;
  readonly slots: KeySlots;
  /** In memory: nothing of it outlives the tab, whatever lock is set. */
  readonly passing?: boolean;
}

export interface LockingDeviceOptions {
  readonly engine: Omit<EngineOptions, 'store' | 'slots' | 'rootKey' | 'lock'>;
  /** Opens what this device keeps. `lost`: to be called when it was taken away. */
  readonly openStorage: (lost: () => void) => Promise<DeviceStorage>;
  /** A key that somebody else keeps, as long as nobody has set a lock: that of a guest whose tab is all there is. */
  readonly tabKey?: Uint8Array;
  /** What stretches passphrases. */
  readonly argon2id: Argon2id;
  /** What an engine still does before the device is closed. */
  readonly beforeClose?: (engine: Engine) => Promise<void>;
  /** A monotonic clock, to measure what a passphrase may cost on this device. */
  readonly monotonicMs?: () => number;
}

/**
 * A device whose store may be locked: the engine runs while it is unlocked, and there is none while it is not. Its
 * windows stay, and show what there is to show.
 */
export class LockingDevice implements LockIntents, Pick<AccountIntents, 'signOut'> {
  readonly #queue = new SerialQueue();
  readonly #windows = new Set<DeviceWindow>();
  readonly #idle: IdleLock;
  #storage: DeviceStorage | undefined;
  #keyring: Keyring | undefined;
  #engine: Engine | undefined;
  #rootKey: Uint8Array | undefined;
  #keeps: LockState['keeps'] = 'device';
  #closed = false;
  #setStoreLost: (trouble?: StorageTrouble) => void = () => undefined;
  /** Resolves when the store refused or was taken away, and when it was erased: this device cannot go on. */
  readonly storeLost = new Promise<StorageTrouble | undefined>(resolve => {
    this.#setStoreLost = resolve;
  });

  private constructor(private readonly options: LockingDeviceOptions) {
    this.#idle = new IdleLock(options.engine.clock, () => void this.lock().catch(() => undefined));
  }

  /**
   * Opens the store; the engine runs at once where no lock keeps it out. Throws `VaultError`, as
   * `Engine.open`; `KEYS_LOST` for a store whose locks are gone: its records open for nobody any more.
   */
  static async open(options: LockingDeviceOptions): Promise<LockingDevice> {
    const device = new LockingDevice(options);
    try {
      await device.#open();
    } catch (error) {
      await device.#closeStorage();
      throw error;
    }
    return device;
  }

  /** One screen onto this device. Closing it closes the window, not the device. */
  window(): EnginePort {
    const window = new DeviceWindow(this, gone => this.#windows.delete(gone));
    this.#windows.add(window);
    window.attach(this.#engine);
    return window.port;
  }

  get lockState(): LockState {
    const keyring = this.#keyring;
    return {
      state: this.#engine === undefined ? 'locked' : 'unlocked',
      keeps: this.#keeps,
      locks: keyring?.locks.flatMap(itemOf) ?? [],
      lockAfterMs: this.#idle.afterMs,
      overwritesInPlace: this.#storage?.slots.inPlace ?? true,
    };
  }

  /** What there is to show. */
  get state(): EngineState {
    return (
      this.#engine?.state ?? {
        lock: this.lockState,
        connection: { state: 'connecting' },
        mayHost: undefined,
        self: undefined,
        rooms: [],
      }
    );
  }

  unlock(secret: UnlockSecret): Promise<void> {
    return this.#do(async () => {
      if (this.#engine !== undefined) return;
      await this.#openStorage();
      await this.#start(await this.#ring.unlock(secret));
    });
  }

  lock(): Promise<void> {
    return this.#do(async () => {
      const engine = this.#engine;
      if (engine === undefined) return;
      if (!this.#isLocked) throw new ClientError('NO_SUCH_LOCK', 'there is no lock to close');
      this.#idle.stop();
      this.#engine = undefined;
      this.#wipeKey();
      // What is on the screens goes first.
      for (const window of this.#windows) window.attach(undefined);
      this.#emit({ type: 'state', state: this.state });
      await engine.close();
      this.#storage = undefined;
    });
  }

  async stayUnlocked(): Promise<void> {
    this.#idle.begin();
  }

  setLockAfter(lockAfterMs: number | undefined): Promise<void> {
    return this.#do(async () => {
      if (lockAfterMs !== undefined && !(lockAfterMs >= 1_000)) throw new RangeError('a second or more');
      await this.#unlocked.setLockAfter(lockAfterMs);
      this.#idle.set(this.#isLocked ? lockAfterMs : undefined);
      this.#changed();
    });
  }

  setPassphrase(passphrase: string, current?: string): Promise<void> {
    return this.#do(async () => {
      this.#assertKeeps();
      const lock: NewLock = { kind: 'passphrase', passphrase };
      const { monotonicMs } = this.options;
      if (monotonicMs !== undefined) await this.#ring.calibrate({ nowMs: monotonicMs });
      if (this.#ring.locks.some(({ kind }) => kind === 'passphrase')) {
        await this.#ring.changePassphrase(current ?? '', passphrase);
        this.#changed();
      } else await this.#add(lock);
    });
  }

  addPasskey(passkey: NewPasskey): Promise<void> {
    return this.#do(async () => {
      this.#assertKeeps();
      await this.#add({ kind: 'passkey', ...passkey });
    });
  }

  makeRecoveryCode(): Promise<{ code: string }> {
    return this.#do(async () => {
      this.#assertKeeps();
      const code = makeRecoveryCode(this.options.engine.random);
      const lock: NewLock = { kind: 'recovery-code', code };
      const old = this.#ring.locks.find(({ kind }) => kind === 'recovery-code');
      if (old === undefined) await this.#add(lock);
      else {
        await this.#ring.replaceLock(this.#key, old.id, lock);
        this.#changed();
      }
      return { code };
    });
  }

  removeLock(id: string): Promise<void> {
    return this.#do(async () => {
      const lock = this.#ring.locks.find(candidate => candidate.id === id);
      if (lock === undefined) throw new ClientError('NO_SUCH_LOCK', 'there is no such lock');
      await this.#ring.removeLock(this.#key, lock.id);
      this.#changed();
    });
  }

  async signOut(): Promise<void> {
    // Not waited for long: whoever is offline takes it off the list with another device.
    await this.#engine?.accounts.leave().catch(() => undefined);
    await this.eraseDevice();
  }

  eraseDevice(): Promise<void> {
    return this.#do(async () => {
      const engine = this.#engine;
      this.#idle.stop();
      this.#engine = undefined;
      this.#wipeKey();
      for (const window of this.#windows) window.attach(undefined);
      if (engine !== undefined) await engine.destroy();
      else {
        const { store, slots } = await this.#openStorage();
        await slots.destroy();
        await store.destroy();
      }
      this.#storage = undefined;
      this.#closed = true;
      // Not before whoever asked for it has its answer.
      this.options.engine.clock.setTimer(0, () => this.#setStoreLost());
    });
  }

  /** Stops the engine and closes the store. */
  async close(): Promise<void> {
    await this.#queue.run(async () => {
      this.#closed = true;
      this.#idle.stop();
      if (this.#engine !== undefined) await this.options.beforeClose?.(this.#engine);
      await this.#engine?.close();
      this.#engine = undefined;
      this.#wipeKey();
      await this.#closeStorage();
    });
  }

  async #open(): Promise<void> {
    const { tabKey } = this.options;
    await this.#openStorage();
    const keyring = this.#ring;
    if (keyring.locks.length === 0 && tabKey !== undefined) {
      this.#keeps = 'tab';
      return this.#start(tabKey.slice());
    }
    if (keyring.locks.length === 0) return this.#begin();
    if (keyring.locks.every(({ kind }) => kind === 'open')) {
      await this.#start(await keyring.unlock({ kind: 'open' }));
    }
  }

  /** A device that is new: without a lock, until somebody sets one. Writes nothing where it only looks new. */
  async #begin(): Promise<void> {
    const { store } = await this.#openStorage();
    if ((await store.scan({ prefix: '', limit: 1 })).length > 0)
      throw new VaultError('KEYS_LOST', 'there are records, and no lock that leads to their keys');
    const { rootKey } = await this.#ring.begin({ kind: 'open' });
    await this.#start(rootKey);
  }

  async #start(rootKey: Uint8Array): Promise<void> {
    const { store, slots } = await this.#openStorage();
    this.#engine = await Engine.open({
      ...this.options.engine,
      store,
      slots,
      rootKey,
      lock: () => this.lockState,
    });
    this.#rootKey = rootKey;
    void this.#engine.storeLost.then(() => this.#setStoreLost());
    this.#idle.set(this.#isLocked ? this.#engine.lockAfterMs : undefined);
    for (const window of this.#windows) window.attach(this.#engine);
  }

  /** One more lock. The first takes the place of a root key that lay in clear: the store gets another. */
  async #add(lock: NewLock): Promise<void> {
    const engine = this.#unlocked;
    if (this.#isLocked) await this.#ring.addLock(this.#key, lock);
    else {
      const rootKey = this.options.engine.random(ROOT_KEY_BYTES);
      await engine.changeRootKey(rootKey, () => this.#replaceOpen(rootKey, lock));
      this.#wipeKey();
      this.#rootKey = rootKey;
      this.#keeps = 'device';
    }
    this.#idle.set(engine.lockAfterMs);
    this.#changed();
  }

  async #replaceOpen(rootKey: Uint8Array, lock: NewLock): Promise<void> {
    const isNew = this.#ring.locks.length === 0;
    if (isNew) await this.#ring.begin(lock, rootKey);
    else await this.#ring.replaceRoot(rootKey, [lock]);
  }

  async #openStorage(): Promise<DeviceStorage> {
    if (this.#storage !== undefined) return this.#storage;
    const storage = await this.options.openStorage(() => {
      this.#engine?.loseStore();
      this.#setStoreLost('STORAGE_LOST');
    });
    const { random, clock } = this.options.engine;
    this.#storage = storage;
    this.#keyring = await Keyring.open(storage.slots, {
      random,
      nowMs: () => clock.nowMs(),
      stretch: this.options.argon2id,
    });
    return storage;
  }

  async #closeStorage(): Promise<void> {
    const storage = this.#storage;
    this.#storage = undefined;
    await storage?.slots.close();
    await storage?.store.close();
  }

  #wipeKey(): void {
    this.#rootKey?.fill(0);
    this.#rootKey = undefined;
  }

  /** A lock on what goes with the tab would promise what nobody keeps. */
  #assertKeeps(): void {
    if (this.#storage?.passing === true)
      throw new ClientError('STORAGE_UNAVAILABLE', 'this browser keeps nothing beyond the tab');
  }

  /** Whether a person has set a lock. */
  get #isLocked(): boolean {
    return this.#ring.locks.some(({ kind }) => kind !== 'open');
  }

  get #ring(): Keyring {
    if (this.#keyring === undefined) throw new VaultError('CLOSED', 'the store is not open');
    return this.#keyring;
  }

  get #unlocked(): Engine {
    if (this.#engine === undefined) throw new ClientError('LOCKED', 'it is locked');
    return this.#engine;
  }

  get #key(): Uint8Array {
    if (this.#rootKey === undefined) throw new ClientError('LOCKED', 'it is locked');
    return this.#rootKey;
  }

  #changed(): void {
    this.#engine?.lockChanged();
  }

  #emit(event: EngineEvent): void {
    for (const window of this.#windows) window.emit(event);
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#closed) throw new ClientError('CLOSED', 'the device is closed');
      try {
        return await work();
      } catch (error) {
        throw toClientError(error);
      }
    });
  }
}

/** Locks as the screens show them; an open one is none. */
function itemOf(lock: LockView): readonly LockItem[] {
  const { id, createdAtMs, kind } = lock;
  if (lock.kind === 'passkey') {
    const { credentialId, prfSalt } = lock;
    return [{ id, kind: 'passkey', createdAtMs, passkey: { credentialId, prfSalt } }];
  }
  return kind === 'open' || kind === 'passkey' ? [] : [{ id, kind, createdAtMs }];
}
