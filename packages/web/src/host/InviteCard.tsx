import type { InviteView, RoomView } from '@sotto/client';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { askForNotifications, notificationPermission } from '../attention.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { NAME_BYTES, sizeBytes, TITLE_BYTES } from '../limits.ts';
import { useNow } from '../now.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { focusIfLost } from '../shapes/focus.ts';
import { Icon } from '../shapes/Icon.tsx';
import { QrCode } from '../shapes/QrCode.tsx';
import { Select } from '../shapes/Select.tsx';
import { attempt } from '../toast.tsx';
import { moment } from '../when.ts';
import { AddressChoice } from './AddressChoice.tsx';
import { generatePassword, LIFETIMES_MS, SAFE_CHOICES, SEATS } from './inviteChoices.ts';
import { invite as words } from './inviteWords.ts';
import type { Addresses } from './useAddresses.ts';
import { giveAway, type ShownInvite, useInvite } from './useInvite.ts';

/** The link first, large and ready to copy; everything that can be chosen about it after. */
export function InviteCard(props: {
  view: EngineView;
  room: RoomView;
  addresses: Addresses;
  title: string;
  inDialog: boolean;
  /** Makes a further link at once, with the safe choices. */
  fresh?: boolean;
}) {
  const { view, room, addresses } = props;
  const shown = useInvite(view, room);
  // Once, when the card opens: that is what the button that opened it said.
  useEffect(() => {
    if (props.fresh) shown.further(SAFE_CHOICES);
  }, []);
  const { invite } = shown;
  const open = invite?.status === 'open';
  const origin = addresses.chosen?.origin ?? location.origin;
  return (
    <section class={props.inDialog ? 'invite' : 'invite card'} aria-busy={shown.making}>
      <div>
        {!props.inDialog && (
          <h2 class="invite-title" tabIndex={-1} ref={focusIfLost}>
            {open || shown.making ? props.title : words.noLink}
          </h2>
        )}
        <p class="muted">{open ? lead(shown) : words.noLinkLead}</p>
      </div>
      {open && <LinkRow invite={invite} link={origin + invite.pathAndFragment} />}
      {open && <OwnName view={view} onChanged={() => shown.change({})} />}
      {shown.feedback !== undefined && (
        <p class="invite-feedback small">
          <Icon name="check" tiny />
          <span>{shown.feedback}</span>
        </p>
      )}
      {!open && (
        <div>
          <button
            type="button"
            class="button primary"
            disabled={shown.making}
            onClick={() => shown.further({})}
          >
            {shown.making ? words.making : words.newLink}
          </button>
        </div>
      )}
      {open && (
        <div class="invite-columns">
          <QrCode text={origin + invite.pathAndFragment} label={words.qr} />
          <div class="stack">
            <AddressChoice addresses={addresses} />
            <LinkChoices shown={shown} />
            <Folded view={view} room={room} shown={shown} />
          </div>
        </div>
      )}
      {open && <Foot invite={invite} shown={shown} />}
    </section>
  );
}

/** Who can come in by it, in a sentence. */
function lead({ choices }: ShownInvite): string {
  const who = choices.approval ? words.whoAsks : words.whoOpen;
  return choices.password === '' ? who : `${who} ${words.withPassword}`;
}

function LinkRow({ invite, link }: { invite: InviteView; link: string }) {
  const field = useRef<HTMLInputElement>(null);
  const canShare = typeof navigator.share === 'function';
  return (
    <div class="link-row">
      <input
        ref={field}
        class="input mono"
        readOnly
        // Browsers write fields down for a restored session, also those that nobody typed into.
        autocomplete="off"
        aria-label={words.link}
        value={link}
        dir="ltr"
        spellcheck={false}
        onFocus={({ currentTarget }) => {
          currentTarget.select();
          // Selecting shows the end; whose address it is stands at the start.
          requestAnimationFrame(() => {
            currentTarget.scrollLeft = 0;
          });
        }}
      />
      <CopyButton
        text={link}
        label={words.copy}
        class="primary"
        onCopied={() => giveAway(invite.token)}
        onRefused={() => {
          giveAway(invite.token);
          field.current?.focus();
        }}
      />
      {canShare && (
        <button
          type="button"
          class="button"
          onClick={() => {
            giveAway(invite.token);
            // Closing the system's sheet without sharing is no failure.
            navigator.share({ title: words.shareTitle, url: link }).catch(() => undefined);
          }}
        >
          {words.share}
        </button>
      )}
    </div>
  );
}

function LinkChoices({ shown }: { shown: ShownInvite }) {
  const { choices } = shown;
  const seats = (SEATS as readonly number[]).includes(choices.maxUses) ? SEATS : [...SEATS, choices.maxUses];
  return (
    <div class="row choices">
      <Select
        label={words.expires}
        value={choices.lifetimeMs}
        options={LIFETIMES_MS.map(ms => [ms as number, words.lifetimes[ms] ?? ''] as const)}
        onChange={lifetimeMs => shown.change({ lifetimeMs })}
      />
      <Select
        label={words.whoCanJoin}
        value={choices.maxUses}
        options={seats.map(count => [count, words.seats[count] ?? words.upTo(count)] as const)}
        onChange={maxUses => shown.change({ maxUses })}
      />
    </div>
  );
}

function Folded({ view, room, shown }: { view: EngineView; room: RoomView; shown: ShownInvite }) {
  const { choices } = shown;
  const [password, setPassword] = useState<string | undefined>(undefined);
  const passwordId = useId();
  const written = password ?? choices.password;

  function commitPassword(value: string): void {
    setPassword(undefined);
    const chosen = value.trim();
    if (chosen !== choices.password) shown.change({ password: chosen });
  }

  return (
    <details class="folded">
      <summary>
        <Icon name="right" />
        {words.more}
      </summary>
      <div class="stack folded-body">
        <ChatName view={view} room={room} onChanged={() => shown.change({})} />
        <div class="field">
          <label for={passwordId}>{words.password}</label>
          <div class="row">
            <input
              id={passwordId}
              class="input mono grow"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              value={written}
              onInput={event => setPassword(event.currentTarget.value)}
              onChange={event => commitPassword(event.currentTarget.value)}
            />
            <button
              type="button"
              class="button"
              onClick={() =>
                commitPassword(generatePassword(length => crypto.getRandomValues(new Uint8Array(length))))
              }
            >
              {words.generate}
            </button>
          </div>
          <p class="small muted">{words.passwordHint}</p>
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={choices.approval}
            aria-label={words.ask}
            onChange={event => shown.change({ approval: event.currentTarget.checked })}
          />
          <span>{words.ask}</span>
          <span class="small muted">{words.askHint}</span>
        </label>
        <div class="field">
          <div>
            <button
              type="button"
              class="button"
              disabled={shown.making}
              onClick={() => shown.further({ maxUses: 1 })}
            >
              {words.perPersonButton}
            </button>
          </div>
          <p class="small muted">{words.perPersonHint}</p>
        </div>
      </div>
    </details>
  );
}

/** The inviter's name as the door will show it: kept for next time, told to the room, part of the link made after it. */
function OwnName({ view, onChanged }: { view: EngineView; onChanged: () => void }) {
  const known = useEngineState(view)?.self?.name;
  const name = known === undefined || known === words.defaultName ? '' : known;
  const [editing, setEditing] = useState(false);
  const [mistake, setMistake] = useState(false);
  const id = useId();

  async function commit(value: string): Promise<void> {
    const chosen = value.trim();
    const tooLong = sizeBytes(chosen) > NAME_BYTES;
    setMistake(tooLong);
    if (tooLong) return;
    setEditing(false);
    if (chosen === name || !(await attempt(view.port.setName(chosen || words.defaultName)))) return;
    onChanged();
  }

  if (!editing)
    return (
      <p class="small muted own-name">
        {words.nameSeen(name || words.defaultName)}{' '}
        <button type="button" class="text-button" onClick={() => setEditing(true)}>
          {words.changeName}
        </button>
      </p>
    );
  return (
    <form
      class="field"
      onSubmit={event => {
        event.preventDefault();
        void commit(new FormData(event.currentTarget).get('name')?.toString() ?? '');
      }}
    >
      <label for={id}>{words.yourName}</label>
      <div class="row">
        <input
          id={id}
          name="name"
          class="input grow"
          dir="auto"
          autocomplete="off"
          placeholder={words.defaultName}
          defaultValue={name}
          aria-invalid={mistake}
          ref={focusOnce}
          onKeyDown={event => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            setEditing(false);
          }}
        />
        <button type="submit" class="button">
          {words.saveName}
        </button>
      </div>
      {mistake && <p class="mistake">{words.nameTooLong}</p>}
    </form>
  );
}

const focused = new WeakSet<HTMLInputElement>();

function focusOnce(element: HTMLInputElement | null): void {
  if (element === null || focused.has(element)) return;
  focused.add(element);
  // All of it is selected: whoever changes a name writes another.
  element.focus();
  element.select();
}

function ChatName({ view, room, onChanged }: { view: EngineView; room: RoomView; onChanged: () => void }) {
  const [mistake, setMistake] = useState(false);
  const id = useId();
  async function commit(value: string): Promise<void> {
    const title = value.trim();
    const tooLong = sizeBytes(title) > TITLE_BYTES;
    setMistake(tooLong);
    if (tooLong || title === room.title) return;
    if (await attempt(view.port.setTitle(room.roomId, title))) onChanged();
  }
  return (
    <div class="field">
      <label for={id}>{words.chatName}</label>
      <input
        id={id}
        class="input"
        dir="auto"
        autocomplete="off"
        defaultValue={room.title}
        aria-invalid={mistake}
        onChange={event => commit(event.currentTarget.value)}
      />
      <p class={mistake ? 'mistake' : 'small muted'}>{mistake ? words.nameTooLong : words.chatNameHint}</p>
    </div>
  );
}

/** When it ends, how many came, and a way to stop it. */
function Foot({ invite, shown }: { invite: InviteView; shown: ShownInvite }) {
  const nowMs = useNow();
  return (
    <div class="invite-foot">
      <p class="small muted grow">
        {shown.making
          ? words.making
          : `${words.ends(moment(invite.expiresAtMs, nowMs))} · ${words.used(invite.uses, invite.maxUses)}`}
      </p>
      <button type="button" class="button slim danger" disabled={shown.making} onClick={shown.revoke}>
        {words.revoke}
      </button>
    </div>
  );
}

/** Under the card: that the window must stay open, and an offer to be called when someone knocks. */
export function KeepOpenHint() {
  const [permission, setPermission] = useState(notificationPermission);
  return (
    <p class="small muted keep-open">
      {words.notifyHint}{' '}
      {permission === 'default' && (
        <button
          type="button"
          class="text-button"
          onClick={async () => setPermission(await askForNotifications())}
        >
          {words.notify}
        </button>
      )}
    </p>
  );
}
