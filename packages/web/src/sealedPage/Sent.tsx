import type { SealedAddress, SealedLetter } from '@sotto/client/sealed-door';
import { DoorScreen } from '../door/DoorScreen.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { fullTime } from '../when.ts';
import { sealedPage as words } from './sealedPageWords.ts';

/** What there is to show of a message that was sent; its words are not among it. */
export interface Receipt {
  readonly letter: SealedLetter;
  readonly characters: number;
  /** How many, and how large; absent: none went with it. */
  readonly files?: string;
  /** When the server said that it has it. */
  readonly atMs: number;
}

const SHOWN_CHARS = 480;

/** What was sent, when and for whom, and what the server got of it. */
export function Sent(props: { address: SealedAddress; receipt: Receipt; onAnother: () => void }) {
  const { handle, fingerprint } = props.address;
  const { letter, characters, files, atMs } = props.receipt;
  const { sentFacts } = words;
  const facts = [
    [sentFacts.when, fullTime(atMs)],
    [sentFacts.to, `@${handle}`],
    [sentFacts.fingerprint, fingerprint.join(' ')],
    [sentFacts.length, sentFacts.characters(characters)],
    ...(files === undefined ? [] : [[sentFacts.files, files] as const]),
    [sentFacts.sealed, sentFacts.bytes(letter.jwe.length)],
    [sentFacts.id, letter.id],
  ] as const;
  return (
    <DoorScreen title={words.sentTitle} lead={<p class="muted door-lead">{words.sentLead(handle)}</p>}>
      <dl class="sealed-receipt">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt class="small muted">{name}</dt>
            <dd class={name === sentFacts.id || name === sentFacts.fingerprint ? 'mono' : ''}>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="notice">
        <Icon name="check" />
        <span>{words.gone}</span>
      </p>
      <details class="folded">
        <summary>
          <Icon name="right" />
          {words.whatTheServerGot}
        </summary>
        <p class="sealed-bytes mono small muted">{letter.jwe.slice(0, SHOWN_CHARS)}</p>
        {letter.jwe.length > SHOWN_CHARS && (
          <p class="small muted sealed-more">{words.more(letter.jwe.length - SHOWN_CHARS)}</p>
        )}
      </details>
      <div>
        <button type="button" class="button" onClick={props.onAnother}>
          {words.another}
        </button>
      </div>
    </DoorScreen>
  );
}
