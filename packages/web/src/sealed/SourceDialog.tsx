import type { NewSource, SourceView } from '@sotto/client';
import { useId, useState } from 'preact/hooks';
import type { SealedPort } from '../engineOffers.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { TextField } from '../shapes/TextField.tsx';
import { useForm } from '../shapes/useForm.ts';
import { attempt } from '../toast.tsx';
import { common } from '../words.ts';
import { sealedTrouble, alerts as words } from './sealedWords.ts';

const PER_HOUR = 60;

/** A source is named and limited, when it is made and later. */
export function SourceDialog(props: {
  port: SealedPort;
  /** Undefined: a new one. */
  source: SourceView | undefined;
  onToken: (name: string, made: NewSource) => void;
  onClose: () => void;
}) {
  const { port, source, onClose } = props;
  const [name, setName] = useState(source?.name ?? '');
  const [perHour, setPerHour] = useState(String(source?.perHour ?? PER_HOUR));
  const id = useId();
  const form = useForm<'name'>(
    async () => {
      const change = { name: name.trim(), perHour: Number(perHour) };
      if (source === undefined) {
        props.onToken(change.name, await port.makeSource(change));
        return;
      }
      await port.changeSource(source.sourceId, change);
      onClose();
    },
    error => ({ at: 'form', sentence: sealedTrouble(error) }),
  );

  async function renew(): Promise<void> {
    if (source === undefined) return;
    const renewing = port.renewSourceToken(source.sourceId);
    if (await attempt(renewing, sealedTrouble)) props.onToken(source.name || words.unnamed, await renewing);
  }

  return (
    <Dialog title={words.makeTitle} onClose={() => !form.busy && onClose()}>
      <form
        id={`${id}-form`}
        ref={form.form}
        class="stack"
        noValidate
        onSubmit={event =>
          void form.submit(
            event,
            name.trim() === '' ? { at: 'name', sentence: words.nameMissing } : undefined,
          )
        }
      >
        <TextField
          id={`${id}-name`}
          label={words.name}
          value={name}
          readOnly={form.busy}
          mistake={form.at('name')}
          hint={words.nameHint}
          onInput={value => {
            setName(value);
            form.clear();
          }}
        />
        <div class="field">
          <label for={`${id}-limit`}>{words.perHour}</label>
          <input
            id={`${id}-limit`}
            class="input"
            type="number"
            min="1"
            max="3600"
            inputmode="numeric"
            value={perHour}
            onInput={event => setPerHour(event.currentTarget.value)}
          />
        </div>
        {form.at('form') !== undefined && (
          <p class="mistake" role="alert">
            {form.at('form')}
          </p>
        )}
      </form>
      {source !== undefined && (
        <div class="stack tight">
          <div>
            <button type="button" class="button slim" onClick={renew}>
              {words.renew}
            </button>
          </div>
          <p class="small muted">{words.renewHint}</p>
        </div>
      )}
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={form.busy} onClick={onClose}>
          {common.cancel}
        </button>
        <button
          type="submit"
          form={`${id}-form`}
          class="button primary"
          disabled={form.busy}
          aria-busy={form.busy}
        >
          {source === undefined ? words.action : words.save}
        </button>
      </div>
    </Dialog>
  );
}
