import type { RoomId, RoomView } from '@sotto/client';
import { useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { counterpart, type Person, peopleOf } from '../conversation/peopleOf.ts';
import { offersPeople, type PeoplePort } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import { Icon } from '../shapes/Icon.tsx';
import { attempt, toast } from '../toast.tsx';
import { common, listNames } from '../words.ts';
import { peopleTrouble, request as requestWords, stopped as words } from './peopleWords.ts';
import { VerifyDialog } from './VerifyDialog.tsx';
import '../styles/account.css';

/** What stands where one writes, while nothing can be written: a request, or what stops sending. */
export function ComposerPlace({
  view,
  room,
  onGone,
  onOpen,
}: {
  view: EngineView;
  room: RoomView;
  /** The room went from this device by the person here. */
  onGone: () => void;
  /** Another conversation is to be shown, and to have the focus. */
  onOpen?: ((roomId: RoomId) => void) | undefined;
}) {
  const { port } = view;
  if (!offersPeople(port)) return null;
  if (room.request !== undefined) return <Request port={port} room={room} onGone={onGone} />;
  if (room.sendingBlocked?.why === 'keys-changed') return <KeysChanged port={port} room={room} />;
  return <Stopped port={port} room={room} onOpen={onOpen} />;
}

function Request({ port, room, onGone }: { port: PeoplePort; room: RoomView; onGone: () => void }) {
  const [busy, setBusy] = useState(false);
  const name = room.request?.fromName || common.someone;
  const handle = room.request?.handle;

  async function answer(intent: Promise<void>, said: string | undefined): Promise<void> {
    setBusy(true);
    const done = await attempt(intent, peopleTrouble);
    setBusy(false);
    if (!done || said === undefined) return;
    toast(said);
    onGone();
  }

  return (
    <section class="composer-place" aria-label={requestWords.title(name, handle)}>
      <div class="composer-place-words">
        <h2 class="strong">{requestWords.title(name, handle)}</h2>
        <p class="small">{requestWords.text}</p>
        <p class="small muted">{requestWords.stranger}</p>
      </div>
      <div class="composer-place-actions">
        <button
          type="button"
          class="button danger"
          disabled={busy}
          onClick={() => answer(port.declineRequest(room.roomId, { block: true }), requestWords.blocked)}
        >
          {requestWords.block}
        </button>
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() => answer(port.declineRequest(room.roomId, { block: false }), requestWords.declined)}
        >
          {requestWords.decline}
        </button>
        <button
          type="button"
          class="button primary"
          disabled={busy}
          onClick={() => answer(port.acceptRequest(room.roomId), undefined)}
        >
          {requestWords.accept}
        </button>
      </div>
    </section>
  );
}

function blockedBy(room: RoomView): readonly Person[] {
  const ids = room.sendingBlocked?.accountIds ?? [];
  return peopleOf(room.members).filter(({ accountId, self }) => !self && ids.includes(accountId));
}

/** Sending stopped because somebody has other keys than before: it says what that means, and one decides. */
function KeysChanged({ port, room }: { port: PeoplePort; room: RoomView }) {
  const [deciding, setDeciding] = useState(false);
  const left = room.sendingBlocked?.left === true && !deciding;
  const [verifying, setVerifying] = useState(false);
  const [busy, setBusy] = useState(false);
  const people = blockedBy(room);
  const ids = room.sendingBlocked?.accountIds ?? [];
  const names = listNames(people.map(({ name }) => name || common.someone)) || common.someone;
  const first = people[0] ?? counterpart(room);

  async function goOn(): Promise<void> {
    setBusy(true);
    const all = Promise.all(ids.map(accountId => port.acceptNewKeys(accountId)));
    if (await attempt(all, peopleTrouble)) announce(words.accepted(names));
    setBusy(false);
  }

  async function leaveIt(): Promise<void> {
    setDeciding(false);
    await attempt(Promise.all(ids.map(accountId => port.leaveNewKeys(accountId))), peopleTrouble);
  }

  if (left)
    return (
      <section class="composer-place slim" aria-label={words.changedTitle(names)}>
        <p class="secure warn">
          <Icon name="warn" />
          {words.left}
        </p>
        <button type="button" class="button slim" onClick={() => setDeciding(true)}>
          {words.decide}
        </button>
      </section>
    );
  return (
    <section class="composer-place warn" aria-label={words.changedTitle(names)}>
      <div class="composer-place-words" role="alert">
        <h2 class="strong secure warn">
          <Icon name="warn" />
          {words.changedTitle(names)}
        </h2>
        <p class="small">{words.changedText}</p>
      </div>
      <div class="composer-place-actions">
        <button type="button" class="button quiet" onClick={leaveIt}>
          {words.leave}
        </button>
        <button type="button" class="button" disabled={busy} aria-busy={busy} onClick={goOn}>
          {words.anyway}
        </button>
        {first !== undefined && (
          <button type="button" class="button primary" onClick={() => setVerifying(true)}>
            {words.again}
          </button>
        )}
      </div>
      {verifying && first !== undefined && (
        <VerifyDialog port={port} person={namedPerson(first)} onClose={() => setVerifying(false)} />
      )}
    </section>
  );
}

function Stopped({
  port,
  room,
  onOpen,
}: {
  port: PeoplePort;
  room: RoomView;
  onOpen: ((roomId: RoomId) => void) | undefined;
}) {
  const [verifying, setVerifying] = useState(false);
  const people = blockedBy(room);
  const first = people[0] ?? counterpart(room);
  const why = room.sendingBlocked?.why;
  const name = first?.name || common.someone;
  return (
    <section class="composer-place slim">
      <p class="small muted">
        {why === 'blocked' && words.blocked(name)}
        {why === 'announcements' && words.announcements}
        {why === 'goes-on-elsewhere' && words.elsewhere}
        {why === 'keys-replaced' && words.replaced(name)}
        {why === 'request' && words.request}
        {why === 'not-verified' && (
          <>
            {words.notVerified(listNames(people.map(each => each.name || common.someone)) || name)}{' '}
            {words.settings}
          </>
        )}
      </p>
      {why === 'blocked' && first !== undefined && (
        <button
          type="button"
          class="button slim"
          onClick={() => attempt(port.unblock(first.accountId), peopleTrouble)}
        >
          {words.unblock}
        </button>
      )}
      {(why === 'goes-on-elsewhere' || why === 'keys-replaced') && onOpen !== undefined && (
        <GoOn port={port} room={room} name={name} onOpen={onOpen} />
      )}
      {why === 'not-verified' && first !== undefined && (
        <button type="button" class="button slim primary" onClick={() => setVerifying(true)}>
          {verifyWho(first, people)}
        </button>
      )}
      {verifying && first !== undefined && (
        <VerifyDialog port={port} person={namedPerson(first)} onClose={() => setVerifying(false)} />
      )}
    </section>
  );
}

/** The way to where the conversation goes on, which with new keys may have to be made first. */
function GoOn(props: { port: PeoplePort; room: RoomView; name: string; onOpen: (roomId: RoomId) => void }) {
  const { port, name, onOpen } = props;
  const [busy, setBusy] = useState(false);
  const { roomId, accountIds = [] } = props.room.sendingBlocked ?? {};
  const [accountId] = accountIds;
  if (roomId !== undefined)
    return (
      <button type="button" class="button slim primary" onClick={() => onOpen(roomId)}>
        {words.go}
      </button>
    );
  if (accountId === undefined) return null;

  async function begin(other: Person['accountId']): Promise<void> {
    setBusy(true);
    const begun = port.startDirect({ accountId: other }).then(({ roomId: made }) => onOpen(made));
    await attempt(begun, peopleTrouble);
    setBusy(false);
  }

  return (
    <button
      type="button"
      class="button slim primary"
      disabled={busy}
      aria-busy={busy}
      onClick={() => begin(accountId)}
    >
      {words.writeAnew(name)}
    </button>
  );
}

function verifyWho(first: Person, people: readonly Person[]): string {
  return people.length > 1 ? words.verifyWho(first.name || common.someone) : words.verify;
}

function namedPerson({ accountId, name }: Person) {
  return { accountId, name: name || common.someone };
}
