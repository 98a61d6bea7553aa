import { beforeEach, describe, expect, it } from 'vitest';
import { engineLock } from './electedEngine.ts';
import {
  forgetGuestStoreUse,
  type GuestStoreBrowser,
  keepGuestStore,
  keptGuestStores,
  noteGuestStoreUse,
  sweepGuestStores,
} from './guestStores.ts';

const HOUR_MS = 3_600_000;

/** A browser profile: its databases, its notes, and the locks that its tabs hold. */
class Profile implements GuestStoreBrowser {
  readonly databases = new Set<string>();
  readonly held = new Set<string>();
  readonly #items = new Map<string, string>();
  tellsDatabases = true;
  /** Called while a database is being deleted. */
  whileDeleting: (name: string) => void = () => undefined;
  #nowMs = 1_700_000_000_000;

  readonly storage: GuestStoreBrowser['storage'];
  readonly locks: GuestStoreBrowser['locks'] = {
    request: async (name, _options, run) => {
      if (this.held.has(name)) return run(null);
      this.held.add(name);
      await run({ name });
      this.held.delete(name);
    },
  };

  constructor() {
    const items = this.#items;
    this.storage = {
      get length() {
        return items.size;
      },
      key: index => [...items.keys()][index] ?? null,
      getItem: key => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: key => void items.delete(key),
    };
  }

  get notes(): number {
    return this.#items.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  passHours(hours: number): void {
    this.#nowMs += hours * HOUR_MS;
  }

  async databaseNames(): Promise<readonly string[]> {
    return this.tellsDatabases ? [...this.databases] : [];
  }

  async deleteDatabase(name: string): Promise<void> {
    this.whileDeleting(name);
    this.databases.delete(name);
  }

  /** As a tab does when it opens its store. */
  use(name: string): void {
    noteGuestStoreUse(this, name);
    this.databases.add(name);
  }
}

const [ONE, OTHER] = ['sotto-guest-1', 'sotto-guest-2'];
let profile: Profile;
beforeEach(() => {
  profile = new Profile();
});

describe('databases of guests', () => {
  it('go when nobody has used them for a day, and not before', async () => {
    profile.use(ONE);
    profile.passHours(8);
    profile.use(OTHER);
    profile.passHours(15.9);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([ONE, OTHER]);
    profile.passHours(0.1);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([OTHER]);
    expect(profile.notes).toBe(1);
  });

  it('stay while a tab has them, and for a day after it was last seen', async () => {
    profile.use(ONE);
    profile.held.add(engineLock(ONE));
    profile.passHours(80);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([ONE]);
    // Its page crashed: whoever loads it again has the chat.
    profile.held.delete(engineLock(ONE));
    profile.passHours(23);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([ONE]);
    profile.passHours(1);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([]);
  });

  it('are deleted under the lock of their engine: a tab that comes back then waits', async () => {
    profile.use(ONE);
    profile.passHours(25);
    const locked: boolean[] = [];
    profile.whileDeleting = name => locked.push(profile.held.has(engineLock(name)));
    await sweepGuestStores(profile);
    expect(locked).toEqual([true]);
    expect(profile.held.size).toBe(0);
  });

  it('a tab that comes back after long counts as used, before its engine runs', async () => {
    profile.use(ONE);
    profile.passHours(25);
    noteGuestStoreUse(profile, ONE);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([ONE]);
  });

  it('of which nothing is noted, or a time to come, have their day from now', async () => {
    profile.databases.add(ONE);
    profile.use(OTHER);
    profile.passHours(-32);
    await sweepGuestStores(profile);
    profile.passHours(23);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([ONE, OTHER]);
    profile.passHours(1);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([]);
  });

  it('go also where the browser does not tell its databases', async () => {
    profile.tellsDatabases = false;
    profile.use(ONE);
    profile.passHours(24);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([]);
  });

  it('stay for as long as their guest keeps the chat, however long nobody used them', async () => {
    profile.use(ONE);
    profile.use(OTHER);
    const keptAtMs = profile.nowMs();
    keepGuestStore(profile, ONE);
    profile.passHours(8_760);
    // Said once more, it is kept since then all the same.
    keepGuestStore(profile, ONE);
    await sweepGuestStores(profile);
    expect([...profile.databases]).toEqual([ONE]);
    expect(keptGuestStores(profile)).toEqual([{ storeName: ONE, keptAtMs }]);
    forgetGuestStoreUse(profile, ONE);
    expect(profile.notes).toBe(0);
  });

  it('databases of anyone else are left alone', async () => {
    for (const name of ['sotto-host', 'sotto-host.key', 'someone-else']) profile.databases.add(name);
    await sweepGuestStores(profile);
    profile.passHours(8_760);
    await sweepGuestStores(profile);
    expect(profile.databases.size).toBe(3);
    expect(profile.notes).toBe(0);
  });

  it('what a guest took off the browser is not remembered', async () => {
    profile.use(ONE);
    forgetGuestStoreUse(profile, ONE);
    expect(profile.notes).toBe(0);
  });
});
