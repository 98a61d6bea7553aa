import type { RoomView, TimelineItem } from '@sotto/client';
import { useState } from 'preact/hooks';
import type { MessageItem } from '../conversation/MessageRow.tsx';
import type { Person } from '../conversation/peopleOf.ts';
import type { PeoplePort } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt, toast } from '../toast.tsx';
import { clockTime } from '../when.ts';
import { common } from '../words.ts';
import { peopleTrouble, person as words } from './peopleWords.ts';

const MOST_SHOWN = 20;

/** Shows chosen messages of one person to the owner and the admins. */
export function ReportDialog(props: {
  view: EngineView;
  port: PeoplePort;
  room: RoomView;
  person: Person;
  onClose: () => void;
}) {
  const { view, port, room, person, onClose } = props;
  const [messages] = useState(() => messagesOf(view.timeline(room.roomId).items, room, person));
  const [chosen, setChosen] = useState<ReadonlySet<MessageItem['messageId']>>(new Set());
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const name = person.name || common.someone;

  async function send(): Promise<void> {
    setMissing(chosen.size === 0);
    if (chosen.size === 0 || busy) return;
    setBusy(true);
    if (await attempt(port.report(room.roomId, [...chosen]), peopleTrouble)) toast(words.reported);
    onClose();
  }

  return (
    <Dialog title={words.reportTitle(name)} onClose={onClose}>
      <p>{words.reportText}</p>
      {messages.length === 0 ? (
        <p class="notice">{words.reportNone}</p>
      ) : (
        <fieldset class="stack tight">
          <legend class="label">{words.reportWhich}</legend>
          <div class="pick-list">
            {messages.map(({ messageId, text, sentAtMs }) => (
              <label key={messageId} class="check">
                <input
                  type="checkbox"
                  checked={chosen.has(messageId)}
                  onChange={event => {
                    const next = new Set(chosen);
                    if (event.currentTarget.checked) next.add(messageId);
                    else next.delete(messageId);
                    setChosen(next);
                    setMissing(false);
                  }}
                />
                <span class="row">
                  <span class="one-line grow" dir="auto">
                    {text}
                  </span>
                  <span class="small muted">{clockTime(sentAtMs)}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {missing && (
        <p class="mistake" role="alert">
          {words.reportMissing}
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={onClose}>
          {common.cancel}
        </button>
        {messages.length > 0 && (
          <button type="button" class="button danger filled" aria-busy={busy} onClick={send}>
            {words.report}
          </button>
        )}
      </div>
    </Dialog>
  );
}

/** The newest first, as far as they are on the screen's side of the log. */
function messagesOf(items: readonly TimelineItem[], room: RoomView, person: Person) {
  const devices = new Set(
    room.members.filter(({ accountId }) => accountId === person.accountId).map(({ deviceId }) => deviceId),
  );
  return items
    .flatMap(item => (item.kind === 'message' && item.deleted !== true ? [item] : []))
    .filter(({ author }) => devices.has(author.deviceId))
    .slice(-MOST_SHOWN)
    .reverse();
}
