import type { ExportedFile, ExportRequest, RoomId, RoomView } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { roomName } from '../conversation/roomName.ts';
import type { EngineView } from '../engineView.ts';
import { NewPassphrase, type PassphraseMistake } from '../lock/NewPassphrase.tsx';
import { usePassphrase } from '../lock/usePassphrase.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { errorCode, toast } from '../toast.tsx';
import { common, trouble } from '../words.ts';
import { history as words } from './historyWords.ts';
import { saveFile } from './saveFile.ts';
import { TaskProgress } from './TaskProgress.tsx';
import { useTask } from './useTask.ts';
import '../styles/lock.css';
import '../styles/history.css';

type Format = ExportRequest['format'];
const FORMATS: readonly Format[] = ['archive', 'html', 'json'];

/** Writes conversations into a file: encrypted, or in clear by a choice that says what it means. */
export function ExportDialog(props: {
  view: EngineView;
  rooms: readonly RoomView[];
  /** Chosen at first; all where it is left out. */
  roomId?: RoomId;
  onClose: () => void;
}) {
  const { view, onClose } = props;
  const rooms = props.rooms.filter(({ membership }) => membership !== 'joining');
  const [chosen, setChosen] = useState<ReadonlySet<RoomId>>(
    () => new Set(props.roomId === undefined ? rooms.map(({ roomId }) => roomId) : [props.roomId]),
  );
  const [format, setFormat] = useState<Format>('archive');
  const [known, setKnown] = useState(false);
  const [mistake, setMistake] = useState<PassphraseMistake | string | undefined>(undefined);
  const [file, setFile] = useState<ExportedFile | undefined>(undefined);
  const passphrase = usePassphrase();
  const task = useTask(view);
  const id = useId();

  function inTheWay(): PassphraseMistake | string | undefined {
    if (chosen.size === 0) return words.noneChosen;
    if (format === 'archive') return passphrase.mistake();
    return known ? undefined : words.clearMissing;
  }

  async function write(event: Event): Promise<void> {
    event.preventDefault();
    const wrong = inTheWay();
    setMistake(wrong);
    if (wrong !== undefined) return;
    try {
      const made = await task.run(taskId =>
        view.port.exportHistory({
          taskId,
          roomIds: [...chosen],
          format,
          ...(format === 'archive' && { passphrase: passphrase.passphrase }),
        }),
      );
      setFile(made);
      saveFile(made.blob, made.fileName);
      announce(words.done);
    } catch (error) {
      const code = errorCode(error);
      toast(code === 'CANCELLED' ? words.stopped : trouble(code));
    }
  }

  return (
    <Dialog title={file === undefined ? words.exportTitle : words.done} onClose={onClose}>
      {draw()}
    </Dialog>
  );

  function draw() {
    if (task.progress !== undefined) return <TaskProgress task={task} says={words.running} />;
    if (file !== undefined)
      return (
        <>
          <p>{words.saved(file.fileName)}</p>
          <div class="dialog-actions">
            <button type="button" class="button quiet" onClick={() => saveFile(file.blob, file.fileName)}>
              {words.saveAgain}
            </button>
            <button type="button" class="button primary" onClick={onClose}>
              {words.finish}
            </button>
          </div>
        </>
      );
    return (
      <form class="stack" onSubmit={write}>
        {rooms.length > 1 && <Rooms rooms={rooms} chosen={chosen} onChange={setChosen} />}
        <fieldset class="stack tight">
          <legend class="label">{words.format}</legend>
          {FORMATS.map(name => (
            <label key={name} class="check">
              <input
                type="radio"
                name={`${id}-format`}
                checked={format === name}
                onChange={() => {
                  setFormat(name);
                  setMistake(undefined);
                }}
              />
              <span>{words.formats[name][0]}</span>
              <span class="small muted">{words.formats[name][1]}</span>
            </label>
          ))}
        </fieldset>
        <p class="small muted">{words.files[format]}</p>
        {format === 'archive' ? (
          <>
            <NewPassphrase
              label={words.passphrase}
              chosen={passphrase}
              mistake={typeof mistake === 'object' ? mistake : undefined}
              busy={false}
              onEdit={() => setMistake(undefined)}
            />
            <p class="small muted">{words.passphraseHint}</p>
          </>
        ) : (
          <div class="notice warn">
            <Icon name="warn" />
            <label class="check">
              <input
                type="checkbox"
                checked={known}
                aria-label={words.clear}
                onChange={event => {
                  setKnown(event.currentTarget.checked);
                  setMistake(undefined);
                }}
              />
              <span class="strong">{words.clear}</span>
              <span class="small">{words.clearHint}</span>
            </label>
          </div>
        )}
        {typeof mistake === 'string' && (
          <p class="mistake" role="alert">
            {mistake}
          </p>
        )}
        <div class="dialog-actions in-view">
          <button type="button" class="button quiet" onClick={onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button primary">
            {words.action}
          </button>
        </div>
      </form>
    );
  }
}

/** Which of them: all by one box, or each by its own. */
function Rooms(props: {
  rooms: readonly RoomView[];
  chosen: ReadonlySet<RoomId>;
  onChange: (chosen: ReadonlySet<RoomId>) => void;
}) {
  const { rooms, chosen } = props;
  const all = rooms.every(({ roomId }) => chosen.has(roomId));
  function toggle(roomId: RoomId, on: boolean): void {
    const next = new Set(chosen);
    if (on) next.add(roomId);
    else next.delete(roomId);
    props.onChange(next);
  }
  return (
    <fieldset class="stack tight">
      <legend class="label">{words.which}</legend>
      <div class="export-rooms">
        <label class="check">
          <input
            type="checkbox"
            checked={all}
            onChange={event =>
              props.onChange(new Set(event.currentTarget.checked ? rooms.map(({ roomId }) => roomId) : []))
            }
          />
          <span class="strong">{words.all}</span>
        </label>
        {rooms.map(room => (
          <label key={room.roomId} class="check">
            <input
              type="checkbox"
              checked={chosen.has(room.roomId)}
              onChange={event => toggle(room.roomId, event.currentTarget.checked)}
            />
            <bdi class="one-line">{roomName(room)}</bdi>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
