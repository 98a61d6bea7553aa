import type { AccountId, DeviceId, Entry, InviteStatus, InviteToken, StreamId } from '@sotto/protocol';
import type { KeyPackageSupply } from './directory.ts';

/** What the sessions of all relay processes may have to hear of. Nothing here must survive: truth is in the store. */
export type BusEvent =
  /** New entries of one stream, in order, dense. */
  | { readonly type: 'entries'; readonly streamId: StreamId; readonly entries: readonly Entry[] }
  /** The device reads this stream up to `endsAtSeq` and no further; 0: it left. */
  | {
      readonly type: 'subscriptionEnded';
      readonly streamId: StreamId;
      readonly deviceId: DeviceId;
      readonly endsAtSeq: number;
    }
  | {
      readonly type: 'ephemeral';
      readonly streamId: StreamId;
      readonly fromDeviceId: DeviceId;
      readonly payload: Uint8Array;
    }
  /** The status of the stream changed for these devices. */
  | { readonly type: 'streamChanged'; readonly streamId: StreamId; readonly deviceIds: readonly DeviceId[] }
  | {
      readonly type: 'inviteChanged';
      readonly ownerId: DeviceId;
      readonly token: InviteToken;
      readonly status: InviteStatus;
    }
  /** These devices of the account are not let in any more, or the account is gone. */
  | {
      readonly type: 'devicesEnded';
      readonly accountId: AccountId;
      readonly deviceIds: readonly DeviceId[];
      readonly because: 'DEVICE_REVOKED' | 'ACCOUNT_DELETED';
    }
  | {
      readonly type: 'deviceListChanged';
      readonly accountId: AccountId;
      readonly deviceIds: readonly DeviceId[];
      readonly signedDeviceList: Uint8Array;
    }
  /** A device of somebody whom these share a conversation with can be added. */
  | {
      readonly type: 'peersListChanged';
      readonly deviceIds: readonly DeviceId[];
      readonly signedDeviceList: Uint8Array;
    }
  | {
      readonly type: 'keyPackagesLow';
      readonly accountId: AccountId;
      readonly deviceId: DeviceId;
      readonly supply: KeyPackageSupply;
    }
  /** What the account keeps for sealed messages is another. */
  | {
      readonly type: 'sealedChanged';
      readonly accountId: AccountId;
      readonly deviceIds: readonly DeviceId[];
    }
  /** A newer connection of the device; `sessionId` is unique among processes. */
  | { readonly type: 'sessionOpened'; readonly deviceId: DeviceId; readonly sessionId: string };

/** Wakes the sessions that an event concerns, in this process and in others. */
export interface Bus {
  /** To every listener, the publisher's own among them, in the order of publishing. */
  publish(event: BusEvent): void;
  /** Returns the way to stop listening. */
  subscribe(listener: (event: BusEvent) => void): () => void;
}

/** The bus of a relay that runs as one process. */
export function createInProcessBus(): Bus {
  const listeners = new Set<(event: BusEvent) => void>();
  return {
    publish(event) {
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
