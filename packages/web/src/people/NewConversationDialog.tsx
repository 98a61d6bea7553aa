import type { PersonView, RoomId } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import type { PeoplePort } from '../engineOffers.ts';
import { type EngineView, useEngineState } from '../engineView.ts';
import { rsaChoice, sealedTrouble } from '../sealed/sealedWords.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { TextField } from '../shapes/TextField.tsx';
import { useForm } from '../shapes/useForm.ts';
import { attempt } from '../toast.tsx';
import { common } from '../words.ts';
import { FindPerson } from './FindPerson.tsx';
import { PeoplePicker, PersonLine } from './PeoplePicker.tsx';
import { peopleTrouble, person as personWords, newConversation as words } from './peopleWords.ts';
import '../styles/account.css';

const loadVerify = () => import('./VerifyDialog.tsx');

type Kind = keyof typeof words.kinds;
const KINDS: readonly Kind[] = ['person', 'group', 'link'];

/** Begins a conversation: with one person by handle, with a group, or by a link for whoever has no account. */
export function NewConversationDialog(props: {
  view: EngineView;
  port: PeoplePort;
  /** Undefined where this address starts no chats by link. */
  onLink: (() => void) | undefined;
  onOpen: (roomId: RoomId) => void;
  onClose: () => void;
}) {
  const { view, port, onClose } = props;
  const state = useEngineState(view);
  const [kind, setKind] = useState<Kind>('person');
  const id = useId();
  const self = state?.self?.accountId;
  const known = (state?.people ?? []).filter(({ accountId }) => accountId !== self);
  const begun = (roomId: RoomId): void => {
    onClose();
    props.onOpen(roomId);
  };
  return (
    <Dialog title={words.title} cross onClose={onClose}>
      <div class="choice" role="radiogroup" aria-label={words.kind}>
        {KINDS.map(name => (
          <label key={name}>
            <input type="radio" name={id} checked={kind === name} onChange={() => setKind(name)} />
            {words.kinds[name]}
          </label>
        ))}
      </div>
      {kind === 'person' && (
        <WithPerson
          port={port}
          self={self}
          known={known}
          rsa={state?.sealed?.keys !== undefined}
          onBegun={begun}
        />
      )}
      {kind === 'group' && <WithGroup port={port} self={self} known={known} onBegun={begun} />}
      {kind === 'link' && (
        <>
          <p>{words.linkText}</p>
          {props.onLink === undefined ? (
            <p class="notice">{words.linkNot}</p>
          ) : (
            <div class="dialog-actions">
              <button
                type="button"
                class="button primary"
                onClick={() => {
                  onClose();
                  props.onLink?.();
                }}
              >
                {words.linkAction}
              </button>
            </div>
          )}
        </>
      )}
    </Dialog>
  );
}

interface With {
  readonly port: PeoplePort;
  readonly self: PersonView['accountId'] | undefined;
  readonly known: readonly PersonView[];
  readonly onBegun: (roomId: RoomId) => void;
}

function WithPerson({ port, self, known, rsa, onBegun }: With & { readonly rsa: boolean }) {
  const [asFound, setFound] = useState<PersonView | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [cipher, setCipher] = useState<Cipher>('mls');
  const [verifies, setVerifies] = useState(false);
  const verifying = useLoaded(verifies, loadVerify, () => setVerifies(false));
  // Verified since, perhaps.
  const found = known.find(({ accountId }) => accountId === asFound?.accountId) ?? asFound;

  async function write({ accountId, handle }: PersonView, kind: Cipher): Promise<void> {
    if (busy) return;
    setBusy(true);
    const started = port.startDirect(handle === undefined ? { accountId } : { handle }, { kind });
    if (await attempt(started, sealedTrouble)) onBegun((await started).roomId);
    setBusy(false);
  }

  return (
    <>
      <FindPerson
        port={port}
        self={self}
        label={words.handle}
        hint={words.handleHint}
        primary={found === undefined}
        onFound={setFound}
      />
      {found !== undefined && (
        <div class="found-person" role="status">
          <PersonLine person={found} />
          {found.posesAs !== undefined && (
            <p class="notice warn">
              <Icon name="warn" />
              <span>{personWords.posesAs(found.posesAs)}</span>
            </p>
          )}
          {rsa && <CipherChoice chosen={cipher} onChoose={setCipher} />}
          <div class="row wrap">
            <button
              type="button"
              class="button primary"
              aria-busy={busy}
              disabled={found.blocked}
              onClick={() => write(found, cipher)}
            >
              {words.writeTo(found.name || common.someone)}
            </button>
            {found.trust !== 'verified' && (
              <button type="button" class="button" onClick={() => setVerifies(true)}>
                {words.verifyFirst}
              </button>
            )}
          </div>
        </div>
      )}
      {verifies && verifying !== undefined && found !== undefined && (
        <verifying.VerifyDialog
          port={port}
          person={{ accountId: found.accountId, name: found.name || common.someone }}
          onClose={() => setVerifies(false)}
        />
      )}
      {known.length > 0 && (
        <section class="stack tight" aria-label={words.known}>
          <h3 class="label">{words.known}</h3>
          <ul class="pick-list plain">
            {known.map(person => (
              <li key={person.accountId}>
                <button
                  type="button"
                  class="rail-item"
                  disabled={busy || person.blocked}
                  onClick={() => write(person, 'mls')}
                >
                  <PersonLine person={person} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

type Cipher = keyof typeof rsaChoice.kinds;
const CIPHERS: readonly Cipher[] = ['mls', 'rsa-sealed'];

/** For who has RSA keys: where a policy asks for it, and with what it lacks said before. */
function CipherChoice({ chosen, onChoose }: { chosen: Cipher; onChoose: (cipher: Cipher) => void }) {
  const id = useId();
  return (
    <div class="field">
      <span id={id} class="label">
        {rsaChoice.label}
      </span>
      <div class="choice" role="radiogroup" aria-labelledby={id}>
        {CIPHERS.map(name => (
          <label key={name}>
            <input type="radio" name={id} checked={chosen === name} onChange={() => onChoose(name)} />
            {rsaChoice.kinds[name]}
          </label>
        ))}
      </div>
      {chosen === 'rsa-sealed' && (
        <p class="small muted" role="status">
          {rsaChoice.hint}
        </p>
      )}
    </div>
  );
}

function WithGroup({ port, self, known, onBegun }: With) {
  const [title, setTitle] = useState('');
  const [chosen, setChosen] = useState<readonly PersonView[]>([]);
  const id = useId();
  const form = useForm<'title' | 'people'>(
    async () => {
      const accountIds = chosen.map(({ accountId }) => accountId);
      const { roomId } = await port.createGroup({ title: title.trim(), accountIds });
      onBegun(roomId);
    },
    error => ({ at: 'form', sentence: peopleTrouble(error) }),
  );
  function inTheWay() {
    if (title.trim() === '') return { at: 'title', sentence: words.groupTitleMissing } as const;
    return chosen.length === 0 ? ({ at: 'people', sentence: words.groupNobody } as const) : undefined;
  }
  return (
    <>
      <form
        id={`${id}-form`}
        ref={form.form}
        noValidate
        onSubmit={event => void form.submit(event, inTheWay())}
      >
        <TextField
          id={`${id}-title`}
          label={words.groupTitle}
          value={title}
          readOnly={form.busy}
          mistake={form.at('title')}
          onInput={value => {
            setTitle(value);
            form.clear();
          }}
        />
      </form>
      <PeoplePicker
        port={port}
        self={self}
        label={words.groupPeople}
        known={known.filter(({ blocked }) => !blocked)}
        chosen={chosen}
        mistake={form.at('people')}
        onChange={next => {
          setChosen(next);
          form.clear();
        }}
      />
      <p class={form.at('form') === undefined ? 'small muted' : 'mistake'} role="status">
        {form.at('form') ?? (form.busy ? words.making : '')}
      </p>
      <div class="dialog-actions in-view">
        <button
          type="submit"
          form={`${id}-form`}
          class="button primary"
          aria-busy={form.busy}
          aria-disabled={form.busy}
        >
          {words.createGroup}
        </button>
      </div>
    </>
  );
}
