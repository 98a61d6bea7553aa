import { encode } from '../codec/codec.ts';
import type { ExtensionView, MlsEnv, StateWrite, SuiteId } from '../env.ts';
import { MlsError } from '../errors.ts';
import { type GroupContext, groupContextCodec } from '../keySchedule/groupContext.ts';
import { confirmationTag, deriveEpochSecrets } from '../keySchedule/keySchedule.ts';
import { suiteCrypto } from '../labelled/suiteCrypto.ts';
import { requiredCapabilitiesExtension } from '../tree/capabilities.ts';
import { BASIC_CREDENTIAL } from '../tree/credential.ts';
import { type Extension, hasDuplicateTypes } from '../tree/extension.ts';
import { treeOfOne } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';
import { groupAt } from './epochStart.ts';
import { greaseValue } from './grease.ts';
import type { Group } from './group.ts';
import { newLeaf } from './keyPackages.ts';
import { saveGroup } from './records.ts';
import { checkMembers } from './treeRules.ts';

const DEFAULT_LIFETIME_SECONDS = 90 * 24 * 60 * 60;

/** What to make a group of. */
export interface GroupRequest {
  readonly suite: SuiteId;
  /** Unique among all groups: 16 random bytes or more. */
  readonly groupId: Uint8Array;
  /** The identity of the creator's basic credential. */
  readonly credentialIdentity: Uint8Array;
  /** 32 bytes (Ed25519 seed). */
  readonly signaturePrivateKey: Uint8Array;
  /** Extensions of the group; their types are listed in the creator's capabilities. */
  readonly groupExtensions: readonly ExtensionView[];
  /** Extension types that every member must support. */
  readonly requiredExtensions?: readonly number[];
  /** More extension types that the creator supports. */
  readonly capabilitiesExtensions?: readonly number[];
  readonly leafExtensions?: readonly ExtensionView[];
  /** Of the creator's first leaf; 90 days where not given. */
  readonly lifetimeSeconds?: number;
  /** How many past epochs to keep for late messages; none where not given. */
  readonly pastEpochs?: number;
  /** How many past resumption PSKs to keep; none where not given. */
  readonly resumptionPsks?: number;
}

/** A group with the writes that store it. */
export interface NewGroup {
  readonly group: Group;
  readonly writes: StateWrite[];
}

function extensionsOf(request: GroupRequest): readonly Extension[] {
  const required = request.requiredExtensions ?? [];
  if (required.length === 0) return request.groupExtensions;
  return [
    ...request.groupExtensions,
    requiredCapabilitiesExtension({ extensions: required, proposals: [], credentials: [BASIC_CREDENTIAL] }),
  ];
}

/**
 * Creates a group of one (RFC 9420 §11). Others come in by `commit`.
 * @throws {MlsError} `UNSUPPORTED_SUITE`, `CRYPTO_INPUT`, `USAGE` (an extension type twice)
 */
export function createGroup(env: MlsEnv, request: GroupRequest): NewGroup {
  const crypto = suiteCrypto(env, request.suite);
  const extensions = extensionsOf(request);
  if (hasDuplicateTypes(extensions)) {
    throw new MlsError('USAGE', 'group extension appears twice', { reason: 'duplicate_extension' });
  }
  const supported = [
    ...(request.capabilitiesExtensions ?? []),
    ...(request.requiredExtensions ?? []),
    ...request.groupExtensions.map(extension => extension.type),
  ];
  const { leaf, privateKey } = newLeaf(
    env,
    crypto,
    {
      ...request,
      lifetimeSeconds: request.lifetimeSeconds ?? DEFAULT_LIFETIME_SECONDS,
      capabilitiesExtensions: supported,
    },
    greaseValue(env.random),
  );
  const tree = treeOfOne(leaf);
  checkMembers(crypto, tree, extensions);
  const context: GroupContext = {
    version: 1,
    cipherSuite: request.suite,
    groupId: request.groupId,
    epoch: 0n,
    treeHash: treeHash(crypto, tree),
    confirmedTranscriptHash: new Uint8Array(0),
    extensions,
  };
  const newSecrets = deriveEpochSecrets(crypto, env.random(crypto.suite.hashBytes));
  const group = groupAt(
    crypto,
    {
      context,
      contextBytes: encode(groupContextCodec, context),
      member: new Uint8Array(0),
      newSecrets,
      confirmationTag: confirmationTag(crypto, newSecrets.secrets, context.confirmedTranscriptHash),
    },
    tree,
    {
      leafIndex: 0,
      signaturePrivateKey: request.signaturePrivateKey,
      privateKeys: new Map([[0, privateKey]]),
    },
    {
      retention: { pastEpochs: request.pastEpochs ?? 0, resumptionPsks: request.resumptionPsks ?? 0 },
      resumptionPsks: [],
    },
  );
  return { group, writes: saveGroup(group) };
}
