import type { EnginePort, RoomId, RoomView } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { RoomAvatar } from '../conversation/RoomAvatar.tsx';
import { roomName } from '../conversation/roomName.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { rooms as words } from '../words.ts';

/** Ctrl+K: type a part of a name, choose with the arrows, go with Enter. */
export function Switcher(props: {
  port: EnginePort;
  rooms: readonly RoomView[];
  onGo: (roomId: RoomId) => void;
  onClose: () => void;
}) {
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();
  const wanted = folded(query);
  const found = props.rooms.filter(room => folded(roomName(room)).includes(wanted));
  const at = Math.min(active, found.length - 1);

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      setActive((at + step + found.length) % found.length);
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      const room = found[at];
      if (room !== undefined) props.onGo(room.roomId);
    }
  }

  return (
    <Dialog title={words.switchTo} cross onClose={props.onClose}>
      <input
        class="input"
        role="combobox"
        aria-label={words.switchTo}
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={found[at] === undefined ? undefined : `${listId}-${at}`}
        autocomplete="off"
        dir="auto"
        value={query}
        onInput={event => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label={words.list} class="switcher-list">
        {found.map((room, i) => (
          // The keys are handled at the text field, which keeps the focus.
          // biome-ignore lint/a11y/useKeyWithClickEvents: see above
          <div
            key={room.roomId}
            id={`${listId}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            class={`rail-item ${i === at ? 'on' : ''}`}
            onClick={() => props.onGo(room.roomId)}
          >
            <RoomAvatar port={props.port} room={room} alt="" />
            <bdi class="one-line grow strong">{roomName(room)}</bdi>
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="muted">{words.noMatch}</p>}
    </Dialog>
  );
}

/** Case and accents do not matter to who looks for a name. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
