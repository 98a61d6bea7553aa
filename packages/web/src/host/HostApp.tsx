import type { RoomId } from '@sotto/client';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { Announcer } from '../announcer.tsx';
import { useAttention } from '../attention.ts';
import { ConnectionBar } from '../conversation/ConnectionBar.tsx';
import type { LogGoal } from '../conversation/logGoal.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { HistorySection } from '../history/HistorySection.tsx';
import { canLock, useLockHabits } from '../lock/lockHabits.ts';
import { SecuritySection } from '../lock/SecuritySection.tsx';
import { UnlockScreen } from '../lock/UnlockScreen.tsx';
import { useMedia } from '../media.ts';
import { SettingsFields } from '../SettingsFields.tsx';
import { Brand } from '../shapes/Brand.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt, Toasts } from '../toast.tsx';
import { connection, invite, settings, rooms as words } from '../words.ts';
import { HostRoom } from './HostRoom.tsx';
import type { HostInfo } from './hostAddresses.ts';
import { optionsOf, SAFE_CHOICES } from './inviteChoices.ts';
import { usePlace } from './place.ts';
import { Rail } from './Rail.tsx';
import { Start } from './Start.tsx';
import { Switcher } from './Switcher.tsx';
import { useAddresses } from './useAddresses.ts';

/** Below this the list and the room take turns (host.css). */
const ONE_COLUMN = '(max-width: 759px)';

interface HostAppProps {
  readonly view: EngineView;
  readonly fetchInfo: () => Promise<HostInfo>;
}

/** The host's window. While the device is locked, nothing of what it shows otherwise stands. */
export function HostApp(props: HostAppProps) {
  const locked = useEngineState(props.view)?.lock.state === 'locked';
  return (
    <>
      {locked ? <UnlockScreen view={props.view} guest={false} /> : <Unlocked {...props} />}
      <Toasts key={`toasts ${locked}`} />
    </>
  );
}

/** The start screen, then the list of rooms with one of them open. */
function Unlocked({ view, fetchInfo }: HostAppProps) {
  const state = useEngineState(view);
  const addresses = useAddresses(fetchInfo);
  const place = usePlace();
  const oneColumn = useMedia(ONE_COLUMN);
  const [starting, setStarting] = useState(false);
  const [goal, setGoal] = useState<LogGoal | undefined>(undefined);
  const [dialog, setDialog] = useState<'settings' | 'switcher' | undefined>(undefined);

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

  const stopped = state?.connection.state === 'stopped';
  // Until the engine knows who this device is, it has not read its store yet.
  if (state === undefined || (state.self === undefined && !stopped)) return <Splash />;
  if (state.self === undefined) return <CannotOpen />;
  const lockNow = canLock(state.lock) ? () => void attempt(view.port.lock()) : undefined;
  return (
    <>
      {rooms.length === 0 ? (
        <>
          {stopped && <ConnectionBar view={view} connection={state.connection} />}
          <Start
            mayHost={state.mayHost !== false}
            starting={starting}
            onStart={start}
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
              open(roomId);
            }}
            onFound={found => {
              setGoal({ ...found });
              open(found.roomId);
            }}
            onStart={start}
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
            />
          )}
        </div>
      )}
      {dialog === 'settings' && (
        <Dialog title={settings.title} cross onClose={() => setDialog(undefined)}>
          <SettingsFields />
          <HistorySection view={view} rooms={rooms} imports />
          <SecuritySection view={view} />
        </Dialog>
      )}
      {dialog === 'switcher' && (
        <Switcher
          rooms={rooms}
          onClose={() => setDialog(undefined)}
          onGo={roomId => {
            setDialog(undefined);
            open(roomId);
          }}
        />
      )}
      <Announcer />
    </>
  );
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
