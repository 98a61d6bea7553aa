import type { RoomId, RoomView } from '@sotto/client';
import { useRef, useState } from 'preact/hooks';
import { Conversation } from '../conversation/Conversation.tsx';
import { EndDialog } from '../conversation/dialogs.tsx';
import type { LogGoal } from '../conversation/logGoal.ts';
import { peopleOf } from '../conversation/peopleOf.ts';
import { isLive, mayManage } from '../conversation/roomName.ts';
import type { EngineView } from '../engineView.ts';
import { NoLockLine } from '../lock/NoLockLine.tsx';
import { sealedInboxKind } from '../sealed/sealedRoomWords.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { chat, details } from '../words.ts';
import { InviteCard, KeepOpenHint } from './InviteCard.tsx';
import { invite } from './inviteWords.ts';
import { type DoorMemory, Knocks } from './Knocks.tsx';
import { Links } from './Links.tsx';
import { RoomControls } from './RoomControls.tsx';
import type { Addresses } from './useAddresses.ts';

const loadSealedWriters = () => import('../sealed/SealedWriters.tsx');

/** A room as its host has it: the invite card until someone is in, then the conversation with the door beside it. */
export function HostRoom(props: {
  view: EngineView;
  room: RoomView;
  addresses: Addresses;
  /** A message to go to, and whether the page has a field that searches all rooms. */
  goal: LogGoal | undefined;
  searchedElsewhere: boolean;
  onBack: (() => void) | undefined;
  onGone: () => void;
  /** Another conversation is to be shown. */
  onOpen: (roomId: RoomId) => void;
  /** It was come to from within another. */
  takesFocus: boolean;
}) {
  const { view, room, addresses } = props;
  const [inviting, setInviting] = useState<'open' | 'fresh' | undefined>(undefined);
  const [ending, setEnding] = useState(false);
  const door = useRef<DoorMemory>({ focused: undefined, announced: new Set() }).current;
  const invitePlace = useRef<HTMLDivElement>(null);
  const manages = mayManage(room) && isLive(room) && room.kind !== 'direct';
  const sealedKind = sealedInboxKind(room);
  const sealed = useLoaded(sealedKind !== undefined, loadSealedWriters, nothingThere);
  const untouched =
    manages && peopleOf(room.members).length <= 1 && room.preview === undefined && room.condition === 'open';

  return (
    <>
      <Conversation
        key={room.roomId}
        view={view}
        room={room}
        onBack={props.onBack}
        onGone={props.onGone}
        onOpen={props.onOpen}
        takesFocus={props.takesFocus}
        goal={props.goal}
        searchedElsewhere={props.searchedElsewhere}
        headerActions={
          manages && (
            <>
              {!untouched && (
                <button
                  type="button"
                  class="icon-button"
                  aria-label={chat.invite}
                  title={chat.invite}
                  onClick={() => setInviting('open')}
                >
                  <Icon name="invite" />
                </button>
              )}
              <button
                type="button"
                class={`button danger only-wide ${ending ? 'invisible' : ''}`}
                onClick={() => setEnding(true)}
              >
                {details.end}
              </button>
            </>
          )
        }
        above={
          untouched
            ? undefined
            : focusTalk => (
                <>
                  <NoLockLine view={view} onAway={focusTalk} />
                  <Knocks view={view} room={room} memory={door} onLastGone={focusTalk} />
                </>
              )
        }
        instead={
          untouched ? (
            <div class="invite-place" ref={invitePlace}>
              <Knocks
                view={view}
                room={room}
                memory={door}
                onLastGone={() => invitePlace.current?.querySelector<HTMLElement>('.invite-title')?.focus()}
              />
              <InviteCard
                view={view}
                room={room}
                addresses={addresses}
                title={invite.title}
                inDialog={false}
              />
              <KeepOpenHint />
            </div>
          ) : undefined
        }
        detailSections={
          sealedKind !== undefined
            ? sealed !== undefined && (
                <sealed.SealedWriters
                  view={view}
                  sealed={room.sealed!}
                  origin={addresses.chosen?.origin ?? location.origin}
                  onOpen={props.onOpen}
                />
              )
            : manages && (
                <>
                  {!untouched && (
                    <Links
                      view={view}
                      room={room}
                      addresses={addresses}
                      onNewLink={() => setInviting('fresh')}
                    />
                  )}
                  <RoomControls
                    key={room.title}
                    view={view}
                    room={room}
                    ending={ending}
                    onEnd={() => setEnding(true)}
                  />
                </>
              )
        }
      />
      {inviting !== undefined && (
        <Dialog title={invite.titleMore} wide cross onClose={() => setInviting(undefined)}>
          <InviteCard
            view={view}
            room={room}
            addresses={addresses}
            title={invite.titleMore}
            inDialog
            fresh={inviting === 'fresh'}
          />
        </Dialog>
      )}
      {ending && <EndDialog view={view} room={room} onClose={() => setEnding(false)} />}
    </>
  );
}

/** The details stand without the section that could not be loaded. */
function nothingThere(): void {
  // The person was told.
}
