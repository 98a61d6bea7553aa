import type { DeviceId } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { OwnRoom } from './ownRoom.ts';

const DAY_MS = 24 * 3_600_000;
/** So that two devices do not make the room at once: the first of the list does, another where that one stays away. */
const OTHERS_TURN_MS = 3_600_000;

/**
 * On which days one's own devices were used: each says so in their own room, once a day, by the day and no closer. The
 * relay sees that something is said there, on a day on which it has seen the device anyway.
 */
export class OwnUse {
  readonly #queue = new SerialQueue();
  #cancelTimer: () => void = () => undefined;
  #closed = false;

  constructor(
    private readonly context: RoomContext,
    private readonly ownRoom: OwnRoom,
    private readonly account: OwnAccount,
  ) {}

  /** A session stands, or the account's list is another. */
  consider(): void {
    const { list } = this.account;
    const first = list?.devices[0]?.deviceId === this.context.identity.deviceId;
    this.#wake(first || this.ownRoom.room !== undefined ? 0 : OTHERS_TURN_MS);
  }

  /** Another device has come into the room, and has heard nothing yet. */
  deviceCame(): void {
    this.#run(() => this.#say(today(this.context)));
  }

  /** Another own device says that it is used. What is of a day to come says nothing. */
  heard(deviceId: DeviceId, day: number): void {
    if (day <= today(this.context) + 1) this.#run(() => this.account.setUsed(deviceId, day));
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  #wake(delayMs: number): void {
    this.#cancelTimer();
    if (this.#closed || this.account.list === undefined) return;
    if (delayMs > 0) this.#cancelTimer = this.context.clock.setTimer(delayMs, () => this.#wake(0));
    else this.#run(() => this.#keepUp());
  }

  async #keepUp(): Promise<void> {
    const { clock, identity } = this.context;
    const nowMs = clock.nowMs();
    // A page that stays open is in use on the next day too.
    this.#wake(DAY_MS - (nowMs % DAY_MS) + OTHERS_TURN_MS / 2);
    const day = today(this.context);
    if (this.account.usedOn(identity.deviceId) !== day) await this.#say(day);
  }

  async #say(day: number): Promise<void> {
    if (this.#closed || !this.ownRoom.wanted) return;
    const room = await this.ownRoom.make();
    if (room === undefined) return;
    await this.ownRoom.say(room, 'deviceUse', [{ type: 'deviceUse', day }]);
    await this.account.setUsed(this.context.identity.deviceId, day);
  }

  #run(job: () => Promise<void>): void {
    // What is not told now is told in the next session.
    void this.#queue.run(job).catch(() => undefined);
  }
}

/** Days since 1970, by UTC. */
function today({ clock }: RoomContext): number {
  return Math.floor(clock.nowMs() / DAY_MS);
}
