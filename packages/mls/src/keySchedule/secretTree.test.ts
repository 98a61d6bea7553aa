import { describe, expect, it } from 'vitest';
import { nodeProvider } from '../crypto/nodeProvider.ts';
import { suiteOf } from '../crypto/suites.ts';
import { senderDataKey } from '../framing/senderData.ts';
import { fromHex, hex } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import {
  allChanges,
  emptySecretTree,
  MAX_GENERATIONS_AHEAD,
  MAX_SKIPPED_KEYS,
  newSecretTree,
  type SecretTree,
  secretsInTree,
  takeKeyOf,
  takeNextKey,
  withChange,
} from './secretTree.ts';

interface SecretTreeCase {
  readonly cipher_suite: number;
  readonly sender_data: Readonly<Record<'sender_data_secret' | 'ciphertext' | 'key' | 'nonce', string>>;
  readonly encryption_secret: string;
  readonly leaves: ({ readonly generation: number } & Readonly<
    Record<'handshake_key' | 'handshake_nonce' | 'application_key' | 'application_nonce', string>
  >)[][];
}

describeVectors('mls/secret-tree.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<SecretTreeCase>(data))('$title', ({ crypto, expected }) => {
    const sender = expected.sender_data;
    const senderKey = senderDataKey(crypto, fromHex(sender.sender_data_secret), fromHex(sender.ciphertext));
    expect([hex(senderKey.key), hex(senderKey.nonce)]).toEqual([sender.key, sender.nonce]);
    let tree = newSecretTree(expected.leaves.length, fromHex(expected.encryption_secret));
    for (const [leaf, generations] of expected.leaves.entries()) {
      for (const one of generations) {
        for (const type of ['handshake', 'application'] as const) {
          const taken = takeKeyOf(crypto, tree, type, leaf, one.generation);
          expect([hex(taken.key), hex(taken.nonce)]).toEqual([one[`${type}_key`], one[`${type}_nonce`]]);
          tree = taken.tree;
        }
      }
    }
  });
});

const crypto = { provider: nodeProvider, suite: suiteOf(1) };
const fresh = (leafCount = 8) => newSecretTree(leafCount, new Uint8Array(32).fill(7));

const secretsIn = (tree: SecretTree): string[] => secretsInTree(tree).map(hex);

describe('secret tree', () => {
  it('gives sender and receiver the same keys, in and out of order', () => {
    let sending = fresh();
    const sent = Array.from({ length: 6 }, () => {
      const taken = takeNextKey(crypto, sending, 'application', 3);
      sending = taken.tree;
      return taken;
    });
    let receiving = fresh();
    for (const generation of [4, 0, 5, 2, 1, 3]) {
      const taken = takeKeyOf(crypto, receiving, 'application', 3, generation);
      expect(hex(taken.key)).toBe(hex(sent[generation]?.key as Uint8Array));
      receiving = taken.tree;
    }
  });

  it('forgets what it has consumed: the root, the path, the keys', () => {
    const before = fresh();
    const first = takeKeyOf(crypto, before, 'application', 3, 2);
    const left = new Set(secretsIn(first.tree));
    for (const secret of [
      ...secretsIn(before),
      ...first.consumed.map(hex),
      hex(first.key),
      hex(first.nonce),
    ]) {
      expect(left).not.toContain(secret);
    }
    expect(first.consumed.map(hex)).toContain(hex(new Uint8Array(32).fill(7)));
    const second = takeKeyOf(crypto, first.tree, 'application', 3, 0);
    expect(secretsIn(second.tree)).not.toContain(hex(second.key));
  });

  it('refuses a generation twice', () => {
    const once = takeKeyOf(crypto, fresh(), 'handshake', 0, 1).tree;
    expect(() => takeKeyOf(crypto, once, 'handshake', 0, 1)).toThrowError(
      expect.objectContaining({ code: 'REPLAYED' }),
    );
    const both = takeKeyOf(crypto, once, 'handshake', 0, 0).tree;
    expect(() => takeKeyOf(crypto, both, 'handshake', 0, 0)).toThrowError(
      expect.objectContaining({ code: 'REPLAYED' }),
    );
  });

  it('refuses a jump over the cap before deriving anything for it', () => {
    const far = takeKeyOf(crypto, fresh(), 'application', 0, MAX_GENERATIONS_AHEAD);
    expect(far.generation).toBe(MAX_GENERATIONS_AHEAD);
    let hashes = 0;
    const counting = {
      ...crypto,
      provider: {
        ...nodeProvider,
        hkdfExpand: (...args: Parameters<typeof nodeProvider.hkdfExpand>) => {
          hashes++;
          return nodeProvider.hkdfExpand(...args);
        },
      },
    };
    const ready = takeKeyOf(crypto, fresh(), 'application', 0, 0).tree;
    for (const generation of [MAX_GENERATIONS_AHEAD + 2, 0xffff_ffff]) {
      expect(() => takeKeyOf(counting, ready, 'application', 0, generation)).toThrowError(
        expect.objectContaining({ code: 'TOO_FAR_AHEAD' }),
      );
    }
    expect(hashes).toBe(0);
  });

  it('ends where no generation is left, instead of beginning anew', () => {
    const head = { nextGeneration: 0xffff_ffff, secret: new Uint8Array(32) };
    const last = withChange(fresh(), { kind: 'head', type: 'application', leafIndex: 1, head });
    expect(() => takeNextKey(crypto, last, 'application', 1)).toThrowError(
      expect.objectContaining({ code: 'USAGE' }),
    );
    expect(() => takeKeyOf(crypto, last, 'application', 1, 0xffff_ffff)).toThrowError(
      expect.objectContaining({ code: 'TOO_FAR_AHEAD' }),
    );
  });

  it('keeps a bounded number of skipped keys, the newest', () => {
    const once = takeKeyOf(crypto, fresh(), 'application', 0, MAX_GENERATIONS_AHEAD);
    const twice = takeKeyOf(crypto, once.tree, 'application', 0, MAX_GENERATIONS_AHEAD + 501);
    const skipped = [...allChanges(twice.tree)].filter(change => change.kind === 'skipped');
    expect(skipped.length).toBe(MAX_SKIPPED_KEYS);
    expect(() => takeKeyOf(crypto, twice.tree, 'application', 0, 499)).toThrowError(
      expect.objectContaining({ code: 'REPLAYED' }),
    );
    expect(takeKeyOf(crypto, twice.tree, 'application', 0, 500).generation).toBe(500);
    const deleted = twice.changes.filter(change => change.kind === 'skipped' && change.key === undefined);
    expect(deleted.length).toBe(500);
  });

  it('says every change: the changes applied one by one give the same tree', () => {
    let tree = fresh();
    let replayed = [...allChanges(tree)].reduce(withChange, emptySecretTree(8));
    const steps = [
      () => takeNextKey(crypto, tree, 'application', 2),
      () => takeKeyOf(crypto, tree, 'application', 5, 3),
      () => takeKeyOf(crypto, tree, 'handshake', 5, 0),
      () => takeKeyOf(crypto, tree, 'application', 5, 1),
      () => takeNextKey(crypto, tree, 'application', 2),
    ];
    for (const step of steps) {
      const taken = step();
      tree = taken.tree;
      replayed = taken.changes.reduce(withChange, replayed);
      expect([...allChanges(replayed)]).toEqual([...allChanges(tree)]);
    }
  });

  it('changes one record per message in order, whatever the size of the group', () => {
    for (const leafCount of [2, 1024]) {
      const first = takeKeyOf(crypto, fresh(leafCount), 'application', 1, 0);
      expect(first.changes.length).toBeLessThanOrEqual(Math.log2(leafCount) + 4);
      expect(takeKeyOf(crypto, first.tree, 'application', 1, 1).changes.length).toBe(1);
      expect(takeNextKey(crypto, first.tree, 'application', 1).changes.length).toBe(1);
    }
  });
});
