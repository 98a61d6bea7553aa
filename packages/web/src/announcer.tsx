import { useLayoutEffect, useRef } from 'preact/hooks';
import { whenLocked } from './lock/forgetShown.ts';

/** Long enough to be picked up; what was said (a message, perhaps) does not stay in the page. */
const GONE_AFTER_MS = 5_000;

type Say = (text: string) => void;

/** From where it can be said, the innermost last: behind an open dialog everything is inert, and nothing is heard. */
const places: Say[] = [];
let last = '';
let soon: ReturnType<typeof setTimeout> | undefined;

/** Says something to a screen reader, politely: when it has finished what it is saying. */
export function announce(text: string): void {
  // The same sentence twice is a change only if its text changes.
  last = text === last ? `${text}\u00a0` : text;
  clearTimeout(soon);
  // A dialog that is opened or closed with it is so by then.
  soon = setTimeout(() => places.at(-1)?.(last));
}

// What was said last may be a message.
whenLocked(() => {
  last = '';
  clearTimeout(soon);
  for (const say of places) say('');
});

/**
 * Where announcements are read from. Once per page, and once in each modal dialog (`within`). The text stands in a
 * closed shadow tree: screen readers hear it, while the page itself has each message once, for whoever selects,
 * copies or searches it.
 */
export function Announcer({ within = false }: { within?: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const region = document.createElement('div');
    region.ariaLive = 'polite';
    region.ariaAtomic = 'true';
    host.current?.attachShadow({ mode: 'closed' }).append(region);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say: Say = text => {
      clearTimeout(timer);
      region.textContent = text;
      timer = setTimeout(() => {
        region.textContent = '';
      }, GONE_AFTER_MS);
    };
    // A dialog that is open from the beginning is there before the page has its own.
    if (within) places.push(say);
    else places.unshift(say);
    return () => {
      clearTimeout(timer);
      places.splice(places.indexOf(say), 1);
    };
  }, []);
  return <div ref={host} class="hidden-text" />;
}
