import type { RoomView, RoomWarning } from '@sotto/client';
import type { EngineView } from '../engineView.ts';
import { Icon } from '../shapes/Icon.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { attempt } from '../toast.tsx';
import { common, condition, historyDoor, warnings } from '../words.ts';
import { founderOf, mayManage } from './roomName.ts';

/** What needs a person's eye, above the messages: warnings, and that the room is paused. */
export function Banners({ view, room }: { view: EngineView; room: RoomView }) {
  const founder = founderOf(room);
  const isOut = room.fallenOut !== undefined || room.members.some(({ fellOut }) => fellOut);
  const fallen = useLoaded(
    isOut,
    () => import('../people/FallenOutBanners.tsx'),
    () => undefined,
  );
  return (
    <>
      {room.warnings.map(warning => (
        <div key={JSON.stringify(warning)} class="banner warn" role="alert">
          <Icon name="warn" />
          <p>{warningWords(warning)}</p>
        </div>
      ))}
      {fallen !== undefined && <fallen.FallenOutBanners view={view} room={room} />}
      {room.condition === 'paused' && room.membership === 'member' && (
        <div class="banner">
          <Icon name="pause" />
          {mayManage(room) ? (
            <>
              <p class="grow">{condition.pausedByYou}</p>
              <button
                type="button"
                class="button slim"
                onClick={() => attempt(view.port.resume(room.roomId))}
              >
                {condition.resume}
              </button>
            </>
          ) : (
            <p>
              {founder === undefined || founder.self
                ? condition.pausedUnknown
                : condition.paused(founder.name || common.someone)}
            </p>
          )}
        </div>
      )}
    </>
  );
}

function warningWords(warning: RoomWarning): string {
  switch (warning.kind) {
    case 'fork':
      return warnings.fork(warning.withName || common.someone);
    case 'bad-commit':
      return warnings.badCommit(warning.byName || common.someone);
    case 'out-of-sync':
      return warnings.outOfSync;
    case 'relay-set-back':
      return warnings.relaySetBack;
  }
}

/** What stands in the composer's place when nothing can be written any more. */
export function ClosedFoot(props: { room: RoomView; onDelete: () => void }) {
  const { room } = props;
  return (
    <div class="closed-foot">
      <p class="muted">{closedWords(room)}</p>
      <button type="button" class="button danger" onClick={props.onDelete}>
        {condition.delete}
      </button>
    </div>
  );
}

function closedWords(room: RoomView): string {
  if (room.imported === true) return historyDoor.importedFoot;
  if (room.membership === 'removed') return condition.removed;
  if (room.membership === 'left') return condition.left;
  const founder = founderOf(room);
  if (mayManage(room)) return condition.endedByYou;
  return founder === undefined ? condition.endedUnknown : condition.ended(founder.name || common.someone);
}
