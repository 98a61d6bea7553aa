import { useEffect, useState } from 'preact/hooks';

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
  return (
    <div class="hidden-text" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  );
}
