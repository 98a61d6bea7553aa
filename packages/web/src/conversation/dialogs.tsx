import type { Member, RoomView } from '@sotto/client';
import { useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { offersPeople } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt } from '../toast.tsx';
import { common, details, end } from '../words.ts';
import { keepDraft } from './drafts.ts';

interface RoomDialog {
  readonly view: EngineView;
  readonly room: RoomView;
  readonly onClose: () => void;
}

/** Ends the chat for everyone, with the history kept or erased. */
export function EndDialog({ view, room, onClose }: RoomDialog) {
  const [erase, setErase] = useState(false);
  const [busy, setBusy] = useState(false);
  async function finish(): Promise<void> {
    setBusy(true);
    await attempt(view.port.end(room.roomId, { erase }));
    onClose();
  }
  return (
    <Dialog title={end.title} onClose={onClose}>
      <p>{end.text}</p>
      <fieldset class="stack tight">
        <legend class="hidden-text">{end.title}</legend>
        <label class="check">
          <input type="radio" name="history" checked={!erase} onChange={() => setErase(false)} />
          <span>{end.keep}</span>
          <span class="small muted">{end.keepHint}</span>
        </label>
        <label class="check">
          <input type="radio" name="history" checked={erase} onChange={() => setErase(true)} />
          <span>{end.erase}</span>
          <span class="small muted">{end.eraseHint}</span>
        </label>
      </fieldset>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button danger filled" disabled={busy} onClick={finish}>
          {end.action}
        </button>
      </div>
    </Dialog>
  );
}

interface GoingDialog extends RoomDialog {
  /** The person here wants it gone, or (false) that failed. The room may be gone before `onGone` is called. */
  readonly onGoing?: ((going: boolean) => void) | undefined;
  readonly onGone: () => void;
}

/** Leaves (or, when the room is over, just deletes) and takes everything of the room off this browser. */
export function LeaveDialog(props: GoingDialog) {
  const { onClose } = props;
  const [busy, setBusy] = useState(false);
  async function leave(): Promise<void> {
    setBusy(true);
    await takeOff(props, 'leaveAndErase');
  }
  return (
    <Dialog title={details.leaveTitle} onClose={onClose}>
      <p>{details.leaveText}</p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={onClose}>
          {details.stay}
        </button>
        <button type="button" class="button danger filled" disabled={busy} onClick={leave}>
          {details.leaveAction}
        </button>
      </div>
    </Dialog>
  );
}

/** Deletes what is kept here of a room that is over. */
export function DeleteDialog(props: GoingDialog) {
  const { onClose } = props;
  const [busy, setBusy] = useState(false);
  async function erase(): Promise<void> {
    setBusy(true);
    await takeOff(props, 'deleteConversation');
  }
  return (
    <Dialog title={details.deleteTitle} onClose={onClose}>
      <p>{details.deleteText}</p>
      <p>{details.deleteOthers}</p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button danger filled" disabled={busy} onClick={erase}>
          {details.deleteAction}
        </button>
      </div>
    </Dialog>
  );
}

async function takeOff(
  { view, room, onClose, onGoing, onGone }: GoingDialog,
  how: 'leaveAndErase' | 'deleteConversation',
): Promise<void> {
  onGoing?.(true);
  const gone = await attempt(view.port[how](room.roomId));
  if (!gone) onGoing?.(false);
  onClose();
  if (!gone) return;
  keepDraft(room.roomId, { text: '', replyTo: undefined });
  if (how === 'deleteConversation') announce(details.deleted);
  onGone();
}

/** Takes someone out, with new keys for everyone else. */
export function RemoveDialog({ view, room, onClose, member }: RoomDialog & { member: Member }) {
  const [busy, setBusy] = useState(false);
  async function remove(): Promise<void> {
    setBusy(true);
    const { port } = view;
    // With all their devices, of which one may be in the room without being shown.
    const whole = view.state?.account !== undefined && offersPeople(port);
    await attempt(
      whole
        ? port.removePerson(room.roomId, member.accountId)
        : port.removeMember(room.roomId, member.deviceId),
    );
    onClose();
  }
  return (
    <Dialog title={details.removeTitle(member.name || common.someone)} onClose={onClose}>
      <p>{details.removeText}</p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button danger filled" disabled={busy} onClick={remove}>
          {details.removeAction}
        </button>
      </div>
    </Dialog>
  );
}
