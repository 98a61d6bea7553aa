import { beforeEach, describe, expect, it } from 'vitest';
import { SUITES } from '../crypto/suites.ts';
import { createKeyPackage, inspectKeyPackage, type MlsErrorCode, type NewKeyPackage } from '../index.ts';
import type { Proposal } from '../messages/proposal.ts';
import { forgedCommit } from '../testing/forgedCommit.ts';
import { forgedKeyPackage, resignedLeaf } from '../testing/forgedLeaf.ts';
import { forgedPublic } from '../testing/forgedMessage.ts';
import { forgedWelcome, withForgedNodes } from '../testing/forgedWelcome.ts';
import { expectRefused, refusal } from '../testing/refusal.ts';
import { hex, type Party, SCENARIO_NOW, Scenario, utf8 } from '../testing/scenario.ts';
import type { Capabilities } from '../tree/capabilities.ts';
import type { LeafNode, UnsignedLeafNode } from '../tree/leafNode.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { decodeKeyPackage } from './keyPackages.ts';
import { DEFAULT_MAXIMUM_LIFETIME_SECONDS } from './leafRules.ts';

/**
 * Leaf nodes (RFC 9420 §7.3) and key packages (§10.1), at each place where one can come in: inspected by itself, in
 * an Add, in an Update, in the path of a Commit, and in the tree of a group that one joins.
 */
let scenario: Scenario;
let alice: Party;
let bob: Party;
let mallory: Party;
let eve: Party;
beforeEach(() => {
  scenario = new Scenario({ seed: 41 });
  [alice, bob, mallory] = scenario.groupOf('alice', 'bob', 'mallory') as [Party, Party, Party];
  eve = scenario.party('eve');
});

const day = 86_400;
const capabilities = (changes: Partial<Capabilities>): Capabilities => ({
  versions: [1],
  cipherSuites: [1],
  extensions: [],
  proposals: [],
  credentials: [1],
  ...changes,
});
const lifetime = (notBefore: number, notAfter: number): UnsignedLeafNode['source'] => ({
  kind: 'key_package',
  lifetime: { notBefore: BigInt(notBefore), notAfter: BigInt(notAfter) },
});

/** Faults of a leaf by itself. */
const faults: readonly (readonly [string, Partial<UnsignedLeafNode>, string])[] = [
  [
    'does not list its credential type',
    { capabilities: capabilities({ credentials: [2] }) },
    'credential_not_listed',
  ],
  [
    'does not list one of its extensions',
    { extensions: [{ type: 0xf123, data: new Uint8Array(0) }] },
    'extension_not_listed',
  ],
];
/** Faults that show in a group only. */
const groupFaults: readonly (readonly [string, Partial<UnsignedLeafNode>, string])[] = [
  ['does not support the version', { capabilities: capabilities({ versions: [2] }) }, 'suite_not_supported'],
  [
    'does not support the suite',
    { capabilities: capabilities({ cipherSuites: [3] }) },
    'suite_not_supported',
  ],
];

function expectAddRefused(own: NewKeyPackage, code: MlsErrorCode, reason?: string): void {
  const proposal: Proposal = { kind: 'add', keyPackage: decodeKeyPackage(own.keyPackage) };
  const message = forgedCommit(mallory, { proposals: [proposal] });
  expectRefused(bob, message, code.startsWith('INVALID_') ? 'INVALID_COMMIT' : code, reason);
  expect(() => alice.prepare({ adds: [own.keyPackage] })).toThrowError(refusal(code, reason));
}

function malloryLeaf(changes: Partial<UnsignedLeafNode>, signaturePrivateKey?: Uint8Array): LeafNode {
  const { tree, context } = mallory.group.epoch;
  const place = { groupId: context.groupId, leafIndex: mallory.leafIndex };
  const current = leafAt(tree, mallory.leafIndex) as LeafNode;
  return resignedLeaf(mallory, current, changes, place, signaturePrivateKey);
}

function updateWith(changes: Partial<UnsignedLeafNode>, signaturePrivateKey?: Uint8Array): Uint8Array {
  const leafNode = malloryLeaf(
    { encryptionKey: scenario.random(32), source: { kind: 'update' }, ...changes },
    signaturePrivateKey,
  );
  return forgedPublic(mallory, { type: 'proposal', proposal: { kind: 'update', leafNode } }, undefined);
}

/** Mallory invites eve into a group in which mallory's own leaf is wrong. */
function expectJoinRefused(
  changes: Partial<UnsignedLeafNode>,
  code: MlsErrorCode,
  reason?: string,
  key?: Uint8Array,
) {
  const own = eve.keyPackage();
  const { welcome } = mallory.commit({ adds: [own.keyPackage] });
  expect(eve.join(welcome as Uint8Array, own)).toBe(mallory.leafIndex);
  const forged = forgedWelcome(mallory, own, {
    tree: tree => withForgedNodes(tree, { [2 * mallory.leafIndex]: malloryLeaf(changes, key) }),
    // Signed as the tree says, so that the leaf alone is wrong.
    signer: mallory.leafIndex,
  });
  expect(() => eve.join(forged, own)).toThrowError(refusal(code, reason));
}

describe('a leaf that', () => {
  it.each(faults)('%s is refused everywhere', (_, changes, reason) => {
    expect(() =>
      inspectKeyPackage(alice.env, forgedKeyPackage(eve, { leaf: changes }).keyPackage),
    ).toThrowError(refusal('INVALID_LEAF', reason));
    expectAddRefused(forgedKeyPackage(eve, { leaf: changes }), 'INVALID_LEAF', reason);
    expectRefused(bob, updateWith(changes), 'INVALID_LEAF', reason);
    expectRefused(bob, forgedCommit(mallory, { leaf: changes }), 'INVALID_COMMIT', reason);
    expectJoinRefused(changes, 'INVALID_WELCOME', reason);
  });

  it.each(groupFaults)('%s is refused in a group', (_, changes, reason) => {
    expectAddRefused(forgedKeyPackage(eve, { leaf: changes }), 'INVALID_LEAF', reason);
    expectRefused(bob, forgedCommit(mallory, { leaf: changes }), 'INVALID_COMMIT', reason);
    const update = updateWith(changes);
    for (const party of [alice, bob]) party.receive(update);
    expect(bob.prepare({}).summary.updated).toEqual([]);
    const references = alice.group.proposals.map(({ reference }) => reference);
    expectRefused(bob, forgedCommit(alice, { references }), 'INVALID_COMMIT', reason);
    expectJoinRefused(changes, 'INVALID_WELCOME', reason);
  });

  it('is not signed by its own key is refused everywhere', () => {
    const stranger = scenario.random(32);
    const original = decodeKeyPackage(eve.keyPackage().keyPackage).leafNode;
    const unsigned = resignedLeaf(eve, original, {}, undefined, stranger);
    const own = forgedKeyPackage(eve, { keyPackage: { leafNode: unsigned } });
    expect(() => inspectKeyPackage(alice.env, own.keyPackage)).toThrowError(
      refusal('INVALID_LEAF', 'signature'),
    );
    expectAddRefused(own, 'INVALID_LEAF', 'signature');
    expectRefused(bob, updateWith({}, stranger), 'INVALID_LEAF', 'signature');
    expectJoinRefused({}, 'INVALID_WELCOME', 'signature', stranger);
  });

  it('was signed for another place is refused', () => {
    const { tree, context } = mallory.group.epoch;
    const current = leafAt(tree, mallory.leafIndex) as LeafNode;
    for (const place of [
      { groupId: context.groupId, leafIndex: 1 },
      { groupId: utf8('another'), leafIndex: mallory.leafIndex },
    ]) {
      const changes = { encryptionKey: scenario.random(32), source: { kind: 'update' } } as const;
      const leafNode = resignedLeaf(mallory, current, changes, place);
      const message = forgedPublic(
        mallory,
        { type: 'proposal', proposal: { kind: 'update', leafNode } },
        undefined,
      );
      expectRefused(bob, message, 'INVALID_LEAF', 'signature');
    }
  });

  it('is of a credential type that is not taken is refused', () => {
    const changes = {
      credential: { type: 2, certificates: [utf8('certificate')] },
      capabilities: capabilities({ credentials: [1, 2] }),
    } as const;
    expectAddRefused(forgedKeyPackage(eve, { leaf: changes }), 'UNSUPPORTED_FEATURE');
    expectRefused(bob, updateWith(changes), 'UNSUPPORTED_FEATURE');
    expectRefused(bob, forgedCommit(mallory, { leaf: changes }), 'UNSUPPORTED_FEATURE');
    expectJoinRefused(changes, 'UNSUPPORTED_FEATURE');
  });

  it('the Authentication Service refuses is refused everywhere', () => {
    const own = eve.keyPackage();
    const { welcome } = mallory.prepare({ adds: [own.keyPackage] });
    const update = updateWith({ credential: { type: 1, identity: utf8('eve') } });
    const path = forgedCommit(mallory, { leaf: { credential: { type: 1, identity: utf8('eve') } } });
    scenario.accepts = leaf => hex(leaf.credential.identity) !== hex(utf8('eve'));
    expect(() => inspectKeyPackage(alice.env, own.keyPackage)).toThrowError(refusal('NOT_AUTHENTICATED'));
    expectAddRefused(own, 'NOT_AUTHENTICATED');
    expectRefused(bob, update, 'NOT_AUTHENTICATED');
    expectRefused(bob, path, 'NOT_AUTHENTICATED');
    scenario.accepts = () => {
      throw new Error('no answer from the Authentication Service');
    };
    expectRefused(bob, path, 'NOT_AUTHENTICATED');
    const asked: (number | undefined)[] = [];
    scenario.accepts = leaf => {
      asked.push(leaf.leafIndex);
      return leaf.leafIndex !== 1;
    };
    expect(() => eve.join(welcome as Uint8Array, own)).toThrowError(refusal('NOT_AUTHENTICATED'));
    expect(asked).toEqual([0, 1]);
  });

  it('has a key to which nobody can encrypt is refused where it comes in', () => {
    // All zeros is a point of low order: a Diffie-Hellman with it gives zeros.
    for (const encryptionKey of [new Uint8Array(32), new Uint8Array(31).fill(9)]) {
      expectAddRefused(forgedKeyPackage(eve, { leaf: { encryptionKey } }), 'INVALID_LEAF', 'encryption_key');
      expectAddRefused(
        forgedKeyPackage(eve, { keyPackage: { initKey: encryptionKey } }),
        'INVALID_LEAF',
        'encryption_key',
      );
      expectRefused(bob, updateWith({ encryptionKey }), 'INVALID_LEAF', 'encryption_key');
      expectRefused(
        bob,
        forgedCommit(mallory, { leaf: { encryptionKey } }),
        'INVALID_COMMIT',
        'encryption_key',
      );
    }
    // A path has such a key below the node whose secret bob is told: he has nothing to compare it with.
    scenario.add(alice, [scenario.party('dave')], [bob, mallory]);
    for (const encryptionKey of [new Uint8Array(32), new Uint8Array(31).fill(9)]) {
      const path = forgedCommit(mallory, { pathKeys: keys => [encryptionKey, ...keys.slice(1)] });
      expectRefused(bob, path, 'INVALID_COMMIT', 'encryption_key');
    }
  });

  it('says it came another way is refused', () => {
    expectAddRefused(forgedWithSource({ kind: 'update' }), 'INVALID_LEAF', 'leaf_node_source');
    expectRefused(bob, updateWith({ source: lifetime(0, day) }), 'INVALID_LEAF', 'leaf_node_source');
    expectRefused(
      bob,
      updateWith({ source: { kind: 'commit', parentHash: new Uint8Array(32) } }),
      'INVALID_LEAF',
      'leaf_node_source',
    );
  });

  const forgedWithSource = (source: UnsignedLeafNode['source']): NewKeyPackage => {
    const original = decodeKeyPackage(eve.keyPackage().keyPackage).leafNode;
    const leafNode = resignedLeaf(eve, original, { source }, { groupId: utf8('any'), leafIndex: 0 });
    return forgedKeyPackage(eve, { keyPackage: { leafNode } });
  };

  it('has a key of another member is refused', () => {
    const bobLeaf = leafAt(mallory.group.epoch.tree, bob.leafIndex) as LeafNode;
    const sameEncryption = forgedKeyPackage(eve, { leaf: { encryptionKey: bobLeaf.encryptionKey } });
    const message = forgedCommit(mallory, {
      proposals: [{ kind: 'add', keyPackage: decodeKeyPackage(sameEncryption.keyPackage) }],
    });
    expectRefused(alice, message, 'INVALID_COMMIT', 'duplicate_encryption_key');
    expect(() => alice.prepare({ adds: [sameEncryption.keyPackage] })).toThrowError(
      refusal('INVALID_TREE', 'duplicate_encryption_key'),
    );
    // Mallory takes over the signature key of somebody who is to come: both hold it then.
    const evesKey = decodeKeyPackage(eve.keyPackage().keyPackage);
    const place = { groupId: mallory.group.epoch.context.groupId, leafIndex: mallory.leafIndex };
    const update = resignedLeaf(
      mallory,
      leafAt(mallory.group.epoch.tree, mallory.leafIndex) as LeafNode,
      {
        encryptionKey: scenario.random(32),
        signatureKey: evesKey.leafNode.signatureKey,
        source: { kind: 'update' },
      },
      place,
      eve.signaturePrivateKey,
    );
    const proposal = forgedPublic(
      mallory,
      { type: 'proposal', proposal: { kind: 'update', leafNode: update } },
      undefined,
    );
    alice.receive(proposal);
    bob.receive(proposal);
    const references = alice.group.proposals.map(({ reference }) => reference);
    const both = forgedCommit(alice, { references, proposals: [{ kind: 'add', keyPackage: evesKey }] });
    expectRefused(bob, both, 'INVALID_COMMIT', 'duplicate_signature_key');
  });

  it('lacks what the group requires is refused', () => {
    const strict = new Scenario({ seed: 42, requiredExtensions: [0xf001] });
    const founder = strict.founder('founder');
    const capable = strict.party('capable');
    const own = capable.keyPackage({ capabilitiesExtensions: [0xf001] });
    capable.join(founder.commit({ adds: [own.keyPackage] }).welcome as Uint8Array, own);
    const incapable = strict.party('incapable').keyPackage();
    expect(() => founder.prepare({ adds: [incapable.keyPackage] })).toThrowError(
      refusal('INVALID_LEAF', 'required_capabilities'),
    );
    const add: Proposal = { kind: 'add', keyPackage: decodeKeyPackage(incapable.keyPackage) };
    expectRefused(
      capable,
      forgedCommit(founder, { proposals: [add] }),
      'INVALID_COMMIT',
      'required_capabilities',
    );
    const path = forgedCommit(founder, { leaf: { capabilities: capabilities({}) } });
    expectRefused(capable, path, 'INVALID_COMMIT', 'required_capabilities');
  });

  it('does not support an extension of the group is refused', () => {
    const groupExtensions = [{ type: 0xf002, data: utf8('policy') }];
    const strict = new Scenario({ seed: 43, groupExtensions });
    const founder = strict.founder('founder');
    const capable = strict.party('capable');
    const own = capable.keyPackage({ capabilitiesExtensions: [0xf002] });
    capable.join(founder.commit({ adds: [own.keyPackage] }).welcome as Uint8Array, own);
    const incapable = strict.party('incapable').keyPackage();
    expect(() => founder.prepare({ adds: [incapable.keyPackage] })).toThrowError(
      refusal('INVALID_LEAF', 'group_extension'),
    );
    const add: Proposal = { kind: 'add', keyPackage: decodeKeyPackage(incapable.keyPackage) };
    expectRefused(capable, forgedCommit(founder, { proposals: [add] }), 'INVALID_COMMIT', 'group_extension');
  });
});

describe('a lifetime', () => {
  it('is checked against the clock by whoever adds', () => {
    for (const [notBefore, notAfter] of [
      [SCENARIO_NOW - 2 * day, SCENARIO_NOW - 1],
      [SCENARIO_NOW + 1, SCENARIO_NOW + day],
    ] as const) {
      const own = forgedKeyPackage(eve, { leaf: { source: lifetime(notBefore, notAfter) } });
      expect(() => inspectKeyPackage(alice.env, own.keyPackage)).toThrowError(
        refusal('INVALID_KEY_PACKAGE', 'lifetime'),
      );
      expect(() => alice.prepare({ adds: [own.keyPackage] })).toThrowError(
        refusal('INVALID_KEY_PACKAGE', 'lifetime'),
      );
    }
  });

  it('does not put out whoever reads the Add late', () => {
    const own = forgedKeyPackage(eve, {
      leaf: { source: lifetime(SCENARIO_NOW - 2 * day, SCENARIO_NOW - 1) },
    });
    const add: Proposal = { kind: 'add', keyPackage: decodeKeyPackage(own.keyPackage) };
    expect(bob.receive(forgedCommit(mallory, { proposals: [add] }))).toMatchObject({ kind: 'commit' });
  });

  it('longer than the maximum is refused by everybody', () => {
    const tooLong = lifetime(SCENARIO_NOW, SCENARIO_NOW + DEFAULT_MAXIMUM_LIFETIME_SECONDS + 1);
    expectAddRefused(
      forgedKeyPackage(eve, { leaf: { source: tooLong } }),
      'INVALID_LEAF',
      'lifetime_too_long',
    );
    const backwards = lifetime(SCENARIO_NOW + 2, SCENARIO_NOW + 1);
    const own = forgedKeyPackage(eve, { leaf: { source: backwards } });
    const add: Proposal = { kind: 'add', keyPackage: decodeKeyPackage(own.keyPackage) };
    expectRefused(bob, forgedCommit(mallory, { proposals: [add] }), 'INVALID_COMMIT', 'lifetime_too_long');
    const longest = lifetime(SCENARIO_NOW, SCENARIO_NOW + DEFAULT_MAXIMUM_LIFETIME_SECONDS);
    const fits = forgedKeyPackage(eve, { leaf: { source: longest } });
    expect(inspectKeyPackage(alice.env, fits.keyPackage).notBefore).toBe(SCENARIO_NOW);
  });
});

describe('a key package', () => {
  it('tells what it says', () => {
    const own = createKeyPackage(eve.env, {
      suite: 1,
      credentialIdentity: utf8('eve'),
      signaturePrivateKey: eve.signaturePrivateKey,
      lifetimeSeconds: day,
    });
    expect(inspectKeyPackage(alice.env, own.keyPackage)).toMatchObject({
      suite: 1,
      credentialIdentity: utf8('eve'),
      signatureKey: alice.env.provider.ed25519PublicKey(eve.signaturePrivateKey),
      notAfter: SCENARIO_NOW + day,
      ref: own.ref,
    });
  });

  it('that is none is malformed', () => {
    expect(() => inspectKeyPackage(alice.env, alice.say('no key package'))).toThrowError(
      refusal('MALFORMED'),
    );
  });

  it('for another suite than the group’s is refused', () => {
    const other = new Scenario({ suite: SUITES.X25519_CHACHA20POLY1305_SHA256_ED25519, seed: 3 }).party(
      'eve',
    );
    expectAddRefused(other.keyPackage(), 'INVALID_KEY_PACKAGE', 'suite');
  });

  it('of another protocol version is refused', () => {
    expectAddRefused(forgedKeyPackage(eve, { keyPackage: { version: 2 } }), 'INVALID_KEY_PACKAGE', 'suite');
  });

  it('of a suite that is not allowed is refused', () => {
    const strict = { ...alice.env, suites: [SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519] };
    expect(() => inspectKeyPackage(strict, eve.keyPackage().keyPackage)).toThrowError(
      refusal('UNSUPPORTED_SUITE'),
    );
  });

  it('whose signature does not verify is refused', () => {
    const { keyPackage } = eve.keyPackage();
    const damaged = keyPackage.slice();
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
    expect(() => inspectKeyPackage(alice.env, damaged)).toThrowError(
      refusal('INVALID_KEY_PACKAGE', 'signature'),
    );
    expectAddRefused({ ...eve.keyPackage(), keyPackage: damaged }, 'INVALID_KEY_PACKAGE', 'signature');
  });

  it('whose init key is its encryption key is refused', () => {
    const { encryptionKey } = decodeKeyPackage(eve.keyPackage().keyPackage).leafNode;
    const own = forgedKeyPackage(eve, { keyPackage: { initKey: encryptionKey }, leaf: { encryptionKey } });
    expectAddRefused(own, 'INVALID_KEY_PACKAGE', 'init_key');
  });

  it('with capabilities, extensions and values nobody knows is taken (GREASE)', () => {
    const own = forgedKeyPackage(eve, {
      leaf: {
        capabilities: capabilities({
          versions: [1, 0x0a0a],
          cipherSuites: [0x1a1a, 1],
          extensions: [0x2a2a, 0xf0f0],
          proposals: [0x3a3a],
          credentials: [0x4a4a, 1],
        }),
        extensions: [{ type: 0x2a2a, data: utf8('grease') }],
      },
      keyPackage: { extensions: [{ type: 0xf0f0, data: utf8('unknown') }] },
    });
    const { commit, welcome } = alice.commit({ adds: [own.keyPackage] });
    expect(bob.receive(commit)).toMatchObject({ kind: 'commit' });
    eve.join(welcome as Uint8Array, own);
    expect(eve.agreement).toBe(bob.agreement);
  });

  it('that we make has GREASE values in every list of its capabilities', () => {
    const { leafNode, extensions } = decodeKeyPackage(eve.keyPackage().keyPackage);
    const isGrease = (value: number) => (value & 0x0f0f) === 0x0a0a && value >> 12 === ((value >> 4) & 0xf);
    const { cipherSuites, extensions: types, proposals, credentials } = leafNode.capabilities;
    for (const list of [cipherSuites, types, proposals, credentials, extensions.map(({ type }) => type)]) {
      expect(list.filter(isGrease).length).toBe(1);
    }
  });
});
