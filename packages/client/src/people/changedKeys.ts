import type { ContactTrust } from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import { KEYS } from '../records/keys.ts';
import { orderOf } from '../room/order.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';

/** Behind everything that an entry puts into the log, and before what a goodbye puts there. */
const FIRST_PLACE = 800;

/** What becomes of rooms when another account stands behind the handle of somebody in them. */
export class ChangedKeys {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
  ) {}

  /** A contact is otherwise than it was. */
  async contactChanged(now: ContactTrust, before: ContactTrust | undefined): Promise<void> {
    const changedTo = now.changed?.accountId;
    if (changedTo !== undefined && changedTo !== before?.changed?.accountId)
      await this.#say(now.record.accountId);
    const gone = before?.record.accountId;
    if (gone !== undefined && gone !== now.record.accountId) await this.#replace(gone, now.record.accountId);
  }

  /** In each room that they are in with the keys from before. */
  async #say(accountId: AccountId): Promise<void> {
    for (const { actor, deviceId } of this.#roomsWith(accountId)) {
      await actor.transact(async step => {
        const event = { type: 'keys-changed', deviceId, self: false } as const;
        const atMs = this.context.clock.nowMs();
        step.putItemAt(await this.#freeOrder(step), { kind: 'event', atMs, event });
        step.set({ lastActivityMs: atMs });
      });
    }
  }

  /** The conversation of two with the keys from before is over: nobody who has them is written to by mistake. */
  async #replace(gone: AccountId, now: AccountId): Promise<void> {
    for (const { actor } of this.#roomsWith(gone)) {
      if (isDirect(actor)) await actor.transact(step => step.set({ keysReplaced: now }));
    }
    for (const { actor } of this.#roomsWith(now)) {
      if (actor.state.record.keysReplaced) await actor.transact(step => step.clear('keysReplaced'));
    }
  }

  #roomsWith(accountId: AccountId) {
    return this.rooms.shown.flatMap(({ actor }) => {
      const member = viewOf(actor.state)?.members.find(other => other.accountId === accountId);
      return member === undefined ? [] : [{ actor, deviceId: member.deviceId }];
    });
  }

  async #freeOrder(step: RoomStep): Promise<number> {
    const { roomId, cursorSeq = 0 } = step.state.record;
    for (let index = FIRST_PLACE; ; index++) {
      const order = orderOf(cursorSeq, index);
      if ((await step.read(this.context.vault, KEYS.item(roomId, order))) === undefined) return order;
    }
  }
}

function isDirect({ state }: RoomActor): boolean {
  return viewOf(state)?.kind === 'direct';
}
