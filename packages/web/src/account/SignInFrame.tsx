import type { ComponentChildren } from 'preact';
import { TextField } from '../shapes/TextField.tsx';
import type { Mistake, useForm } from '../shapes/useForm.ts';
import { common } from '../words.ts';
import { account as words } from './accountWords.ts';
import { handleMistake } from './handleRules.ts';

/** What every form has that signs in: its lead, its fields, how it goes, what ends it, and the other ways. */
export function SignInFrame<Field extends string>(props: {
  form: ReturnType<typeof useForm<Field>>;
  lead: string;
  /** Nothing is sent while something is. */
  inTheWay: () => Mistake<Field> | undefined;
  onCancel: () => void;
  /** Other ways in. */
  others: ComponentChildren;
  children: ComponentChildren;
}) {
  const { form } = props;
  const wrong = form.at('form');
  return (
    <form
      ref={form.form}
      class="stack"
      noValidate
      onSubmit={event => void form.submit(event, props.inTheWay())}
    >
      <p class="muted">{props.lead}</p>
      {props.children}
      <p class={wrong === undefined ? 'small muted' : 'mistake'} role="status">
        {wrong ?? (form.busy ? words.signingIn : '')}
      </p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={form.busy} onClick={props.onCancel}>
          {common.cancel}
        </button>
        <button type="submit" class="button primary" aria-busy={form.busy} aria-disabled={form.busy}>
          {words.signIn}
        </button>
      </div>
      <div class="stack tight ruled">{props.others}</div>
    </form>
  );
}

/** The handle of an account that there is. */
export function SignInHandle(props: {
  id: string;
  value: string;
  busy: boolean;
  mistake: string | undefined;
  onInput: (value: string) => void;
}) {
  return (
    <TextField
      id={props.id}
      label={words.handle}
      plain
      autocomplete="username"
      value={props.value}
      readOnly={props.busy}
      mistake={props.mistake}
      onInput={props.onInput}
    />
  );
}

export function handleInTheWay(handle: string): Mistake<'handle'> | undefined {
  // Whatever is no handle is nobody's; that says nothing about who is here.
  const wrong = handleMistake(handle, true);
  if (wrong === undefined || wrong === words.handleReserved) return undefined;
  return { at: 'handle', sentence: wrong };
}
