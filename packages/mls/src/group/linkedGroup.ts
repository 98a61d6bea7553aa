import { encode } from '../codec/codec.ts';
import type { MlsEnv, StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import type { PreSharedKey } from '../keySchedule/preSharedKey.ts';
import type { PreSharedKeyId, ResumptionPskId } from '../keySchedule/preSharedKeyId.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { suiteCrypto } from '../labelled/suiteCrypto.ts';
import type { GroupInfo } from '../messages/welcome.ts';
import { extensionsCodec } from '../tree/extension.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { members, type RatchetTree } from '../tree/ratchetTree.ts';
import { commitWith } from './createCommit.ts';
import { createGroup, type GroupRequest } from './createGroup.ts';
import { type Group, refuseClosed, refuseEnded } from './group.ts';
import { invalid } from './invalid.ts';
import { isSameClient, refuseBranch, refuseReInit } from './policy.ts';
import { resumptionPsk } from './preSharedKeys.ts';
import { saveGroup } from './records.ts';

/** What a group is made of that comes from another one. */
interface LinkedGroupRequest
  extends Omit<GroupRequest, 'suite' | 'groupId' | 'groupExtensions' | 'requiredExtensions'> {
  /** A fresh key package of each other member. */
  readonly keyPackages: readonly Uint8Array[];
  /** False leaves the ratchet tree out of the Welcome: new members need `ratchetTree` from elsewhere. */
  readonly treeInWelcome?: boolean;
}

/** How to take the place of a group that was re-initialised: what it has to be, its last epoch says. */
export type ReinitializeRequest = LinkedGroupRequest;

/** How to make a group of some members of another; suite and extensions are the same. */
export interface BranchRequest extends LinkedGroupRequest {
  /** Unique among all groups: 16 random bytes or more. */
  readonly groupId: Uint8Array;
}

/** A group that comes from another one, in its epoch 1. */
export interface LinkedGroup {
  readonly group: Group;
  readonly writes: StateWrite[];
  /** MLSMessage for all other members; they join with `parent`. */
  readonly welcome: Uint8Array;
  /** The ratchet tree, where `treeInWelcome` is false. */
  readonly ratchetTree: Uint8Array | undefined;
  readonly wipe: Uint8Array[];
}

interface Occupant {
  readonly leafIndex: number;
  readonly leaf: LeafNode;
}

function occupants(tree: RatchetTree): Occupant[] {
  return Array.from(members(tree), ([leafIndex, leaf]) => ({ leafIndex, leaf }));
}

/** Members of the new group that were none of the old one, and members of the old one that are missing in the new. */
function differences(
  env: MlsEnv,
  before: RatchetTree,
  after: RatchetTree,
): { strangers: number; missing: number } {
  let left = occupants(before);
  let strangers = 0;
  for (const member of occupants(after)) {
    const former = left.find(candidate => isSameClient(env, candidate, member));
    if (former === undefined) strangers++;
    left = left.filter(candidate => candidate !== former);
  }
  return { strangers, missing: left.length };
}

function checkSameMembers(
  env: MlsEnv,
  usage: 'reinit' | 'branch',
  parent: Group,
  tree: RatchetTree,
  code: 'INVALID_WELCOME' | 'INVALID_PROPOSAL',
): void {
  const { strangers, missing } = differences(env, parent.epoch.tree, tree);
  if (strangers > 0)
    throw invalid(code, `${usage}_stranger`, 'new group has members that the old one had not');
  if (usage === 'reinit' && missing > 0) {
    throw invalid(code, 'reinit_missing', 'new group lacks members of the old one');
  }
}

function linkPsk(env: MlsEnv, usage: 'reinit' | 'branch', parent: Group, hashBytes: number): PreSharedKey {
  const { groupId, epoch } = parent.epoch.context;
  const nonce = env.random(hashBytes);
  return {
    id: { kind: 'resumption', usage, groupId, epoch, nonce },
    psk: parent.epoch.secrets.resumptionPsk,
  };
}

function createLinked(
  env: MlsEnv,
  usage: 'reinit' | 'branch',
  parent: Group,
  parameters: Pick<GroupRequest, 'suite' | 'groupId' | 'groupExtensions'>,
  request: LinkedGroupRequest,
): LinkedGroup {
  const { hashBytes } = suiteCrypto(env, parameters.suite).suite;
  const { keyPackages: adds, treeInWelcome = true, ...rest } = request;
  const { group } = createGroup(env, { ...rest, ...parameters });
  const link = linkPsk(env, usage, parent, hashBytes);
  const { next, welcome, ratchetTree, wipe } = commitWith(env, group, { adds, treeInWelcome }, link);
  checkSameMembers(env, usage, parent, next.epoch.tree, 'INVALID_PROPOSAL');
  if (welcome === undefined) {
    throw new MlsError('USAGE', 'nobody else is to be in the group', { reason: 'no_key_packages' });
  }
  return { group: next, writes: saveGroup(next), welcome, ratchetTree, wipe };
}

/**
 * Makes the group that takes the place of one that was re-initialised, with all its members (RFC 9420 §11.2). The old
 * group's state is needed until nobody needs it to join the new one.
 * @throws {MlsError} `USAGE` where the group was not re-initialised; `INVALID_PROPOSAL` where the key packages are not
 *   those of all other members; `UNSUPPORTED_FEATURE` where the policy refuses it; as `commit` does
 */
export function reinitialize(env: MlsEnv, parent: Group, request: ReinitializeRequest): LinkedGroup {
  refuseEnded(parent);
  refuseReInit(env);
  const { reInit } = parent;
  if (reInit === undefined) {
    throw new MlsError('USAGE', 'group goes on as it is', { reason: 'not_reinitialized' });
  }
  const { cipherSuite, groupId, extensions } = reInit;
  return createLinked(
    env,
    'reinit',
    parent,
    { suite: cipherSuite, groupId, groupExtensions: extensions },
    request,
  );
}

/**
 * Makes a group of some members of another, bound to the epoch that it is in (RFC 9420 §11.3).
 * @throws {MlsError} `INVALID_PROPOSAL` where a key package is of somebody else; `UNSUPPORTED_FEATURE` where the policy
 *   refuses it; as `commit` does
 */
export function branch(env: MlsEnv, parent: Group, request: BranchRequest): LinkedGroup {
  refuseClosed(parent);
  refuseBranch(env);
  const { cipherSuite, extensions } = parent.epoch.context;
  const { groupId, ...rest } = request;
  if (bytesEqual(groupId, parent.epoch.context.groupId)) {
    throw new MlsError('USAGE', 'subgroup is to have the id of its group', { reason: 'group_id' });
  }
  return createLinked(
    env,
    'branch',
    parent,
    { suite: cipherSuite, groupId, groupExtensions: extensions },
    rest,
  );
}

/**
 * The PSK that links a Welcome to the group that its own comes from (RFC 9420 §12.4.3.1); none in most.
 * @param parent the group that the new one is to come from, as the joiner knows it
 * @throws {MlsError} `UNSUPPORTED_FEATURE` with reason `psk_usage`, `reinit` or `branch`; `INVALID_WELCOME`,
 *   `PSK_UNKNOWN`
 */
export function linkOf(
  env: MlsEnv,
  ids: readonly PreSharedKeyId[],
  parent: Group | undefined,
): { readonly id: ResumptionPskId; readonly psk: Uint8Array } | undefined {
  const links = ids.flatMap(id => (id.kind === 'resumption' && id.usage !== 'application' ? [id] : []));
  const [id] = links;
  if (id === undefined) {
    if (parent === undefined) return undefined;
    throw invalid(
      'INVALID_WELCOME',
      'no_link',
      'welcome is not linked to the group that it should come from',
    );
  }
  if (parent === undefined) {
    throw new MlsError('UNSUPPORTED_FEATURE', 'welcome re-initialises or branches a group', {
      reason: 'psk_usage',
    });
  }
  refuseEnded(parent);
  if (id.usage === 'reinit') refuseReInit(env);
  else refuseBranch(env);
  if (links.length > 1) throw invalid('INVALID_WELCOME', 'several_links', 'welcome links to several groups');
  // What ended by re-initialisation is followed by the whole group, never by a part of it.
  if ((id.usage === 'reinit') !== (parent.reInit !== undefined)) {
    throw invalid(
      'INVALID_WELCOME',
      'link_usage',
      'group was re-initialised, or not, unlike the welcome says',
    );
  }
  if (id.usage === 'reinit' && id.epoch !== parent.epoch.context.epoch) {
    throw invalid('INVALID_WELCOME', 'reinit_epoch', 'group was not re-initialised in that epoch');
  }
  const psk = resumptionPsk(parent.epoch, id);
  if (psk === undefined) throw new MlsError('PSK_UNKNOWN', 'pre-shared key is not known', { kind: id.kind });
  return { id, psk };
}

/**
 * What a group must have in common with the one that it comes from (RFC 9420 §11.2, §11.3).
 * @throws {MlsError} `INVALID_WELCOME`
 */
export function checkLinkedGroup(
  env: MlsEnv,
  usage: ResumptionPskId['usage'],
  parent: Group,
  { groupContext }: GroupInfo,
  tree: RatchetTree,
): void {
  if (groupContext.epoch !== 1n) {
    throw invalid('INVALID_WELCOME', 'link_epoch', 'group has gone on since it was made of another');
  }
  const { reInit } = parent;
  const suite = usage === 'reinit' ? reInit?.cipherSuite : parent.epoch.context.cipherSuite;
  if (groupContext.cipherSuite !== suite) {
    throw invalid('INVALID_WELCOME', 'link_suite', 'group has not the cipher suite that it should have');
  }
  if (usage === 'branch') {
    checkSameMembers(env, usage, parent, tree, 'INVALID_WELCOME');
    return;
  }
  if (reInit === undefined || !bytesEqual(groupContext.groupId, reInit.groupId)) {
    throw invalid('INVALID_WELCOME', 'reinit_group_id', 'group has not the id that it should have');
  }
  const [expected, actual] = [reInit.extensions, groupContext.extensions].map(one =>
    encode(extensionsCodec, one),
  );
  if (!bytesEqual(expected as Uint8Array, actual as Uint8Array)) {
    throw invalid('INVALID_WELCOME', 'reinit_extensions', 'group has not the extensions that it should have');
  }
  checkSameMembers(env, 'reinit', parent, tree, 'INVALID_WELCOME');
}
