import { mayModerate } from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import { fraction } from '../relay/backoff.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import { isSilent } from '../room/sendingBlocked.ts';
import type { BringingIn } from './bringingIn.ts';
import type { Directory } from './directory.ts';

/** So long its person's own devices have to bring it in; then anyone does who may, and not all in one moment. */
const LEFT_TO_ITS_OWN_MS = 5_000;
const SPREAD_MS = 10_000;
/** So long a message waits for it at most. */
const HELD_BACK_MS = 10_000;
/** Each try takes a KeyPackage from each device of the account. */
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;

/**
 * New devices of other people that are not in a room in which their account is, because no other device of theirs is
 * there to bring them in: those who may add somebody do it (decision 0023). Which devices an account has says the list
 * that it signed, and nothing else.
 */
export class ListedDevices {
  /** Rooms with somebody to bring in. */
  readonly #waiting = new Map<RoomId, () => void>();
  readonly #bringing = new Set<RoomId>();
  /** Accounts with a device that could not be added, how often that was tried, and from when on it is again. */
  readonly #paused = new Map<AccountId, Pause>();
  /** Ends the wait for what the relay says of the lists, while there is one. */
  #looking: () => void = () => undefined;
  #looks = false;
  #closed = false;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly directory: Pick<Directory, 'listOf'>,
    private readonly bringing: Pick<BringingIn, 'bring'>,
  ) {}

  /** Called when somebody's list is another: all rooms are looked at. */
  consider(): void {
    for (const { actor } of this.rooms.all) this.#consider(actor);
  }

  /** A session stands, and all lists are asked for: what was written meanwhile waits for that a little. */
  look(looked: Promise<unknown>): void {
    this.#looking();
    this.#looks = true;
    const done = () => {
      if (this.#looking !== done) return;
      cancel();
      this.#looking = () => undefined;
      this.#looks = false;
      for (const { actor } of this.rooms.all) actor.wake();
    };
    const cancel = this.context.clock.setTimer(HELD_BACK_MS, done);
    this.#looking = done;
    void looked.then(done, done);
  }

  /** A device of this account can be added now. */
  canBeAdded(accountId: AccountId): void {
    this.#paused.get(accountId)?.cancel();
    this.#paused.delete(accountId);
    this.consider();
  }

  /** Whether somebody is being brought in: from now on, where it was only waited for. */
  bringsIn(roomId: RoomId): boolean {
    const { actor } = this.rooms.get(roomId);
    if (this.#waiting.has(roomId)) this.#begin(actor);
    return this.#bringing.has(roomId) || (this.#looks && this.#mayBringInto(actor));
  }

  close(): void {
    this.#closed = true;
    this.#looking();
    for (const cancel of this.#waiting.values()) cancel();
    for (const { cancel } of this.#paused.values()) cancel();
    this.#waiting.clear();
  }

  #consider(room: RoomActor): void {
    const { roomId } = room;
    if (this.#closed || this.#waiting.has(roomId) || this.#bringing.has(roomId)) return;
    if (this.#missingIn(room).length === 0) return;
    const { clock, random } = this.context;
    const delayMs = LEFT_TO_ITS_OWN_MS + SPREAD_MS * fraction(random);
    this.#waiting.set(
      roomId,
      clock.setTimer(delayMs, () => this.#begin(room)),
    );
  }

  #begin(room: RoomActor): void {
    const { roomId } = room;
    this.#waiting.get(roomId)?.();
    this.#waiting.delete(roomId);
    const missing = this.#missingIn(room);
    if (this.#closed || missing.length === 0) return;
    this.#bringing.add(roomId);
    const done = () => {
      if (!this.#bringing.delete(roomId)) return;
      cancel();
      room.wake();
    };
    const cancel = this.context.clock.setTimer(HELD_BACK_MS, done);
    for (const accountId of missing) this.#pause(accountId);
    void this.bringing
      .bring(room, missing)
      .catch(() => undefined)
      .then(done);
  }

  #pause(accountId: AccountId): void {
    const { clock } = this.context;
    const before = this.#paused.get(accountId);
    before?.cancel();
    const tries = (before?.tries ?? 0) + 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 20));
    const cancel = clock.setTimer(pauseMs, () => this.consider());
    this.#paused.set(accountId, { tries, untilMs: clock.nowMs() + pauseMs, cancel });
  }

  /** Whether this device may and wants to add others' devices there. */
  #mayBringInto({ state, erasing }: RoomActor): boolean {
    const { people } = this.context;
    const { membership, condition, fallenOut, leaving } = state.record;
    const view = viewOf(state);
    if (membership !== 'member' || condition === 'ended' || fallenOut !== undefined || leaving) return false;
    if (view === undefined || view.self.guest || view.kind === 'self' || erasing) return false;
    if (view.kind === 'group' && !mayModerate(view.self.role)) return false;
    // A stranger's room, somebody blocked, keys that changed, somebody one is not sure of: nobody is brought in.
    return !isSilent(people, state) && people.goesOnIn(state) === undefined;
  }

  /** Accounts in this room with a listed device that is not. */
  #missingIn(room: RoomActor): readonly AccountId[] {
    const { people, clock } = this.context;
    const view = viewOf(room.state);
    if (view === undefined || !this.#mayBringInto(room)) return [];
    const inside = new Set(view.members.map(({ deviceId }) => deviceId));
    const leavers = new Set(view.leaving);
    const [accounts, passedOver] = [new Set<AccountId>(), new Set<AccountId>([view.self.accountId])];
    for (const { accountId, deviceId, guest } of view.members) {
      if (guest || leavers.has(deviceId)) passedOver.add(accountId);
      else accounts.add(accountId);
    }
    return [...accounts].filter(accountId => {
      if (passedOver.has(accountId) || people.isBlocked(accountId)) return false;
      if ((this.#paused.get(accountId)?.untilMs ?? 0) > clock.nowMs()) return false;
      const devices = this.directory.listOf(accountId)?.devices ?? [];
      return devices.some(({ deviceId }) => !inside.has(deviceId));
    });
  }
}

interface Pause {
  readonly tries: number;
  readonly untilMs: number;
  readonly cancel: () => void;
}
