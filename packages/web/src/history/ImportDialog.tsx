import type { Imported } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import type { EngineView } from '../engineView.ts';
import { SecretField } from '../lock/SecretField.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { errorCode } from '../toast.tsx';
import { common } from '../words.ts';
import { importTrouble, history as words } from './historyWords.ts';
import { TaskProgress } from './TaskProgress.tsx';
import { useTask } from './useTask.ts';
import '../styles/lock.css';
import '../styles/history.css';

type Mistake = { readonly at: 'file' | 'passphrase' | 'whole'; readonly sentence: string };

/** Takes conversations out of an encrypted archive: all of it, or nothing. */
export function ImportDialog({ view, onClose }: { view: EngineView; onClose: () => void }) {
  const [file, setFile] = useState<File | undefined>(undefined);
  const [passphrase, setPassphrase] = useState('');
  const [shown, setShown] = useState(false);
  const [mistake, setMistake] = useState<Mistake | undefined>(undefined);
  const [imported, setImported] = useState<Imported | undefined>(undefined);
  const task = useTask(view);
  const id = useId();

  async function read(event: Event): Promise<void> {
    event.preventDefault();
    if (file === undefined) return setMistake({ at: 'file', sentence: words.fileMissing });
    if (passphrase === '') return setMistake({ at: 'passphrase', sentence: words.passphraseMissing });
    setMistake(undefined);
    try {
      const done = await task.run(taskId => view.port.importArchive({ taskId, file, passphrase }));
      setImported(done);
      announce(summaryOf(done).join(' '));
    } catch (error) {
      const code = errorCode(error);
      const at = code === 'ARCHIVE_WRONG_PASSPHRASE' ? 'passphrase' : 'whole';
      setMistake({ at, sentence: importTrouble(code) });
    }
  }

  return (
    <Dialog title={words.importTitle} onClose={onClose}>
      {draw()}
    </Dialog>
  );

  function draw() {
    if (task.progress !== undefined) return <TaskProgress task={task} says={words.importing} />;
    if (imported !== undefined)
      return (
        <>
          {summaryOf(imported).map(sentence => (
            <p key={sentence}>{sentence}</p>
          ))}
          <div class="dialog-actions">
            <button type="button" class="button primary" onClick={onClose}>
              {words.finish}
            </button>
          </div>
        </>
      );
    return (
      <form class="stack" onSubmit={read}>
        <p>{words.importText}</p>
        <div class="field">
          <label for={`${id}-file`}>{words.file}</label>
          <input
            id={`${id}-file`}
            type="file"
            class="input file"
            accept=".age"
            aria-invalid={mistake?.at === 'file'}
            aria-describedby={mistake?.at === 'file' ? `${id}-mistake` : undefined}
            // To choose no file is not to close the dialog, where this event would end up.
            onCancel={event => event.stopPropagation()}
            onChange={event => {
              setFile(event.currentTarget.files?.[0]);
              setMistake(undefined);
            }}
          />
        </div>
        <SecretField
          id={`${id}-passphrase`}
          label={words.importPassphrase}
          autocomplete="current-password"
          value={passphrase}
          shown={shown}
          mistake={mistake?.at === 'passphrase' ? mistake.sentence : undefined}
          onInput={value => {
            setPassphrase(value);
            setMistake(undefined);
          }}
          onShow={setShown}
        />
        {mistake !== undefined && mistake.at !== 'passphrase' && (
          <p id={`${id}-mistake`} class="mistake" role="alert">
            {mistake.sentence}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" class="button quiet" onClick={onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button primary">
            {words.importAction}
          </button>
        </div>
      </form>
    );
  }
}

function summaryOf({ conversations, messages, skipped }: Imported): readonly string[] {
  return [
    conversations === 0 ? words.nothingImported : words.imported(conversations, messages),
    ...(skipped > 0 ? [words.skipped(skipped)] : []),
  ];
}
