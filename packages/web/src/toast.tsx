import type { ClientErrorCode } from '@sotto/client';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { trouble } from './words.ts';

type Listener = (sentence: string) => void;
const listeners = new Set<Listener>();

const SHOWN_FOR_MS = 6_000;

/** Shows one sentence for a moment at the foot of the page, and says it to a screen reader. */
export function toast(sentence: string): void {
  for (const listener of listeners) listener(sentence);
}

/** Tells of each sentence, and with an empty one that its moment is over. Returns the way to stop. */
function listen(tell: Listener): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show: Listener = sentence => {
    clearTimeout(timer);
    tell(sentence);
    timer = setTimeout(() => tell(''), SHOWN_FOR_MS);
  };
  listeners.add(show);
  return () => {
    clearTimeout(timer);
    listeners.delete(show);
  };
}

/** Carries out an intent; a refusal becomes its sentence. Resolves to whether it was done. */
export async function attempt(
  intent: Promise<unknown>,
  sentence: (error: unknown) => string = error => trouble(errorCode(error)),
): Promise<boolean> {
  try {
    await intent;
    return true;
  } catch (error) {
    toast(sentence(error));
    return false;
  }
}

/** The code of a `ClientError`, also of one that came over from the Worker, and what the browser says of a passkey. */
export function errorCode(error: unknown): ClientErrorCode | 'PASSKEY_REFUSED' | undefined {
  return typeof error === 'object' && error !== null && 'code' in error
    ? (error.code as ClientErrorCode)
    : undefined;
}

/** Where toasts appear. Once per page. */
export function Toasts() {
  const [sentence, setSentence] = useState('');
  useEffect(() => listen(setSentence), []);
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = place;
    if (sentence === '' || current?.isConnected !== true || current.showPopover === undefined) return;
    // Shown anew it stands above a dialog that was opened since.
    if (current.matches(':popover-open')) current.hidePopover();
    current.showPopover();
  }, [sentence]);
  return (
    <div ref={place} class="toasts" popover="manual" aria-live="polite">
      {sentence !== '' && <div class="toast">{sentence}</div>}
    </div>
  );
}

/**
 * Says toasts within a modal dialog, where everything else on the page is inert and not heard; they are seen above it.
 * In a closed shadow tree, as announcements are: the page has each sentence once.
 */
export function ToastsHeard() {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const region = document.createElement('div');
    region.ariaLive = 'polite';
    host.current?.attachShadow({ mode: 'closed' }).append(region);
    return listen(sentence => {
      region.textContent = sentence;
    });
  }, []);
  return <div ref={host} class="hidden-text" />;
}
