import { expect, it } from 'vitest';
import { decode, encode } from '../codec/codec.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import { nobleProvider } from '../crypto/nobleProvider.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { type Group, groupInfoOf, join, loadGroup, type MlsEnv, open, saveGroup } from '../index.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { memberSecret, welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import { pskSecret } from '../keySchedule/preSharedKey.ts';
import { decryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { verifyWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { keyPackageCodec } from '../messages/keyPackage.ts';
import { groupInfoCodec, groupInfoTbs, groupSecretsCodec } from '../messages/welcome.ts';
import { fromHex, hex, seededRandom } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { startFromMember } from './epochStart.ts';
import { decodeKeyPackage, keyPackageSecretsCodec } from './keyPackages.ts';

interface WelcomeCase {
  readonly cipher_suite: number;
  readonly init_priv: string;
  readonly signer_pub: string;
  readonly key_package: string;
  readonly welcome: string;
}

describeVectors('mls/welcome.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<WelcomeCase>(data))('$title', ({ crypto, expected }) => {
    const decoded = decode(mlsMessageCodec, fromHex(expected.welcome));
    if (decoded.format !== 'welcome') throw new Error('not a welcome');
    const welcome = decoded.message;
    const ref = keyPackageRef(
      crypto,
      encode(keyPackageCodec, decodeKeyPackage(fromHex(expected.key_package))),
    );
    const entry = welcome.secrets.find(({ newMember }) => hex(newMember) === hex(ref));
    const secretsBytes = decryptWithLabel(
      crypto,
      fromHex(expected.init_priv),
      'Welcome',
      welcome.encryptedGroupInfo,
      entry?.encryptedGroupSecrets as NonNullable<typeof entry>['encryptedGroupSecrets'],
    );
    const secrets = decode(groupSecretsCodec, secretsBytes as Uint8Array);
    expect(secrets.psks).toEqual([]);
    const member = memberSecret(crypto, secrets.joinerSecret, pskSecret(crypto, []));
    const { key, nonce } = welcomeKey(crypto, welcomeSecret(crypto, member));
    const infoBytes = crypto.provider.aeadOpen(
      crypto.suite.aead,
      key,
      nonce,
      new Uint8Array(0),
      welcome.encryptedGroupInfo,
    );
    const info = decode(groupInfoCodec, infoBytes as Uint8Array);
    const signer = fromHex(expected.signer_pub);
    expect(verifyWithLabel(crypto, signer, 'GroupInfoTBS', groupInfoTbs(info), info.signature)).toBe(true);
    const context = info.groupContext;
    const start = startFromMember(crypto, context, encode(groupContextCodec, context), member);
    expect(start.confirmationTag).toEqual(info.confirmationTag);
  });
});

interface PassiveClientCase {
  readonly cipher_suite: number;
  readonly external_psks: { readonly psk_id: string; readonly psk: string }[];
  readonly key_package: string;
  readonly signature_priv: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly initial_epoch_authenticator: string;
  readonly epochs: {
    readonly proposals: string[];
    readonly commit: string;
    readonly epoch_authenticator: string;
  }[];
}

function envFor(crypto: SuiteCrypto): MlsEnv {
  return {
    provider: crypto.provider,
    random: seededRandom(1),
    nowSeconds: () => 0,
    authenticate: () => true,
    suites: [crypto.suite.id],
    // Their key packages are valid for ever.
    maximumLifetimeSeconds: Number.POSITIVE_INFINITY,
  };
}

function checkKeyPair(crypto: SuiteCrypto, publicKey: Uint8Array, privateKey: Uint8Array): void {
  const { provider, suite } = crypto;
  const nothing = new Uint8Array(0);
  const sealed = hpkeSeal(provider, suite, seededRandom(2), publicKey, nothing, nothing, Uint8Array.of(5));
  const opened = hpkeOpen(provider, suite, privateKey, sealed.kemOutput, nothing, nothing, sealed.ciphertext);
  expect(opened).toEqual(Uint8Array.of(5));
}

function stored(group: Group): Group {
  return loadGroup(saveGroup(group).map(({ key, value }) => [key, value as Uint8Array]));
}

/** Epochs of a history that the slower provider follows; all of them with MLS_FULL_VECTORS=1. */
const NOBLE_EPOCHS = process.env.MLS_FULL_VECTORS === '1' ? Number.POSITIVE_INFINITY : 60;
const TIMEOUT_MS = 240_000;

function epochsFor<E>(crypto: SuiteCrypto, epochs: readonly E[]): readonly E[] {
  return crypto.provider === nobleProvider ? epochs.slice(0, NOBLE_EPOCHS) : epochs;
}

for (const file of ['passive-client-welcome', 'passive-client-handling-commit', 'passive-client-random']) {
  describeVectors(`mls/${file}.json`, 'mlswg/mls-implementations', data => {
    it.each(runsOf<PassiveClientCase>(data))(
      '$title',
      ({ crypto, expected }) => {
        const env = envFor(crypto);
        const keyPackage = decodeKeyPackage(fromHex(expected.key_package));
        checkKeyPair(crypto, keyPackage.initKey, fromHex(expected.init_priv));
        checkKeyPair(crypto, keyPackage.leafNode.encryptionKey, fromHex(expected.encryption_priv));
        expect(crypto.provider.ed25519PublicKey(fromHex(expected.signature_priv))).toEqual(
          keyPackage.leafNode.signatureKey,
        );
        const psk = (id: Uint8Array) => {
          const known = expected.external_psks.find(({ psk_id }) => psk_id === hex(id));
          return known && fromHex(known.psk);
        };
        let { group } = join(env, {
          welcome: fromHex(expected.welcome),
          keyPackage: fromHex(expected.key_package),
          privateState: encode(keyPackageSecretsCodec, {
            initPrivateKey: fromHex(expected.init_priv),
            leafPrivateKey: fromHex(expected.encryption_priv),
            signaturePrivateKey: fromHex(expected.signature_priv),
          }),
          psk,
          resumptionPsks: 10,
          ...(expected.ratchet_tree !== null && { ratchetTree: fromHex(expected.ratchet_tree) }),
        });
        expect(hex(groupInfoOf(group).epochAuthenticator)).toBe(expected.initial_epoch_authenticator);
        for (const [index, epoch] of epochsFor(crypto, expected.epochs).entries()) {
          for (const proposal of epoch.proposals) group = open(env, group, fromHex(proposal)).group;
          const opened = open(env, group, fromHex(epoch.commit), { psk });
          expect(opened.kind).toBe('commit');
          group = index % 3 === 0 ? stored(opened.group) : opened.group;
          expect(hex(groupInfoOf(group).epochAuthenticator)).toBe(epoch.epoch_authenticator);
        }
      },
      TIMEOUT_MS,
    );
  });
}
