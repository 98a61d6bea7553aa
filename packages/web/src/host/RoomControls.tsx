import type { RoomView } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { isLive } from '../conversation/roomName.ts';
import type { EngineView } from '../engineView.ts';
import { sizeBytes, TITLE_BYTES } from '../limits.ts';
import { attempt } from '../toast.tsx';
import { details as words } from '../words.ts';
import { GroupPicture } from './GroupPicture.tsx';
import { invite } from './inviteWords.ts';

/** What the host can do with the room as a whole. */
export function RoomControls(props: {
  view: EngineView;
  room: RoomView;
  ending: boolean;
  onEnd: () => void;
}) {
  const { view, room } = props;
  if (!isLive(room)) return null;
  const paused = room.condition === 'paused';
  return (
    <section class="stack">
      {room.kind !== 'direct' && <GroupPicture view={view} room={room} />}
      <Title view={view} room={room} />
      <div class="stack tight">
        <div>
          <button
            type="button"
            class="button slim"
            onClick={() => attempt(paused ? view.port.resume(room.roomId) : view.port.pause(room.roomId))}
          >
            {paused ? words.resume : words.pause}
          </button>
        </div>
        {!paused && <p class="small muted">{words.pauseHint}</p>}
      </div>
      <div class="only-narrow">
        <button
          type="button"
          class={`button danger ${props.ending ? 'invisible' : ''}`}
          onClick={props.onEnd}
        >
          {words.end}
        </button>
      </div>
    </section>
  );
}

function Title({ view, room }: { view: EngineView; room: RoomView }) {
  const id = useId();
  const [written, setWritten] = useState(room.title);
  const title = written.trim();
  const tooLong = sizeBytes(title) > TITLE_BYTES;
  return (
    <form
      class="field"
      onSubmit={event => {
        event.preventDefault();
        if (!tooLong) void attempt(view.port.setTitle(room.roomId, title));
      }}
    >
      <label for={id}>{words.name}</label>
      <div class="row">
        <input
          id={id}
          class="input grow"
          dir="auto"
          autocomplete="off"
          value={written}
          aria-invalid={tooLong}
          onInput={event => setWritten(event.currentTarget.value)}
        />
        {title !== room.title && (
          <button type="submit" class="button" disabled={tooLong}>
            {words.save}
          </button>
        )}
      </div>
      {tooLong && <p class="mistake">{invite.nameTooLong}</p>}
    </form>
  );
}
