import { expect, it } from 'vitest';
import { encode } from '../codec/codec.ts';
import { fromHex, hex } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { groupContextCodec } from './groupContext.ts';
import {
  deriveEpochSecrets,
  epochSecret,
  exportFromSecret,
  externalKeyPair,
  joinerSecret,
  memberSecret,
  welcomeSecret,
} from './keySchedule.ts';

type EpochField =
  | 'tree_hash'
  | 'commit_secret'
  | 'psk_secret'
  | 'confirmed_transcript_hash'
  | 'group_context'
  | 'joiner_secret'
  | 'welcome_secret'
  | 'init_secret'
  | 'sender_data_secret'
  | 'encryption_secret'
  | 'exporter_secret'
  | 'epoch_authenticator'
  | 'external_secret'
  | 'confirmation_key'
  | 'membership_key'
  | 'resumption_psk'
  | 'external_pub';

interface KeyScheduleCase {
  readonly cipher_suite: number;
  readonly group_id: string;
  readonly initial_init_secret: string;
  readonly epochs: (Readonly<Record<EpochField, string>> & {
    readonly exporter: {
      readonly label: string;
      readonly context: string;
      readonly length: number;
      readonly secret: string;
    };
  })[];
}

describeVectors('mls/key-schedule.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<KeyScheduleCase>(data))('$title', ({ crypto, expected }) => {
    let initSecret = fromHex(expected.initial_init_secret);
    expect(expected.epochs.length).toBeGreaterThan(0);
    for (const [index, epoch] of expected.epochs.entries()) {
      const context = encode(groupContextCodec, {
        version: 1,
        cipherSuite: expected.cipher_suite,
        groupId: fromHex(expected.group_id),
        epoch: BigInt(index),
        treeHash: fromHex(epoch.tree_hash),
        confirmedTranscriptHash: fromHex(epoch.confirmed_transcript_hash),
        extensions: [],
      });
      expect(hex(context)).toBe(epoch.group_context);
      const joiner = joinerSecret(crypto, initSecret, fromHex(epoch.commit_secret), context);
      expect(hex(joiner)).toBe(epoch.joiner_secret);
      const member = memberSecret(crypto, joiner, fromHex(epoch.psk_secret));
      expect(hex(welcomeSecret(crypto, member))).toBe(epoch.welcome_secret);
      const { secrets, encryptionSecret } = deriveEpochSecrets(crypto, epochSecret(crypto, member, context));
      expect({
        init_secret: hex(secrets.initSecret),
        sender_data_secret: hex(secrets.senderDataSecret),
        encryption_secret: hex(encryptionSecret),
        exporter_secret: hex(secrets.exporterSecret),
        epoch_authenticator: hex(secrets.epochAuthenticator),
        external_secret: hex(secrets.externalSecret),
        confirmation_key: hex(secrets.confirmationKey),
        membership_key: hex(secrets.membershipKey),
        resumption_psk: hex(secrets.resumptionPsk),
      }).toEqual({
        init_secret: epoch.init_secret,
        sender_data_secret: epoch.sender_data_secret,
        encryption_secret: epoch.encryption_secret,
        exporter_secret: epoch.exporter_secret,
        epoch_authenticator: epoch.epoch_authenticator,
        external_secret: epoch.external_secret,
        confirmation_key: epoch.confirmation_key,
        membership_key: epoch.membership_key,
        resumption_psk: epoch.resumption_psk,
      });
      expect(hex(externalKeyPair(crypto, secrets).publicKey)).toBe(epoch.external_pub);
      const { label, context: exportContext, length, secret } = epoch.exporter;
      const exported = exportFromSecret(
        crypto,
        secrets.exporterSecret,
        label,
        fromHex(exportContext),
        length,
      );
      expect(hex(exported)).toBe(secret);
      initSecret = secrets.initSecret;
    }
  });
});
