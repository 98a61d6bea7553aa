import '../styles/tokens.css';
import '../styles/shapes.css';
import '../styles/door.css';
import { tabMemory } from '@sotto/client/door';
import { render } from 'preact';
import { applyTheme } from '../preferences.ts';
import { DoorApp } from './DoorApp.tsx';
import { fetchInvite } from './invitation.ts';
import { openCard, readLink } from './linkAndCard.ts';
import { Refused } from './Refused.tsx';
import type { DoorServices } from './services.ts';
import { markVisit, recallVisit, rememberVisit, type Visit, wasVisited } from './visit.ts';

const services: DoorServices = {
  readLink,
  fetchInvite,
  openCard,
  loadChat: () => import('./GuestChat.tsx'),
  openEngine: async () => (await import('../engine.ts')).startEngine('guest'),
  async warmUp() {
    const [{ warmEngine }] = await Promise.all([import('../engine.ts'), import('./GuestChat.tsx')]);
    warmEngine();
  },
  async countKept() {
    // Who was never here has kept nothing, and need not load what looks for it.
    return localStorage.length === 0 ? 0 : (await import('../engine.ts')).keptGuests().length;
  },
  forgetGuest: async () => (await import('../engine.ts')).forgetGuest(),
};

/** A store that does not answer in this time keeps nothing. */
const KEEP_WITHIN_MS = 1_000;

/**
 * The visit that this page is about, with the fragment out of the address: an address ends up in the
 * history, in synchronised tabs and in screenshots, and the fragment is the key. It is kept for a
 * reload before it leaves the address, and it has left before anything can be seen.
 */
async function takeVisit(token: string): Promise<Visit> {
  const fragment = location.hash === '' ? undefined : location.hash;
  const recalled = await recallVisit(token);
  const visit = {
    token,
    fragment: fragment ?? recalled?.fragment,
    roomId: recalled?.roomId,
    host: recalled?.host,
  };
  if (fragment !== undefined) {
    await Promise.race([rememberVisit(visit), new Promise(resolve => setTimeout(resolve, KEEP_WITHIN_MS))]);
    markVisit(location.pathname);
  }
  return visit;
}

async function main(): Promise<void> {
  applyTheme();
  const token = location.pathname.split('/')[2] ?? '';
  // The same link opened in the same tab changes only the fragment, which loads nothing by itself.
  window.addEventListener('hashchange', () => location.hash !== '' && location.reload());
  const root = document.getElementById('page')!;
  if (!globalThis.isSecureContext || crypto.subtle === undefined) {
    render(<Refused reason="no-crypto" name={undefined} onAgain={() => location.reload()} />, root);
    return;
  }
  window.addEventListener('pageshow', ({ persisted }) => persisted && tabMemory.putBack());
  const visit = await takeVisit(token);
  render(
    <DoorApp
      visit={visit}
      visited={wasVisited()}
      path={`/chat/${token}`}
      services={services}
      host={location.host}
      origin={location.origin}
    />,
    root,
  );
}

void main();
