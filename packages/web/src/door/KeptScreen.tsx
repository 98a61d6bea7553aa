import { keeping as words } from '../words.ts';
import { DoorScreen } from './DoorScreen.tsx';

/** The page where the chats are that guests keep (kept/main.ts); with one of them, straight to it. */
export const KEPT_AT = '/';
export const OPEN_AT_ONCE = '#open';

/** Where a link leads that opens nothing more, in a browser that keeps a chat. */
export function KeptScreen({ count }: { count: number }) {
  return (
    <DoorScreen title={words.welcome} lead={<p class="muted door-lead">{keptLead(count)}</p>}>
      <OpenKept count={count} primary />
    </DoorScreen>
  );
}

/** Leads to the chats that are kept in this browser. */
export function OpenKept({ count, primary = false }: { count: number; primary?: boolean }) {
  return (
    <a
      class={primary ? 'button primary tall' : 'text-button'}
      href={`${KEPT_AT}${count === 1 ? OPEN_AT_ONCE : ''}`}
    >
      {words.open}
    </a>
  );
}

export function keptLead(count: number): string {
  return count === 1 ? words.one : words.several(count);
}
