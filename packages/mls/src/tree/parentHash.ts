import { Writer } from '../codec/writer.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { LeafNode } from './leafNode.ts';
import type { ParentNode } from './parentNode.ts';
import { parentAt, type RatchetTree } from './ratchetTree.ts';
import { resolution } from './resolution.ts';
import { treeHashWithout } from './treeHash.ts';
import { isInSubtree, left, nodeOfLeaf, right } from './treeMath.ts';

/** The hash of a ParentHashInput (RFC 9420 §7.9). */
export function parentHash(
  crypto: SuiteCrypto,
  encryptionKey: Uint8Array,
  parentHashAbove: Uint8Array,
  originalSiblingTreeHash: Uint8Array,
): Uint8Array {
  const writer = new Writer(encryptionKey.length + 160);
  writer.opaque(encryptionKey);
  writer.opaque(parentHashAbove);
  writer.opaque(originalSiblingTreeHash);
  return crypto.provider.hash(crypto.suite.hash, writer.finish());
}

/** The parent hash that a node carries; `undefined` for blank nodes and leaves that no Commit put there. */
function carriedParentHash(node: LeafNode | ParentNode | undefined): Uint8Array | undefined {
  if (node === undefined) return undefined;
  if ('unmergedLeaves' in node) return node.parentHash;
  return node.source.kind === 'commit' ? node.source.parentHash : undefined;
}

/** How many nodes under one child of a parent vouch for it by a valid parent hash (RFC 9420 §7.9.2). */
function countLinks(
  crypto: SuiteCrypto,
  tree: RatchetTree,
  parent: ParentNode,
  child: number,
  siblingNode: number,
): number {
  const unmerged = parent.unmergedLeaves.map(nodeOfLeaf).filter(leaf => isInSubtree(leaf, child));
  const below = resolution(tree, child);
  // The resolution of the child without the vouching node has to be the unmerged leaves below it.
  if (below.length !== unmerged.length + 1) return 0;
  const unmergedSet = new Set(unmerged);
  const candidates = below.filter(descendant => !unmergedSet.has(descendant));
  const candidate = candidates[0];
  if (candidates.length !== 1 || candidate === undefined) return 0;
  const carried = carriedParentHash(tree.nodes[candidate]);
  if (carried === undefined) return 0;
  const original = treeHashWithout(crypto, tree, siblingNode, parent.unmergedLeaves);
  return bytesEqual(carried, parentHash(crypto, parent.encryptionKey, parent.parentHash, original)) ? 1 : 0;
}

/** The first non-blank parent that is not covered by exactly one chain of parent hashes from a leaf, if any. */
export function firstParentHashFault(crypto: SuiteCrypto, tree: RatchetTree): number | undefined {
  for (let node = 1; node < tree.nodes.length; node += 2) {
    const parent = parentAt(tree, node);
    if (parent === undefined) continue;
    const l = left(node) as number;
    const r = right(node) as number;
    const links = countLinks(crypto, tree, parent, l, r) + countLinks(crypto, tree, parent, r, l);
    if (links !== 1) return node;
  }
  return undefined;
}
