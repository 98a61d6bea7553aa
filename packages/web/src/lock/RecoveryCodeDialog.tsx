import { useEffect, useRef, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt, errorCode, toast } from '../toast.tsx';
import { common, trouble, security as words } from '../words.ts';

/** Makes a recovery code and shows it this once. A code that is there already is replaced after a question. */
export function RecoveryCodeDialog(props: { view: EngineView; replaces: boolean; onClose: () => void }) {
  const { view } = props;
  const [sure, setSure] = useState(!props.replaces);
  if (sure) return <FreshCode view={view} onClose={props.onClose} />;
  return (
    <Dialog title={words.newCodeTitle} onClose={props.onClose}>
      <p>{words.newCodeText}</p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={props.onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button primary" onClick={() => setSure(true)}>
          {words.makeNewCode}
        </button>
      </div>
    </Dialog>
  );
}

function FreshCode({ view, onClose }: { view: EngineView; onClose: () => void }) {
  const [code, setCode] = useState<string | undefined>(undefined);
  const [written, setWritten] = useState(false);
  const made = useRef(false);
  useEffect(() => {
    if (made.current) return;
    made.current = true;
    view.port.makeRecoveryCode().then(
      answer => setCode(answer.code),
      error => {
        toast(trouble(errorCode(error)));
        onClose();
      },
    );
  }, []);

  async function discard(): Promise<void> {
    const lock = view.state?.lock.locks.find(({ kind }) => kind === 'recovery-code');
    if (lock !== undefined && (await attempt(view.port.removeLock(lock.id)))) toast(words.codeDiscarded);
    onClose();
  }

  // Nothing closes it by accident: the code would be gone, and open the history all the same.
  return (
    <Dialog title={words.codeTitle} onClose={() => written && onClose()}>
      <p>{words.codeText}</p>
      {code === undefined ? (
        <p class="muted" role="status">
          {words.codeMaking}
        </p>
      ) : (
        <>
          <ol class="recovery-code mono" aria-label={words.codeTitle}>
            {code.split('-').map((group, i) => (
              <li key={`${i} ${group}`}>{group}</li>
            ))}
          </ol>
          <div class="row wrap">
            <CopyButton class="slim" label={words.copyCode} text={code} refused={words.copyFailed} />
            <button type="button" class="button slim" onClick={() => window.print()}>
              {words.printCode}
            </button>
          </div>
          <label class="check">
            <input
              type="checkbox"
              checked={written}
              aria-label={words.codeKept}
              onChange={event => setWritten(event.currentTarget.checked)}
            />
            <span>{words.codeKept}</span>
          </label>
          <div class="dialog-actions">
            <button type="button" class="button quiet" onClick={discard}>
              {words.codeDiscard}
            </button>
            <button type="button" class="button primary" disabled={!written} onClick={onClose}>
              {words.codeDone}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
