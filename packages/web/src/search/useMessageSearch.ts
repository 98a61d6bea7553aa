import type { RoomId, RoomView, SearchFound, TimelineItem } from '@sotto/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import type { EngineView } from '../engineView.ts';
import { LatestSearch, NOTHING_SOUGHT, type SearchShown } from './latestSearch.ts';
import {
  type Findable,
  findablePeople,
  isSought,
  NO_FILTERS,
  type SearchFilters,
  wantedOf,
} from './searchFilters.ts';
import { search as words } from './searchWords.ts';

/** Typing has come to rest: then a screen reader is told how many there are. */
const SAY_AFTER_MS = 700;

/** What a place to search has on its screen, and what can be done there. */
export interface MessageSearch {
  readonly query: string;
  readonly filters: SearchFilters;
  /** Whether anything is looked for. */
  readonly sought: boolean;
  readonly people: readonly Findable[];
  readonly shown: SearchShown;
  /** The result that Enter opens. */
  readonly active: number;
  setQuery(query: string): void;
  setFilters(filters: SearchFilters): void;
  /** Takes back what is written; where nothing is, the filter that looks for files without words. */
  clear(): void;
  setActive(index: number): void;
  more(): void;
  /** Somebody is about to search: the engine makes its index ready meanwhile. */
  warm(): void;
  again(): void;
}

/** Search over some rooms, or (with `roomId`) in one. What is deleted anywhere leaves the results. */
export function useMessageSearch(
  view: EngineView,
  rooms: readonly RoomView[],
  roomId?: RoomId,
): MessageSearch {
  const [query, setQuery] = useState('');
  const [filters, setFilters] = useState(NO_FILTERS);
  const [active, setActive] = useState(0);
  const [shown, setShown] = useState(NOTHING_SOUGHT);
  const people = useMemo(() => findablePeople(rooms), [rooms]);
  const latest = useMemo(
    () => new LatestSearch(request => view.port.search(request), setShown),
    [view, roomId],
  );
  useEffect(() => () => latest.close(), [latest]);

  function seek(nextQuery: string, nextFilters: SearchFilters): void {
    setQuery(nextQuery);
    setFilters(nextFilters);
    setActive(0);
    latest.seek(wantedOf(nextQuery, nextFilters, people, roomId));
  }

  useLeaveWhenDeleted(view, latest, rooms);
  useCountSaid(shown);

  return {
    query,
    filters,
    sought: isSought(query, filters),
    people,
    shown,
    active: Math.max(0, Math.min(active, shown.found.length - 1)),
    setQuery: next => seek(next, filters),
    setFilters: next => seek(query, next),
    clear: () => (query === '' ? seek('', { ...filters, hasFile: false }) : seek('', filters)),
    setActive,
    more: () => void latest.more(),
    warm: () => void view.port.search({ query: '', limit: 1 }).catch(() => undefined),
    again: () => latest.refresh(),
  };
}

function useLeaveWhenDeleted(view: EngineView, latest: LatestSearch, rooms: readonly RoomView[]): void {
  const roomIds = useRef('');
  useEffect(() => {
    const now = rooms.map(room => room.roomId);
    if (now.join() === roomIds.current) return;
    roomIds.current = now.join();
    latest.drop(({ roomId }) => !now.includes(roomId));
  }, [latest, rooms]);
  useEffect(
    () =>
      view.port.subscribe(event => {
        if (event.type !== 'timeline' || event.reset) return;
        const deleted = new Set(event.upserts.filter(isDeleted).map(({ messageId }) => messageId));
        if (deleted.size === 0 && event.removedKeys.length === 0) return;
        latest.drop(({ messageId }) => deleted.has(messageId));
        latest.refresh();
      }),
    [view, latest],
  );
}

function isDeleted(item: TimelineItem): item is Extract<TimelineItem, { kind: 'message' }> {
  return item.kind === 'message' && item.deleted === true;
}

function useCountSaid({ wanted, found, more, looking }: SearchShown): void {
  const said = useRef(wanted);
  useEffect(() => {
    if (looking || wanted === said.current) return;
    const timer = setTimeout(() => {
      said.current = wanted;
      if (wanted !== undefined) announce(found.length === 0 ? words.none : words.count(found.length, more));
    }, SAY_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wanted, found, more, looking]);
}

/** Told of the message that somebody wants to see. */
export type OpenFound = (found: SearchFound) => void;
