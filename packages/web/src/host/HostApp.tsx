import type { RoomId } from '@sotto/client';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { Announcer } from '../announcer.tsx';
import { useAttention } from '../attention.ts';
import { ConnectionBar } from '../conversation/ConnectionBar.tsx';
import type { LogGoal } from '../conversation/logGoal.ts';
import { offersAccounts, offersPeople } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { HistorySection } from '../history/HistorySection.tsx';
import { canLock, useLockHabits } from '../lock/lockHabits.ts';
import { SecuritySection } from '../lock/SecuritySection.tsx';
import { UnlockScreen } from '../lock/UnlockScreen.tsx';
import { useMedia } from '../media.ts';
import { SettingsFields } from '../SettingsFields.tsx';
import { Brand } from '../shapes/Brand.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { attempt, Toasts } from '../toast.tsx';
import { connection, settings, rooms as words } from '../words.ts';
import { HostRoom } from './HostRoom.tsx';
import type { HostInfo } from './hostAddresses.ts';
import { optionsOf, SAFE_CHOICES } from './inviteChoices.ts';
import { invite } from './inviteWords.ts';
import { usePlace } from './place.ts';
import { Rail } from './Rail.tsx';
import { Start } from './Start.tsx';
import { Switcher } from './Switcher.tsx';
import { useAddresses } from './useAddresses.ts';

/** What few open, and nobody at once. */
const loadAccount = () => import('../account/AccountSection.tsx');
const loadCreate = () => import('../account/CreateAccount.tsx');
const loadSignIn = () => import('../account/SignIn.tsx');
const loadNew = () => import('../people/NewConversationDialog.tsx');

/** Below this the list and the room take turns (host.css). */
const ONE_COLUMN = '(max-width: 759px)';

interface HostAppProps {
  readonly view: EngineView;
  readonly fetchInfo: () => Promise<HostInfo>;
  /** At an address that others reach: chats by link are for those whom the server lets host. */
  readonly elsewhere?: boolean;
  /** What is open from the beginning. */
  readonly opens?: 'create' | 'sign-in' | undefined;
  /** The store is that of a guest who has made an account since. */
  readonly kept?: boolean;
}

/** The host's window. While the device is locked, nothing of what it shows otherwise stands. */
export function HostApp(props: HostAppProps) {
  const locked = useEngineState(props.view)?.lock.state === 'locked';
  return (
    <>
      {locked ? <UnlockScreen view={props.view} guest={props.kept === true} /> : <Unlocked {...props} />}
      <Toasts key={`toasts ${locked}`} />
    </>
  );
}

/** The start screen, then the list of rooms with one of them open. */
function Unlocked({ view, fetchInfo, elsewhere = false, opens, kept = false }: HostAppProps) {
  const state = useEngineState(view);
  const addresses = useAddresses(fetchInfo);
  const place = usePlace();
  const oneColumn = useMedia(ONE_COLUMN);
  const [starting, setStarting] = useState(false);
  const [goal, setGoal] = useState<LogGoal | undefined>(undefined);
  /** Come to from within another, where what had the focus is gone. */
  const [arrived, setArrived] = useState<RoomId | undefined>(undefined);
  const [dialog, setDialog] = useState<Opened | undefined>(opens);
  const close = (): void => setDialog(undefined);
  /** What was opened since stays. */
  const signedIn = (): void => setDialog(now => (now === 'sign-in' ? undefined : now));
  const settled = useLoaded(dialog === 'settings', loadAccount, noSections);
  const creating = useLoaded(dialog === 'create', loadCreate, close);
  const signing = useLoaded(dialog === 'sign-in', loadSignIn, close);
  const beginning = useLoaded(dialog === 'new', loadNew, close);
  const { port } = view;

  const rooms = state?.rooms ?? [];
  const selected = rooms.find(({ roomId }) => roomId === place.roomId) ?? (oneColumn ? undefined : rooms[0]);
  const waiting = rooms.reduce((sum, room) => sum + room.knocks.length + room.unread, 0);

  const { open: openPlace } = place;
  const open = useCallback(
    (roomId: RoomId) => openPlace(roomId, matchMedia(ONE_COLUMN).matches),
    [openPlace],
  );
  useAttention(view, waiting, open);
  useLockHabits(view, state?.lock);
  useEffect(() => {
    if (offersAccounts(port)) port.askRegistration().catch(() => undefined);
  }, [port]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        !(event.ctrlKey || event.metaKey) ||
        event.key.toLowerCase() !== 'k' ||
        event.altKey ||
        event.shiftKey
      )
        return;
      if ((view.state?.rooms.length ?? 0) < 2) return;
      event.preventDefault();
      setDialog('switcher');
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [view]);

  async function start(): Promise<void> {
    setStarting(true);
    await attempt(
      (async () => {
        if (!view.state?.self?.name) await view.port.setName(invite.defaultName);
        const { roomId } = await view.port.startRoom({ title: '', invite: optionsOf(SAFE_CHOICES) });
        open(roomId);
      })(),
    );
    setStarting(false);
  }

  const hasAccount = state?.account !== undefined;
  useEffect(() => {
    // The engine opens anew as a device of the account, and the dialog that led to it has nothing to do any more.
    if (hasAccount) signedIn();
  }, [hasAccount]);

  const stopped = state?.connection.state === 'stopped';
  // Until the engine knows who this device is, it has not read its store yet.
  if (state === undefined || (state.self === undefined && !stopped)) return <Splash />;
  if (state.self === undefined) return <CannotOpen />;
  const mayHost = elsewhere ? state.mayHost === true : state.mayHost !== false;
  // A device that is nobody's yet has no session here, and needs none to become somebody's.
  const unknownHere = elsewhere && state.account === undefined;
  // Without an account there is one way to begin, and it asks nothing.
  const begin =
    state.account !== undefined && offersPeople(port) ? () => setDialog('new') : mayHost ? start : undefined;
  const lockNow = canLock(state.lock) ? () => void attempt(view.port.lock()) : undefined;
  return (
    <>
      {rooms.length === 0 ? (
        <>
          {stopped && !unknownHere && <ConnectionBar view={view} connection={state.connection} />}
          <Start
            mayHost={mayHost}
            starting={starting}
            onStart={start}
            handle={state.account?.handle}
            deleted={state.deletedAccount}
            registration={state.account === undefined ? state.registration : undefined}
            onNew={state.account === undefined ? undefined : begin}
            onCreateAccount={() => setDialog('create')}
            onSignIn={() => setDialog('sign-in')}
            onLock={lockNow}
            onSettings={() => setDialog('settings')}
          />
        </>
      ) : (
        <div class={`host ${selected === undefined ? 'on-list' : 'on-room'}`}>
          <Rail
            view={view}
            rooms={rooms}
            selected={selected?.roomId}
            starting={starting}
            alone={oneColumn && selected === undefined}
            onSelect={roomId => {
              setGoal(undefined);
              setArrived(undefined);
              open(roomId);
            }}
            onFound={found => {
              setGoal({ ...found });
              setArrived(undefined);
              open(found.roomId);
            }}
            onStart={begin}
            onLock={lockNow}
            onSettings={() => setDialog('settings')}
          />
          {selected === undefined ? (
            <p class="host-none muted">{words.none}</p>
          ) : (
            <HostRoom
              key={selected.roomId}
              view={view}
              room={selected}
              addresses={addresses}
              goal={goal?.roomId === selected.roomId ? goal : undefined}
              searchedElsewhere={!oneColumn}
              onBack={oneColumn ? place.leave : undefined}
              onGone={place.leave}
              onOpen={roomId => {
                setGoal(undefined);
                setArrived(roomId);
                open(roomId);
              }}
              takesFocus={arrived === selected.roomId}
            />
          )}
        </div>
      )}
      {dialog === 'settings' && (
        <Dialog title={settings.title} cross onClose={close}>
          <SettingsFields />
          {settled !== undefined && (
            <settled.AccountSection
              view={view}
              guest={kept}
              origin={addresses.chosen?.origin ?? location.origin}
            />
          )}
          <HistorySection view={view} rooms={rooms} imports />
          <SecuritySection view={view} />
        </Dialog>
      )}
      {dialog === 'switcher' && (
        <Switcher
          port={view.port}
          rooms={rooms}
          onClose={close}
          onGo={roomId => {
            setDialog(undefined);
            open(roomId);
          }}
        />
      )}
      {dialog === 'create' && creating !== undefined && offersAccounts(port) && (
        <creating.CreateAccountDialog view={view} port={port} onDone={close} onCancel={close} />
      )}
      {dialog === 'sign-in' && signing !== undefined && offersAccounts(port) && (
        <signing.SignInDialog view={view} port={port} onDone={signedIn} onCancel={close} />
      )}
      {dialog === 'new' && beginning !== undefined && offersPeople(port) && (
        <beginning.NewConversationDialog
          view={view}
          port={port}
          onLink={mayHost ? start : undefined}
          onOpen={open}
          onClose={close}
        />
      )}
      <Announcer />
    </>
  );
}

type Opened = 'settings' | 'switcher' | 'create' | 'sign-in' | 'new';

/** The settings stand without the sections that could not be loaded. */
function noSections(): void {
  // The person was told.
}

/** Between the page and the first word of the engine; seen only when that takes long. */
export function Splash() {
  return (
    <main class="splash" aria-busy="true">
      <h1>
        <Brand />
      </h1>
    </main>
  );
}

/** When the engine cannot be opened at all. */
export function CannotOpen() {
  return (
    <main class="splash">
      <h1>
        <Brand />
      </h1>
      <p>{connection.stopped['storage-failed']}</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        {connection.reload}
      </button>
    </main>
  );
}
