import { CoreError, conversationView, joinAdded, openTree, treeOfWelcome } from '@sotto/core';
import { type AccountId, type BlobReference, type Entry, StreamId } from '@sotto/protocol';
import type { MoveCursor } from '../door/inbox.ts';
import type { Rooms } from '../engine/rooms.ts';
import { getBlob } from '../relay/blobTransfer.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import { comeBack, continuedIn } from '../room/comeBack.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { emptyRoom, type RoomState, viewOf } from '../room/roomState.ts';
import { writeRoster } from '../room/rosters.ts';
import type { KeyPackageSupply, StoredKeyPackage } from './keyPackageSupply.ts';

/** Somebody adds this device to a room by one of its KeyPackages: a Welcome that answers no knock. */
export class BeingAdded {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly supply: KeyPackageSupply,
    private readonly makeRoom: (state: RoomState) => RoomActor,
    /** Called once this device is in. */
    private readonly entered: (room: RoomActor, by: AccountId) => void,
  ) {}

  /** Goes in. False when it is for none of this device's KeyPackages, or into no room that it may be in. */
  async receiveWelcome({ payload: welcome }: Entry, moveCursor: MoveCursor): Promise<boolean> {
    for (const supplied of await this.supply.all()) {
      const opened = await this.#open(supplied, welcome);
      if (opened === 'other') continue;
      if (opened !== undefined) await this.#enter(opened, supplied, moveCursor);
      return opened !== undefined;
    }
    return false;
  }

  /** `other`: it is for another KeyPackage; `undefined`: for this one, and not to be followed. */
  async #open(supplied: StoredKeyPackage, welcome: Uint8Array) {
    const { env, identity } = this.context;
    const { keyPackage, privateState } = supplied;
    const forUs = { knock: { keyPackage, keyPackagePrivateState: privateState }, welcome };
    let reference: BlobReference | undefined;
    try {
      reference = treeOfWelcome(env, forUs);
    } catch (error) {
      if (error instanceof CoreError) return 'other';
      throw error;
    }
    try {
      const tree = reference && openTree(env, reference, await this.#fetch(reference));
      const holds = (streamId: StreamId) =>
        this.#inside(streamId) !== undefined && this.#fallenOutOf(streamId) === undefined;
      const continues = (streamId: StreamId) => continuedIn(this.#fallenOutOf(streamId)?.state);
      return joinAdded(env, { ...forUs, identity, tree, holds, continues });
    } catch (error) {
      if (error instanceof CoreError || error instanceof RelayFailure) return undefined;
      throw error;
    }
  }

  #inside(streamId: StreamId): RoomActor | undefined {
    const room = this.rooms.byStream(streamId)?.actor;
    return room?.state.record.membership === 'member' ? room : undefined;
  }

  /** The room that this device fell out of and whose members it asked to add it again: nobody else's Welcome fits. */
  #fallenOutOf(streamId: StreamId): RoomActor | undefined {
    const room = this.#inside(streamId);
    return room?.state.record.fallenOut?.asked ? room : undefined;
  }

  async #enter(
    joined: ReturnType<typeof joinAdded>,
    supplied: StoredKeyPackage,
    moveCursor: MoveCursor,
  ): Promise<void> {
    const fallenOut = this.#fallenOutOf(conversationView(joined.conversation).streamId);
    if (fallenOut !== undefined) {
      return comeBack(this.context, fallenOut, joined, step => {
        this.supply.spend(step, supplied);
        moveCursor(step);
      });
    }
    const { clock, random, identity, people } = this.context;
    const by = joined.addedBy.accountId;
    const acquaintance = people.acquaintance(by);
    const roomId = StreamId.fromBytes(random(StreamId.sizeBytes));
    const room = this.makeRoom(emptyRoom(roomId, clock.nowMs()));
    try {
      await room.transact(step => {
        step.advance(joined);
        const view = viewOf(step.state)!;
        step.set({
          streamId: view.streamId,
          membership: 'member',
          created: true,
          addedBy: by,
          // Nothing goes back to a stranger before its person has said so, and nothing at all to one who is blocked.
          ...(acquaintance === 'stranger' && { request: 'asked' }),
          ...(acquaintance === 'blocked' && { request: 'unwanted' }),
          keyUpdateDue: true,
          joinedEpoch: view.epoch,
          lastActivityMs: clock.nowMs(),
        });
        // What was said before is not for us, and what we say is for all who are here.
        const others = view.members.filter(({ deviceId }) => deviceId !== identity.deviceId);
        step.putPeers(others.map(({ deviceId }) => step.peer(deviceId)));
        writeRoster(step);
        this.supply.spend(step, supplied);
        moveCursor(step);
      });
    } catch (error) {
      room.forget();
      throw error;
    }
    if (acquaintance !== 'blocked') void room.attach();
    this.entered(room, by);
  }

  /** Rejects with `ConnectionLost`: the Welcome is read again in the next session. */
  async #fetch(reference: BlobReference): Promise<readonly Uint8Array[]> {
    const chunks = new Map<number, Uint8Array>();
    await getBlob(this.context.link, reference, chunks);
    return Array.from({ length: reference.chunkCount }, (_, index) => chunks.get(index) ?? new Uint8Array(0));
  }
}
