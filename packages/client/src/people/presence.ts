import { isPresenceNow, openEphemeral, sealEphemeral } from '@sotto/core';
import type { AccountId, DeviceId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { PresenceView } from '../peopleIntents.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import { sendingBlockedOf } from '../room/sendingBlocked.ts';

/** Said again this often, and forgotten when it was not said for some more than twice that. */
const REPEAT_MS = 60_000;
const GOOD_FOR_MS = 150_000;
/** Nobody looks who of so many is there, and everybody would say it to everybody. */
const MOST_MEMBERS = 32;

interface Seen {
  readonly accountId: AccountId;
  readonly online: boolean;
  readonly lastSeenMs: number;
  /** When it was said, by the clock of the device that did. */
  readonly sentAtMs: number;
  readonly heardAtMs: number;
}

/**
 * Who is there: said to the rooms of this device while it is online, encrypted, kept nowhere. Never to strangers who
 * wait for an answer, nor where somebody would hear it who is blocked; who says nothing is shown nothing of either.
 */
export class Presence {
  readonly #seen = new Map<DeviceId, Seen>();
  #cancelTimer: () => void = () => undefined;
  #closed = false;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly isOn: () => boolean,
    private readonly changed: () => void,
  ) {}

  of(accountId: AccountId): PresenceView | undefined {
    if (!this.isOn()) return undefined;
    const devices = [...this.#seen.values()].filter(seen => seen.accountId === accountId);
    if (devices.length === 0) return undefined;
    const nowMs = this.context.clock.nowMs();
    const online = devices.some(seen => seen.online && nowMs - seen.heardAtMs < GOOD_FOR_MS);
    return online
      ? { online }
      : { online, lastSeenMs: Math.max(...devices.map(({ lastSeenMs }) => lastSeenMs)) };
  }

  /** Says that its person is there, now and from time to time: where nothing has changed since, nothing is said. */
  begin(): void {
    this.#cancelTimer();
    if (this.#closed) return;
    if (this.isOn()) for (const { actor } of this.rooms.shown) this.say(actor, 'online');
    this.#cancelTimer = this.context.clock.setTimer(REPEAT_MS, () => {
      // Those who were not heard of for a while are there no more.
      this.changed();
      this.begin();
    });
  }

  say({ state, caughtUp }: RoomActor, said: 'online' | 'away'): void {
    const { conversation, record } = state;
    const { people, link, env, identity, clock } = this.context;
    const view = viewOf(state);
    if (conversation === undefined || view === undefined || record.streamId === undefined) return;
    if (!link.online || !caughtUp || record.membership !== 'member' || record.condition === 'ended') return;
    const why = sendingBlockedOf(people, state)?.why;
    if (why !== undefined && why !== 'announcements') return;
    const { members } = view;
    if (members.length < 2 || members.length > MOST_MEMBERS) return;
    if (members.some(({ accountId }) => people.isBlocked(accountId))) return;
    const payload = sealEphemeral(env, conversation, identity, {
      type: 'presence',
      state: said,
      ...(said === 'away' && { lastSeenMs: clock.nowMs() }),
    });
    link.tell({ type: 'ephemeral', streamId: record.streamId, payload });
  }

  /** A signal from the relay; others than of presence are not looked at. */
  receive(room: RoomActor, payload: Uint8Array): void {
    const { env, people, clock, identity } = this.context;
    const { conversation } = room.state;
    const opened = conversation && openEphemeral(env, conversation, payload);
    if (opened?.body.type !== 'presence' || opened.author.accountId === identity.accountId) return;
    const { author, body, sentAtMs } = opened;
    const before = this.#seen.get(author.deviceId);
    if (people.isBlocked(author.accountId) || !isPresenceNow(env, sentAtMs, before?.sentAtMs)) return;
    const heardAtMs = clock.nowMs();
    const online = body.state === 'online';
    const lastSeenMs = Math.min(body.lastSeenMs ?? sentAtMs, heardAtMs);
    this.#seen.set(author.deviceId, { accountId: author.accountId, online, lastSeenMs, sentAtMs, heardAtMs });
    // Who has just come has not heard who is there.
    if (online && before?.online !== true && this.isOn()) this.say(room, 'online');
    this.changed();
  }

  /** Its person turned it off, or goes. */
  sayGone(): void {
    for (const { actor } of this.rooms.shown) this.say(actor, 'away');
    this.#seen.clear();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }
}
