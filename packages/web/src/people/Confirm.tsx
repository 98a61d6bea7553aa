import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../shapes/Dialog.tsx';
import { attempt } from '../toast.tsx';
import { common } from '../words.ts';
import { peopleTrouble } from './peopleWords.ts';

/** Says what an action does, and carries it out if it is still wanted. */
export function Confirm(props: {
  title: string;
  action: string;
  danger?: boolean;
  cancel?: string;
  work: () => Promise<unknown>;
  /** What went wrong, as a sentence. */
  trouble?: (error: unknown) => string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  async function go(): Promise<void> {
    setBusy(true);
    await attempt(props.work(), props.trouble ?? peopleTrouble);
    props.onClose();
  }
  return (
    <Dialog title={props.title} onClose={() => !busy && props.onClose()}>
      {props.children}
      <div class="dialog-actions">
        <button type="button" class="button quiet" disabled={busy} onClick={props.onClose}>
          {props.cancel ?? common.cancel}
        </button>
        <button
          type="button"
          class={`button ${props.danger === true ? 'danger filled' : 'primary'}`}
          disabled={busy}
          aria-busy={busy}
          onClick={go}
        >
          {props.action}
        </button>
      </div>
    </Dialog>
  );
}
