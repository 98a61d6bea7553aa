import { beforeEach, describe, expect, it } from 'vitest';
import { nobleProvider } from '../crypto/nobleProvider.ts';
import { nodeProvider } from '../crypto/nodeProvider.ts';
import { SUITES } from '../crypto/suites.ts';
import { branch, type CommitSummary, groupInfoOf, loadGroup, reinitialize } from '../index.ts';
import type { PreSharedKeyId, ResumptionPskId } from '../keySchedule/preSharedKeyId.ts';
import type { Proposal } from '../messages/proposal.ts';
import { forgedCommit } from '../testing/forgedCommit.ts';
import { forgedPublic } from '../testing/forgedMessage.ts';
import { forgedWelcome, type WelcomeForgery } from '../testing/forgedWelcome.ts';
import { expectRefused, refusal } from '../testing/refusal.ts';
import { type Party, Scenario, utf8 } from '../testing/scenario.ts';

const CLASSIC = SUITES.X25519_AES128GCM_SHA256_ED25519;
const HYBRID = SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519;
const policy = { reinit: 'allowed', branch: 'allowed' } as const;
const newGroupId = utf8('the new group');

const own = (party: Party) => ({
  credentialIdentity: utf8(party.name),
  signaturePrivateKey: party.signaturePrivateKey,
});

function reload(party: Party): void {
  expect(party.isStoredFaithfully()).toBe(true);
  party.take(loadGroup(party.stored), []);
}

describe.each(
  [
    { from: CLASSIC, to: HYBRID },
    { from: HYBRID, to: CLASSIC },
  ].flatMap(suites =>
    [nodeProvider, nobleProvider].map(provider => ({ ...suites, provider, by: provider.name })),
  ),
)('a re-initialisation from suite $from to $to by $by', ({ from, to, provider }) => {
  it('ends a group, and all its members go over into another', () => {
    const scenario = new Scenario({
      suite: from,
      provider,
      policy,
      groupExtensions: [{ type: 1, data: utf8('x') }],
    });
    const [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
    const reinit = { groupId: newGroupId, suite: to, extensions: [{ type: 1, data: utf8('new') }] };
    const summaries: CommitSummary[] = [];
    const authorize = (summary: CommitSummary) => summaries.push(summary) > 0;
    const { commit, summary } = bob.commit({ reinit });
    for (const member of [alice, carol]) member.receive(commit, { authorize });
    for (const told of [summary, ...summaries]) expect(told).toMatchObject({ reinit, external: false });
    for (const member of [alice, bob, carol]) {
      reload(member);
      expect(groupInfoOf(member.group).reinit).toEqual(reinit);
      expect(member.agreement).toBe(bob.agreement);
      for (const act of [
        () => member.say('too late'),
        () => member.commit(),
        () => member.propose({ kind: 'update' }),
      ]) {
        expect(act).toThrowError(refusal('REINITIALIZED'));
      }
    }
    // Another member than the one that proposed it makes the new group.
    const others = [alice, bob].map(member => ({ member, own: member.keyPackage({ suite: to }) }));
    const parent = carol.group;
    const keyPackages = others.map(other => other.own.keyPackage);
    const welcome = carol.begin(reinitialize(carol.env, parent, { ...own(carol), keyPackages }));
    for (const other of others) other.member.join(welcome, other.own, { parent: other.member.group });
    for (const member of [alice, bob, carol]) {
      reload(member);
      expect(member.agreement).toBe(carol.agreement);
      expect(groupInfoOf(member.group)).toMatchObject({
        groupId: newGroupId,
        suite: to,
        epoch: 1,
        extensions: reinit.extensions,
        reinit: undefined,
      });
    }
    expect(bob.hear(alice.say('here we are'))).toBe('here we are');
    alice.receive(carol.commit().commit);
  });
});

describe('a re-initialisation', () => {
  let scenario: Scenario;
  let alice: Party;
  let bob: Party;
  let carol: Party;
  beforeEach(() => {
    scenario = new Scenario({ seed: 93, policy, pastEpochs: 1, resumptionPsks: 2 });
    [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
  });

  const reinit = { groupId: newGroupId, suite: CLASSIC, extensions: [] };
  const reInit = { groupId: newGroupId, version: 1, cipherSuite: CLASSIC, extensions: [] };
  const end = (request: Partial<typeof reinit> = {}) => {
    const { commit } = alice.commit({ reinit: { ...reinit, ...request } });
    for (const member of [bob, carol]) member.receive(commit);
  };

  it('may be proposed, and waits until nothing else is pending', () => {
    const proposal = bob.propose({ kind: 'reinit', reinit });
    const update = carol.propose({ kind: 'update' });
    for (const message of [proposal, update]) alice.receive(message);
    carol.receive(proposal);
    bob.receive(update);
    const first = alice.commit();
    expect(first.summary).toMatchObject({ reinit: undefined, updated: [{ leafIndex: 2 }] });
    for (const member of [bob, carol]) member.receive(first.commit);
    const again = bob.propose({ kind: 'reinit', reinit });
    for (const member of [alice, carol]) member.receive(again);
    const second = carol.commit({ forcePath: false });
    expect(second.summary).toMatchObject({ reinit });
    for (const member of [alice, bob]) member.receive(second.commit);
    expect(alice.agreement).toBe(carol.agreement);
    expect(() => bob.say('x')).toThrowError(refusal('REINITIALIZED'));
  });

  it('leaves late messages of the epoch before it readable, and nothing after it', () => {
    const late = carol.say('written before');
    const lateCommit = carol.prepare({}).commit;
    end();
    expect(bob.hear(late)).toBe('written before');
    expectRefused(bob, lateCommit, 'WRONG_EPOCH');
    // Somebody who goes on writing in the last epoch.
    carol.take({ ...carol.group, reInit: undefined }, []);
    for (const message of [carol.say('after'), carol.propose({ kind: 'update' }), carol.commit().commit]) {
      expectRefused(bob, message, 'REINITIALIZED');
    }
    expect(() => carol.hear(alice.say('x'))).toThrowError(refusal('REINITIALIZED'));
  });

  it('is refused with other proposals, to an older version, to the same id, to what is not allowed', () => {
    const proposal: Proposal = { kind: 'reinit', reInit };
    const expectReInitRefused = (
      change: Partial<typeof reInit>,
      code: 'INVALID_PROPOSAL',
      reason: string,
    ) => {
      const changed: Proposal = { kind: 'reinit', reInit: { ...reInit, ...change } };
      expectRefused(
        bob,
        forgedPublic(alice, { type: 'proposal', proposal: changed }, undefined),
        code,
        reason,
      );
      expectRefused(bob, forgedCommit(alice, { proposals: [changed] }), 'INVALID_COMMIT', reason);
    };
    const { groupId } = alice.group.epoch.context;
    expectReInitRefused({ version: 0 }, 'INVALID_PROPOSAL', 'reinit_version');
    expectReInitRefused({ groupId }, 'INVALID_PROPOSAL', 'reinit_group_id');
    const ofNewer = forgedCommit(alice, {
      proposals: [{ kind: 'reinit', reInit: { ...reInit, version: 2 } }],
    });
    expectRefused(bob, ofNewer, 'UNSUPPORTED_VERSION');
    const weak = forgedCommit(alice, {
      proposals: [{ kind: 'reinit', reInit: { ...reInit, cipherSuite: 2 } }],
    });
    expectRefused(bob, weak, 'UNSUPPORTED_SUITE');
    const remove: Proposal = { kind: 'remove', removed: carol.leafIndex };
    for (const proposals of [
      [proposal, remove],
      [proposal, proposal],
    ]) {
      expectRefused(bob, forgedCommit(alice, { proposals }), 'INVALID_COMMIT', 'reinit_with_others');
    }
    expect(() => alice.prepare({ reinit, removes: [2] })).toThrowError(
      refusal('INVALID_PROPOSAL', 'reinit_with_others'),
    );
  });

  it('is refused where the policy is off', () => {
    const strict = scenario.party('strict', { policy: {} });
    scenario.add(alice, [strict], [bob, carol]);
    expect(() => strict.prepare({ reinit })).toThrowError(refusal('UNSUPPORTED_FEATURE', 'reinit'));
    expect(() => strict.propose({ kind: 'reinit', reinit })).toThrowError(
      refusal('UNSUPPORTED_FEATURE', 'reinit'),
    );
    const message = alice.commit({ reinit }).commit;
    expectRefused(strict, message, 'UNSUPPORTED_FEATURE', 'reinit');
    const request = { ...own(strict), keyPackages: [] };
    expect(() => reinitialize(strict.env, alice.group, request)).toThrowError(
      refusal('UNSUPPORTED_FEATURE', 'reinit'),
    );
    const parent = strict.group;
    expect(() => branch(strict.env, parent, { ...request, groupId: newGroupId })).toThrowError(
      refusal('UNSUPPORTED_FEATURE', 'branch'),
    );
  });

  it('is not followed by a group without all of its members, or with others', () => {
    const make = (by: Party, ...others: readonly Party[]) =>
      reinitialize(by.env, by.group, {
        ...own(by),
        keyPackages: others.map(other => other.keyPackage().keyPackage),
      });
    expect(() => make(alice, bob, carol)).toThrowError(refusal('USAGE', 'not_reinitialized'));
    end();
    expect(() => make(alice, bob)).toThrowError(refusal('INVALID_PROPOSAL', 'reinit_missing'));
    expect(() => make(alice, bob, scenario.party('eve'))).toThrowError(
      refusal('INVALID_PROPOSAL', 'reinit_stranger'),
    );
    expect(() => make(alice, bob, carol, scenario.party('eve'))).toThrowError(
      refusal('INVALID_PROPOSAL', 'reinit_stranger'),
    );
    expect(() => make(alice, bob, scenario.party('bob'))).toThrowError(
      refusal('INVALID_PROPOSAL', 'reinit_stranger'),
    );
    expect(make(alice, bob, carol).group.epoch.context.groupId).toEqual(newGroupId);
  });
});

/** Welcomes that are right in all but how they are linked to the group that they should come from. */
describe('a linked welcome is refused', () => {
  let scenario: Scenario;
  let alice: Party;
  let bob: Party;
  let carol: Party;
  let parent: Party['group'];
  const reinit = { groupId: newGroupId, suite: CLASSIC, extensions: [] };
  beforeEach(() => {
    scenario = new Scenario({ seed: 94, policy });
    [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
  });

  /** Ends the group; then somebody makes the new one without minding the rules. */
  const ended = () => {
    const { commit } = alice.commit({ reinit });
    for (const member of [bob, carol]) member.receive(commit);
    parent = bob.group;
  };
  const link = (change: Partial<ResumptionPskId> = {}): PreSharedKeyId => ({
    kind: 'resumption',
    usage: 'reinit',
    groupId: parent.epoch.context.groupId,
    epoch: parent.epoch.context.epoch,
    nonce: new Uint8Array(32),
    ...change,
  });
  const expectWelcomeRefused = (
    maker: { readonly groupId?: Uint8Array; readonly members?: readonly string[]; readonly epochs?: number },
    forgery: WelcomeForgery,
    code: Parameters<typeof refusal>[0],
    reason?: string,
    options: Parameters<Party['join']>[2] = { parent },
  ) => {
    const founder = scenario.founder('alice', { groupId: maker.groupId ?? newGroupId });
    const key = bob.keyPackage();
    const rest = (maker.members ?? ['carol']).map(name => scenario.party(name).keyPackage().keyPackage);
    founder.commit({ adds: [key.keyPackage, ...rest] });
    for (let more = 0; more < (maker.epochs ?? 0); more++) founder.commit();
    const psk = parent.epoch.secrets.resumptionPsk;
    const welcome = forgedWelcome(founder, key, { psks: [link()], pskValue: psk, ...forgery });
    const join = () => scenario.party('bob', bob.env).join(welcome, key, options);
    if (reason === 'fine') expect(join()).toBe(0);
    else expect(join).toThrowError(refusal(code, reason));
  };

  it('(forged, but right in all, is taken)', () => {
    ended();
    expectWelcomeRefused({}, {}, 'USAGE', 'fine');
  });

  it('into a group of another id, suite, extensions, or epoch than was agreed on', () => {
    ended();
    expectWelcomeRefused({ groupId: utf8('other') }, {}, 'INVALID_WELCOME', 'reinit_group_id');
    const extensions = [{ type: 1, data: utf8('x') }];
    expectWelcomeRefused(
      {},
      { context: context => ({ ...context, extensions }) },
      'INVALID_WELCOME',
      'reinit_extensions',
    );
    expectWelcomeRefused({ epochs: 1 }, {}, 'INVALID_WELCOME', 'link_epoch');
    parent = {
      ...parent,
      reInit: { ...(parent.reInit as NonNullable<typeof parent.reInit>), cipherSuite: HYBRID },
    };
    expectWelcomeRefused({}, {}, 'INVALID_WELCOME', 'link_suite');
  });

  it('into a group of other members', () => {
    ended();
    expectWelcomeRefused({ members: [] }, {}, 'INVALID_WELCOME', 'reinit_missing');
    expectWelcomeRefused({ members: ['eve'] }, {}, 'INVALID_WELCOME', 'reinit_stranger');
    expectWelcomeRefused({ members: ['carol', 'eve'] }, {}, 'INVALID_WELCOME', 'reinit_stranger');
    expectWelcomeRefused({ members: ['carol', 'carol'] }, {}, 'INVALID_WELCOME', 'reinit_stranger');
  });

  it('without the link, with two, or with one to another epoch or group', () => {
    ended();
    expectWelcomeRefused({}, { psks: [] }, 'INVALID_WELCOME', 'no_link');
    const twice = [link(), link({ nonce: new Uint8Array(32).fill(1) })];
    expectWelcomeRefused({}, { psks: twice }, 'INVALID_WELCOME', 'several_links');
    expectWelcomeRefused({}, { psks: [link({ epoch: 1n })] }, 'INVALID_WELCOME', 'reinit_epoch');
    expectWelcomeRefused({}, { psks: [link({ groupId: utf8('else') })] }, 'PSK_UNKNOWN');
    expectWelcomeRefused({}, { psks: [link({ usage: 'branch' })] }, 'INVALID_WELCOME', 'link_usage');
    expectWelcomeRefused({}, { pskValue: new Uint8Array(32) }, 'INVALID_WELCOME', 'group_info');
  });

  it('where nobody asked for it, or the group was not re-initialised', () => {
    parent = bob.group;
    expectWelcomeRefused({}, {}, 'INVALID_WELCOME', 'link_usage');
    ended();
    expectWelcomeRefused({}, {}, 'UNSUPPORTED_FEATURE', 'psk_usage', {});
  });

  it('where the policy is off', () => {
    ended();
    Object.assign(bob, { env: { ...bob.env, policy: {} } });
    expectWelcomeRefused({}, {}, 'UNSUPPORTED_FEATURE', 'reinit');
    parent = { ...parent, reInit: undefined };
    expectWelcomeRefused({}, { psks: [link({ usage: 'branch' })] }, 'UNSUPPORTED_FEATURE', 'branch');
  });

  it('into a subgroup with strangers, of another suite, or later on', () => {
    parent = bob.group;
    const psks = [link({ usage: 'branch' })];
    expectWelcomeRefused({ members: [] }, { psks }, 'USAGE', 'fine');
    expectWelcomeRefused({ members: ['eve'] }, { psks }, 'INVALID_WELCOME', 'branch_stranger');
    expectWelcomeRefused({ epochs: 1 }, { psks }, 'INVALID_WELCOME', 'link_epoch');
    const { epoch } = parent;
    parent = { ...parent, epoch: { ...epoch, context: { ...epoch.context, cipherSuite: HYBRID } } };
    expectWelcomeRefused({}, { psks }, 'INVALID_WELCOME', 'link_suite');
  });
});

describe('a branch', () => {
  it('is a group of some members, bound to the epoch of the group that they are in', () => {
    const scenario = new Scenario({ seed: 95, policy, resumptionPsks: 1 });
    const [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
    const key = bob.keyPackage();
    const apart = scenario.party('alice, apart', alice.env);
    const request = { ...own(alice), groupId: newGroupId, keyPackages: [key.keyPackage] };
    expect(() => branch(alice.env, alice.group, { ...request, keyPackages: [] })).toThrowError(
      refusal('USAGE', 'no_key_packages'),
    );
    expect(() =>
      branch(alice.env, alice.group, { ...request, groupId: alice.group.epoch.context.groupId }),
    ).toThrowError(refusal('USAGE', 'group_id'));
    const stranger = scenario.party('eve').keyPackage().keyPackage;
    expect(() => branch(alice.env, alice.group, { ...request, keyPackages: [stranger] })).toThrowError(
      refusal('INVALID_PROPOSAL', 'branch_stranger'),
    );
    const welcome = apart.begin(branch(alice.env, alice.group, request));
    // The group goes on meanwhile; its last epoch is still known.
    const { commit } = carol.commit();
    for (const member of [alice, bob]) member.receive(commit);
    const two = scenario.party('bob, apart', bob.env);
    two.join(welcome, key, { parent: bob.group });
    expect(groupInfoOf(two.group)).toMatchObject({ groupId: newGroupId, epoch: 1 });
    expect(two.agreement).toBe(apart.agreement);
    expect(two.hear(apart.say('between us'))).toBe('between us');
    expect(bob.hear(alice.say('to all'))).toBe('to all');
  });

  it('is none by its PSK in a commit', () => {
    const scenario = new Scenario({ seed: 96, policy });
    const [alice, bob] = scenario.groupOf('alice', 'bob') as [Party, Party];
    const { groupId, epoch } = alice.group.epoch.context;
    for (const usage of ['reinit', 'branch'] as const) {
      const id = { kind: 'resumption', usage, groupId, epoch, nonce: new Uint8Array(32) } as const;
      const psks = [{ id, psk: alice.group.epoch.secrets.resumptionPsk }];
      const message = forgedCommit(alice, { proposals: [{ kind: 'psk', psk: id }], psks });
      expectRefused(bob, message, 'INVALID_COMMIT', 'psk_usage');
    }
  });
});
