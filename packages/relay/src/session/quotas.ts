import type { DeviceId, InviteToken } from '@sotto/protocol';
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
}

function refuse(retryAfterMs: number): void {
  if (retryAfterMs > 0) throw new Refusal('RATE_LIMITED', 'too much at once', { retryAfterMs });
}
