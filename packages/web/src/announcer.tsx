import { useLayoutEffect, useRef } from 'preact/hooks';
import { whenLocked } from './lock/forgetShown.ts';

/** Long enough to be picked up; what was said (a message, perhaps) does not stay in the page. */
const GONE_AFTER_MS = 5_000;

let say: ((text: string) => void) | undefined;
let last = '';

/** Says something to a screen reader, politely: when it has finished what it is saying. */
export function announce(text: string): void {
  // The same sentence twice is a change only if its text changes.
  last = text === last ? `${text}\u00a0` : text;
  say?.(last);
}

// What was said last may be a message.
whenLocked(() => {
  last = '';
  say?.('');
});

/**
 * Where announcements are read from. Once per page. The text stands in a closed shadow tree: screen
 * readers hear it, while the page itself has each message once, for whoever selects, copies or
 * searches it.
 */
export function Announcer() {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const region = document.createElement('div');
    region.ariaLive = 'polite';
    region.ariaAtomic = 'true';
    element.attachShadow({ mode: 'closed' }).append(region);
    let timer: ReturnType<typeof setTimeout> | undefined;
    say = text => {
      clearTimeout(timer);
      region.textContent = text;
      timer = setTimeout(() => {
        region.textContent = '';
      }, GONE_AFTER_MS);
    };
    return () => {
      clearTimeout(timer);
      say = undefined;
    };
  }, []);
  return <div ref={host} class="hidden-text" />;
}
