import { createHash, randomBytes } from 'node:crypto';
import { client as opaque, ready } from '@serenity-kit/opaque';
import {
  type AccountId,
  type AddDevice,
  type DeviceId,
  deleteAccountInput,
  deviceListInput,
  encodeDeviceList,
  encodeRegistration,
  encodeSignedDeviceList,
  Handle,
  type InvitationCode,
  type PasskeyFinish,
  type PasskeyStart,
  type PasskeyStarted,
  type Recover,
  type RegisterFinish,
  type RegisterStart,
  type RegisterStarted,
  type Registration,
  registrationInput,
  type SignedIn,
  type SignInFinish,
  type SignInStart,
  type SignInStarted,
} from '@sotto/protocol';
import { accountIdOf } from '../identity.ts';
import { type KeyPair, signature, TestDevice } from './device.fixture.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
const text = (value: Uint8Array): string => Buffer.from(value).toString('base64url');

/** What an account asks of a relay before it has a session: `relay.accounts`, or the routes over HTTP. */
export interface AccountPort {
  registerStart(start: RegisterStart): Promise<RegisterStarted>;
  registerFinish(finish: RegisterFinish): Promise<void>;
  signInStart(start: SignInStart): Promise<SignInStarted>;
  signInFinish(finish: SignInFinish): Promise<SignedIn>;
  recover(recover: Recover): Promise<SignedIn>;
  passkeyStart(start: PasskeyStart): Promise<PasskeyStarted>;
  passkeyFinish(finish: PasskeyFinish): Promise<SignedIn>;
  addDevice(add: AddDevice): Promise<void>;
}

/** So that tests do not spend seconds on argon2id; real clients stretch as the library advises. */
const keyStretching = { 'argon2id-custom': { iterations: 1, memory: 8, parallelism: 1 } } as const;

/** A person with an account, its keys and the client side of OPAQUE, for tests. */
export class TestAccount {
  readonly devices: TestDevice[];
  readonly revokedIds: DeviceId[] = [];
  readonly handle: Handle;
  readonly sealedBundle: Uint8Array;
  readonly sealedRecoveryBundle: Uint8Array = new Uint8Array(randomBytes(80));
  readonly recoveryProof: Uint8Array = new Uint8Array(randomBytes(32));
  listCounter = 0;
  /** From the last registration, sign-in or change of password; base64url. */
  exportKey = '';

  constructor(
    handle: string,
    readonly password = 'correct horse battery staple',
    { device = new TestDevice(), sealedBundle = new Uint8Array(randomBytes(80)) } = {},
  ) {
    this.handle = Handle.parse(handle);
    this.devices = [device];
    this.sealedBundle = sealedBundle;
  }

  get key(): KeyPair {
    return this.devices[0]!.account;
  }

  get accountId(): AccountId {
    return accountIdOf(this.key.publicKey);
  }

  /** One more device of this account, not listed yet. */
  newDevice(): TestDevice {
    return new TestDevice(this.key);
  }

  /** The next list of the devices as they are now, signed. */
  nextList(devices: readonly TestDevice[] = this.devices, signer: KeyPair = this.key): Uint8Array {
    this.listCounter += 1;
    return this.list(this.listCounter, devices, signer);
  }

  list(
    counter: number,
    devices: readonly TestDevice[] = this.devices,
    signer: KeyPair = this.key,
  ): Uint8Array {
    const list = encodeDeviceList({
      accountKey: this.key.publicKey,
      counter,
      devices: devices.map(device => ({ certificate: device.certificate(), sealedName: Uint8Array.of(1) })),
      revokedDeviceIds: this.revokedIds,
    });
    return encodeSignedDeviceList({ list, signature: signature(signer, deviceListInput(list)) });
  }

  async register(
    port: AccountPort,
    origin: string,
    change: {
      readonly invitationCode?: InvitationCode;
      readonly registration?: Partial<Registration>;
      readonly signer?: KeyPair;
    } = {},
  ): Promise<RegisterFinish> {
    const finish = await this.registration(port, origin, change);
    await port.registerFinish(finish);
    return finish;
  }

  /** All of a registration but its end. */
  async registration(
    port: AccountPort,
    origin: string,
    {
      invitationCode,
      registration: change = {},
      signer = this.key,
    }: Parameters<TestAccount['register']>[2] = {},
  ): Promise<RegisterFinish> {
    await ready;
    const { password, handle } = this;
    const { clientRegistrationState, registrationRequest } = opaque.startRegistration({ password });
    const { registrationResponse } = await port.registerStart({
      handle,
      invitationCode,
      registrationRequest: bytes(registrationRequest),
    });
    const { registrationRecord, exportKey } = opaque.finishRegistration({
      password,
      clientRegistrationState,
      registrationResponse: text(registrationResponse),
      keyStretching,
    });
    this.exportKey = exportKey;
    const registration = encodeRegistration({
      handle,
      origin,
      accountKey: this.key.publicKey,
      registrationRecord: bytes(registrationRecord),
      sealedBundle: this.sealedBundle,
      sealedRecoveryBundle: this.sealedRecoveryBundle,
      recoveryProofHash: createHash('sha256').update(this.recoveryProof).digest(),
      signedDeviceList: this.nextList(),
      invitationCode,
      ...change,
    });
    return { registration, signature: signature(signer, registrationInput(registration)) };
  }

  /** The first half of a sign-in: what the relay answered, and the second half. */
  async startSignIn(port: AccountPort, password = this.password) {
    await ready;
    const { clientLoginState, startLoginRequest } = opaque.startLogin({ password });
    const started = await port.signInStart({
      handle: this.handle,
      startLoginRequest: bytes(startLoginRequest),
    });
    const finish = async (): Promise<SignedIn> => {
      const result = opaque.finishLogin({
        password,
        clientLoginState,
        loginResponse: text(started.loginResponse),
        keyStretching,
      });
      if (result !== undefined) this.exportKey = result.exportKey;
      // Who has the wrong password can still send something.
      const finishLoginRequest =
        result === undefined ? new Uint8Array(randomBytes(64)) : bytes(result.finishLoginRequest);
      return port.signInFinish({ signInId: started.signInId, finishLoginRequest });
    };
    return { started, finish };
  }

  async signIn(port: AccountPort, password = this.password): Promise<SignedIn> {
    return (await this.startSignIn(port, password)).finish();
  }

  /** The new record for a new password; `ask` is the start of the change, in a session. */
  async newPassword(
    password: string,
    ask: (registrationRequest: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    await ready;
    const { clientRegistrationState, registrationRequest } = opaque.startRegistration({ password });
    const registrationResponse = text(await ask(bytes(registrationRequest)));
    const { registrationRecord, exportKey } = opaque.finishRegistration({
      password,
      clientRegistrationState,
      registrationResponse,
      keyStretching,
    });
    this.exportKey = exportKey;
    return bytes(registrationRecord);
  }

  deletion(origin: string, nonce: Uint8Array, signer: KeyPair = this.key): Uint8Array {
    return signature(signer, deleteAccountInput(origin, nonce));
  }
}
