import type { Member, RoomView } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { HistorySection } from '../history/HistorySection.tsx';
import { Avatar } from '../shapes/Avatar.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { tagsForLookalikes } from '../text/lookalike.ts';
import { chat, common, condition, details } from '../words.ts';
import { Cipher } from './Cipher.tsx';
import { RemoveDialog } from './dialogs.tsx';
import { isLive, mayManage } from './roomName.ts';
import { SidePanel } from './SidePanel.tsx';
import { TimerChoice } from './Vanishing.tsx';

/** Who is here and what can be done about the room. Sections of the host or the guest come as children. */
export function Details(props: {
  view: EngineView;
  room: RoomView;
  onClose: () => void;
  /** Given where the conversation is over and can go. */
  onDelete: (() => void) | undefined;
  children?: ComponentChildren;
}) {
  const { view, room } = props;
  const [removing, setRemoving] = useState<Member | undefined>(undefined);
  const tags = useMemo(
    () => tagsForLookalikes(room.members.map(({ deviceId, name }) => ({ id: deviceId, name }))),
    [room.members],
  );
  const canRemove = mayManage(room) && isLive(room);
  return (
    <SidePanel title={details.title} onClose={props.onClose} focusKey="details">
      <section class="stack tight">
        <h3 class="label">
          {details.people} <span class="muted">{room.members.length}</span>
        </h3>
        <ul class="people">
          {room.members.map(member => (
            <li key={member.deviceId} class="row">
              <Avatar name={member.name} id={member.deviceId} />
              <div class="grow">
                <div class="row">
                  <bdi class="strong">{member.name || common.someone}</bdi>
                  {tags.has(member.deviceId) && <span class="tag">{tags.get(member.deviceId)}</span>}
                  {member.self && <span class="mark">{common.you}</span>}
                  {member.guest && <span class="mark">{common.guest}</span>}
                  {member.role === 'owner' && <span class="mark">{common.host}</span>}
                </div>
                {!member.self && <TrustFact member={member} />}
              </div>
              {canRemove && !member.self && (
                <button
                  type="button"
                  class="button slim quiet"
                  aria-label={details.removeWho(member.name || common.someone)}
                  onClick={() => setRemoving(member)}
                >
                  {details.remove}
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      {isLive(room) && <TimerChoice key={room.roomId} view={view} room={room} />}
      {props.children}
      <HistorySection view={view} rooms={[room]} roomId={room.roomId} imports={false} />
      <section class="stack tight">
        <h3 class="label">{details.security}</h3>
        <p class="secure">
          <Icon name="lock" />
          {chat.encrypted}
        </p>
        <dl class="facts">
          <dt>{details.suite}</dt>
          <dd>
            <Cipher suite={room.suite} />
          </dd>
          <dt>{details.epoch}</dt>
          <dd>{room.epoch}</dd>
        </dl>
      </section>
      {props.onDelete !== undefined && (
        <div>
          <button type="button" class="button danger edged" onClick={props.onDelete}>
            {condition.delete}
          </button>
        </div>
      )}
      {removing !== undefined && (
        <RemoveDialog view={view} room={room} member={removing} onClose={() => setRemoving(undefined)} />
      )}
    </SidePanel>
  );
}

function TrustFact({ member }: { member: Member }) {
  switch (member.trust) {
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
