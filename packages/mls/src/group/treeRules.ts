import { bytesEqual } from '../labelled/bytesEqual.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Extension } from '../tree/extension.ts';
import { firstParentHashFault } from '../tree/parentHash.ts';
import { leafAt, members, parentAt, type RatchetTree } from '../tree/ratchetTree.ts';
import { directPath, isInSubtree, nodeOfLeaf } from '../tree/treeMath.ts';
import { invalid } from './invalid.ts';
import { checkLeavesFitGroup } from './leafRules.ts';

/** Public keys seen so far. */
export class KeySet {
  readonly #byPrefix = new Map<string, Uint8Array[]>();

  has(key: Uint8Array): boolean {
    return this.#byPrefix.get(prefixOf(key))?.some(known => bytesEqual(known, key)) ?? false;
  }

  /** Puts a key in; false where it was there already. */
  add(key: Uint8Array): boolean {
    if (this.has(key)) return false;
    const prefix = prefixOf(key);
    const others = this.#byPrefix.get(prefix);
    if (others === undefined) this.#byPrefix.set(prefix, [key]);
    else others.push(key);
    return true;
  }
}

function prefixOf(key: Uint8Array): string {
  return String.fromCharCode(...key.subarray(0, 16));
}

/** The encryption keys of all nodes (RFC 9420 §7.3, §12.4.3.1: each must be there once). */
export function encryptionKeysOf(tree: RatchetTree): KeySet {
  const keys = new KeySet();
  for (const node of tree.nodes) {
    if (node !== undefined && !keys.add(node.encryptionKey)) {
      throw invalid(
        'INVALID_TREE',
        'duplicate_encryption_key',
        'two nodes of the tree have one encryption key',
      );
    }
  }
  return keys;
}

function checkSignatureKeys(tree: RatchetTree): void {
  const keys = new KeySet();
  for (const [, leaf] of members(tree)) {
    if (!keys.add(leaf.signatureKey)) {
      throw invalid('INVALID_TREE', 'duplicate_signature_key', 'two members have one signature key');
    }
  }
}

/**
 * The rules that hold between the members of a group (RFC 9420 §7.3, §12.2), after each Commit and when joining.
 * That all support each credential type in use needs no rule of its own: there is one type, which each leaf must list.
 * @throws {MlsError} `INVALID_TREE`, `INVALID_LEAF`
 */
export function checkMembers(crypto: SuiteCrypto, tree: RatchetTree, extensions: readonly Extension[]): void {
  encryptionKeysOf(tree);
  checkSignatureKeys(tree);
  const leaves = Array.from(members(tree), ([, leaf]) => leaf);
  checkLeavesFitGroup(crypto, leaves, extensions);
}

/** The rules for the unmerged leaves of one parent (RFC 9420 §7.1, §12.4.3.1). */
function checkUnmergedLeaves(tree: RatchetTree, node: number, unmerged: readonly number[]): void {
  if (unmerged.some((leafIndex, index) => index > 0 && leafIndex <= (unmerged[index - 1] as number))) {
    throw invalid('INVALID_TREE', 'unmerged_leaves_order', 'unmerged leaves are not in increasing order');
  }
  for (const leafIndex of unmerged) {
    const leafNode = nodeOfLeaf(leafIndex);
    if (leafAt(tree, leafIndex) === undefined || !isInSubtree(leafNode, node)) {
      throw invalid('INVALID_TREE', 'unmerged_leaf_place', 'unmerged leaf is blank or not below its parent');
    }
    for (const between of directPath(leafNode, tree.leafCount)) {
      if (between === node) break;
      const parent = parentAt(tree, between);
      if (parent !== undefined && !parent.unmergedLeaves.includes(leafIndex)) {
        throw invalid('INVALID_TREE', 'unmerged_leaf_between', 'node between lacks the unmerged leaf');
      }
    }
  }
}

/**
 * The rules for the inner nodes of a tree that comes from outside (RFC 9420 §12.4.3.1).
 * @throws {MlsError} `INVALID_TREE`
 */
export function checkInnerNodes(crypto: SuiteCrypto, tree: RatchetTree): void {
  for (let node = 1; node < tree.nodes.length; node += 2) {
    checkUnmergedLeaves(tree, node, parentAt(tree, node)?.unmergedLeaves ?? []);
  }
  if (firstParentHashFault(crypto, tree) !== undefined) {
    throw invalid('INVALID_TREE', 'parent_hash', 'a parent node is not vouched for by a parent hash');
  }
}
