import { decode, encode } from '../codec/codec.ts';
import type { ExtensionView, MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import { decodeWelcome } from '../framing/mlsMessage.ts';
import { memberSecret, welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import { pskSecret } from '../keySchedule/preSharedKey.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { decryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec } from '../messages/keyPackage.ts';
import {
  type GroupInfo,
  type GroupSecrets,
  groupInfoCodec,
  groupSecretsCodec,
  type Welcome,
} from '../messages/welcome.ts';
import { EXTENSION, extensionData } from '../tree/extension.ts';
import type { Group } from './group.ts';
import { asPartOf, invalid } from './invalid.ts';
import { decodeKeyPackage, type KeyPackageSecrets, keyPackageSecretsCodec } from './keyPackages.ts';
import { linkOf } from './linkedGroup.ts';
import { findPsks, type PskLookup } from './preSharedKeys.ts';

/** What one needs to read a Welcome. */
export interface WelcomeRequest {
  /** MLSMessage with wire format mls_welcome. */
  readonly welcome: Uint8Array;
  /** The key package that was added, as `createKeyPackage` made it. */
  readonly keyPackage: Uint8Array;
  /** Its private keys; to be deleted after joining. */
  readonly privateState: Uint8Array;
  /** Gives external PSKs. */
  readonly psk?: PskLookup;
  /**
   * The group that the new one is to come from, by re-initialisation or branching (RFC 9420 §11.2, §11.3): a Welcome
   * that is not linked to it is refused. Without it, those that are linked to a group are.
   */
  readonly parent?: Group;
}

interface OwnKeyPackage {
  readonly keyPackage: KeyPackage;
  readonly secrets: KeyPackageSecrets;
}

/** A Welcome as it opens for this key package. Of the GroupInfo nothing has been checked but who could have made it. */
export interface ReadWelcome {
  readonly crypto: SuiteCrypto;
  readonly own: OwnKeyPackage;
  readonly groupSecrets: GroupSecrets;
  readonly groupInfo: GroupInfo;
  readonly member: Uint8Array;
  readonly link: ReturnType<typeof linkOf>;
}

/** The part of the Welcome that is for this key package (RFC 9420 §12.4.3.1). */
function openGroupSecrets(crypto: SuiteCrypto, welcome: Welcome, own: OwnKeyPackage): GroupSecrets {
  const ref = keyPackageRef(crypto, encode(keyPackageCodec, own.keyPackage));
  const entry = welcome.secrets.find(({ newMember }) => bytesEqual(newMember, ref));
  if (entry === undefined || own.keyPackage.cipherSuite !== welcome.cipherSuite) {
    throw new MlsError('WELCOME_NOT_FOR_US', 'welcome has nothing for this key package');
  }
  const plain = asPartOf('INVALID_WELCOME', () =>
    decryptWithLabel(
      crypto,
      own.secrets.initPrivateKey,
      'Welcome',
      welcome.encryptedGroupInfo,
      entry.encryptedGroupSecrets,
    ),
  );
  if (plain === undefined) {
    throw invalid('INVALID_WELCOME', 'group_secrets', 'group secrets cannot be decrypted');
  }
  return decode(groupSecretsCodec, plain);
}

function openGroupInfo(crypto: SuiteCrypto, welcome: Welcome, member: Uint8Array): GroupInfo {
  const { key, nonce } = welcomeKey(crypto, welcomeSecret(crypto, member));
  const { provider, suite } = crypto;
  const plain = provider.aeadOpen(suite.aead, key, nonce, new Uint8Array(0), welcome.encryptedGroupInfo);
  if (plain === undefined) {
    throw invalid('INVALID_WELCOME', 'group_info', 'group info cannot be decrypted; a PSK may be wrong');
  }
  return decode(groupInfoCodec, plain);
}

/** Opens a Welcome. The caller wipes `member` and what is secret in `groupSecrets`. */
export function readWelcome(env: MlsEnv, request: WelcomeRequest): ReadWelcome {
  const welcome = decodeWelcome(request.welcome);
  const crypto = suiteCrypto(env, welcome.cipherSuite);
  const own: OwnKeyPackage = {
    keyPackage: decodeKeyPackage(request.keyPackage),
    secrets: decode(keyPackageSecretsCodec, request.privateState),
  };
  const groupSecrets = openGroupSecrets(crypto, welcome, own);
  const link = linkOf(env, groupSecrets.psks, request.parent);
  const psks = findPsks(groupSecrets.psks, undefined, request.psk, link);
  const member = memberSecret(crypto, groupSecrets.joinerSecret, pskSecret(crypto, psks));
  return { crypto, own, groupSecrets, groupInfo: openGroupInfo(crypto, welcome, member), member, link };
}

/** What a Welcome says to whom it is for, before anyone has vouched for it: `join` checks who did. */
export interface WelcomeView {
  readonly groupId: Uint8Array;
  readonly epoch: number;
  /** Of the GroupInfo, without the ratchet tree. */
  readonly extensions: readonly ExtensionView[];
  /** Whether the ratchet tree came along; where not, `join` needs it from elsewhere. */
  readonly hasTree: boolean;
}

/**
 * Looks into a Welcome without joining, for what stands in it about where the ratchet tree is.
 * @throws {MlsError} as `join` does before it has a tree
 */
export function inspectWelcome(env: MlsEnv, request: WelcomeRequest): WelcomeView {
  const { groupSecrets, groupInfo, member } = readWelcome(env, request);
  for (const secret of [groupSecrets.joinerSecret, groupSecrets.pathSecret, member]) secret?.fill(0);
  const { groupContext, extensions } = groupInfo;
  return {
    groupId: groupContext.groupId,
    epoch: Number(groupContext.epoch),
    extensions: extensions.filter(({ type }) => type !== EXTENSION.ratchetTree),
    hasTree: extensionData(extensions, EXTENSION.ratchetTree) !== undefined,
  };
}
