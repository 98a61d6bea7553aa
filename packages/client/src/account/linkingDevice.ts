import {
  answerOffer,
  CoreError,
  certifyOffered,
  deviceCodeKeys,
  deviceOfferWords,
  isListed,
  listDevice,
  readDeviceCode,
  refuseOffer,
  renameDevice,
  type TakenOffer,
  takeOffer,
} from '@sotto/core';
import type { LinkRequest } from '../accountIntents.ts';
import { ClientError } from '../intents.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { AccountContext } from './accountContext.ts';
import type { OwnAccount } from './ownAccount.ts';

/** What was read of a code, and how far adding its device has come. */
interface ReadCode {
  readonly symbols: string;
  readonly token: Uint8Array;
  readonly taken: TakenOffer;
  /** Made once: what is asked again after a lost answer is the same. */
  answer?: Uint8Array;
}

/** The device that is in: reads the code of a new one, and adds it once its person has compared words. */
export class LinkingDevice {
  /** Only what was read here, and whose words were shown, is ever approved. */
  #read: ReadCode | undefined;

  constructor(
    private readonly context: AccountContext,
    private readonly account: OwnAccount,
  ) {}

  /** Throws `BAD_CODE`, `NO_ACCOUNT`, `LINK_EXPIRED`, `LINK_TAMPERED`. */
  async read(text: string): Promise<LinkRequest> {
    const { room, stretch } = this.context;
    const { env } = room;
    this.account.registered;
    const code = readDeviceCode(env, text);
    const keys = await deviceCodeKeys(env, code, stretch);
    const offer = await this.#readOffer(keys.token);
    const taken = taking(() => takeOffer(env, { code, keys }, offer));
    const words = await deviceOfferWords(env, taken, stretch);
    this.#read = { symbols: code.symbols, token: keys.token, taken };
    return { words, name: taken.name };
  }

  /**
   * Lists the new device at the relay, then answers it. Where the answer gets lost, asking again goes on; where the
   * code ran out meanwhile, the device is taken off the list again. Throws `LINK_EXPIRED`, `TOO_MANY_DEVICES`,
   * `BAD_NAME`.
   */
  async approve(text: string, deviceName: string): Promise<void> {
    const read = this.#readOf(text);
    const { service } = this.context;
    read.answer ??= await this.#admit(read, deviceName);
    try {
      await service.leaveDeviceAnswer({ token: read.token, sealed: read.answer });
    } catch (error) {
      if (!(error instanceof RelayFailure) || !isFinal(error)) throw error;
      this.#read = undefined;
      await this.account.revoke(read.taken.deviceId);
      throw expired();
    }
    this.#read = undefined;
  }

  /** Tells the new device. Says nothing where it cannot be told: its code runs out. */
  async refuse(text: string): Promise<void> {
    const read = this.#readOf(text);
    this.#read = undefined;
    const sealed = refuseOffer(this.context.room.env, read.taken);
    await this.context.service.leaveDeviceAnswer({ token: read.token, sealed }).catch(() => undefined);
  }

  /** The new device is in the list at the relay when this resolves to what it is to be told. */
  async #admit({ token, taken }: ReadCode, name: string): Promise<Uint8Array> {
    const { room, selfName } = this.context;
    const { env, identity } = room;
    // Nothing is listed for a device that waits no more.
    await this.#readOffer(token);
    const certificate = certifyOffered(env, identity, taken);
    await this.account.put(list =>
      // Asked again after a lost answer, it may stand there.
      isListed(list, taken.deviceId)
        ? renameDevice(env, identity, list, { deviceId: taken.deviceId, name })
        : listDevice(env, identity, list, { certificate, name }),
    );
    const { handle, list } = this.account.registered;
    return answerOffer(env, taken, { identity, handle, name: selfName(), list, certificate });
  }

  async #readOffer(token: Uint8Array): Promise<Uint8Array> {
    try {
      return (await this.context.service.readDeviceOffer({ token })).sealed;
    } catch (error) {
      if (error instanceof RelayFailure && isFinal(error)) throw expired();
      throw error;
    }
  }

  /** Throws `BAD_CODE`, `LINK_EXPIRED` for a code that was not read here. */
  #readOf(text: string): ReadCode {
    const { symbols } = readDeviceCode(this.context.room.env, text);
    if (this.#read?.symbols !== symbols) throw expired();
    return this.#read;
  }
}

/** Trying again does not help. */
function isFinal({ code }: RelayFailure): boolean {
  return code === 'NOT_FOUND' || code === 'CONFLICT';
}

function expired(): ClientError {
  return new ClientError('LINK_EXPIRED', 'no new device waits under this code');
}

function taking(take: () => TakenOffer): TakenOffer {
  try {
    return take();
  } catch (error) {
    if (!(error instanceof CoreError) || error.code === 'SWAPPED_KEY') throw error;
    throw new ClientError('BAD_CODE', 'the offer of a program of another version');
  }
}
