import { encode } from '../codec/codec.ts';
import type { MlsEnv, StateWrite } from '../env.ts';
import type { FramedContent } from '../framing/framedContent.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { signPublic } from '../framing/publicMessage.ts';
import { newExternalInit } from '../keySchedule/externalInit.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { interimTranscriptHash } from '../keySchedule/transcriptHash.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { suiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Proposal } from '../messages/proposal.ts';
import { nodeOfLeaf } from '../tree/treeMath.ts';
import { encryptPath, stagePath } from '../tree/updatePathCreation.ts';
import { groupAt, nextContext, startEpoch } from './epochStart.ts';
import { applyExternalProposals, checkExternalProposals, checkFormerSelf } from './externalCommit.ts';
import { greaseValue } from './grease.ts';
import type { Group } from './group.ts';
import { checkGroupInfo, decodeGroupInfo, externalPubOf, treeOf } from './groupInfo.ts';
import { asPartOf } from './invalid.ts';
import { type LeafRequest, leafContents } from './keyPackages.ts';
import { refuseExternalCommits } from './policy.ts';
import { findPsks } from './preSharedKeys.ts';
import { saveGroup } from './records.ts';
import { checkMembers } from './treeRules.ts';

/** What one needs to join by an external Commit. */
export interface ExternalJoinRequest extends Omit<LeafRequest, 'lifetimeSeconds'> {
  /** MLSMessage with wire format mls_group_info, as a member made it with `createGroupInfo`. */
  readonly groupInfo: Uint8Array;
  /** The ratchet tree, where the GroupInfo goes without. */
  readonly ratchetTree?: Uint8Array;
  /** External PSKs that the members know as well: one at least. */
  readonly psks: readonly { readonly id: Uint8Array; readonly psk: Uint8Array }[];
  /** The leaf index of this client's former self, which the Commit takes out. */
  readonly formerLeafIndex?: number;
  /** Authenticated, and sent in clear like all of the Commit. */
  readonly aad?: Uint8Array;
  /** How many past epochs to keep for late messages; none where not given. */
  readonly pastEpochs?: number;
  /** How many past resumption PSKs to keep; none where not given. */
  readonly resumptionPsks?: number;
}

/** An external Commit, and the group that it leads into. */
export interface ExternalJoinResult {
  /** The group once the Commit was accepted; where it was not, nothing of it may be used. */
  readonly group: Group;
  /** All of `group`, to be stored as the state only when the Commit was accepted. */
  readonly writes: StateWrite[];
  /** MLSMessage (a PublicMessage) for all members. */
  readonly commit: Uint8Array;
  /** The member that signed the GroupInfo. Its signature is all that vouches for the group until others are heard. */
  readonly signerLeafIndex: number;
}

function proposalsFor(
  request: ExternalJoinRequest,
  kemOutput: Uint8Array,
  nonce: () => Uint8Array,
): Proposal[] {
  const { formerLeafIndex } = request;
  return [
    { kind: 'external_init', kemOutput },
    ...(formerLeafIndex === undefined ? [] : [{ kind: 'remove', removed: formerLeafIndex } as const]),
    ...request.psks.map(
      ({ id }) => ({ kind: 'psk', psk: { kind: 'external', id, nonce: nonce() } }) as const,
    ),
  ];
}

/**
 * Joins a group by an external Commit (RFC 9420 §12.4.3.2) that binds a PSK. `env.authenticate` is asked about every
 * member. Whether this client is in a group of that id already is for the caller to know.
 * @throws {MlsError} `UNSUPPORTED_FEATURE` where the policy refuses it, or without a PSK; `MALFORMED`,
 *   `UNSUPPORTED_SUITE`, `INVALID_WELCOME`, `NOT_AUTHENTICATED`; `INVALID_PROPOSAL`, `INVALID_LEAF`, `INVALID_TREE`,
 *   `INVALID_COMMIT` where this client does not fit into the group
 */
export function joinByExternalCommit(env: MlsEnv, request: ExternalJoinRequest): ExternalJoinResult {
  refuseExternalCommits(env);
  const groupInfo = decodeGroupInfo(request.groupInfo);
  const { groupContext } = groupInfo;
  const { groupId, epoch } = groupContext;
  const crypto = suiteCrypto(env, groupContext.cipherSuite);
  const members = treeOf(groupInfo, request.ratchetTree);
  checkGroupInfo(env, crypto, groupInfo, members);
  const { kemOutput, initSecret } = asPartOf('INVALID_WELCOME', () =>
    newExternalInit(crypto, env.random, externalPubOf(groupInfo)),
  );
  const proposals = proposalsFor(request, kemOutput, () => env.random(crypto.suite.hashBytes));
  checkExternalProposals(crypto, members, proposals);
  const applied = applyExternalProposals(members, groupContext.extensions, proposals);
  const { signaturePrivateKey } = request;
  const place = { groupId, leafIndex: applied.joinerLeaf };
  const contents = leafContents(env, crypto, request, greaseValue(env.random));
  const staged = stagePath(crypto, env.random, applied.tree, place, contents, signaturePrivateKey);
  checkFormerSelf(env, applied, staged.leafNode);
  checkMembers(crypto, staged.tree, groupContext.extensions);
  const provisional = nextContext(crypto, groupContext, staged.tree, groupContext.extensions);
  const provisionalBytes = encode(groupContextCodec, provisional);
  const path = encryptPath(crypto, env.random, staged, new Set(), provisionalBytes);
  const framed: FramedContent = {
    groupId,
    epoch,
    sender: { kind: 'new_member_commit' },
    authenticatedData: request.aad ?? new Uint8Array(0),
    content: {
      type: 'commit',
      commit: { proposals: proposals.map(proposal => ({ kind: 'proposal', proposal })), path },
    },
  };
  const signature = signPublic(crypto, framed, encode(groupContextCodec, groupContext), signaturePrivateKey);
  const before = {
    interimTranscriptHash: interimTranscriptHash(
      crypto,
      groupContext.confirmedTranscriptHash,
      groupInfo.confirmationTag,
    ),
    secrets: { initSecret },
  };
  const psks = findPsks(applied.psks, undefined, id => request.psks.find(psk => bytesEqual(psk.id, id))?.psk);
  const { commitSecret, keys } = staged.path;
  const message = { format: 'public_message', framed } as const;
  const start = startEpoch(crypto, before, provisional, message, signature, commitSecret, psks);
  const group = groupAt(
    crypto,
    start,
    staged.tree,
    {
      leafIndex: applied.joinerLeaf,
      signaturePrivateKey,
      privateKeys: new Map([
        [nodeOfLeaf(applied.joinerLeaf), staged.leafPrivateKey],
        ...keys.map(({ node, privateKey }) => [node, privateKey] as const),
      ]),
    },
    {
      retention: { pastEpochs: request.pastEpochs ?? 0, resumptionPsks: request.resumptionPsks ?? 0 },
      resumptionPsks: [],
    },
  );
  for (const secret of [initSecret, commitSecret, start.joiner, start.member]) secret.fill(0);
  for (const { pathSecret } of keys) pathSecret.fill(0);
  const auth = { signature, confirmationTag: start.confirmationTag };
  return {
    group,
    writes: saveGroup(group),
    commit: encode(mlsMessageCodec, {
      format: 'public_message',
      message: { framed, auth, membershipTag: undefined },
    }),
    signerLeafIndex: groupInfo.signer,
  };
}
