import { applyTheme } from '../preferences.ts';

/** The page for guests without a link. Where a chat is kept in this browser, it leads there; else it stays as it is. */
async function main(): Promise<void> {
  applyTheme();
  if (!globalThis.isSecureContext || localStorage.length === 0) return;
  const { keptGuests, returnAsGuest, startEngine, forgetGuest } = await import('../engine.ts');
  const kept = keptGuests();
  if (kept.length === 0) return;
  const { showKept } = await import('./KeptApp.tsx');
  showKept({
    kept,
    async openEngine(storeName) {
      await returnAsGuest(storeName);
      return startEngine('guest');
    },
    forgetGuest,
  });
}

// A browser that keeps nothing has no chat either.
main().catch(() => undefined);
