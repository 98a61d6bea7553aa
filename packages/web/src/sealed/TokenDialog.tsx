import type { NewSource } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { saveFile } from '../history/saveFile.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { commandOf, PROGRAMS, type ProgramName } from './programs.ts';
import { alerts as words } from './sealedWords.ts';

const NAMES: readonly ProgramName[] = ['shell', 'python', 'typescript'];

/** The token of a source, shown once, and programs that post with it. */
export function TokenDialog(props: {
  name: string;
  made: NewSource;
  handle: string;
  origin: string;
  onClose: () => void;
}) {
  const { made, handle, origin } = props;
  const [chosen, setChosen] = useState<ProgramName>('shell');
  const id = useId();
  const program = PROGRAMS[chosen];
  const command = commandOf(program, { origin, handle, accountKey: made.accountKey });
  return (
    <Dialog title={words.tokenTitle(props.name)} wide onClose={props.onClose}>
      <Shown label={words.token} copy={words.copyToken} text={made.token} hint={words.tokenOnce} />
      <Shown label={words.address} copy={words.copyAddress} text={`${origin}${made.path}`} />
      <Shown
        label={words.accountKey}
        copy={words.copyKey}
        text={made.accountKey}
        hint={words.accountKeyHint}
      />
      <section class="stack tight" aria-labelledby={id}>
        <h3 id={id} class="label">
          {words.program}
        </h3>
        <div class="choice" role="radiogroup" aria-labelledby={id}>
          {NAMES.map(name => (
            <label key={name}>
              <input type="radio" name={id} checked={chosen === name} onChange={() => setChosen(name)} />
              {words.programs[name]}
            </label>
          ))}
        </div>
        <p class="small muted">{words.needs[chosen]}</p>
        <p class="small">{words.run}</p>
        <p class="sealed-command mono small" dir="ltr">
          {command}
        </p>
        <div class="row wrap">
          <CopyButton class="slim" label={words.copyCommand} text={command} />
          <button
            type="button"
            class="button slim"
            onClick={() => saveFile(new Blob([program.text], { type: 'text/plain' }), program.fileName)}
          >
            {words.saveProgram(program.fileName)}
          </button>
          <button
            type="button"
            class="button slim"
            onClick={() => saveFile(new Blob([made.token], { type: 'text/plain' }), 'token')}
          >
            {words.saveToken}
          </button>
        </div>
        <p class="small muted">{words.certificate}</p>
      </section>
      <div class="dialog-actions">
        <button type="button" class="button primary" onClick={props.onClose}>
          {words.done}
        </button>
      </div>
    </Dialog>
  );
}

function Shown(props: { label: string; copy: string; text: string; hint?: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="row sealed-shown">
        <input id={id} class="input mono" readOnly dir="ltr" value={props.text} />
        <CopyButton class="" label={props.copy} text={props.text} />
      </div>
      {props.hint !== undefined && <p class="small muted">{props.hint}</p>}
    </div>
  );
}
