import {
  type AccountId,
  CLOSE,
  type DeviceId,
  type InviteStatus,
  type InviteToken,
  type RegistrationMode,
} from '@sotto/protocol';
import { Accounts } from './accounts/accounts.ts';
import { DeviceMail } from './accounts/deviceMail.ts';
import { OpaqueServer } from './accounts/opaque.ts';
import type { BlobStore } from './blobStore.ts';
import type { Bus, BusEvent } from './bus.ts';
import type { Directory } from './directory.ts';
import { noObserver, type RelayObserver } from './observer.ts';
import type { Scheduler } from './scheduler.ts';
import { SealedPosts } from './sealed/sealedPosts.ts';
import { Announcer } from './session/announcer.ts';
import { sweepBlobs } from './session/blobRequests.ts';
import type { Random, RelayContext } from './session/context.ts';
import type { Link, RelayConnection } from './session/link.ts';
import { DEFAULT_QUOTAS, QuotaLedger, type Quotas } from './session/quotas.ts';
import { EntryBatch } from './session/reader.ts';
import { SessionRegistry } from './session/registry.ts';
import { announceInvites } from './session/requests.ts';
import { Session } from './session/session.ts';
import { createMemoryBlobs } from './store/memoryBlobs.ts';
import { createMemoryDirectory } from './store/memoryDirectory.ts';
import type { StreamStore } from './streamStore.ts';

export interface RelayOptions {
  readonly store: StreamStore;
  /** Default: one in memory. */
  readonly blobs?: BlobStore;
  /** Default: one in memory. */
  readonly directory?: Directory;
  /** Default: `open`. */
  readonly registration?: RegistrationMode;
  /** The OPAQUE server setup; by default one that lasts as long as the process. */
  readonly opaqueServerSetup?: string;
  readonly bus: Bus;
  /** Unix time in milliseconds. */
  readonly nowMs: () => number;
  readonly random: Random;
  readonly scheduler: Scheduler;
  /** What differs from `DEFAULT_QUOTAS`. */
  readonly quotas?: Partial<Quotas>;
  readonly observer?: RelayObserver;
  /** How long entries wait for those who have not read them; default 30 days. */
  readonly retentionMs?: number;
}

/** What anyone who has the token may know of an invite. */
export interface InviteReport {
  readonly status: InviteStatus;
  readonly sealedCard: Uint8Array;
  readonly expiresAtMs: number;
  /** Whether the device that made the invite is connected. */
  readonly hostOnline: boolean;
  readonly serverTimeMs: number;
}

const EXPIRE_EVERY_MS = 15_000;
const SWEEP_EVERY_MS = 3_600_000;
/** What was deleted stands in the files no longer than this. */
const ERASE_WITHIN_MS = 5_000;
const RETENTION_MS = 30 * 24 * 3_600_000;

/**
 * The relay without its transport: sessions over a store and a bus. It touches neither sockets nor timers nor
 * the clock but through what it was given, so that a simulation can hold it in its hand.
 */
export class Relay {
  /** What is asked about accounts over HTTP, before there is a session. */
  readonly accounts: Accounts;
  /** By which a device that is in adds a new one, which has no session yet. */
  readonly deviceMail: DeviceMail;
  /** Keys to write to, and messages for them, without a session. */
  readonly sealed: SealedPosts;
  readonly #context: RelayContext;
  readonly #connections = new Set<Session>();
  readonly #cancelTimers = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #nextConnection = 1;
  #stopped = false;
  #erasing = false;

  constructor({
    store,
    blobs = createMemoryBlobs(),
    directory = createMemoryDirectory(),
    registration = 'open',
    opaqueServerSetup,
    bus,
    nowMs,
    random,
    scheduler,
    quotas,
    observer = noObserver,
    retentionMs,
  }: RelayOptions) {
    const common = {
      directory,
      store,
      bus,
      nowMs,
      random,
      quotas: new QuotaLedger({ ...DEFAULT_QUOTAS, ...quotas }, nowMs),
      deleted: () => this.#eraseSoon(),
    };
    this.accounts = new Accounts(common, new OpaqueServer(opaqueServerSetup), registration);
    this.deviceMail = new DeviceMail(common);
    this.#context = {
      ...common,
      accounts: this.accounts,
      blobs,
      scheduler,
      observer,
      sessions: new SessionRegistry(),
      announcer: new Announcer(bus, scheduler),
      retentionMs: retentionMs ?? RETENTION_MS,
    };
    this.sealed = new SealedPosts(this.#context);
    this.#unsubscribe = bus.subscribe(event => this.#hear(event));
  }

  /** Begins the housekeeping: expiry of invites, retention, erasure. */
  start(): void {
    this.#every(EXPIRE_EVERY_MS, async () => {
      this.deviceMail.forgetExpired();
      announceInvites(this.#context, await this.#context.store.expireInvites(this.#context.nowMs()));
    });
    const sweep = async () => {
      const { store, directory, nowMs, retentionMs, observer } = this.#context;
      observer.swept(await store.sweep({ nowMs: nowMs(), retentionMs }));
      await directory.sweepDirectory(nowMs());
      await sweepBlobs(this.#context);
      this.#eraseSoon();
    };
    this.#run('sweep', sweep);
    this.#every(SWEEP_EVERY_MS, sweep);
  }

  /** A new connection; the relay speaks first. It is closed at once when there are too many. */
  connect(link: Link): RelayConnection {
    const { quotas, random } = this.#context;
    const countOut = this.#stopped ? undefined : quotas.admitConnection(link.remoteAddress);
    if (countOut === undefined) {
      link.close(this.#stopped ? CLOSE.GOING_AWAY : CLOSE.RATE_LIMITED, 'too many connections');
      return NOWHERE;
    }
    const sessionId = `${this.#nextConnection++}.${Buffer.from(random(8)).toString('hex')}`;
    const session = new Session(this.#context, link, sessionId, () => {
      this.#connections.delete(session);
      countOut();
    });
    this.#connections.add(session);
    return session;
  }

  /** Throws `Refusal` `RATE_LIMITED`; changes nothing. */
  async inviteReport(token: InviteToken, remoteAddress: string): Promise<InviteReport | undefined> {
    const { store, nowMs, quotas, sessions } = this.#context;
    quotas.lookup(remoteAddress);
    const invite = await store.invite(token, nowMs());
    if (invite === undefined) return undefined;
    const { status, sealedCard, expiresAtMs, ownerId } = invite;
    const hostOnline = sessions.session(ownerId) !== undefined;
    return { status, sealedCard, expiresAtMs, hostOnline, serverTimeMs: nowMs() };
  }

  /** Ends all sessions and the housekeeping; the store is left to its owner. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancelTimers) cancel();
    this.#cancelTimers.clear();
    for (const session of [...this.#connections])
      session.close(CLOSE.GOING_AWAY, 'the relay is shutting down');
    this.#unsubscribe();
  }

  #hear(event: BusEvent): void {
    const { sessions } = this.#context;
    switch (event.type) {
      case 'entries': {
        const batch = new EntryBatch(event.streamId, event.entries);
        for (const reader of sessions.readersOf(event.streamId).values()) reader.offer(batch);
        return;
      }
      case 'ephemeral': {
        const { streamId, payload, fromDeviceId } = event;
        for (const [deviceId, reader] of sessions.readersOf(streamId)) {
          if (deviceId === fromDeviceId || !reader.live) continue;
          sessions.session(deviceId)?.push({ type: 'ephemeral', streamId, payload }, true);
        }
        return;
      }
      case 'subscriptionEnded':
        sessions.session(event.deviceId)?.endReader(event.streamId, event.endsAtSeq);
        return;
      case 'streamChanged':
        for (const deviceId of event.deviceIds) {
          const session = sessions.session(deviceId);
          if (session !== undefined) this.#run('streamChanged', () => session.pushStatus(event.streamId));
        }
        return;
      case 'inviteChanged': {
        const { ownerId, token, status } = event;
        sessions.session(ownerId)?.push({ type: 'inviteChanged', token, status });
        return;
      }
      case 'devicesEnded':
        for (const session of this.#sessionsOf(event.accountId, event.deviceIds)) {
          session.close(CLOSE[event.because], event.because);
        }
        return;
      case 'deviceListChanged': {
        const { signedDeviceList } = event;
        for (const session of this.#sessionsOf(event.accountId, event.deviceIds)) {
          session.push({ type: 'deviceListChanged', signedDeviceList });
        }
        return;
      }
      case 'peersListChanged': {
        const { signedDeviceList } = event;
        for (const deviceId of event.deviceIds)
          sessions.session(deviceId)?.push({ type: 'deviceListChanged', signedDeviceList });
        return;
      }
      case 'keyPackagesLow':
        for (const session of this.#sessionsOf(event.accountId, [event.deviceId])) {
          session.push({ type: 'keyPackageCount', ...event.supply });
        }
        return;
      case 'sealedChanged':
        for (const session of this.#sessionsOf(event.accountId, event.deviceIds)) {
          session.push({ type: 'sealedChanged' });
        }
        return;
      case 'sessionOpened': {
        const session = sessions.session(event.deviceId);
        if (session !== undefined && session.sessionId !== event.sessionId) {
          session.close(CLOSE.REPLACED, 'the device connected elsewhere');
        }
      }
    }
  }

  /** Of these devices, as devices of this account: another account may name the same ones. */
  #sessionsOf(accountId: AccountId, deviceIds: readonly DeviceId[]): readonly Session[] {
    return deviceIds.flatMap(deviceId => {
      const session = this.#context.sessions.session(deviceId);
      return session?.accountId === accountId ? [session] : [];
    });
  }

  #eraseSoon(): void {
    if (this.#stopped || this.#erasing) return;
    this.#erasing = true;
    const cancel = this.#context.scheduler.after(ERASE_WITHIN_MS, () => {
      this.#cancelTimers.delete(cancel);
      this.#erasing = false;
      this.#run('erase', async () => {
        await this.#context.store.erase();
        await this.#context.blobs.erase();
      });
    });
    this.#cancelTimers.add(cancel);
  }

  #every(periodMs: number, work: () => Promise<void>): void {
    let cancel = (): void => undefined;
    const arm = () => {
      this.#cancelTimers.delete(cancel);
      cancel = this.#context.scheduler.after(periodMs, () => {
        this.#run('housekeeping', work);
        arm();
      });
      this.#cancelTimers.add(cancel);
    };
    arm();
  }

  #run(step: string, work: () => Promise<void>): void {
    work().catch(error => {
      if (!this.#stopped) this.#context.observer.failed(step, error);
    });
  }
}

const NOWHERE: RelayConnection = { receive() {}, drained() {}, closed() {} };
