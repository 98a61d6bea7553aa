import { useEffect, useState } from 'preact/hooks';

/** Whether a media query holds, drawn again when that changes. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const check = (): void => setHolds(list.matches);
    check();
    list.addEventListener('change', check);
    return () => list.removeEventListener('change', check);
  }, [query]);
  return holds;
}

/** Below this a side panel stands over the conversation instead of beside it (conversation.css). */
export const NO_ROOM_FOR_PANEL = '(max-width: 1099px)';
