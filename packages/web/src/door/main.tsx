import '../styles/tokens.css';
import '../styles/shapes.css';
import '../styles/door.css';
import { render } from 'preact';
import { openCard, readLink, startEngine } from '../engine.ts';
import { applyTheme } from '../preferences.ts';
import { DoorApp } from './DoorApp.tsx';
import { fetchInvite } from './invitation.ts';
import { Refused } from './Refused.tsx';
import type { DoorServices } from './services.ts';
import { newVisit, recallVisit } from './visit.ts';

const services: DoorServices = {
  readLink,
  fetchInvite,
  openCard,
  loadChat: () => import('./GuestChat.tsx'),
  openEngine: secret => startEngine('guest', secret),
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
  const visit =
    recalled === undefined
      ? newVisit(token, fragment)
      : { ...recalled, fragment: fragment ?? recalled.fragment };
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
