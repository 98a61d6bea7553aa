import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { errorCode, toast } from '../toast.tsx';
import { common, trouble, unlock, security as words } from '../words.ts';
import { NewPassphrase, type PassphraseMistake } from './NewPassphrase.tsx';
import { SecretField } from './SecretField.tsx';
import { usePassphrase } from './usePassphrase.ts';

/** Sets the passphrase, or changes it. */
export function PassphraseDialog(props: { view: EngineView; isChange: boolean; onClose: () => void }) {
  const { isChange } = props;
  const [current, setCurrent] = useState('');
  const chosen = usePassphrase();
  const { busy, mistake, setMistake, save, form } = useSaving(async () => {
    await props.view.port.setPassphrase(chosen.passphrase, isChange ? current : undefined);
    toast(isChange ? words.doneChange : words.done);
    props.onClose();
  });
  const id = useId();
  return (
    <Dialog title={isChange ? words.changeWhat : words.set} onClose={() => !busy && props.onClose()}>
      <p>{isChange ? words.changeText : words.setText}</p>
      <form
        ref={form}
        class="stack"
        noValidate
        onSubmit={event => {
          event.preventDefault();
          const wrong = isChange && current === '' ? CURRENT_MISSING : chosen.mistake();
          void save(wrong);
        }}
      >
        {isChange && (
          <SecretField
            id={`${id}-current`}
            label={words.current}
            autocomplete="current-password"
            value={current}
            shown={chosen.shown}
            readOnly={busy}
            mistake={mistake?.field === 'current' ? mistake.sentence : undefined}
            onInput={value => {
              setCurrent(value);
              setMistake(undefined);
            }}
          />
        )}
        <NewPassphrase
          label={isChange ? words.fresh : unlock.passphrase}
          chosen={chosen}
          mistake={mistake}
          busy={busy}
          onEdit={() => setMistake(undefined)}
        />
        <p class="small muted" role="status">
          {busy && words.saving}
        </p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" disabled={busy} onClick={props.onClose}>
            {common.cancel}
          </button>
          <button type="submit" class="button primary" aria-busy={busy} aria-disabled={busy}>
            {isChange ? words.saveChange : words.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const CURRENT_MISSING: PassphraseMistake = { field: 'current', sentence: unlock.missing };

/** Saves what a form holds; the first field with a mistake has the focus then. */
export function useSaving(work: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [mistake, setMistake] = useState<PassphraseMistake | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (mistake === undefined) return;
    const field = form.current?.querySelector<HTMLInputElement>('[aria-invalid="true"]');
    field?.focus();
    field?.select();
  }, [mistake]);

  async function save(wrong: PassphraseMistake | undefined): Promise<void> {
    if (busy) return;
    setMistake(wrong);
    if (wrong !== undefined) return;
    setBusy(true);
    try {
      await work();
    } catch (error) {
      const code = errorCode(error);
      if (code === 'WRONG_SECRET') setMistake({ field: 'current', sentence: unlock.wrong });
      else toast(trouble(code));
    }
    setBusy(false);
  }

  return { busy, mistake, setMistake, save, form };
}
