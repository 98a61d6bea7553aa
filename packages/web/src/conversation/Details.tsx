import type { RoomId, RoomView } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { offersPeople } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { HistorySection } from '../history/HistorySection.tsx';
import { useNow } from '../now.ts';
import { sealedInboxKind, sealedRoom } from '../sealed/sealedRoomWords.ts';
import { Avatar } from '../shapes/Avatar.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { pastDay } from '../when.ts';
import { chat, common, condition, details } from '../words.ts';
import { Cipher } from './Cipher.tsx';
import { RemoveDialog } from './dialogs.tsx';
import { areKeysOld } from './keyAge.ts';
import { member as memberWords, ownerWord } from './memberWords.ts';
import { lookId, type Person, peopleOf, tagsByDevice } from './peopleOf.ts';
import { RoomAvatar } from './RoomAvatar.tsx';
import { isLive, mayManage, roomName } from './roomName.ts';
import { SidePanel } from './SidePanel.tsx';
import { TimerChoice } from './Vanishing.tsx';

/** What few ask for, and nobody at once. */
const loadPerson = () => import('../people/PersonDialog.tsx');
const loadVerify = () => import('../people/VerifyDialog.tsx');
const loadGroup = () => import('../people/GroupSection.tsx');

type Open = { readonly what: 'remove' | 'person' | 'verify'; readonly accountId: Person['accountId'] };

/** Who is here and what can be done about the room. Sections of the host or the guest come as children. */
export function Details(props: {
  view: EngineView;
  room: RoomView;
  onClose: () => void;
  /** Given where the conversation is over and can go. */
  onDelete: (() => void) | undefined;
  /** Another conversation is to be shown. */
  onOpen?: ((roomId: RoomId) => void) | undefined;
  children?: ComponentChildren;
}) {
  const { view, room } = props;
  const { port } = view;
  const account = useEngineState(view)?.account;
  const hasAccount = account !== undefined && offersPeople(port);
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const nowMs = useNow();
  const people = useMemo(() => peopleOf(room.members), [room.members]);
  const tags = useMemo(() => tagsByDevice(room.members), [room.members]);
  const sealedInbox = sealedInboxKind(room);
  const live = isLive(room);
  const canRemove = mayManage(room) && live && room.kind !== 'direct' && !hasAccount;
  const strangers = people.filter(({ self }) => !self).length;
  const chosen = people.find(({ accountId }) => accountId === open?.accountId);
  const personal = useLoaded(open?.what === 'person', loadPerson, close);
  const verifying = useLoaded(open?.what === 'verify', loadVerify, close);
  const group = useLoaded(hasAccount, loadGroup, close);
  return (
    <SidePanel title={details.title} onClose={props.onClose} focusKey="details">
      {room.picture !== undefined && (
        <div class="room-picture">
          <RoomAvatar port={port} room={room} alt={chat.pictureOf(roomName(room))} />
        </div>
      )}
      {/* Nobody is a member of what sealed messages lie in; who writes there comes with the children. */}
      {sealedInbox === undefined && (
        <section class="stack tight">
          <h3 class="label">
            {details.people} <span class="muted">{people.length}</span>
          </h3>
          <ul class="people">
            {people.map(person => {
              const name = person.name || common.someone;
              const ask = (what: Open['what']) => () => setOpen({ what, accountId: person.accountId });
              return (
                <li key={person.accountId} class="row">
                  <Avatar name={person.name} id={lookId(person)} />
                  <div class="grow">
                    <div class="row">
                      <bdi class="strong">{name}</bdi>
                      {tags.has(person.deviceId) && <span class="tag">{tags.get(person.deviceId)}</span>}
                      {person.self && <span class="mark">{common.you}</span>}
                      {person.guest && <span class="mark">{common.guest}</span>}
                      <RoleMark person={person} owner={ownerWord(room, hasAccount)} />
                    </div>
                    <PersonFacts person={person} />
                    {!person.self && (
                      <div class="row trust-row">
                        <TrustFact person={person} />
                        {live && person.trust !== 'verified' && offersPeople(port) && (
                          <button
                            type="button"
                            class="text-button small"
                            aria-label={strangers > 1 ? memberWords.verifyWho(name) : memberWords.verify}
                            onClick={ask('verify')}
                          >
                            {memberWords.verify}
                          </button>
                        )}
                      </div>
                    )}
                  </div>
                  {canRemove && !person.self && (
                    <button
                      type="button"
                      class="button slim quiet"
                      aria-label={details.removeWho(name)}
                      onClick={ask('remove')}
                    >
                      {details.remove}
                    </button>
                  )}
                  {hasAccount && !person.self && (
                    <button
                      type="button"
                      class="icon-button small-button"
                      aria-label={memberWords.more(name)}
                      title={memberWords.more(name)}
                      onClick={ask('person')}
                    >
                      <Icon name="more" />
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      )}
      {group !== undefined && offersPeople(port) && (
        <group.GroupSection view={view} port={port} room={room} />
      )}
      {live && <TimerChoice key={room.roomId} view={view} room={room} />}
      {props.children}
      <HistorySection view={view} rooms={[room]} roomId={room.roomId} imports={false} />
      <section class="stack tight">
        <h3 class="label">{details.security}</h3>
        <p class="secure">
          <Icon name="lock" />
          {room.sealed === undefined ? chat.encrypted : sealedRoom.line}
        </p>
        {room.sealed?.kind === 'conversation' && <p class="small muted">{sealedRoom.lacks}</p>}
        <dl class="facts">
          <dt>{details.suite}</dt>
          <dd>
            <Cipher suite={room.suite} />
          </dd>
          {sealedInbox === undefined && (
            <>
              <dt>{details.epoch}</dt>
              <dd>{room.epoch}</dd>
            </>
          )}
          {room.keysRenewedAtMs !== undefined && (
            <>
              <dt>{details.ownKeys}</dt>
              <dd>{details.keysRenewed(pastDay(room.keysRenewedAtMs, nowMs))}</dd>
            </>
          )}
        </dl>
        {live && areKeysOld(room.keysRenewedAtMs, nowMs) && <p class="secure warn">{details.keysHeldBack}</p>}
      </section>
      {props.onDelete !== undefined && (
        <div>
          <button type="button" class="button danger edged" onClick={props.onDelete}>
            {condition.delete}
          </button>
        </div>
      )}
      {chosen !== undefined && open?.what === 'remove' && (
        <RemoveDialog view={view} room={room} member={chosen} onClose={close} />
      )}
      {chosen !== undefined && personal !== undefined && open?.what === 'person' && offersPeople(port) && (
        <personal.PersonDialog
          view={view}
          port={port}
          room={room}
          person={chosen}
          onGo={props.onOpen}
          onClose={close}
        />
      )}
      {chosen !== undefined && verifying !== undefined && open?.what === 'verify' && offersPeople(port) && (
        <verifying.VerifyDialog
          port={port}
          person={{ accountId: chosen.accountId, name: chosen.name || common.someone }}
          onClose={close}
        />
      )}
    </SidePanel>
  );
}

function RoleMark({ person: { role }, owner }: { person: Person; owner: string | undefined }) {
  if (owner === undefined || (role !== 'owner' && role !== 'admin')) return null;
  return <span class="mark">{role === 'admin' ? memberWords.admin : owner}</span>;
}

function PersonFacts({ person }: { person: Person }) {
  const facts = [
    person.handle === undefined ? undefined : `@${person.handle}`,
    person.presence?.online === true && !person.self ? memberWords.online : undefined,
    person.deviceCount > 1 ? memberWords.devices(person.deviceCount) : undefined,
  ].filter(fact => fact !== undefined);
  if (facts.length === 0) return null;
  return (
    <p class="small muted" dir="ltr">
      {facts.join(' · ')}
    </p>
  );
}

function TrustFact({ person }: { person: Person }) {
  switch (person.trust) {
    case 'verified':
      return <p class="secure good">{chat.shortVerified}</p>;
    case 'verified-by-link':
      return <p class="secure">{chat.shortByLink}</p>;
    case 'changed':
      return <p class="secure warn">{details.keysChanged}</p>;
    case 'unverified':
      return <p class="secure">{chat.shortNotYet}</p>;
  }
}
