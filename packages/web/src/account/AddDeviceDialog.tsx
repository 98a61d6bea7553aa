import type { LinkRequest } from '@sotto/client';
import { useId, useRef, useState } from 'preact/hooks';
import type { AccountsPort } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import { ScanCode } from '../people/ScanCode.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { TextField } from '../shapes/TextField.tsx';
import { useForm } from '../shapes/useForm.ts';
import { toast } from '../toast.tsx';
import { common } from '../words.ts';
import { accountTrouble, devices as words } from './accountWords.ts';

interface ReadOf {
  readonly code: string;
  readonly request: LinkRequest;
}

/** The side of the device that is in: reads the code of the new one, compares words, and adds it. */
export function AddDeviceDialog({
  port,
  onClose,
}: {
  view: EngineView;
  port: AccountsPort;
  onClose: () => void;
}) {
  const [read, setRead] = useState<ReadOf | undefined>(undefined);
  return (
    <Dialog title={words.addTitle} onClose={onClose}>
      {read === undefined ? (
        <ReadCode port={port} onRead={setRead} onClose={onClose} />
      ) : (
        <Compare port={port} {...read} onClose={onClose} />
      )}
    </Dialog>
  );
}

function ReadCode(props: { port: AccountsPort; onRead: (read: ReadOf) => void; onClose: () => void }) {
  const [code, setCode] = useState('');
  const latest = useRef('');
  latest.current = code;
  const id = useId();
  const form = useForm<'code'>(
    () => read(latest.current),
    error => ({ at: 'code', sentence: accountTrouble(error) }),
  );

  async function read(text: string): Promise<void> {
    props.onRead({ code: text, request: await props.port.readLinkCode(text) });
  }

  return (
    <form
      ref={form.form}
      class="stack"
      noValidate
      onSubmit={event =>
        void form.submit(
          event,
          code.trim() === '' ? { at: 'code', sentence: words.addCodeMissing } : undefined,
        )
      }
    >
      <p class="muted">{words.addLead}</p>
      <ScanCode
        onText={text => {
          // What was scanned is whole: nothing is left to be pressed.
          setCode(text);
          latest.current = text;
          void form.submit(new Event('submit'));
        }}
      />
      <TextField
        id={id}
        label={words.addCode}
        plain
        value={code}
        readOnly={form.busy}
        mistake={form.at('code')}
        hint={words.addCodeHint}
        onInput={value => {
          setCode(value);
          form.clear();
        }}
      />
      <p class="small muted" role="status">
        {form.busy && words.reading}
      </p>
      <div class="dialog-actions">
        <button type="button" class="button quiet" onClick={props.onClose}>
          {common.cancel}
        </button>
        <button type="submit" class="button primary" aria-busy={form.busy} aria-disabled={form.busy}>
          {words.readCode}
        </button>
      </div>
    </form>
  );
}

function Compare(props: ReadOf & { port: AccountsPort; onClose: () => void }) {
  const { request } = props;
  const [name, setName] = useState(request.name);
  const id = useId();
  const form = useForm<'name'>(
    async () => {
      await props.port.approveLink(props.code, name.trim() || request.name);
      toast(words.approved);
      props.onClose();
    },
    error => ({ at: 'form', sentence: accountTrouble(error) }),
  );
  return (
    <form ref={form.form} class="stack" noValidate onSubmit={event => void form.submit(event)}>
      <p>{words.wantsIn(request.name)}</p>
      <h3>{words.compare}</h3>
      <ul class="words" aria-label={words.words}>
        {request.words.map(word => (
          <li key={word}>{word}</li>
        ))}
      </ul>
      <p>{words.compareText}</p>
      <TextField
        id={id}
        label={words.newName}
        value={name}
        readOnly={form.busy}
        hint={words.nameHint}
        onInput={setName}
      />
      <p class="small muted">{words.fromNowOn}</p>
      <p class="mistake" role="status">
        {form.at('form')}
      </p>
      <div class="dialog-actions stacking">
        <button
          type="button"
          class="button danger"
          disabled={form.busy}
          onClick={() => {
            props.port.refuseLink(props.code).catch(() => undefined);
            toast(words.differSaid);
            props.onClose();
          }}
        >
          {words.differ}
        </button>
        <button type="submit" class="button primary" aria-busy={form.busy} aria-disabled={form.busy}>
          {words.approve}
        </button>
      </div>
    </form>
  );
}
