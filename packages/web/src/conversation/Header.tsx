import type { EnginePort, RoomView } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { sealedRoom } from '../sealed/sealedRoomWords.ts';
import { Icon } from '../shapes/Icon.tsx';
import { chat, common, historyDoor } from '../words.ts';
import { RoomAvatar } from './RoomAvatar.tsx';
import { roomName } from './roomName.ts';
import { trustLine } from './trustLine.ts';

/** The name of the room and the one plain line of trust under it. */
export function Header(props: {
  port: EnginePort;
  room: RoomView;
  onBack: (() => void) | undefined;
  detailsOpen: boolean;
  onDetails: () => void;
  searchOpen: boolean;
  /** Undefined where there is nothing to search. */
  onSearch: (() => void) | undefined;
  children?: ComponentChildren;
}) {
  const { room } = props;
  const name = roomName(room);
  const trust = trustLine(room);
  const marked = room.imported === true || room.sealed !== undefined;
  // Where it is not forward secret, that comes before all else.
  const [encrypted, encryptedShort] =
    room.sealed === undefined
      ? [chat.encrypted, chat.encryptedShort]
      : [sealedRoom.line, sealedRoom.lineShort];
  return (
    <header class="top">
      {props.onBack !== undefined && (
        <button type="button" class="icon-button back" aria-label={common.back} onClick={props.onBack}>
          <Icon name="back" />
        </button>
      )}
      <RoomAvatar port={props.port} room={room} alt={chat.pictureOf(name)} />
      <div class="grow">
        <h1 class={`top-title ${marked ? 'row' : ''}`}>
          <bdi class="one-line">{name}</bdi>
          {room.imported === true && <span class="mark">{historyDoor.imported}</span>}
          {room.sealed !== undefined && <span class="mark">{sealedRoom.marks[room.sealed.kind]}</span>}
        </h1>
        <p class={`secure ${trust.tone}`}>
          <Icon name={trust.tone === 'warn' ? 'warn' : 'lock'} />
          <span class="one-line on-wide">{[encrypted, ...trust.facts].join(' · ')}</span>
          <span class="one-line on-narrow">
            {[encryptedShort, ...(trust.shortFact === undefined ? [] : [trust.shortFact])].join(' · ')}
          </span>
        </p>
      </div>
      {props.children}
      {props.onSearch !== undefined && (
        <button
          type="button"
          class="icon-button"
          aria-label={chat.search}
          title={chat.search}
          aria-expanded={props.searchOpen}
          onClick={props.onSearch}
        >
          <Icon name="search" />
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label={chat.details}
        title={chat.details}
        aria-expanded={props.detailsOpen}
        onClick={props.onDetails}
      >
        <Icon name="more" />
      </button>
    </header>
  );
}
