import type { CoreEnv, DeviceIdentity } from '@sotto/core';
import type { Vault } from '@sotto/vault';
import type { Errands } from '../errands.ts';
import type { Clock, Random } from '../ports.ts';
import type { RoomId, StopReason } from '../projection.ts';
import type { RelayLink } from '../relay/relayLink.ts';
import type { PeopleRules } from './peopleRules.ts';
import type { RoomFiles } from './roomFiles.ts';
import type { PlacedItem } from './roomStep.ts';
import type { SealedTalk } from './sealedTalk.ts';

/** What a room needs of the engine around it. */
export interface RoomContext {
  readonly env: CoreEnv;
  readonly identity: DeviceIdentity;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly link: Pick<RelayLink, 'online' | 'request' | 'tell' | 'restart'>;
  readonly errands: Errands;
  /** The name of this device's person; may be empty. */
  readonly selfName: () => string;
  readonly people: PeopleRules;
  readonly files: RoomFiles;
  /** Absent where nobody has an account. */
  readonly sealedTalk: () => SealedTalk | undefined;
  /** In long work: lets what waits have its turn. */
  readonly giveWay?: () => Promise<void>;
  readonly events: RoomEvents;
}

/** What a room tells the engine, after it is stored. */
export interface RoomEvents {
  /** The room's view is another. */
  changed(roomId: RoomId): void;
  /** Items of the log came, changed or went. */
  timeline(roomId: RoomId, change: TimelineChange | 'emptied'): void;
  /** For sound and notification. */
  notice(roomId: RoomId, what: 'knock' | 'message', name: string): void;
  /** Another own device says what its person is called now, and was called `before`. */
  namedElsewhere(said: { readonly before: string; readonly name: string }): void;
  /** The room is gone from this device. */
  erased(roomId: RoomId): void;
  /** The engine cannot go on. */
  stop(reason: StopReason): void;
}

export interface TimelineChange {
  readonly items: readonly PlacedItem[];
  readonly removedOrders: readonly number[];
  /** Receipts or members are others: own messages may have moved on. */
  readonly marks: boolean;
  /** Somebody is called something else: everything may look different. */
  readonly names: boolean;
  /** The items are many, and of before this device came. */
  readonly older?: true;
}
