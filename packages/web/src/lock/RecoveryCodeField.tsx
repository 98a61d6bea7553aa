import { mistypedGroups } from '@sotto/client/window';
import type { Ref } from 'preact';
import { unlock as words } from '../words.ts';

const SYMBOLS = 40;
const GROUPS = 8;

/** Where a recovery code is typed; a slip in a group is told as soon as the group is there. */
export function RecoveryCodeField(props: {
  id: string;
  field: Ref<HTMLInputElement>;
  value: string;
  readOnly: boolean;
  mistake: string | undefined;
  onInput: (value: string) => void;
}) {
  const { id } = props;
  const mistake = props.mistake ?? codeMistake(props.value, false);
  return (
    <div class="field">
      <label for={id}>{words.code}</label>
      <input
        ref={props.field}
        id={id}
        class="input mono"
        dir="ltr"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        value={props.value}
        readOnly={props.readOnly}
        aria-invalid={mistake !== undefined}
        aria-describedby={`${id}-hint`}
        onInput={event => props.onInput(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class={mistake === undefined ? 'small muted' : 'mistake'} aria-live="polite">
        {mistake ?? words.codeHint}
      </p>
    </div>
  );
}

/** What is wrong with a code as far as it is typed; when it is `complete`, also what is missing. */
export function codeMistake(code: string, complete: boolean): string | undefined {
  const wrong = mistypedGroups(code);
  if (wrong === undefined) return words.codeStranger;
  if (wrong.length > 0) return words.codeMistyped(wrong);
  const symbols = code.replace(/[\s-]/g, '').length;
  if (!complete || symbols === SYMBOLS) return undefined;
  if (symbols === 0) return words.codeMissing;
  return words.codeShort(Math.floor((symbols * GROUPS) / SYMBOLS));
}
