import type { CoreEnv, DeviceIdentity } from '@sotto/core';
import type { AccountGate } from '../account/accountGate.ts';
import type { Connection, EngineState, LockState, RoomView } from '../projection.ts';
import { roomViewOf } from '../room/roomView.ts';
import type { RoomEntry } from './rooms.ts';

/** For an engine whose key somebody else keeps. */
const UNLOCKED: LockState = {
  state: 'unlocked',
  keeps: 'device',
  locks: [],
  lockAfterMs: undefined,
  overwritesInPlace: true,
};

/** What the state of an engine is made of. */
interface EngineParts {
  readonly env: CoreEnv;
  readonly identity: DeviceIdentity;
  readonly selfName: string;
  readonly lock: LockState | undefined;
  readonly connection: Connection;
  readonly mayHost: boolean | undefined;
  /** Those that a screen shows. */
  readonly rooms: readonly RoomEntry[];
  readonly accounts: AccountGate;
  /** Grows when something about people is another. */
  readonly peopleRevision: number;
  readonly nowMs: number;
}

/** All that screens show of an engine, but for the logs. */
export function engineStateOf({ accounts, identity, selfName, ...parts }: EngineParts): EngineState {
  const { view: account, deletedHandle, registration, linking, sealedView: sealed } = accounts;
  const { peopleView: people, rules } = accounts;
  const { env, peopleRevision, nowMs } = parts;
  const shownBy = { env, identity, selfName, people: rules, peopleRevision };
  const rooms = parts.rooms.map(({ actor, joining }) =>
    roomViewOf(actor.state, {
      ...shownBy,
      members: actor.memberViews.of(actor.state, shownBy),
      nowMs,
      relayCondition: actor.relayCondition,
      typing: actor.typing.devices,
      join: joining.state,
    }),
  );
  return {
    lock: parts.lock ?? UNLOCKED,
    connection: parts.connection,
    mayHost: parts.mayHost,
    self: { accountId: identity.accountId, deviceId: identity.deviceId, name: selfName },
    rooms: rooms.filter(room => !isEmptyTwin(room)).sort((a, b) => b.lastActivityMs - a.lastActivityMs),
    ...(account && { account }),
    ...(deletedHandle !== undefined && { deletedAccount: deletedHandle }),
    ...(registration && { registration }),
    ...(linking && { linking }),
    ...(people && { people, privacy: rules.privacy }),
    ...(sealed && { sealed }),
  };
}

/** The one of two conversations with the same person that does not go on, and in which nothing was said. */
function isEmptyTwin({ sendingBlocked, preview }: RoomView): boolean {
  return sendingBlocked?.why === 'goes-on-elsewhere' && preview === undefined;
}
