import { encode } from '../codec/codec.ts';
import type { MlsEnv } from '../env.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { encryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { signWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec } from '../messages/keyPackage.ts';
import {
  type EncryptedGroupSecrets,
  type GroupInfo,
  groupInfoCodec,
  groupInfoTbs,
  groupSecretsCodec,
} from '../messages/welcome.ts';
import { EXTENSION, type Extension } from '../tree/extension.ts';
import { ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { commonAncestor, nodeOfLeaf } from '../tree/treeMath.ts';
import type { StagedPath } from '../tree/updatePathCreation.ts';
import type { EpochStart } from './epochStart.ts';
import { greaseExtension, greaseValue } from './grease.ts';
import type { Epoch } from './group.ts';

/** A GroupInfo of an epoch, signed by this member (RFC 9420 §12.4.3). */
function signedGroupInfo(
  crypto: SuiteCrypto,
  epoch: Pick<Epoch, 'context' | 'confirmationTag' | 'own'>,
  extensions: readonly Extension[],
): GroupInfo {
  const unsigned = {
    groupContext: epoch.context,
    extensions,
    confirmationTag: epoch.confirmationTag,
    signer: epoch.own.leafIndex,
  };
  const signature = signWithLabel(
    crypto,
    epoch.own.signaturePrivateKey,
    'GroupInfoTBS',
    groupInfoTbs(unsigned),
  );
  return { ...unsigned, signature };
}

/** New members of a Commit, with what they have to be told. */
export interface Newcomers {
  readonly added: readonly { readonly leafIndex: number; readonly keyPackage: KeyPackage }[];
  readonly path: StagedPath | undefined;
  readonly psks: readonly PreSharedKeyId[];
}

/** The path secret of the lowest node above both the committer and a new member (RFC 9420 §12.4.1). */
function pathSecretFor(path: StagedPath, committer: number, leafIndex: number): Uint8Array | undefined {
  const shared = commonAncestor(nodeOfLeaf(committer), nodeOfLeaf(leafIndex));
  return path.path.keys.find(keys => keys.node === shared)?.pathSecret;
}

/**
 * One Welcome for all new members of a Commit, as MLSMessage (RFC 9420 §12.4.3.1).
 * @param withTree whether the GroupInfo carries the ratchet tree
 */
export function createWelcome(
  env: MlsEnv,
  crypto: SuiteCrypto,
  epoch: Epoch,
  start: EpochStart,
  newcomers: Newcomers,
  withTree: boolean,
): Uint8Array {
  const { provider, suite } = crypto;
  const extensions = [greaseExtension(env.random, greaseValue(env.random))];
  if (withTree)
    extensions.unshift({ type: EXTENSION.ratchetTree, data: encode(ratchetTreeCodec, epoch.tree) });
  const groupInfo = encode(groupInfoCodec, signedGroupInfo(crypto, epoch, extensions));
  const { key, nonce } = welcomeKey(crypto, welcomeSecret(crypto, start.member));
  const encryptedGroupInfo = provider.aeadSeal(suite.aead, key, nonce, new Uint8Array(0), groupInfo);
  const secrets = newcomers.added.map(({ leafIndex, keyPackage }): EncryptedGroupSecrets => {
    const pathSecret = newcomers.path && pathSecretFor(newcomers.path, epoch.own.leafIndex, leafIndex);
    const groupSecrets = encode(groupSecretsCodec, {
      joinerSecret: start.joiner,
      pathSecret,
      psks: newcomers.psks,
    });
    return {
      newMember: keyPackageRef(crypto, encode(keyPackageCodec, keyPackage)),
      encryptedGroupSecrets: encryptWithLabel(
        crypto,
        env.random,
        keyPackage.initKey,
        'Welcome',
        encryptedGroupInfo,
        groupSecrets,
      ),
    };
  });
  return encode(mlsMessageCodec, {
    format: 'welcome',
    message: { cipherSuite: suite.id, secrets, encryptedGroupInfo },
  });
}
