import { beforeEach, describe, expect, it } from 'vitest';
import { inspectWelcome, join, splitWelcome } from '../index.ts';
import { refusal } from '../testing/refusal.ts';
import { type Party, Scenario, utf8 } from '../testing/scenario.ts';
import { encodedTreeOf } from './view.ts';

const extensions = [{ type: 0xf0a2, data: utf8('over there') }];

let alice: Party;
let newcomers: readonly { readonly party: Party; readonly made: ReturnType<Party['keyPackage']> }[];
beforeEach(() => {
  const scenario = new Scenario({ seed: 81 });
  alice = scenario.founder('alice');
  newcomers = ['bob', 'carol', 'dan'].map(name => {
    const party = scenario.party(name);
    return { party, made: party.keyPackage() };
  });
});

const adds = () => newcomers.map(({ made }) => made.keyPackage);

describe('a Welcome without the tree', () => {
  it('says to whom it is for where the tree is, and lets them in with it', () => {
    const trees: Uint8Array[] = [];
    const { welcome, ratchetTree } = alice.commit({
      adds: adds(),
      treeElsewhere: tree => {
        trees.push(tree);
        return extensions;
      },
    });
    expect(trees).toEqual([ratchetTree]);
    expect(encodedTreeOf(alice.group)).toEqual(ratchetTree);
    for (const { party, made } of newcomers) {
      const request = { welcome: welcome as Uint8Array, ...made };
      const seen = inspectWelcome(party.env, request);
      expect(seen).toMatchObject({ hasTree: false, epoch: 1 });
      expect(seen.extensions).toContainEqual(extensions[0]);
      expect(() => join(party.env, request)).toThrowError(refusal('INVALID_WELCOME', 'no_tree'));
      party.join(welcome as Uint8Array, made, { ratchetTree: ratchetTree as Uint8Array });
      expect(party.agreement).toBe(alice.agreement);
    }
  });

  it('is one with it where nothing is said of another place', () => {
    const [first] = newcomers as [(typeof newcomers)[number]];
    const { welcome, ratchetTree } = alice.commit({ adds: adds(), treeElsewhere: () => undefined });
    expect(ratchetTree).toBeUndefined();
    const seen = inspectWelcome(first.party.env, { welcome: welcome as Uint8Array, ...first.made });
    expect(seen.hasTree).toBe(true);
    first.party.join(welcome as Uint8Array, first.made);
  });

  it('tells nothing to anybody else', () => {
    const { welcome } = alice.commit({ adds: adds(), treeElsewhere: () => extensions });
    const stranger = new Scenario({ seed: 82 }).party('eve');
    expect(() =>
      inspectWelcome(stranger.env, { welcome: welcome as Uint8Array, ...stranger.keyPackage() }),
    ).toThrowError(refusal('WELCOME_NOT_FOR_US'));
  });
});

describe('a Welcome that was split', () => {
  it('is one for each new member, in the order in which they were added, and for nobody else', () => {
    const { welcome } = alice.commit({ adds: adds() });
    const parts = splitWelcome(welcome as Uint8Array);
    expect(parts).toHaveLength(3);
    for (const [index, { party, made }] of newcomers.entries()) {
      const [other] = parts.filter((_, place) => place !== index) as [Uint8Array];
      expect(() => join(party.env, { welcome: other, ...made })).toThrowError(refusal('WELCOME_NOT_FOR_US'));
      party.join(parts[index] as Uint8Array, made);
      expect(party.agreement).toBe(alice.agreement);
    }
  });
});
