import { beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../codec/codec.ts';
import { SUITES } from '../crypto/suites.ts';
import { adoptCommit, commit, encrypt, loadGroup, open, saveGroup } from '../index.ts';
import { refusal } from '../testing/refusal.ts';
import { hex, type Party, Scenario, utf8 } from '../testing/scenario.ts';
import { wholeEpochCodec } from './records.ts';

let scenario: Scenario;
let alice: Party;
let bob: Party;
let carol: Party;
beforeEach(() => {
  scenario = new Scenario({ seed: 71, pastEpochs: 1, resumptionPsks: 2 });
  [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
});

const reload = (party: Party) => party.take(loadGroup(party.stored), []);
const sizeOf = (writes: readonly { value: Uint8Array | null }[]) =>
  writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);

describe('stored records', () => {
  it('make up the group again: ratchets, skipped keys, past epochs, pending proposals', () => {
    const letters = ['one', 'two', 'three'].map(one => alice.say(one));
    bob.hear(letters[2] as Uint8Array);
    const { commit: empty } = alice.commit();
    for (const party of [bob, carol]) party.receive(empty);
    const update = carol.propose({ kind: 'update' });
    bob.receive(update);
    alice.receive(update);
    for (const party of [alice, bob, carol]) {
      expect(party.isStoredFaithfully()).toBe(true);
      reload(party);
      expect(party.isStoredFaithfully()).toBe(true);
    }
    expect(bob.hear(letters[0] as Uint8Array)).toBe('one');
    expect(() => bob.hear(letters[2] as Uint8Array)).toThrowError(refusal('REPLAYED'));
    const { commit } = bob.commit({ resumptionEpochs: [2] });
    for (const party of [alice, carol]) party.receive(commit);
    expect([alice.agreement, carol.agreement]).toEqual([bob.agreement, bob.agreement]);
    expect(bob.hear(carol.say('after my own update'))).toBe('after my own update');
  });

  it('of a message are few and small, whatever the size of the group', () => {
    for (const suite of [
      SUITES.X25519_AES128GCM_SHA256_ED25519,
      SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519,
    ]) {
      const sizes = [3, 40].map(members => {
        const world = new Scenario({ suite, seed: members });
        const founder = world.founder('founder');
        const others = Array.from({ length: members - 1 }, (_, index) => world.party(`member ${index}`));
        const first = others[0] as Party;
        const keyPackages = others.map(other => other.keyPackage());
        const { welcome } = founder.commit({ adds: keyPackages.map(({ keyPackage }) => keyPackage) });
        first.join(welcome as Uint8Array, keyPackages[0] as (typeof keyPackages)[number]);
        first.hear(founder.say('the first walks down the tree'));
        const sent = encrypt(founder.env, founder.group, { plaintext: utf8('words') });
        const opened = open(first.env, first.group, sent.message);
        expect([sent.writes.length, opened.writes.length]).toEqual([1, 1]);
        return [sizeOf(sent.writes), sizeOf(opened.writes)];
      });
      expect(sizes[1]).toEqual(sizes[0]);
      expect(Math.max(...sizes.flat())).toBeLessThan(100);
    }
  });

  it('of a Commit are those of the nodes that it changed, not of the whole tree', () => {
    const world = new Scenario({ seed: 73 });
    const founder = world.founder('founder');
    const others = Array.from({ length: 63 }, (_, index) => world.party(`member ${index}`));
    const keyPackages = others.map(other => other.keyPackage());
    const { welcome } = founder.commit({ adds: keyPackages.map(({ keyPackage }) => keyPackage) });
    const last = others.at(-1) as Party;
    last.join(welcome as Uint8Array, keyPackages.at(-1) as (typeof keyPackages)[number]);
    const opened = founder.receive(last.commit().commit);
    // 64 members: the leaf and the six nodes above it.
    expect(opened.writes.filter(({ key }) => key.startsWith('t/'))).toHaveLength(7);
    expect(sizeOf(opened.writes)).toBeLessThan(sizeOf(saveGroup(founder.group)) / 3);
    const blanked = founder.commit({ removes: [last.leafIndex] });
    expect(blanked.writes).toContainEqual({ key: 't/000126', value: null });
    for (const party of [founder, last]) if (!party.group.ended) reload(party);
    expect(founder.isStoredFaithfully()).toBe(true);
  });

  it('from before trees were stored node by node are read, and are others from the next epoch on', () => {
    const { own, frame: _, ...epoch } = alice.group.epoch;
    const old = encode(wholeEpochCodec, {
      version: 1,
      ...epoch,
      leafIndex: own.leafIndex,
      signaturePrivateKey: own.signaturePrivateKey,
      privateKeys: [...own.privateKeys].map(([node, key]) => ({ node, key })),
    });
    for (const key of [...alice.stored.keys()]) if (key.startsWith('t/')) alice.stored.delete(key);
    alice.stored.set('epoch', old);
    reload(alice);
    bob.hear(alice.say('still here'));
    for (const next of [() => alice.commit().commit, () => alice.commit().commit]) {
      const commit = next();
      for (const party of [bob, carol]) party.receive(commit);
      expect(alice.isStoredFaithfully()).toBe(true);
      reload(alice);
    }
    expect(alice.agreement).toBe(bob.agreement);
  });

  it('hold no key that was used, and no secret of the epoch before', () => {
    const epochBefore = saveGroup(bob.group).filter(({ key }) => key.startsWith('r/'));
    const sent = encrypt(alice.env, alice.group, { plaintext: utf8('x') });
    alice.take(sent.group, sent.writes);
    const opened = bob.receive(sent.message);
    const everything = (party: Party) => [...party.stored.values()].map(hex).join(' ');
    for (const secret of [...sent.wipe]) expect(everything(alice)).not.toContain(hex(secret));
    for (const secret of [...opened.wipe]) expect(everything(bob)).not.toContain(hex(secret));
    for (let count = 0; count < 2; count++) bob.receive(alice.commit().commit);
    for (const { value } of epochBefore) expect(everything(bob)).not.toContain(hex(value as Uint8Array));
  });

  it('wiping what was handed back does not hurt the group that follows', () => {
    const wipe = (secrets: readonly Uint8Array[]) => {
      for (const secret of secrets) secret.fill(0);
    };
    for (let round = 0; round < 3; round++) {
      const sent = encrypt(alice.env, alice.group, { plaintext: utf8('x') });
      alice.take(sent.group, sent.writes);
      wipe(sent.wipe);
      const opened = bob.receive(sent.message);
      wipe(opened.wipe);
      const late = alice.say('late');
      const result = alice.commit();
      wipe(result.wipe);
      const commit = bob.receive(result.commit);
      wipe(commit.wipe);
      expect(bob.hear(late)).toBe('late');
      expect(bob.hear(alice.say('words'))).toBe('words');
      expect(alice.agreement).toBe(bob.agreement);
      expect(alice.isStoredFaithfully() && bob.isStoredFaithfully()).toBe(true);
    }
  });

  it('of a Commit that waits take over what came in between', () => {
    const late = bob.say('late');
    const waiting = alice.prepare({ removes: [carol.leafIndex] });
    const between = bob.say('in between');
    expect(alice.hear(between)).toBe('in between');
    const adopted = adoptCommit(alice.group, waiting.next);
    alice.take(adopted.group, adopted.writes);
    for (const secret of adopted.wipe) secret.fill(0);
    bob.receive(waiting.commit);
    expect(alice.isStoredFaithfully()).toBe(true);
    reload(alice);
    expect(() => alice.hear(between)).toThrowError(refusal('REPLAYED'));
    expect(alice.hear(late)).toBe('late');
    expect(alice.agreement).toBe(bob.agreement);
    expect(() => adoptCommit(alice.group, waiting.next)).toThrowError(refusal('USAGE', 'wrong_epoch'));
  });

  it('left behind by an epoch are told from those that count, and deleted by the next step', () => {
    const plain = new Scenario({ seed: 72 });
    const [dan, eve] = plain.groupOf('dan', 'eve') as [Party, Party];
    const waiting = dan.prepare({});
    dan.hear(eve.say('leaves a record of the old epoch'));
    // The writes of the Commit as they were made before: they know nothing of that record.
    dan.take(waiting.next, waiting.writes);
    eve.receive(waiting.commit);
    expect(dan.isStoredFaithfully()).toBe(false);
    for (const next of [
      () => dan.say('tidies up'),
      () => dan.hear(eve.say('so does this')),
      () => dan.commit(),
    ]) {
      const stored = new Map(dan.stored);
      reload(dan);
      next();
      expect(dan.isStoredFaithfully()).toBe(true);
      dan.stored.clear();
      for (const [key, value] of stored) dan.stored.set(key, value);
    }
    reload(dan);
    eve.receive(dan.commit().commit);
    expect(dan.isStoredFaithfully()).toBe(true);
    expect(dan.agreement).toBe(eve.agreement);
  });

  it('are all deleted when this member is removed', () => {
    bob.receive(alice.say('x'));
    const held = saveGroup(bob.group).filter(({ key }) => key.startsWith('r/'));
    const opened = bob.receive(alice.commit({ removes: [bob.leafIndex] }).commit);
    expect(opened).toMatchObject({ selfRemoved: true });
    const wiped = opened.wipe.map(hex).join(' ');
    expect(held.length).toBeGreaterThan(2);
    for (const { key, value } of held) {
      if (key.includes('/n/')) expect(wiped).toContain(hex(value as Uint8Array));
    }
    expect(bob.stored.size).toBe(0);
    expect(saveGroup(bob.group)).toEqual([]);
    expect(() => bob.prepare({})).toThrowError(refusal('REMOVED'));
    expect(() => bob.propose({ kind: 'update' })).toThrowError(refusal('REMOVED'));
  });

  it('that make up no group are refused', () => {
    const without = (key: string) => [...alice.stored].filter(([other]) => other !== key);
    expect(() => loadGroup(without('epoch'))).toThrowError(refusal('BAD_STATE'));
    expect(() => loadGroup([...alice.stored, ['unknown', Uint8Array.of(1)]])).toThrowError(
      refusal('BAD_STATE'),
    );
    expect(() => loadGroup([['epoch', Uint8Array.of(1, 2, 3)]])).toThrowError(refusal('BAD_STATE'));
    const words = ['one', 'two'].map(one => alice.say(one));
    const untouched = loadGroup([...bob.stored].filter(([key]) => !key.includes('/n/')));
    expect(() => open(bob.env, untouched, words[0] as Uint8Array)).toThrowError(refusal('BAD_STATE'));
    bob.hear(words[1] as Uint8Array);
    const headless = [...bob.stored].filter(([key]) => !/^r\/2\/a\/000000$/.test(key));
    expect(headless.length).toBe(bob.stored.size - 1);
    expect(() => loadGroup(headless)).toThrowError(refusal('BAD_STATE'));
    expect(() => loadGroup(without('t/000002'))).toThrowError(refusal('BAD_STATE'));
    const node = alice.stored.get('t/000002') as Uint8Array;
    for (const place of ['t/000001', 't/2', 't/000008', 't/x']) {
      const moved = [...without('t/000002'), [place, node] as const];
      expect(() => loadGroup(moved), place).toThrowError(refusal('BAD_STATE'));
    }
    const epoch = (alice.stored.get('epoch') as Uint8Array).slice();
    epoch[0] = 9;
    expect(() => loadGroup([...without('epoch'), ['epoch', epoch]])).toThrowError(refusal('BAD_STATE'));
  });
});

describe('a commit that is lost', () => {
  it('spent its key: the next one of the epoch has another', () => {
    const keys: string[] = [];
    const { provider } = alice.env;
    const listening = {
      ...alice.env,
      provider: {
        ...provider,
        aeadSeal: (...args: Parameters<typeof provider.aeadSeal>) => {
          keys.push(hex(args[1]));
          return provider.aeadSeal(...args);
        },
      },
    };
    const first = commit(listening, alice.group, {});
    commit(listening, first.group, {});
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(4);
  });

  it('leaves its author in the old epoch, ready for another’s', () => {
    alice.prepare({ removes: [carol.leafIndex] });
    const { commit } = bob.commit();
    alice.receive(commit);
    carol.receive(commit);
    expect([alice.agreement, carol.agreement]).toEqual([bob.agreement, bob.agreement]);
  });
});
