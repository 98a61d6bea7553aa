import type { SealedAddress } from '@sotto/client/sealed-door';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { useIncomingFiles } from '../conversation/incomingFiles.ts';
import { DoorScreen } from '../door/DoorScreen.tsx';
import { Facts } from '../door/Facts.tsx';
import { NAME_BYTES, sizeBytes, TEXT_BYTES } from '../limits.ts';
import { Icon } from '../shapes/Icon.tsx';
import { Delivery } from './delivery.ts';
import { Fingerprint } from './Fingerprint.tsx';
import type { Receipt } from './Sent.tsx';
import { notSent, sealedPage as words } from './sealedPageWords.ts';
import { refusalIn, type SealedServices } from './services.ts';
import { useLetterFiles } from './useLetterFiles.tsx';

/** The limit is spoken of only when it comes near. */
const NEAR_LIMIT_BYTES = 2_000;

/** What somebody writes, and what it is and lacks. Nothing of it is kept anywhere but in this page. */
export function Write(props: {
  address: SealedAddress;
  /** The address that was opened carries the same fingerprint. */
  vouched: boolean;
  host: string;
  services: SealedServices;
  onSent: (receipt: Receipt) => void;
}) {
  const { address, services } = props;
  const [text, setText] = useState('');
  const [from, setFrom] = useState('');
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState('');
  const [cutOff, setCutOff] = useState(false);
  const [done, setDone] = useState<number | undefined>(undefined);
  const textField = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const attached = useLetterFiles({
    changed: () => setTrouble(''),
    notLoaded: () => setTrouble(words.filesNotLoaded),
  });
  const delivery = useMemo(() => new Delivery(services, address), [services, address]);
  const id = useId();
  const leftBytes = useMemo(() => TEXT_BYTES - sizeBytes(text), [text]);
  const fromTooLong = sizeBytes(from.trim()) > NAME_BYTES;

  const attach = (files: readonly File[], folders: number): void => {
    if (sending) return;
    written();
    void attached.add(files, folders);
  };
  const dropping = useIncomingFiles(attach);

  useWarning(text !== '' || attached.count > 0);

  async function send(): Promise<void> {
    if (sending || fromTooLong) return;
    setCutOff(false);
    const empty = text.trim() === '' && attached.count === 0;
    if (empty || leftBytes < 0) {
      setTrouble(empty ? words.empty : '');
      textField.current?.focus();
      return;
    }
    const filesTrouble = attached.trouble();
    setTrouble(filesTrouble);
    if (filesTrouble !== '') return;
    setSending(true);
    try {
      const files = await attached.read();
      if (files === undefined) {
        setTrouble(words.fileNotRead);
        setSending(false);
        return;
      }
      const progress = files.length === 0 ? undefined : (sent: number, all: number) => setDone(sent / all);
      const letter = await delivery.send({ text, from: from.trim() || undefined, files }, progress);
      const said = attached.said;
      props.onSent({
        letter,
        characters: [...text].length,
        ...(said !== undefined && { files: said }),
        atMs: Date.now(),
      });
    } catch (error) {
      setDone(undefined);
      const { code, retryAtMs } = refusalIn(error, Date.now());
      setTrouble(notSent(code, retryAtMs));
      setCutOff(code === 'NO_NETWORK');
      setSending(false);
    }
  }

  useEffect(() => {
    if (!cutOff) return;
    const again = (): void => void send();
    window.addEventListener('online', again);
    return () => window.removeEventListener('online', again);
  });

  const written = (): void => {
    setTrouble('');
    setCutOff(false);
  };
  return (
    <DoorScreen title={words.title(address.handle)} lead={<p class="muted door-lead">{words.lead}</p>}>
      {/* Without autocomplete, browsers do not write down what stands in a form to put it back after a crash. */}
      <form
        class="stack takes-files"
        noValidate
        autocomplete="off"
        onSubmit={event => {
          event.preventDefault();
          void send();
        }}
      >
        <div class="field">
          <label for={`${id}-text`}>{words.text}</label>
          <textarea
            ref={textField}
            id={`${id}-text`}
            class="input sealed-text"
            rows={6}
            dir="auto"
            autocomplete="off"
            // Some browsers send what they spell to a service.
            spellcheck={false}
            readOnly={sending}
            value={text}
            aria-invalid={leftBytes < 0 || trouble === words.empty}
            aria-describedby={`${id}-limit`}
            onInput={event => {
              setText(event.currentTarget.value);
              written();
            }}
          />
          <p
            id={`${id}-limit`}
            class={`small sealed-limit ${leftBytes < 0 ? 'mistake' : 'muted'}`}
            role="status"
          >
            {leftBytes < 0
              ? words.tooLong(-leftBytes)
              : leftBytes < NEAR_LIMIT_BYTES && words.fewBytesLeft(leftBytes)}
          </p>
        </div>
        <div class="field">
          <div>
            <button
              type="button"
              class="button slim"
              aria-describedby={`${id}-files`}
              disabled={sending}
              onClick={() => chooser.current?.click()}
            >
              <Icon name="attach" />
              {dropping ? words.drop : words.attach}
            </button>
            <input
              ref={chooser}
              class="hidden-file"
              type="file"
              multiple
              aria-label={words.attach}
              tabIndex={-1}
              onChange={event => {
                const chosen = [...(event.currentTarget.files ?? [])];
                event.currentTarget.value = '';
                attach(chosen, 0);
              }}
            />
          </div>
          <p id={`${id}-files`} class="small muted">
            {words.attachHint}
          </p>
          {attached.view({ sending, onEmptied: () => textField.current?.focus() })}
        </div>
        <div class="field">
          <label for={`${id}-from`}>{words.from}</label>
          <input
            id={`${id}-from`}
            class="input"
            dir="auto"
            autocomplete="off"
            spellcheck={false}
            readOnly={sending}
            value={from}
            aria-invalid={fromTooLong}
            aria-describedby={`${id}-hint`}
            onInput={event => {
              setFrom(event.currentTarget.value);
              written();
            }}
          />
          <p id={`${id}-hint`} class={fromTooLong ? 'mistake' : 'small muted'} aria-live="polite">
            {fromTooLong ? words.fromTooLong : words.fromHint}
          </p>
        </div>
        {trouble !== '' && (
          <p class="notice warn" role="alert">
            <Icon name="warn" />
            <span>{trouble}</span>
          </p>
        )}
        <button type="submit" class="button primary tall" aria-disabled={sending} aria-busy={sending}>
          {words.send}
        </button>
        {sending && (
          <p class="small muted" role="status">
            {words.sending}
          </p>
        )}
        {done !== undefined && <progress class="progress" aria-label={words.progress} value={done} />}
      </form>
      <Fingerprint address={address} vouched={props.vouched} />
      <Facts
        facts={[
          { icon: 'lock', says: words.facts.sealed },
          { icon: 'key', says: words.facts.secrecy },
          { icon: 'eye', says: words.facts.servedBy(props.host) },
        ]}
        title={words.know}
        points={words.knowPoints}
      />
    </DoorScreen>
  );
}

/** The browser asks before it leaves a page with something written on it. */
function useWarning(written: boolean): void {
  useEffect(() => {
    if (!written) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [written]);
}
