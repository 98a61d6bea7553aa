import type { RoomView } from '@sotto/client';
import { mayManage } from '../conversation/roomName.ts';
import type { EngineView } from '../engineView.ts';
import { Icon } from '../shapes/Icon.tsx';
import { attempt } from '../toast.tsx';
import { common } from '../words.ts';
import { peopleTrouble, fallenOut as words } from './peopleWords.ts';

/** That this device, or one of somebody else, cannot follow any more, and the one step back in. */
export function FallenOutBanners({ view, room }: { view: EngineView; room: RoomView }) {
  return (
    <>
      {room.fallenOut !== undefined && (
        <div class="banner warn tall" role="alert">
          <Icon name="warn" />
          <p class="grow">{room.fallenOut.asked ? words.asked : words.noticed}</p>
          {!room.fallenOut.asked && (
            <button
              type="button"
              class="button slim"
              onClick={() => attempt(view.port.askToBeAddedAgain(room.roomId), peopleTrouble)}
            >
              {words.ask}
            </button>
          )}
        </div>
      )}
      {room.members.map(
        member =>
          member.fellOut && (
            <div key={member.deviceId} class="banner warn tall">
              <Icon name="warn" />
              <p class="grow">{words.other(member.name || common.someone)}</p>
              {mayAddAgain(room, member) && (
                <button
                  type="button"
                  class="button slim"
                  onClick={() => attempt(view.port.addAgain(room.roomId, member.deviceId), peopleTrouble)}
                >
                  {words.add}
                </button>
              )}
            </div>
          ),
      )}
    </>
  );
}

/** As the room’s rules have it: who runs it, either of two, and everyone for devices of their own. */
function mayAddAgain(room: RoomView, member: RoomView['members'][number]): boolean {
  const own = room.members.find(({ self }) => self)?.accountId === member.accountId;
  return own || room.kind === 'direct' || mayManage(room);
}
