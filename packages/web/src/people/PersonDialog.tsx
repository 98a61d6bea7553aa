import type { RoleName, RoomId, RoomView } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { RemoveDialog } from '../conversation/dialogs.tsx';
import { lookId, type Person } from '../conversation/peopleOf.ts';
import { isLive, mayManage } from '../conversation/roomName.ts';
import type { PeoplePort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { useNow } from '../now.ts';
import { Avatar } from '../shapes/Avatar.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { Select } from '../shapes/Select.tsx';
import { attempt, toast } from '../toast.tsx';
import { shortWhen } from '../when.ts';
import { common } from '../words.ts';
import { Confirm } from './Confirm.tsx';
import { peopleTrouble, person as words } from './peopleWords.ts';
import { ReportDialog } from './ReportDialog.tsx';
import { VerifyDialog } from './VerifyDialog.tsx';
import '../styles/account.css';

type Open = 'verify' | 'block' | 'hand-over' | 'remove' | 'report' | undefined;

/** One person of a room: who they are as far as that is known, and what can be done about them. */
export function PersonDialog(props: {
  view: EngineView;
  port: PeoplePort;
  room: RoomView;
  person: Person;
  /** Another conversation is to be shown. */
  onGo: ((roomId: RoomId) => void) | undefined;
  onClose: () => void;
}) {
  const { view, port, room, person, onClose } = props;
  const state = useEngineState(view);
  const nowMs = useNow();
  const roleHint = useId();
  const [open, setOpen] = useState<Open>(undefined);
  const close = (): void => setOpen(undefined);
  const known = state?.people?.find(({ accountId }) => accountId === person.accountId);
  const name = person.name || common.someone;
  const handle = person.handle ?? known?.handle;
  const presence = person.presence ?? known?.presence;
  const blocked = known?.blocked === true;
  const hasAccount = state?.account !== undefined;
  const live = isLive(room);
  const group = room.kind !== 'direct';
  const owner = room.myRole === 'owner';
  const self = state?.self?.accountId;

  const facts = [
    handle === undefined ? undefined : `@${handle}`,
    presence?.online === true
      ? words.online
      : presence?.lastSeenMs === undefined
        ? undefined
        : words.lastSeen(shortWhen(presence.lastSeenMs, nowMs)),
    person.deviceCount > 1 ? words.devices(person.deviceCount) : undefined,
  ];

  async function write(): Promise<void> {
    const started = port.startDirect({ accountId: person.accountId });
    if (!(await attempt(started, peopleTrouble))) return;
    const { roomId } = await started;
    onClose();
    props.onGo?.(roomId);
  }

  async function handOver(): Promise<void> {
    await port.setRole(room.roomId, person.accountId, 'owner');
    if (self !== undefined) await port.setRole(room.roomId, self, 'member');
    toast(words.handedOver(name));
  }

  return (
    <Dialog title={name} cross onClose={onClose}>
      <div class="person-head">
        <Avatar name={name} id={lookId(person)} />
        <div class="grow">
          <p class="row wrap">
            {person.guest && <span class="mark">{common.guest}</span>}
            {group && !person.guest && <span class="mark">{words.roles[person.role]}</span>}
            {blocked && <span class="mark">{words.blockedMark}</span>}
          </p>
          <p class="small muted" dir="ltr">
            {facts.filter(Boolean).join(' · ')}
          </p>
        </div>
      </div>
      {known?.posesAs !== undefined && (
        <p class="notice warn">
          <Icon name="warn" />
          <span>{words.posesAs(known.posesAs)}</span>
        </p>
      )}
      <div class="stack tight">
        <p class={`secure ${TONES[person.trust]}`}>
          <Icon name={person.trust === 'changed' ? 'warn' : 'lock'} />
          <span>
            {person.guest && person.trust === 'unverified' ? words.guest : words.trust[person.trust]}
          </span>
        </p>
        <div class="row wrap">
          {person.trust === 'verified' ? (
            <button
              type="button"
              class="button slim"
              onClick={async () => {
                if (await attempt(port.forgetVerification(person.accountId), peopleTrouble))
                  toast(words.forgotten(name));
              }}
            >
              {words.forget}
            </button>
          ) : (
            <button type="button" class="button slim primary" onClick={() => setOpen('verify')}>
              {person.trust === 'changed' ? words.verifyAgain : words.verify}
            </button>
          )}
          {hasAccount && group && !person.guest && !blocked && props.onGo !== undefined && (
            <button type="button" class="button slim" onClick={write}>
              {words.write(name)}
            </button>
          )}
        </div>
      </div>
      {group && live && owner && !person.guest && (
        <div class="stack tight ruled">
          <Select
            label={words.role}
            value={person.role}
            options={ROLES.map(role => [role, words.roles[role]] as const)}
            describedBy={roleHint}
            onChange={role => {
              if (role === 'guest') return;
              void attempt(port.setRole(room.roomId, person.accountId, role), peopleTrouble).then(
                done => done && toast(words.roleSet(name, words.roles[role])),
              );
            }}
          />
          <p class="small muted" id={roleHint}>
            {words.roleHints[person.role]}
          </p>
          <div>
            <button type="button" class="button slim" onClick={() => setOpen('hand-over')}>
              {words.handOver}
            </button>
          </div>
        </div>
      )}
      <div class="row wrap ruled person-ends">
        {group && live && mayManage(room) && person.role !== 'owner' && (
          <button
            type="button"
            class="button slim danger"
            aria-label={words.removeWho(name)}
            onClick={() => setOpen('remove')}
          >
            {words.remove}
          </button>
        )}
        {group && live && !mayManage(room) && (
          <button type="button" class="button slim danger" onClick={() => setOpen('report')}>
            {words.report}
          </button>
        )}
        {!person.guest &&
          (blocked ? (
            <button
              type="button"
              class="button slim"
              onClick={async () => {
                if (await attempt(port.unblock(person.accountId), peopleTrouble))
                  toast(words.unblocked(name));
              }}
            >
              {words.unblock}
            </button>
          ) : (
            <button type="button" class="button slim danger" onClick={() => setOpen('block')}>
              {words.block}
            </button>
          ))}
      </div>
      {open === 'verify' && (
        <VerifyDialog port={port} person={{ accountId: person.accountId, name }} onClose={close} />
      )}
      {open === 'block' && (
        <Confirm
          title={words.blockTitle(name)}
          action={words.block}
          danger
          work={() => port.block(person.accountId).then(() => toast(words.blocked(name)))}
          onClose={close}
        >
          <p>{words.blockText}</p>
          <p class="small muted">{words.blockGroups}</p>
        </Confirm>
      )}
      {open === 'hand-over' && (
        <Confirm title={words.handOverTitle(name)} action={words.handOver} work={handOver} onClose={close}>
          <p>{words.handOverText}</p>
        </Confirm>
      )}
      {open === 'report' && (
        <ReportDialog view={view} port={port} room={room} person={person} onClose={close} />
      )}
      {open === 'remove' && <RemoveDialog view={view} room={room} member={person} onClose={onClose} />}
    </Dialog>
  );
}

const ROLES: readonly RoleName[] = ['owner', 'admin', 'member'];
const TONES = { verified: 'good', 'verified-by-link': '', unverified: '', changed: 'warn' };
