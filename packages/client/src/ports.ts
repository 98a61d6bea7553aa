import type { InviteToken } from '@sotto/protocol';

/** Time as the engine sees it: the platform's in production, a fake one in tests and simulation. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number;
  /** Runs once after `delayMs`, unless the returned function is called before. */
  setTimer(delayMs: number, run: () => void): () => void;
}

/** Fresh random bytes, fit for keys. */
export type Random = (lengthBytes: number) => Uint8Array;

/** How binary frames reach a relay. An adapter reports `closed` exactly once, also when it could not connect. */
export interface Transport {
  /** `url`: `ws://` or `wss://`. Never throws: what goes wrong comes as `closed`. */
  connect(url: string, events: TransportEvents): TransportConnection;
}

export interface TransportEvents {
  opened(): void;
  /** One binary WebSocket message. */
  frame(bytes: Uint8Array): void;
  /** `code`: a WebSocket close code; 1006 where there is none. Nothing comes after it. */
  closed(code: number): void;
}

export interface TransportConnection {
  /** Dropped without a word when the connection is not open (any more). */
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What the relay tells anyone who has a link, without a session: its GET of an invite. */
export interface InviteReport {
  readonly status: 'open' | 'expired' | 'used-up' | 'revoked' | 'ended' | 'unknown';
  readonly hostOnline: boolean;
}

/** Asks the relay about an invite; rejects when it cannot be reached. */
export type InviteLookup = (token: InviteToken) => Promise<InviteReport>;
