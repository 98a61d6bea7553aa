import type { EngineState, RoomView } from '@sotto/client';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useAttention } from '../attention.ts';
import { ConnectionBar } from '../conversation/ConnectionBar.tsx';
import { Conversation } from '../conversation/Conversation.tsx';
import { LeaveDialog } from '../conversation/dialogs.tsx';
import { isLive, wasErased } from '../conversation/roomName.ts';
import { useEngineState, useRoom } from '../engineView.ts';
import { forgetShown } from '../lock/forgetShown.ts';
import { canLock, useLockHabits } from '../lock/lockHabits.ts';
import { SettingsFields } from '../SettingsFields.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { attempt } from '../toast.tsx';
import { followViewport } from '../viewport.ts';
import { common, details, keeping as keepWords, security, settings } from '../words.ts';
import '../styles/conversation.css';
import '../styles/lock.css';
import { Refused } from './Refused.tsx';
import type { GuestChatProps } from './services.ts';
import { Waiting } from './Waiting.tsx';

export { EngineView } from '../engineView.ts';

/** Most guests have no lock. Whoever has one has this at hand, also when the connection goes. */
const loadLock = () => import('../lock/guestLock.ts');

/** All there is to see of a locked chat. What was shown is forgotten before this has come. */
export function UnlockScreen({ view }: { view: GuestChatProps['view']; guest: boolean }) {
  useLayoutEffect(forgetShown, []);
  const lock = useLoaded(true, loadLock, nothingElse);
  if (lock === undefined) return <p class="door muted">{common.loading}</p>;
  return <lock.UnlockScreen view={view} guest />;
}

function nothingElse(): void {
  // The person was told that it could not be loaded.
}

/** A guest who has become an account sees to it here. */
const loadAccount = () => import('../account/AccountSection.tsx');

/** A guest's room from the knock on: waiting, then the conversation, then nothing. */
export function GuestChat(props: GuestChatProps) {
  const { view, roomId } = props;
  const state = useEngineState(view);
  const room = useRoom(view, roomId);
  const seen = useRef<RoomView | undefined>(undefined);
  const left = useRef(false);
  const { onGone, onInside, onRefused } = props;
  const locked = state?.lock.state === 'locked';
  if (room !== undefined) seen.current = room;
  if (locked) seen.current = undefined;

  useEffect(followViewport, []);

  const gone = room === undefined && seen.current !== undefined;
  const inside = room !== undefined && room.membership !== 'joining';
  const refused = room?.membership === 'joining' && room.join?.step === 'refused' ? room.join : undefined;
  useEffect(() => {
    if (gone) onGone(left.current || seen.current?.membership === 'joining' ? 'left' : 'erased');
  }, [gone, onGone]);
  useEffect(() => {
    if (inside) onInside();
  }, [inside, onInside]);
  useEffect(() => {
    if (refused !== undefined) onRefused(refused.reason, refused.triesLeft);
  }, [refused, onRefused]);
  useAttention(view, room?.unread ?? 0, noRoomToOpen);
  useLockHabits(view, state?.lock);

  if (locked) return <UnlockScreen view={view} guest />;
  if (room === undefined || state === undefined) return null;
  if (room.membership === 'joining')
    return room.join?.step === 'waiting' ? (
      <>
        <StoppedBar view={view} state={state} />
        <Waiting
          join={room.join}
          host={props.host}
          link={props.link}
          onLeave={() => {
            left.current = true;
            void attempt(view.port.leaveAndErase(roomId));
          }}
        />
      </>
    ) : null;
  // The bare fact stays on this device, so that a reload says the same.
  if (wasErased(room)) return <Refused reason="erased" name={props.host} onAgain={() => undefined} />;
  return (
    <Inside
      {...props}
      room={room}
      onGoing={going => {
        left.current = going;
      }}
    />
  );
}

function noRoomToOpen(): void {
  // A guest's page has one room, and it is open.
}

function StoppedBar({ view, state }: { view: GuestChatProps['view']; state: EngineState }) {
  return state.connection.state === 'stopped' ? (
    <ConnectionBar view={view} connection={state.connection} />
  ) : null;
}

function Inside(props: GuestChatProps & { room: RoomView; onGoing: (going: boolean) => void }) {
  const { view, room } = props;
  const [leaving, setLeaving] = useState(false);
  const [keeping, setKeeping] = useState(false);
  const state = useEngineState(view);
  const lock = state?.lock;
  const account = useLoaded(state?.account !== undefined, loadAccount, nothingElse);
  const keepLock = useLoaded(keeping || canLock(lock), loadLock, () => setKeeping(false));
  const leave = (): void => setLeaving(true);
  const keep = (): void => setKeeping(true);
  return (
    <>
      <Conversation
        view={view}
        room={room}
        onGoing={props.onGoing}
        onGone={() => props.onGone('left')}
        above={
          state?.account !== undefined && lock?.keeps === 'tab'
            ? () => (
                <div class="banner">
                  <Icon name="unlocked" />
                  <p class="grow">{keepWords.accountInTab}</p>
                  <button type="button" class="text-button" onClick={keep}>
                    {keepWords.keepAccount}
                  </button>
                </div>
              )
            : undefined
        }
        headerActions={
          <>
            {isLive(room) && lock?.keeps === 'tab' && (
              <button type="button" class="button quiet only-wide" onClick={keep}>
                {keepWords.action}
              </button>
            )}
            {canLock(lock) && (
              <button
                type="button"
                class="icon-button"
                aria-label={security.lockNow}
                title={security.lockNow}
                onClick={() => attempt(view.port.lock())}
              >
                <Icon name="lock" />
              </button>
            )}
            {isLive(room) && (
              <button
                type="button"
                class={`button quiet only-wide ${leaving ? 'invisible' : ''}`}
                aria-label={details.leave}
                title={details.leave}
                onClick={leave}
              >
                {details.leaveShort}
              </button>
            )}
          </>
        }
        detailSections={
          <>
            {isLive(room) && (
              <div class="only-narrow">
                <button type="button" class="button danger" onClick={leave}>
                  {details.leave}
                </button>
              </div>
            )}
            <section class="stack">
              <h3 class="label">{settings.title}</h3>
              <SettingsFields />
            </section>
            {account !== undefined && <account.AccountSection view={view} origin={location.origin} guest />}
            <Security view={view} onKeep={keep} />
          </>
        }
      />
      {keeping && keepLock !== undefined && (
        <keepLock.KeepDialog view={view} onKept={props.onKept} onClose={() => setKeeping(false)} />
      )}
      {leaving && (
        <LeaveDialog
          view={view}
          room={room}
          onClose={() => setLeaving(false)}
          onGoing={props.onGoing}
          onGone={() => props.onGone('left')}
        />
      )}
    </>
  );
}

/** Stands in the details: loaded when they are opened. */
function Security(props: { view: GuestChatProps['view']; onKeep: () => void }) {
  const lock = useLoaded(true, loadLock, nothingElse);
  return lock === undefined ? null : <lock.SecuritySection {...props} />;
}
