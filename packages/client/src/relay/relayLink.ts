import {
  type Authenticate,
  type Authenticated,
  CLOSE,
  type ClientBody,
  decodeServerFrame,
  encodeClientFrame,
  LIMITS,
  type ServerBody,
  type ServerFrame,
} from '@sotto/protocol';
import type { Clock, Random, Transport, TransportConnection } from '../ports.ts';
import type { Connection, StopReason } from '../projection.ts';
import { backoffMs } from './backoff.ts';
import { ConnectionLost, RelayFailure } from './relayFailure.ts';

/** From opening the socket to being authenticated. */
const CONNECT_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** A quiet connection is asked for a sign of life this often; networks drop idle ones after a minute. */
const PING_AFTER_MS = 25_000;
/** Online for this long counts as a good connection: the next loss is retried quickly. */
const STABLE_AFTER_MS = 10_000;

/** Ends that a person may want to try again: nothing here stands against it. */
const SENT_AWAY: readonly StopReason[] = ['taken-over', 'refused', 'unsupported-relay'];

/** What the relay says unasked. */
export type Push = Extract<ServerBody, { type: (typeof PUSHES)[number] }>;

const PUSHES = [
  'entries',
  'ephemeral',
  'streamChanged',
  'inviteChanged',
  'deviceListChanged',
  'keyPackageCount',
  'sealedChanged',
] as const;

export interface RelayLinkEvents {
  /** A session stands; requests may be sent. */
  online(session: Authenticated): void;
  push(push: Push): void;
  /** The relay closed the session because the account of this device was deleted; it is reached again. */
  accountDeleted(): void;
  /** `connection` changed, also to `online` (after `online`). */
  changed(connection: Connection): void;
}

export interface RelayLinkOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** `wss://host/ws` */
  readonly url: string;
  /** Answers the relay's nonce: the proof of this device. */
  readonly prove: (nonce: Uint8Array) => Omit<Authenticate, 'protocolVersion'>;
  readonly events: RelayLinkEvents;
}

/**
 * One session with a relay, kept up: connects, proves the device, matches answers to requests, notices a dead
 * connection, and comes back with jittered exponential backoff until it is stopped.
 */
export class RelayLink {
  #connection: Connection = { state: 'connecting' };
  #socket: TransportConnection | undefined;
  #online = false;
  #attempt = 0;
  #nextRequestId = 1;
  readonly #waiting = new Map<number, Waiting>();
  #authenticateId = 0;
  /** One timer at a time for the state the link is in: connecting, quiet, or waiting to retry. */
  #cancelTimer: () => void = () => undefined;
  #cancelStable: () => void = () => undefined;
  /** Grows with each socket, so that a late event of an old one is told apart. */
  #generation = 0;

  constructor(private readonly options: RelayLinkOptions) {}

  get connection(): Connection {
    return this.#connection;
  }

  get online(): boolean {
    return this.#online;
  }

  start(): void {
    if (this.#socket === undefined && this.#connection.state !== 'stopped') this.#connect();
  }

  /**
   * Tries at once when it would wait, and again when the relay had sent it away: a person asks for it. Does nothing
   * when it is connected or connecting, nor where going on would do harm (`rolled-back`, `storage-failed`).
   */
  reconnectNow(): void {
    const { state } = this.#connection;
    const sentAway = state === 'stopped' && SENT_AWAY.includes(this.#connection.reason);
    if (state !== 'offline' && !sentAway) return;
    this.#attempt = 0;
    this.#connect();
  }

  /** Ends the session for good. Requests under way fail with `ConnectionLost`. */
  stop(reason: StopReason): void {
    if (this.#connection.state === 'stopped') return;
    this.#dropSocket();
    this.#change({ state: 'stopped', reason });
  }

  /** Ends the session without a word to anyone: the engine is being closed. */
  close(): void {
    this.#dropSocket();
    this.#connection = { state: 'stopped', reason: 'storage-failed' };
  }

  /** Starts, or goes on after a refusal: there is a new invite to show. */
  startAgain(): void {
    if (this.#connection.state === 'stopped') this.reconnectNow();
    else this.start();
  }

  /** A new session at once, with another proof. */
  renew(): void {
    this.#dropSocket();
    this.#attempt = 0;
    this.#connect();
  }

  /** Ends the session and tries again after a while: the relay sent what makes no sense. */
  restart(): void {
    if (this.#socket !== undefined) this.#lose();
  }

  /**
   * Sends and waits for the answer. Rejects with `RelayFailure` where the relay refused, with `ConnectionLost`
   * where no answer came: then it may have been done or not.
   */
  request(body: ClientBody): Promise<ServerBody> {
    if (!this.#online) return Promise.reject(new ConnectionLost('not online'));
    return this.#request(body);
  }

  /** Sends what needs no answer; dropped when not online. */
  tell(body: ClientBody): void {
    if (this.#online) this.#send(this.#takeRequestId(), body);
  }

  #connect(): void {
    this.#cancelTimer();
    this.#change({ state: 'connecting' });
    const generation = ++this.#generation;
    const current = (run: () => void) => {
      if (generation === this.#generation) run();
    };
    this.#cancelTimer = this.options.clock.setTimer(CONNECT_TIMEOUT_MS, () => current(() => this.#lose()));
    this.#socket = this.options.transport.connect(this.options.url, {
      opened: () => undefined,
      frame: bytes => current(() => this.#receive(bytes)),
      closed: code => current(() => this.#closed(code)),
    });
  }

  #receive(bytes: Uint8Array): void {
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(bytes);
    } catch {
      // Nothing that follows can be trusted to be in order: start over.
      this.#lose();
      return;
    }
    if (this.#online) this.#awaitSilence();
    if (frame.requestId !== 0 && frame.requestId === this.#authenticateId && !this.#online) {
      this.#authenticateAnswered(frame.body);
    } else if (frame.requestId !== 0) this.#answered(frame.requestId, frame.body);
    else if (frame.body.type === 'challenge') this.#authenticate(frame.body);
    else if (this.#online && isPush(frame.body)) this.options.events.push(frame.body);
  }

  #authenticate(challenge: Extract<ServerBody, { type: 'challenge' }>): void {
    if (this.#online || this.#authenticateId !== 0) return;
    if (challenge.protocolVersion !== LIMITS.protocolVersion) {
      this.stop('unsupported-relay');
      return;
    }
    const proof = this.options.prove(challenge.nonce);
    this.#authenticateId = this.#takeRequestId();
    this.#send(this.#authenticateId, {
      type: 'authenticate',
      protocolVersion: LIMITS.protocolVersion,
      ...proof,
    });
  }

  /** At once, not by a promise: pushes may follow on the answer's heels. */
  #authenticateAnswered(answer: ServerBody): void {
    if (answer.type === 'authenticated') this.#established(answer);
    else if (answer.type !== 'failure') this.#lose();
    else if (answer.code === 'UNSUPPORTED_VERSION') this.stop('unsupported-relay');
    else if (answer.code === 'DEVICE_REVOKED') this.stop('revoked');
    else if (answer.code === 'RATE_LIMITED' || answer.code === 'UNAVAILABLE') this.#lose(answer.retryAfterMs);
    else this.stop('refused');
  }

  #established(session: Authenticated): void {
    this.#online = true;
    this.#awaitSilence();
    this.#cancelStable = this.options.clock.setTimer(STABLE_AFTER_MS, () => {
      this.#attempt = 0;
    });
    this.options.events.online(session);
    this.#change({ state: 'online' });
  }

  #closed(code: number): void {
    if (code === CLOSE.REPLACED) this.stop('taken-over');
    else if (code === CLOSE.UNAUTHENTICATED) this.stop('refused');
    else if (code === CLOSE.DEVICE_REVOKED) this.stop('revoked');
    else {
      if (code === CLOSE.ACCOUNT_DELETED) this.options.events.accountDeleted();
      this.#lose();
    }
  }

  #lose(waitAtLeastMs = 0): void {
    this.#dropSocket();
    const delayMs = Math.max(waitAtLeastMs, backoffMs(this.#attempt++, this.options.random));
    this.#cancelTimer = this.options.clock.setTimer(delayMs, () => this.#connect());
    this.#change({ state: 'offline', retryAtMs: this.options.clock.nowMs() + delayMs });
  }

  #dropSocket(): void {
    this.#generation++;
    this.#online = false;
    this.#authenticateId = 0;
    this.#cancelTimer();
    this.#cancelStable();
    this.#socket?.close();
    this.#socket = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, cancelTimeout } of lost) {
      cancelTimeout();
      reject(new ConnectionLost('the connection went'));
    }
  }

  #request(body: ClientBody): Promise<ServerBody> {
    return new Promise((resolve, reject) => {
      const requestId = this.#takeRequestId();
      const cancelTimeout = this.options.clock.setTimer(REQUEST_TIMEOUT_MS, () => this.#lose());
      this.#waiting.set(requestId, { resolve, reject, cancelTimeout });
      this.#send(requestId, body);
    });
  }

  #answered(requestId: number, body: ServerBody): void {
    const waiting = this.#waiting.get(requestId);
    if (waiting === undefined) return;
    this.#waiting.delete(requestId);
    waiting.cancelTimeout();
    if (body.type === 'failure') waiting.reject(new RelayFailure(body));
    else waiting.resolve(body);
  }

  #awaitSilence(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.options.clock.setTimer(PING_AFTER_MS, () => {
      void this.#request({ type: 'ping' }).catch(() => undefined);
      this.#cancelTimer = () => undefined;
    });
  }

  #takeRequestId(): number {
    const requestId = this.#nextRequestId;
    this.#nextRequestId = requestId === 0xffff_ffff ? 1 : requestId + 1;
    return requestId;
  }

  #send(requestId: number, body: ClientBody): void {
    this.#socket?.send(encodeClientFrame({ requestId, body }));
  }

  #change(connection: Connection): void {
    this.#connection = connection;
    this.options.events.changed(connection);
  }
}

interface Waiting {
  readonly resolve: (body: ServerBody) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimeout: () => void;
}

function isPush(body: ServerBody): body is Push {
  return (PUSHES as readonly string[]).includes(body.type);
}
