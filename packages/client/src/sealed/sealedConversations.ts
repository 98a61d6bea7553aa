import {
  beginSealedRoom,
  type Draft,
  enterSealedRoom,
  inviterOf,
  type OpenedSealedEntry,
  openInSealedRoom,
  openTyping,
  otherAccountOf,
  type SealedRoom,
  type SealedTalker,
  sealedReasonOf,
  sealInSealedRoom,
  sealLeave,
  sealRoster,
  sealTyping,
  type VerifiedDeviceList,
} from '@sotto/core';
import { type AccountId, DedupeId, type Entry, StreamId } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { MoveCursor } from '../door/inbox.ts';
import type { Rooms } from '../engine/rooms.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { emptyRoom, type RoomState } from '../room/roomState.ts';
import { writeRoster } from '../room/rosters.ts';
import type { SealedTalk } from '../room/sealedTalk.ts';
import type { OthersKeys } from './othersKeys.ts';
import type { OwnSealedKeys } from './ownSealedKeys.ts';

/** An account to talk to, with its devices. */
export interface SealedPeer {
  readonly accountId: AccountId;
  readonly list: VerifiedDeviceList;
}

/**
 * Live conversations of two accounts by RSA: a stream at the relay as every other, with JWEs in it. Whoever makes one
 * lets in all devices of both accounts; each account adds its own that come later.
 */
export class SealedConversations implements SealedTalk {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly own: OwnAccount,
    private readonly keys: OwnSealedKeys,
    private readonly others: OthersKeys,
    private readonly makeRoom: (state: RoomState) => RoomActor,
    private readonly entered: (room: RoomActor, by: AccountId) => void,
  ) {}

  /** Throws `NO_SEALED_KEYS` where one of the two has none, `OFFLINE`. */
  async start(peer: SealedPeer): Promise<RoomId> {
    const { context } = this;
    const { accountId } = peer;
    const { identity } = context;
    const found = this.#with(accountId);
    if (found !== undefined) return found.roomId;
    if (accountId === identity.accountId)
      throw new ClientError('NOT_ALLOWED', 'a conversation is with another');
    const keyring = this.keys.made;
    const others = await this.others.newest(accountId);
    if (others === undefined) throw new ClientError('NO_SEALED_KEYS', 'they have no RSA keys');
    const streamId = StreamId.fromBytes(context.random(StreamId.sizeBytes));
    const devices = [...this.own.registered.list.devices, ...peer.list.devices];
    const begun = beginSealedRoom({
      streamId,
      selfDeviceId: identity.deviceId,
      founderAccountId: identity.accountId,
      peerAccountId: accountId,
      devices,
    });
    const certificates = devices.map(({ certificate }) => certificate);
    const roster = await sealRoster(context.env, begun.room, { keyring, others }, certificates);
    const room = await this.#make(begun, accountId);
    try {
      await context.link.request({ type: 'createStream', streamId });
      await room.transact(step => step.set({ created: true }));
      await this.#admit(begun.room, roster, 0, devices);
    } catch (error) {
      await this.#discard(room, streamId).catch(() => undefined);
      throw error;
    }
    await room.attach();
    return room.roomId;
  }

  /** Somebody has made one with this account. False when it is not to be followed. Rejects with `ConnectionLost`. */
  async receiveWelcome(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    const { context } = this;
    if (this.keys.keyring === undefined) await this.keys.refresh();
    const opened = await this.#enter(entry.payload);
    if (opened === undefined || this.#holds(opened.room.streamId)) return false;
    const { identity, people, clock, random } = context;
    const other = otherAccountOf(opened.room, identity);
    const acquaintance =
      opened.room.founderAccountId === identity.accountId ? 'own' : people.acquaintance(other);
    const roomId = StreamId.fromBytes(random(StreamId.sizeBytes));
    const room = this.makeRoom(emptyRoom(roomId, clock.nowMs()));
    try {
      await room.transact(step => {
        step.advanceSealed(opened);
        step.set({
          streamId: opened.room.streamId,
          membership: 'member',
          created: true,
          sealed: { kind: 'conversation', accountId: other },
          ...(acquaintance !== 'own' && { addedBy: other }),
          ...(acquaintance === 'stranger' && { request: 'asked' }),
          ...(acquaintance === 'blocked' && { request: 'unwanted' }),
          lastActivityMs: clock.nowMs(),
        });
        const elsewhere = opened.room.devices.filter(({ deviceId }) => deviceId !== identity.deviceId);
        step.putPeers(elsewhere.map(({ deviceId }) => step.peer(deviceId)));
        writeRoster(step);
        moveCursor(step);
      });
    } catch (error) {
      room.forget();
      throw error;
    }
    if (acquaintance !== 'blocked') void room.attach();
    this.entered(room, other);
    return true;
  }

  /** This account has devices that are in a room with none of their own doing: they are let in. */
  async bringOwnDevices(): Promise<void> {
    const { list } = this.own;
    const { link } = this.context;
    if (list === undefined || !link.online || this.keys.keyring === undefined) return;
    for (const { actor } of this.rooms.all) {
      const { sealed, record } = actor.state;
      if (sealed === undefined || record.membership !== 'member' || !actor.caughtUp) continue;
      if (record.leaving) continue;
      const inside = new Set(sealed.devices.map(({ deviceId }) => deviceId));
      if (list.devices.every(({ deviceId }) => inside.has(deviceId))) continue;
      const talker = await this.#talker(sealed);
      if (talker === undefined) continue;
      const certificates = list.devices.map(({ certificate }) => certificate);
      const roster = await sealRoster(this.context.env, sealed, talker, certificates);
      const missing = list.devices.filter(({ deviceId }) => !inside.has(deviceId));
      // Another device of this account may have been faster: then it is seen in the log.
      await this.#admit(sealed, roster, sealed.streamEpoch, missing).catch(error => {
        if (!(error instanceof RelayFailure)) throw error;
      });
    }
  }

  async seal(room: SealedRoom, draft: Draft): Promise<Uint8Array | undefined> {
    const talker = await this.#talker(room);
    return talker && sealInSealedRoom(room, talker, draft);
  }

  async sealLeave(room: SealedRoom): Promise<Uint8Array | undefined> {
    const talker = await this.#talker(room);
    return talker && sealLeave(this.context.env, room, talker);
  }

  async sealTyping(room: SealedRoom, active: boolean): Promise<Uint8Array | undefined> {
    const talker = await this.#talker(room);
    return talker && sealTyping(this.context.env, room, talker, active);
  }

  async openTyping(...[room, payload, lastOf]: Parameters<SealedTalk['openTyping']>) {
    const talker = await this.#talker(room);
    return talker && openTyping(this.context.env, room, talker, payload, lastOf);
  }

  async open(
    room: SealedRoom,
    entry: Entry & { readonly kind: 'message' | 'commit' },
  ): Promise<OpenedSealedEntry> {
    const first = await this.#openWith(room, entry);
    // Either account may have other keys by now.
    if (first.reason !== 'unknown-key' && first.reason !== 'unknown-sender') return first;
    try {
      await this.keys.refresh();
      await this.others.newest(otherAccountOf(room, this.context.identity));
    } catch (error) {
      if (error instanceof ConnectionLost) throw new ClientError('OFFLINE', 'keys are to be asked for');
      if (!(error instanceof RelayFailure)) throw error;
    }
    return this.#openWith(room, entry);
  }

  async #openWith(
    room: SealedRoom,
    entry: Entry & { readonly kind: 'message' | 'commit' },
  ): Promise<OpenedSealedEntry> {
    const talker = await this.#talker(room);
    if (talker !== undefined) return openInSealedRoom(this.context.env, room, talker, entry);
    return { room, writes: [], outcome: { type: 'undecryptable', cause: 'damaged' }, reason: 'unknown-key' };
  }

  async #talker(room: SealedRoom): Promise<SealedTalker | undefined> {
    const { keyring } = this.keys;
    const others = await this.others.known(otherAccountOf(room, this.context.identity));
    return keyring && others && { keyring, others };
  }

  async #enter(welcome: Uint8Array) {
    const { keyring } = this.keys;
    if (keyring === undefined) return undefined;
    const { env, identity } = this.context;
    try {
      const from = await inviterOf(keyring, welcome);
      const inviter = from === identity.accountId ? keyring.own.published : await this.others.newest(from);
      if (inviter === undefined) return undefined;
      const opened = await enterSealedRoom(env, identity, keyring, inviter, welcome);
      // To write there the other's keys are needed, also without a connection.
      await this.others.newest(otherAccountOf(opened.room, identity));
      return opened;
    } catch (error) {
      if (sealedReasonOf(error) !== undefined) return undefined;
      throw error;
    }
  }

  async #make(begun: ReturnType<typeof beginSealedRoom>, accountId: AccountId): Promise<RoomActor> {
    const { clock, identity } = this.context;
    const { streamId, devices } = begun.room;
    const room = this.makeRoom(emptyRoom(streamId, clock.nowMs()));
    try {
      await room.transact(step => {
        step.advanceSealed(begun);
        step.set({
          streamId,
          membership: 'member',
          cursorSeq: 0,
          sealed: { kind: 'conversation', accountId },
        });
        const elsewhere = devices.filter(({ deviceId }) => deviceId !== identity.deviceId);
        step.putPeers(elsewhere.map(({ deviceId }) => step.peer(deviceId)));
        writeRoster(step);
        step.putItem(0, { kind: 'event', atMs: clock.nowMs(), event: { type: 'created' } });
      });
    } catch (error) {
      room.forget();
      throw error;
    }
    return room;
  }

  /** In one commit, with what each of them reads in its inbox. */
  async #admit(
    { streamId, devices, selfDeviceId }: SealedRoom,
    roster: Uint8Array,
    expectEpoch: number,
    admitted: readonly Pick<SealedRoom['devices'][number], 'deviceId'>[],
  ): Promise<void> {
    const { link, random } = this.context;
    const first = expectEpoch === 0;
    await link.request({
      type: 'append',
      streamId,
      dedupeId: DedupeId.fromBytes(random(DedupeId.sizeBytes)),
      kind: 'commit',
      expectEpoch,
      payload: roster,
      admissions: admitted
        .filter(({ deviceId }) => deviceId !== selfDeviceId)
        .map(({ deviceId }) => ({ deviceId, welcome: roster })),
      removedDeviceIds: [],
      adminDeviceIds: first ? devices.map(({ deviceId }) => deviceId) : [],
    });
  }

  async #discard(room: RoomActor, streamId: StreamId): Promise<void> {
    await room.transact(step =>
      this.context.errands.add(step, { type: 'controlStream', streamId, action: 'end' }),
    );
    await room.erase();
  }

  /** The one in which both are: whoever has left comes back into a new one. */
  #with(accountId: AccountId): RoomActor | undefined {
    return this.rooms.shown.find(({ actor: { state } }) => {
      const { membership, leaving } = state.record;
      if (membership !== 'member' || leaving) return false;
      return state.sealed?.devices.some(device => device.accountId === accountId);
    })?.actor;
  }

  #holds(streamId: StreamId): boolean {
    return this.rooms.byStream(streamId) !== undefined;
  }
}
