import { fromBase64, getSealed, putSealed, toBase64 } from './sealedStorage.ts';

/** Which encrypted store the engine opens, and the key that opens it. */
export interface StoreSecret {
  readonly storeName: string;
  /** 32 bytes. */
  readonly rootKey: Uint8Array;
}

const HOST_ITEM = 'sotto.host';

/** A store of its own with a new key. */
export function newStoreSecret(role: 'host' | 'guest'): StoreSecret {
  const name = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  return { storeName: `sotto-${role}-${name}`, rootKey: crypto.getRandomValues(new Uint8Array(32)) };
}

/** The host's, kept for as long as the browser keeps anything. Two windows that open together get the same. */
export async function hostStoreSecret(): Promise<StoreSecret> {
  return navigator.locks.request('sotto-host-secret', async () => {
    const kept = parseStoreSecret(await getSealed(localStorage, HOST_ITEM));
    if (kept !== undefined) return kept;
    const made = newStoreSecret('host');
    await putSealed(localStorage, HOST_ITEM, storable(made));
    return made;
  });
}

/** In a form that JSON can hold; `parseStoreSecret` reads it. */
export function storable(secret: StoreSecret): { storeName: string; rootKey: string } {
  return { storeName: secret.storeName, rootKey: toBase64(secret.rootKey) };
}

export function parseStoreSecret(value: unknown): StoreSecret | undefined {
  const { storeName, rootKey } = Object(value) as Record<string, unknown>;
  if (typeof storeName !== 'string' || typeof rootKey !== 'string') return undefined;
  const bytes = fromBase64(rootKey);
  return bytes.length === 32 ? { storeName, rootKey: bytes } : undefined;
}
