import type { RoomView } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { type EngineView, useEngineState, useTimeline } from '../engineView.ts';
import { NO_ROOM_FOR_PANEL, useMedia } from '../media.ts';
import { chat } from '../words.ts';
import { Banners, ClosedFoot } from './Banners.tsx';
import { Composer, type ComposerHandle } from './Composer.tsx';
import { ConnectionBar } from './ConnectionBar.tsx';
import { Details } from './Details.tsx';
import { DeleteDialog } from './dialogs.tsx';
import { Header } from './Header.tsx';
import { MessageLog, type MessageLogHandle } from './MessageLog.tsx';
import { isLive } from './roomName.ts';
import { ServerSawPanel } from './ServerSawPanel.tsx';

type Panel = { readonly kind: 'details' } | { readonly kind: 'saw'; readonly itemKey: string };

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
  /** Above the messages: people who knock. It is given a way to pass on the focus to where one writes or reads. */
  above?: ((focusTalk: () => void) => ComponentChildren) | undefined;
  /** In place of messages and composer: the invite card of a room where nobody is yet. */
  instead?: ComponentChildren;
  detailSections?: ComponentChildren;
}) {
  const { view, room } = props;
  const state = useEngineState(view);
  const timeline = useTimeline(view, room.roomId);
  const [panel, setPanel] = useState<Panel | undefined>(undefined);
  const [deleting, setDeleting] = useState(false);
  const composer = useRef<ComposerHandle>(null);
  const log = useRef<MessageLogHandle>(null);
  const covered = useMedia(NO_ROOM_FOR_PANEL) && panel !== undefined;
  const live = isLive(room);
  const seen = panel?.kind === 'saw' ? timeline.items.find(item => item.key === panel.itemKey) : undefined;
  const closePanel = (): void => setPanel(undefined);

  function focusTalk(): void {
    // Where it would bring up a keyboard over what is to be read, the log has it.
    if (live && matchMedia('(hover: hover)').matches) composer.current?.focus();
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
          room={room}
          onBack={props.onBack}
          detailsOpen={panel?.kind === 'details'}
          onDetails={() => setPanel(panel?.kind === 'details' ? undefined : { kind: 'details' })}
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
              canReply={live}
              handle={log}
              onReply={item => composer.current?.reply(item)}
              onSaw={item => setPanel({ kind: 'saw', itemKey: item.key })}
            />
            {live ? (
              <>
                <p class="typing small muted" aria-live="off">
                  {room.typing.length > 0 && chat.typing(room.typing)}
                </p>
                <Composer
                  view={view}
                  roomId={room.roomId}
                  handle={composer}
                  onSent={() => log.current?.scrollToEnd()}
                />
              </>
            ) : (
              <ClosedFoot room={room} onDelete={() => setDeleting(true)} />
            )}
          </>
        )}
      </main>
      {covered && (
        <button type="button" class="panel-scrim" tabIndex={-1} aria-hidden="true" onClick={closePanel} />
      )}
      {panel?.kind === 'details' && (
        <Details view={view} room={room} onClose={closePanel}>
          {props.detailSections}
        </Details>
      )}
      {seen?.kind === 'message' && (
        <ServerSawPanel view={view} roomId={room.roomId} item={seen} onClose={closePanel} />
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
