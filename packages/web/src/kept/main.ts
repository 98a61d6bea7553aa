import { applyTheme } from '../preferences.ts';
import { hasAccountHere } from './accountHere.ts';

/**
 * The page of those who come without a link. A browser with an account here opens it; one where a guest keeps a chat
 * leads there; else the page stays as it is, and offers an account where there are any.
 */
async function main(): Promise<void> {
  applyTheme();
  if (!globalThis.isSecureContext) return;
  if (hasAccountHere()) {
    const { openElsewhere } = await import('../host/elsewhere.tsx');
    await openElsewhere();
    return;
  }
  if (!(await showKeptChats())) await offerAccount();
}

/** Resolves to whether there are any. */
async function showKeptChats(): Promise<boolean> {
  if (localStorage.length === 0) return false;
  const { keptGuests, returnAsGuest, startEngine, forgetGuest } = await import('../engine.ts');
  const kept = keptGuests();
  if (kept.length === 0) return false;
  const { showKept } = await import('./KeptApp.tsx');
  showKept({
    kept,
    async openEngine(storeName) {
      await returnAsGuest(storeName);
      return startEngine('guest');
    },
    forgetGuest,
  });
  return true;
}

/** Under what the page says to guests: the way to an account, where this server has accounts. */
async function offerAccount(): Promise<void> {
  const { registrationHere } = await import('./registration.ts');
  const registration = await registrationHere();
  if (registration === undefined) return;
  const { showAccountOffer } = await import('./AccountOffer.tsx');
  showAccountOffer(registration);
}

// A browser that keeps nothing has no chat either.
main().catch(() => undefined);
