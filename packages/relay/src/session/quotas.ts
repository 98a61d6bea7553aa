import type { AccountId, DeviceId, Handle, InviteToken, SourceId } from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import { type Rate, TokenBuckets } from './tokenBucket.ts';

/** How much one device, one address and one invite may ask for, and how much the relay takes on in all. */
export interface Quotas {
  /** Frames of one device. */
  readonly framesPerDevice: Rate;
  /** Bytes of frames of one device. */
  readonly bytesPerDevice: Rate;
  /** Entries that one device appends. */
  readonly appendsPerDevice: Rate;
  /** New conversations and invites of one device. */
  readonly creationsPerDevice: Rate;
  /** Knocks on one invite, by whomever. */
  readonly knocksPerInvite: Rate;
  /** New connections from one address; loopback is exempt. */
  readonly connectionsPerAddress: Rate;
  /** Looks at invites from one address. */
  readonly lookupsPerAddress: Rate;
  /** Steps of registration from one address, two each; loopback is exempt. */
  readonly registrationsPerAddress: Rate;
  /** Sign-ins, by password or passkey, and recoveries begun from one address; loopback is exempt. */
  readonly signInsPerAddress: Rate;
  /** The same for one handle, whether anybody has it or not; and by one passkey, apart from its account's handle. */
  readonly signInsPerHandle: Rate;
  /** Offers and answers of new devices that one address leaves, and offers that it reads; loopback is exempt. */
  readonly deviceMailPerAddress: Rate;
  /** Looks of new devices at one address for their answer, one in two seconds each; loopback is exempt. */
  readonly deviceMailLooksPerAddress: Rate;
  /** Steps of OPAQUE in all: each holds the process for some milliseconds. */
  readonly opaqueSteps: Rate;
  /** Handles that one account looks up. */
  readonly handleLookUpsPerAccount: Rate;
  /** Accounts that one device looks up by their ids. */
  readonly accountLookUpsPerDevice: Rate;
  /** KeyPackages of accounts that one device claims. */
  readonly claimsPerDevice: Rate;
  /** Claims on one account, by whomever. */
  readonly claimsPerAccount: Rate;
  /** Device lists, passwords, recovery codes and passkeys that one account changes. */
  readonly changesPerAccount: Rate;
  /** Looks at published keys from one address; loopback is exempt. */
  readonly sealedLooksPerAddress: Rate;
  /** Sealed messages posted from one address, with a token or without; loopback is exempt. */
  readonly sealedPostsPerAddress: Rate;
  /** Those without a token; loopback is exempt. */
  readonly strangersPerAddress: Rate;
  /** Those without a token to one account, from wherever. */
  readonly strangersPerAccount: Rate;
  /** Bytes of large sealed messages to one account: of each source, and of all strangers. */
  readonly sealedBytes: Rate;
  readonly maxConnections: number;
  /** Open connections of one address; loopback is exempt. */
  readonly maxConnectionsPerAddress: number;
  /** Connections that have not authenticated yet. */
  readonly maxUnauthenticated: number;
  /** Refused frames in a row before a connection that does not slow down is closed. */
  readonly maxRefusedInARow: number;
  readonly authenticateWithinMs: number;
  /** Bytes waiting in a connection's socket before pushes to it pause. */
  readonly pausePushesAtBytes: number;
  /** Bytes waiting in a connection's socket before it is given up. */
  readonly closeAtBytes: number;
}

export const DEFAULT_QUOTAS: Quotas = {
  framesPerDevice: { burst: 4_000, perSecond: 500 },
  bytesPerDevice: { burst: 32 * 1_048_576, perSecond: 4 * 1_048_576 },
  appendsPerDevice: { burst: 1_500, perSecond: 150 },
  creationsPerDevice: { burst: 60, perSecond: 0.5 },
  knocksPerInvite: { burst: 60, perSecond: 1 },
  connectionsPerAddress: { burst: 120, perSecond: 4 },
  lookupsPerAddress: { burst: 240, perSecond: 4 },
  registrationsPerAddress: { burst: 20, perSecond: 0.05 },
  signInsPerAddress: { burst: 20, perSecond: 0.1 },
  signInsPerHandle: { burst: 10, perSecond: 1 / 60 },
  deviceMailPerAddress: { burst: 20, perSecond: 0.05 },
  deviceMailLooksPerAddress: { burst: 60, perSecond: 2 },
  opaqueSteps: { burst: 100, perSecond: 25 },
  handleLookUpsPerAccount: { burst: 60, perSecond: 0.2 },
  accountLookUpsPerDevice: { burst: 2_000, perSecond: 10 },
  claimsPerDevice: { burst: 1_100, perSecond: 1 },
  claimsPerAccount: { burst: 200, perSecond: 0.2 },
  changesPerAccount: { burst: 20, perSecond: 1 / 30 },
  sealedLooksPerAddress: { burst: 120, perSecond: 1 },
  sealedPostsPerAddress: { burst: 240, perSecond: 4 },
  strangersPerAddress: { burst: 10, perSecond: 1 / 60 },
  strangersPerAccount: { burst: 60, perSecond: 1 / 30 },
  sealedBytes: { burst: 64 * 1_048_576, perSecond: 32 * 1_024 },
  maxConnections: 10_000,
  maxConnectionsPerAddress: 200,
  maxUnauthenticated: 1_000,
  maxRefusedInARow: 1_000,
  authenticateWithinMs: 15_000,
  pausePushesAtBytes: 2 * 1_048_576,
  closeAtBytes: 16 * 1_048_576,
};

/** Whether an address is this computer's own, where every program shares it. */
function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** Counts against the quotas. Methods throw `Refusal` `RATE_LIMITED` with how long to wait. */
export class QuotaLedger {
  readonly #frames: TokenBuckets<DeviceId>;
  readonly #bytes: TokenBuckets<DeviceId>;
  readonly #appends: TokenBuckets<DeviceId>;
  readonly #creations: TokenBuckets<DeviceId>;
  readonly #knocks: TokenBuckets<InviteToken>;
  readonly #connections: TokenBuckets<string>;
  readonly #lookups: TokenBuckets<string>;
  readonly #registrations: TokenBuckets<string>;
  readonly #signIns: TokenBuckets<string>;
  readonly #signInsOfHandles: TokenBuckets<Handle>;
  readonly #passkeySignIns: TokenBuckets<string>;
  readonly #deviceMail: TokenBuckets<string>;
  readonly #deviceMailLooks: TokenBuckets<string>;
  readonly #opaqueSteps: TokenBuckets<'all'>;
  readonly #handleLookUps: TokenBuckets<AccountId>;
  readonly #accountLookUps: TokenBuckets<DeviceId>;
  readonly #claims: TokenBuckets<DeviceId>;
  readonly #claimsOnAccounts: TokenBuckets<AccountId>;
  readonly #accountChanges: TokenBuckets<AccountId>;
  readonly #sealedLooks: TokenBuckets<string>;
  readonly #sealedPosts: TokenBuckets<string>;
  readonly #strangers: TokenBuckets<string>;
  readonly #strangersToAccounts: TokenBuckets<AccountId>;
  readonly #sealedBytes: TokenBuckets<string>;
  /** One token each, for an hour's messages. */
  readonly #sources: TokenBuckets<SourceId>;
  readonly #openByAddress = new Map<string, number>();
  #open = 0;
  #unauthenticated = 0;

  constructor(
    readonly quotas: Quotas,
    nowMs: () => number,
  ) {
    this.#frames = new TokenBuckets(quotas.framesPerDevice, nowMs);
    this.#bytes = new TokenBuckets(quotas.bytesPerDevice, nowMs);
    this.#appends = new TokenBuckets(quotas.appendsPerDevice, nowMs);
    this.#creations = new TokenBuckets(quotas.creationsPerDevice, nowMs);
    this.#knocks = new TokenBuckets(quotas.knocksPerInvite, nowMs);
    this.#connections = new TokenBuckets(quotas.connectionsPerAddress, nowMs);
    this.#lookups = new TokenBuckets(quotas.lookupsPerAddress, nowMs);
    this.#registrations = new TokenBuckets(quotas.registrationsPerAddress, nowMs);
    this.#signIns = new TokenBuckets(quotas.signInsPerAddress, nowMs);
    this.#signInsOfHandles = new TokenBuckets(quotas.signInsPerHandle, nowMs);
    this.#passkeySignIns = new TokenBuckets(quotas.signInsPerHandle, nowMs);
    this.#deviceMail = new TokenBuckets(quotas.deviceMailPerAddress, nowMs);
    this.#deviceMailLooks = new TokenBuckets(quotas.deviceMailLooksPerAddress, nowMs);
    this.#opaqueSteps = new TokenBuckets(quotas.opaqueSteps, nowMs);
    this.#handleLookUps = new TokenBuckets(quotas.handleLookUpsPerAccount, nowMs);
    this.#accountLookUps = new TokenBuckets(quotas.accountLookUpsPerDevice, nowMs);
    this.#claims = new TokenBuckets(quotas.claimsPerDevice, nowMs);
    this.#claimsOnAccounts = new TokenBuckets(quotas.claimsPerAccount, nowMs);
    this.#accountChanges = new TokenBuckets(quotas.changesPerAccount, nowMs);
    this.#sealedLooks = new TokenBuckets(quotas.sealedLooksPerAddress, nowMs);
    this.#sealedPosts = new TokenBuckets(quotas.sealedPostsPerAddress, nowMs);
    this.#strangers = new TokenBuckets(quotas.strangersPerAddress, nowMs);
    this.#strangersToAccounts = new TokenBuckets(quotas.strangersPerAccount, nowMs);
    this.#sealedBytes = new TokenBuckets(quotas.sealedBytes, nowMs);
    this.#sources = new TokenBuckets({ burst: 1, perSecond: 1 / 3_600 }, nowMs);
  }

  /** Lets a connection in and gives the way to count it out; `undefined` when there are too many. */
  admitConnection(address: string): (() => void) | undefined {
    const { maxConnections, maxConnectionsPerAddress, maxUnauthenticated } = this.quotas;
    const fromAddress = this.#openByAddress.get(address) ?? 0;
    if (this.#open >= maxConnections || this.#unauthenticated >= maxUnauthenticated) return undefined;
    if (!isLoopback(address)) {
      if (fromAddress >= maxConnectionsPerAddress || this.#connections.take(address) > 0) return undefined;
    }
    this.#open += 1;
    this.#openByAddress.set(address, fromAddress + 1);
    return () => {
      this.#open -= 1;
      const left = this.#openByAddress.get(address)! - 1;
      if (left === 0) this.#openByAddress.delete(address);
      else this.#openByAddress.set(address, left);
    };
  }

  /** Counts one that has not authenticated yet, until the returned function is called. */
  holdUnauthenticated(): () => void {
    this.#unauthenticated += 1;
    let held = true;
    return () => {
      if (held) this.#unauthenticated -= 1;
      held = false;
    };
  }

  frame(deviceId: DeviceId, sizeBytes: number): void {
    refuse(Math.max(this.#frames.take(deviceId), this.#bytes.take(deviceId, sizeBytes)));
  }

  append(deviceId: DeviceId): void {
    refuse(this.#appends.take(deviceId));
  }

  creation(deviceId: DeviceId): void {
    refuse(this.#creations.take(deviceId));
  }

  knock(token: InviteToken): void {
    refuse(this.#knocks.take(token));
  }

  lookup(address: string): void {
    if (!isLoopback(address)) refuse(this.#lookups.take(address));
  }

  registration(address: string): void {
    if (!isLoopback(address)) refuse(this.#registrations.take(address));
  }

  /** The address pays first: one that asks too much takes nothing from the handle's owner. */
  signIn(address: string, handle: Handle): void {
    if (!isLoopback(address)) refuse(this.#signIns.take(address));
    refuse(this.#signInsOfHandles.take(handle));
  }

  passkeyStart(address: string): void {
    if (!isLoopback(address)) refuse(this.#signIns.take(address));
  }

  /** By who has shown that they have it: nobody else can use up its tries. */
  passkeySignIn(signInKey: Uint8Array): void {
    refuse(this.#passkeySignIns.take(Buffer.from(signInKey).toString('base64url')));
  }

  deviceMail(address: string): void {
    if (!isLoopback(address)) refuse(this.#deviceMail.take(address));
  }

  deviceMailLook(address: string): void {
    if (!isLoopback(address)) refuse(this.#deviceMailLooks.take(address));
  }

  opaqueStep(): void {
    refuse(this.#opaqueSteps.take('all'));
  }

  handleLookUp(accountId: AccountId): void {
    refuse(this.#handleLookUps.take(accountId));
  }

  accountLookUps(deviceId: DeviceId, count: number): void {
    refuse(this.#accountLookUps.take(deviceId, count));
  }

  claim(deviceId: DeviceId, accountId: AccountId): void {
    refuse(this.#claims.take(deviceId));
    refuse(this.#claimsOnAccounts.take(accountId));
  }

  accountChange(accountId: AccountId): void {
    refuse(this.#accountChanges.take(accountId));
  }

  sealedLook(address: string): void {
    if (!isLoopback(address)) refuse(this.#sealedLooks.take(address));
  }

  sealedPost(address: string): void {
    if (!isLoopback(address)) refuse(this.#sealedPosts.take(address));
  }

  /** The address pays first: one that writes too much takes nothing from the account. */
  sealedStranger(address: string, accountId: AccountId): void {
    if (!isLoopback(address)) refuse(this.#strangers.take(address));
    refuse(this.#strangersToAccounts.take(accountId));
  }

  sealedBytes(accountId: AccountId, sourceId: SourceId | undefined, sizeBytes: number): void {
    refuse(this.#sealedBytes.take(`${accountId}/${sourceId ?? ''}`, sizeBytes));
  }

  /** At most `perHour` at once, and so many in each hour from then on. */
  sealedSource(sourceId: SourceId, perHour: number): void {
    // A little less than its share, so that rounding does not cost the last one.
    refuse(this.#sources.take(sourceId, (1 - 1e-9) / perHour));
  }
}

function refuse(retryAfterMs: number): void {
  if (retryAfterMs > 0) throw new Refusal('RATE_LIMITED', 'too much at once', { retryAfterMs });
}
