import '../styles/conversation.css';
import '../styles/host.css';
import '../styles/search.css';
import '../styles/lock.css';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { startEngine } from '../engine.ts';
import { EngineView } from '../engineView.ts';
import { noteAccountHere } from '../kept/accountHere.ts';
import { followViewport } from '../viewport.ts';
import { HostApp } from './HostApp.tsx';
import type { HostInfo } from './hostAddresses.ts';

/**
 * Draws the window of somebody with an account in place of the page: at an address that others reach, where no chat is
 * hosted. Rejects where the browser keeps nothing.
 */
export async function openElsewhere(opens?: 'create' | 'sign-in'): Promise<void> {
  const view = new EngineView(await startEngine('host'));
  view.watch(() => {
    const { state } = view;
    if (state?.self !== undefined && state.lock.state === 'unlocked')
      // Whoever had one finds what was said where it was.
      noteAccountHere(state.account !== undefined || state.deletedAccount !== undefined);
  });
  const page = document.getElementById('page')!;
  page.replaceChildren();
  render(<AccountWindow view={view} opens={opens} />, page);
}

/** `kept`: on what a guest has kept, who has made an account since. */
export function AccountWindow(props: {
  view: EngineView;
  opens?: 'create' | 'sign-in' | undefined;
  kept?: boolean;
}) {
  useEffect(followViewport, []);
  return <HostApp {...props} fetchInfo={thisAddress} elsewhere />;
}

/** Links from here lead here: the computer that serves this page answers for no other address of its own. */
async function thisAddress(): Promise<HostInfo> {
  const here = { kind: 'internet', origin: location.origin, reachable: true } as const;
  return { addresses: [here], certificateFingerprint: undefined };
}
