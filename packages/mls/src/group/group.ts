import { encode } from '../codec/codec.ts';
import { MlsError } from '../errors.ts';
import { type EpochFrame, epochFrame } from '../framing/privateMessage.ts';
import { type GroupContext, groupContextCodec } from '../keySchedule/groupContext.ts';
import type { EpochSecrets } from '../keySchedule/keySchedule.ts';
import type { SecretTree } from '../keySchedule/secretTree.ts';
import type { Proposal, ReInit } from '../messages/proposal.ts';
import type { PrivateKeys } from '../tree/pathSecrets.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';

/** How much of the past a group keeps on purpose, each with its cost in forward secrecy. */
interface Retention {
  /** Past epochs whose late application messages can still be opened. */
  readonly pastEpochs: number;
  /** Past epochs whose resumption PSK can still be used. */
  readonly resumptionPsks: number;
}

/** What only this member knows and is. */
export interface OwnMember {
  readonly leafIndex: number;
  readonly signaturePrivateKey: Uint8Array;
  readonly privateKeys: PrivateKeys;
}

/** What changes with each Commit. */
export interface Epoch {
  readonly context: GroupContext;
  /** The encoded context and what else each message repeats. */
  readonly frame: EpochFrame;
  readonly tree: RatchetTree;
  readonly secrets: EpochSecrets;
  readonly confirmationTag: Uint8Array;
  readonly interimTranscriptHash: Uint8Array;
  readonly own: OwnMember;
  /** Of past epochs, the newest first. */
  readonly resumptionPsks: readonly { readonly epoch: bigint; readonly psk: Uint8Array }[];
  readonly retention: Retention;
  /** Read from a record that holds the whole tree: the next epoch is the first that is stored node by node. */
  readonly unsplit?: true;
}

/** A proposal of this epoch that a Commit may bring into effect. */
export interface PendingProposal {
  readonly reference: Uint8Array;
  readonly senderLeafIndex: number;
  readonly proposal: Proposal;
  /** Of this member's own Update. */
  readonly leafPrivateKey: Uint8Array | undefined;
}

/** What is needed to open late messages of an epoch that is over. */
export interface PastEpoch {
  readonly frame: EpochFrame;
  readonly senderDataSecret: Uint8Array;
  readonly ownLeafIndex: number;
  /** By leaf index. */
  readonly signatureKeys: ReadonlyMap<number, Uint8Array>;
  readonly secretTree: SecretTree;
}

/**
 * A member's whole state of a group. Never changed: each operation gives a new one. Treat it as opaque; what may be
 * known of it says `groupInfoOf`.
 */
export interface Group {
  readonly epoch: Epoch;
  readonly secretTree: SecretTree;
  readonly proposals: readonly PendingProposal[];
  /** The newest first. */
  readonly past: readonly PastEpoch[];
  /** Keys of stored records that belong to no epoch that is kept; the next writes delete them. */
  readonly staleKeys: readonly string[];
  /** This member was removed. */
  readonly ended: boolean;
  /** A Commit re-initialised the group in the epoch before this one, which is its last. */
  readonly reInit: ReInit | undefined;
}

/** The frame of the epoch with this context. */
export function frameOf(context: GroupContext): EpochFrame {
  return epochFrame(context, encode(groupContextCodec, context));
}

/**
 * Refuses a group in which nothing may be sent any more (RFC 9420 §12.4.2).
 * @throws {MlsError} `REMOVED`, `REINITIALIZED`
 */
export function refuseClosed(group: Group): void {
  refuseEnded(group);
  if (group.reInit !== undefined) throw new MlsError('REINITIALIZED', 'another group takes this one’s place');
}

/** @throws {MlsError} `REMOVED` */
export function refuseEnded(group: Group): void {
  if (group.ended) throw new MlsError('REMOVED', 'this member was removed from the group');
}
