import type { EnginePort, EngineState, RoomId } from '@sotto/client';
import type { KeptGuest } from '@sotto/client/window';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Announcer } from '../announcer.tsx';
import { roomName } from '../conversation/roomName.ts';
import { DoorScreen } from '../door/DoorScreen.tsx';
import { GuestChat, UnlockScreen } from '../door/GuestChat.tsx';
import { keptLead, OPEN_AT_ONCE } from '../door/KeptScreen.tsx';
import { Refused } from '../door/Refused.tsx';
import { EngineView, useEngineState } from '../engineView.ts';
import { useLoaded } from '../shapes/loaded.ts';
import { attempt, Toasts } from '../toast.tsx';
import { pastMoment } from '../when.ts';
import { common, type DoorFailure, keeping as words } from '../words.ts';

/** What the page touches of the world; the gallery gives it another one. */
export interface KeptServices {
  /** The latest first. */
  readonly kept: readonly KeptGuest[];
  openEngine(storeName: string): Promise<EnginePort>;
  /** Takes everything that this tab's guest kept off the browser. */
  forgetGuest(): Promise<void>;
}

/** Draws the kept chats in place of the page. */
export function showKept(services: KeptServices): void {
  render(<KeptApp services={services} />, document.getElementById('page')!);
}

/** The chats that guests keep in this browser: which one, its lock, and the chat. */
export function KeptApp({ services }: { services: KeptServices }) {
  const { kept } = services;
  const [storeName, setStoreName] = useState(() => placeOf(kept));
  const [view, setView] = useState<EngineView | undefined>(undefined);
  const [failure, setFailure] = useState<DoorFailure | undefined>(undefined);

  useEffect(() => {
    if (storeName === undefined) return;
    // A reload comes back to it; the name says nothing.
    history.replaceState({ sottoKept: storeName }, '', location.pathname);
    services.openEngine(storeName).then(
      port => setView(new EngineView(port)),
      () => setFailure('storage'),
    );
  }, [storeName]);

  function gone(how: 'left' | 'erased'): void {
    setFailure(how);
    history.replaceState(null, '');
    // The keys are overwritten, not only forgotten.
    void view?.port
      .eraseDevice()
      .catch(() => undefined)
      .then(() => view.close())
      .then(services.forgetGuest);
  }

  return (
    <>
      {draw()}
      <Toasts />
      <Announcer />
    </>
  );

  function draw() {
    if (failure !== undefined)
      return <Refused reason={failure} name={undefined} onAgain={() => location.reload()} />;
    if (storeName === undefined) return <Choose kept={kept} onChoose={setStoreName} />;
    if (view === undefined) return <p class="door muted">{common.loading}</p>;
    return <KeptChat view={view} onGone={gone} />;
  }
}

function Choose(props: { kept: readonly KeptGuest[]; onChoose: (storeName: string) => void }) {
  const { kept } = props;
  return (
    <DoorScreen title={words.welcome} lead={<p class="muted door-lead">{keptLead(kept.length)}</p>}>
      <div class="stack tight">
        {kept.map(({ storeName, keptAtMs }, i) => (
          <button
            key={storeName}
            type="button"
            class={`button tall ${i === 0 ? 'primary' : ''}`}
            onClick={() => props.onChoose(storeName)}
          >
            {kept.length === 1 ? words.open : words.openOf(pastMoment(keptAtMs, Date.now()))}
          </button>
        ))}
      </div>
    </DoorScreen>
  );
}

/** A guest who has made an account has all that belongs to one. */
const loadWindow = () => import('../host/elsewhere.tsx');

function nothingElse(): void {
  // The person was told that it could not be loaded.
}

function KeptChat({ view, onGone }: { view: EngineView; onGone: (how: 'left' | 'erased') => void }) {
  const state = useEngineState(view);
  const [chosen, setChosen] = useState<RoomId | undefined>(undefined);
  const rooms = state?.rooms ?? [];
  const roomId = chosen ?? (rooms.length === 1 ? rooms[0]?.roomId : undefined);
  const room = rooms.find(one => one.roomId === roomId);
  // Stays the same when the room goes, or is locked away.
  useEffect(() => {
    if (roomId !== undefined) setChosen(roomId);
  }, [roomId]);

  const hadAccount = state?.account !== undefined || state?.deletedAccount !== undefined;
  const window = useLoaded(hadAccount, loadWindow, nothingElse);

  if (hadAccount)
    return window === undefined ? (
      <p class="door muted">{common.loading}</p>
    ) : (
      <window.AccountWindow view={view} kept />
    );
  if (roomId !== undefined)
    return (
      <GuestChat
        view={view}
        roomId={roomId}
        host={room?.members.find(({ role }) => role === 'owner')?.name || common.yourHost}
        link={undefined}
        onKept={() => undefined}
        onInside={() => undefined}
        onRefused={reason => onRefused(view, roomId, reason, onGone)}
        onGone={how => {
          // With another chat in the same store, only this one is gone.
          if ((view.state?.rooms ?? []).length === 0) onGone(how);
          else setChosen(undefined);
        }}
      />
    );
  if (state === undefined) return <p class="door muted">{common.loading}</p>;
  if (state.lock.state === 'locked') return <UnlockScreen view={view} guest />;
  if (!hasOpened(state)) return <p class="door muted">{common.loading}</p>;
  if (rooms.length === 0) return <Refused reason="missing" name={undefined} onAgain={() => undefined} />;
  return (
    <DoorScreen title={words.choose}>
      <div class="stack tight">
        {rooms.map(one => (
          <button key={one.roomId} type="button" class="button tall" onClick={() => setChosen(one.roomId)}>
            <bdi class="one-line">{roomName(one)}</bdi>
          </button>
        ))}
      </div>
    </DoorScreen>
  );
}

function hasOpened(state: EngineState): boolean {
  return state.self !== undefined;
}

/** Refused while it was away: there is nothing to keep. */
function onRefused(
  view: EngineView,
  roomId: RoomId,
  _reason: DoorFailure | 'wrong-password',
  onGone: (how: 'left' | 'erased') => void,
): void {
  void attempt(view.port.leaveAndErase(roomId)).then(done => done && onGone('left'));
}

/** The chat that this page is about already, or the only one when the way here said to open it. */
function placeOf(kept: readonly KeptGuest[]): string | undefined {
  const { sottoKept } = Object(history.state) as { readonly sottoKept?: unknown };
  const only = kept.length === 1 && location.hash === OPEN_AT_ONCE ? kept[0] : undefined;
  return (kept.find(({ storeName }) => storeName === sottoKept) ?? only)?.storeName;
}
