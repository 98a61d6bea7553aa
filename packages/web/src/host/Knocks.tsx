import type { KnockView, RoomView } from '@sotto/client';
import { useEffect, useId, useRef } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import type { EngineView } from '../engineView.ts';
import { Avatar } from '../shapes/Avatar.tsx';
import { attempt } from '../toast.tsx';
import { common, knock as words } from '../words.ts';

/** Those who wait at the door of a room, each with the words to compare and the two answers. */
export function Knocks({ view, room }: { view: EngineView; room: RoomView }) {
  useAnnouncedKnocks(room.knocks);
  if (room.knocks.length === 0) return null;
  return (
    <section class="knocks" aria-label={words.region}>
      {room.knocks.map((knock, i) => (
        <KnockCard key={knock.knockId} view={view} room={room} knock={knock} explained={i === 0} />
      ))}
    </section>
  );
}

function KnockCard(props: { view: EngineView; room: RoomView; knock: KnockView; explained: boolean }) {
  const { view, room, knock } = props;
  const id = useId();
  const name = knock.name || common.someone;
  const admitting = knock.state === 'admitting';
  return (
    <article class="card knock" aria-labelledby={id} aria-busy={admitting}>
      <div class="knock-who">
        <Avatar name={name} id={knock.knockId} />
        <div class="grow">
          <h2 id={id} class="knock-title">
            {admitting ? words.admitting(name) : words.asks(name)}
          </h2>
          {props.explained && <p class="small muted">{words.explain(name)}</p>}
          {knock.declinedBefore && <p class="small mistake">{words.declinedBefore}</p>}
        </div>
      </div>
      <ul class="words knock-words" aria-label={words.words}>
        {knock.safetyWords.map((word, i) => (
          <li key={`${i} ${word}`}>{word}</li>
        ))}
      </ul>
      <div class="knock-answers">
        <button
          type="button"
          class="button primary"
          aria-describedby={id}
          disabled={admitting}
          onClick={() => attempt(view.port.admit(room.roomId, knock.knockId))}
        >
          {words.admit}
        </button>
        <button
          type="button"
          class="button"
          aria-describedby={id}
          disabled={admitting}
          onClick={() => attempt(view.port.decline(room.roomId, knock.knockId))}
        >
          {words.decline}
        </button>
      </div>
    </article>
  );
}

/** Says each person at the door once; the focus stays where it is. */
function useAnnouncedKnocks(knocks: readonly KnockView[]): void {
  const said = useRef(new Set<string>());
  useEffect(() => {
    const fresh = knocks.filter(({ knockId }) => !said.current.has(knockId));
    for (const { knockId } of fresh) said.current.add(knockId);
    if (fresh.length > 0) announce(fresh.map(({ name }) => words.asks(name || common.someone)).join('. '));
  }, [knocks]);
}
