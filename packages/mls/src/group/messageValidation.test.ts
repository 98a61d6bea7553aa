import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { SUITES } from '../crypto/suites.ts';
import { createGroup, encrypt, exportSecret, groupInfoOf, MlsError, open, peek } from '../index.ts';
import { MAX_GENERATIONS_AHEAD } from '../keySchedule/secretTree.ts';
import { forgedPrivate } from '../testing/forgedMessage.ts';
import { expectRefused, refusal } from '../testing/refusal.ts';
import { hex, type Party, Scenario, utf8 } from '../testing/scenario.ts';

/** Messages of the group: RFC 9420 §6, §9, §15. */
let scenario: Scenario;
let alice: Party;
let bob: Party;
let mallory: Party;
beforeEach(() => {
  scenario = new Scenario({ seed: 61 });
  [alice, bob, mallory] = scenario.groupOf('alice', 'bob', 'mallory') as [Party, Party, Party];
});
const words = { type: 'application', data: utf8('words') } as const;

describe('an application message', () => {
  it('comes with who wrote it, when, and what went along in clear', () => {
    const { message, group, writes } = encrypt(alice.env, alice.group, {
      plaintext: utf8('hi'),
      aad: utf8('clear'),
    });
    alice.take(group, writes);
    expect(bob.receive(message)).toMatchObject({
      kind: 'application',
      senderLeafIndex: alice.leafIndex,
      plaintext: utf8('hi'),
      aad: utf8('clear'),
      epoch: 2,
      generation: 0,
    });
    expect(hex(message)).toContain(hex(utf8('clear')));
    expect(bob.receive(alice.say('again'))).toMatchObject({ generation: 1 });
  });

  it('is padded to the size asked for', () => {
    const sizeOf = (length: number, paddingToBytes: number) =>
      encrypt(alice.env, alice.group, { plaintext: new Uint8Array(length), paddingToBytes }).message.length;
    expect(sizeOf(0, 512)).toBe(sizeOf(300, 512));
    expect(sizeOf(600, 512)).toBe(sizeOf(600, 0));
    expect(sizeOf(0, 512) - sizeOf(0, 256)).toBe(256);
    const { message } = encrypt(alice.env, alice.group, { plaintext: utf8('padded'), paddingToBytes: 1024 });
    expect(bob.hear(message)).toBe('padded');
  });

  it('(forged, but right in all, is taken)', () => {
    expect(bob.hear(forgedPrivate(mallory, words, undefined))).toBe('words');
  });

  it('whose padding is not zero is malformed', () => {
    expect(bob.hear(forgedPrivate(mallory, words, undefined, { padding: new Uint8Array(9) }))).toBe('words');
    alice.say('');
    const hidden = forgedPrivate(alice, words, undefined, { padding: Uint8Array.of(0, 0, 7) });
    expectRefused(bob, hidden, 'MALFORMED');
  });

  it('signed by another is refused', () => {
    const message = forgedPrivate(mallory, words, undefined, { signaturePrivateKey: scenario.random(32) });
    expectRefused(bob, message, 'BAD_SIGNATURE');
  });

  it('in another’s name is refused: its key is not that of the ratchet', () => {
    const message = forgedPrivate(mallory, words, undefined, { leafIndex: alice.leafIndex });
    expectRefused(bob, message, 'DECRYPT_FAILED');
  });

  it('of a blank leaf is refused', () => {
    expectRefused(bob, forgedPrivate(mallory, words, undefined, { leafIndex: 3 }), 'UNKNOWN_SENDER');
    expectRefused(
      bob,
      forgedPrivate(mallory, words, undefined, { leafIndex: 0xffff_ffff }),
      'UNKNOWN_SENDER',
    );
  });

  it('of oneself is not opened', () => {
    expectRefused(alice, alice.say('to myself'), 'OWN_MESSAGE', undefined);
    expectRefused(alice, alice.propose({ kind: 'update' }, { wireFormat: 'public' }), 'OWN_MESSAGE');
  });

  it('of oneself, by a later copy of the state, is told apart: its key is not spent yet', () => {
    const spent = alice.say('to myself');
    const { message: unspent } = encrypt(alice.env, alice.group, { plaintext: utf8('by the copy') });
    const factsOf = (message: Uint8Array) => {
      try {
        alice.receive(message);
      } catch (error) {
        return (error as MlsError).facts;
      }
      throw new Error('was opened');
    };
    expect(factsOf(spent)).toEqual({ leafIndex: alice.leafIndex });
    expect(factsOf(unspent)).toEqual({ leafIndex: alice.leafIndex, unspent: 1 });
  });

  it('of another under one’s own name is not taken for one’s own', () => {
    const message = forgedPrivate(mallory, words, undefined, { leafIndex: alice.leafIndex });
    expectRefused(alice, message, 'DECRYPT_FAILED');
  });

  it('of another group is refused', () => {
    const [carol] = new Scenario({ seed: 62 }).groupOf('carol', 'dan') as [Party];
    expectRefused(bob, carol.say('hello'), 'WRONG_GROUP');
  });

  it('of another epoch is refused, with both epochs named', () => {
    const late = alice.say('late');
    bob.receive(alice.commit().commit);
    const facts = { messageEpoch: 2, groupEpoch: 3 };
    expect(() => bob.receive(late)).toThrowError(expect.objectContaining({ code: 'WRONG_EPOCH', facts }));
    expectRefused(mallory, alice.say('early'), 'WRONG_EPOCH');
  });

  it('comes once', () => {
    const message = alice.say('once');
    expect(bob.hear(message)).toBe('once');
    expectRefused(bob, message, 'REPLAYED');
  });

  it('may come out of order', () => {
    const [first, second, third] = ['first', 'second', 'third'].map(one => alice.say(one)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect([bob.hear(third), bob.hear(first), bob.hear(second)]).toEqual(['third', 'first', 'second']);
    for (const message of [first, second, third]) expectRefused(bob, message, 'REPLAYED');
  });

  it('too far ahead is refused', () => {
    const generation = MAX_GENERATIONS_AHEAD + 1;
    const message = forgedPrivate(mallory, words, undefined, { generation });
    expectRefused(bob, message, 'TOO_FAR_AHEAD');
    expectRefused(
      bob,
      forgedPrivate(mallory, words, undefined, { generation: 0xffff_ffff }),
      'TOO_FAR_AHEAD',
    );
  });

  it('that cannot be opened spends nothing: the right one still comes', () => {
    const damaged = alice.say('whole');
    const whole = damaged.slice();
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
    expectRefused(bob, damaged, 'DECRYPT_FAILED');
    expect(bob.hear(whole)).toBe('whole');
  });

  it('with any byte changed is refused with MlsError, and the state stays', () => {
    const message = alice.say('as it was');
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = message.slice();
        damaged[at] = (damaged[at] as number) ^ change;
        expect(() => open(bob.env, bob.group, damaged)).toThrowError(MlsError);
      }),
      { numRuns: 300 },
    );
    expect(bob.hear(message)).toBe('as it was');
  });

  it('random bytes never do anything but MlsError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        expect(() => open(bob.env, bob.group, bytes)).toThrowError(MlsError);
      }),
    );
  });

  it('never uses a key twice, also where the nonce is chosen by chance', () => {
    const seen = new Set<string>();
    const provider = {
      ...alice.env.provider,
      aeadSeal: (...args: Parameters<typeof alice.env.provider.aeadSeal>) => {
        const key = hex(args[1]);
        expect(seen.has(key)).toBe(false);
        seen.add(key);
        return alice.env.provider.aeadSeal(...args);
      },
    };
    let { group } = alice;
    for (let count = 0; count < 20; count++) {
      group = encrypt({ ...alice.env, provider }, group, { plaintext: utf8('same words') }).group;
    }
    expect(seen.size).toBe(40);
  });
});

describe('late messages', () => {
  it('of a past epoch are read where that was asked for, once, and as long as it is kept', () => {
    const keeping = new Scenario({ seed: 63, pastEpochs: 2 });
    const [carol, dan] = keeping.groupOf('carol', 'dan') as [Party, Party];
    const [one, two] = [carol.say('one'), carol.say('two')];
    dan.receive(carol.commit().commit);
    expect(dan.receive(two)).toMatchObject({ kind: 'application', epoch: 1, generation: 1 });
    dan.receive(carol.commit().commit);
    expect(dan.hear(one)).toBe('one');
    expectRefused(dan, one, 'REPLAYED');
    const three = carol.say('three');
    expectRefused(dan, two, 'REPLAYED');
    for (let count = 0; count < 3; count++) dan.receive(carol.commit().commit);
    expectRefused(dan, three, 'WRONG_EPOCH');
    expect(dan.isStoredFaithfully()).toBe(true);
  });

  it('are application messages only', () => {
    const keeping = new Scenario({ seed: 64, pastEpochs: 2 });
    const [carol, dan] = keeping.groupOf('carol', 'dan') as [Party, Party];
    const proposal = carol.propose({ kind: 'update' });
    dan.receive(carol.commit().commit);
    expectRefused(dan, proposal, 'WRONG_EPOCH');
  });
});

describe('a group', () => {
  it('exports the same secrets to all members, by label and context', () => {
    const of = (party: Party, label = 'label', context = 'context', length = 40) =>
      hex(exportSecret(party.env, party.group, label, utf8(context), length));
    expect(of(alice)).toBe(of(mallory));
    expect(
      new Set([of(alice), of(alice, 'other'), of(alice, 'label', 'other'), of(alice, 'label', 'context', 39)])
        .size,
    ).toBe(4);
    const before = of(alice);
    alice.commit();
    expect(of(alice)).not.toBe(before);
  });

  it('works with allowed suites only', () => {
    const strict = { ...alice.env, suites: [SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519] };
    expect(() => encrypt(strict, alice.group, { plaintext: utf8('x') })).toThrowError(
      refusal('UNSUPPORTED_SUITE'),
    );
    expect(() =>
      createGroup(strict, {
        suite: 1,
        groupId: utf8('id'),
        credentialIdentity: utf8('alice'),
        signaturePrivateKey: scenario.random(32),
        groupExtensions: [],
      }),
    ).toThrowError(refusal('UNSUPPORTED_SUITE'));
  });

  it('shows its members', () => {
    const { members, ownLeafIndex, treeSizeLeaves, epoch } = groupInfoOf(bob.group);
    expect(members.map(({ leafIndex, credential }) => [leafIndex, credential.identity])).toEqual([
      [0, utf8('alice')],
      [1, utf8('bob')],
      [2, utf8('mallory')],
    ]);
    expect([ownLeafIndex, treeSizeLeaves, epoch]).toEqual([1, 4, 2]);
  });

  it('is named by its messages in clear', () => {
    const { groupId } = groupInfoOf(alice.group);
    const message = alice.say('x');
    expect(peek(message)).toEqual({ kind: 'private', groupId, epoch: 2, sizeBytes: message.length });
    expect(peek(alice.propose({ kind: 'update' }, { wireFormat: 'public' }))).toMatchObject({
      kind: 'public',
      groupId,
      epoch: 2,
    });
    const own = scenario.party('eve').keyPackage();
    expect(peek(own.keyPackage)).toMatchObject({ kind: 'key_package' });
    expect(peek(alice.commit({ adds: [own.keyPackage] }).welcome as Uint8Array)).toMatchObject({
      kind: 'welcome',
    });
  });
});
