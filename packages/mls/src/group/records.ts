import {
  constant,
  type Decoded,
  decode,
  encode,
  opaque,
  optional,
  type Struct,
  struct,
  uint8,
  uint16,
  uint32,
  uint64,
  vector,
} from '../codec/codec.ts';
import type { StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import {
  allChanges,
  emptySecretTree,
  type RatchetType,
  type SecretTree,
  type SecretTreeChange,
  withChange,
} from '../keySchedule/secretTree.ts';
import { proposalCodec, reInitCodec } from '../messages/proposal.ts';
import { type RatchetTree, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { type Epoch, frameOf, type Group, type PastEpoch, type PendingProposal } from './group.ts';
import { decodePast, encodePast } from './pastRecord.ts';
import { countFilled, isTreeKey, treeKeys, treeOfRecords, treeWrites } from './treeRecords.ts';

/*
 * Stored state, by key:
 *   epoch                        what changes with each Commit
 *   t/<node>                     a node of the ratchet tree that is not blank
 *   reinit                       what takes the group's place, once that was committed
 *   p/<n>                        the n-th proposal of the epoch
 *   r/<epoch>/n/<node>           a node secret of the epoch's secret tree
 *   r/<epoch>/a|h/<leaf>         where an application or handshake ratchet stands
 *   r/<epoch>/a|h/<leaf>/<gen>   the key of a skipped generation
 *   past/<epoch>                 a past epoch that is kept
 */

const RATCHET_LETTERS: Readonly<Record<RatchetType, string>> = { application: 'a', handshake: 'h' };

const secretsCodec = struct({
  senderDataSecret: opaque,
  exporterSecret: opaque,
  externalSecret: opaque,
  confirmationKey: opaque,
  membershipKey: opaque,
  resumptionPsk: opaque,
  epochAuthenticator: opaque,
  initSecret: opaque,
});

const commonFields = {
  secrets: secretsCodec,
  confirmationTag: opaque,
  interimTranscriptHash: opaque,
  leafIndex: uint32,
  signaturePrivateKey: opaque,
  privateKeys: vector(struct({ node: uint32, key: opaque })),
  resumptionPsks: vector(struct({ epoch: uint64, psk: opaque })),
  retention: struct({ pastEpochs: uint16, resumptionPsks: uint16 }),
};

/** Of the record `epoch`, whose first version had the whole tree in it. */
const EPOCH_VERSION = 2;

const epochFields = {
  version: constant(uint8, EPOCH_VERSION, 'record version'),
  context: groupContextCodec,
  leafCount: uint32,
  filledNodes: uint32,
  ...commonFields,
};
const epochCodec = struct(epochFields);
/** The first version of the record `epoch`. */
export const wholeEpochCodec = struct({
  version: constant(uint8, 1, 'record version'),
  context: groupContextCodec,
  tree: ratchetTreeCodec,
  ...commonFields,
});

function epochRecord(epoch: Epoch): Struct<typeof epochFields> {
  const { own, frame: _, tree, ...rest } = epoch;
  return {
    version: EPOCH_VERSION,
    ...rest,
    leafCount: tree.leafCount,
    filledNodes: countFilled(tree),
    leafIndex: own.leafIndex,
    signaturePrivateKey: own.signaturePrivateKey,
    privateKeys: [...own.privateKeys].map(([node, key]) => ({ node, key })),
  };
}

/** The epoch of its record and the records of its tree. */
function readEpoch(bytes: Uint8Array, tree: Iterable<readonly [string, Uint8Array]>): Epoch {
  if (bytes[0] !== EPOCH_VERSION) {
    const { tree: whole, ...record } = decode(wholeEpochCodec, bytes);
    return { ...epochOf(record, whole), unsplit: true };
  }
  const { leafCount, filledNodes, ...record } = decode(epochCodec, bytes);
  return epochOf(record, treeOfRecords(leafCount, filledNodes, tree));
}

function epochOf(
  record: Omit<Decoded<typeof wholeEpochCodec>, 'tree' | 'version'>,
  tree: RatchetTree,
): Epoch {
  const { context, secrets, confirmationTag, interimTranscriptHash, resumptionPsks, retention } = record;
  const { leafIndex, signaturePrivateKey, privateKeys } = record;
  return {
    context,
    tree,
    secrets,
    confirmationTag,
    interimTranscriptHash,
    resumptionPsks,
    retention,
    frame: frameOf(context),
    own: {
      leafIndex,
      signaturePrivateKey,
      privateKeys: new Map(privateKeys.map(({ node, key }) => [node, key])),
    },
  };
}

const proposalRecordCodec = struct({
  reference: opaque,
  senderLeafIndex: uint32,
  proposal: proposalCodec,
  leafPrivateKey: optional(opaque),
});

const headCodec = struct({ nextGeneration: uint32, secret: opaque });
const messageKeyCodec = struct({ key: opaque, nonce: opaque });

function pad(index: number): string {
  return String(index).padStart(6, '0');
}

/** A change of an epoch's secret tree as a change of its records. */
export function secretTreeWrite(epoch: bigint, change: SecretTreeChange): StateWrite {
  switch (change.kind) {
    case 'node':
      return { key: `r/${epoch}/n/${pad(change.node)}`, value: change.secret ?? null };
    case 'head':
      return {
        key: `r/${epoch}/${RATCHET_LETTERS[change.type]}/${pad(change.leafIndex)}`,
        value: encode(headCodec, change.head, 5 + change.head.secret.length),
      };
    case 'skipped': {
      const ratchet = `r/${epoch}/${RATCHET_LETTERS[change.type]}/${pad(change.leafIndex)}`;
      return {
        key: `${ratchet}/${change.generation}`,
        value: change.key === undefined ? null : encode(messageKeyCodec, change.key),
      };
    }
  }
}

function* secretTreeRecords(epoch: bigint, tree: SecretTree): Generator<StateWrite> {
  for (const change of allChanges(tree)) yield secretTreeWrite(epoch, change);
}

export function proposalWrite(index: number, pending: PendingProposal): StateWrite {
  return { key: `p/${pad(index)}`, value: encode(proposalRecordCodec, pending) };
}

function pastKey(past: PastEpoch): string {
  return `past/${past.frame.epoch}`;
}

/** Every record of a group, for a store that holds nothing of it yet. */
export function saveGroup(group: Group): StateWrite[] {
  if (group.ended) return [];
  return [
    ...epochWrites(group),
    ...treeWrites(undefined, group.epoch.tree),
    ...group.proposals.map((pending, index) => proposalWrite(index, pending)),
    ...secretTreeRecords(group.epoch.context.epoch, group.secretTree),
    ...group.past.flatMap(past => [
      { key: pastKey(past), value: encodePast(past) },
      ...secretTreeRecords(past.frame.epoch, past.secretTree),
    ]),
  ];
}

/** The records of the epoch itself, without its tree. */
function epochWrites({ epoch, reInit }: Group): StateWrite[] {
  const write = { key: 'epoch', value: encode(epochCodec, epochRecord(epoch)) };
  return reInit === undefined ? [write] : [write, { key: 'reinit', value: encode(reInitCodec, reInit) }];
}

function keysOf(group: Group): string[] {
  return [...saveGroupKeys(group), ...group.staleKeys];
}

function* saveGroupKeys(group: Group): Generator<string> {
  yield 'epoch';
  if (group.reInit !== undefined) yield 'reinit';
  yield* treeKeys(group.epoch.tree);
  for (const index of group.proposals.keys()) yield proposalKey(index);
  for (const write of secretTreeRecords(group.epoch.context.epoch, group.secretTree)) yield write.key;
  for (const past of group.past) {
    yield pastKey(past);
    for (const write of secretTreeRecords(past.frame.epoch, past.secretTree)) yield write.key;
  }
}

function proposalKey(index: number): string {
  return `p/${pad(index)}`;
}

/**
 * The changes of records that lead from one epoch of a group to a later one, or to its end. They are as many as the
 * Commits in between have changed: a few nodes of the tree, not all of it.
 */
export function epochChangeWrites(before: Group, after: Group): StateWrite[] {
  const kept = new Set(after.ended ? [] : saveGroupKeys(after));
  const known = new Set(before.past.map(pastKey));
  const writes: StateWrite[] = keysOf(before)
    .filter(key => !kept.has(key))
    .map(key => ({ key, value: null }));
  if (after.ended) return writes;
  writes.push(...epochWrites(after));
  writes.push(...treeWrites(before.epoch.unsplit ? undefined : before.epoch.tree, after.epoch.tree));
  writes.push(...secretTreeRecords(after.epoch.context.epoch, after.secretTree));
  for (const past of after.past) {
    if (!known.has(pastKey(past))) writes.push({ key: pastKey(past), value: encodePast(past) });
  }
  return writes;
}

/** The group without records that were left behind, and what deletes them: nothing, as a rule. */
export function withoutStale(group: Group): {
  readonly group: Group;
  readonly writes: readonly StateWrite[];
} {
  if (group.staleKeys.length === 0) return { group, writes: [] };
  return { group: { ...group, staleKeys: [] }, writes: group.staleKeys.map(key => ({ key, value: null })) };
}

const SECRET_TREE_KEY = /^r\/(\d+)\/(?:n\/(\d+)|([ah])\/(\d+)(?:\/(\d+))?)$/;

function secretTreeChange(match: RegExpExecArray, value: Uint8Array): SecretTreeChange {
  const [, , node, letter, leaf, generation] = match;
  if (node !== undefined) return { kind: 'node', node: Number(node), secret: value };
  const type: RatchetType = letter === 'a' ? 'application' : 'handshake';
  const leafIndex = Number(leaf);
  if (generation === undefined) return { kind: 'head', type, leafIndex, head: decode(headCodec, value) };
  return {
    kind: 'skipped',
    type,
    leafIndex,
    generation: Number(generation),
    key: decode(messageKeyCodec, value),
  };
}

/** Heads of ratchets before their skipped keys, and those by generation. */
function secretTreeOrder(change: SecretTreeChange): number {
  return change.kind === 'skipped' ? change.generation + 1 : 0;
}

/**
 * The group that these records make up. Records of epochs that are over are left out, and deleted by the next writes.
 * @throws {MlsError} `BAD_STATE`
 */
export function loadGroup(records: Iterable<readonly [key: string, value: Uint8Array]>): Group {
  const byKey = new Map(records);
  const epochBytes = byKey.get('epoch');
  if (epochBytes === undefined) throw new MlsError('BAD_STATE', 'record of the epoch is missing');
  try {
    const tree = [...byKey].filter(([key]) => isTreeKey(key));
    return groupOf(readEpoch(epochBytes, tree), byKey);
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    throw new MlsError('BAD_STATE', `stored group cannot be read: ${error.message}`, error.facts);
  }
}

function groupOf(epoch: Epoch, byKey: ReadonlyMap<string, Uint8Array>): Group {
  const changes = new Map<bigint, SecretTreeChange[]>();
  const stale = new Map<bigint, string[]>();
  const past: PastEpoch[] = [];
  const proposals: (readonly [string, PendingProposal])[] = [];
  for (const [key, value] of byKey) {
    const match = SECRET_TREE_KEY.exec(key);
    if (match !== null) {
      const of = BigInt(match[1] as string);
      changes.set(of, [...(changes.get(of) ?? []), secretTreeChange(match, value)]);
      stale.set(of, [...(stale.get(of) ?? []), key]);
    } else if (key.startsWith('past/')) past.push(decodePast(value));
    else if (key.startsWith('p/')) proposals.push([key, decode(proposalRecordCodec, value)]);
    else if (key !== 'epoch' && key !== 'reinit' && !isTreeKey(key))
      throw new MlsError('BAD_STATE', 'record has an unknown key');
  }
  const take = (of: bigint, empty: SecretTree): SecretTree => {
    const own = (changes.get(of) ?? []).sort((a, b) => secretTreeOrder(a) - secretTreeOrder(b));
    stale.delete(of);
    return own.reduce(withChange, empty);
  };
  const reInit = byKey.get('reinit');
  return {
    epoch,
    secretTree: take(epoch.context.epoch, emptySecretTree(epoch.tree.leafCount)),
    proposals: proposals.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pending]) => pending),
    past: past
      .sort((a, b) => (a.frame.epoch > b.frame.epoch ? -1 : 1))
      .map(one => ({ ...one, secretTree: take(one.frame.epoch, one.secretTree) })),
    staleKeys: [...stale.values()].flat(),
    ended: false,
    reInit: reInit && decode(reInitCodec, reInit),
  };
}
