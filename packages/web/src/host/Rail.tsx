import type { EnginePort, RoomId, RoomView } from '@sotto/client';
import { useEffect, useId, useRef } from 'preact/hooks';
import { ConnectionBar } from '../conversation/ConnectionBar.tsx';
import { quotedLine } from '../conversation/fileSaid.ts';
import { peopleOf } from '../conversation/peopleOf.ts';
import { RoomAvatar } from '../conversation/RoomAvatar.tsx';
import { isLive, roomName } from '../conversation/roomName.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { useNow } from '../now.ts';
import { sealedInboxKind, sealedRoom } from '../sealed/sealedRoomWords.ts';
import { SearchField } from '../search/SearchField.tsx';
import { SearchResults } from '../search/SearchResults.tsx';
import { search as searchWords } from '../search/searchWords.ts';
import { type OpenFound, useMessageSearch } from '../search/useMessageSearch.ts';
import { Brand } from '../shapes/Brand.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { shortWhen } from '../when.ts';
import { common, historyDoor, rooms as words } from '../words.ts';
import { HeadButtons } from './HeadButtons.tsx';

/** The list of conversations, newest activity first. */
export function Rail(props: {
  view: EngineView;
  rooms: readonly RoomView[];
  selected: RoomId | undefined;
  starting: boolean;
  /** Nothing beside it: on a phone the list is the page. */
  alone: boolean;
  onSelect: (roomId: RoomId) => void;
  /** A message that was found is to be shown in its place. */
  onFound: OpenFound;
  /** Undefined where nothing can be begun. */
  onStart: (() => void) | undefined;
  /** Undefined where there is no lock to close. */
  onLock: (() => void) | undefined;
  onSettings: () => void;
}) {
  const nowMs = useNow();
  const state = useEngineState(props.view);
  const connection = state?.connection;
  const stopped = connection?.state === 'stopped' ? connection : undefined;
  const search = useMessageSearch(props.view, props.rooms);
  const searching = search.query !== '' || search.sought;
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  useFindEverywhere(field);
  const requests = props.rooms.filter(({ request }) => request !== undefined);
  const known = props.rooms.filter(({ request }) => request === undefined);
  const item = (room: RoomView) => (
    <li key={room.roomId}>
      <RailItem
        port={props.view.port}
        room={room}
        selected={room.roomId === props.selected}
        nowMs={nowMs}
        onSelect={() => props.onSelect(room.roomId)}
      />
    </li>
  );
  return (
    <div class="rail" role={props.alone ? 'main' : undefined}>
      <div class="rail-head" role={props.alone ? undefined : 'banner'}>
        <span class="grow">
          {props.alone ? (
            <h1>
              <Brand />
            </h1>
          ) : (
            <Brand />
          )}
        </span>
        <HeadButtons onLock={props.onLock} onSettings={props.onSettings} />
      </div>
      {props.alone && stopped !== undefined && <ConnectionBar view={props.view} connection={stopped} />}
      <search class={`rail-search ${searching ? 'on' : ''}`}>
        <SearchField
          search={search}
          label={searchWords.label}
          listId={listId}
          field={field}
          onOpen={props.onFound}
        />
        {searching && (
          <div class="rail-found">
            <SearchResults
              port={props.view.port}
              search={search}
              listId={listId}
              rooms={props.rooms}
              onOpen={props.onFound}
            />
          </div>
        )}
      </search>
      {!searching && (
        <nav class="rail-list" aria-label={words.list}>
          {requests.length > 0 && (
            <>
              <h2 class="rail-label label">
                {railWords.requests} <span class="count">{requests.length}</span>
              </h2>
              <ul>{requests.map(item)}</ul>
              {known.length > 0 && <h2 class="rail-label label">{words.list}</h2>}
            </>
          )}
          <ul>{known.map(item)}</ul>
        </nav>
      )}
      {state?.deletedAccount !== undefined && (
        <p class="rail-note small muted">{railWords.deleted(state.deletedAccount)}</p>
      )}
      {props.onStart !== undefined && (
        <div class="rail-foot">
          <button type="button" class="button" disabled={props.starting} onClick={props.onStart}>
            {words.start}
          </button>
        </div>
      )}
    </div>
  );
}

/** Ctrl+Shift+F from anywhere, and Ctrl+F where no conversation has it for itself. */
function useFindEverywhere(field: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 'f') return;
      const { current } = field;
      // Where the list is not to be seen, there is nothing to go to.
      if (event.defaultPrevented || current?.checkVisibility() !== true) return;
      if (document.querySelector('dialog[open]') !== null || document.activeElement === current) return;
      if (!event.shiftKey && document.querySelector('.log') !== null) return;
      event.preventDefault();
      current.focus();
      current.select();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function RailItem(props: {
  port: EnginePort;
  room: RoomView;
  selected: boolean;
  nowMs: number;
  onSelect: () => void;
}) {
  const { room, selected, nowMs } = props;
  const name = roomName(room);
  const summary = summarise(room);
  const waiting = room.knocks.length;
  return (
    <button
      type="button"
      class={`rail-item ${selected ? 'on' : ''}`}
      aria-current={selected ? 'page' : undefined}
      onClick={props.onSelect}
    >
      <RoomAvatar port={props.port} room={room} alt="" />
      <span class="grow">
        <span class="row">
          <span class="row grow rail-name">
            <bdi class="one-line strong">{name}</bdi>
            {isGroup(room) && (
              <span class="rail-sign" title={railWords.group}>
                <Icon name="group" tiny />
                <span class="hidden-text">{railWords.group}</span>
              </span>
            )}
            {room.sealed !== undefined && <span class="mark">{sealedRoom.marks[room.sealed.kind]}</span>}
            {room.muted === true && (
              <span class="rail-sign" title={railWords.muted}>
                <Icon name="muted" tiny />
                <span class="hidden-text">{railWords.muted}</span>
              </span>
            )}
          </span>
          <span class="small muted">{shortWhen(room.preview?.atMs ?? room.lastActivityMs, nowMs)}</span>
        </span>
        <span class="row">
          <span class={`small one-line grow ${summary.tone}`} dir="auto">
            {summary.text}
          </span>
          {waiting > 0 ? (
            <span class="dot plum breathing" />
          ) : (
            room.unread > 0 && (
              <span class="count">
                <span aria-hidden="true">{room.unread > 99 ? '99+' : room.unread}</span>
                <span class="hidden-text">{words.unread(room.unread)}</span>
              </span>
            )
          )}
        </span>
      </span>
    </button>
  );
}

const railWords = {
  requests: 'Requests',
  group: 'group',
  muted: 'muted',
  request: 'wants to write to you',
  deleted: (handle: string) => `The account @${handle} was deleted. What was said is still here to read.`,
};

/** Known to be for several; that of two needs no sign. */
function isGroup(room: RoomView): boolean {
  return room.kind !== 'direct' && isLive(room) && peopleOf(room.members).length > 2;
}

function summarise(room: RoomView): { readonly text: string; readonly tone: 'muted' | 'asks' | 'warns' } {
  const [knock] = room.knocks;
  if (knock !== undefined) return { text: words.asks(knock.name || common.someone), tone: 'asks' };
  const said = room.preview && quotedLine(room.preview);
  if (sealedInboxKind(room) !== undefined) return { text: said ?? sealedRoom.refused, tone: 'muted' };
  if (room.request !== undefined) return { text: said ?? railWords.request, tone: 'muted' };
  if (room.members.some(({ trust }) => trust === 'changed') || room.sendingBlocked?.why === 'keys-changed')
    return { text: words.keysChanged, tone: 'warns' };
  if (room.imported === true) return { text: historyDoor.imported, tone: 'muted' };
  if (room.membership === 'removed') return { text: words.removed, tone: 'muted' };
  if (room.membership === 'left') return { text: words.left, tone: 'muted' };
  if (room.condition === 'ended') return { text: words.ended, tone: 'muted' };
  if (room.typing.length > 0) return { text: words.typing, tone: 'muted' };
  if (said !== undefined) return { text: room.preview?.own === true ? words.own(said) : said, tone: 'muted' };
  return { text: room.members.length > 1 ? words.quiet : words.waiting, tone: 'muted' };
}
