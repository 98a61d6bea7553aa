import type { CommitSummary, ExtensionView, LeafView, MlsEnv, StateWrite, SuiteId } from '../env.ts';
import { MlsError } from '../errors.ts';

declare const groupBrand: unique symbol;
export interface Group {
  readonly [groupBrand]: true;
}

export interface KeyPackageRequest {
  readonly suite: SuiteId;
  readonly credentialIdentity: Uint8Array;
  readonly signaturePrivateKey: Uint8Array;
  readonly lifetimeSeconds: number;
  readonly leafExtensions?: readonly ExtensionView[];
  readonly extensions?: readonly ExtensionView[];
  readonly capabilitiesExtensions?: readonly number[];
}
export interface NewKeyPackage {
  /** An MLSMessage of wire format mls_key_package. */
  readonly keyPackage: Uint8Array;
  /** Secret: the private keys that belong to it. */
  readonly privateState: Uint8Array;
  readonly ref: Uint8Array;
}
export interface KeyPackageView {
  readonly suite: SuiteId;
  readonly credentialIdentity: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly initKey: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly ref: Uint8Array;
}
export interface GroupRequest {
  readonly suite: SuiteId;
  readonly groupId: Uint8Array;
  readonly credentialIdentity: Uint8Array;
  readonly signaturePrivateKey: Uint8Array;
  readonly groupExtensions: readonly ExtensionView[];
  readonly requiredExtensions?: readonly number[];
  readonly capabilitiesExtensions?: readonly number[];
  readonly leafExtensions?: readonly ExtensionView[];
  readonly lifetimeSeconds?: number;
  readonly pastEpochs?: number;
}
export interface CommitRequest {
  readonly adds?: readonly Uint8Array[];
  readonly removes?: readonly number[];
  readonly psks?: readonly { readonly id: Uint8Array; readonly psk: Uint8Array }[];
  readonly groupExtensions?: readonly ExtensionView[];
  readonly includePending?: boolean;
  readonly forcePath?: boolean;
  readonly paddingToBytes?: number;
  readonly aad?: Uint8Array;
}
export interface CommitResult {
  /**
   * The old epoch with the handshake generation used up that the Commit was encrypted with (RFC 9420 §6.3.1): whoever
   * goes on in it, because the Commit was not taken, must go on from here or a (key, nonce) pair repeats.
   */
  readonly group: Group;
  /** From the old state to `group`: to be stored before the Commit leaves. */
  readonly groupWrites: StateWrite[];
  readonly next: Group;
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  readonly writes: StateWrite[];
  readonly wipe: Uint8Array[];
}
export interface JoinRequest {
  readonly welcome: Uint8Array;
  readonly keyPackage: Uint8Array;
  readonly privateState: Uint8Array;
  readonly psk?: (id: Uint8Array) => Uint8Array | undefined;
  readonly ratchetTree?: Uint8Array;
  readonly pastEpochs?: number;
}
export interface JoinResult {
  readonly group: Group;
  readonly writes: StateWrite[];
  readonly signerLeafIndex: number;
}
export interface EncryptRequest {
  readonly plaintext: Uint8Array;
  readonly aad?: Uint8Array;
  readonly paddingToBytes?: number;
}
export interface EncryptResult {
  readonly group: Group;
  readonly message: Uint8Array;
  readonly writes: StateWrite[];
  readonly wipe: Uint8Array[];
}
export interface OpenOptions {
  readonly psk?: (id: Uint8Array) => Uint8Array | undefined;
  readonly authorize?: (summary: CommitSummary) => boolean;
}
export type Opened =
  | {
      readonly kind: 'application';
      readonly group: Group;
      readonly writes: StateWrite[];
      readonly wipe: Uint8Array[];
      readonly senderLeafIndex: number;
      readonly plaintext: Uint8Array;
      readonly aad: Uint8Array;
      readonly epoch: number;
      readonly generation: number;
    }
  | {
      readonly kind: 'commit';
      readonly group: Group;
      readonly writes: StateWrite[];
      readonly wipe: Uint8Array[];
      readonly summary: CommitSummary;
      readonly selfRemoved: boolean;
    }
  | {
      readonly kind: 'proposal';
      readonly group: Group;
      readonly writes: StateWrite[];
      readonly wipe: Uint8Array[];
      readonly senderLeafIndex: number;
      readonly proposalType: number;
    };
export interface Peeked {
  readonly kind: 'private' | 'public' | 'welcome' | 'key_package' | 'group_info';
  readonly groupId?: Uint8Array;
  readonly epoch?: number;
  readonly sizeBytes: number;
}
export interface GroupView {
  readonly groupId: Uint8Array;
  readonly suite: SuiteId;
  readonly epoch: number;
  readonly ownLeafIndex: number;
  readonly members: readonly LeafView[];
  readonly extensions: readonly ExtensionView[];
  readonly epochAuthenticator: Uint8Array;
  readonly treeSizeLeaves: number;
}

const notYet = (): never => {
  throw new MlsError('USAGE', 'not built yet');
};
export function createKeyPackage(_env: MlsEnv, _request: KeyPackageRequest): NewKeyPackage {
  return notYet();
}
export function inspectKeyPackage(_env: MlsEnv, _keyPackage: Uint8Array): KeyPackageView {
  return notYet();
}
export function createGroup(
  _env: MlsEnv,
  _request: GroupRequest,
): { readonly group: Group; readonly writes: StateWrite[] } {
  return notYet();
}
export function commit(_env: MlsEnv, _group: Group, _request: CommitRequest): CommitResult {
  return notYet();
}
export function join(_env: MlsEnv, _request: JoinRequest): JoinResult {
  return notYet();
}
export function encrypt(_env: MlsEnv, _group: Group, _request: EncryptRequest): EncryptResult {
  return notYet();
}
export function open(_env: MlsEnv, _group: Group, _message: Uint8Array, _options?: OpenOptions): Opened {
  return notYet();
}
export function peek(_message: Uint8Array): Peeked {
  return notYet();
}
export function loadGroup(_records: Iterable<readonly [string, Uint8Array]>): Group {
  return notYet();
}
export function saveGroup(_group: Group): StateWrite[] {
  return notYet();
}
export function groupInfoOf(_group: Group): GroupView {
  return notYet();
}
export function exportSecret(
  _env: MlsEnv,
  _group: Group,
  _label: string,
  _context: Uint8Array,
  _lengthBytes: number,
): Uint8Array {
  return notYet();
}
