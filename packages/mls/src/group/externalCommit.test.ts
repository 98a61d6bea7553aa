import { beforeEach, describe, expect, it } from 'vitest';
import { nobleProvider } from '../crypto/nobleProvider.ts';
import { nodeProvider } from '../crypto/nodeProvider.ts';
import { SUITES } from '../crypto/suites.ts';
import { type CommitSummary, loadGroup } from '../index.ts';
import { refusal } from '../testing/refusal.ts';
import { type Party, Scenario, text, utf8 } from '../testing/scenario.ts';

const suites = [SUITES.X25519_AES128GCM_SHA256_ED25519, SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519];
const policy = { externalCommits: 'psk-bound' } as const;
const psk = { id: utf8('link'), psk: utf8('known to members and to who holds the link') };
const known = { psk: () => psk.psk };

function reload(party: Party): void {
  expect(party.isStoredFaithfully()).toBe(true);
  party.take(loadGroup(party.stored), []);
}

describe.each(
  suites.flatMap(suite =>
    [nodeProvider, nobleProvider].map(provider => ({ suite, provider, by: provider.name })),
  ),
)('an external commit, suite $suite by $by', options => {
  it('lets its author in, at the first empty leaf, with everybody agreed', () => {
    const scenario = new Scenario({ ...options, policy });
    const [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
    const [eve, frank] = [scenario.party('eve'), scenario.party('frank')];
    reload(alice);
    const summaries: CommitSummary[] = [];
    const authorize = (summary: CommitSummary) => summaries.push(summary) > 0;
    const first = eve.joinExternally(alice.groupInfo(), psk);
    for (const member of [alice, bob, carol]) member.receive(first, { ...known, authorize });
    expect(summaries).toHaveLength(3);
    for (const summary of summaries) {
      expect(summary).toMatchObject({
        external: true,
        committerLeafIndex: 3,
        added: [{ leafIndex: 3, credential: { identity: utf8('eve') }, source: 'commit' }],
        removed: [],
        pskIds: [psk.id],
        epoch: 3,
      });
    }
    for (const member of [alice, bob, carol, eve]) reload(member);
    // The tree is full: this one grows it.
    const second = frank.joinExternally(eve.groupInfo(), psk);
    const everybody = [alice, bob, carol, eve];
    for (const member of everybody) member.receive(second, known);
    expect(frank.leafIndex).toBe(4);
    for (const member of everybody) expect(member.agreement).toBe(frank.agreement);
    const words = frank.say('hello');
    for (const member of everybody) expect(member.hear(words)).toBe('hello');
    // The joiner takes part in all that follows.
    const { commit } = frank.commit({ removes: [alice.leafIndex] });
    for (const member of [bob, carol, eve]) member.receive(commit);
    expect(alice.receive(commit)).toMatchObject({ selfRemoved: true });
    const third = scenario.party('grace');
    const again = third.joinExternally(carol.groupInfo(), psk);
    for (const member of [bob, carol, eve, frank]) member.receive(again, known);
    expect(third.leafIndex).toBe(0);
    expect(bob.hear(third.say('in the place that was left'))).toBe('in the place that was left');
    expect(third.hear(eve.say('hello grace'))).toBe('hello grace');
  });

  it('lets a client take the place of its former self, which is out then', () => {
    const scenario = new Scenario({ ...options, policy });
    const [alice, bob, carol] = scenario.groupOf('alice', 'bob', 'carol') as [Party, Party, Party];
    const late = alice.say('written before');
    const again = scenario.party('bob');
    const message = again.joinExternally(alice.groupInfo(), psk, { formerLeafIndex: bob.leafIndex });
    for (const member of [alice, carol]) {
      expect(member.receive(message, known)).toMatchObject({
        summary: { external: true, removed: [{ leafIndex: 1 }], added: [{ leafIndex: 1 }] },
      });
    }
    expect(again.leafIndex).toBe(1);
    expect(bob.receive(message, known)).toMatchObject({ selfRemoved: true });
    expect(bob.stored.size).toBe(0);
    expect(again.agreement).toBe(carol.agreement);
    expect(carol.hear(again.say('it is me'))).toBe('it is me');
    expect(() => again.hear(late)).toThrowError(refusal('WRONG_EPOCH'));
    for (const member of [alice, carol, again]) reload(member);
    expect(again.hear(alice.say('welcome back'))).toBe('welcome back');
  });
});

describe('an external commit', () => {
  let scenario: Scenario;
  let alice: Party;
  let bob: Party;
  let eve: Party;
  beforeEach(() => {
    scenario = new Scenario({ seed: 91, policy });
    [alice, bob] = scenario.groupOf('alice', 'bob') as [Party, Party];
    eve = scenario.party('eve');
  });

  it('is for the caller to authorise', () => {
    const message = eve.joinExternally(alice.groupInfo(), psk);
    const authorize = (summary: CommitSummary) =>
      summary.external && text(summary.committer.credential.identity) !== 'eve';
    expect(() => bob.receive(message, { ...known, authorize })).toThrowError(refusal('NOT_AUTHORIZED'));
    expect(bob.receive(message, known)).toMatchObject({ kind: 'commit' });
  });

  it('that was lost leaves the members where they were', () => {
    const lost = eve.prepareExternalJoin(alice.groupInfo(), psk);
    bob.receive(alice.commit().commit);
    expect(() => bob.receive(lost.commit, known)).toThrowError(refusal('WRONG_EPOCH'));
    const message = eve.joinExternally(bob.groupInfo(), psk);
    for (const member of [alice, bob]) member.receive(message, known);
    expect(alice.agreement).toBe(eve.agreement);
  });

  it('drops pending proposals, and leaves nothing of the old epoch in the store', () => {
    bob.receive(alice.propose({ kind: 'update' }));
    const words = alice.say('words');
    bob.hear(words);
    const message = eve.joinExternally(alice.groupInfo(), psk);
    for (const member of [alice, bob]) {
      member.receive(message, known);
      expect(member.group.proposals).toEqual([]);
      reload(member);
    }
    expect(() => bob.hear(words)).toThrowError(refusal('WRONG_EPOCH'));
  });

  it('may bind more than one PSK', () => {
    const other = { id: utf8('another'), psk: utf8('another secret') };
    const message = eve.joinExternally(alice.groupInfo(), psk, { psks: [psk, other] });
    const lookup = (id: Uint8Array) => (text(id) === 'link' ? psk.psk : other.psk);
    for (const member of [alice, bob]) member.receive(message, { psk: lookup });
    expect(bob.agreement).toBe(eve.agreement);
  });

  it('goes by the application’s idea of who is the same client', () => {
    const env = { isSameClient: () => true };
    const renamed = scenario.party('bob, renamed', env);
    const carol = scenario.party('carol', env);
    scenario.add(alice, [carol], [bob]);
    const message = renamed.joinExternally(alice.groupInfo(), psk, { formerLeafIndex: bob.leafIndex });
    expect(() => alice.receive(message, known)).toThrowError(refusal('INVALID_COMMIT', 'former_self'));
    expect(carol.receive(message, known)).toMatchObject({ kind: 'commit' });
    expect(carol.agreement).toBe(renamed.agreement);
  });
});
