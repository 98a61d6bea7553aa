import { useId, useState } from 'preact/hooks';
import type { SealedPort } from '../engineOffers.ts';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt } from '../toast.tsx';
import { common } from '../words.ts';
import { sealedTrouble, sealedSettings as words } from './sealedWords.ts';

const BITS = [3072, 4096] as const;

/** RSA keys are made on this device; how long they are is a choice that few have to make. */
export function MakeKeysDialog({ port, onClose }: { port: SealedPort; onClose: () => void }) {
  const [bits, setBits] = useState<(typeof BITS)[number]>(3072);
  const [strangers, setStrangers] = useState(true);
  const [busy, setBusy] = useState(false);
  const id = useId();

  async function make(): Promise<void> {
    setBusy(true);
    const made = await attempt(port.makeSealedKeys({ bits, strangers }), sealedTrouble);
    setBusy(false);
    if (made) onClose();
  }

  return (
    <Dialog title={words.makeTitle} onClose={() => !busy && onClose()}>
      <p>{words.makeText}</p>
      <div class="field">
        <span id={id} class="label">
          {words.bits}
        </span>
        <div class="choice" role="radiogroup" aria-labelledby={id}>
          {BITS.map(each => (
            <label key={each}>
              <input type="radio" name={id} checked={bits === each} onChange={() => setBits(each)} />
              {words.bitsNames[each]}
            </label>
          ))}
        </div>
        <p class="small muted">{words.bitsHint}</p>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={strangers}
          aria-label={words.strangers}
          onChange={event => setStrangers(event.currentTarget.checked)}
        />
        <span>{words.strangers}</span>
        <span class="small muted">{words.strangersHint}</span>
      </label>
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={busy} onClick={onClose}>
          {common.cancel}
        </button>
        <button type="button" class="button primary" disabled={busy} aria-busy={busy} onClick={make}>
          {words.make}
        </button>
      </div>
    </Dialog>
  );
}
