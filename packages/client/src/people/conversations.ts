import { mayModerate, mayRemove, type NewRoom } from '@sotto/core';
import { type AccountId, DedupeId, type DeviceId, type RoleGrant, type StreamId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import { ClientError } from '../intents.ts';
import type { RoleName, RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { scanAll } from '../records/scanAll.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { Wish } from '../room/commitWishes.ts';
import { failOutbox } from '../room/concludeRoom.ts';
import { foundRoom } from '../room/foundRoom.ts';
import { keptTitle } from '../room/keptTitle.ts';
import { queueContent, unsent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { type RoomState, viewOf } from '../room/roomState.ts';
import { isSilent } from '../room/sendingBlocked.ts';
import type { BringingIn } from './bringingIn.ts';

/** How long a goodbye is waited for: what is not said by then stays unsaid. */
const GOODBYE_MS = 3_000;
/** Behind everything that an entry puts into the log. */
const LAST_PLACES = 900;

/** Rooms of people who have accounts: made, joined by adding, and left. Each throws what its intent says. */
export class Conversations {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly bringing: BringingIn,
    private readonly makeRoom: (state: RoomState) => RoomActor,
  ) {}

  /** The one with this account that this device is in: of several, the same on every device. */
  directWith(accountId: AccountId): RoomActor | undefined {
    const { identity } = this.context;
    return this.rooms.shown
      .map(({ actor }) => actor)
      .filter(({ state }) => {
        const view = viewOf(state);
        if (view?.kind !== 'direct' || state.record.membership !== 'member') return false;
        // By RSA there may be another beside it.
        if (state.sealed !== undefined) return false;
        const own = view.founderAccountId === identity.accountId;
        return (own ? view.peerAccountId : view.founderAccountId) === accountId;
      })
      .sort((a, b) => (a.state.record.streamId! < b.state.record.streamId! ? -1 : 1))[0];
  }

  async direct(accountId: AccountId): Promise<RoomId> {
    this.assertOnline();
    if (accountId === this.context.identity.accountId)
      throw new ClientError('NOT_ALLOWED', 'a conversation is with another');
    const found = this.directWith(accountId);
    if (found === undefined) return this.#makeWith({ kind: 'direct', peerAccountId: accountId }, [accountId]);
    const inside = viewOf(found.state)?.members.some(member => member.accountId === accountId);
    if (inside !== true) await this.bringing.bring(found, [accountId]);
    return found.roomId;
  }

  async group(title: string, accountIds: readonly AccountId[]): Promise<RoomId> {
    this.assertOnline();
    return this.#makeWith({ kind: 'group', title }, this.#others(accountIds));
  }

  async add(roomId: RoomId, accountIds: readonly AccountId[]): Promise<void> {
    this.assertOnline();
    const { room, view } = this.inside(roomId);
    if (view.kind !== 'group' || !mayModerate(view.self.role))
      throw new ClientError('NOT_ALLOWED', 'only owners and admins add people');
    await this.bringing.bring(room, this.#others(accountIds));
  }

  async remove(roomId: RoomId, accountId: AccountId): Promise<void> {
    const { room, view } = this.inside(roomId);
    const devices = view.members.filter(member => member.accountId === accountId);
    if (devices.length === 0) throw new ClientError('NOT_A_MEMBER', 'not in this room');
    const policy = { kind: view.kind, founderAccountKey: founderKeyOf(view) };
    if (accountId === view.self.accountId || !devices.every(device => mayRemove(view.self, device, policy)))
      throw new ClientError('NOT_ALLOWED', 'the room’s rules do not allow it');
    await this.#commit(room, { kind: 'remove', deviceIds: devices.map(({ deviceId }) => deviceId) });
  }

  async setRole(roomId: RoomId, accountId: AccountId, role: Exclude<RoleName, 'guest'>): Promise<void> {
    const { room, view } = this.inside(roomId);
    const target = view.members.find(member => member.accountId === accountId);
    if (target === undefined) throw new ClientError('NOT_A_MEMBER', 'not in this room');
    if (target.role === role) return;
    if (target.role === 'owner' && this.#ownersBeside(view, accountId) === 0)
      throw new ClientError('LAST_OWNER', 'a room has an owner');
    const grants: readonly RoleGrant[] = [{ accountId, role }];
    await this.#commit(room, { kind: 'roles', grants });
  }

  async setAnnouncements(roomId: RoomId, on: boolean): Promise<void> {
    const { room, view } = this.inside(roomId);
    if (view.announcements !== on) await this.#commit(room, { kind: 'announcements', on });
  }

  async leave(roomId: RoomId): Promise<void> {
    const { room, view } = this.inside(roomId);
    const { self } = view;
    const others = view.members.filter(({ accountId }) => accountId !== self.accountId);
    const owns = view.kind === 'group' && self.role === 'owner';
    if (owns && others.length > 0 && this.#ownersBeside(view, self.accountId) === 0)
      throw new ClientError('LAST_OWNER', 'somebody has to own the room');
    this.assertOnline();
    await room.transact(step => step.set({ leaving: true }));
    const own = view.members.filter(
      ({ accountId, deviceId }) => accountId === self.accountId && deviceId !== self.deviceId,
    );
    const deviceIds = own.map(({ deviceId }) => deviceId);
    if (room.state.sealed !== undefined) await this.#leaveSealed(room, deviceIds);
    // Nothing leaves such a room, a goodbye neither; own other devices stay as they are.
    else if (!isSilent(this.context.people, room.state)) {
      if (own.length > 0) await this.#commit(room, { kind: 'remove', deviceIds });
      await this.#sayGoodbye(room);
    }
    await this.#goOut(room);
  }

  /** A room of one's own at the relay, with nobody else in it. */
  async make(options: NewRoom): Promise<RoomActor> {
    const { context } = this;
    const { room, streamId } = await foundRoom(context, this.makeRoom, options);
    try {
      await context.link.request({ type: 'createStream', streamId });
      await room.transact(step => step.set({ created: true }));
    } catch (error) {
      await this.#discard(room, streamId).catch(() => room.forget());
      throw error;
    }
    await room.attach();
    return room;
  }

  /** Throws `UNKNOWN_ROOM`, `ROOM_ENDED`, `NOT_A_MEMBER`. */
  inside(roomId: RoomId) {
    const room = this.rooms.get(roomId).actor;
    const { record } = room.state;
    const view = viewOf(room.state);
    if (record.condition === 'ended') throw new ClientError('ROOM_ENDED', 'the chat has ended');
    if (record.membership !== 'member' || view === undefined)
      throw new ClientError('NOT_A_MEMBER', 'this device is not in the room');
    return { room, view };
  }

  assertOnline(): void {
    if (!this.context.link.online)
      throw new ClientError('OFFLINE', 'the relay cannot be reached', { retryable: true });
  }

  async #commit(room: RoomActor, wish: Wish): Promise<void> {
    this.assertOnline();
    const done = room.wishes.add(wish);
    room.wake();
    await done;
  }

  /** Where somebody cannot be brought in, there was no room. */
  async #makeWith(options: NewRoom, accountIds: readonly AccountId[]): Promise<RoomId> {
    const room = await this.make(options);
    try {
      await this.bringing.bring(room, accountIds);
    } catch (error) {
      await this.#discard(room, room.state.record.streamId!).catch(() => undefined);
      throw error;
    }
    return room.roomId;
  }

  async #discard(room: RoomActor, streamId: StreamId): Promise<void> {
    await room.transact(step =>
      this.context.errands.add(step, { type: 'controlStream', streamId, action: 'end' }),
    );
    await room.erase();
  }

  #others(accountIds: readonly AccountId[]): readonly AccountId[] {
    const { accountId: own } = this.context.identity;
    return [...new Set(accountIds)].filter(accountId => accountId !== own);
  }

  #ownersBeside(view: View, accountId: AccountId): number {
    return view.members.filter(member => member.role === 'owner' && member.accountId !== accountId).length;
  }

  /** By RSA one commit says goodbye for all devices of this account. Rejects with `ConnectionLost`, `RelayFailure`. */
  async #leaveSealed(room: RoomActor, removedDeviceIds: readonly DeviceId[]): Promise<void> {
    const { link, random } = this.context;
    for (;;) {
      const { sealed } = room.state;
      const payload = sealed && (await this.context.sealedTalk()?.sealLeave(sealed));
      // Without keys nothing can be said: it goes out alone.
      if (sealed === undefined || payload === undefined) return;
      const { streamId, streamEpoch } = sealed;
      try {
        await link.request({
          type: 'append',
          streamId,
          dedupeId: DedupeId.fromBytes(random(DedupeId.sizeBytes)),
          kind: 'commit',
          expectEpoch: streamEpoch,
          payload,
          admissions: [],
          removedDeviceIds,
          adminDeviceIds: [],
        });
        return;
      } catch (error) {
        if (!(error instanceof RelayFailure)) throw error;
        if (error.code === 'NOT_FOUND' || error.code === 'STREAM_ENDED') return;
        if (error.code !== 'EPOCH_CONFLICT') throw error;
      }
      // Somebody else has come in meanwhile, or gone.
      await room.until(state => state.sealed?.streamEpoch !== streamEpoch);
    }
  }

  /** So that the others’ devices take this one out of the group. */
  async #sayGoodbye(room: RoomActor): Promise<void> {
    if (!this.context.link.online || !room.accepting) return;
    await room.transact(step => {
      queueContent(this.context, step, 'leave', { type: 'leave' });
    });
    room.wake();
    await new Promise<void>(resolve => {
      const cancel = this.context.clock.setTimer(GOODBYE_MS, resolve);
      const said = room.until(state => !unsent(state.outbox).some(({ purpose }) => purpose === 'leave'));
      void said
        .catch(() => undefined)
        .then(() => {
          cancel();
          resolve();
        });
    });
  }

  /** Keeps what was said, and no key of the room. */
  async #goOut(room: RoomActor): Promise<void> {
    const { clock, errands, identity, vault } = this.context;
    await room.transact(async step => {
      const { streamId, roomId, membership, cursorSeq = 0 } = step.state.record;
      if (membership !== 'member') return;
      if (streamId !== undefined) errands.add(step, { type: 'leaveStream', streamId });
      const title = keptTitle(this.context, step.state);
      for (const prefix of [KEYS.conversation(roomId), KEYS.sealedRoom(roomId)])
        for (const { key } of await scanAll(vault, prefix)) step.write(key, null);
      const event = { type: 'left', deviceId: identity.deviceId, self: true } as const;
      step.keepPlaces(cursorSeq, LAST_PLACES);
      step.putItem(cursorSeq, { kind: 'event', atMs: clock.nowMs(), event });
      step.set({ membership: 'left', title });
      step.dropConversation();
      failOutbox(step, 'not-a-member');
    });
  }
}

type View = NonNullable<ReturnType<typeof viewOf>>;

/** The key of whoever founded the room, while they are in it. */
function founderKeyOf({ members, founderAccountId }: View): Uint8Array {
  return members.find(({ accountId }) => accountId === founderAccountId)?.accountKey ?? new Uint8Array(0);
}
