import type { PersonView, SafetyNumberView, ScanOutcome } from '@sotto/client';
import { useEffect, useId, useState } from 'preact/hooks';
import type { PeoplePort } from '../engineOffers.ts';
import { CopyButton } from '../shapes/CopyButton.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { QrCode } from '../shapes/QrCode.tsx';
import { TextField } from '../shapes/TextField.tsx';
import { attempt, toast } from '../toast.tsx';
import { peopleTrouble, verifying as words } from './peopleWords.ts';
import { ScanCode } from './ScanCode.tsx';
import { groupsOf } from './safetyDigits.ts';
import '../styles/account.css';

/** Compares the safety number with one person, by eye or by camera. */
export function VerifyDialog(props: {
  port: PeoplePort;
  person: Pick<PersonView, 'accountId' | 'name'>;
  onClose: () => void;
}) {
  const { port, person, onClose } = props;
  const [number, setNumber] = useState<SafetyNumberView | 'none' | undefined>(undefined);
  const [outcome, setOutcome] = useState<ScanOutcome | undefined>(undefined);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let current = true;
    port.safetyNumber(person.accountId).then(
      answer => current && setNumber(answer),
      () => current && setNumber('none'),
    );
    return () => {
      current = false;
    };
  }, [port, person.accountId]);

  async function compare(text: string): Promise<void> {
    setOutcome(undefined);
    await attempt(
      port.compareScanned(person.accountId, new TextEncoder().encode(text.trim())).then(setOutcome),
      peopleTrouble,
    );
  }

  async function mark(): Promise<void> {
    setBusy(true);
    if (await attempt(port.markVerified(person.accountId), peopleTrouble)) {
      toast(words.marked(person.name));
      onClose();
    } else setBusy(false);
  }

  return (
    <Dialog title={words.title(person.name)} wide cross onClose={onClose}>
      <p>{words.lead(person.name)}</p>
      {number === undefined && (
        <p class="muted" role="status">
          {words.working}
        </p>
      )}
      {number === 'none' && <p class="notice warn">{words.cannot}</p>}
      {typeof number === 'object' && (
        <>
          <div class="safety">
            <QrCode text={new TextDecoder().decode(number.qr)} label={words.qr} />
            <div class="stack tight">
              {/* biome-ignore lint/a11y/useSemanticElements: it is no part of a form */}
              <div class="safety-number mono" role="group" aria-label={words.number} dir="ltr">
                {groupsOf(number.digits).map((digits, at) => (
                  // The same five may stand in it twice.
                  <span key={at}>{digits} </span>
                ))}
              </div>
              <div class="row wrap">
                <CopyButton class="slim" label={words.copy} text={groupsOf(number.digits).join(' ')} />
              </div>
            </div>
          </div>
          {outcome !== undefined && <Outcome outcome={outcome} name={person.name} />}
          {outcome === 'match' ? (
            <div class="dialog-actions">
              <button type="button" class="button primary" onClick={onClose}>
                {words.done}
              </button>
            </div>
          ) : (
            <>
              <Scanning onText={text => void compare(text)} />
              <div class="dialog-actions in-view">
                <button
                  type="button"
                  class="button primary"
                  disabled={busy || outcome === 'mismatch'}
                  aria-busy={busy}
                  onClick={mark}
                >
                  {words.mark}
                </button>
              </div>
            </>
          )}
        </>
      )}
    </Dialog>
  );
}

function Outcome({ outcome, name }: { outcome: ScanOutcome; name: string }) {
  const tone = outcome === 'match' ? 'good' : outcome === 'mismatch' ? 'bad' : 'warn';
  return (
    <p class={`notice ${tone}`} role="alert">
      <Icon name={outcome === 'match' ? 'check' : 'warn'} />
      <span>{words.outcomes[outcome](name)}</span>
    </p>
  );
}

/** The other way: their code, by camera, from a picture, or as text. */
function Scanning({ onText }: { onText: (text: string) => void }) {
  const [pasted, setPasted] = useState('');
  const id = useId();
  return (
    <section class="stack tight ruled">
      <h3 class="label">{words.scanTitle}</h3>
      <ScanCode onText={onText} />
      <details class="folded">
        <summary>
          <Icon name="right" />
          {words.paste}
        </summary>
        <form
          class="row scan-paste"
          onSubmit={event => {
            event.preventDefault();
            if (pasted.trim() !== '') onText(pasted);
          }}
        >
          <span class="grow">
            <TextField id={id} label={words.scanned} plain value={pasted} onInput={setPasted} />
          </span>
          <button type="submit" class="button">
            {words.compare}
          </button>
        </form>
      </details>
    </section>
  );
}
