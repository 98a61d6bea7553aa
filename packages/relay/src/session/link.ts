/** One connection as the transport gives it. */
export interface Link {
  /** `host`: loopback, may make conversations. `guest`: for devices that are known or come by an invite. */
  readonly listenerRole: 'host' | 'guest';
  /** By which this relay is reached where the connection came in; the proof names one of them. */
  readonly origins: readonly string[];
  readonly remoteAddress: string;
  /** One binary message; dropped when the connection is gone. */
  send(frame: Uint8Array): void;
  /** Ends the connection; `closed` of the relay's side need not be called any more. */
  close(code: number, reason: string): void;
  /** Bytes that were sent and have not left yet. */
  bufferedBytes(): number;
}

/** The relay's side of a connection, for the transport to call. */
export interface RelayConnection {
  /** One binary message. */
  receive(frame: Uint8Array): void;
  /** What was sent has left: pushes that paused go on. */
  drained(): void;
  /** The connection is gone. */
  closed(): void;
}
