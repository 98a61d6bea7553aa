import { useEffect, useState } from 'preact/hooks';

/** Long enough to be picked up; what was said (a message, perhaps) does not stay in the page. */
const GONE_AFTER_MS = 5_000;

const listeners = new Set<(text: string) => void>();
let last = '';

/** Says something to a screen reader, politely: when it has finished what it is saying. */
export function announce(text: string): void {
  // The same sentence twice is a change only if its text changes.
  last = text === last ? `${text}\u00a0` : text;
  for (const listener of listeners) listener(last);
}

/** Where announcements are read from. Once per page. */
export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    listeners.add(setText);
    return () => void listeners.delete(setText);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setText(''), GONE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="hidden-text" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  );
}
