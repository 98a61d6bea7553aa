import { describe, expect, it } from 'vitest';
import { nobleProvider } from '../crypto/nobleProvider.ts';
import { nodeProvider } from '../crypto/nodeProvider.ts';
import { SUITES } from '../crypto/suites.ts';
import { loadGroup } from '../index.ts';
import { Scenario } from '../testing/scenario.ts';

const suites = [SUITES.X25519_AES128GCM_SHA256_ED25519, SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519];

describe.each(
  suites.flatMap(suite =>
    [nodeProvider, nobleProvider].map(provider => ({ suite, provider, by: provider.name })),
  ),
)('a group of suite $suite by $by', options => {
  it('talks, adds, updates, removes, and agrees', () => {
    const scenario = new Scenario(options);
    const alice = scenario.founder('alice');
    const bob = scenario.party('bob');
    const carol = scenario.party('carol');
    scenario.add(alice, [bob]);
    expect(bob.hear(alice.say('hello bob'))).toBe('hello bob');
    scenario.add(bob, [carol], [alice]);
    expect([alice.agreement, bob.agreement]).toEqual([carol.agreement, carol.agreement]);
    const words = carol.say('hello both');
    expect([alice.hear(words), bob.hear(words)]).toEqual(['hello both', 'hello both']);
    const update = carol.propose({ kind: 'update' });
    alice.receive(update);
    bob.receive(update);
    const updating = alice.commit();
    bob.receive(updating.commit);
    expect(carol.receive(updating.commit)).toMatchObject({ kind: 'commit', summary: { epoch: 3 } });
    expect([alice.agreement, bob.agreement]).toEqual([carol.agreement, carol.agreement]);
    const removal = carol.commit({ removes: [bob.leafIndex] });
    alice.receive(removal.commit);
    expect(bob.receive(removal.commit)).toMatchObject({ kind: 'commit', selfRemoved: true });
    expect(alice.agreement).toBe(carol.agreement);
    expect(bob.stored.size).toBe(0);
    expect(carol.hear(alice.say('just us'))).toBe('just us');
    expect(() => bob.say('me too')).toThrowError(expect.objectContaining({ code: 'REMOVED' }));
    for (const party of [alice, carol]) {
      expect(party.isStoredFaithfully()).toBe(true);
      party.take(loadGroup(party.stored), []);
    }
    expect(carol.hear(alice.say('still us'))).toBe('still us');
  });
});
