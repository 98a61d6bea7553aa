import {
  addDevices,
  admit,
  type BegunCommit,
  becomeMember,
  type Conversation,
  CoreError,
  changePolicy,
  type DeviceIdentity,
  giveRoles,
  mayModerate,
  type PendingCommit,
  removeMembers,
  removeRevoked,
  revokedMembers,
  updateKeys,
  type VerifiedDeviceList,
  type VerifiedKeyPackage,
} from '@sotto/core';
import { type DeviceId, LIMITS, type RoleGrant } from '@sotto/protocol';
import { toClientError } from '../clientErrors.ts';
import { closedBecause, usesLeft } from '../door/admission.ts';
import { refuseKnock } from '../door/refuseKnock.ts';
import { ClientError } from '../intents.ts';
import type { KnockRecord } from '../records/roomRecords.ts';
import type { RoomContext } from './roomContext.ts';
import { viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** A change of the room that this device wants to commit. */
export type Wish =
  | { readonly kind: 'remove'; readonly deviceIds: readonly DeviceId[] }
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'picture'; readonly picture: Uint8Array | undefined }
  | { readonly kind: 'announcements'; readonly on: boolean }
  | { readonly kind: 'roles'; readonly grants: readonly RoleGrant[] }
  /** Devices that their accounts list. */
  | {
      readonly kind: 'add';
      readonly keyPackages: readonly VerifiedKeyPackage[];
      /** Devices that fell out, for as long as they are out. */
      readonly replaces?: readonly DeviceId[];
    }
  /** Devices that their accounts have revoked. */
  | { readonly kind: 'revoke'; readonly list: VerifiedDeviceList }
  /** This device is no guest's any more. */
  | { readonly kind: 'member'; readonly identity: DeviceIdentity }
  | { readonly kind: 'update' };

interface WaitingWish {
  readonly wish: Wish;
  readonly resolve: () => void;
  readonly reject: (error: ClientError) => void;
}

/**
 * What this device wants to commit, one commit at a time: whoever is being admitted (kept in the store), whoever
 * leaves, and what a person or a timer asks for (kept in memory until the commit is made; then it is in the store).
 */
export class CommitWishes {
  #waiting: WaitingWish[] = [];
  /** The wish behind the conversation's pending commit, if this run of the program made it. */
  #begun: { readonly dedupeId: PendingCommit['dedupeId']; readonly of: WaitingWish | undefined } | undefined;
  readonly #admissions = new Map<string, { resolve: () => void; reject: (error: ClientError) => void }[]>();

  constructor(private readonly context: RoomContext) {}

  /** Resolves when the change is in force, rejects when it will not be. */
  add(wish: Wish): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ wish, resolve, reject }));
  }

  has(kind: Wish['kind']): boolean {
    return this.#waiting.some(({ wish }) => wish.kind === kind) || this.#begun?.of?.wish.kind === kind;
  }

  /** Resolves when this knock has been let in. */
  admitted(knockId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#admissions.set(knockId, [...(this.#admissions.get(knockId) ?? []), { resolve, reject }]);
    });
  }

  /** Puts the next commit into a step, if there is anything to commit and nothing pending. */
  begin(step: RoomStep): PendingCommit | undefined {
    const { conversation } = step.state;
    if (conversation === undefined) return undefined;
    const begun =
      this.#beginLeaving(step, conversation) ??
      this.#beginAdmission(step, conversation) ??
      this.#beginWish(step, conversation);
    if (begun === undefined) return undefined;
    step.advance({ conversation: begun.commit.conversation, writes: begun.commit.writesBeforeSending });
    this.#begun = { dedupeId: begun.commit.pending.dedupeId, of: begun.of };
    return begun.commit.pending;
  }

  /** An own commit is in force. */
  settled(pending: Pick<PendingCommit, 'dedupeId'>): void {
    if (this.#begun?.dedupeId !== pending.dedupeId) return;
    this.#begun.of?.resolve();
    this.#begun = undefined;
  }

  /** An own commit lost against another: what it was for is wanted still. */
  dropped(pending: Pick<PendingCommit, 'dedupeId'>): void {
    if (this.#begun?.dedupeId !== pending.dedupeId) return;
    if (this.#begun.of !== undefined) this.#waiting.unshift(this.#begun.of);
    this.#begun = undefined;
  }

  /** An own commit was refused for good. */
  refused(pending: Pick<PendingCommit, 'dedupeId'>, error: ClientError): void {
    if (this.#begun?.dedupeId !== pending.dedupeId) return;
    this.#begun.of?.reject(error);
    this.#begun = undefined;
  }

  /** Tells those who wait for a knock what became of it: called after every step. */
  tellAdmissions(knocks: ReadonlyMap<string, KnockRecord>, isMember: (knockId: string) => boolean): void {
    for (const [knockId, waiting] of [...this.#admissions]) {
      if (knocks.get(knockId)?.state === 'admitting') continue;
      this.#admissions.delete(knockId);
      for (const { resolve, reject } of waiting) {
        if (isMember(knockId)) resolve();
        else reject(new ClientError('RELAY_REFUSED', 'the invite lets nobody in any more'));
      }
    }
  }

  close(): void {
    const closed = new ClientError('CLOSED', 'the engine was closed', { retryable: true });
    for (const { reject } of this.#waiting) reject(closed);
    this.#begun?.of?.reject(closed);
    for (const waiting of this.#admissions.values()) for (const { reject } of waiting) reject(closed);
    this.#waiting = [];
    this.#admissions.clear();
  }

  #beginLeaving(step: RoomStep, conversation: Conversation): Begun | undefined {
    const view = viewOf(step.state);
    if (view === undefined || view.leaving.length === 0) return undefined;
    if (!mayModerate(view.self.role) && (view.kind !== 'direct' || view.self.guest)) return undefined;
    const leaving = view.leaving.filter(deviceId => deviceId !== view.self.deviceId);
    if (leaving.length === 0) return undefined;
    try {
      return { commit: removeMembers(this.context.env, conversation, leaving), of: undefined };
    } catch (error) {
      // A role that may not remove them: another device will.
      if (error instanceof CoreError) return undefined;
      throw error;
    }
  }

  #beginAdmission(step: RoomStep, conversation: Conversation): Begun | undefined {
    const first = [...step.state.knocks.values()].find(({ state }) => state === 'admitting');
    const invite = first && step.state.invites.get(first.token);
    if (first === undefined) return undefined;
    if (invite === undefined) {
      step.dropKnock(first.knockId);
      return undefined;
    }
    const closed = closedBecause(invite, this.context.clock.nowMs());
    if (closed !== undefined) {
      refuseKnock(this.context, step, first, { refusal: closed, triesLeft: 0 });
      return this.#beginAdmission(step, conversation);
    }
    const knocks = [...step.state.knocks.values()]
      .filter(({ state, token }) => state === 'admitting' && token === invite.link.token)
      .slice(0, Math.min(usesLeft(invite), LIMITS.admissionsPerAppend));
    try {
      const requests = knocks.map(({ request }) => request);
      const commit = admit(this.context.env, conversation, {
        link: invite.link,
        keys: invite.keys,
        requests,
      });
      return { commit, of: undefined };
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      // One of them cannot be let in: find out which by trying the first alone.
      return this.#beginSingleAdmission(step, conversation, first);
    }
  }

  #beginSingleAdmission(step: RoomStep, conversation: Conversation, knock: KnockRecord): Begun | undefined {
    const invite = step.state.invites.get(knock.token)!;
    try {
      const commit = admit(this.context.env, conversation, {
        link: invite.link,
        keys: invite.keys,
        requests: [knock.request],
      });
      return { commit, of: undefined };
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      const refusal = error.code === 'ROOM_FULL' ? 'full' : 'cannot-read';
      refuseKnock(this.context, step, knock, { refusal, triesLeft: 0 });
      return this.#beginAdmission(step, conversation);
    }
  }

  #beginWish({ state }: RoomStep, conversation: Conversation): Begun | undefined {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      // Somebody else was faster: a second time it would be thrown out of where it has just come in.
      if (replacedOf(next.wish).some(deviceId => !state.peers.get(deviceId)?.fellOut)) {
        next.resolve();
        continue;
      }
      try {
        return { commit: this.#commitOf(conversation, next.wish), of: next };
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        // Somebody else has done it in the meantime: that is what was wanted.
        if (error.code === 'UNKNOWN_MEMBER' || error.code === 'ALREADY_MEMBER') next.resolve();
        else if (next.wish.kind === 'revoke' && revokedMembers(conversation, [next.wish.list]).length === 0)
          next.resolve();
        else next.reject(toClientError(error));
      }
    }
    return undefined;
  }

  #commitOf(conversation: Conversation, wish: Wish): BegunCommit {
    switch (wish.kind) {
      case 'remove':
        return removeMembers(this.context.env, conversation, wish.deviceIds);
      case 'title':
        return changePolicy(this.context.env, conversation, { title: wish.title });
      case 'picture':
        return changePolicy(this.context.env, conversation, { picture: wish.picture });
      case 'announcements':
        return changePolicy(this.context.env, conversation, { announcements: wish.on });
      case 'roles':
        return giveRoles(this.context.env, conversation, wish.grants);
      case 'add':
        return addDevices(this.context.env, conversation, wish.keyPackages, { replaces: replacedOf(wish) });
      case 'revoke':
        return removeRevoked(this.context.env, conversation, [wish.list]);
      case 'member':
        return becomeMember(this.context.env, conversation, wish.identity);
      case 'update':
        return updateKeys(this.context.env, conversation);
    }
  }
}

function replacedOf(wish: Wish): readonly DeviceId[] {
  return wish.kind === 'add' ? (wish.replaces ?? []) : [];
}

interface Begun {
  readonly commit: BegunCommit;
  readonly of: WaitingWish | undefined;
}
