import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { AccountId, DeviceId, Handle, LIMITS, SourceId } from '@sotto/protocol';
import type { AccountRecord, Directory, StoredDeviceList } from '../directory.ts';
import { Refusal } from '../refusal.ts';
import { HANDLE_KEPT_MS } from './ledgerDirectory.ts';

/** The place under test: directories opened on it one after another have the same accounts. */
export interface DirectoryPlace {
  open(): Promise<{ readonly directory: Directory; readonly close: () => Promise<void> }>;
}

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 1_750_000_000_000;

const filled = (sizeBytes: number, fill: number) => new Uint8Array(sizeBytes).fill(fill);
const device = (fill: number) => DeviceId.fromBytes(filled(16, fill));
const account = (fill: number) => AccountId.fromBytes(filled(32, fill));
const [phone, laptop, tablet] = [device(1), device(2), device(3)] as const;

const listOf = (counter: number, deviceIds: readonly DeviceId[], revokedIds: readonly DeviceId[] = []) =>
  ({ counter, deviceIds, revokedIds, signed: Uint8Array.of(9, counter, deviceIds.length) }) as const;

function person(handle: string, fill: number, deviceList: StoredDeviceList = listOf(1, [phone])) {
  return {
    accountId: account(fill),
    accountKey: filled(32, fill),
    handle: Handle.parse(handle),
    registrationRecord: filled(192, fill),
    sealedBundle: filled(80, fill + 1),
    recovery: { sealedBundle: filled(81, fill + 2), proofHash: filled(32, fill + 3) },
    deviceList,
  } satisfies AccountRecord;
}

const mara = person('mara.k', 10, listOf(1, [phone, laptop]));
const ben = person('ben', 20, listOf(1, [tablet]));
const wish = (handle: string, more: { nowMs?: number; invitationHash?: Uint8Array } = {}) => ({
  handle: Handle.parse(handle),
  nowMs: NOW_MS,
  ...more,
});
const register = (directory: Directory, record: AccountRecord, more: Parameters<typeof wish>[1] = {}) =>
  directory.register(record, wish(record.handle, more));
const publish = (...keyPackages: readonly string[]) => ({
  keyPackages: keyPackages.map(text => new TextEncoder().encode(text)),
  lastResort: new Uint8Array(0),
  replace: false,
});
const maras = (deviceId: DeviceId) => ({ accountId: mara.accountId, deviceId });
const words = (claims: readonly { deviceId: DeviceId; keyPackage: Uint8Array; lastResort: boolean }[]) =>
  claims.map(({ deviceId, keyPackage, lastResort }) => [
    deviceId,
    new TextDecoder().decode(keyPackage),
    lastResort,
  ]);

async function refused(code: string, act: Promise<unknown>): Promise<void> {
  let answer: unknown;
  try {
    answer = await act;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    strictEqual(error.code, code);
    return;
  }
  throw new Error(`expected ${code}, got ${JSON.stringify(answer)}`);
}

/** Without Buffers, which differ between adapters and mean nothing. */
function plain(record: AccountRecord | undefined): unknown {
  return bare(record);
}

function bare(record: object | undefined): unknown {
  return JSON.parse(
    JSON.stringify(record ?? null, (_key, value) =>
      value instanceof Uint8Array || value?.type === 'Buffer' ? [...(value.data ?? value)] : value,
    ),
  );
}

/**
 * The promises of `Directory`, one named check each, for whoever writes an adapter. `register` is `it` of a test
 * runner; `freshPlace` gives an empty place for every check.
 */
export function directoryContract(
  register_: (name: string, check: () => Promise<void>) => void,
  freshPlace: () => Promise<DirectoryPlace>,
): void {
  const check = (
    name: string,
    run: (directory: Directory, reopen: () => Promise<Directory>) => Promise<void>,
  ) =>
    register_(name, async () => {
      const place = await freshPlace();
      let opened = await place.open();
      await run(opened.directory, async () => {
        await opened.close();
        opened = await place.open();
        return opened.directory;
      });
      await opened.close();
    });

  check('keeps all of an account, also when it is opened again', async (directory, reopen) => {
    await register(directory, mara);
    const holds = async (one: Directory) => {
      deepStrictEqual(plain(await one.account(mara.accountId)), plain(mara));
      deepStrictEqual(plain(await one.accountByHandle(mara.handle)), plain(mara));
      strictEqual(await one.account(ben.accountId), undefined);
      strictEqual(await one.accountByHandle(ben.handle), undefined);
      const { registrationRecord, recoveryProofHash } = (await one.signInFacts(mara.handle))!;
      deepStrictEqual(Uint8Array.from(registrationRecord), mara.registrationRecord);
      deepStrictEqual(Uint8Array.from(recoveryProofHash), mara.recovery.proofHash);
      strictEqual(await one.signInFacts(ben.handle), undefined);
      deepStrictEqual(await one.counts(), { accounts: 1, keyPackages: 0 });
    };
    await holds(directory);
    await holds(await reopen());
  });

  check('gives a handle, and what looks like it, to one account', async directory => {
    await register(directory, mara);
    for (const taken of ['mara.k', 'marak', 'ma-ra.k']) {
      await refused('HANDLE_TAKEN', directory.checkRegistration(wish(taken)));
      await refused('HANDLE_TAKEN', register(directory, person(taken, 30)));
    }
    strictEqual(await directory.account(account(30)), undefined);
    await directory.checkRegistration(wish('marah'));
  });

  check('takes one of two who ask for a handle at once, whole', async directory => {
    const rivals = [person('mara', 30), person('mara', 40)] as const;
    const outcomes = await Promise.allSettled(rivals.map(rival => register(directory, rival)));
    deepStrictEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const found = await directory.accountByHandle(Handle.parse('mara'));
    ok(rivals.some(rival => JSON.stringify(plain(rival)) === JSON.stringify(plain(found))));
    strictEqual((await directory.counts()).accounts, 1);
  });

  check('takes a registration that is repeated, and no second one of the same account', async directory => {
    await register(directory, mara);
    await register(directory, mara);
    await refused('CONFLICT', register(directory, { ...mara, handle: Handle.parse('other') }));
    await refused('CONFLICT', register(directory, { ...mara, registrationRecord: filled(192, 99) }));
    deepStrictEqual(plain(await directory.account(mara.accountId)), plain(mara));
  });

  check('lets one person in by an invitation, while it is good', async directory => {
    const [codeHash, other] = [filled(32, 1), filled(32, 2)];
    await directory.addInvitation({ codeHash, expiresAtMs: NOW_MS + DAY_MS, nowMs: NOW_MS });
    await refused('INVITATION_NEEDED', directory.checkRegistration(wish('mara', { invitationHash: other })));
    await refused(
      'INVITATION_NEEDED',
      register(directory, mara, { invitationHash: codeHash, nowMs: NOW_MS + DAY_MS }),
    );
    strictEqual(await directory.account(mara.accountId), undefined);
    // Looking, and being refused for another reason, spends nothing.
    await directory.checkRegistration(wish('mara', { invitationHash: codeHash }));
    await register(directory, ben);
    await refused('HANDLE_TAKEN', register(directory, person('ben', 50), { invitationHash: codeHash }));
    await register(directory, mara, { invitationHash: codeHash });
    await register(directory, mara, { invitationHash: codeHash });
    await refused('INVITATION_NEEDED', register(directory, person('cyd', 60), { invitationHash: codeHash }));
  });

  check('lets one of two in by one invitation', async directory => {
    const codeHash = filled(32, 1);
    await directory.addInvitation({ codeHash, expiresAtMs: NOW_MS + DAY_MS, nowMs: NOW_MS });
    const outcomes = await Promise.allSettled(
      [mara, ben].map(one => register(directory, one, { invitationHash: codeHash })),
    );
    deepStrictEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    strictEqual((await directory.counts()).accounts, 1);
  });

  check('knows how a device stands with an account', async directory => {
    strictEqual(await directory.standing(maras(phone)), 'unregistered');
    await register(directory, mara);
    strictEqual(await directory.standing(maras(phone)), 'listed');
    strictEqual(await directory.standing(maras(tablet)), 'unlisted');
    await directory.putDeviceList(mara.accountId, listOf(2, [laptop], [phone]));
    strictEqual(await directory.standing(maras(phone)), 'revoked');
    strictEqual(await directory.standing(maras(laptop)), 'listed');
  });

  check('takes device lists in rising order only', async (directory, reopen) => {
    await register(directory, mara);
    const third = listOf(3, [phone, laptop, tablet]);
    deepStrictEqual(await directory.putDeviceList(mara.accountId, third), {
      listedIds: third.deviceIds,
      revokedIds: [],
    });
    for (const counter of [1, 2, 3]) {
      const old = { ...listOf(counter, [laptop]), signed: Uint8Array.of(counter) };
      await refused('DEVICE_LIST_OLD', directory.putDeviceList(mara.accountId, old));
    }
    await directory.putDeviceList(mara.accountId, third);
    const again = await reopen();
    deepStrictEqual(plain((await again.account(mara.accountId))!), plain({ ...mara, deviceList: third }));
    await refused('ACCOUNT_UNKNOWN', again.putDeviceList(ben.accountId, listOf(2, [tablet])));
  });

  check('revokes what leaves a list, named or not, for ever', async directory => {
    await register(directory, mara);
    const { revokedIds } = await directory.putDeviceList(mara.accountId, listOf(2, [laptop], [tablet]));
    deepStrictEqual([...revokedIds].sort(), [phone, tablet].sort());
    for (const gone of [phone, tablet]) {
      await refused('DEVICE_REVOKED', directory.putDeviceList(mara.accountId, listOf(3, [laptop, gone])));
    }
    deepStrictEqual(
      (await directory.putDeviceList(mara.accountId, listOf(4, [laptop], [phone, tablet]))).revokedIds,
      [],
    );
  });

  check('holds what one account says of a device against no other account', async directory => {
    await register(directory, mara);
    await register(directory, person('eve', 66, listOf(1, [phone, tablet])));
    await directory.putDeviceList(account(66), listOf(2, [tablet], [phone, laptop]));
    strictEqual(await directory.standing(maras(phone)), 'listed');
    strictEqual(await directory.standing(maras(laptop)), 'listed');
    await directory.publishKeyPackages(maras(phone), publish('of mara'), NOW_MS);
    strictEqual((await directory.claimKeyPackages(account(66))).length, 0);
  });

  check(
    'keeps which listed devices have shown that they are the account’s, for that account only',
    async (directory, reopen) => {
      await register(directory, mara);
      for (const device of [maras(phone), maras(tablet), { accountId: account(66), deviceId: laptop }])
        await directory.prove(device);
      await directory.prove(maras(phone));
      const again = await reopen();
      deepStrictEqual(await again.proven(mara.accountId, [laptop, phone, tablet]), [phone]);
      deepStrictEqual(await again.proven(account(66), [laptop, phone, tablet]), []);
      await again.putDeviceList(mara.accountId, listOf(2, [laptop]));
      deepStrictEqual(await again.proven(mara.accountId, [phone]), [phone], 'also when it is revoked');
      await again.deleteAccount(mara.accountId, NOW_MS);
      deepStrictEqual(await again.proven(mara.accountId, [phone]), []);
    },
  );

  check('changes password record and bundle together, and the recovery by itself', async directory => {
    await register(directory, mara);
    const change = { registrationRecord: filled(192, 77), sealedBundle: filled(90, 78) };
    const passwordChange = { ...change, removePasskeys: false };
    await directory.changePassword(mara.accountId, passwordChange);
    deepStrictEqual(plain(await directory.account(mara.accountId)), plain({ ...mara, ...change }));
    const recovery = { sealedBundle: filled(91, 79), proofHash: filled(32, 80) };
    await directory.replaceRecovery(mara.accountId, recovery);
    deepStrictEqual(plain(await directory.account(mara.accountId)), plain({ ...mara, ...change, recovery }));
    await refused('ACCOUNT_UNKNOWN', directory.changePassword(ben.accountId, passwordChange));
    await refused('ACCOUNT_UNKNOWN', directory.replaceRecovery(ben.accountId, recovery));
  });

  const passkeyOf = ({ accountId }: AccountRecord, fill: number) => ({
    accountId,
    signInKey: filled(32, fill),
    sealedBundle: filled(70, fill + 1),
    sealedAbout: filled(71, fill + 2),
  });

  check('keeps passkeys in their order, each the way to one account', async (directory, reopen) => {
    await register(directory, mara);
    await register(directory, ben);
    const [first, second] = [passkeyOf(mara, 9), passkeyOf(mara, 3)] as const;
    for (const passkey of [first, second, passkeyOf(ben, 5)]) await directory.addPasskey(passkey);
    await directory.addPasskey(first);
    const changed = { ...first, sealedAbout: filled(72, 100) };
    await directory.addPasskey(changed);
    const again = await reopen();
    deepStrictEqual(bare(await again.passkeys(mara.accountId)), bare([changed, second]));
    const found = await again.accountByPasskey(filled(32, 9));
    deepStrictEqual(bare(found), bare({ account: mara, sealedBundle: first.sealedBundle }));
    strictEqual(await again.accountByPasskey(filled(32, 8)), undefined);
    await refused('CONFLICT', again.addPasskey({ ...first, accountId: ben.accountId }));
    await refused('ACCOUNT_UNKNOWN', again.addPasskey({ ...first, accountId: account(77) }));
    deepStrictEqual(bare(await again.passkeys(ben.accountId)), bare([passkeyOf(ben, 5)]));
  });

  check('takes ten passkeys of an account', async directory => {
    await register(directory, mara);
    const all = Array.from({ length: LIMITS.passkeysPerAccount }, (_, at) => passkeyOf(mara, 100 + at));
    for (const passkey of all) await directory.addPasskey(passkey);
    await refused('TOO_LARGE', directory.addPasskey(passkeyOf(mara, 99)));
    await directory.addPasskey(all[4]!);
    await directory.removePasskey(mara.accountId, all[0]!.signInKey);
    await directory.addPasskey(passkeyOf(mara, 99));
    strictEqual((await directory.passkeys(mara.accountId)).length, LIMITS.passkeysPerAccount);
  });

  check('forgets a passkey that its account removes, and no other’s', async (directory, reopen) => {
    await register(directory, mara);
    await register(directory, ben);
    const passkey = passkeyOf(mara, 1);
    await directory.addPasskey(passkey);
    await directory.removePasskey(ben.accountId, passkey.signInKey);
    strictEqual((await directory.passkeys(mara.accountId)).length, 1);
    await directory.removePasskey(mara.accountId, passkey.signInKey);
    await directory.removePasskey(mara.accountId, passkey.signInKey);
    const again = await reopen();
    strictEqual(await again.accountByPasskey(passkey.signInKey), undefined);
    deepStrictEqual(await again.passkeys(mara.accountId), []);
    await again.addPasskey({ ...passkey, accountId: ben.accountId });
  });

  check('keeps passkeys through a change of password, or lets all of them go with it', async directory => {
    await register(directory, mara);
    await register(directory, ben);
    const kept = [passkeyOf(mara, 1), passkeyOf(mara, 2)];
    for (const passkey of [...kept, passkeyOf(ben, 3)]) await directory.addPasskey(passkey);
    const change = { registrationRecord: filled(192, 77), sealedBundle: filled(90, 78) };
    await directory.changePassword(mara.accountId, { ...change, removePasskeys: false });
    deepStrictEqual(bare(await directory.passkeys(mara.accountId)), bare(kept));
    await directory.changePassword(mara.accountId, { ...change, removePasskeys: true });
    deepStrictEqual(await directory.passkeys(mara.accountId), []);
    strictEqual((await directory.passkeys(ben.accountId)).length, 1);
  });

  check('forgets the passkeys of a deleted account, and no other’s', async (directory, reopen) => {
    await register(directory, mara);
    await register(directory, ben);
    for (const passkey of [passkeyOf(mara, 1), passkeyOf(ben, 2)]) await directory.addPasskey(passkey);
    await directory.deleteAccount(mara.accountId, NOW_MS);
    const again = await reopen();
    strictEqual(await again.accountByPasskey(filled(32, 1)), undefined);
    deepStrictEqual(await again.passkeys(mara.accountId), []);
    strictEqual((await again.passkeys(ben.accountId)).length, 1);
  });

  check('forgets a deleted account, and keeps its handle from others for 30 days', async directory => {
    await register(directory, mara);
    await directory.putDeviceList(mara.accountId, listOf(2, [laptop], [phone]));
    await directory.publishKeyPackages(maras(laptop), publish('one'), NOW_MS);
    deepStrictEqual(await directory.deleteAccount(mara.accountId, NOW_MS), [laptop]);
    strictEqual(await directory.account(mara.accountId), undefined);
    strictEqual(await directory.accountByHandle(mara.handle), undefined);
    strictEqual(await directory.standing(maras(laptop)), 'unregistered');
    deepStrictEqual(await directory.counts(), { accounts: 0, keyPackages: 0 });
    await refused('ACCOUNT_UNKNOWN', directory.claimKeyPackages(mara.accountId));
    await refused('ACCOUNT_UNKNOWN', directory.deleteAccount(mara.accountId, NOW_MS));

    const later = NOW_MS + HANDLE_KEPT_MS;
    for (const handle of ['mara.k', 'mara-k']) {
      await directory.sweepDirectory(later - 1);
      await refused('HANDLE_TAKEN', register(directory, person(handle, 30), { nowMs: later - 1 }));
    }
    await directory.sweepDirectory(later);
    await register(directory, person('mara-k', 30), { nowMs: later });
  });

  check('gives every KeyPackage once, the first published first', async (directory, reopen) => {
    await register(directory, mara);
    await directory.publishKeyPackages(maras(phone), publish('p1', 'p2'), NOW_MS);
    deepStrictEqual(await directory.publishKeyPackages(maras(laptop), publish('l1'), NOW_MS), {
      count: 1,
      lastResort: false,
    });
    deepStrictEqual(words(await directory.claimKeyPackages(mara.accountId)), [
      [phone, 'p1', false],
      [laptop, 'l1', false],
    ]);
    const again = await reopen();
    const [claim, ...others] = await again.claimKeyPackages(mara.accountId);
    deepStrictEqual(words([claim!]), [[phone, 'p2', false]]);
    deepStrictEqual([claim!.supply, others], [{ count: 0, lastResort: false }, []]);
    deepStrictEqual(await again.claimKeyPackages(mara.accountId), []);
  });

  check('gives no KeyPackage to two who claim at once', async directory => {
    await register(directory, mara);
    const all = Array.from({ length: 30 }, (_, n) => `p${n}`);
    await directory.publishKeyPackages(maras(phone), publish(...all), NOW_MS);
    const claims = await Promise.all(all.map(() => directory.claimKeyPackages(mara.accountId)));
    const given = claims.flat().map(({ keyPackage }) => new TextDecoder().decode(keyPackage));
    deepStrictEqual(given.sort(), all.sort());
  });

  check('gives the last resort when there is no other, marked, and again', async directory => {
    await register(directory, mara);
    const lastResort = new TextEncoder().encode('last');
    const supply = await directory.publishKeyPackages(maras(phone), { ...publish('p1'), lastResort }, NOW_MS);
    deepStrictEqual(supply, { count: 1, lastResort: true });
    const given = [];
    for (let n = 0; n < 3; n++) given.push(...words(await directory.claimKeyPackages(mara.accountId)));
    deepStrictEqual(given, [
      [phone, 'p1', false],
      [phone, 'last', true],
      [phone, 'last', true],
    ]);
    const renewed = { ...publish(), lastResort: new TextEncoder().encode('new') };
    await directory.publishKeyPackages(maras(phone), renewed, NOW_MS);
    deepStrictEqual(words(await directory.claimKeyPackages(mara.accountId)), [[phone, 'new', true]]);
  });

  check('passes over a KeyPackage that was published before, also after it was claimed', async directory => {
    await register(directory, mara);
    await directory.publishKeyPackages(maras(phone), publish('p1', 'p1', 'p2'), NOW_MS);
    strictEqual((await directory.keyPackageSupply(maras(phone))).count, 2);
    await directory.claimKeyPackages(mara.accountId);
    for (const replace of [false, true]) {
      const supply = await directory.publishKeyPackages(
        maras(phone),
        { ...publish('p1', 'p2'), replace },
        NOW_MS,
      );
      strictEqual(supply.count, 1);
    }
    deepStrictEqual(words(await directory.claimKeyPackages(mara.accountId)), [[phone, 'p2', false]]);
    deepStrictEqual(await directory.claimKeyPackages(mara.accountId), []);
  });

  check('lets new KeyPackages take the place of those that nobody claimed', async directory => {
    await register(directory, mara);
    await directory.publishKeyPackages(maras(phone), publish('old1', 'old2'), NOW_MS);
    await directory.publishKeyPackages(maras(phone), { ...publish('new'), replace: true }, NOW_MS);
    deepStrictEqual(words(await directory.claimKeyPackages(mara.accountId)), [[phone, 'new', false]]);
    deepStrictEqual(await directory.claimKeyPackages(mara.accountId), []);
  });

  check('keeps no more than 100 of a device, and all of a request or nothing', async directory => {
    await register(directory, mara);
    const many = (prefix: string, count: number) =>
      publish(...Array.from({ length: count }, (_, n) => `${prefix}${n}`));
    const cap = LIMITS.keyPackagesPerDevice;
    await directory.publishKeyPackages(maras(phone), many('a', cap - 1), NOW_MS);
    await refused('TOO_LARGE', directory.publishKeyPackages(maras(phone), many('b', 2), NOW_MS));
    strictEqual((await directory.keyPackageSupply(maras(phone))).count, cap - 1);
    strictEqual((await directory.publishKeyPackages(maras(phone), many('b', 1), NOW_MS)).count, cap);
    const replaced = { ...many('c', cap), replace: true };
    strictEqual((await directory.publishKeyPackages(maras(phone), replaced, NOW_MS)).count, cap);
  });

  check('takes KeyPackages of listed devices only, and forgets those of revoked ones', async directory => {
    await refused('FORBIDDEN', directory.publishKeyPackages(maras(phone), publish('p1'), NOW_MS));
    await register(directory, mara);
    await refused('FORBIDDEN', directory.publishKeyPackages(maras(tablet), publish('t1'), NOW_MS));
    const lastResort = new TextEncoder().encode('last');
    await directory.publishKeyPackages(maras(phone), { ...publish('p1'), lastResort }, NOW_MS);
    await directory.putDeviceList(mara.accountId, listOf(2, [laptop], [phone]));
    deepStrictEqual(await directory.claimKeyPackages(mara.accountId), []);
    deepStrictEqual(await directory.keyPackageSupply(maras(phone)), { count: 0, lastResort: false });
    await refused('FORBIDDEN', directory.publishKeyPackages(maras(phone), publish('p2'), NOW_MS));
  });

  check(
    'publishes keys in rising order only, and keeps what is wrapped beside them',
    async (directory, reopen) => {
      const keys = (counter: number, fill = counter) => ({
        counter,
        signed: filled(20, fill),
        wrapped: filled(30, fill),
      });
      await refused('ACCOUNT_UNKNOWN', directory.putSealedKeys(mara.accountId, keys(1)));
      await register(directory, mara);
      strictEqual(await directory.sealedKeys(mara.accountId), undefined);
      strictEqual(await directory.putSealedKeys(mara.accountId, keys(2)), true);
      strictEqual(await directory.putSealedKeys(mara.accountId, keys(2)), false);
      for (const old of [keys(1), keys(2, 9), { ...keys(2), wrapped: filled(30, 9) }])
        await refused('SEALED_KEYS_OLD', directory.putSealedKeys(mara.accountId, old));
      const again = await reopen();
      deepStrictEqual(bare((await again.sealedKeys(mara.accountId))!), bare(keys(2)));
      strictEqual(await again.putSealedKeys(mara.accountId, keys(3)), true);
      await again.deleteAccount(mara.accountId, NOW_MS);
      strictEqual(await again.sealedKeys(mara.accountId), undefined);
    },
  );

  check('finds sources by the hashes of their tokens, until they are revoked', async (directory, reopen) => {
    const [first, second] = [1, 2].map(fill => SourceId.fromBytes(filled(16, fill))) as [SourceId, SourceId];
    const put = (sourceId: SourceId, fill: number, perHour = 10) => ({
      sourceId,
      tokenHash: filled(32, fill),
      sealedAbout: filled(9, fill),
      perHour,
    });
    await refused('ACCOUNT_UNKNOWN', directory.putSource(mara.accountId, put(first, 1), NOW_MS));
    await register(directory, mara);
    await register(directory, ben);
    await directory.putSource(mara.accountId, put(first, 1), NOW_MS);
    await directory.putSource(mara.accountId, put(second, 2), NOW_MS + 1);
    await refused('CONFLICT', directory.putSource(ben.accountId, put(first, 3), NOW_MS));
    await refused(
      'CONFLICT',
      directory.putSource(ben.accountId, put(SourceId.fromBytes(filled(16, 9)), 1), NOW_MS),
    );
    await directory.putSource(mara.accountId, put(first, 4, 20), NOW_MS + 2);
    await directory.putSource(mara.accountId, { ...put(first, 4, 20), tokenHash: new Uint8Array(0) }, NOW_MS);
    const nameless = { ...put(SourceId.fromBytes(filled(16, 8)), 1), tokenHash: new Uint8Array(0) };
    await refused('MALFORMED', directory.putSource(mara.accountId, nameless, NOW_MS));
    const again = await reopen();
    strictEqual(await again.sourceByToken(filled(32, 1)), undefined);
    const expected = { ...put(first, 4, 20), accountId: mara.accountId, createdAtMs: NOW_MS };
    deepStrictEqual(bare((await again.sourceByToken(filled(32, 4)))!), bare(expected));
    deepStrictEqual(
      (await again.sources(mara.accountId)).map(({ sourceId }) => sourceId),
      [first, second],
    );
    await again.revokeSource(ben.accountId, first);
    strictEqual((await again.sources(mara.accountId)).length, 2);
    await again.revokeSource(mara.accountId, first);
    await again.revokeSource(mara.accountId, first);
    strictEqual(await again.sourceByToken(filled(32, 4)), undefined);
    await again.deleteAccount(mara.accountId, NOW_MS);
    strictEqual(await again.sourceByToken(filled(32, 2)), undefined);
  });

  check('keeps no more than so many sources of an account', async directory => {
    await register(directory, mara);
    const put = (n: number) => ({
      sourceId: SourceId.fromBytes(filled(16, n)),
      tokenHash: filled(32, n),
      sealedAbout: filled(1, 1),
      perHour: 1,
    });
    const cap = LIMITS.sealedSourcesPerAccount;
    for (let n = 0; n < cap; n++) await directory.putSource(mara.accountId, put(n), NOW_MS);
    await refused('TOO_LARGE', directory.putSource(mara.accountId, put(cap), NOW_MS));
    await directory.putSource(mara.accountId, { ...put(0), perHour: 2 }, NOW_MS);
    await directory.revokeSource(mara.accountId, put(1).sourceId);
    await directory.putSource(mara.accountId, put(cap), NOW_MS);
  });

  check('drops KeyPackages and invitations when their time is over', async directory => {
    await register(directory, mara);
    await directory.publishKeyPackages(maras(phone), publish('p1'), NOW_MS);
    const codeHash = filled(32, 1);
    await directory.addInvitation({ codeHash, expiresAtMs: NOW_MS + DAY_MS, nowMs: NOW_MS });
    await directory.sweepDirectory(NOW_MS + LIMITS.keyPackageLifetimeMs);
    strictEqual((await directory.keyPackageSupply(maras(phone))).count, 1);
    await directory.sweepDirectory(NOW_MS + LIMITS.keyPackageLifetimeMs + 1);
    strictEqual((await directory.keyPackageSupply(maras(phone))).count, 0);
    await refused('INVITATION_NEEDED', register(directory, ben, { invitationHash: codeHash }));
  });
}
