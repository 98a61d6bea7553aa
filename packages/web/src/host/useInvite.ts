import type { InviteView, RoomView } from '@sotto/client';
import { useRef, useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import type { EngineView } from '../engineView.ts';
import { whenLocked } from '../lock/forgetShown.ts';
import { attempt } from '../toast.tsx';
import {
  type Choices,
  choicesOf,
  type InviteToken,
  isInUse,
  newestOpen,
  optionsOf,
  SAFE_CHOICES,
} from './inviteChoices.ts';
import { invite as words } from './inviteWords.ts';

/** Links that were copied or shared from this window, and the passwords it made links with. In memory only. */
const givenAway = new Set<InviteToken>();
const passwords = new Map<InviteToken, string>();
whenLocked(() => passwords.clear());

/** Notes that a link may now be in someone's hands. */
export function giveAway(token: InviteToken): void {
  givenAway.add(token);
}

/** The link that a card shows, and what can be done with it. */
export interface ShownInvite {
  /** Undefined when no link is open and none was looked at. */
  readonly invite: InviteView | undefined;
  readonly choices: Choices;
  readonly making: boolean;
  /** What the last change did, for the eye. */
  readonly feedback: string | undefined;
  /** Makes a link with other choices; takes the old one back unless someone may have it. */
  change(change: Partial<Choices>): void;
  /** Makes a further link; the others stay. */
  further(change: Partial<Choices>): void;
  revoke(): void;
}

export function useInvite(view: EngineView, room: RoomView): ShownInvite {
  const [pinned, setPinned] = useState<InviteToken | undefined>(() => newestOpen(room.invites)?.token);
  const [wished, setWished] = useState<Choices | undefined>(undefined);
  const [waiting, setWaiting] = useState(0);
  const [feedback, setFeedback] = useState<string | undefined>(undefined);
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  const shown = useRef<InviteToken | undefined>(undefined);

  const invite = room.invites.find(({ token }) => token === pinned) ?? newestOpen(room.invites);
  shown.current = invite?.token;
  const choices =
    wished ?? (invite === undefined ? SAFE_CHOICES : choicesOf(invite, passwords.get(invite.token) ?? ''));

  function say(sentence: string): void {
    setFeedback(sentence);
    announce(sentence);
  }

  function make(change: Partial<Choices>, further: boolean): void {
    const next = { ...choices, ...change };
    setWished(next);
    setWaiting(count => count + 1);
    queue.current = queue.current.then(async () => {
      await attempt(replace(next, further));
      setWaiting(count => count - 1);
      setWished(now => (now === next ? undefined : now));
    });
  }

  async function replace(next: Choices, further: boolean): Promise<void> {
    // Before the new link is there: from then on the newest open link may be the new one.
    const replaced = shown.current;
    const { token } = await view.port.createInvite(room.roomId, optionsOf(next));
    if (next.password !== '') passwords.set(token, next.password);
    const now = view.state?.rooms.find(({ roomId }) => roomId === room.roomId) ?? room;
    const old = now.invites.find(other => other.token === replaced);
    shown.current = token;
    setPinned(token);
    if (further || old === undefined || old.status !== 'open') {
      say(further ? words.further : words.fresh);
      return;
    }
    const keep = isInUse(old, now, givenAway);
    if (!keep) await view.port.revokeInvite(room.roomId, old.token);
    say(keep ? words.changedKept : words.changed);
  }

  return {
    invite,
    choices,
    making: waiting > 0,
    feedback,
    change: change => make(change, false),
    further: change => make(change, true),
    revoke() {
      if (invite === undefined) return;
      setPinned(invite.token);
      void attempt(view.port.revokeInvite(room.roomId, invite.token)).then(
        done => done && say(words.revoked),
      );
    },
  };
}
