import type { EnginePort, RoomView, SealedRoomView } from '@sotto/client';
import { offersPeople } from '../engineOffers.ts';
import { attempt } from '../toast.tsx';
import { condition } from '../words.ts';

const words = {
  foot: {
    strangers:
      'People without an account left these. Nobody can be answered here, and a name proves nothing.',
    source: 'A program posts these with its token. There is nobody to answer.',
    person: 'They signed and sealed this with their account. To answer, begin a conversation.',
  } as const,
  keep: 'Keep in the list',
};

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
