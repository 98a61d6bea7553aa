import type { RoomView } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { isLive, mayManage } from '../conversation/roomName.ts';
import type { PeoplePort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { Select } from '../shapes/Select.tsx';
import { attempt } from '../toast.tsx';
import { AddPeopleDialog } from './AddPeopleDialog.tsx';
import { Confirm } from './Confirm.tsx';
import { peopleTrouble, group as words } from './peopleWords.ts';

type Mute = keyof typeof words.mutes;
const MUTES: readonly Mute[] = ['off', '8h', '7d', 'on'];
const LASTS_MS: Readonly<Partial<Record<Mute, number>>> = { '8h': 28_800_000, '7d': 604_800_000 };

/** What one can do about a conversation as a whole: who joins, who may write, whether it is heard. */
export function GroupSection({ view, port, room }: { view: EngineView; port: PeoplePort; room: RoomView }) {
  const hasAccount = useEngineState(view)?.account !== undefined;
  const [open, setOpen] = useState<'add' | 'leave' | undefined>(undefined);
  const [muted, setMuted] = useState<Mute | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const hint = useId();
  const group = room.kind !== 'direct';
  const manages = mayManage(room);
  if (!isLive(room) || !hasAccount) return null;

  async function mute(choice: Mute): Promise<void> {
    const lastsMs = LASTS_MS[choice];
    const intent =
      choice === 'off'
        ? port.unmute(room.roomId)
        : port.mute(room.roomId, lastsMs === undefined ? undefined : Date.now() + lastsMs);
    if (await attempt(intent, peopleTrouble)) setMuted(choice);
  }

  // How long it lasts is known to whoever chose it just now; the room says only that it is so.
  const muteNow: Mute = room.muted === true ? (muted === undefined || muted === 'off' ? 'on' : muted) : 'off';
  return (
    <section class="stack" aria-label={words.title}>
      {group && manages && (
        <div>
          <button type="button" class="button slim" onClick={() => setOpen('add')}>
            {words.add}
          </button>
        </div>
      )}
      <div class="stack tight">
        <Select
          label={words.mute}
          value={muteNow}
          options={MUTES.map(choice => [choice, words.mutes[choice]] as const)}
          describedBy={hint}
          onChange={choice => void mute(choice)}
        />
        <p class="small muted" id={hint}>
          {words.muteHint}
        </p>
      </div>
      {group && manages && (
        <label class="check">
          <input
            type="checkbox"
            checked={room.announcements === true}
            aria-label={words.announcements}
            onChange={event => {
              const box = event.currentTarget;
              void attempt(port.setAnnouncements(room.roomId, box.checked), peopleTrouble).then(done => {
                if (!done) box.checked = room.announcements === true;
              });
            }}
          />
          <span>{words.announcements}</span>
          <span class="small muted">{words.announcementsHint}</span>
        </label>
      )}
      <div>
        <button type="button" class="button slim danger" onClick={() => setOpen('leave')}>
          {words.leave}
        </button>
      </div>
      {open === 'add' && <AddPeopleDialog view={view} port={port} room={room} onClose={close} />}
      {open === 'leave' && (
        <Confirm
          title={words.leaveTitle}
          action={words.leaveAction}
          cancel={words.stay}
          danger
          work={() => port.leaveRoom(room.roomId)}
          onClose={close}
        >
          <p>{group ? words.leaveText : words.leaveDirectText}</p>
        </Confirm>
      )}
    </section>
  );
}
