import { encode } from '../codec/codec.ts';
import type { MlsEnv } from '../env.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { encryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec } from '../messages/keyPackage.ts';
import { type EncryptedGroupSecrets, groupInfoCodec, groupSecretsCodec } from '../messages/welcome.ts';
import { commonAncestor, nodeOfLeaf } from '../tree/treeMath.ts';
import type { StagedPath } from '../tree/updatePathCreation.ts';
import type { EpochStart } from './epochStart.ts';
import { greaseExtension, greaseValue } from './grease.ts';
import type { Epoch } from './group.ts';
import { ratchetTreeExtension, signedGroupInfo } from './groupInfo.ts';

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
  if (withTree) extensions.unshift(ratchetTreeExtension(epoch.tree));
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
