import type { ServerBody, StreamId } from '@sotto/protocol';
import type { ProvenDevice } from './authentication.ts';
import type { RelayContext } from './context.ts';

/** Who asks: the device of a session. */
export interface Requester extends ProvenDevice {
  /** Of this session's challenge; 32 bytes. */
  readonly nonce: Uint8Array;
  readonly mayHost: boolean;
  /** The connection came in on the loopback listener. */
  readonly onOwnComputer: boolean;
  /** The cursor of the device moved, on disk. */
  acknowledged(streamId: StreamId, seq: number): void;
}

/** Carries out one kind of request; `afterAnswer` takes what is to happen when its answer has been sent. */
export type Handler<Request> = (
  context: RelayContext,
  requester: Requester,
  request: Request,
  afterAnswer: (run: () => void) => void,
) => Promise<ServerBody | undefined>;

export type Handlers<Request extends { readonly type: string }> = {
  readonly [Type in Request['type']]: Handler<Extract<Request, { type: Type }>>;
};
