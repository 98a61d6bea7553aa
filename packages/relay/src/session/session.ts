import {
  type AccountId,
  CLOSE,
  type ClientFrame,
  type DeviceId,
  decodeClientFrame,
  encodeServerFrame,
  LIMITS,
  ProtocolError,
  type ServerBody,
  type StreamId,
} from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import { type ProvenDevice, verifyProof } from './authentication.ts';
import type { RelayContext } from './context.ts';
import type { Requester } from './handler.ts';
import type { Link, RelayConnection } from './link.ts';
import { handleRequest } from './requests.ts';
import { SessionReaders } from './sessionReaders.ts';

const DAY_MS = 24 * 3_600_000;

/** One connection's life: challenge, proof, requests in order, readers, end. */
export class Session implements RelayConnection, Requester {
  #state: 'challenged' | 'authenticating' | 'open' | 'closed' = 'challenged';
  readonly nonce: Uint8Array;
  #device: ProvenDevice | undefined;
  #mayHost: boolean;
  readonly #readers: SessionReaders;
  #refusedInARow = 0;
  readonly #cancelTimeout: () => void;
  readonly #countAuthenticated: () => void;

  constructor(
    private readonly context: RelayContext,
    private readonly link: Link,
    readonly sessionId: string,
    private readonly onEnd: () => void,
  ) {
    this.nonce = context.random(32);
    this.#mayHost = this.onOwnComputer;
    this.#readers = new SessionReaders(context, () => this.deviceId, {
      push: frame => this.#sendBytes(frame),
      congested: () => this.#congested(),
      failed: error => {
        this.#refusalOf(error, 'read');
        this.close(CLOSE.GOING_AWAY, 'the store does not answer');
      },
    });
    this.#countAuthenticated = context.quotas.holdUnauthenticated();
    this.#cancelTimeout = context.scheduler.after(context.quotas.quotas.authenticateWithinMs, () => {
      this.close(CLOSE.TIMED_OUT, 'no proof came');
    });
    context.observer.connectionOpened();
    // Not before `connect` has given the transport its side of the connection.
    context.scheduler.soon(() => {
      this.#send(0, { type: 'challenge', nonce: this.nonce, protocolVersion: LIMITS.protocolVersion });
    });
  }

  get deviceId(): DeviceId {
    return this.#device!.deviceId;
  }

  get accountId(): AccountId {
    return this.#device!.accountId;
  }

  get accountKey(): Uint8Array {
    return this.#device!.accountKey;
  }

  get origin(): string {
    return this.#device!.origin;
  }

  get mayHost(): boolean {
    return this.#mayHost;
  }

  get onOwnComputer(): boolean {
    return this.link.listenerRole === 'host';
  }

  receive(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    let frame: ClientFrame;
    try {
      frame = decodeClientFrame(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refuseFrame(error);
      return;
    }
    this.context.observer.frameReceived(frame.body.type, bytes.length);
    if (this.#state === 'open') this.#request(frame, bytes.length);
    else this.#beforeOpen(frame);
  }

  drained(): void {
    this.#readers.catchUp();
  }

  closed(): void {
    this.#end(NO_CLOSE_CODE);
  }

  /** Ends the session from the relay's side. */
  close(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#end(code);
    this.link.close(code, reason);
  }

  acknowledged(streamId: StreamId, seq: number): void {
    this.#readers.acknowledged(streamId, seq);
  }

  /** Sends what nobody asked for; what could not be read in time is dropped where it can be (`droppable`). */
  push(body: ServerBody, droppable = false): void {
    if (this.#state !== 'open' || (droppable && this.#congested())) return;
    this.#send(0, body);
  }

  /** Tells the device how a stream stands for it. */
  async pushStatus(streamId: StreamId): Promise<void> {
    const status = await this.context.store.status(this.deviceId, streamId);
    if (status !== undefined) this.push({ type: 'streamChanged', status });
  }

  #beforeOpen({ requestId, body }: ClientFrame): void {
    if (body.type === 'authenticate' && this.#state === 'challenged') {
      this.#state = 'authenticating';
      this.#authenticate(requestId, body).catch(error => this.#authenticationFailed(requestId, error));
      return;
    }
    this.#authenticationFailed(requestId, unauthenticated());
  }

  async #authenticate(
    requestId: number,
    proof: Extract<ClientFrame['body'], { type: 'authenticate' }>,
  ): Promise<void> {
    const { store, directory, nowMs, retentionMs, sessions, bus } = this.context;
    if (proof.protocolVersion !== LIMITS.protocolVersion) {
      throw new Refusal('UNSUPPORTED_VERSION', `this relay speaks version ${LIMITS.protocolVersion}`);
    }
    const device = verifyProof(proof, { nonce: this.nonce, origins: this.link.origins, nowMs: nowMs() });
    if (device === undefined) throw unauthenticated();
    const { deviceId } = device;
    const comesByLink = await this.#comesByLink(deviceId, proof.inviteToken);
    const streams = await store.statuses(deviceId);
    await directory.prove(device);
    // Last, so that no revocation falls between this look and the session that it would end.
    const standing = await directory.standing(device);
    if (standing === 'revoked') throw new Refusal('DEVICE_REVOKED', 'the device was taken off its account');
    const listed = standing === 'listed';
    if (!this.onOwnComputer && !listed && !comesByLink) throw unauthenticated();
    if (this.#state !== 'authenticating') return;
    this.#state = 'open';
    this.#device = device;
    this.#mayHost = this.onOwnComputer || listed;
    this.#cancelTimeout();
    this.#countAuthenticated();
    this.context.observer.sessionOpened();
    sessions.put(deviceId, this)?.close(CLOSE.REPLACED, 'the device connected again');
    bus.publish({ type: 'sessionOpened', deviceId, sessionId: this.sessionId });
    this.#send(requestId, {
      type: 'authenticated',
      streams,
      serverTimeMs: nowMs(),
      limits: {
        maxPayloadBytes: LIMITS.payloadBytes,
        maxFrameBytes: LIMITS.frameBytes,
        retentionDays: Math.round(retentionMs / DAY_MS),
      },
      mayHost: this.mayHost,
    });
  }

  async #comesByLink(deviceId: DeviceId, token: ClientInviteToken): Promise<boolean> {
    const { store, nowMs } = this.context;
    if (await store.knows(deviceId)) return true;
    return token !== undefined && (await store.invite(token, nowMs())) !== undefined;
  }

  #authenticationFailed(requestId: number, error: unknown): void {
    const refusal = this.#refusalOf(error, 'authenticate');
    this.#fail(requestId, refusal);
    this.close(closeCodeOf(refusal), refusal.code);
  }

  #request(frame: ClientFrame, sizeBytes: number): void {
    try {
      this.context.quotas.frame(this.deviceId, sizeBytes);
    } catch (error) {
      this.#refuse(frame.requestId, error, frame.body.type);
      return;
    }
    this.#answer(frame).catch(error => this.#refuse(frame.requestId, error, frame.body.type));
  }

  async #answer({ requestId, body }: ClientFrame): Promise<void> {
    if (body.type === 'authenticate') {
      // A nonce is good once.
      this.#authenticationFailed(requestId, unauthenticated());
      return;
    }
    if (body.type === 'subscribe') return this.#subscribe(requestId, body.streamId, body.afterSeq);
    const afterwards: (() => void)[] = [];
    const answer = await handleRequest(this.context, this, body, run => void afterwards.push(run));
    this.#refusedInARow = 0;
    if (answer !== undefined) this.#send(requestId, answer);
    for (const run of afterwards) run();
  }

  async #subscribe(requestId: number, streamId: StreamId, afterSeq: number): Promise<void> {
    await this.#readers.open(streamId, afterSeq, status =>
      this.#send(requestId, { type: 'subscribed', status }),
    );
  }

  /** The device reads a stream up to `seq`; 0: it left. */
  endReader(streamId: StreamId, seq: number): void {
    this.#readers.endAt(streamId, seq);
  }

  /** A frame that means nothing: what follows cannot be trusted to mean anything either. */
  #refuseFrame({ code, message }: ProtocolError): void {
    const tooLarge = code === 'TOO_LARGE';
    this.#fail(0, new Refusal(tooLarge ? 'TOO_LARGE' : 'MALFORMED', message));
    this.close(tooLarge ? CLOSE.TOO_LARGE : CLOSE.MALFORMED, code);
  }

  #refuse(requestId: number, error: unknown, step: string): void {
    const refusal = this.#refusalOf(error, step);
    this.#fail(requestId, refusal);
    if (refusal.code !== 'RATE_LIMITED') return;
    this.#refusedInARow += 1;
    if (this.#refusedInARow > this.context.quotas.quotas.maxRefusedInARow) {
      this.close(CLOSE.RATE_LIMITED, 'far too much');
    }
  }

  #fail(requestId: number, { code, message, facts }: Refusal): void {
    this.context.observer.requestRefused(code);
    const { epoch = 0, seq = 0, retryAfterMs = 0 } = facts;
    this.#send(requestId, { type: 'failure', code, message, epoch, seq, retryAfterMs });
  }

  #refusalOf(error: unknown, step: string): Refusal {
    if (error instanceof Refusal) return error;
    this.context.observer.failed(step, error);
    return new Refusal('UNAVAILABLE', 'the relay failed');
  }

  #congested(): boolean {
    return this.link.bufferedBytes() > this.context.quotas.quotas.pausePushesAtBytes;
  }

  #send(requestId: number, body: ServerBody): void {
    this.#sendBytes(encodeServerFrame({ requestId, body }));
  }

  #sendBytes(frame: Uint8Array): void {
    if (this.#state === 'closed') return;
    if (this.link.bufferedBytes() > this.context.quotas.quotas.closeAtBytes) {
      this.close(CLOSE.RATE_LIMITED, 'does not read');
      return;
    }
    this.link.send(frame);
  }

  #end(code: number): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#cancelTimeout();
    this.#countAuthenticated();
    if (wasOpen) {
      this.#readers.close();
      this.context.sessions.remove(this.deviceId, this);
      this.context.observer.sessionClosed();
    }
    this.context.observer.connectionClosed(code);
    this.onEnd();
  }
}

/** RFC 6455 §7.1.5: no close code was seen. */
const NO_CLOSE_CODE = 1006;

type ClientInviteToken = Extract<ClientFrame['body'], { type: 'authenticate' }>['inviteToken'];

function closeCodeOf({ code }: Refusal): number {
  if (code === 'UNAVAILABLE') return CLOSE.GOING_AWAY;
  return code === 'DEVICE_REVOKED' ? CLOSE.DEVICE_REVOKED : CLOSE.UNAUTHENTICATED;
}

/** One answer, whatever was wrong with the proof. */
function unauthenticated(): Refusal {
  return new Refusal('UNAUTHENTICATED', 'not authenticated');
}
