import {
  abandonPending,
  alignSealedRoom,
  alignStreamEpoch,
  type PendingCommit,
  pendingTree,
  streamAdmins,
} from '@sotto/core';
import type { Append, DeviceId, ServerBody } from '@sotto/protocol';
import { toClientError } from '../clientErrors.ts';
import { refuseKnock } from '../door/refuseKnock.ts';
import { takeTreeBack } from '../door/treesAtRelay.ts';
import type { OutRecord } from '../records/roomRecords.ts';
import { backoffMs } from '../relay/backoff.ts';
import { putBlob } from '../relay/blobTransfer.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { CommitWishes } from './commitWishes.ts';
import { failOutbox } from './concludeRoom.ts';
import { failItem, sealItem, unsent } from './outbox.ts';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';
import { isSilent } from './sendingBlocked.ts';

/** What the sender needs of its room. */
export interface SendingRoom {
  readonly state: RoomState;
  transact<T>(job: (step: RoomStep) => Promise<T> | T): Promise<T>;
  /** Whether everything that the relay had at the last subscription is stored here. */
  readonly caughtUp: boolean;
  /** Whether the relay takes appends of this device, as far as it has said. */
  readonly accepting: boolean;
  /** Whether the relay lets this device change who reads the stream. */
  readonly relayAdmin: boolean;
  /** The relay has refused because the room is paused or over. */
  relayClosed(condition: 'paused' | 'ended'): void;
}

type Parcel =
  | { readonly what: 'commit'; readonly pending: PendingCommit }
  | { readonly what: 'message'; readonly item: OutRecord };

/**
 * Takes what a room has to say to the relay: one append under way at a time, commits first, messages in their order.
 * What was sent and not answered is sent again, with the same dedupe id, when the relay is back.
 */
export class RoomSender {
  #running = false;
  #again = false;
  #closed = false;
  #attempt = 0;
  #cancelTimer: () => void = () => undefined;
  /** The relay has this commit; its entry is on the way. */
  #commitTaken: PendingCommit['dedupeId'] | undefined;
  /** Another commit came first: nothing goes out before it is here. */
  #conflict: { readonly epoch: number; readonly seq: number } | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly room: SendingRoom,
    private readonly wishes: CommitWishes,
  ) {}

  /** Goes on where it can: called whenever there may be something to send. */
  wake(): void {
    if (this.#closed) return;
    this.#again = true;
    if (!this.#running) void this.#run();
  }

  /** A new session with the relay: what was taken before may have to be sent again. */
  reconnected(): void {
    this.#commitTaken = undefined;
    this.#conflict = undefined;
    this.#attempt = 0;
    this.#cancelTimer();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        const parcel = await this.room.transact(step => this.#next(step));
        if (parcel !== undefined && !this.#closed) await this.#send(parcel);
      }
    } catch {
      // The store failed; the room has told the engine, which stops.
    } finally {
      this.#running = false;
    }
  }

  /** What is to be sent now. What is encrypted for it is on disk before it is returned to be sent. */
  async #next(step: RoomStep): Promise<Parcel | undefined> {
    if (!this.context.link.online || !this.room.caughtUp || !this.room.accepting) return undefined;
    if (!this.#resolveConflict(step)) return undefined;
    const { record } = step.state;
    if (record.membership !== 'member' || record.condition === 'ended') return undefined;
    // A stranger's room, somebody blocked, keys that changed: until its person decides, nothing leaves. Nor from a
    // device that fell out: what it commits nobody could apply, and some might take themselves for the one who is out.
    if (isSilent(this.context.people, step.state)) return undefined;
    const pending = viewOf(step.state)?.pending ?? this.wishes.begin(step);
    if (pending !== undefined) {
      return pending.dedupeId === this.#commitTaken ? undefined : { what: 'commit', pending };
    }
    const item = unsent(step.state.outbox)[0];
    if (item === undefined) return undefined;
    // Whoever has a new device and no other that brings it in reads this on the new one too.
    if (item.purpose === 'text' && this.context.people.bringsIn(record.roomId)) return undefined;
    const current = item.sealed?.expectEpoch === viewOf(step.state)?.streamEpoch;
    const ready = current ? item : await sealItem(this.context, step, item);
    return ready.sealed === undefined ? undefined : { what: 'message', item: ready };
  }

  /** Whether the way is free after an epoch conflict. */
  #resolveConflict(step: RoomStep): boolean {
    if (this.#conflict === undefined) return true;
    if ((step.state.record.cursorSeq ?? 0) < this.#conflict.seq) return false;
    const { conversation } = step.state;
    const { epoch } = this.#conflict;
    this.#conflict = undefined;
    const { sealed } = step.state;
    if (sealed !== undefined) step.advanceSealed(alignSealedRoom(sealed, epoch));
    if (conversation !== undefined && viewOf(step.state)?.streamEpoch !== epoch) {
      step.advance(alignStreamEpoch(conversation, epoch));
    }
    return true;
  }

  async #send(parcel: Parcel): Promise<void> {
    try {
      if (parcel.what === 'commit') await this.#putTree();
      const answer = await this.context.link.request({ type: 'append', ...this.#appendOf(parcel) });
      this.#attempt = 0;
      if (answer.type === 'appended') await this.#appended(parcel, answer);
    } catch (error) {
      // Without an answer it waits for the next session.
      if (error instanceof RelayFailure) await this.#refused(parcel, error);
    }
  }

  /** Those whom the commit lets in will look for the ratchet tree at the relay: it is there before they are told. */
  async #putTree(): Promise<void> {
    const { conversation, record } = this.room.state;
    const tree = conversation && pendingTree(this.context.env, conversation);
    if (tree !== undefined) await putBlob(this.context.link, record.streamId!, tree);
  }

  #appendOf(parcel: Parcel): Append {
    const streamId = this.room.state.record.streamId!;
    if (parcel.what === 'commit') {
      const { dedupeId, expectEpoch, payload, admissions } = parcel.pending;
      const removedDeviceIds = this.#removedAtRelay(parcel.pending);
      const adminDeviceIds = this.#adminsAtRelay();
      const changes = { admissions, removedDeviceIds, adminDeviceIds };
      return { streamId, dedupeId, kind: 'commit', expectEpoch, payload, ...changes };
    }
    const { dedupeId, sealed } = parcel.item;
    const { payload, expectEpoch } = sealed!;
    return {
      streamId,
      dedupeId,
      kind: 'message',
      expectEpoch,
      payload,
      admissions: [],
      removedDeviceIds: [],
      adminDeviceIds: [],
    };
  }

  /**
   * The relay ends the subscriptions of others for its admins only. A plain member’s commit takes out who left, and so
   * gave up theirs, or whom their own account revoked, and so has no session any more.
   */
  #removedAtRelay({ removedDeviceIds }: PendingCommit): PendingCommit['removedDeviceIds'] {
    if (this.room.relayAdmin) return removedDeviceIds;
    const { accountId } = this.context.identity;
    const members = viewOf(this.room.state)?.members ?? [];
    const own = new Set(
      members.filter(member => member.accountId === accountId).map(({ deviceId }) => deviceId),
    );
    return removedDeviceIds.filter(deviceId => own.has(deviceId));
  }

  /** Named with every commit of an admin, so that the relay has them right again whatever it had before. */
  #adminsAtRelay(): readonly DeviceId[] {
    const { conversation } = this.room.state;
    if (conversation === undefined || !this.room.relayAdmin) return [];
    return streamAdmins(this.context.env, conversation);
  }

  async #appended(
    parcel: Parcel,
    { seq, receivedAtMs }: Extract<ServerBody, { type: 'appended' }>,
  ): Promise<void> {
    this.#again = true;
    if (parcel.what === 'commit') {
      this.#commitTaken = parcel.pending.dedupeId;
      return;
    }
    const { number } = parcel.item;
    await this.room.transact(step => {
      // Its entry may have come before this answer: then it is in the log already.
      const item = step.state.outbox.find(
        out => out.number === number && out.dedupeId === parcel.item.dedupeId,
      );
      if (item !== undefined) step.putOut({ ...item, appended: { seq, receivedAtMs } });
    });
  }

  async #refused(parcel: Parcel, failure: RelayFailure): Promise<void> {
    switch (failure.code) {
      case 'EPOCH_CONFLICT':
        this.#conflict = { epoch: failure.epoch, seq: failure.seq };
        // Two that always meet would always meet again: wait a little, differently.
        this.#later(parcel.what === 'commit' ? backoffMs(this.#attempt++, this.context.random) / 4 : 0);
        return;
      case 'STREAM_PAUSED':
        return this.room.relayClosed('paused');
      case 'RATE_LIMITED':
      case 'UNAVAILABLE':
        this.#later(Math.max(failure.retryAfterMs, backoffMs(this.#attempt++, this.context.random)));
        return;
      case 'STREAM_ENDED':
        this.room.relayClosed('ended');
        return this.room.transact(step => failOutbox(step, 'room-ended'));
      case 'NOT_FOUND':
        return this.room.transact(step => failOutbox(step, 'not-a-member'));
      default:
        this.#again = true;
        if (parcel.what === 'commit') return this.#commitRefused(parcel.pending, failure);
        return this.room.transact(step =>
          failItem(this.context, step, parcel.item, failure.code === 'TOO_LARGE' ? 'too-large' : 'refused'),
        );
    }
  }

  /** The relay will never take this commit: it goes, and whoever waits for it is told. */
  async #commitRefused(pending: PendingCommit, failure: RelayFailure): Promise<void> {
    await this.room.transact(step => {
      const { conversation } = step.state;
      if (conversation === undefined || viewOf(step.state)?.pending?.dedupeId !== pending.dedupeId) return;
      step.advance(abandonPending(conversation));
      takeTreeBack(this.context, step, pending);
      for (const { deviceId, inviteToken } of pending.admissions) {
        if (inviteToken === undefined) continue;
        const refusal = INVITE_REFUSALS[failure.code] ?? 'cannot-read';
        const invite = step.state.invites.get(inviteToken);
        if (invite !== undefined && refusal !== 'cannot-read') {
          step.putInvite({ ...invite, status: refusal === 'full' ? 'used-up' : refusal });
        }
        for (const knock of step.state.knocks.values()) {
          if (knock.token !== inviteToken || knock.request.deviceId !== deviceId) continue;
          refuseKnock(this.context, step, knock, { refusal, triesLeft: 0 });
        }
      }
      step.afterwards(() => this.wishes.refused(pending, toClientError(failure)));
    });
  }

  #later(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.context.clock.setTimer(delayMs, () => this.wake());
  }
}

const INVITE_REFUSALS: Partial<Record<RelayFailure['code'], 'expired' | 'full' | 'revoked' | 'ended'>> = {
  INVITE_EXPIRED: 'expired',
  INVITE_USED_UP: 'full',
  INVITE_REVOKED: 'revoked',
  INVITE_ENDED: 'ended',
};
