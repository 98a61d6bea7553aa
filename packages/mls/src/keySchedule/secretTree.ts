import { MlsError } from '../errors.ts';
import { deriveTreeSecret, expandWithLabel } from '../labelled/kdf.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { isInSubtree, left, nodeCount, nodeOfLeaf, right, root } from '../tree/treeMath.ts';
import { PersistentArray } from './persistentArray.ts';

/**
 * The largest step ahead that one message may force (RFC 9420 §14.3). A thousand derivations take a few milliseconds;
 * a sender that lost more messages than this in one epoch starts a new one with its next Commit.
 */
export const MAX_GENERATIONS_AHEAD = 1000;

/**
 * Keys of skipped generations that are kept for each sender and ratchet, the newest first to stay. As many as one
 * jump can skip: a message that was let through by the cap above never costs an older one of the same jump.
 */
export const MAX_SKIPPED_KEYS = 1000;

const LAST_GENERATION = 0xffff_ffff;
const NO_CONTEXT = new Uint8Array(0);

/** Application messages and handshake messages have ratchets of their own (RFC 9420 §9.1). */
export type RatchetType = 'application' | 'handshake';

/** The key and nonce of one message. */
export interface MessageKey {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Where a sender's ratchet stands. */
interface RatchetHead {
  readonly nextGeneration: number;
  readonly secret: Uint8Array;
}

interface Ratchet {
  readonly head: RatchetHead;
  /** By generation, in increasing order. */
  readonly skipped: ReadonlyMap<number, MessageKey>;
}

/**
 * What is left of an epoch's secret tree (RFC 9420 §9): node secrets that nothing was derived from yet, and the
 * ratchets of those members whose leaf was reached. Never changed: each step gives a new one.
 */
export interface SecretTree {
  readonly leafCount: number;
  readonly nodes: PersistentArray<Uint8Array>;
  readonly application: PersistentArray<Ratchet>;
  readonly handshake: PersistentArray<Ratchet>;
}

/** One small change of a secret tree, to be stored. */
export type SecretTreeChange =
  | { readonly kind: 'node'; readonly node: number; readonly secret: Uint8Array | undefined }
  | {
      readonly kind: 'head';
      readonly type: RatchetType;
      readonly leafIndex: number;
      readonly head: RatchetHead;
    }
  | {
      readonly kind: 'skipped';
      readonly type: RatchetType;
      readonly leafIndex: number;
      readonly generation: number;
      readonly key: MessageKey | undefined;
    };

/** A message key taken out of the tree. */
export interface TakenKey extends MessageKey {
  readonly generation: number;
  readonly tree: SecretTree;
  readonly changes: readonly SecretTreeChange[];
  /** Secrets that must not outlive this step (RFC 9420 §9.2); `key` and `nonce` too, once they were used. */
  readonly consumed: readonly Uint8Array[];
}

/** The secret tree of an epoch that begins. */
export function newSecretTree(leafCount: number, encryptionSecret: Uint8Array): SecretTree {
  const tree = emptySecretTree(leafCount);
  return { ...tree, nodes: tree.nodes.with(root(leafCount), encryptionSecret) };
}

export function emptySecretTree(leafCount: number): SecretTree {
  return {
    leafCount,
    nodes: PersistentArray.empty(nodeCount(leafCount)),
    application: PersistentArray.empty(leafCount),
    handshake: PersistentArray.empty(leafCount),
  };
}

/** The tree with a stored change in it. */
export function withChange(tree: SecretTree, change: SecretTreeChange): SecretTree {
  if (change.kind === 'node') return { ...tree, nodes: tree.nodes.with(change.node, change.secret) };
  const ratchets = tree[change.type];
  const ratchet = ratchets.get(change.leafIndex);
  const skipped = new Map(ratchet?.skipped);
  let head = ratchet?.head;
  if (change.kind === 'head') head = change.head;
  else if (change.key === undefined) skipped.delete(change.generation);
  else skipped.set(change.generation, change.key);
  if (head === undefined) throw new MlsError('BAD_STATE', 'skipped message key without its ratchet');
  return { ...tree, [change.type]: ratchets.with(change.leafIndex, { head, skipped }) };
}

/** Everything that is stored of a secret tree; heads come before their skipped keys, and those in order. */
export function* allChanges(tree: SecretTree): Generator<SecretTreeChange> {
  for (const [node, secret] of tree.nodes.entries()) yield { kind: 'node', node, secret };
  for (const type of ['application', 'handshake'] as const) {
    for (const [leafIndex, { head, skipped }] of tree[type].entries()) {
      yield { kind: 'head', type, leafIndex, head };
      for (const [generation, key] of skipped) yield { kind: 'skipped', type, leafIndex, generation, key };
    }
  }
}

/** Everything secret that a tree still holds. */
export function secretsInTree(tree: SecretTree): Uint8Array[] {
  return [...allChanges(tree)].flatMap(change => {
    if (change.kind === 'node') return change.secret ?? [];
    if (change.kind === 'head') return change.head.secret;
    return change.key === undefined ? [] : [change.key.key, change.key.nonce];
  });
}

interface Step {
  tree: SecretTree;
  readonly changes: SecretTreeChange[];
  readonly consumed: Uint8Array[];
}

function setNode(step: Step, node: number, secret: Uint8Array | undefined): void {
  step.tree = { ...step.tree, nodes: step.tree.nodes.with(node, secret) };
  step.changes.push({ kind: 'node', node, secret });
}

function setHead(step: Step, type: RatchetType, leafIndex: number, head: RatchetHead): void {
  const ratchets = step.tree[type];
  const skipped = ratchets.get(leafIndex)?.skipped ?? new Map<number, MessageKey>();
  step.tree = { ...step.tree, [type]: ratchets.with(leafIndex, { head, skipped }) };
  step.changes.push({ kind: 'head', type, leafIndex, head });
}

/** Walks down to a leaf and begins both its ratchets; all secrets on the way are consumed (RFC 9420 §9). */
function reachLeaf(crypto: SuiteCrypto, step: Step, leafIndex: number): void {
  const leafNode = nodeOfLeaf(leafIndex);
  const { hashBytes } = crypto.suite;
  let node = root(step.tree.leafCount);
  let secret = step.tree.nodes.get(node);
  while (secret === undefined) {
    if (node === leafNode) throw new MlsError('BAD_STATE', 'secret tree has no secret for this leaf');
    node = childTowards(node, leafNode);
    secret = step.tree.nodes.get(node);
  }
  setNode(step, node, undefined);
  while (node !== leafNode) {
    step.consumed.push(secret);
    const leftSecret: Uint8Array = expandWithLabel(crypto, secret, 'tree', LEFT, hashBytes);
    const rightSecret: Uint8Array = expandWithLabel(crypto, secret, 'tree', RIGHT, hashBytes);
    const next = childTowards(node, leafNode);
    const goesLeft = next === left(node);
    const other = (goesLeft ? right(node) : left(node)) as number;
    setNode(step, other, goesLeft ? rightSecret : leftSecret);
    secret = goesLeft ? leftSecret : rightSecret;
    node = next;
  }
  step.consumed.push(secret);
  for (const type of ['application', 'handshake'] as const) {
    const ratchetSecret = expandWithLabel(crypto, secret, type, NO_CONTEXT, hashBytes);
    setHead(step, type, leafIndex, { nextGeneration: 0, secret: ratchetSecret });
  }
}

const LEFT = new TextEncoder().encode('left');
const RIGHT = new TextEncoder().encode('right');

function childTowards(node: number, leafNode: number): number {
  const leftChild = left(node) as number;
  return isInSubtree(leafNode, leftChild) ? leftChild : (right(node) as number);
}

function deriveMessageKey(crypto: SuiteCrypto, head: RatchetHead): MessageKey {
  const { suite } = crypto;
  return {
    key: deriveTreeSecret(crypto, head.secret, 'key', head.nextGeneration, suite.aeadKeyBytes),
    nonce: deriveTreeSecret(crypto, head.secret, 'nonce', head.nextGeneration, suite.aeadNonceBytes),
  };
}

function advance(crypto: SuiteCrypto, head: RatchetHead): RatchetHead {
  return {
    nextGeneration: head.nextGeneration + 1,
    secret: deriveTreeSecret(crypto, head.secret, 'secret', head.nextGeneration, crypto.suite.hashBytes),
  };
}

function ratchetOf(crypto: SuiteCrypto, step: Step, type: RatchetType, leafIndex: number): Ratchet {
  if (step.tree[type].get(leafIndex) === undefined) reachLeaf(crypto, step, leafIndex);
  return step.tree[type].get(leafIndex) as Ratchet;
}

/**
 * The key for the next message that this member sends.
 * @throws {MlsError} `USAGE` where the ratchet has no generation left
 */
export function takeNextKey(
  crypto: SuiteCrypto,
  tree: SecretTree,
  type: RatchetType,
  leafIndex: number,
): TakenKey {
  const step: Step = { tree, changes: [], consumed: [] };
  const { head } = ratchetOf(crypto, step, type, leafIndex);
  if (head.nextGeneration >= LAST_GENERATION) {
    throw new MlsError('USAGE', 'no generation is left in this epoch', { reason: 'generations_used_up' });
  }
  const messageKey = deriveMessageKey(crypto, head);
  step.consumed.push(head.secret);
  setHead(step, type, leafIndex, advance(crypto, head));
  return { ...messageKey, generation: head.nextGeneration, ...step };
}

/**
 * The key of a received message; generations jumped over are kept, up to the cap.
 * @throws {MlsError} `REPLAYED` where the key was used or given up, `TOO_FAR_AHEAD` over the cap
 */
export function takeKeyOf(
  crypto: SuiteCrypto,
  tree: SecretTree,
  type: RatchetType,
  leafIndex: number,
  generation: number,
): TakenKey {
  const step: Step = { tree, changes: [], consumed: [] };
  const ratchet = ratchetOf(crypto, step, type, leafIndex);
  const { nextGeneration } = ratchet.head;
  if (generation < nextGeneration) return takeSkippedKey(step, ratchet, type, leafIndex, generation);
  if (generation - nextGeneration > MAX_GENERATIONS_AHEAD || generation >= LAST_GENERATION) {
    throw new MlsError('TOO_FAR_AHEAD', 'generation is too far ahead', { generation, nextGeneration });
  }
  const skipped = generation === nextGeneration ? ratchet.skipped : new Map(ratchet.skipped);
  let head = ratchet.head;
  while (head.nextGeneration < generation) {
    const key = deriveMessageKey(crypto, head);
    (skipped as Map<number, MessageKey>).set(head.nextGeneration, key);
    step.changes.push({ kind: 'skipped', type, leafIndex, generation: head.nextGeneration, key });
    step.consumed.push(head.secret);
    head = advance(crypto, head);
  }
  dropOldest(step, skipped as Map<number, MessageKey>, type, leafIndex);
  const messageKey = deriveMessageKey(crypto, head);
  step.consumed.push(head.secret);
  step.tree = { ...step.tree, [type]: step.tree[type].with(leafIndex, { head: ratchet.head, skipped }) };
  setHead(step, type, leafIndex, advance(crypto, head));
  return { ...messageKey, generation, ...step };
}

function takeSkippedKey(
  step: Step,
  ratchet: Ratchet,
  type: RatchetType,
  leafIndex: number,
  generation: number,
): TakenKey {
  const messageKey = ratchet.skipped.get(generation);
  if (messageKey === undefined) {
    throw new MlsError('REPLAYED', 'generation was used before', {
      generation,
      nextGeneration: ratchet.head.nextGeneration,
    });
  }
  const change: SecretTreeChange = { kind: 'skipped', type, leafIndex, generation, key: undefined };
  step.changes.push(change);
  return { ...messageKey, generation, ...step, tree: withChange(step.tree, change) };
}

function dropOldest(
  step: Step,
  skipped: Map<number, MessageKey>,
  type: RatchetType,
  leafIndex: number,
): void {
  for (const [generation, { key, nonce }] of skipped) {
    if (skipped.size <= MAX_SKIPPED_KEYS) return;
    skipped.delete(generation);
    step.changes.push({ kind: 'skipped', type, leafIndex, generation, key: undefined });
    step.consumed.push(key, nonce);
  }
}
