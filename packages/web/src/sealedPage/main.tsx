import '../styles/tokens.css';
import '../styles/shapes.css';
import '../styles/door.css';
import '../styles/sealed.css';
import { render } from 'preact';
import { applyTheme } from '../preferences.ts';
import { SealedPage, SealedRefused } from './SealedPage.tsx';
import type { SealedServices } from './services.ts';

/** The crypto is fetched while the page can be read already. */
const door = () => import('@sotto/client/sealed-door');

const services: SealedServices = {
  lookUp: async (handle, expected) => (await door()).lookUpSealed(handle, expected),
  seal: async (address, writing) =>
    (await door()).sealLetter(address, writing, {
      random: lengthBytes => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      nowMs: Date.now,
    }),
  async post(address, letter, progress) {
    const via = progress && (await import('./postWithProgress.ts')).postWithProgress(progress);
    await (await door()).postLetter(address, letter, via);
  },
};

applyTheme();
const root = document.getElementById('page')!;
// Another fingerprint behind the same address loads nothing by itself.
window.addEventListener('hashchange', () => location.reload());
if (!globalThis.isSecureContext || crypto.subtle === undefined)
  render(<SealedRefused code="NO_CRYPTO" retryAtMs={0} onAgain={() => location.reload()} />, root);
else
  render(
    <SealedPage
      handle={location.pathname.slice('/@'.length)}
      expected={location.hash.replace(/\D/g, '')}
      host={location.host}
      services={services}
    />,
    root,
  );
