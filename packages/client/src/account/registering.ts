import {
  asMember,
  type BundleKey,
  type CoreEnv,
  cleanName,
  type DeviceIdentity,
  decodeIdentity,
  encodeIdentity,
  firstDeviceList,
  makeRecoveryCode,
  recoveryKeysOf,
  registrationProof,
  sealAccountBundle,
  verifyDeviceList,
} from '@sotto/core';
import { encodeRegistration, Handle, InvitationCode, ProtocolError } from '@sotto/protocol';
import type { CreateAccountOptions } from '../accountIntents.ts';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { AccountContext } from './accountContext.ts';
import type { RegisteringRecord } from './accountRecords.ts';
import type { OwnAccount } from './ownAccount.ts';
import { readNewPassword, registerPassword } from './passwords.ts';

/** Throws `HANDLE_INVALID`. */
export function readHandle(typed: string): Handle {
  try {
    return Handle.parse(typed.trim());
  } catch (error) {
    if (error instanceof ProtocolError) throw new ClientError('HANDLE_INVALID', 'not a handle');
    throw error;
  }
}

/** Twelve new words, with what the relay gets of them. */
export function newRecovery(
  env: CoreEnv,
  bundle: { readonly accountPrivateKey: Uint8Array; readonly handle: Handle },
): { readonly words: string; readonly sealedBundle: Uint8Array; readonly proofHash: Uint8Array } {
  const code = makeRecoveryCode(env);
  const { bundleKey, proofHash } = recoveryKeysOf(env, code);
  return { words: code.join(' '), sealedBundle: sealAccountBundle(env, bundle, bundleKey), proofHash };
}

/**
 * Registers this device's account. What is sent is on disk before: a registration whose answer is lost is sent again,
 * which changes nothing where it had arrived, until it is known whether there is an account.
 */
export class Registering {
  constructor(
    private readonly context: AccountContext,
    private readonly account: OwnAccount,
  ) {}

  async createAccount(options: CreateAccountOptions): Promise<{ recoveryCode: string }> {
    await this.finish();
    if (this.account.list !== undefined) throw new ClientError('HAS_ACCOUNT', 'this device has an account');
    const handle = readHandle(options.handle);
    const password = readNewPassword(options.password);
    const name = cleanName(options.name);
    const { env, identity: before } = this.context.room;
    const identity = before.kind === 'guest' ? asMember(env, before) : before;
    const list = firstDeviceList(env, identity, options.deviceName);
    const invitationCode = readInvitation(options.invitation);
    const { registrationRecord, key } = await registerPassword(
      await this.context.opaque(),
      password,
      async request =>
        (
          await this.context.service.registerStart({
            handle,
            registrationRequest: request,
            ...(invitationCode !== undefined && { invitationCode }),
          })
        ).registrationResponse,
    );
    const recovery = newRecovery(env, { accountPrivateKey: identity.accountPrivateKey, handle });
    const registration = encodeRegistration({
      handle,
      origin: this.context.relayOrigin,
      accountKey: identity.accountKey,
      registrationRecord,
      sealedBundle: sealedBundleOf(env, identity, handle, key),
      sealedRecoveryBundle: recovery.sealedBundle,
      recoveryProofHash: recovery.proofHash,
      signedDeviceList: list.signed,
      ...(invitationCode !== undefined && { invitationCode }),
    });
    const record: RegisteringRecord = {
      identity: encodeIdentity(identity),
      handle,
      registration,
      signature: registrationProof(env, identity, registration),
      signedDeviceList: list.signed,
    };
    await this.context.room.vault.commit([{ key: KEYS.registering, value: encodeRecord(record) }]);
    await this.#send(record, true);
    await this.context.setName(name);
    return { recoveryCode: recovery.words };
  }

  /** What a stop in the middle left: sends the registration again. Rejects with `ConnectionLost`. */
  async finish(): Promise<void> {
    const kept = await this.context.room.vault.read(KEYS.registering);
    if (kept === undefined) return;
    try {
      await this.#send(decodeRecord<RegisteringRecord>(kept), false);
    } catch (error) {
      // It had not arrived, and somebody else has the handle by now, or so: as if it had never been asked.
      if (!(error instanceof RelayFailure) || (await this.context.room.vault.read(KEYS.registering)))
        throw error;
    }
  }

  async #send(record: RegisteringRecord, fresh: boolean): Promise<void> {
    const { registration, signature, handle, signedDeviceList } = record;
    const finish = { registration, signature };
    // What was sent before, and not answered, may have arrived: then a passing refusal now says nothing about it.
    let mayHaveArrived = !fresh;
    try {
      await this.context.service.registerFinish(finish).catch(error => {
        if (!(error instanceof ConnectionLost)) throw error;
        mayHaveArrived = true;
        return this.context.service.registerFinish(finish);
      });
    } catch (error) {
      const passing =
        !(error instanceof RelayFailure) || error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE';
      if (!mayHaveArrived || !passing)
        await this.context.room.vault.commit([{ key: KEYS.registering, value: null }]);
      throw error;
    }
    const { env } = this.context.room;
    const identity = decodeIdentity(env, record.identity);
    const list = verifyDeviceList(env, signedDeviceList, { accountId: identity.accountId });
    const begun = this.account.begun({ handle, list, recoveryCodeMade: fresh });
    await this.context.become(identity, [begun.write, { key: KEYS.registering, value: null }]);
    begun.take();
    this.context.changed();
  }
}

/** The account's keys for the relay to hold, under what only the password gives. */
export function sealedBundleOf(
  env: CoreEnv,
  { accountPrivateKey }: DeviceIdentity,
  handle: Handle,
  key: BundleKey,
): Uint8Array {
  return sealAccountBundle(env, { accountPrivateKey, handle }, key);
}

function readInvitation(typed: string | undefined): InvitationCode | undefined {
  if (typed === undefined || typed.trim() === '') return undefined;
  try {
    return InvitationCode.parse(typed.trim());
  } catch (error) {
    if (error instanceof ProtocolError) throw new ClientError('INVITATION_NEEDED', 'not an invitation');
    throw error;
  }
}
