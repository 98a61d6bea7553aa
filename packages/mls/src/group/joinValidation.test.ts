import { beforeEach, describe, expect, it } from 'vitest';
import { decode, encode } from '../codec/codec.ts';
import { hpkeDeriveKeyPair } from '../crypto/hpke.ts';
import { SUITES } from '../crypto/suites.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { groupInfoOf, join, type MlsErrorCode, type NewKeyPackage } from '../index.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { resignedLeaf } from '../testing/forgedLeaf.ts';
import { cryptoOf } from '../testing/forgedMessage.ts';
import { forgedWelcome, type WelcomeForgery, withForgedNodes } from '../testing/forgedWelcome.ts';
import { refusal } from '../testing/refusal.ts';
import { type Party, Scenario, utf8 } from '../testing/scenario.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { parentHash } from '../tree/parentHash.ts';
import type { ParentNode } from '../tree/parentNode.ts';
import { leafAt, parentAt, type RatchetTree } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';

/**
 * Joining by Welcome: RFC 9420 §12.4.3.1. Mallory is a member whose client breaks rules, and lets eve in; the tree is
 *
 *          7
 *      3       11         alice 0, bob 1, mallory 2, dave 3, eve 4
 *    1   5    9
 *   0 1 2 3  4
 */
let scenario: Scenario;
let mallory: Party;
let eve: Party;
let own: NewKeyPackage;
beforeEach(() => {
  scenario = new Scenario({ seed: 51 });
  const everybody = scenario.groupOf('alice', 'bob', 'mallory', 'dave');
  const [alice, bob, , dave] = everybody as [Party, Party, Party, Party];
  mallory = everybody[2] as Party;
  eve = scenario.party('eve');
  own = eve.keyPackage();
  const { commit } = mallory.commit({ adds: [own.keyPackage] });
  for (const member of [alice, bob, dave]) member.receive(commit);
});

const joinBy = (welcome: Uint8Array, options: Parameters<Party['join']>[2] = {}) =>
  eve.join(welcome, own, options);

function expectRefused(forgery: WelcomeForgery, code: MlsErrorCode, reason?: string): void {
  const welcome = forgedWelcome(mallory, own, forgery);
  expect(() => joinBy(welcome, { psk: () => new Uint8Array(32) })).toThrowError(refusal(code, reason));
}

const parentOf = (tree: RatchetTree, node: number) => parentAt(tree, node) as ParentNode;
const leafOf = (tree: RatchetTree, leafIndex: number) => leafAt(tree, leafIndex) as LeafNode;
const freshKey = () => {
  const { provider, suite } = cryptoOf(mallory);
  return hpkeDeriveKeyPair(provider, suite, scenario.random(32)).publicKey;
};

describe('a welcome', () => {
  it('(forged, but right in all, is taken)', () => {
    expect(joinBy(forgedWelcome(mallory, own))).toBe(mallory.leafIndex);
  });

  it('for others is refused', () => {
    expectRefused({ newMember: new Uint8Array(32) }, 'WELCOME_NOT_FOR_US');
    expect(() => mallory.join(forgedWelcome(mallory, own), mallory.keyPackage())).toThrowError(
      refusal('WELCOME_NOT_FOR_US'),
    );
  });

  it('for another cipher suite than that of the key package is refused', () => {
    expectRefused({ cipherSuite: SUITES.X25519_CHACHA20POLY1305_SHA256_ED25519 }, 'WELCOME_NOT_FOR_US');
    expectRefused({ cipherSuite: 0x0999 }, 'UNSUPPORTED_SUITE');
  });

  it('whose secrets are not encrypted to the init key is refused', () => {
    const welcome = forgedWelcome(mallory, { ...eve.keyPackage(), ref: own.ref });
    expect(() => joinBy(welcome)).toThrowError(refusal('INVALID_WELCOME', 'group_secrets'));
  });

  it('whose group info was exchanged is refused: the secrets are bound to it', () => {
    const [one, other] = [forgedWelcome(mallory, own), forgedWelcome(mallory, own)].map(bytes => {
      const decoded = decode(mlsMessageCodec, bytes);
      if (decoded.format !== 'welcome') throw new Error('no welcome');
      return decoded.message;
    });
    const mixed = encode(mlsMessageCodec, {
      format: 'welcome',
      message: { ...one, encryptedGroupInfo: other?.encryptedGroupInfo } as NonNullable<typeof one>,
    });
    expect(() => joinBy(mixed)).toThrowError(refusal('INVALID_WELCOME', 'group_secrets'));
  });

  it('with a PSK that is not known, or known by another value, is refused', () => {
    const psks: PreSharedKeyId[] = [{ kind: 'external', id: utf8('psk'), nonce: new Uint8Array(32) }];
    const welcome = forgedWelcome(mallory, own, { psks });
    expect(() => joinBy(welcome)).toThrowError(refusal('PSK_UNKNOWN'));
    const wrong = () => new Uint8Array(32).fill(1);
    expect(() => joinBy(welcome, { psk: wrong })).toThrowError(refusal('INVALID_WELCOME', 'group_info'));
    expect(joinBy(welcome, { psk: () => new Uint8Array(32) })).toBe(mallory.leafIndex);
  });

  it('with the PSK of a re-initialisation or a branch is refused, by policy', () => {
    for (const usage of ['reinit', 'branch'] as const) {
      const id = {
        kind: 'resumption',
        usage,
        groupId: utf8('old'),
        epoch: 1n,
        nonce: new Uint8Array(32),
      } as const;
      expectRefused({ psks: [id] }, 'UNSUPPORTED_FEATURE', 'psk_usage');
    }
  });

  it('that is none is malformed', () => {
    expect(() => joinBy(own.keyPackage)).toThrowError(refusal('MALFORMED'));
    expect(() => join(eve.env, { ...own, welcome: forgedWelcome(mallory, own).slice(0, -1) })).toThrowError(
      refusal('MALFORMED'),
    );
  });
});

describe('a group info', () => {
  it('that its signer did not sign is refused', () => {
    expectRefused({ signaturePrivateKey: scenario.random(32) }, 'INVALID_WELCOME', 'signature');
    expectRefused({ signer: 0 }, 'INVALID_WELCOME', 'signature');
  });

  it('signed by nobody in the tree is refused', () => {
    for (const signer of [6, 99, 0xffff_ffff]) expectRefused({ signer }, 'INVALID_WELCOME', 'signature');
  });

  it('of another cipher suite is refused', () => {
    const cipherSuite = SUITES.X25519_CHACHA20POLY1305_SHA256_ED25519;
    expectRefused({ context: context => ({ ...context, cipherSuite }) }, 'INVALID_WELCOME', 'suite');
  });

  it('of an epoch that cannot be counted on is refused', () => {
    expectRefused({ context: context => ({ ...context, epoch: 2n ** 53n }) }, 'INVALID_WELCOME', 'epoch');
  });

  it('with another tree hash is refused', () => {
    const forgery = {
      context: (context: object) => ({ ...context, treeHash: new Uint8Array(32) }),
    } as WelcomeForgery;
    expectRefused(forgery, 'INVALID_WELCOME', 'tree_hash');
  });

  it('with a group extension that this client does not support is refused', () => {
    const extensions = [{ type: 0xf321, data: utf8('x') }];
    expectRefused({ context: context => ({ ...context, extensions }) }, 'INVALID_WELCOME', 'group_extension');
  });

  it('with another confirmation tag is refused', () => {
    const confirmationTag = new Uint8Array(32);
    expectRefused(
      { groupInfo: info => ({ ...info, confirmationTag }) },
      'INVALID_WELCOME',
      'confirmation_tag',
    );
  });

  it('with extensions nobody knows is taken (GREASE)', () => {
    const extensions = [0x0a0a, 0xf777].map(type => ({ type, data: utf8('anything') }));
    expect(joinBy(forgedWelcome(mallory, own, { extensions }))).toBe(mallory.leafIndex);
  });

  it('without a tree needs one from elsewhere, and only the right one', () => {
    const welcome = forgedWelcome(mallory, own, { withoutTree: true });
    expect(() => joinBy(welcome)).toThrowError(refusal('INVALID_WELCOME', 'no_tree'));
    const { ratchetTree } = mallory.prepare({ treeInWelcome: false });
    expect(() => joinBy(welcome, { ratchetTree: ratchetTree as Uint8Array })).toThrowError(
      refusal('INVALID_WELCOME', 'tree_hash'),
    );
  });
});

describe('a path secret', () => {
  it('that does not give the keys of the tree is refused', () => {
    expectRefused({ pathSecret: new Uint8Array(32) }, 'INVALID_WELCOME', 'path_key');
  });

  it('of the wrong length is refused', () => {
    expectRefused({ pathSecret: new Uint8Array(31) }, 'INVALID_WELCOME', 'path_secret');
  });
});

describe('a tree is refused', () => {
  const expectTreeRefused = (tree: (tree: RatchetTree) => RatchetTree, reason: string) =>
    expectRefused({ tree }, 'INVALID_WELCOME', reason);

  it('without the new member’s own leaf', () => {
    const other = eve.keyPackage();
    const welcome = forgedWelcome(mallory, other);
    expect(() => eve.join(welcome, other)).toThrowError(refusal('INVALID_WELCOME', 'own_leaf'));
  });

  it('with an inner key that no parent hash vouches for', () => {
    expectTreeRefused(tree => {
      const node = { ...parentOf(tree, 1), encryptionKey: freshKey() };
      return withForgedNodes(tree, { 1: node });
    }, 'parent_hash');
    // An intermediate node out of nothing: mallory could hold its key without being below it.
    expectTreeRefused(
      tree =>
        withForgedNodes(tree, {
          9: { encryptionKey: freshKey(), parentHash: new Uint8Array(0), unmergedLeaves: [] },
        }),
      'parent_hash',
    );
  });

  it('whose root was changed together with the hashes below it, but not the signed leaf', () => {
    expectTreeRefused(tree => {
      const crypto = cryptoOf(mallory);
      const rootNode = { ...parentOf(tree, 7), encryptionKey: freshKey() };
      const above = parentHash(crypto, rootNode.encryptionKey, new Uint8Array(0), treeHash(crypto, tree, 11));
      return withForgedNodes(tree, { 7: rootNode, 3: { ...parentOf(tree, 3), parentHash: above } });
    }, 'parent_hash');
  });

  it('with a leaf changed under an inner node that was made for another', () => {
    expectTreeRefused(tree => {
      const place = { groupId: groupInfoOf(mallory.group).groupId, leafIndex: 2 };
      const source = { kind: 'update' } as const;
      const leaf = resignedLeaf(mallory, leafOf(tree, 2), { encryptionKey: freshKey(), source }, place);
      return withForgedNodes(tree, { 4: leaf });
    }, 'parent_hash');
  });

  const withUnmerged = (node: number, unmergedLeaves: readonly number[]) => (tree: RatchetTree) =>
    withForgedNodes(tree, { [node]: { ...parentOf(tree, node), unmergedLeaves } });

  it('with unmerged leaves out of order, or twice', () => {
    expectTreeRefused(withUnmerged(7, [3, 2]), 'unmerged_leaves_order');
    expectTreeRefused(withUnmerged(7, [3, 3]), 'unmerged_leaves_order');
  });

  it('with an unmerged leaf that is blank, elsewhere, or outside', () => {
    expectTreeRefused(withUnmerged(7, [5]), 'unmerged_leaf_place');
    expectTreeRefused(withUnmerged(3, [4]), 'unmerged_leaf_place');
    expectTreeRefused(withUnmerged(7, [0xffff_ffff]), 'unmerged_leaf_place');
  });

  it('with an unmerged leaf that a node between does not list', () => {
    expectTreeRefused(withUnmerged(7, [3]), 'unmerged_leaf_between');
  });

  it('with one encryption key at two nodes', () => {
    // A parent with the key of a leaf below it: its parent hash is made to fit all the way down to the signed leaf.
    expectTreeRefused(tree => {
      const crypto = cryptoOf(mallory);
      const encryptionKey = leafOf(tree, 0).encryptionKey;
      const rootNode = { ...parentOf(tree, 7), encryptionKey };
      const ofRoot = parentHash(crypto, encryptionKey, new Uint8Array(0), treeHash(crypto, tree, 11));
      const left = { ...parentOf(tree, 3), parentHash: ofRoot };
      const ofLeft = parentHash(crypto, left.encryptionKey, ofRoot, treeHash(crypto, tree, 1));
      const right = { ...parentOf(tree, 5), parentHash: ofLeft };
      const ofRight = parentHash(crypto, right.encryptionKey, ofLeft, treeHash(crypto, tree, 6));
      const place = { groupId: groupInfoOf(mallory.group).groupId, leafIndex: 2 };
      const source = { kind: 'commit', parentHash: ofRight } as const;
      const leaf = resignedLeaf(mallory, leafOf(tree, 2), { source }, place);
      return withForgedNodes(tree, { 7: rootNode, 3: left, 5: right, 4: leaf });
    }, 'duplicate_encryption_key');
  });

  it('with one signature key at two leaves', () => {
    expectTreeRefused(tree => {
      const place = { groupId: groupInfoOf(mallory.group).groupId, leafIndex: 5 };
      const leaf = resignedLeaf(
        mallory,
        leafOf(tree, 2),
        { encryptionKey: freshKey(), source: { kind: 'update' } },
        place,
      );
      const rootNode = { ...parentOf(tree, 7), unmergedLeaves: [5] };
      return withForgedNodes(tree, { 10: leaf, 7: rootNode });
    }, 'duplicate_signature_key');
  });

  it('whose last node is blank', () => {
    const welcome = forgedWelcome(mallory, own, { withoutTree: true });
    expect(() => joinBy(welcome, { ratchetTree: Uint8Array.of(1, 0) })).toThrowError(refusal('MALFORMED'));
    expect(() => joinBy(welcome, { ratchetTree: Uint8Array.of(0) })).toThrowError(refusal('MALFORMED'));
  });
});
