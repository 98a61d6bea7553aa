import { VaultError } from '../errors.ts';
import { type Random, ROOT_KEY_BYTES } from '../recordCipher.ts';
import {
  ARGON2_FLOOR,
  type Argon2Cost,
  type Argon2id,
  type Calibration,
  calibrateArgon2,
  dearerOf,
  isBearableCost,
  isWeaker,
} from './argon2.ts';
import type { KeySlots } from './keySlots.ts';
import {
  LOCK_ID_BYTES,
  LOCK_SALT_BYTES,
  type LockDetails,
  type LockHead,
  type LockId,
  lockIdOf,
  openLock,
  rootCheckOf,
  sealLock,
} from './lockSlot.ts';
import {
  detailsOf,
  isFor,
  type LockView,
  lockKey,
  type NewLock,
  type OpenLock,
  SINGLE_KINDS,
  type UnlockWith,
} from './locks.ts';
import { MAX_LOCKS, type RingSurvey, type StoredLock, surveyRing } from './ringSurvey.ts';

export interface KeyringEnv {
  readonly random: Random;
  /** The time that locks are marked with. */
  readonly nowMs: () => number;
  /** `wasmArgon2id`, or what runs it elsewhere. */
  readonly stretch: Argon2id;
  /** What passphrases cost from now on, e.g. from an earlier `calibrate`; the floor when left out. */
  readonly passphraseCost?: Argon2Cost;
}

/**
 * One random root key, wrapped by each of several locks: any of them opens it, and changing one touches nothing else.
 *
 * Every change is written to a free slot first, and takes effect with that; then the slot it makes void is overwritten.
 * A crash in between leaves the new lock in force, and the next unlock overwrites what was left over. Calls wait for
 * each other. Nothing secret stays in this object between calls; root keys that it gives belong to the caller, who
 * wipes them.
 *
 * All methods may also throw what `KeySlots` throws; then the locks are as before or as after the change.
 */
export class Keyring {
  #locks: readonly LockView[] = [];
  #cost: Argon2Cost;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly slots: KeySlots,
    private readonly env: KeyringEnv,
  ) {
    this.#cost = env.passphraseCost ?? ARGON2_FLOOR;
    if (!isBearableCost(this.#cost)) throw new RangeError('no cost for a passphrase');
  }

  /**
   * Reads which locks there are. None where the ring has yet to begin; for a store that has records it means that its
   * keys are lost. Throws `UNSUPPORTED_FORMAT` where a newer version left a lock.
   */
  static async open(slots: KeySlots, env: KeyringEnv): Promise<Keyring> {
    const keyring = new Keyring(slots, env);
    wipe(await keyring.#survey());
    return keyring;
  }

  /** The locks in force, oldest first. */
  get locks(): readonly LockView[] {
    return this.#locks;
  }

  /** Measures what a passphrase may cost on this device, and asks that of every passphrase from now on. */
  async calibrate(calibration: Calibration): Promise<Argon2Cost> {
    this.#cost = dearerOf(this.#cost, await calibrateArgon2(this.env.stretch, calibration));
    return this.#cost;
  }

  /**
   * A new ring: a root key, fresh where none is given, and the first lock to it.
   *
   * Throws `LOCK_EXISTS` where there is a ring, and what `addLock` throws for the lock.
   */
  begin(
    lock: NewLock | OpenLock,
    rootKey: Uint8Array = this.env.random(ROOT_KEY_BYTES),
  ): Promise<{ readonly rootKey: Uint8Array }> {
    return this.#change(async survey => {
      if (survey.live.length > 0) throw new VaultError('LOCK_EXISTS', 'the ring has begun');
      await this.#writeRing(survey, rootKey, [lock]);
      return { rootKey };
    });
  }

  /**
   * The root key (32 bytes). Overwrites what an interrupted change left over, and wraps anew what a passphrase wraps
   * for less than it costs today.
   *
   * Throws `WRONG_KEY`, for a passphrase after as much work as a right one takes; `NO_SUCH_LOCK` where there is no lock
   * of the kind; `MISTYPED_CODE`, `NO_MEMORY`.
   */
  unlock(secret: UnlockWith): Promise<Uint8Array> {
    return this.#change(async survey => {
      const { lock, rootKey } = await this.#openWith(survey, secret);
      try {
        await this.#overwrite(survey.stale);
        await this.#upgrade(survey, lock, rootKey, secret);
      } catch {
        // A full or read-only disk keeps nobody out; the next unlock tries again.
      }
      return rootKey;
    });
  }

  /**
   * Sets one more lock. The first real one takes the place of an open one; since the root key lay in clear beside that
   * one, `replaceRoot` is what to call then.
   *
   * Throws `WRONG_KEY` for another root key, `LOCK_EXISTS` for a second passphrase or recovery code (`replaceLock`
   * changes those), `TOO_MANY_LOCKS` above six, `WEAK_PASSPHRASE`, `MISTYPED_CODE`, `PASSKEY_UNSUPPORTED`, `NO_MEMORY`.
   */
  addLock(rootKey: Uint8Array, lock: NewLock): Promise<LockView> {
    return this.#change(async survey => {
      await this.#authorise(survey, rootKey);
      const kinds = survey.live.map(({ details }) => details.kind);
      if (SINGLE_KINDS.includes(lock.kind) && kinds.includes(lock.kind)) {
        throw new VaultError('LOCK_EXISTS', `there is a ${lock.kind} lock`);
      }
      const open = survey.live.find(({ details }) => details.kind === 'open');
      if (open === undefined && survey.live.length >= MAX_LOCKS) {
        throw new VaultError('TOO_MANY_LOCKS', `${MAX_LOCKS} locks are the most`);
      }
      return this.#write(survey, rootKey, lock, open);
    });
  }

  /** Puts a lock in the place of another of its kind, e.g. a new recovery code. Throws as `addLock`; `NO_SUCH_LOCK`. */
  replaceLock(rootKey: Uint8Array, id: LockId, lock: NewLock): Promise<LockView> {
    return this.#change(async survey => {
      await this.#authorise(survey, rootKey);
      const old = survey.live.find(live => live.id === id && live.details.kind === lock.kind);
      if (old === undefined) throw new VaultError('NO_SUCH_LOCK', `there is no such ${lock.kind} lock`);
      return this.#write(survey, rootKey, lock, old);
    });
  }

  /** Throws `WRONG_KEY`, `WEAK_PASSPHRASE`, `NO_SUCH_LOCK`, `NO_MEMORY`; then the old one stays in force. */
  changePassphrase(oldPassphrase: string, newPassphrase: string): Promise<void> {
    return this.#change(async survey => {
      const next: NewLock = { kind: 'passphrase', passphrase: newPassphrase };
      detailsOf(next, this.#cost);
      const { lock, rootKey } = await this.#openWith(survey, { ...next, passphrase: oldPassphrase });
      try {
        await this.#overwrite(survey.stale);
        await this.#write(survey, rootKey, next, lock);
      } finally {
        rootKey.fill(0);
      }
    });
  }

  /** Throws `WRONG_KEY` for another root key, `NO_SUCH_LOCK`, `LAST_LOCK`. */
  removeLock(rootKey: Uint8Array, id: LockId): Promise<void> {
    return this.#change(async survey => {
      await this.#authorise(survey, rootKey);
      const gone = survey.live.filter(lock => lock.id === id);
      if (gone.length === 0) throw new VaultError('NO_SUCH_LOCK', 'there is no such lock');
      if (gone.length === survey.live.length) throw new VaultError('LAST_LOCK', 'this is the last way in');
      await this.#overwrite(gone);
    });
  }

  /**
   * Puts another root key and its locks in the place of the ring's root key and all its locks: those open nothing any
   * more. For the first real lock, because the root key lay in clear until then; and after a theft.
   *
   * What the old root key wraps must be wrapped by the new one too before this is called, and destroyed after it: a
   * crash in between leaves the one or the other in force, never both and never none.
   *
   * Throws as `addLock` for each lock; `LOCK_EXISTS` also for an open lock beside others; `NO_SUCH_LOCK` where no ring
   * has begun; `WRONG_KEY` for the root key that is in force.
   */
  replaceRoot(newRootKey: Uint8Array, locks: readonly (NewLock | OpenLock)[]): Promise<void> {
    return this.#change(async survey => {
      if (survey.live.length === 0) throw new VaultError('NO_SUCH_LOCK', 'the ring has not begun');
      if (newRootKey.length !== ROOT_KEY_BYTES || isOf(survey, newRootKey)) {
        throw new VaultError('WRONG_KEY', 'a fresh root key of 32 bytes is needed');
      }
      await this.#overwrite(survey.stale);
      await this.#writeRing(survey, newRootKey, locks);
      await this.#overwrite(survey.live);
    });
  }

  /** Throws `WRONG_KEY`; else leaves nothing that an interrupted change left over. */
  async #authorise(survey: RingSurvey, rootKey: Uint8Array): Promise<void> {
    if (survey.live.length === 0) throw new VaultError('NO_SUCH_LOCK', 'the ring has not begun');
    if (rootKey.length !== ROOT_KEY_BYTES || !isOf(survey, rootKey)) throw wrongKey();
    await this.#overwrite(survey.stale);
  }

  async #openWith(
    survey: RingSurvey,
    secret: UnlockWith,
  ): Promise<{ readonly lock: StoredLock; readonly rootKey: Uint8Array }> {
    const lock = survey.live.find(({ details }) => isFor(details, secret));
    if (lock === undefined) throw new VaultError('NO_SUCH_LOCK', `there is no such ${secret.kind} lock`);
    const key = await this.#keyTo(lock, secret);
    const rootKey = openLock(lock, key);
    key?.fill(0);
    if (rootKey === undefined) throw wrongKey();
    return { lock, rootKey };
  }

  /** Wraps for today's cost what a passphrase has just opened. */
  async #upgrade(
    survey: RingSurvey,
    lock: StoredLock,
    rootKey: Uint8Array,
    secret: UnlockWith,
  ): Promise<void> {
    const { details } = lock;
    if (details.kind !== 'passphrase' || !isWeaker(details.cost, this.#cost)) return;
    const cost = dearerOf(details.cost, this.#cost);
    const head = this.#headOf(rootKey, { ...details, cost }, lock.ring, lock.id);
    await this.#seal(survey.free[0]!, { ...head, createdAtMs: lock.createdAtMs }, rootKey, secret);
    await this.#overwrite([lock]);
  }

  /** Writes a lock to the ring's root key, then overwrites the one whose place it takes. */
  async #write(
    survey: RingSurvey,
    rootKey: Uint8Array,
    lock: NewLock,
    replaced: StoredLock | undefined,
  ): Promise<LockView> {
    const details = detailsOf(lock, this.#cost);
    const head = this.#headOf(rootKey, details, survey.live[0]!.ring, replaced?.id);
    await this.#seal(survey.free[0]!, head, rootKey, lock);
    await this.#overwrite(survey.live.filter(({ id }) => id === replaced?.id));
    return viewOf(head);
  }

  /** Writes the locks of a root key that is new to the ring; it comes into force with the last of them. */
  async #writeRing(
    survey: RingSurvey,
    rootKey: Uint8Array,
    locks: readonly (NewLock | OpenLock)[],
  ): Promise<void> {
    assertRing(locks);
    const allDetails = locks.map(lock => detailsOf(lock, this.#cost));
    const ring = (survey.live[0]?.ring ?? 0) + 1;
    for (const [i, lock] of locks.entries()) {
      const head = this.#headOf(rootKey, allDetails[i]!, ring, undefined);
      await this.#seal(survey.free[i]!, { ...head, isComplete: i === locks.length - 1 }, rootKey, lock);
    }
  }

  #headOf(rootKey: Uint8Array, details: LockDetails, ring: number, replaces: LockId | undefined): LockHead {
    const { random, nowMs } = this.env;
    return {
      id: lockIdOf(random(LOCK_ID_BYTES)),
      details,
      createdAtMs: Math.trunc(nowMs()),
      ring,
      isComplete: true,
      rootCheck: rootCheckOf(rootKey),
      replaces,
      salt: random(LOCK_SALT_BYTES),
    };
  }

  async #seal(slot: number, head: LockHead, rootKey: Uint8Array, secret: UnlockWith): Promise<void> {
    const key = await this.#keyTo(head, secret);
    const bytes = sealLock(head, rootKey, key, this.env.random);
    key?.fill(0);
    await this.slots.write(slot, bytes);
    bytes.fill(0);
  }

  async #keyTo({ salt, details }: LockHead, secret: UnlockWith): Promise<Uint8Array | undefined> {
    if (secret.kind === 'open') return undefined;
    const cost = details.kind === 'passphrase' ? details.cost : this.#cost;
    return lockKey(secret, salt, cost, this.env.stretch);
  }

  async #overwrite(locks: readonly StoredLock[]): Promise<void> {
    for (const { slot } of locks) await this.slots.write(slot, new Uint8Array(0));
  }

  async #survey(): Promise<RingSurvey> {
    const survey = await surveyRing(this.slots);
    const views = new Map(survey.live.map(lock => [lock.id, viewOf(lock)]));
    this.#locks = [...views.values()];
    return survey;
  }

  /** Runs `work` after the calls before it, and looks again afterwards, also when it failed half-way. */
  #change<T>(work: (survey: RingSurvey) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const survey = await this.#survey();
      try {
        return await work(survey);
      } finally {
        wipe(survey);
        // What `work` threw says more than a second failure of the disk.
        await this.#survey().then(wipe, () => undefined);
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** An open lock has the root key in clear. */
function wipe({ live, stale }: RingSurvey): void {
  for (const { bytes } of [...live, ...stale]) bytes.fill(0);
}

function isOf(survey: RingSurvey, rootKey: Uint8Array): boolean {
  return survey.live[0]?.rootCheck === rootCheckOf(rootKey);
}

function viewOf({ id, details, createdAtMs }: LockHead): LockView {
  return { ...details, id, createdAtMs };
}

/** Throws `LOCK_EXISTS` for locks that cannot stand beside each other, `TOO_MANY_LOCKS`, `LAST_LOCK` for none. */
function assertRing(locks: readonly (NewLock | OpenLock)[]): void {
  if (locks.length === 0) throw new VaultError('LAST_LOCK', 'a ring without a lock would be lost');
  if (locks.length > MAX_LOCKS) throw new VaultError('TOO_MANY_LOCKS', `${MAX_LOCKS} locks are the most`);
  const kinds = locks.map(({ kind }) => kind);
  const twice = SINGLE_KINDS.some(kind => kinds.indexOf(kind) !== kinds.lastIndexOf(kind));
  if (twice || (kinds.includes('open') && kinds.length > 1)) {
    throw new VaultError('LOCK_EXISTS', 'two locks of a kind that stands alone');
  }
}

function wrongKey(): VaultError {
  return new VaultError('WRONG_KEY', 'this does not open the lock');
}
