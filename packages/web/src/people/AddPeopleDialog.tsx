import type { PersonView, RoomView } from '@sotto/client';
import { useState } from 'preact/hooks';
import type { PeoplePort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt, toast } from '../toast.tsx';
import { common } from '../words.ts';
import { PeoplePicker } from './PeoplePicker.tsx';
import { peopleTrouble, newConversation as words } from './peopleWords.ts';
import '../styles/account.css';

/** Adds people to a group that stands. */
export function AddPeopleDialog(props: {
  view: EngineView;
  port: PeoplePort;
  room: RoomView;
  onClose: () => void;
}) {
  const { view, port, room, onClose } = props;
  const state = useEngineState(view);
  const [chosen, setChosen] = useState<readonly PersonView[]>([]);
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const inside = new Set(room.members.map(({ accountId }) => accountId));
  const known = (state?.people ?? []).filter(({ accountId, blocked }) => !blocked && !inside.has(accountId));

  async function add(): Promise<void> {
    setMissing(chosen.length === 0);
    if (chosen.length === 0 || busy) return;
    setBusy(true);
    const ids = chosen.map(({ accountId }) => accountId);
    if (await attempt(port.addMembers(room.roomId, ids), peopleTrouble)) {
      toast(words.added(ids.length));
      onClose();
    } else setBusy(false);
  }

  return (
    <Dialog title={words.addTitle} onClose={() => !busy && onClose()}>
      <p class="muted">{words.addText}</p>
      <PeoplePicker
        port={port}
        self={state?.self?.accountId}
        label={words.known}
        known={known}
        chosen={chosen}
        mistake={missing ? words.groupNobody : undefined}
        onChange={next => {
          setChosen(next.filter(({ accountId }) => !inside.has(accountId)));
          setMissing(false);
        }}
      />
      <div class="dialog-actions in-view">
        <button type="button" class="button quiet" disabled={busy} onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button primary" aria-busy={busy} onClick={add}>
          {words.addAction}
        </button>
      </div>
    </Dialog>
  );
}
