import {
  type AddDevice,
  type DeviceMail,
  decodeDeviceMail,
  decodePasskeyStarted,
  decodeRegisterStarted,
  decodeRegistrationPolicy,
  decodeSignedIn,
  decodeSignInStarted,
  encodeAddDevice,
  encodeLeaveDeviceAnswer,
  encodeLeaveDeviceOffer,
  encodePasskeyFinish,
  encodePasskeyStart,
  encodeReadDeviceMail,
  encodeRecover,
  encodeRegisterFinish,
  encodeRegisterStart,
  encodeSignInFinish,
  encodeSignInStart,
  type LeaveDeviceAnswer,
  type LeaveDeviceOffer,
  type PasskeyFinish,
  type PasskeyStart,
  type PasskeyStarted,
  type ReadDeviceMail,
  type Recover,
  type RegisterFinish,
  type RegisterStart,
  type RegisterStarted,
  type RegistrationPolicy,
  type SignedIn,
  type SignInFinish,
  type SignInStart,
  type SignInStarted,
  WIRE_ERROR_CODES,
  type WireErrorCode,
} from '@sotto/protocol';
import type { AccountPost, AccountStep } from '../ports.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';

/**
 * What a relay does about accounts before there is a session. Each rejects with `RelayFailure` where it refused, with
 * `ConnectionLost` where no answer came: then it may have been done or not.
 */
export class AccountService {
  constructor(private readonly post: AccountPost) {}

  async policy(): Promise<RegistrationPolicy> {
    return read(await this.#ask('policy', undefined), decodeRegistrationPolicy);
  }

  async registerStart(start: RegisterStart): Promise<RegisterStarted> {
    return read(await this.#ask('register/start', encodeRegisterStart(start)), decodeRegisterStarted);
  }

  /** The same again changes nothing. */
  async registerFinish(finish: RegisterFinish): Promise<void> {
    await this.#ask('register/finish', encodeRegisterFinish(finish));
  }

  async signInStart(start: SignInStart): Promise<SignInStarted> {
    return read(await this.#ask('sign-in/start', encodeSignInStart(start)), decodeSignInStarted);
  }

  async signInFinish(finish: SignInFinish): Promise<SignedIn> {
    return read(await this.#ask('sign-in/finish', encodeSignInFinish(finish)), decodeSignedIn);
  }

  async recover(recover: Recover): Promise<SignedIn> {
    return read(await this.#ask('recover', encodeRecover(recover)), decodeSignedIn);
  }

  async passkeyStart(start: PasskeyStart): Promise<PasskeyStarted> {
    return read(await this.#ask('passkey/start', encodePasskeyStart(start)), decodePasskeyStarted);
  }

  async passkeyFinish(finish: PasskeyFinish): Promise<SignedIn> {
    return read(await this.#ask('passkey/finish', encodePasskeyFinish(finish)), decodeSignedIn);
  }

  async addDevice(add: AddDevice): Promise<void> {
    await this.#ask('devices', encodeAddDevice(add));
  }

  /** The same again changes nothing; nor below. */
  async leaveDeviceOffer(leave: LeaveDeviceOffer): Promise<void> {
    await this.#ask('devices/offer', encodeLeaveDeviceOffer(leave));
  }

  async readDeviceOffer(mail: ReadDeviceMail): Promise<DeviceMail> {
    return read(await this.#ask('devices/offer/read', encodeReadDeviceMail(mail)), decodeDeviceMail);
  }

  async leaveDeviceAnswer(leave: LeaveDeviceAnswer): Promise<void> {
    await this.#ask('devices/answer', encodeLeaveDeviceAnswer(leave));
  }

  /** Empty where it has not come yet. */
  async readDeviceAnswer(mail: ReadDeviceMail): Promise<DeviceMail> {
    return read(await this.#ask('devices/answer/read', encodeReadDeviceMail(mail)), decodeDeviceMail);
  }

  async #ask(step: AccountStep, body: Uint8Array | undefined): Promise<Uint8Array> {
    const reply = await this.post(step, body).catch(() => {
      throw new ConnectionLost('the relay cannot be reached');
    });
    if ('body' in reply) return reply.body;
    const { refused, retryAfterMs } = reply;
    const code = isWireErrorCode(refused) ? refused : 'UNAVAILABLE';
    throw new RelayFailure({ code, message: step, retryAfterMs, epoch: 0, seq: 0 });
  }
}

/** A relay that answers nonsense is as good as none. */
function read<T>(body: Uint8Array, decode: (body: Uint8Array) => T): T {
  try {
    return decode(body);
  } catch {
    throw new ConnectionLost('the answer makes no sense');
  }
}

function isWireErrorCode(text: string): text is WireErrorCode {
  return (WIRE_ERROR_CODES as readonly string[]).includes(text);
}
