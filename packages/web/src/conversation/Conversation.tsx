import type { RoomId, RoomView } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type EngineView, useEngineState, useTimeline } from '../engineView.ts';
import { NO_ROOM_FOR_PANEL, useMedia } from '../media.ts';
import { sealedInboxKind } from '../sealed/sealedRoomWords.ts';
import { useLoaded } from '../shapes/loaded.ts';
import { chat } from '../words.ts';
import { Banners, ClosedFoot } from './Banners.tsx';
import { Composer, type ComposerHandle } from './Composer.tsx';
import { ConnectionBar } from './ConnectionBar.tsx';
import { Details } from './Details.tsx';
import { DeleteDialog } from './dialogs.tsx';
import { Header } from './Header.tsx';
import type { LogGoal } from './logGoal.ts';
import { MessageLog, type MessageLogHandle } from './MessageLog.tsx';
import type { MessageItem } from './MessageRow.tsx';
import { isLive } from './roomName.ts';
import { TimerSign } from './Vanishing.tsx';

type Panel = { readonly kind: 'details' | 'search' } | { readonly kind: 'saw'; readonly itemKey: string };

/** What few use, and nobody at once: loaded when it is asked for. */
const loadSearch = () => import('../search/SearchPanel.tsx');
const loadSaw = () => import('../saw/ServerSawPanel.tsx');
const loadDeleting = () => import('../deleting/DeleteMessageDialog.tsx');
const loadComposerPlace = () => import('../people/ComposerPlace.tsx');
const loadSealedFoot = () => import('../sealed/SealedFoot.tsx');

/**
 * One room: its header, its messages, the composer, and beside them the details or what the server saw.
 * What only a host or only a guest has comes in by the slots.
 */
export function Conversation(props: {
  view: EngineView;
  room: RoomView;
  onBack?: (() => void) | undefined;
  /** Called when the person here deletes the room from this browser, and (false) when that failed. */
  onGoing?: ((going: boolean) => void) | undefined;
  /** Called when the room was deleted from this browser by the person here. */
  onGone: () => void;
  headerActions?: ComponentChildren;
  /** A message of this room to go to, chosen elsewhere. */
  goal?: LogGoal | undefined;
  /** Another field on the page searches all rooms. */
  searchedElsewhere?: boolean;
  /** Above the messages: people who knock. It is given a way to pass on the focus to where one writes or reads. */
  above?: ((focusTalk: () => void) => ComponentChildren) | undefined;
  /** In place of messages and composer: the invite card of a room where nobody is yet. */
  instead?: ComponentChildren;
  detailSections?: ComponentChildren;
  /** Another conversation is to be shown. */
  onOpen?: ((roomId: RoomId) => void) | undefined;
  /** It was come to from within another: what had the focus there is gone. */
  takesFocus?: boolean;
}) {
  const { view, room } = props;
  const state = useEngineState(view);
  const [goal, setGoal] = useState(props.goal);
  const timeline = useTimeline(view, room.roomId, goal?.order);
  const [openPanel, setPanel] = useState<Panel | undefined>(undefined);
  const [deleting, setDeleting] = useState(false);
  const [deletingItem, setDeletingItem] = useState<MessageItem | undefined>(undefined);
  const composer = useRef<ComposerHandle>(null);
  const log = useRef<MessageLogHandle>(null);
  const live = isLive(room);
  const stopped = live && (room.request !== undefined || room.sendingBlocked !== undefined);
  const itemKey = openPanel?.kind === 'saw' ? openPanel.itemKey : undefined;
  const seen = timeline.items.find(item => item.key === itemKey);
  const seenGone = seen?.kind !== 'message' || seen.deleted === true;
  // What is deleted has nothing to show any more.
  const panel = openPanel?.kind === 'saw' && seenGone ? undefined : openPanel;
  const narrow = useMedia(NO_ROOM_FOR_PANEL);
  const covered = narrow && panel !== undefined;
  const closePanel = (): void => setPanel(undefined);
  const search = useLoaded(panel?.kind === 'search', loadSearch, closePanel);
  const saw = useLoaded(panel?.kind === 'saw', loadSaw, closePanel);
  const removal = useLoaded(deletingItem !== undefined, loadDeleting, () => setDeletingItem(undefined));
  const composerPlace = useLoaded(stopped, loadComposerPlace, stayAsItIs);
  const searchable = props.instead === undefined;

  useEffect(() => {
    if (props.goal !== undefined) setGoal(props.goal);
  }, [props.goal]);

  // As it opens, not whenever one could write again.
  useEffect(() => {
    if (props.takesFocus === true) focusTalk();
  }, []);

  // What is gone by itself is neither shown nor asked about any longer.
  useEffect(() => {
    if (openPanel?.kind !== 'saw' || !seenGone) return;
    setPanel(undefined);
    if (document.activeElement === document.body) log.current?.focus();
  }, [openPanel, seenGone]);
  useEffect(() => {
    if (deletingItem === undefined || timeline.items.some(({ key }) => key === deletingItem.key)) return;
    setDeletingItem(undefined);
    log.current?.focusNear(deletingItem.key, deletingItem.order);
  }, [deletingItem, timeline.items]);

  useEffect(() => {
    if (!searchable) return;
    const onKey = (event: KeyboardEvent): void => {
      const find = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f';
      if (!find || event.shiftKey || event.altKey || document.querySelector('dialog[open]') !== null) return;
      // Whoever asks twice wants the browser's own.
      if (event.target instanceof Element && event.target.closest('.panel .search-field') !== null) return;
      event.preventDefault();
      setPanel({ kind: 'search' });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [searchable]);

  function goTo(found: LogGoal): void {
    if (narrow) closePanel();
    setGoal({ ...found });
  }

  function focusTalk(): void {
    // Where it would bring up a keyboard over what is to be read, the log has it.
    if (live && !stopped && matchMedia('(hover: hover)').matches) composer.current?.focus();
    else log.current?.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the panel from wherever the focus is
    <div
      class={`conversation ${panel === undefined ? '' : 'with-panel'}`}
      onKeyDown={event => {
        if (event.key === 'Escape' && panel !== undefined) closePanel();
      }}
    >
      <main class="talk" inert={covered}>
        <Header
          port={view.port}
          room={room}
          onBack={props.onBack}
          detailsOpen={panel?.kind === 'details'}
          onDetails={() => setPanel(panel?.kind === 'details' ? undefined : { kind: 'details' })}
          searchOpen={panel?.kind === 'search'}
          onSearch={
            searchable ? () => setPanel(panel?.kind === 'search' ? undefined : { kind: 'search' }) : undefined
          }
        >
          {props.headerActions}
        </Header>
        {state !== undefined && <ConnectionBar view={view} connection={state.connection} />}
        <Banners view={view} room={room} />
        {props.above?.(focusTalk)}
        {props.instead ?? (
          <>
            <MessageLog
              view={view}
              room={room}
              timeline={timeline}
              goal={goal}
              canReply={live && !stopped}
              handle={log}
              onReply={item => composer.current?.reply(item)}
              onSaw={item => setPanel({ kind: 'saw', itemKey: item.key })}
              onDelete={setDeletingItem}
            />
            {live ? (
              <>
                <div class="foot-line">
                  <p class="typing small muted" aria-live="off">
                    {room.typing.length > 0 && chat.typing(room.typing)}
                  </p>
                  {room.timerS !== undefined && <TimerSign seconds={room.timerS} />}
                </div>
                {stopped ? (
                  composerPlace !== undefined && (
                    <composerPlace.ComposerPlace
                      view={view}
                      room={room}
                      onGone={props.onGone}
                      onOpen={props.onOpen}
                    />
                  )
                ) : (
                  <Composer
                    view={view}
                    roomId={room.roomId}
                    handle={composer}
                    onSent={() => log.current?.scrollToEnd()}
                  />
                )}
              </>
            ) : (
              <Foot view={view} room={room} onDelete={() => setDeleting(true)} />
            )}
          </>
        )}
      </main>
      {covered && (
        <button type="button" class="panel-scrim" tabIndex={-1} aria-hidden="true" onClick={closePanel} />
      )}
      {panel?.kind === 'details' && (
        <Details
          view={view}
          room={room}
          onClose={closePanel}
          onDelete={live ? undefined : () => setDeleting(true)}
          onOpen={props.onOpen}
        >
          {props.detailSections}
        </Details>
      )}
      {panel?.kind === 'search' && search !== undefined && (
        <search.SearchPanel
          view={view}
          room={room}
          besideAnother={props.searchedElsewhere === true}
          onOpen={goTo}
          onClose={closePanel}
        />
      )}
      {panel?.kind === 'saw' && saw !== undefined && seen?.kind === 'message' && (
        <saw.ServerSawPanel view={view} roomId={room.roomId} item={seen} onClose={closePanel} />
      )}
      {deletingItem !== undefined && removal !== undefined && (
        <removal.DeleteMessageDialog
          view={view}
          room={room}
          item={deletingItem}
          onClose={() => setDeletingItem(undefined)}
          onDeleted={() => log.current?.focusNear(deletingItem.key, deletingItem.order)}
        />
      )}
      {deleting && (
        <DeleteDialog
          view={view}
          room={room}
          onClose={() => setDeleting(false)}
          onGoing={props.onGoing}
          onGone={props.onGone}
        />
      )}
    </div>
  );
}

/** Where nothing can be written. */
function Foot({ view, room, onDelete }: { view: EngineView; room: RoomView; onDelete: () => void }) {
  const sealed = sealedInboxKind(room);
  const foot = useLoaded(sealed !== undefined, loadSealedFoot, stayAsItIs);
  if (sealed === undefined) return <ClosedFoot room={room} onDelete={onDelete} />;
  if (foot === undefined) return null;
  return <foot.SealedFoot port={view.port} room={room} kind={sealed} onDelete={onDelete} />;
}

/** What stops sending stays so, whether its words could be loaded or not. */
function stayAsItIs(): void {
  // The person was told.
}
