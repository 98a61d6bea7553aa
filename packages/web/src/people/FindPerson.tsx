import type { PersonView } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import { account } from '../account/accountWords.ts';
import { handleMistake, plainHandle } from '../account/handleRules.ts';
import type { PeoplePort } from '../engineOffers.ts';
import { TextField } from '../shapes/TextField.tsx';
import { type Mistake, useForm } from '../shapes/useForm.ts';
import { peopleTrouble, newConversation as words } from './peopleWords.ts';

/** Finds a person by their handle. */
export function FindPerson(props: {
  port: PeoplePort;
  self: PersonView['accountId'] | undefined;
  label: string;
  hint: string | undefined;
  primary?: boolean;
  onFound: (person: PersonView) => void;
}) {
  const [handle, setHandle] = useState('');
  const id = useId();
  const form = useForm<'handle'>(
    async () => {
      const person = await props.port.lookUp(plainHandle(handle));
      if (person.accountId === props.self) throw Object.assign(new Error(), { code: 'SELF' });
      setHandle('');
      props.onFound(person);
    },
    error => ({
      at: 'handle',
      sentence:
        (Object(error) as { readonly code?: string }).code === 'SELF' ? words.self : peopleTrouble(error),
    }),
  );
  function inTheWay(): Mistake<'handle'> | undefined {
    if (handle.trim() === '') return { at: 'handle', sentence: words.handleMissing };
    const wrong = handleMistake(handle, true);
    if (wrong === undefined || wrong === account.handleReserved) return undefined;
    return { at: 'handle', sentence: wrong };
  }
  return (
    <form
      ref={form.form}
      class="row find-person"
      noValidate
      onSubmit={event => void form.submit(event, inTheWay())}
    >
      <span class="grow">
        <TextField
          id={id}
          label={props.label}
          plain
          value={handle}
          readOnly={form.busy}
          mistake={form.at('handle')}
          hint={form.busy ? words.finding : props.hint}
          onInput={value => {
            setHandle(value);
            form.clear();
          }}
        />
      </span>
      <button
        type="submit"
        class={`button ${props.primary === true ? 'primary' : ''}`}
        aria-busy={form.busy}
        aria-disabled={form.busy}
      >
        {words.find}
      </button>
    </form>
  );
}
