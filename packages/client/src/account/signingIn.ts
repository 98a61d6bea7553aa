import {
  type BundleKey,
  CoreError,
  createDevice,
  type DeviceIdentity,
  decodeIdentity,
  encodeIdentity,
  isListed,
  listDevice,
  openAccountBundle,
  passkeyKeysOf,
  passkeyProof,
  readRecoveryCode,
  recoveryKeysOf,
  type VerifiedDeviceList,
  verifyDeviceList,
} from '@sotto/core';
import type { Handle, SignedIn } from '@sotto/protocol';
import type { PasskeySignIn, RecoverOptions, SignInOptions } from '../accountIntents.ts';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { AccountContext } from './accountContext.ts';
import type { EnteringRecord } from './accountRecords.ts';
import type { ChangingAccount } from './changingAccount.ts';
import type { OwnAccount } from './ownAccount.ts';
import { provePassword, readNewPassword } from './passwords.ts';
import { readHandle } from './registering.ts';

const MOST_TRIES = 3;

/** Shows the relay that the account is one's own, and gets its keys. */
type Proof = () => Promise<{ readonly signedIn: SignedIn; readonly key: BundleKey }>;

/**
 * Makes this device one of an account's. Its keys are on disk before the account lists it; it is that device only once
 * the list is with the relay. Where the answer is lost, proving again shows whether it is.
 */
export class SigningIn {
  constructor(
    private readonly context: AccountContext,
    private readonly account: OwnAccount,
    private readonly changing: ChangingAccount,
    /** Whether this device has a room. */
    private readonly inUse: () => boolean,
  ) {}

  async signIn({ handle: typed, password, deviceName }: SignInOptions): Promise<void> {
    this.assertNew();
    const handle = readHandle(typed);
    const opaque = await this.context.opaque();
    const { service } = this.context;
    await this.#enter(deviceName, () => provePassword(service, opaque, { handle, password }), handle);
  }

  /** Whose passkey it is, the relay says; that it is theirs, the keys show that open with it. */
  async signInByPasskey({ prfOutput, deviceName }: PasskeySignIn): Promise<void> {
    this.assertNew();
    const { service, relayOrigin: origin, room } = this.context;
    const keys = passkeyKeysOf(room.env, prfOutput);
    const { signInKey, bundleKey: key } = keys;
    await this.#enter(deviceName, async () => {
      const { challenge } = await service.passkeyStart({ origin });
      const signature = passkeyProof(room.env, keys, { origin, nonce: challenge });
      return { signedIn: await service.passkeyFinish({ challenge, signInKey, signature }), key };
    });
  }

  async recover({ handle: typed, code, newPassword, deviceName }: RecoverOptions): Promise<void> {
    this.assertNew();
    const handle = readHandle(typed);
    const password = readNewPassword(newPassword);
    const { bundleKey: key, proof: recoveryProof } = recoveryKeysOf(this.context.room.env, readCode(code));
    const prove = async () => ({
      signedIn: await this.context.service.recover({ handle, recoveryProof }),
      key,
    });
    await this.#enter(deviceName, prove, handle);
    await this.context.online();
    await this.changing.setPassword(password);
  }

  /** What a stop in the middle left. Rejects with `ConnectionLost`. */
  async finish(): Promise<void> {
    const entering = await this.#entering();
    if (entering === undefined) return;
    const { ticket, signedDeviceList, handle } = entering;
    try {
      await this.context.service.addDevice({ ticket, signedDeviceList });
    } catch (error) {
      if (!(error instanceof RelayFailure)) throw error;
      // The ticket was for ten minutes: whoever wants in signs in again.
      await this.context.room.vault.commit([{ key: KEYS.entering, value: null }]);
      return;
    }
    const { env } = this.context.room;
    const identity = decodeIdentity(env, entering.identity);
    const list = verifyDeviceList(env, signedDeviceList, { accountId: identity.accountId });
    await this.adopt(identity, handle, list);
  }

  /** Throws `DEVICE_IN_USE`. */
  assertNew(): void {
    if (this.inUse() || this.account.list !== undefined)
      throw new ClientError('DEVICE_IN_USE', 'this device has chats or an account already');
  }

  /** `asked`: the handle that was typed. */
  async #enter(deviceName: string, prove: Proof, asked?: Handle): Promise<void> {
    const { env, vault } = this.context.room;
    for (let tries = 1; ; tries++) {
      const { signedIn, key } = await prove();
      const known = verifyDeviceList(env, signedIn.signedDeviceList, {});
      const { accountId } = known;
      const { handle, accountPrivateKey } = openAccountBundle(env, signedIn.sealedBundle, { accountId, key });
      if (asked !== undefined && handle !== asked)
        throw new ClientError('SIGN_IN_FAILED', 'keys of another handle');
      const identity = (await this.#begunFor(known)) ?? createDevice(env, accountPrivateKey);
      if (isListed(known, identity.deviceId)) return this.adopt(identity, handle, known);
      const { certificate } = identity;
      const list = listDevice(env, identity, known, { certificate, name: deviceName });
      const entering: EnteringRecord = {
        identity: encodeIdentity(identity),
        handle,
        signedDeviceList: list.signed,
        ticket: signedIn.ticket,
      };
      await vault.commit([{ key: KEYS.entering, value: encodeRecord(entering) }]);
      try {
        await this.context.service.addDevice({ ticket: signedIn.ticket, signedDeviceList: list.signed });
        return await this.adopt(identity, handle, list);
      } catch (error) {
        const refused = error instanceof RelayFailure && error.code !== 'DEVICE_LIST_OLD';
        if (refused) await vault.commit([{ key: KEYS.entering, value: null }]);
        if (refused || tries === MOST_TRIES || !isPassing(error)) throw error;
      }
    }
  }

  /** The device that was made for this account before, and that its list may have already. */
  async #begunFor({ accountId, revokedDeviceIds }: VerifiedDeviceList): Promise<DeviceIdentity | undefined> {
    const entering = await this.#entering();
    const identity = entering && decodeIdentity(this.context.room.env, entering.identity);
    if (identity?.accountId !== accountId || revokedDeviceIds.includes(identity.deviceId)) return undefined;
    return identity;
  }

  async #entering(): Promise<EnteringRecord | undefined> {
    const kept = await this.context.room.vault.read(KEYS.entering);
    return kept && decodeRecord<EnteringRecord>(kept);
  }

  /** This device is the account's from here on. `name`: what people call them, where another device has told. */
  async adopt(
    identity: DeviceIdentity,
    handle: Handle,
    list: VerifiedDeviceList,
    name: string = handle,
  ): Promise<void> {
    const begun = this.account.begun({ handle, list, recoveryCodeMade: true });
    const writes = [begun.write, { key: KEYS.entering, value: null }, { key: KEYS.inbox, value: null }];
    await this.context.become(identity, writes);
    begun.take();
    this.context.changed();
    // People see a name; until another is chosen, the one that is known.
    if (this.context.selfName() === '') await this.context.setName(name || handle);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof RelayFailure || error instanceof ConnectionLost;
}

function readCode(typed: string) {
  try {
    return readRecoveryCode(typed);
  } catch (error) {
    if (error instanceof CoreError) throw new ClientError('MISTYPED_CODE', error.message);
    throw error;
  }
}
