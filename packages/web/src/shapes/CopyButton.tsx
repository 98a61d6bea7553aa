import { useEffect, useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { toast } from '../toast.tsx';
import { common } from '../words.ts';
import { Icon } from './Icon.tsx';

const SHOWN_FOR_MS = 2_000;

/**
 * Copies a text and says so, by eye and by voice. Its accessible name stays the same all the while.
 */
export function CopyButton(props: {
  text: string;
  label: string;
  name?: string;
  class: string;
  onCopied?: () => void;
  /** What to do where the browser does not let a page copy: select the text, for instance. */
  onRefused?: () => void;
  /** What is said then. */
  refused?: string;
}) {
  const [copied, setCopied] = useState(0);
  useEffect(() => {
    if (copied === 0) return;
    const timer = setTimeout(() => setCopied(0), SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(props.text);
    } catch {
      props.onRefused?.();
      toast(props.refused ?? common.copyFailed);
      return;
    }
    setCopied(Date.now());
    announce(common.copied);
    props.onCopied?.();
  }

  return (
    <button
      type="button"
      class={`button copy ${props.class}`}
      aria-label={props.name ?? props.label}
      onClick={copy}
    >
      <span class={copied === 0 ? '' : 'invisible'} aria-hidden="true">
        {props.label}
      </span>
      {copied !== 0 && (
        <span class="copied" aria-hidden="true">
          <Icon name="check" tiny /> {common.copied}
        </span>
      )}
    </button>
  );
}
