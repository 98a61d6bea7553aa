import {
  type AddedDevice,
  CoreError,
  type DeviceOffer,
  deviceOfferWords,
  offerDevice,
  openAnswer,
} from '@sotto/core';
import type { LinkingState } from '../accountIntents.ts';
import { ClientError } from '../intents.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { AccountContext } from './accountContext.ts';

/** How often a new device looks for its answer: somebody stands before it and waits. */
const LOOK_EVERY_MS = 2_000;

type Failure = Extract<LinkingState, { step: 'failed' }>['reason'];

/**
 * This device waits to be added by one that is in: it shows its code, and says whose account it gets before it takes
 * it. All of it is in memory: whoever reloads the page gets a new code.
 */
export class BeingLinked {
  #state: LinkingState | undefined;
  /** The offer that is being waited for. */
  #offered: DeviceOffer | undefined;
  #added: AddedDevice | undefined;
  #cancelLook: () => void = () => undefined;

  constructor(
    private readonly context: AccountContext,
    /** Throws `DEVICE_IN_USE`. */
    private readonly assertNew: () => void,
    private readonly adopt: (added: AddedDevice) => Promise<void>,
  ) {}

  get state(): LinkingState | undefined {
    return this.#state;
  }

  async begin(deviceName: string): Promise<void> {
    this.assertNew();
    this.cancel();
    const { room, service, stretch } = this.context;
    const offered = await offerDevice(room.env, { name: deviceName }, stretch);
    const { token, offer, scanned, typed, expiresAtMs, privateState } = offered;
    const words = await deviceOfferWords(room.env, { key: privateState.key, offer }, stretch);
    await service.leaveDeviceOffer({ token, sealed: offer });
    this.#offered = offered;
    this.#show({ step: 'waiting', code: scanned, typed, words, expiresAtMs });
    this.#lookLater(offered, LOOK_EVERY_MS);
  }

  cancel(): void {
    this.#cancelLook();
    this.#offered = undefined;
    this.#added = undefined;
    if (this.#state !== undefined) this.#show(undefined);
  }

  /** Throws `LINK_EXPIRED` where there is nothing to be confirmed. */
  async confirm(): Promise<void> {
    const added = this.#added;
    if (added === undefined) throw new ClientError('LINK_EXPIRED', 'nobody has answered');
    this.assertNew();
    await this.adopt(added);
    this.cancel();
  }

  close(): void {
    this.#cancelLook();
    this.#offered = undefined;
  }

  #lookLater(offered: DeviceOffer, delayMs: number): void {
    this.#cancelLook = this.context.room.clock.setTimer(delayMs, () => void this.#look(offered));
  }

  async #look(offered: DeviceOffer): Promise<void> {
    try {
      const { sealed } = await this.context.service.readDeviceAnswer({ token: offered.token });
      if (this.#offered !== offered) return;
      if (sealed.length > 0) this.#take(offered, sealed);
      else this.#waitOn(offered, LOOK_EVERY_MS);
    } catch (error) {
      if (this.#offered !== offered) return;
      if (error instanceof RelayFailure && error.code === 'NOT_FOUND') {
        this.#fail(this.#isOver(offered) ? 'expired' : 'lost');
      } else if (error instanceof RelayFailure || error instanceof ConnectionLost) {
        const retryAfterMs = error instanceof RelayFailure ? error.retryAfterMs : 0;
        this.#waitOn(offered, Math.max(LOOK_EVERY_MS, retryAfterMs));
      } else throw error;
    }
  }

  #waitOn(offered: DeviceOffer, delayMs: number): void {
    if (this.#isOver(offered)) this.#fail('expired');
    else this.#lookLater(offered, delayMs);
  }

  #isOver({ expiresAtMs }: DeviceOffer): boolean {
    return this.context.room.clock.nowMs() >= expiresAtMs;
  }

  #take(offered: DeviceOffer, answer: Uint8Array): void {
    try {
      const added = openAnswer(this.context.room.env, offered, answer);
      if (added === 'refused') {
        this.#fail('refused');
        return;
      }
      this.#offered = undefined;
      this.#added = added;
      this.#show({ step: 'confirm', handle: added.handle });
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      this.#fail(error.code === 'EXPIRED' ? 'expired' : 'wrong-answer');
    }
  }

  #fail(reason: Failure): void {
    this.#offered = undefined;
    this.#show({ step: 'failed', reason });
  }

  #show(state: LinkingState | undefined): void {
    this.#state = state;
    this.context.changed();
  }
}
