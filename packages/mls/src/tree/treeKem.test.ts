import { expect, it } from 'vitest';
import { decode, encode } from '../codec/codec.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import { type GroupContext, groupContextCodec } from '../keySchedule/groupContext.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type UpdatePath, updatePathCodec } from '../messages/updatePath.ts';
import { fromHex, hex, seededRandom } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { derivePathKeys } from './pathSecrets.ts';
import { leafAt, type RatchetTree, ratchetTreeCodec } from './ratchetTree.ts';
import { treeHash } from './treeHash.ts';
import { nodeOfLeaf } from './treeMath.ts';
import { encryptPath, stagePath } from './updatePathCreation.ts';
import { mergeUpdatePath, openUpdatePath } from './updatePathProcessing.ts';

interface TreeKemCase {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly epoch: number;
  readonly confirmed_transcript_hash: string;
  readonly ratchet_tree: string;
  readonly leaves_private: {
    readonly index: number;
    readonly encryption_priv: string;
    readonly signature_priv: string;
    readonly path_secrets: { readonly node: number; readonly path_secret: string }[];
  }[];
  readonly update_paths: {
    readonly sender: number;
    readonly update_path: string;
    readonly path_secrets: (string | null)[];
    readonly commit_secret: string;
    readonly tree_hash_after: string;
  }[];
}

function privateKeysOf(crypto: SuiteCrypto, tree: RatchetTree, leaf: TreeKemCase['leaves_private'][number]) {
  const privateKeys = new Map([[nodeOfLeaf(leaf.index), fromHex(leaf.encryption_priv)]]);
  for (const { node, path_secret } of leaf.path_secrets) {
    const [keys] = derivePathKeys(crypto, [node], fromHex(path_secret)).keys;
    expect(keys?.publicKey).toEqual(tree.nodes[node]?.encryptionKey);
    privateKeys.set(node, keys?.privateKey as Uint8Array);
  }
  const leafKey = leafAt(tree, leaf.index)?.encryptionKey as Uint8Array;
  const nothing = new Uint8Array(0);
  const sealed = hpkeSeal(
    crypto.provider,
    crypto.suite,
    seededRandom(1),
    leafKey,
    nothing,
    nothing,
    Uint8Array.of(1),
  );
  const opened = hpkeOpen(
    crypto.provider,
    crypto.suite,
    fromHex(leaf.encryption_priv),
    sealed.kemOutput,
    nothing,
    nothing,
    sealed.ciphertext,
  );
  expect(opened).toEqual(Uint8Array.of(1));
  return privateKeys;
}

describeVectors('mls/treekem.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<TreeKemCase>(data))('$title', ({ crypto, expected }) => {
    const tree = decode(ratchetTreeCodec, fromHex(expected.ratchet_tree));
    const groupId = fromHex(expected.group_id);
    const contextOf = (after: RatchetTree): Uint8Array => {
      const context: GroupContext = {
        version: 1,
        cipherSuite: expected.cipher_suite,
        groupId,
        epoch: BigInt(expected.epoch),
        treeHash: treeHash(crypto, after),
        confirmedTranscriptHash: fromHex(expected.confirmed_transcript_hash),
        extensions: [],
      };
      return encode(groupContextCodec, context);
    };
    const receivers = expected.leaves_private.map(leaf => ({
      leafIndex: leaf.index,
      privateKeys: privateKeysOf(crypto, tree, leaf),
    }));
    const receive = (
      sender: number,
      path: UpdatePath,
      check: (leaf: number, secret: string, commit: string) => void,
    ) => {
      const merged = mergeUpdatePath(crypto, tree, sender, path);
      for (const own of receivers) {
        if (own.leafIndex === sender) continue;
        const opened = openUpdatePath(crypto, merged, path, own, new Set(), contextOf(merged.tree));
        check(own.leafIndex, hex(opened.keys[0]?.pathSecret as Uint8Array), hex(opened.commitSecret));
      }
      return merged.tree;
    };
    for (const one of expected.update_paths) {
      const path = decode(updatePathCodec, fromHex(one.update_path));
      const after = receive(one.sender, path, (leaf, pathSecret, commitSecret) => {
        expect(pathSecret).toBe(one.path_secrets[leaf]);
        expect(commitSecret).toBe(one.commit_secret);
      });
      expect(hex(treeHash(crypto, after))).toBe(one.tree_hash_after);
      const sender = expected.leaves_private.find(leaf => leaf.index === one.sender);
      const contents = leafAt(tree, one.sender) as NonNullable<ReturnType<typeof leafAt>>;
      const staged = stagePath(
        crypto,
        seededRandom(5),
        tree,
        { groupId, leafIndex: one.sender },
        contents,
        fromHex(sender?.signature_priv as string),
      );
      const fresh = encryptPath(crypto, seededRandom(6), staged, new Set(), contextOf(staged.tree));
      receive(one.sender, fresh, (_, __, commitSecret) => {
        expect(commitSecret).toBe(hex(staged.path.commitSecret));
      });
    }
  });
});
