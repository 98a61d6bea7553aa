import type { Ref } from 'preact';
import { Icon } from '../shapes/Icon.tsx';
import { unlock as words } from '../words.ts';

/** A password field has no role of its own in ARIA, and is a text box to whoever cannot see it. */
const textBox = (shown: boolean): object => ({ role: 'textbox', type: shown ? 'text' : 'password' });

/** Where a passphrase is written: hidden, unless the person wants to see it. */
export function SecretField(props: {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  autocomplete: 'current-password' | 'new-password';
  field?: Ref<HTMLInputElement>;
  mistake?: string | undefined;
  describedBy?: string;
  readOnly?: boolean;
  /** Given where this field has the button that shows what is written. */
  onShow?: (shown: boolean) => void;
  /** The name of that button, where what is written is no passphrase. */
  show?: string;
  shown: boolean;
}) {
  const { id, mistake, shown } = props;
  const described = [mistake === undefined ? undefined : `${id}-mistake`, props.describedBy];
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="secret">
        <input
          {...(props.field && { ref: props.field })}
          id={id}
          class="input"
          {...textBox(shown)}
          dir="auto"
          autocomplete={props.autocomplete}
          autocapitalize="off"
          spellcheck={false}
          value={props.value}
          readOnly={props.readOnly ?? false}
          aria-invalid={mistake !== undefined}
          aria-describedby={described.filter(Boolean).join(' ') || undefined}
          onInput={event => props.onInput(event.currentTarget.value)}
        />
        {props.onShow && (
          <button
            type="button"
            class="icon-button"
            aria-label={props.show ?? words.show}
            aria-pressed={shown}
            title={props.show ?? words.show}
            onClick={() => props.onShow?.(!shown)}
          >
            <Icon name={shown ? 'hide' : 'eye'} />
          </button>
        )}
      </div>
      {mistake !== undefined && (
        <p id={`${id}-mistake`} class="mistake" role="alert">
          {mistake}
        </p>
      )}
    </div>
  );
}
