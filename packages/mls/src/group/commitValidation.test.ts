import { beforeEach, describe, expect, it } from 'vitest';
import { hpkeDeriveKeyPair } from '../crypto/hpke.ts';
import { nodeProvider } from '../crypto/nodeProvider.ts';
import { suiteOf } from '../crypto/suites.ts';
import type { Proposal } from '../messages/proposal.ts';
import type { UpdatePath, UpdatePathNode } from '../messages/updatePath.ts';
import { forgedCommit } from '../testing/forgedCommit.ts';
import { forgedPublic } from '../testing/forgedMessage.ts';
import { expectRefused } from '../testing/refusal.ts';
import { type Party, Scenario, utf8 } from '../testing/scenario.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { decodeKeyPackage } from './keyPackages.ts';

/** Processing a Commit: RFC 9420 §12.4.2, and §7.5 for its path. Mallory is a member whose client breaks rules. */
describe('a commit is refused', () => {
  let scenario: Scenario;
  let [alice, bob, mallory, dave]: Party[] = [];
  beforeEach(() => {
    scenario = new Scenario({ seed: 21 });
    [alice, bob, mallory, dave] = scenario.groupOf('alice', 'bob', 'mallory', 'dave') as [
      Party,
      Party,
      Party,
      Party,
    ];
  });
  const parties = () =>
    ({ alice, bob, mallory, dave }) as Record<'alice' | 'bob' | 'mallory' | 'dave', Party>;
  const remove = (party: Party): Proposal => ({ kind: 'remove', removed: party.leafIndex });
  const nodesChanged = (change: (nodes: UpdatePathNode[]) => UpdatePathNode[]) => (path: UpdatePath) => ({
    ...path,
    nodes: change([...path.nodes]),
  });

  it('(the forger’s commit is taken where nothing is wrong with it)', () => {
    const { alice, bob, mallory, dave } = parties();
    const message = forgedCommit(mallory, { proposals: [remove(dave)] });
    for (const party of [alice, bob]) {
      expect(party.receive(message)).toMatchObject({ kind: 'commit', selfRemoved: false });
    }
    expect(alice.agreement).toBe(bob.agreement);
    expect(dave.receive(message)).toMatchObject({ kind: 'commit', selfRemoved: true });
  });

  it('of another epoch', () => {
    const { bob, mallory } = parties();
    const epoch = mallory.group.epoch.frame.epoch;
    expectRefused(bob, forgedCommit(mallory, { message: { epoch: epoch + 1n } }), 'WRONG_EPOCH');
    expectRefused(bob, forgedCommit(mallory, { message: { epoch: epoch - 1n } }), 'WRONG_EPOCH');
  });

  it('without the membership tag of its epoch', () => {
    const { bob, mallory } = parties();
    expectRefused(bob, forgedCommit(mallory, { message: { membershipKey: new Uint8Array(32) } }), 'BAD_MAC');
  });

  it('with the signature of somebody else', () => {
    const { alice, bob, mallory } = parties();
    const asAlice = forgedCommit(mallory, { message: { leafIndex: alice.leafIndex } });
    expectRefused(bob, asAlice, 'BAD_SIGNATURE');
    const wrongLabel = forgedCommit(mallory, { message: { signatureLabel: 'GroupInfoTBS' } });
    expectRefused(bob, wrongLabel, 'BAD_SIGNATURE');
  });

  it('from outside of the group', () => {
    const { bob, mallory } = parties();
    for (const sender of [
      { kind: 'external', senderIndex: 0 },
      { kind: 'new_member_commit' },
      { kind: 'new_member_proposal' },
    ] as const) {
      expectRefused(bob, forgedCommit(mallory, { message: { sender } }), 'UNKNOWN_SENDER');
    }
    expectRefused(bob, forgedCommit(mallory, { message: { leafIndex: 6 } }), 'UNKNOWN_SENDER');
    expectRefused(bob, forgedCommit(mallory, { message: { leafIndex: 0xffff_ffff } }), 'UNKNOWN_SENDER');
  });

  it('that names a proposal nobody saw', () => {
    const { bob, mallory } = parties();
    const message = forgedCommit(mallory, { references: [new Uint8Array(32)] });
    expectRefused(bob, message, 'INVALID_COMMIT', 'unknown_proposal');
  });

  describe('without a path', () => {
    const withoutPath = (proposals: (all: ReturnType<typeof parties>) => readonly Proposal[]) => () => {
      const all = parties();
      const message = forgedCommit(all.mallory, { withoutPath: true, proposals: proposals(all) });
      expectRefused(all.bob, message, 'INVALID_COMMIT', 'path_missing');
    };
    it(
      'that proposes nothing',
      withoutPath(() => []),
    );
    it(
      'that removes',
      withoutPath(({ dave }) => [remove(dave)]),
    );
    it(
      'that sets group extensions',
      withoutPath(() => [{ kind: 'group_context_extensions', extensions: [] }]),
    );
    it('that updates', () => {
      const { alice, bob, mallory, dave } = parties();
      const update = dave.propose({ kind: 'update' });
      for (const party of [alice, bob, mallory]) party.receive(update);
      const references = mallory.group.proposals.map(({ reference }) => reference);
      const message = forgedCommit(mallory, { withoutPath: true, references });
      expectRefused(bob, message, 'INVALID_COMMIT', 'path_missing');
    });
    it('(one that only adds is taken)', () => {
      const { bob, mallory } = parties();
      const { keyPackage } = scenario.party('eve').keyPackage();
      const { commit } = mallory.prepare({ adds: [keyPackage], forcePath: false });
      expect(bob.receive(commit)).toMatchObject({ kind: 'commit' });
    });
  });

  it('whose leaf keeps its encryption key', () => {
    const { bob, mallory } = parties();
    const encryptionKey = leafAt(mallory.group.epoch.tree, mallory.leafIndex)?.encryptionKey as Uint8Array;
    const message = forgedCommit(mallory, { leaf: { encryptionKey } });
    expectRefused(bob, message, 'INVALID_COMMIT', 'path_leaf_key');
  });

  it('whose path has a key that is in the tree', () => {
    const { alice, bob, mallory } = parties();
    const { tree } = mallory.group.epoch;
    const taken = leafAt(tree, alice.leafIndex)?.encryptionKey as Uint8Array;
    const leafKey = forgedCommit(mallory, { leaf: { encryptionKey: taken } });
    expectRefused(bob, leafKey, 'INVALID_COMMIT', 'path_key_reused');
    const ownOldParent = tree.nodes[3]?.encryptionKey as Uint8Array;
    for (const key of [taken, ownOldParent]) {
      const nodeKey = forgedCommit(mallory, { pathKeys: ([first]) => [first as Uint8Array, key] });
      expectRefused(bob, nodeKey, 'INVALID_COMMIT', 'path_key_reused');
    }
    const twice = forgedCommit(mallory, {
      pathKeys: ([first]) => [first as Uint8Array, first as Uint8Array],
    });
    expectRefused(bob, twice, 'INVALID_COMMIT', 'path_key_reused');
  });

  it('whose path is too long or too short', () => {
    const { bob, mallory } = parties();
    const short = forgedCommit(mallory, { path: nodesChanged(nodes => nodes.slice(1)) });
    expectRefused(bob, short, 'INVALID_COMMIT', 'path_length');
    const { publicKey } = hpkeDeriveKeyPair(nodeProvider, suiteOf(1), scenario.random(32));
    const long = forgedCommit(mallory, {
      path: nodesChanged(nodes => [...nodes, { encryptionKey: publicKey, encryptedPathSecrets: [] }]),
    });
    expectRefused(bob, long, 'INVALID_COMMIT', 'path_length');
  });

  it('whose leaf has a parent hash that does not fit the path', () => {
    const { bob, mallory } = parties();
    const message = forgedCommit(mallory, {
      leaf: { source: { kind: 'commit', parentHash: new Uint8Array(32) } },
    });
    expectRefused(bob, message, 'INVALID_COMMIT', 'parent_hash');
  });

  it.each(['key_package', 'update'] as const)('whose leaf says it came by %s', kind => {
    const { bob, mallory } = parties();
    const source =
      kind === 'update'
        ? ({ kind } as const)
        : ({ kind, lifetime: { notBefore: 0n, notAfter: 1n } } as const);
    expectRefused(bob, forgedCommit(mallory, { leaf: { source } }), 'INVALID_COMMIT', 'leaf_node_source');
  });

  it('whose leaf is not signed by its own key', () => {
    const { bob, mallory } = parties();
    const message = forgedCommit(mallory, { leafSignaturePrivateKey: scenario.random(32) });
    expectRefused(bob, message, 'INVALID_COMMIT', 'signature');
  });

  it('whose new leaf the Authentication Service refuses', () => {
    const { bob, mallory } = parties();
    const credential = { type: 1, identity: utf8('alice the second') } as const;
    const message = forgedCommit(mallory, { leaf: { credential } });
    scenario.accepts = leaf => leaf.credential.identity.length < 10;
    expectRefused(bob, message, 'NOT_AUTHENTICATED');
    scenario.accepts = () => true;
    expect(bob.receive(message)).toMatchObject({ kind: 'commit' });
  });

  it('whose path has more or fewer ciphertexts than receivers', () => {
    const { bob, mallory } = parties();
    for (const change of [
      (node: UpdatePathNode) => ({ ...node, encryptedPathSecrets: node.encryptedPathSecrets.slice(1) }),
      (node: UpdatePathNode) => ({
        ...node,
        encryptedPathSecrets: [...node.encryptedPathSecrets, ...node.encryptedPathSecrets],
      }),
    ]) {
      const message = forgedCommit(mallory, { path: nodesChanged(nodes => nodes.map(change)) });
      expectRefused(bob, message, 'INVALID_COMMIT', 'ciphertext_count');
    }
  });

  it('that encrypts its path to members who are new in it', () => {
    const { bob, mallory } = parties();
    const keyPackage = decodeKeyPackage(scenario.party('eve').keyPackage().keyPackage);
    const proposals: Proposal[] = [{ kind: 'add', keyPackage }];
    const message = forgedCommit(mallory, { proposals, encryptToNewMembers: true });
    expectRefused(bob, message, 'INVALID_COMMIT', 'ciphertext_count');
  });

  it('whose path secret cannot be decrypted', () => {
    const { alice, mallory } = parties();
    const damaged = forgedCommit(mallory, {
      path: nodesChanged(nodes =>
        nodes.map(node => ({
          ...node,
          encryptedPathSecrets: node.encryptedPathSecrets.map(({ kemOutput, ciphertext }) => ({
            kemOutput,
            ciphertext: ciphertext.map(byte => byte ^ 1),
          })),
        })),
      ),
    });
    expectRefused(alice, damaged, 'INVALID_COMMIT', 'path_secret');
  });

  it('whose path secret is not the one of its public key', () => {
    const { alice, mallory } = parties();
    // The parent hash is right for the wrong key: only the comparison with the path secret is left.
    const { publicKey } = hpkeDeriveKeyPair(nodeProvider, suiteOf(1), scenario.random(32));
    const message = forgedCommit(mallory, { pathKeys: keys => [...keys.slice(0, -1), publicKey] });
    expectRefused(alice, message, 'INVALID_COMMIT', 'path_key');
  });

  it('whose confirmation tag does not fit', () => {
    const { bob, mallory } = parties();
    const message = forgedCommit(mallory, { confirmationTag: tag => tag.map(byte => byte ^ 1) });
    expectRefused(bob, message, 'INVALID_COMMIT', 'confirmation_tag');
    expectRefused(
      bob,
      forgedCommit(mallory, { confirmationTag: () => new Uint8Array(0) }),
      'INVALID_COMMIT',
      'confirmation_tag',
    );
  });

  it('that its author may not make, by the caller’s rules', () => {
    const { bob, mallory, dave } = parties();
    const message = forgedCommit(mallory, { proposals: [remove(dave)] });
    expectRefused(bob, message, 'NOT_AUTHORIZED', undefined, {
      authorize: summary => summary.removed.length === 0,
    });
    expect(bob.receive(message, { authorize: () => true })).toMatchObject({ kind: 'commit' });
  });

  it('that is no commit at all', () => {
    const { bob, mallory } = parties();
    expectRefused(
      bob,
      forgedPublic(mallory, { type: 'application', data: utf8('hi') }, undefined),
      'MALFORMED',
    );
  });
});
