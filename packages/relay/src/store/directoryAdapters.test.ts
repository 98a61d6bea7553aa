import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountId, DeviceId, Handle, SourceId } from '@sotto/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccountRecord, Directory } from '../directory.ts';
import { Refusal } from '../refusal.ts';
import { createMemoryDirectory } from './memoryDirectory.ts';
import { openSqliteStores } from './sqliteStore.ts';

const DAY_MS = 24 * 3_600_000;
const filled = (sizeBytes: number, fill: number) => new Uint8Array(sizeBytes).fill(fill);
const accountIds = [1, 2, 3].map(fill => AccountId.fromBytes(filled(32, fill)));
const deviceIds = [10, 11, 12, 13].map(fill => DeviceId.fromBytes(filled(16, fill)));
const handles = ['mara', 'ma.ra', 'ben', 'b3n'].map(Handle.parse);

type Step = (directory: Directory) => Promise<unknown>;
const step = <T>(inputs: fc.Arbitrary<T>, run: (directory: Directory, input: T) => Promise<unknown>) =>
  inputs.map(
    (input): Step =>
      directory =>
        run(directory, input),
  );

const accountId = fc.constantFrom(...accountIds);
const device = fc.record({ accountId, deviceId: fc.constantFrom(...deviceIds) });
const nowMs = fc.nat(130).map(days => days * DAY_MS);
const fill = fc.nat(3);
const someDevices = fc.subarray(deviceIds);
const sourceId = fc.nat(3).map(n => SourceId.fromBytes(filled(16, n)));
const deviceList = fc.record({
  counter: fc.integer({ min: 1, max: 6 }),
  deviceIds: fc.subarray(deviceIds, { minLength: 1 }),
  revokedIds: someDevices,
  signed: fill.map(n => filled(9, n)),
});
const wish = fc.record({
  handle: fc.constantFrom(...handles),
  nowMs,
  invitationHash: fc.option(
    fill.map(n => filled(32, n)),
    { nil: undefined },
  ),
});
const recovery = fill.map(n => ({ sealedBundle: filled(7, n), proofHash: filled(32, n) }));
const keyPackages = fc.array(
  fc.nat(12).map(n => filled(5, n)),
  { maxLength: 5 },
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  step(
    fc.tuple(accountId, wish, fill, recovery, deviceList),
    (directory, [id, asked, n, recovered, list]) => {
      const record: AccountRecord = {
        accountId: id,
        accountKey: filled(32, n),
        handle: asked.handle,
        registrationRecord: filled(192, n),
        sealedBundle: filled(8, n),
        recovery: recovered,
        deviceList: { ...list, revokedIds: list.revokedIds.filter(one => !list.deviceIds.includes(one)) },
      };
      return directory.register(record, asked);
    },
  ),
  step(wish, (directory, asked) => directory.checkRegistration(asked)),
  step(fc.tuple(accountId, deviceList), (directory, [id, list]) => {
    const revokedIds = list.revokedIds.filter(one => !list.deviceIds.includes(one));
    return directory.putDeviceList(id, { ...list, revokedIds });
  }),
  step(fc.tuple(accountId, fill), (directory, [id, n]) =>
    directory.changePassword(id, {
      registrationRecord: filled(192, n),
      sealedBundle: filled(8, n),
      removePasskeys: n === 0,
    }),
  ),
  step(fc.tuple(accountId, recovery), (directory, args) => directory.replaceRecovery(...args)),
  step(fc.tuple(accountId, nowMs), (directory, args) => directory.deleteAccount(...args)),
  step(
    fc.tuple(device, keyPackages, fc.boolean(), fc.boolean(), nowMs),
    (directory, [by, fresh, last, replace, at]) =>
      directory.publishKeyPackages(
        by,
        { keyPackages: fresh, lastResort: last ? filled(6, 99) : new Uint8Array(0), replace },
        at,
      ),
  ),
  step(accountId, (directory, id) => directory.claimKeyPackages(id)),
  step(fc.tuple(fill, nowMs, nowMs), (directory, [n, at, expiresAtMs]) =>
    directory.addInvitation({ codeHash: filled(32, n), expiresAtMs, nowMs: at }),
  ),
  step(nowMs, (directory, at) => directory.sweepDirectory(at)),
  step(fc.tuple(accountId, fc.integer({ min: 1, max: 4 }), fill), (directory, [id, counter, n]) =>
    directory.putSealedKeys(id, { counter, signed: filled(9, n), wrapped: filled(8, n) }),
  ),
  step(fc.tuple(accountId, sourceId, fill, nowMs), (directory, [id, source, n, at]) =>
    directory.putSource(
      id,
      { sourceId: source, tokenHash: filled(32, n), sealedAbout: filled(3, n), perHour: n + 1 },
      at,
    ),
  ),
  step(fc.tuple(accountId, sourceId), (directory, args) => directory.revokeSource(...args)),
  step(fc.tuple(accountId, fc.nat(12), fill), (directory, [id, key, n]) =>
    directory.addPasskey({
      accountId: id,
      signInKey: filled(32, key),
      sealedBundle: filled(8, n),
      sealedAbout: filled(4, n),
    }),
  ),
  step(fc.tuple(accountId, fc.nat(12)), (directory, [id, key]) =>
    directory.removePasskey(id, filled(32, key)),
  ),
);

/** Without prototypes and Buffers, which differ between adapters and mean nothing. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

async function outcome(act: Promise<unknown>): Promise<unknown> {
  try {
    return plain(await act);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: error.code };
  }
}

async function everything(directory: Directory): Promise<unknown> {
  const devices = accountIds.flatMap(id => deviceIds.map(deviceId => ({ accountId: id, deviceId })));
  return plain({
    accounts: await Promise.all(accountIds.map(id => directory.account(id))),
    facts: await Promise.all(handles.map(handle => directory.signInFacts(handle))),
    standings: await Promise.all(devices.map(one => directory.standing(one))),
    supplies: await Promise.all(devices.map(one => directory.keyPackageSupply(one))),
    sealed: await Promise.all(accountIds.map(id => directory.sealedKeys(id))),
    sources: await Promise.all(accountIds.map(id => directory.sources(id))),
    byToken: await Promise.all([0, 1, 2, 3].map(n => directory.sourceByToken(filled(32, n)))),
    passkeys: await Promise.all(accountIds.map(id => directory.passkeys(id))),
    byPasskey: await Promise.all([0, 1, 2, 3].map(n => directory.accountByPasskey(filled(32, n)))),
    counts: await directory.counts(),
  });
}

test('after any history the memory directory and the SQLite directory answer alike', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 50 }), async history => {
      const folder = mkdtempSync(join(tmpdir(), 'sotto-directories-'));
      const path = join(folder, 'relay.db');
      let sqlite = openSqliteStores({ path });
      const memory = createMemoryDirectory();
      try {
        for (const [i, one] of history.entries()) {
          expect(await outcome(one(sqlite.directory)), `step ${i}`).toEqual(await outcome(one(memory)));
          if (i === 20) {
            await sqlite.store.close();
            sqlite = openSqliteStores({ path });
          }
        }
        expect(await everything(sqlite.directory)).toEqual(await everything(memory));
      } finally {
        await sqlite.store.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});
