import { type VerifiedKeyPackage, verifyKeyPackages } from '@sotto/core';
import { type AccountId, base62Encode, LIMITS } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { encodeRecord } from '../records/recordCodec.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { Directory, KnownAccount } from './directory.ts';

/** A commit of somebody else's may add some of them first: then the rest is added. */
const MOST_TRIES = 3;

/** Brings people into a room: all devices that their newest lists have, and no other. */
export class BringingIn {
  constructor(
    private readonly context: RoomContext,
    private readonly directory: Directory,
  ) {}

  /**
   * Resolves when each of them is in the room with a device. Throws `PERSON_UNKNOWN` where somebody has no account or
   * no device that can be added now, `OFFLINE`, `ROOM_FULL`, `NOT_ALLOWED`.
   */
  async bring(room: RoomActor, accountIds: readonly AccountId[]): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const accounts = await this.directory.byIds(accountIds);
      const keyPackages: VerifiedKeyPackage[] = [];
      for (const account of accounts) keyPackages.push(...(await this.#claimMissing(room, account)));
      if (keyPackages.length === 0) break;
      for (let at = 0; at < keyPackages.length; at += LIMITS.admissionsPerAppend) {
        const added = room.wishes.add({
          kind: 'add',
          keyPackages: keyPackages.slice(at, at + LIMITS.admissionsPerAppend),
        });
        room.wake();
        await added;
      }
    }
    const inside = new Set(viewOf(room.state)?.members.map(({ accountId }) => accountId));
    if (!accountIds.every(accountId => inside.has(accountId)))
      throw new ClientError('PERSON_UNKNOWN', 'no device of theirs can be added now');
  }

  async #claimMissing(
    room: RoomActor,
    { accountId, list }: KnownAccount,
  ): Promise<readonly VerifiedKeyPackage[]> {
    const inside = new Set(viewOf(room.state)?.members.map(({ deviceId }) => deviceId));
    const missing = new Set(list.devices.map(({ deviceId }) => deviceId).filter(id => !inside.has(id)));
    if (missing.size === 0) return [];
    const answer = await this.context.link.request({ type: 'claimKeyPackages', accountId });
    if (answer.type !== 'claimedKeyPackages') return [];
    const claimed = answer.keyPackages.filter(({ deviceId }) => missing.has(deviceId));
    const verified = verifyKeyPackages(this.context.env, {
      list,
      keyPackages: claimed.map(({ keyPackage }) => keyPackage),
      wasUsed: () => false,
    });
    await this.#refuseUsed(verified);
    return verified.filter(({ deviceId }) => missing.has(deviceId));
  }

  /** Each is used once, whatever the relay hands out. Throws `RELAY_REFUSED`. */
  async #refuseUsed(keyPackages: readonly VerifiedKeyPackage[]): Promise<void> {
    const { vault, clock } = this.context;
    const keys = keyPackages
      .filter(({ lastResort }) => !lastResort)
      .map(({ ref }) => KEYS.usedKeyPackage(base62Encode(ref.subarray(0, 16))));
    for (const key of keys) {
      if ((await vault.read(key)) !== undefined)
        throw new ClientError('RELAY_REFUSED', 'the relay hands out a key package again');
    }
    const value = encodeRecord({ usedAtMs: clock.nowMs() });
    if (keys.length > 0) await vault.commit(keys.map(key => ({ key, value })));
  }
}
