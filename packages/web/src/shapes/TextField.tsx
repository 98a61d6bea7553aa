import type { Ref } from 'preact';

/** A line to write in, with its label above it and, under it, what is wrong or what helps. */
export function TextField(props: {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  field?: Ref<HTMLInputElement>;
  mistake?: string | undefined;
  hint?: string | undefined;
  /** What names a word of its own: no capitals, no spelling. */
  plain?: boolean;
  autocomplete?: string;
  readOnly?: boolean;
}) {
  const { id, mistake, hint, plain = false } = props;
  const described = mistake !== undefined || hint !== undefined;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        {...(props.field && { ref: props.field })}
        id={id}
        class="input"
        dir={plain ? 'ltr' : 'auto'}
        autocomplete={props.autocomplete ?? 'off'}
        autocapitalize={plain ? 'off' : undefined}
        spellcheck={!plain}
        value={props.value}
        readOnly={props.readOnly ?? false}
        aria-invalid={mistake !== undefined}
        aria-describedby={described ? `${id}-hint` : undefined}
        onInput={event => props.onInput(event.currentTarget.value)}
      />
      {described && (
        <p id={`${id}-hint`} class={mistake === undefined ? 'small muted' : 'mistake'} aria-live="polite">
          {mistake ?? hint}
        </p>
      )}
    </div>
  );
}
