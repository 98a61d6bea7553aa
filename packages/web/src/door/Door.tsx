import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { NAME_BYTES, sizeBytes } from '../limits.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { moment } from '../when.ts';
import { common, door as words } from '../words.ts';
import { DoorScreen } from './DoorScreen.tsx';
import { Facts } from './Facts.tsx';
import type { DoorCard } from './invitation.ts';
import { OpenKept } from './KeptScreen.tsx';

/** What the guest wrote. */
export interface Entry {
  readonly name: string;
  readonly password: string | undefined;
}

export interface DoorFacts {
  readonly card: DoorCard;
  readonly passwordNeeded: boolean;
  readonly expiresAtMs: number;
  readonly hostOnline: boolean;
}

/** A mistake that came back from the engine or the host, at the field it belongs to. */
export interface DoorMistake {
  readonly field: 'name' | 'password';
  readonly sentence: string;
}

/**
 * Whose chat it is, a name, and one button. `facts` is undefined for the moment before the card has
 * come: the name can be written all the same.
 */
export function Door(props: {
  facts: DoorFacts | undefined;
  link: string;
  host: string;
  joining: boolean;
  mistake: DoorMistake | undefined;
  remembered: Entry | undefined;
  /** How many other chats guests keep in this browser. */
  kept: number;
  onFirstKey: () => void;
  onJoin: (entry: Entry) => void;
}) {
  const { facts } = props;
  const [name, setName] = useState(props.remembered?.name ?? '');
  const [password, setPassword] = useState('');
  const [ownMistake, setOwnMistake] = useState<DoorMistake | undefined>(undefined);
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const id = useId();
  const mistake = ownMistake ?? props.mistake;
  const inviter = facts?.card.inviterName || common.yourHost;

  useEffect(() => {
    if (props.mistake?.field === 'password') passwordField.current?.select();
    if (props.mistake?.field === 'name') nameField.current?.select();
  }, [props.mistake]);

  function join(): void {
    const chosen = name.trim();
    const wrong = checkEntry(chosen, facts?.passwordNeeded === true, password);
    setOwnMistake(wrong);
    if (wrong !== undefined) {
      (wrong.field === 'name' ? nameField : passwordField).current?.focus();
      return;
    }
    props.onJoin({ name: chosen, password: facts?.passwordNeeded ? password : undefined });
  }

  return (
    <DoorScreen
      title={facts === undefined ? words.titleUnknown : words.title(inviter)}
      lead={<Lead facts={facts} />}
    >
      {facts?.hostOnline === false && (
        <p class="notice">
          <Icon name="away" />
          <span>{words.away(inviter)}</span>
        </p>
      )}
      <form
        class="stack"
        noValidate
        onSubmit={event => {
          event.preventDefault();
          join();
        }}
      >
        <div class="field">
          <label for={`${id}-name`}>{words.name}</label>
          <input
            ref={nameField}
            id={`${id}-name`}
            class="input"
            dir="auto"
            autocomplete="off"
            autocapitalize="words"
            enterkeyhint="go"
            value={name}
            aria-invalid={mistake?.field === 'name'}
            aria-describedby={mistake?.field === 'name' ? `${id}-mistake` : undefined}
            onInput={event => {
              setName(event.currentTarget.value);
              setOwnMistake(undefined);
              props.onFirstKey();
            }}
          />
          {mistake?.field === 'name' && <Mistake id={`${id}-mistake`} sentence={mistake.sentence} />}
        </div>
        {facts?.passwordNeeded && (
          <div class="field">
            <label for={`${id}-password`}>{words.password}</label>
            <input
              ref={passwordField}
              id={`${id}-password`}
              class="input"
              type="text"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              value={password}
              aria-invalid={mistake?.field === 'password'}
              aria-describedby={`${id}-hint`}
              onInput={event => {
                setPassword(event.currentTarget.value);
                setOwnMistake(undefined);
              }}
            />
            {mistake?.field === 'password' ? (
              <Mistake id={`${id}-hint`} sentence={mistake.sentence} />
            ) : (
              <p id={`${id}-hint`} class="small muted">
                {words.passwordHint(inviter)}
              </p>
            )}
          </div>
        )}
        <button type="submit" class="button primary tall" disabled={props.joining} aria-busy={props.joining}>
          {words.join}
        </button>
        {props.joining && (
          <p class="small muted" role="status">
            {words.joining}
          </p>
        )}
      </form>
      <Facts
        facts={[
          { icon: 'lock', says: words.encrypted },
          { icon: 'eye', says: words.served(props.host) },
          { icon: 'person', says: words.asGuest },
        ]}
        title={words.know}
        points={words.knowPoints}
      />
      {props.kept > 0 && (
        <p class="small">
          <OpenKept count={props.kept} />
        </p>
      )}
      <div class="row wrap small muted door-link">
        <span class="grow">{words.linkHidden}</span>
        <CopyButton class="slim" label={common.copyLink} text={props.link} />
      </div>
    </DoorScreen>
  );
}

function Lead({ facts }: { facts: DoorFacts | undefined }) {
  if (facts === undefined) return <p class="muted door-lead">{words.opening}</p>;
  const until = words.until(moment(facts.expiresAtMs, Date.now()));
  const { title } = facts.card;
  return (
    <p class="muted door-lead">
      {title !== '' && (
        <>
          <bdi>{words.chat(title)}</bdi> ·{' '}
        </>
      )}
      {until}
    </p>
  );
}

function Mistake({ id, sentence }: { id: string; sentence: string }) {
  return (
    <p id={id} class="mistake" role="alert">
      {sentence}
    </p>
  );
}

function checkEntry(name: string, passwordNeeded: boolean, password: string): DoorMistake | undefined {
  if (name === '') return { field: 'name', sentence: words.nameMissing };
  if (sizeBytes(name) > NAME_BYTES) return { field: 'name', sentence: words.nameTooLong };
  if (passwordNeeded && password === '') return { field: 'password', sentence: words.passwordMissing };
  return undefined;
}
