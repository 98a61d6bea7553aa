import type { KnockView, RoomView } from '@sotto/client';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import type { EngineView } from '../engineView.ts';
import { Avatar } from '../shapes/Avatar.tsx';
import { attempt } from '../toast.tsx';
import { common } from '../words.ts';
import { knock as words } from './inviteWords.ts';

/** What is known of the cards of a room while they are drawn now here, now there. */
export interface DoorMemory {
  /** The knock whose card has the focus, and where in the row it stands. */
  focused: { readonly knockId: string; readonly index: number } | undefined;
  /** The knocks that were said to a screen reader. */
  readonly announced: Set<string>;
}

/** Those who wait at the door of a room, each with the words to compare and the two answers. */
export function Knocks(props: {
  view: EngineView;
  room: RoomView;
  memory: DoorMemory;
  /** Takes over the focus when the card that had it was the last one. */
  onLastGone: () => void;
}) {
  const { view, room, memory } = props;
  const { knocks } = room;
  const region = useRef<HTMLElement>(null);
  useAnnouncedKnocks(knocks, memory.announced);

  useLayoutEffect(() => {
    const had = memory.focused;
    if (had === undefined || knocks.some(({ knockId }) => knockId === had.knockId)) return;
    memory.focused = undefined;
    if (document.activeElement !== document.body) return;
    // The card, not its button: a key pressed twice must not let in the next person.
    const cards = region.current?.querySelectorAll<HTMLElement>('.knock') ?? [];
    const next = cards[Math.min(had.index, cards.length - 1)];
    if (next === undefined) props.onLastGone();
    else next.focus();
  }, [knocks]);

  if (knocks.length === 0) return null;
  return (
    <section
      ref={region}
      class="knocks"
      aria-label={words.region}
      onFocusOut={event => {
        // To nothing: the card may be gone the next moment, and then its place is wanted.
        if (event.relatedTarget !== null) memory.focused = undefined;
      }}
    >
      {knocks.map((knock, i) => (
        <KnockCard
          key={knock.knockId}
          view={view}
          room={room}
          knock={knock}
          explained={i === 0}
          onFocus={() => {
            memory.focused = { knockId: knock.knockId, index: i };
          }}
        />
      ))}
    </section>
  );
}

function KnockCard(props: {
  view: EngineView;
  room: RoomView;
  knock: KnockView;
  explained: boolean;
  onFocus: () => void;
}) {
  const { view, room, knock } = props;
  const id = useId();
  const name = knock.name || common.someone;
  const admitting = knock.state === 'admitting';

  async function answer(intent: 'admit' | 'decline', result: string): Promise<void> {
    if (admitting) return;
    if (await attempt(view.port[intent](room.roomId, knock.knockId))) announce(result);
  }

  // The buttons are never truly disabled: that would take the focus off them.
  return (
    <article
      class="card knock"
      tabIndex={-1}
      aria-labelledby={id}
      aria-busy={admitting}
      onFocusIn={props.onFocus}
    >
      <div class="knock-who">
        <Avatar name={name} id={knock.deviceId} />
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
          aria-disabled={admitting}
          onClick={() => answer('admit', words.admitted(name))}
        >
          {words.admit}
        </button>
        <button
          type="button"
          class="button"
          aria-describedby={id}
          aria-disabled={admitting}
          onClick={() => answer('decline', words.declined(name))}
        >
          {words.decline}
        </button>
      </div>
    </article>
  );
}

/** Says each person at the door once; the focus stays where it is. */
function useAnnouncedKnocks(knocks: readonly KnockView[], announced: Set<string>): void {
  useEffect(() => {
    const fresh = knocks.filter(({ knockId }) => !announced.has(knockId));
    for (const { knockId } of fresh) announced.add(knockId);
    if (fresh.length > 0) announce(fresh.map(({ name }) => words.asks(name || common.someone)).join('. '));
  }, [knocks]);
}
