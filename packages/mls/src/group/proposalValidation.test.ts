import { beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../codec/codec.ts';
import { Writer } from '../codec/writer.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { groupInfoOf } from '../index.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import type { Proposal } from '../messages/proposal.ts';
import { forgedCommit } from '../testing/forgedCommit.ts';
import { resignedLeaf } from '../testing/forgedLeaf.ts';
import { forgedPublic } from '../testing/forgedMessage.ts';
import { expectRefused, refusal } from '../testing/refusal.ts';
import { type Party, Scenario, utf8 } from '../testing/scenario.ts';
import { requiredCapabilitiesExtension } from '../tree/capabilities.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { decodeKeyPackage } from './keyPackages.ts';
import { MAX_PENDING_PROPOSALS } from './propose.ts';

let scenario: Scenario;
let alice: Party;
let bob: Party;
let mallory: Party;
let dave: Party;
beforeEach(() => {
  scenario = new Scenario({ seed: 31 });
  [alice, bob, mallory, dave] = scenario.groupOf('alice', 'bob', 'mallory', 'dave') as [
    Party,
    Party,
    Party,
    Party,
  ];
});

const remove = (leafIndex: number): Proposal => ({ kind: 'remove', removed: leafIndex });
const add = (party: Party): Proposal => ({
  kind: 'add',
  keyPackage: decodeKeyPackage(party.keyPackage().keyPackage),
});
const externalPsk = (changes: Partial<Extract<PreSharedKeyId, { kind: 'external' }>> = {}): Proposal => ({
  kind: 'psk',
  psk: { kind: 'external', id: utf8('psk'), nonce: new Uint8Array(32), ...changes },
});
const resumption = (usage: 'application' | 'reinit' | 'branch'): Proposal => ({
  kind: 'psk',
  psk: {
    kind: 'resumption',
    usage,
    groupId: alice.group.epoch.context.groupId,
    epoch: alice.group.epoch.context.epoch,
    nonce: new Uint8Array(32),
  },
});
const updateOf = (party: Party, encryptionKey: Uint8Array): LeafNode =>
  resignedLeaf(
    party,
    leafAt(party.group.epoch.tree, party.leafIndex) as LeafNode,
    { encryptionKey, source: { kind: 'update' } },
    { groupId: party.group.epoch.context.groupId, leafIndex: party.leafIndex },
  );

/** Sends it both ways: alone as a proposal, and by value in a Commit. */
function expectProposalRefused(
  proposal: Proposal,
  code: Parameters<typeof expectRefused>[2],
  reason?: string,
): void {
  expectRefused(bob, forgedPublic(mallory, { type: 'proposal', proposal }, undefined), code, reason);
  const inCommit = code.startsWith('INVALID_') ? 'INVALID_COMMIT' : code;
  const message = forgedCommit(mallory, { proposals: [proposal] });
  expectRefused(bob, message, inCommit, reason, { psk: () => new Uint8Array(32) });
}

/** RFC 9420 §12.1. */
describe('a proposal is refused', () => {
  it('that removes nobody', () => {
    expectProposalRefused(remove(6), 'INVALID_PROPOSAL', 'unknown_leaf');
    expectProposalRefused(remove(0xffff_fff0), 'INVALID_PROPOSAL', 'unknown_leaf');
  });

  it('to use the PSK of a re-initialisation or a branch', () => {
    expectProposalRefused(resumption('reinit'), 'INVALID_PROPOSAL', 'psk_usage');
    expectProposalRefused(resumption('branch'), 'INVALID_PROPOSAL', 'psk_usage');
  });

  it('with a PSK nonce of the wrong length', () => {
    for (const length of [0, 31, 33]) {
      expectProposalRefused(externalPsk({ nonce: new Uint8Array(length) }), 'INVALID_PROPOSAL', 'psk_nonce');
    }
  });

  it('to re-initialise the group, or to begin it anew from outside, by policy', () => {
    const reInit = { groupId: utf8('new'), version: 1, cipherSuite: 1, extensions: [] };
    expectProposalRefused({ kind: 'reinit', reInit }, 'UNSUPPORTED_FEATURE', 'reinit');
    expectProposalRefused(
      { kind: 'external_init', kemOutput: new Uint8Array(32) },
      'UNSUPPORTED_FEATURE',
      'external_init',
    );
  });

  it('of a type nobody knows', () => {
    const known = forgedPublic(mallory, { type: 'proposal', proposal: remove(0) }, undefined);
    // The proposal type stands behind version, format, group, epoch, sender, data and content type.
    const at = 4 + 17 + 8 + 5 + 1 + 1;
    const unknown = known.slice();
    unknown.set([0x0a, 0x0a], at);
    expectRefused(bob, unknown, 'UNSUPPORTED_FEATURE');
  });

  it('to update a leaf that keeps its encryption key', () => {
    const current = leafAt(mallory.group.epoch.tree, mallory.leafIndex) as LeafNode;
    const leafNode = updateOf(mallory, current.encryptionKey);
    const message = forgedPublic(
      mallory,
      { type: 'proposal', proposal: { kind: 'update', leafNode } },
      undefined,
    );
    expectRefused(bob, message, 'INVALID_PROPOSAL', 'update_key');
  });
});

/** RFC 9420 §12.2. Each list is of proposals that are right one by one. */
describe('a list of proposals is refused', () => {
  const expectListRefused = (proposals: readonly Proposal[], reason: string) => {
    const message = forgedCommit(mallory, {
      proposals,
      psks: proposals.flatMap(proposal =>
        proposal.kind === 'psk' ? [{ id: proposal.psk, psk: new Uint8Array(32) }] : [],
      ),
    });
    expectRefused(bob, message, 'INVALID_COMMIT', reason, { psk: () => new Uint8Array(32) });
  };

  it('(the forger’s list is taken where nothing is wrong with it)', () => {
    const proposals = [
      remove(dave.leafIndex),
      add(scenario.party('eve')),
      externalPsk(),
      resumption('application'),
    ];
    const psks = [
      { id: (proposals[2] as Extract<Proposal, { kind: 'psk' }>).psk, psk: new Uint8Array(32) },
      {
        id: (proposals[3] as Extract<Proposal, { kind: 'psk' }>).psk,
        psk: alice.group.epoch.secrets.resumptionPsk,
      },
    ];
    const message = forgedCommit(mallory, { proposals, psks });
    expect(bob.receive(message, { psk: () => new Uint8Array(32) })).toMatchObject({ kind: 'commit' });
  });

  it('with an Update by the committer', () => {
    const leafNode = updateOf(mallory, scenario.random(32));
    expectListRefused([{ kind: 'update', leafNode }], 'update_by_committer');
  });

  it('that removes the committer', () => {
    const message = forgedCommit(mallory, { proposals: [remove(mallory.leafIndex)], withoutPath: true });
    expectRefused(bob, message, 'INVALID_COMMIT', 'committer_removed');
  });

  it('that changes one leaf twice', () => {
    expectListRefused([remove(dave.leafIndex), remove(dave.leafIndex)], 'leaf_changed_twice');
    const update = dave.propose({ kind: 'update' });
    for (const party of [alice, bob, mallory]) party.receive(update);
    const references = mallory.group.proposals.map(({ reference }) => reference);
    const message = forgedCommit(mallory, { proposals: [remove(dave.leafIndex)], references });
    expectRefused(bob, message, 'INVALID_COMMIT', 'leaf_changed_twice');
  });

  it('with two Updates of one leaf', () => {
    for (const update of [dave.propose({ kind: 'update' }), dave.propose({ kind: 'update' })]) {
      for (const party of [alice, bob, mallory]) party.receive(update);
    }
    const references = mallory.group.proposals.map(({ reference }) => reference);
    expectRefused(bob, forgedCommit(mallory, { references }), 'INVALID_COMMIT', 'leaf_changed_twice');
  });

  it('that adds one client twice', () => {
    const eve = scenario.party('eve');
    expectListRefused([add(eve), add(eve)], 'added_twice');
  });

  it('that adds who is a member', () => {
    expectListRefused([add(dave)], 'already_member');
  });

  it('(one that removes and adds the same client again is taken)', () => {
    const message = forgedCommit(mallory, { proposals: [add(dave), remove(dave.leafIndex)] });
    expect(bob.receive(message)).toMatchObject({ kind: 'commit', summary: { added: [{ leafIndex: 3 }] } });
  });

  it('with one PSK twice', () => {
    expectListRefused([externalPsk(), externalPsk()], 'duplicate_psk');
  });

  it('(the same PSK under another nonce is another PSK)', () => {
    const proposals = [externalPsk(), externalPsk({ nonce: new Uint8Array(32).fill(1) })];
    const psks = proposals.map(proposal => ({
      id: (proposal as Extract<Proposal, { kind: 'psk' }>).psk,
      psk: new Uint8Array(32),
    }));
    const message = forgedCommit(mallory, { proposals, psks });
    expect(bob.receive(message, { psk: () => new Uint8Array(32) })).toMatchObject({ kind: 'commit' });
  });

  it('that sets the group extensions twice', () => {
    const set: Proposal = { kind: 'group_context_extensions', extensions: [] };
    expectListRefused([set, set], 'several_group_context_extensions');
  });

  it('with group extensions that a member does not support', () => {
    const extensions = [{ type: 0xf123, data: new Uint8Array(0) }];
    expectListRefused([{ kind: 'group_context_extensions', extensions }], 'group_extension');
  });

  it('with one extension type twice', () => {
    const extension = { type: 1, data: new Uint8Array(0) };
    const message = forgedCommit(mallory, {
      proposals: [{ kind: 'group_context_extensions', extensions: [extension, extension] }],
    });
    expectRefused(bob, message, 'MALFORMED');
  });

  it.each([
    ['extension', { extensions: [0xf123], proposals: [], credentials: [] }],
    ['proposal', { extensions: [], proposals: [0xf123], credentials: [] }],
    ['credential', { extensions: [], proposals: [], credentials: [0xf123] }],
  ])('that requires an %s that a member does not support', (_, required) => {
    const extensions = [requiredCapabilitiesExtension(required)];
    expectListRefused([{ kind: 'group_context_extensions', extensions }], 'required_capabilities');
  });

  it('that requires, and adds who does not support it, in one Commit', () => {
    const required = { extensions: [], proposals: [], credentials: [1] };
    const extensions = [requiredCapabilitiesExtension({ ...required, extensions: [0xf123] })];
    const capable = new Scenario({ seed: 5, requiredExtensions: [0xf123] });
    const founder = capable.founder('founder');
    const member = capable.party('member');
    const own = member.keyPackage({ capabilitiesExtensions: [0xf123] });
    const { welcome } = founder.commit({ adds: [own.keyPackage] });
    member.join(welcome as Uint8Array, own);
    const message = forgedCommit(founder, {
      proposals: [{ kind: 'group_context_extensions', extensions }, add(capable.party('incapable'))],
    });
    expectRefused(member, message, 'INVALID_COMMIT', 'required_capabilities');
  });

  it('with a PSK that is not known', () => {
    const message = forgedCommit(mallory, { proposals: [externalPsk()] });
    expectRefused(bob, message, 'PSK_UNKNOWN', undefined, { psk: () => undefined });
    expectRefused(bob, message, 'PSK_UNKNOWN');
  });

  it('with a PSK that others know by another value', () => {
    const message = forgedCommit(mallory, {
      proposals: [externalPsk()],
      psks: [{ id: (externalPsk() as Extract<Proposal, { kind: 'psk' }>).psk, psk: new Uint8Array(32) }],
    });
    const options = { psk: () => new Uint8Array(32).fill(1) };
    expectRefused(bob, message, 'INVALID_COMMIT', 'confirmation_tag', options);
  });
});

/** The committer is held to the same rules. */
describe('a commit is not made', () => {
  const expectNotMade = (make: () => unknown, code: Parameters<typeof refusal>[0], reason?: string) =>
    expect(make).toThrowError(refusal(code, reason));

  it('that would break the rules', () => {
    const eve = scenario.party('eve').keyPackage().keyPackage;
    expectNotMade(
      () => alice.prepare({ removes: [alice.leafIndex] }),
      'INVALID_PROPOSAL',
      'committer_removed',
    );
    expectNotMade(() => alice.prepare({ removes: [1, 1] }), 'INVALID_PROPOSAL', 'leaf_changed_twice');
    expectNotMade(() => alice.prepare({ removes: [9] }), 'INVALID_PROPOSAL', 'unknown_leaf');
    expectNotMade(() => alice.prepare({ adds: [eve, eve] }), 'INVALID_PROPOSAL', 'added_twice');
    expectNotMade(
      () => alice.prepare({ adds: [dave.keyPackage().keyPackage] }),
      'INVALID_PROPOSAL',
      'already_member',
    );
    const groupExtensions = [{ type: 0xf123, data: new Uint8Array(0) }];
    expectNotMade(() => alice.prepare({ groupExtensions }), 'INVALID_LEAF', 'group_extension');
    const twice = [1, 1].map(type => ({ type, data: utf8('x') }));
    expectNotMade(() => alice.prepare({ groupExtensions: twice }), 'INVALID_PROPOSAL', 'duplicate_extension');
    expectNotMade(() => scenario.founder('eve', { groupExtensions: twice }), 'USAGE', 'duplicate_extension');
    expectNotMade(() => alice.prepare({ resumptionEpochs: [0] }), 'PSK_UNKNOWN');
  });

  it('without a path where the RFC wants one, even if asked for', () => {
    for (const request of [{}, { removes: [dave.leafIndex] }, { groupExtensions: [] }]) {
      const { commit } = alice.prepare({ ...request, forcePath: false, wireFormat: 'public' });
      expect(bob.receive(commit)).toMatchObject({ kind: 'commit' });
      expect(dave.receive(commit)).toMatchObject({ kind: 'commit' });
      scenario = new Scenario({ seed: 32 });
      [alice, bob, mallory, dave] = scenario.groupOf('alice', 'bob', 'mallory', 'dave') as [
        Party,
        Party,
        Party,
        Party,
      ];
    }
  });
});

describe('pending proposals', () => {
  const everybodyElse = (by: Party) => [alice, bob, mallory, dave].filter(party => party !== by);
  const proposeToAll = (by: Party, change: Parameters<Party['propose']>[0]) => {
    const message = by.propose(change);
    for (const party of everybodyElse(by)) party.receive(message);
  };

  it('of all kinds take effect by reference', () => {
    const eve = scenario.party('eve');
    const own = eve.keyPackage();
    proposeToAll(bob, { kind: 'update' });
    proposeToAll(bob, { kind: 'remove', leafIndex: mallory.leafIndex });
    proposeToAll(dave, { kind: 'add', keyPackage: own.keyPackage });
    proposeToAll(dave, { kind: 'psk', id: utf8('psk') });
    proposeToAll(dave, { kind: 'resumption_psk', epoch: groupInfoOf(dave.group).epoch });
    proposeToAll(dave, { kind: 'group_extensions', extensions: [{ type: 1, data: utf8('x') }] });
    const psk = () => utf8('a secret from elsewhere');
    const { commit, welcome, summary } = alice.commit({ psk });
    expect(summary).toMatchObject({
      added: [{ leafIndex: 2 }],
      removed: [{ leafIndex: 2 }],
      updated: [{ leafIndex: 1 }],
      groupExtensions: [{ type: 1 }],
      pskIds: [utf8('psk')],
    });
    for (const party of [bob, dave]) party.receive(commit, { psk });
    expect(mallory.receive(commit)).toMatchObject({ selfRemoved: true });
    expect(() => eve.join(welcome as Uint8Array, own, { psk })).toThrowError(refusal('PSK_UNKNOWN'));
    expect([bob.agreement, dave.agreement]).toEqual([alice.agreement, alice.agreement]);
    expect(alice.group.proposals).toEqual([]);
    expect(dave.hear(bob.say('after the update'))).toBe('after the update');
  });

  it('prefer a removal to updates, and the last update to the first', () => {
    proposeToAll(bob, { kind: 'update' });
    proposeToAll(bob, { kind: 'update' });
    proposeToAll(dave, { kind: 'update' });
    proposeToAll(mallory, { kind: 'remove', leafIndex: dave.leafIndex });
    const last = bob.group.proposals[1]?.proposal as Extract<Proposal, { kind: 'update' }>;
    const { summary, commit } = alice.commit();
    expect(summary.updated.map(({ leafIndex }) => leafIndex)).toEqual([bob.leafIndex]);
    expect(summary.removed.map(({ leafIndex }) => leafIndex)).toEqual([dave.leafIndex]);
    bob.receive(commit);
    expect(leafAt(alice.group.epoch.tree, bob.leafIndex)?.encryptionKey).toEqual(last.leafNode.encryptionKey);
    expect(bob.agreement).toBe(alice.agreement);
  });

  it('of the committer itself, or against it, are left out of its Commit', () => {
    proposeToAll(alice, { kind: 'update' });
    proposeToAll(bob, { kind: 'remove', leafIndex: alice.leafIndex });
    const { commit, summary } = alice.commit();
    expect(summary).toMatchObject({ removed: [], updated: [] });
    expect(bob.receive(commit)).toMatchObject({ kind: 'commit' });
    expect(bob.agreement).toBe(alice.agreement);
  });

  it('that would make the Commit invalid are left out of it, and the others are not', () => {
    const unsupported = [{ type: 0xf123, data: utf8('x') }];
    const message = forgedPublic(
      mallory,
      { type: 'proposal', proposal: { kind: 'group_context_extensions', extensions: unsupported } },
      undefined,
    );
    for (const party of [alice, bob, dave]) party.receive(message);
    proposeToAll(dave, { kind: 'psk', id: utf8('known to dave alone') });
    proposeToAll(bob, { kind: 'update' });
    const { commit, summary } = alice.commit();
    expect(summary).toMatchObject({
      groupExtensions: undefined,
      pskIds: [],
      updated: [{ leafIndex: bob.leafIndex }],
    });
    bob.receive(commit);
    expect(bob.agreement).toBe(alice.agreement);
  });

  it('are so many and no more', () => {
    const message = bob.propose({ kind: 'update' });
    const [pending] = bob.group.proposals;
    const full = Array.from({ length: MAX_PENDING_PROPOSALS }, () => pending as NonNullable<typeof pending>);
    alice.take({ ...alice.group, proposals: full.slice(1) }, []);
    expect(alice.receive(message)).toMatchObject({ kind: 'proposal' });
    alice.take({ ...alice.group, proposals: full.map(one => ({ ...one, reference: utf8('other') })) }, []);
    expectRefused(alice, bob.propose({ kind: 'update' }), 'TOO_LARGE');
  });

  it('stay out where the caller says so', () => {
    proposeToAll(bob, { kind: 'remove', leafIndex: dave.leafIndex });
    const { summary } = alice.commit({ includePending: false });
    expect(summary.removed).toEqual([]);
  });

  it('count once, however often they come, and only in their epoch', () => {
    const message = bob.propose({ kind: 'update' }, { wireFormat: 'public' });
    alice.receive(message);
    alice.receive(message);
    expect(alice.group.proposals.length).toBe(1);
    for (const party of [mallory, dave]) party.receive(message);
    const { commit } = alice.commit();
    for (const party of [bob, mallory, dave]) party.receive(commit);
    expectRefused(mallory, message, 'WRONG_EPOCH');
  });

  it('are asked about again when they are committed', () => {
    const eve = scenario.party('eve');
    proposeToAll(dave, { kind: 'add', keyPackage: eve.keyPackage().keyPackage });
    const { commit, summary } = alice.commit();
    expect(summary.added.length).toBe(1);
    scenario.accepts = leaf => leaf.credential.identity.length !== 3;
    expectRefused(bob, commit, 'NOT_AUTHENTICATED');
  });

  it('(carried in an MLSMessage that is no message of a group, they are malformed)', () => {
    const writer = new Writer();
    writer.bytes(
      encode(mlsMessageCodec, {
        format: 'key_package',
        message: decodeKeyPackage(bob.keyPackage().keyPackage),
      }),
    );
    expectRefused(alice, writer.finish(), 'MALFORMED');
  });
});
