import type { EnginePort, RoomId, RoomView, SearchFound } from '@sotto/client';
import { useEffect, useRef } from 'preact/hooks';
import { RoomAvatar } from '../conversation/RoomAvatar.tsx';
import { roomName } from '../conversation/roomName.ts';
import { useNow } from '../now.ts';
import { fullTime, shortWhen } from '../when.ts';
import { common } from '../words.ts';
import { SearchFiltersFold } from './SearchFiltersFold.tsx';
import { filtersOn, NO_FILTERS } from './searchFilters.ts';
import { search as words } from './searchWords.ts';
import { snippetParts } from './snippetParts.ts';
import type { MessageSearch, OpenFound } from './useMessageSearch.ts';

/**
 * What was found, best first, under the filters. The focus stays in the field, which names the active one; more comes
 * as the end of the list comes into view.
 */
export function SearchResults(props: {
  search: MessageSearch;
  listId: string;
  /** Where results of several rooms are mixed: each says where it stands. */
  rooms?: readonly RoomView[];
  port?: EnginePort;
  onOpen: OpenFound;
}) {
  const { search, listId } = props;
  const { shown } = search;
  const nowMs = useNow();
  const byId = new Map<RoomId, RoomView>(props.rooms?.map(room => [room.roomId, room]));
  return (
    <>
      <SearchFiltersFold search={search} />
      {search.sought ? <SearchSays search={search} /> : <p class="search-says small muted">{words.hint}</p>}
      {search.sought && shown.found.length > 0 && (
        <div id={listId} role="listbox" aria-label={words.results} class="found-list">
          {shown.found.map((found, i) => (
            // The keys are handled at the field, which keeps the focus.
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            <div
              key={`${found.roomId} ${found.messageId}`}
              id={`${listId}-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === search.active}
              class={`found ${i === search.active ? 'on' : ''}`}
              onClick={() => {
                search.setActive(i);
                props.onOpen(found);
              }}
            >
              <Found port={props.port} found={found} room={byId.get(found.roomId)} nowMs={nowMs} />
            </div>
          ))}
          {shown.more && <MoreWhenSeen key={shown.found.length} onSeen={search.more} />}
        </div>
      )}
    </>
  );
}

function Found(props: {
  port: EnginePort | undefined;
  found: SearchFound;
  room: RoomView | undefined;
  nowMs: number;
}) {
  const { found, room } = props;
  const author = found.author.self ? words.you : found.author.name || common.someone;
  const when = (
    <time
      class="small muted"
      dateTime={new Date(found.sentAtMs).toISOString()}
      title={fullTime(found.sentAtMs)}
    >
      {shortWhen(found.sentAtMs, props.nowMs)}
    </time>
  );
  return (
    <>
      {room !== undefined && props.port !== undefined && <RoomAvatar port={props.port} room={room} alt="" />}
      <div class="grow">
        <div class="row">
          <bdi class="one-line grow strong">{room === undefined ? author : roomName(room)}</bdi>
          {when}
        </div>
        <p class="snippet small" dir="auto">
          {room !== undefined && (
            <span class="snippet-who">
              <bdi>{author}</bdi>:{' '}
            </span>
          )}
          {snippetParts(found.snippet).map((part, i) =>
            part.marked ? <mark key={i}>{part.text}</mark> : <span key={i}>{part.text}</span>,
          )}
        </p>
      </div>
    </>
  );
}

/** How the search stands, in words. */
function SearchSays({ search }: { search: MessageSearch }) {
  const { shown, filters } = search;
  if (shown.failed)
    return (
      <p class="search-says small">
        {words.failed}{' '}
        <button type="button" class="text-button" onClick={search.again}>
          {words.again}
        </button>
      </p>
    );
  // While the first answer is not there, nothing is said that would be gone in a blink.
  if (shown.wanted === undefined) return <p class="search-says small muted late">{words.looking}</p>;
  if (shown.found.length > 0)
    return <p class="search-says small muted">{words.count(shown.found.length, shown.more)}</p>;
  const narrowed = filtersOn(filters) > 0;
  return (
    <div class="search-says">
      <p class="strong">{narrowed ? words.noneFiltered : words.none}</p>
      {narrowed ? (
        <button type="button" class="text-button small" onClick={() => search.setFilters(NO_FILTERS)}>
          {words.clearFilters}
        </button>
      ) : (
        <p class="small muted">{words.noneHint}</p>
      )}
    </div>
  );
}

function MoreWhenSeen({ onSeen }: { onSeen: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = new IntersectionObserver(
      entries => entries.some(entry => entry.isIntersecting) && onSeen(),
      {
        rootMargin: '400px',
      },
    );
    if (end.current !== null) seen.observe(end.current);
    return () => seen.disconnect();
  }, []);
  return <div ref={end} class="found-more" aria-hidden="true" />;
}
