import type { DeviceIdentity, Stretch } from '@sotto/core';
import type { StoreWrite } from '@sotto/vault';
import type { AccountPost, Opaque } from '../ports.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { AccountService } from './accountService.ts';

/** What an account needs of the engine around it. */
export interface AccountMeans {
  /** `identity` in it is this device's at the moment of asking. */
  readonly room: RoomContext;
  readonly post: AccountPost;
  /** Loads what passwords are proven with. */
  readonly opaque: () => Promise<Opaque>;
  readonly stretch: Stretch;
  readonly relayOrigin: string;
  /** The challenge of the session that stands. */
  readonly sessionNonce: () => Uint8Array | undefined;
  /** This device is another from here on, or has another certificate: stored with `writes`, then a new session. */
  readonly become: (identity: DeviceIdentity, writes: readonly StoreWrite[]) => Promise<void>;
  /** Resolves once a session stands; rejects with `OFFLINE` after a while. */
  readonly online: () => Promise<void>;
  readonly setName: (name: string) => Promise<void>;
  readonly selfName: () => string;
  readonly changed: () => void;
}

/** The same, with the relay's routes as methods. */
export interface AccountContext extends Omit<AccountMeans, 'post'> {
  readonly service: AccountService;
}
