import type { ExtensionView, MlsEnv, ReInitView } from '../env.ts';
import { MlsError } from '../errors.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { ProposalOrRef } from '../messages/commit.ts';
import { MLS10 } from '../messages/keyPackage.ts';
import type { Proposal } from '../messages/proposal.ts';
import { applyProposals } from './appliedProposals.ts';
import type { Group, PendingProposal } from './group.ts';
import { checkLifetimeNow } from './keyPackageRules.ts';
import { decodeKeyPackage } from './keyPackages.ts';
import { findPsks, type PskLookup } from './preSharedKeys.ts';
import { changedLeaf, checkProposalList, type SentProposal } from './proposalRules.ts';
import { checkMembers } from './treeRules.ts';

/** What a Commit is to do. */
export interface CommitChanges {
  /** Key packages (MLSMessages) of those to be added, in the order of their leaves. */
  readonly adds?: readonly Uint8Array[];
  /** Leaf indexes of those to be removed. */
  readonly removes?: readonly number[];
  /** External PSKs that all members know, to be bound into the epoch. */
  readonly psks?: readonly { readonly id: Uint8Array; readonly psk: Uint8Array }[];
  /** Past epochs of this group whose resumption PSK is to be bound into the epoch. */
  readonly resumptionEpochs?: readonly number[];
  /** All extensions that the group is to have from now on. */
  readonly groupExtensions?: readonly ExtensionView[];
  /** Ends this group, for the one that is to take its place; goes with no other change (RFC 9420 §11.2). */
  readonly reinit?: ReInitView;
}

/** A proposal on its way into a Commit. */
export interface CommittedProposal extends SentProposal {
  readonly item: ProposalOrRef;
}

function pskProposal(env: MlsEnv, crypto: SuiteCrypto, id: UnnoncedPskId): Proposal {
  const nonce = env.random(crypto.suite.hashBytes);
  return { kind: 'psk', psk: { ...id, nonce } as PreSharedKeyId };
}

type UnnoncedPskId =
  | { readonly kind: 'external'; readonly id: Uint8Array }
  | {
      readonly kind: 'resumption';
      readonly usage: 'application';
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
    };

/** The proposals that carry out these changes. */
export function proposalsFor(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  changes: CommitChanges,
): Proposal[] {
  const { groupId } = group.epoch.context;
  const proposals: Proposal[] = [];
  for (const message of changes.adds ?? []) {
    const keyPackage = decodeKeyPackage(message);
    checkLifetimeNow(env, keyPackage);
    proposals.push({ kind: 'add', keyPackage });
  }
  for (const removed of changes.removes ?? []) proposals.push({ kind: 'remove', removed });
  for (const { id } of changes.psks ?? []) proposals.push(pskProposal(env, crypto, { kind: 'external', id }));
  for (const epoch of changes.resumptionEpochs ?? []) {
    const id = { kind: 'resumption', usage: 'application', groupId, epoch: BigInt(epoch) } as const;
    proposals.push(pskProposal(env, crypto, id));
  }
  if (changes.groupExtensions !== undefined) {
    proposals.push({ kind: 'group_context_extensions', extensions: changes.groupExtensions });
  }
  if (changes.reinit !== undefined) {
    const { groupId: newGroupId, suite, extensions } = changes.reinit;
    const reInit = { groupId: newGroupId, version: MLS10, cipherSuite: suite, extensions };
    proposals.push({ kind: 'reinit', reInit });
  }
  return proposals;
}

/** True where a Commit of these proposals would be valid, so far as its proposals go. */
function isAcceptable(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  list: readonly SentProposal[],
  psk: PskLookup | undefined,
): boolean {
  const { own, tree, context } = group.epoch;
  try {
    checkProposalList(env, crypto, { tree, groupId: context.groupId }, list, own.leafIndex);
    const applied = applyProposals(tree, context.extensions, list);
    findPsks(applied.psks, group.epoch, psk);
    checkMembers(crypto, applied.tree, applied.extensions);
    return true;
  } catch (error) {
    if (error instanceof MlsError) return false;
    throw error;
  }
}

/**
 * The newest Update of a leaf stands for it, unless somebody wants it removed; all else goes before a ReInit
 * (RFC 9420 §12.2).
 */
function preferred(pending: readonly PendingProposal[]): PendingProposal[] {
  const byLeaf = new Map<number, PendingProposal>();
  for (const candidate of pending) {
    const leafIndex = changedLeaf(candidate);
    if (leafIndex === undefined) continue;
    if (byLeaf.get(leafIndex)?.proposal.kind !== 'remove') byLeaf.set(leafIndex, candidate);
  }
  const kept = pending.filter(candidate => {
    const leafIndex = changedLeaf(candidate);
    return leafIndex === undefined || byLeaf.get(leafIndex) === candidate;
  });
  const isReInit = ({ proposal }: PendingProposal) => proposal.kind === 'reinit';
  return [...kept.filter(one => !isReInit(one)), ...kept.filter(isReInit)];
}

/**
 * The list for a Commit: what the caller wants, and as many of the epoch's pending proposals as go with it
 * (RFC 9420 §12.2, §12.4). A pending proposal that would make the Commit invalid is left out: otherwise one member
 * could keep all others from committing.
 */
export function collectProposals(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  proposals: readonly Proposal[],
  includePending: boolean,
  psk: PskLookup | undefined,
): CommittedProposal[] {
  const { own, tree, context } = group.epoch;
  const wanted: CommittedProposal[] = proposals.map(proposal => ({
    proposal,
    senderLeafIndex: own.leafIndex,
    item: { kind: 'proposal', proposal },
  }));
  checkProposalList(env, crypto, { tree, groupId: context.groupId }, wanted, own.leafIndex);
  if (!includePending || group.proposals.length === 0) return wanted;
  const pending = preferred(group.proposals).map(
    ({ proposal, senderLeafIndex, reference }): CommittedProposal => ({
      proposal,
      senderLeafIndex,
      checked: true,
      item: { kind: 'reference', reference },
    }),
  );
  const everything = [...wanted, ...pending];
  if (isAcceptable(env, crypto, group, everything, psk)) return everything;
  let list = wanted;
  for (const candidate of pending) {
    const longer = [...list, candidate];
    if (isAcceptable(env, crypto, group, longer, psk)) list = longer;
  }
  return list;
}

/**
 * The proposals of a received Commit, with those it names by reference looked up.
 * @throws {MlsError} `INVALID_COMMIT` with reason `unknown_proposal`
 */
export function resolveProposals(
  group: Group,
  items: readonly ProposalOrRef[],
  committer: number,
): (SentProposal & { readonly leafPrivateKey?: Uint8Array | undefined })[] {
  return items.map(item => {
    if (item.kind === 'proposal') return { proposal: item.proposal, senderLeafIndex: committer };
    const pending = group.proposals.find(({ reference }) => bytesEqual(reference, item.reference));
    if (pending === undefined) {
      throw new MlsError('INVALID_COMMIT', 'commit names a proposal that did not come', {
        reason: 'unknown_proposal',
      });
    }
    return { ...pending, checked: true };
  });
}
