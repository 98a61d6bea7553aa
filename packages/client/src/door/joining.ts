import {
  CoreError,
  deriveLinkKeys,
  type InviteLink,
  joinFromWelcome,
  openJoinAnswer,
  type PasswordKey,
  parseLink,
  passwordSalt,
  prepareKnock,
  type Stretch,
  safetyWords,
  treeOfWelcome,
} from '@sotto/core';
import { DedupeId, type Entry, type WireErrorCode } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { Clock, InviteLookup } from '../ports.ts';
import type { JoinFailure, JoinState } from '../projection.ts';
import type { JoinRecord } from '../records/roomRecords.ts';
import { backoffMs } from '../relay/backoff.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { writeRoster } from '../room/rosters.ts';
import type { MoveCursor } from './inbox.ts';
import { TreeFetch } from './treeFetch.ts';

const LOOK_EVERY_MS = 10_000;

/** Slow or asynchronous cryptography, from the platform. */
export interface SlowCrypto {
  readonly passwordKey: PasswordKey;
  readonly stretch: Stretch;
}

/**
 * Makes the request that a guest knocks with; its safety words follow, since nobody waits for them who is let in at
 * once. Throws `CoreError` (`BAD_LINK`, `BAD_NAME`, `PASSWORD_NEEDED`).
 */
export async function prepareJoin(
  context: RoomContext,
  { passwordKey }: Pick<SlowCrypto, 'passwordKey'>,
  options: { readonly link: InviteLink; readonly name: string; readonly password: string | undefined },
): Promise<JoinRecord> {
  const { link, name, password } = options;
  if (link.passwordNeeded && (password ?? '') === '') {
    throw new ClientError('BAD_PASSWORD', 'this link needs a password');
  }
  const key = link.passwordNeeded ? await passwordKey(password!, passwordSalt(context.env, link)) : undefined;
  const keys = deriveLinkKeys(context.env, link, key);
  const knock = prepareKnock(context.env, { identity: context.identity, link, keys, name });
  return {
    link,
    keys,
    name,
    dedupeId: DedupeId.fromBytes(context.random(DedupeId.sizeBytes)),
    knock,
    safetyWords: [],
    delivered: false,
  };
}

/** Reads a link as a person gives it. Throws `ClientError` `BAD_LINK`. */
export function readLink(text: string): InviteLink {
  try {
    return parseLink(text);
  } catch (error) {
    if (error instanceof CoreError && error.code === 'BAD_LINK')
      throw new ClientError('BAD_LINK', error.message);
    throw error;
  }
}

/** A guest at a door: knocks until the relay has it, hears the answer, goes in with the Welcome. */
export class Joining {
  #hostOnline = false;
  #sending = false;
  #attempt = 0;
  #cancelRetry: () => void = () => undefined;
  #cancelLook: () => void = () => undefined;
  #closed = false;
  readonly #tree: TreeFetch;
  /** The request whose words are being derived. */
  #wording: DedupeId | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly room: RoomActor,
    private readonly clock: Clock,
    private readonly lookUp: InviteLookup | undefined,
    private readonly stretch: Stretch,
  ) {
    this.#tree = new TreeFetch(
      context,
      clock,
      () => this.wake(),
      () => context.events.changed(room.roomId),
    );
  }

  /** As the screen shows it; `undefined` once inside. */
  get state(): JoinState | undefined {
    const { join } = this.room.state;
    if (join === undefined) return undefined;
    if (join.refused !== undefined) return { step: 'refused', ...join.refused };
    const { safetyWords: words, delivered } = join;
    const entering = join.welcome === undefined ? {} : { entering: this.#tree.state };
    return { step: 'waiting', safetyWords: words, hostOnline: this.#hostOnline, delivered, ...entering };
  }

  /** Goes on where it can: called when the relay is reached, and when there is a new request. */
  wake(): void {
    const { join } = this.room.state;
    if (this.#closed || join === undefined || join.refused !== undefined) return;
    if (join.welcome !== undefined) {
      void this.#fetchTree(join, join.welcome);
      return;
    }
    this.#look();
    if (!join.delivered && !this.#sending && this.context.link.online) void this.#knock(join);
    if (join.safetyWords.length === 0 && this.#wording !== join.dedupeId) void this.#findWords(join);
  }

  /** Somebody answered. False when it is not for this request. */
  async receiveAnswer(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    return this.room.transact(step => {
      const { join } = step.state;
      if (join === undefined) return false;
      try {
        const answer = openJoinAnswer(this.context.env, {
          link: join.link,
          keys: join.keys,
          sealedRequest: join.knock.sealedRequest,
          sealedAnswer: entry.payload,
        });
        const tries = answer.refusal === 'wrong-password' ? { triesLeft: answer.triesLeft } : {};
        step.putJoin({ ...join, refused: { reason: answer.refusal, ...tries } });
        moveCursor(step);
        return true;
      } catch (error) {
        if (error instanceof CoreError) return false;
        throw error;
      }
    });
  }

  /**
   * A Welcome: goes in, if it comes from who made the link. Where its ratchet tree is at the relay, it is kept until
   * that is here. False when it is not for this request.
   */
  async receiveWelcome({ payload: welcome }: Entry, moveCursor: MoveCursor): Promise<boolean> {
    const taken = await this.room.transact(step => {
      const { join } = step.state;
      if (join === undefined) return false;
      try {
        const { keys, knock } = join;
        const tree = treeOfWelcome(this.context.env, { keys, knock, welcome });
        if (tree === undefined) this.#enter(step, join, welcome);
        else step.putJoin({ ...join, delivered: true, welcome });
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        if (error.code !== 'IMPOSTOR') return false;
        step.putJoin({ ...join, refused: { reason: 'impostor' } });
      }
      moveCursor(step);
      return true;
    });
    this.#goOn();
    return taken;
  }

  /** The relay does not let this device in: it knows no such invite (any more). */
  turnedAway(): void {
    const { join } = this.room.state;
    if (join !== undefined && !join.delivered)
      void this.#change(join, { refused: { reason: 'unknown-link' } });
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#cancelLook();
    this.#tree.close();
  }

  /** After a step that may have let this device in. */
  #goOn(): void {
    if (this.room.state.record.membership !== 'member') {
      this.wake();
      return;
    }
    this.close();
    void this.room.attach();
  }

  async #fetchTree(join: JoinRecord, welcome: Uint8Array): Promise<void> {
    const { keys, knock, dedupeId } = join;
    const tree = await this.#tree.fetch({ keys, knock, welcome });
    if (tree === undefined || this.#closed) return;
    await this.room
      .transact(step => {
        const current = step.state.join;
        if (current?.dedupeId !== dedupeId || current.refused !== undefined) return;
        try {
          this.#enter(step, current, welcome, tree);
        } catch (error) {
          if (!(error instanceof CoreError)) throw error;
          const reason = error.code === 'IMPOSTOR' ? 'impostor' : 'cannot-read';
          step.putJoin({ ...current, refused: { reason } });
        }
      })
      .catch(() => undefined);
    if (this.room.state.record.membership === 'member') this.#goOn();
  }

  #enter(step: RoomStep, join: JoinRecord, welcome: Uint8Array, tree?: Uint8Array): void {
    const { link, keys, knock } = join;
    const joined = joinFromWelcome(this.context.env, {
      identity: this.context.identity,
      link,
      keys,
      knock,
      welcome,
      tree,
    });
    step.advance(joined);
    const view = viewOf(step.state)!;
    step.set({
      streamId: view.streamId,
      membership: 'member',
      created: true,
      inviter: joined.inviter.accountId,
      keyUpdateDue: true,
      joinedEpoch: view.epoch,
      lastActivityMs: this.clock.nowMs(),
    });
    // What was said before is not for us, and what we say is for all who are here.
    const others = view.members.filter(({ deviceId }) => deviceId !== this.context.identity.deviceId);
    step.putPeers(others.map(({ deviceId }) => step.peer(deviceId)));
    writeRoster(step);
    // With it goes the private key of the request, which the Welcome was for.
    step.dropJoin();
  }

  async #knock(join: JoinRecord): Promise<void> {
    this.#sending = true;
    try {
      await this.context.link.request({
        type: 'knock',
        token: join.link.token,
        dedupeId: join.dedupeId,
        payload: join.knock.sealedRequest,
      });
      await this.#change(join, { delivered: true });
    } catch (error) {
      if (error instanceof RelayFailure) await this.#knockRefused(join, error);
    } finally {
      this.#sending = false;
    }
    if (this.room.state.join?.dedupeId !== join.dedupeId) this.wake();
  }

  async #knockRefused(join: JoinRecord, { code, retryAfterMs }: RelayFailure): Promise<void> {
    if (code === 'UNAVAILABLE' || (code === 'RATE_LIMITED' && this.#attempt < 3)) {
      const waitMs = Math.max(retryAfterMs, backoffMs(this.#attempt++, this.context.random));
      this.#cancelRetry();
      this.#cancelRetry = this.clock.setTimer(waitMs, () => this.wake());
      return;
    }
    await this.#change(join, { refused: { reason: KNOCK_FAILURES[code] ?? 'cannot-read' } });
  }

  /** Beside the knock, not before it: a tenth of a second of work that only who waits will read. */
  async #findWords({ link, knock, dedupeId }: JoinRecord): Promise<void> {
    this.#wording = dedupeId;
    const words = await safetyWords(this.context.env, link, knock.sealedRequest, this.stretch);
    await this.#change({ dedupeId }, { safetyWords: words });
  }

  /** Changes the request that this was about, unless there is another by now. */
  async #change(join: Pick<JoinRecord, 'dedupeId'>, patch: Partial<JoinRecord>): Promise<void> {
    await this.room
      .transact(step => {
        const current = step.state.join;
        if (current?.dedupeId === join.dedupeId && current.refused === undefined)
          step.putJoin({ ...current, ...patch });
      })
      .catch(() => undefined);
  }

  /** Whether the host is there: the relay's word, asked for again and again while waiting. */
  #look(): void {
    const { join } = this.room.state;
    this.#cancelLook();
    if (this.lookUp === undefined || join === undefined || join.refused !== undefined || this.#closed) return;
    this.lookUp(join.link.token).then(
      ({ hostOnline }) => {
        if (this.#closed || hostOnline === this.#hostOnline) return;
        this.#hostOnline = hostOnline;
        this.context.events.changed(this.room.roomId);
      },
      () => undefined,
    );
    this.#cancelLook = this.clock.setTimer(LOOK_EVERY_MS, () => this.#look());
  }
}

const KNOCK_FAILURES: Partial<Record<WireErrorCode, JoinFailure>> = {
  INVITE_EXPIRED: 'expired',
  INVITE_USED_UP: 'full',
  INVITE_REVOKED: 'revoked',
  INVITE_ENDED: 'ended',
  STREAM_ENDED: 'ended',
  KNOCK_BLOCKED: 'blocked',
  NOT_FOUND: 'unknown-link',
  RATE_LIMITED: 'rate-limited',
};
