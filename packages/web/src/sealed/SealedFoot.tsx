import type { EnginePort, RoomView, SealedRoomView } from '@sotto/client';
import { offersPeople } from '../engineOffers.ts';
import { attempt } from '../toast.tsx';
import { condition } from '../words.ts';
import { sealedRoom as words } from './sealedRoomWords.ts';

/** Where nobody can be answered: what stands here instead of a place to write, and what can be done. */
export function SealedFoot(props: {
  port: EnginePort;
  room: RoomView;
  kind: Exclude<SealedRoomView['kind'], 'conversation'>;
  onDelete: () => void;
}) {
  const { port, room } = props;
  return (
    <div class="closed-foot">
      <p class="muted">{words.foot[props.kind]}</p>
      <div class="row wrap">
        {room.request !== undefined && offersPeople(port) && (
          <button type="button" class="button" onClick={() => attempt(port.acceptRequest(room.roomId))}>
            {words.keep}
          </button>
        )}
        <button type="button" class="button danger" onClick={props.onDelete}>
          {condition.delete}
        </button>
      </div>
    </div>
  );
}
