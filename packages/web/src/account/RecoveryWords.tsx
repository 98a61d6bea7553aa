import { useState } from 'preact/hooks';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { account as words } from './accountWords.ts';

/** The recovery code of an account, word by word, for as long as it takes to keep it. */
export function RecoveryWords({ code, onKept }: { code: string; onKept: () => void }) {
  const [kept, setKept] = useState(false);
  return (
    <div class="stack">
      <p>{words.codeText}</p>
      <ol class="recovery-code recovery-words mono" dir="ltr" aria-label={words.codeTitle}>
        {code
          .trim()
          .split(/\s+/)
          .map((word, at) => (
            // A word may be in it twice.
            <li key={at}>
              <span class="muted" aria-hidden="true">
                {at + 1}
              </span>
              {word}
            </li>
          ))}
      </ol>
      <div class="row wrap">
        <CopyButton class="slim" label={words.codeCopy} text={code} refused={words.codeCopyFailed} />
        <button type="button" class="button slim" onClick={() => window.print()}>
          {words.codePrint}
        </button>
      </div>
      <p class="small muted">{words.codeLost}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={kept}
          aria-label={words.codeKept}
          onChange={event => setKept(event.currentTarget.checked)}
        />
        <span>{words.codeKept}</span>
      </label>
      <div class="dialog-actions">
        <button type="button" class="button primary" disabled={!kept} onClick={onKept}>
          {words.codeDone}
        </button>
      </div>
    </div>
  );
}
