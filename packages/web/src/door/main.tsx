import '../styles/tokens.css';
import '../styles/shapes.css';
import '../styles/door.css';
import { render } from 'preact';
import { applyTheme } from '../preferences.ts';
import { DoorApp } from './DoorApp.tsx';
import { fetchInvite } from './invitation.ts';
import { openCard, readLink } from './linkAndCard.ts';
import { Refused } from './Refused.tsx';
import type { DoorServices } from './services.ts';
import { recallVisit } from './visit.ts';

const services: DoorServices = {
  readLink,
  fetchInvite,
  openCard,
  loadChat: () => import('./GuestChat.tsx'),
  openEngine: async () => (await import('../engine.ts')).startEngine('guest'),
};

/**
 * Takes the fragment out of the address before anything else happens: an address ends up in the
 * history, in synchronised tabs and in screenshots; the fragment is the key.
 */
function takeFragment(): string | undefined {
  const fragment = location.hash;
  if (fragment === '') return undefined;
  history.replaceState(history.state, '', location.pathname);
  return fragment;
}

async function main(): Promise<void> {
  applyTheme();
  const fragment = takeFragment();
  const token = location.pathname.split('/')[2] ?? '';
  // The same link opened in the same tab changes only the fragment, which loads nothing by itself.
  window.addEventListener('hashchange', () => location.hash !== '' && location.reload());
  const root = document.getElementById('page')!;
  if (!globalThis.isSecureContext || crypto.subtle === undefined) {
    render(<Refused reason="no-crypto" name={undefined} onAgain={() => location.reload()} />, root);
    return;
  }
  const recalled = await recallVisit(token);
  const visit = {
    token,
    fragment: fragment ?? recalled?.fragment,
    roomId: recalled?.roomId,
    host: recalled?.host,
  };
  render(
    <DoorApp
      visit={visit}
      path={`/chat/${token}`}
      services={services}
      host={location.host}
      origin={location.origin}
    />,
    root,
  );
}

void main();
