import { encode } from '../codec/codec.ts';
import { hpkeDeriveKeyPair } from '../crypto/hpke.ts';
import type { ExtensionView, MlsEnv, ReInitView, StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import { authenticatedContentCodec } from '../framing/framedContent.ts';
import { proposalRef } from '../labelled/reference.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Proposal } from '../messages/proposal.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { signLeafNode } from '../tree/leafSigning.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { proposalsFor } from './commitProposals.ts';
import { type Group, type PendingProposal, refuseClosed } from './group.ts';
import { sealContent, signContent } from './handshake.ts';
import { checkProposal } from './proposalRules.ts';
import { proposalWrite } from './records.ts';

/** Pending proposals of one epoch that are kept at most. */
export const MAX_PENDING_PROPOSALS = 4096;

/** A change to be proposed, for somebody else to commit. */
export type ProposedChange =
  | { readonly kind: 'add'; readonly keyPackage: Uint8Array }
  | { readonly kind: 'remove'; readonly leafIndex: number }
  /** Fresh keys for this member's own leaf. */
  | { readonly kind: 'update' }
  | { readonly kind: 'psk'; readonly id: Uint8Array }
  | { readonly kind: 'resumption_psk'; readonly epoch: number }
  | { readonly kind: 'group_extensions'; readonly extensions: readonly ExtensionView[] }
  /** To end this group and begin another in its place (RFC 9420 §11.2). */
  | { readonly kind: 'reinit'; readonly reinit: ReInitView };

/** How a proposal is to look on the wire. */
export interface ProposeOptions {
  readonly wireFormat?: 'private' | 'public';
  readonly paddingToBytes?: number;
  readonly aad?: Uint8Array;
}

/** A proposal, and the group that waits for its Commit. */
export interface ProposeResult {
  readonly group: Group;
  /** MLSMessage for all members. */
  readonly message: Uint8Array;
  readonly writes: StateWrite[];
  readonly wipe: Uint8Array[];
}

/** The group with one more pending proposal; the same proposal again changes nothing. */
export function withPending(group: Group, pending: PendingProposal): { group: Group; writes: StateWrite[] } {
  if (group.proposals.length >= MAX_PENDING_PROPOSALS) {
    throw new MlsError('TOO_LARGE', 'too many proposals are pending', { proposals: group.proposals.length });
  }
  return {
    group: { ...group, proposals: [...group.proposals, pending] },
    writes: [proposalWrite(group.proposals.length, pending)],
  };
}

function updateProposal(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
): { proposal: Proposal; privateKey: Uint8Array } {
  const { own, tree, context } = group.epoch;
  const { encryptionKey: _, signature: __, ...contents } = leafAt(tree, own.leafIndex) as LeafNode;
  const keys = hpkeDeriveKeyPair(crypto.provider, crypto.suite, env.random(crypto.suite.hashBytes));
  const leafNode = signLeafNode(
    crypto,
    { ...contents, encryptionKey: keys.publicKey, source: { kind: 'update' } },
    { groupId: context.groupId, leafIndex: own.leafIndex },
    own.signaturePrivateKey,
  );
  return { proposal: { kind: 'update', leafNode }, privateKey: keys.privateKey };
}

function proposalOf(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  change: ProposedChange,
): { proposal: Proposal; privateKey?: Uint8Array } {
  if (change.kind === 'update') return updateProposal(env, crypto, group);
  const changes = {
    adds: change.kind === 'add' ? [change.keyPackage] : [],
    removes: change.kind === 'remove' ? [change.leafIndex] : [],
    psks: change.kind === 'psk' ? [{ id: change.id, psk: new Uint8Array(0) }] : [],
    resumptionEpochs: change.kind === 'resumption_psk' ? [change.epoch] : [],
    ...(change.kind === 'reinit' ? { reinit: change.reinit } : {}),
    ...(change.kind === 'group_extensions' ? { groupExtensions: change.extensions } : {}),
  };
  return { proposal: proposalsFor(env, crypto, group, changes)[0] as Proposal };
}

/**
 * Proposes a change that takes effect when somebody commits it (RFC 9420 §12.1).
 * @throws {MlsError} `INVALID_PROPOSAL`, `INVALID_KEY_PACKAGE`, `INVALID_LEAF`, `NOT_AUTHENTICATED`, `REMOVED`,
 *   `REINITIALIZED`, `UNSUPPORTED_FEATURE`
 */
export function propose(
  env: MlsEnv,
  group: Group,
  change: ProposedChange,
  options: ProposeOptions = {},
): ProposeResult {
  refuseClosed(group);
  const { own, tree, context } = group.epoch;
  const crypto = suiteCrypto(env, context.cipherSuite);
  const { proposal, privateKey } = proposalOf(env, crypto, group, change);
  const ground = { tree, groupId: context.groupId };
  checkProposal(env, crypto, ground, { proposal, senderLeafIndex: own.leafIndex });
  const signed = signContent(
    crypto,
    group,
    options.wireFormat === 'public' ? 'public_message' : 'private_message',
    { type: 'proposal', proposal },
    options.aad ?? new Uint8Array(0),
  );
  const sealed = sealContent(env, crypto, group, signed, undefined, options.paddingToBytes ?? 0);
  const authenticated = { ...signed, auth: { signature: signed.signature, confirmationTag: undefined } };
  const pending = withPending(sealed.group, {
    reference: proposalRef(crypto, encode(authenticatedContentCodec, authenticated)),
    senderLeafIndex: own.leafIndex,
    proposal,
    leafPrivateKey: privateKey,
  });
  return {
    group: pending.group,
    message: sealed.message,
    writes: [...sealed.writes, ...pending.writes],
    wipe: sealed.wipe,
  };
}
