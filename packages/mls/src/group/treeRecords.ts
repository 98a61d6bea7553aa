import { decode, encode } from '../codec/codec.ts';
import { malformed } from '../codec/reader.ts';
import type { StateWrite } from '../env.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { MAX_LEAVES, nodeCodec, type RatchetTree, type TreeNode } from '../tree/ratchetTree.ts';
import { isLeaf, nodeCount } from '../tree/treeMath.ts';

/*
 * A ratchet tree as it is stored: a record for each node, so that a Commit writes the few nodes that it changed and
 * not the whole tree, which has 2.5 kB a member.
 */

const PREFIX = 't/';

function keyOf(node: number): string {
  return PREFIX + String(node).padStart(6, '0');
}

export function isTreeKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

/** The nodes that are not blank. */
function* filled(tree: RatchetTree): Generator<readonly [node: number, value: TreeNode]> {
  for (const [node, value] of tree.nodes.entries()) if (value !== undefined) yield [node, value];
}

/** How many nodes are not blank: so many records there are. */
export function countFilled(tree: RatchetTree): number {
  return tree.nodes.reduce((count, node) => (node === undefined ? count : count + 1), 0);
}

export function* treeKeys(tree: RatchetTree): Generator<string> {
  for (const [node] of filled(tree)) yield keyOf(node);
}

function isSame(before: TreeNode | undefined, after: TreeNode): boolean {
  if (before === after) return true;
  if (before === undefined || !bytesEqual(before.encryptionKey, after.encryptionKey)) return false;
  // Trees of one group share the nodes that did not change, unless one of them was read from a store.
  return bytesEqual(encode(nodeCodec, before), encode(nodeCodec, after));
}

/** The records of nodes that are others than before; those of nodes that went blank are for the caller to delete. */
export function* treeWrites(before: RatchetTree | undefined, after: RatchetTree): Generator<StateWrite> {
  for (const [node, value] of filled(after)) {
    if (!isSame(before?.nodes[node], value))
      yield { key: keyOf(node), value: encode(nodeCodec, value, 2_048) };
  }
}

/**
 * The tree that these records make up.
 * @throws {MlsError} `MALFORMED`, also where there are more or fewer than `expected`
 */
export function treeOfRecords(
  leafCount: number,
  expected: number,
  records: Iterable<readonly [key: string, value: Uint8Array]>,
): RatchetTree {
  if (leafCount < 1 || leafCount > MAX_LEAVES || (leafCount & (leafCount - 1)) !== 0)
    throw malformed('stored tree has an impossible size');
  const nodes = new Array<TreeNode | undefined>(nodeCount(leafCount)).fill(undefined);
  let count = 0;
  for (const [key, value] of records) {
    const node = Number(key.slice(PREFIX.length));
    const read = decode(nodeCodec, value);
    if (!(node < nodes.length) || keyOf(node) !== key || isLeaf(node) !== 'signatureKey' in read)
      throw malformed('stored node has no place in the tree');
    nodes[node] = read;
    count++;
  }
  if (count !== expected) throw malformed('nodes of the stored tree are missing');
  return { leafCount, nodes, hashes: new Array<undefined>(nodes.length).fill(undefined) };
}
