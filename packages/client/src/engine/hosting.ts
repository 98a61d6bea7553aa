import { mayModerate } from '@sotto/core';
import type { InviteStatus, InviteToken, StreamId } from '@sotto/protocol';
import { makeInvite, registerInvite } from '../door/inviting.ts';
import type { SlowCrypto } from '../door/joining.ts';
import { closeInvite, declineKnock } from '../door/knocks.ts';
import { refuseKnock } from '../door/refuseKnock.ts';
import { ClientError } from '../intents.ts';
import type { InviteOptions, RoomId } from '../projection.ts';
import { foundRoom } from '../room/foundRoom.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { pictureIn } from '../room/roomPicture.ts';
import { type RoomState, viewOf } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import type { Rooms } from './rooms.ts';

/** What a host does: rooms, their doors, who is in them, and how they end. Each throws what its intent says. */
export class Hosting {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly slow: SlowCrypto,
    private readonly mayHost: () => boolean,
    private readonly makeRoom: (state: RoomState) => RoomActor,
  ) {}

  async startRoom(options: {
    readonly title: string;
    readonly invite: InviteOptions;
  }): Promise<{ roomId: RoomId; token: InviteToken }> {
    this.#assertOnline();
    if (!this.mayHost())
      throw new ClientError('NOT_ALLOWED', 'this device may not start chats at this relay');
    const { context } = this;
    const { room, streamId } = await foundRoom(context, this.makeRoom, { title: options.title });
    try {
      const title = viewOf(room.state)!.title;
      const invite = await makeInvite(context, this.slow, { streamId, title }, options.invite);
      await room.transact(step => step.putInvite(invite));
      await context.link.request({ type: 'createStream', streamId });
      await registerInvite(context, streamId, invite);
      await room.transact(step => {
        step.set({ created: true });
        step.putInvite({ ...invite, created: true });
      });
      void room.attach();
      return { roomId: streamId, token: invite.link.token };
    } catch (error) {
      // What the disk does not take now is taken away at the next start; nobody writes into such a room until then.
      await this.discardUnfinished(room).catch(() => room.forget());
      throw error;
    }
  }

  /** A room or invite whose making did not come to an end: nobody was told of it. */
  async discardUnfinished(room: RoomActor): Promise<void> {
    const { record, invites } = room.state;
    await room.transact(step => {
      if (!record.created && record.streamId !== undefined) {
        this.context.errands.add(step, { type: 'controlStream', streamId: record.streamId, action: 'end' });
      }
      for (const invite of invites.values()) {
        if (invite.created) continue;
        this.context.errands.add(step, { type: 'closeInvite', token: invite.link.token });
        step.dropInvite(invite.link.token);
      }
    });
    if (!record.created) await room.erase();
  }

  async createInvite(roomId: RoomId, options: InviteOptions): Promise<{ token: InviteToken }> {
    const room = this.rooms.get(roomId).actor;
    const { streamId } = this.#moderated(room);
    this.#assertOnline();
    const view = viewOf(room.state)!;
    const invite = await makeInvite(this.context, this.slow, { streamId, title: view.title }, options);
    await room.transact(step => step.putInvite(invite));
    try {
      await registerInvite(this.context, streamId, invite);
    } catch (error) {
      await this.discardUnfinished(room);
      throw error;
    }
    await room.transact(step => step.putInvite({ ...invite, created: true }));
    return { token: invite.link.token };
  }

  async revokeInvite(roomId: RoomId, token: InviteToken): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    await room.transact(step => {
      const invite = step.state.invites.get(token);
      if (invite === undefined) throw new ClientError('UNKNOWN_INVITE', 'there is no such invite');
      closeInvite(this.context, step, invite);
    });
  }

  async closeDoor(roomId: RoomId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    await room.transact(step => {
      for (const invite of step.state.invites.values()) {
        if (invite.status === 'open') closeInvite(this.context, step, invite);
      }
    });
  }

  /** The relay says that an invite is closed: it can only make it closed, never open. */
  async inviteChanged(token: InviteToken, status: InviteStatus): Promise<void> {
    const room = this.rooms.byInvite(token)?.actor;
    if (room === undefined || status === 'open') return;
    await room.transact(step => {
      const invite = step.state.invites.get(token);
      if (invite === undefined || invite.status !== 'open') return;
      step.putInvite({ ...invite, status });
      for (const knock of step.state.knocks.values()) {
        if (knock.token !== token || knock.state !== 'waiting') continue;
        refuseKnock(this.context, step, knock, {
          refusal: status === 'used-up' ? 'full' : status,
          triesLeft: 0,
        });
      }
    });
  }

  async admit(roomId: RoomId, knockId: string): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    this.#moderated(room);
    this.#assertOnline();
    let admitted: Promise<void> = Promise.resolve();
    await room.transact(step => {
      const knock = this.#knock(step, knockId);
      step.putKnock({ ...knock, state: 'admitting' });
      admitted = room.wishes.admitted(knockId);
      // Whoever stops listening here must not bring the engine down.
      admitted.catch(() => undefined);
    });
    await admitted;
  }

  async decline(roomId: RoomId, knockId: string): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    await room.transact(step => {
      const knock = this.#knock(step, knockId);
      if (knock.state === 'admitting') throw new ClientError('NOT_ALLOWED', 'they are being let in');
      return declineKnock(this.context, step, knock);
    });
  }

  async setTitle(roomId: RoomId, title: string): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    this.#moderated(room);
    await this.#commit(room, { kind: 'title', title });
  }

  async setPicture(roomId: RoomId, jpeg: Uint8Array | undefined): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    this.#moderated(room);
    if (viewOf(room.state)?.kind !== 'group')
      throw new ClientError('NOT_ALLOWED', 'only groups have pictures');
    await this.#commit(room, { kind: 'picture', picture: jpeg && pictureIn(jpeg) });
  }

  async removeMember(roomId: RoomId, deviceId: string): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    this.#moderated(room);
    const view = viewOf(room.state)!;
    const member = view.members.find(other => other.deviceId === deviceId);
    if (member === undefined) throw new ClientError('NOT_A_MEMBER', 'not in this room');
    await this.#commit(room, { kind: 'remove', deviceIds: [member.deviceId] });
  }

  async pause(roomId: RoomId): Promise<void> {
    await this.#control(roomId, 'pause', 'paused');
  }

  async resume(roomId: RoomId): Promise<void> {
    await this.#control(roomId, 'resume', 'open');
  }

  async end(roomId: RoomId, { erase }: { readonly erase: boolean }): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const { streamId } = this.#moderated(room);
    this.#assertOnline();
    // Nothing may come behind the last word: after it the relay keeps only the newest entry.
    await this.context.link.request({ type: 'controlStream', streamId, action: 'pause' });
    const notice = { condition: 'ended', erase } as const;
    await room.transact(step => {
      step.set({ closing: { how: 'end', erase } });
      queueContent(this.context, step, 'notice', { type: 'roomNotice', ...notice }, { notice });
    });
    room.wake();
    await room.until(state => state.record.condition === 'ended');
    if (erase) await room.erase();
  }

  async #control(roomId: RoomId, action: 'pause' | 'resume', condition: 'paused' | 'open'): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const { streamId } = this.#moderated(room);
    this.#assertOnline();
    await this.context.link.request({ type: 'controlStream', streamId, action });
    const notice = { condition, erase: false } as const;
    await room.transact(step => {
      if (step.state.record.condition === condition) return;
      queueContent(this.context, step, 'notice', { type: 'roomNotice', ...notice }, { notice });
    });
    room.wake();
    await room.until(state => state.record.condition === condition);
  }

  async #commit(room: RoomActor, wish: Parameters<RoomActor['wishes']['add']>[0]): Promise<void> {
    this.#assertOnline();
    const done = room.wishes.add(wish);
    room.wake();
    await done;
  }

  #knock(step: RoomStep, knockId: string) {
    const knock = step.state.knocks.get(knockId);
    if (knock === undefined) throw new ClientError('UNKNOWN_KNOCK', 'nobody waits there any more');
    return knock;
  }

  /** Throws unless this device may speak for the room now. */
  #moderated(room: RoomActor): { readonly streamId: StreamId } {
    const { record } = room.state;
    if (record.condition === 'ended') throw new ClientError('ROOM_ENDED', 'the chat has ended');
    const role = viewOf(room.state)?.self.role;
    if (record.membership !== 'member' || role === undefined || record.streamId === undefined) {
      throw new ClientError('NOT_A_MEMBER', 'this device is not in the room');
    }
    if (!mayModerate(role)) throw new ClientError('NOT_ALLOWED', 'only the host can do that');
    return { streamId: record.streamId };
  }

  #assertOnline(): void {
    if (!this.context.link.online)
      throw new ClientError('OFFLINE', 'the relay cannot be reached', { retryable: true });
  }
}
