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

/** HTTP as `fetch` does it: the browser's own, or in Node one that knows which certificate to trust. */
export type Ask = (url: string, init?: RequestInit) => Promise<Response>;

/** What the relay tells anyone who has a link, without a session: its GET of an invite. */
export interface InviteReport {
  readonly status: 'open' | 'expired' | 'used-up' | 'revoked' | 'ended' | 'unknown';
  readonly hostOnline: boolean;
}

/** Asks the relay about an invite; rejects when it cannot be reached. */
export type InviteLookup = (token: InviteToken) => Promise<InviteReport>;

/**
 * One step of an account over HTTP, before there is a session: a protobuf body there, a protobuf body (or none) back
 * (directory.proto). Without `body`: a GET. Rejects when the relay cannot be reached.
 */
export type AccountPost = (step: AccountStep, body: Uint8Array | undefined) => Promise<AccountReply>;

/** As the routes below `/api/accounts/` are called. */
export type AccountStep =
  | 'policy'
  | 'register/start'
  | 'register/finish'
  | 'sign-in/start'
  | 'sign-in/finish'
  | 'recover'
  | 'passkey/start'
  | 'passkey/finish'
  | 'devices'
  | 'devices/offer'
  | 'devices/offer/read'
  | 'devices/answer'
  | 'devices/answer/read';

export type AccountReply =
  | { readonly body: Uint8Array }
  /** `code`: a `WireErrorCode`, as far as this build knows it. */
  | { readonly refused: string; readonly retryAfterMs: number };

/** The client's side of OPAQUE (RFC 9807): sizes as in `OPAQUE_BYTES`. Export keys have 64 bytes. */
export interface Opaque {
  startRegistration(password: string): {
    readonly request: Uint8Array;
    /** Stretches the password: takes about a second. Throws for what is no answer. */
    finish(response: Uint8Array): { readonly record: Uint8Array; readonly exportKey: Uint8Array };
  };
  startSignIn(password: string): {
    readonly request: Uint8Array;
    /** `undefined`: the wrong password, or no such account. Takes about a second. */
    finish(
      response: Uint8Array,
    ): { readonly request: Uint8Array; readonly exportKey: Uint8Array } | undefined;
  };
}
