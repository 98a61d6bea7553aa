import type { PersonView } from '@sotto/client';
import { useId } from 'preact/hooks';
import type { PeoplePort } from '../engineOffers.ts';
import { Avatar } from '../shapes/Avatar.tsx';
import { chat, common } from '../words.ts';
import { FindPerson } from './FindPerson.tsx';
import { person as personWords, newConversation as words } from './peopleWords.ts';

/** Chooses several people: those one knows, and those found by their handle. */
export function PeoplePicker(props: {
  port: PeoplePort;
  label: string;
  self: PersonView['accountId'] | undefined;
  /** Whom one knows and who can be chosen. */
  known: readonly PersonView[];
  /** In the order of choosing; strangers among them. */
  chosen: readonly PersonView[];
  mistake: string | undefined;
  onChange: (chosen: readonly PersonView[]) => void;
}) {
  const { known, chosen, mistake } = props;
  const id = useId();
  const isChosen = (person: PersonView): boolean =>
    chosen.some(({ accountId }) => accountId === person.accountId);
  const found = chosen.filter(person => !known.some(({ accountId }) => accountId === person.accountId));
  const listed = [...found, ...known];

  function toggle(person: PersonView, on: boolean): void {
    const rest = chosen.filter(({ accountId }) => accountId !== person.accountId);
    props.onChange(on ? [...rest, person] : rest);
  }

  return (
    <div class="stack">
      <FindPerson
        port={props.port}
        self={props.self}
        label={words.addByHandle}
        hint={undefined}
        onFound={person => toggle(person, true)}
      />
      <fieldset class="stack tight" aria-describedby={mistake === undefined ? undefined : `${id}-mistake`}>
        <legend class="label">{props.label}</legend>
        {listed.length === 0 ? (
          <p class="small muted">{words.noneKnown}</p>
        ) : (
          <div class="pick-list">
            {listed.map(person => (
              <label key={person.accountId} class="check pick">
                <input
                  type="checkbox"
                  checked={isChosen(person)}
                  onChange={event => toggle(person, event.currentTarget.checked)}
                />
                <PersonLine person={person} />
              </label>
            ))}
          </div>
        )}
        <p class={mistake === undefined ? 'small muted' : 'mistake'} id={`${id}-mistake`} role="status">
          {mistake ?? (chosen.length > 0 ? words.chosen(chosen.length) : '')}
        </p>
      </fieldset>
    </div>
  );
}

/** One person as a line of a list: initial, name, handle, and whether that is certain. */
export function PersonLine({ person }: { person: PersonView }) {
  const name = person.name || common.someone;
  return (
    <span class="row person-line">
      <Avatar name={name} id={person.accountId} />
      <span class="grow">
        <bdi class="one-line">{name}</bdi>
        <span class="small muted one-line" dir="ltr">
          {person.handle === undefined ? '' : `@${person.handle}`}
        </span>
      </span>
      {person.trust === 'verified' && <span class="mark good">{chat.shortVerified}</span>}
      {person.blocked && <span class="mark">{personWords.blockedMark}</span>}
    </span>
  );
}
