import type { TrustRecord } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDevice, createIdentity } from '../identity/identity.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import {
  type ContactTrust,
  changeContact,
  decideChange,
  firstContact,
  isAbout,
  keysSeen,
  roomBlocks,
  sendingBlock,
  setCertainty,
  takeTrustRecord,
  trustState,
} from './contactTrust.ts';
import { newerTrustRecord, signTrustRecord, verifyTrustRecord } from './trustRecord.ts';

const env = testEnv('contact');
const ada = createIdentity(env, { kind: 'member' });
const adasPhone = createDevice(env, ada.accountPrivateKey);
const by = { env, deviceId: ada.deviceId };
const [grace, reinstalled, mary] = [0, 1, 2].map(() => createIdentity(env, { kind: 'member' }));
const met = firstContact(by, { ...grace!, name: 'Grace', handle: 'grace' });
const verified = setCertainty(by, met, 'verified');
const changed = keysSeen(env, verified, reinstalled!);
const relaxed = { strict: false };
const strict = { strict: true };

describe('how sure one is of a contact', () => {
  it('begins unverified, and grows by comparing or by a link', () => {
    expect(trustState(met)).toBe('unverified');
    expect(trustState(verified)).toBe('verified');
    expect(verified.record.verifiedAtMs).toBe(env.nowMs());
    const byLink = setCertainty(by, met, 'verified-by-link');
    expect(trustState(byLink)).toBe('verified-by-link');
    expect(trustState(setCertainty(by, byLink, 'verified'))).toBe('verified');
    expect(trustState(setCertainty(by, verified, 'verified-by-link'))).toBe('verified');
    expect(setCertainty(by, verified, 'unverified').record).toMatchObject({
      certainty: 'unverified',
      verifiedAtMs: undefined,
    });
  });

  it('is not moved by the same keys seen again, nor by a name', () => {
    expect(keysSeen(env, verified, grace!)).toEqual(verified);
    expect(trustState(changeContact(by, verified, { name: 'Mallory', muted: true }))).toBe('verified');
  });

  it('threat 1: takes no key that is not behind its id', () => {
    const swapped = { ...grace!, accountKey: mary!.accountKey };
    expectCode(() => firstContact(by, { ...swapped, name: 'Grace', handle: '' }), 'WRONG_STATE');
    expectCode(() => keysSeen(env, met, { ...mary!, accountKey: grace!.accountKey }), 'WRONG_STATE');
  });
});

describe('threat 2: the keys behind a contact change', () => {
  it('stops sending until its person decides, whether verified before or not', () => {
    for (const contact of [met, verified]) {
      const after = keysSeen(env, contact, reinstalled!);
      expect(trustState(after)).toBe('changed');
      expect(sendingBlock(after, relaxed)).toBe('changed');
      expect(after.record).toEqual(contact.record);
    }
    expectCode(() => setCertainty(by, changed, 'verified'), 'WRONG_STATE');
    expectCode(() => decideChange(by, verified, 'continue'), 'WRONG_STATE');
  });

  it('verify again: the new keys are verified', () => {
    const decided = decideChange(by, changed, 'verified-again');
    expect(trustState(decided)).toBe('verified');
    expect(decided.record).toMatchObject({ accountId: reinstalled!.accountId, certainty: 'verified' });
    expect(sendingBlock(decided, strict)).toBeUndefined();
  });

  it('continue anyway: the new keys are not verified, whatever the old ones were', () => {
    const decided = decideChange(by, changed, 'continue');
    expect(trustState(decided)).toBe('unverified');
    expect(decided.record).toMatchObject({ accountKey: reinstalled!.accountKey, verifiedAtMs: undefined });
    expect(sendingBlock(decided, relaxed)).toBeUndefined();
    expect(sendingBlock(decided, strict)).toBe('not-verified');
  });

  it('leave it: nothing is sent, and the decision can still be taken', () => {
    const left = decideChange(by, changed, 'leave');
    expect(left.changed?.left).toBe(true);
    expect(sendingBlock(left, relaxed)).toBe('changed');
    expect(keysSeen(env, left, reinstalled!)).toEqual(left);
    expect(trustState(decideChange(by, left, 'continue'))).toBe('unverified');
  });

  it('a third key asks anew, and the first one back is what it was', () => {
    const left = decideChange(by, changed, 'leave');
    expect(keysSeen(env, left, mary!).changed).toMatchObject({ accountId: mary!.accountId, left: false });
    expect(keysSeen(env, changed, grace!)).toEqual(verified);
  });

  it('what is changed meanwhile of name or mute does not decide it', () => {
    expect(trustState(changeContact(by, changed, { muted: true }))).toBe('changed');
  });
});

describe('who stops sending into a room', () => {
  const people = [grace!.accountId, mary!.accountId];

  it('changed keys do, in a group too; a blocked contact does not', () => {
    expect(roomBlocks(people, [verified], relaxed)).toEqual([]);
    expect(roomBlocks([reinstalled!.accountId], [changed], relaxed)).toEqual([
      { accountId: reinstalled!.accountId, block: 'changed' },
    ]);
    const blocked = changeContact(by, verified, { blocked: true });
    expect(sendingBlock(blocked, relaxed)).toBe('blocked');
    expect(roomBlocks(people, [blocked], relaxed)).toEqual([]);
  });

  it('strict mode: everyone who is not verified, known or not', () => {
    expect(roomBlocks(people, [verified], strict)).toEqual([
      { accountId: mary!.accountId, block: 'not-verified' },
    ]);
    expect(roomBlocks(people, [met], strict)).toHaveLength(2);
  });
});

describe('what one’s own devices take from one another', () => {
  const signed = signTrustRecord(env, adasPhone, verified.record);

  it('is signed by the account that they share', () => {
    expect(verifyTrustRecord(env, ada, signed)).toEqual(verified.record);
  });

  it('threat 5: is refused when another account signed it, or where a bit is turned', () => {
    const forged = signTrustRecord(env, grace!, verified.record);
    expectCode(() => verifyTrustRecord(env, ada, forged), 'BAD_TRUST_RECORD');
    for (let bit = 0; bit < signed.record.length * 8; bit += 29) {
      const damaged = { ...signed, record: flipBit(signed.record, bit) };
      expectCode(() => verifyTrustRecord(env, ada, damaged), 'BAD_TRUST_RECORD');
    }
    const swapped = signTrustRecord(env, ada, { ...verified.record, accountKey: mary!.accountKey });
    expectCode(() => verifyTrustRecord(env, ada, swapped), 'BAD_TRUST_RECORD');
  });

  it('carries a verification, and a decision about changed keys, to the other device', () => {
    const onPhone = takeTrustRecord(undefined, met.record);
    expect(trustState(takeTrustRecord(onPhone, verified.record))).toBe('verified');
    const asked = keysSeen(env, takeTrustRecord(onPhone, verified.record), reinstalled!);
    const decided = decideChange(by, changed, 'continue');
    for (const contact of [asked, verified]) expect(isAbout(contact, decided.record)).toBe(true);
    const other = firstContact(by, { ...mary!, name: 'Grace', handle: '' });
    expect(isAbout(other, decided.record)).toBe(false);
    expect(trustState(takeTrustRecord(asked, decided.record))).toBe('unverified');
  });

  it('threat 8: an older record replayed does not undo a newer one, nor a question', () => {
    expect(takeTrustRecord(verified, met.record)).toEqual(verified);
    expect(takeTrustRecord(changed, verified.record)).toEqual(changed);
  });

  it('comes to the same on every device, in whatever order it arrives', () => {
    const records = fc.record({
      counter: fc.nat(3),
      deviceId: fc.constantFrom(ada.deviceId, adasPhone.deviceId),
      muted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 6 }), fc.nat(), (changes, seed) => {
        const all = changes.map((change): TrustRecord => ({ ...met.record, ...change }));
        const shuffled = all.toSorted((a, b) => ((a.counter * 7 + seed) % 5) - ((b.counter * 7 + seed) % 5));
        const newest = (list: readonly TrustRecord[]) => list.reduce(newerTrustRecord);
        expect(newest(shuffled)).toEqual(newest(all));
        expect(newest(all.toReversed())).toEqual(newest(all));
      }),
    );
  });

  it('two devices that write at once agree on one', () => {
    const here = setCertainty(by, met, 'verified');
    const there = changeContact({ env, deviceId: adasPhone.deviceId }, met, { muted: true });
    const merge = (contact: ContactTrust, record: TrustRecord) => takeTrustRecord(contact, record).record;
    expect(merge(here, there.record)).toEqual(merge(there, here.record));
  });
});
