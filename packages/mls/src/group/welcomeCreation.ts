import { encode } from '../codec/codec.ts';
import type { MlsEnv } from '../env.ts';
import { decodeWelcome, mlsMessageCodec } from '../framing/mlsMessage.ts';
import { welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { encryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec } from '../messages/keyPackage.ts';
import { type EncryptedGroupSecrets, groupInfoCodec, groupSecretsCodec } from '../messages/welcome.ts';
import type { Extension } from '../tree/extension.ts';
import { commonAncestor, nodeOfLeaf } from '../tree/treeMath.ts';
import type { StagedPath } from '../tree/updatePathCreation.ts';
import type { EpochStart } from './epochStart.ts';
import { greaseExtension, greaseValue } from './grease.ts';
import type { Epoch } from './group.ts';
import { signedGroupInfo } from './groupInfo.ts';

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
 * @param tree the extension with the ratchet tree, or what says where it is
 */
export function createWelcome(
  env: MlsEnv,
  crypto: SuiteCrypto,
  epoch: Epoch,
  start: EpochStart,
  newcomers: Newcomers,
  tree: readonly Extension[],
): Uint8Array {
  const { provider, suite } = crypto;
  const extensions = [...tree, greaseExtension(env.random, greaseValue(env.random))];
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

/**
 * A Welcome apart for each new member, in the order in which they were added: it says nothing of the others, and many
 * who are added at once do not each get a copy of what is for all.
 * @throws {MlsError} `MALFORMED`, `UNSUPPORTED_VERSION`
 */
export function splitWelcome(welcome: Uint8Array): Uint8Array[] {
  const { cipherSuite, secrets, encryptedGroupInfo } = decodeWelcome(welcome);
  return secrets.map(one =>
    encode(mlsMessageCodec, {
      format: 'welcome',
      message: { cipherSuite, secrets: [one], encryptedGroupInfo },
    }),
  );
}
