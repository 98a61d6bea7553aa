import { getSealed, putSealed } from '../sealedStorage.ts';
import { newStoreSecret, parseStoreSecret, type StoreSecret, storable } from '../storeSecret.ts';

/**
 * What this tab remembers of a guest's visit to one chat, so that a reload and a sleeping phone do not
 * lose the place. It goes with the tab. The fragment of the link is in it until the guest is inside:
 * from there on it opens nothing and is forgotten.
 */
export interface Visit {
  readonly token: string;
  /** `#1.…`, without which the card cannot be opened; undefined once inside. */
  readonly fragment: string | undefined;
  /** Whether the guest has asked to join: a reload then goes on instead of showing the door. */
  readonly knocked: boolean;
  /** The inviter's name, for the waiting screen. */
  readonly host: string | undefined;
  readonly store: StoreSecret;
}

function itemName(token: string): string {
  return `sotto.visit.${token}`;
}

export function newVisit(token: string, fragment: string | undefined): Visit {
  return { token, fragment, knocked: false, host: undefined, store: newStoreSecret('guest') };
}

/** The visit that this tab remembers, or undefined. */
export async function recallVisit(token: string): Promise<Visit | undefined> {
  const stored = Object(await getSealed(sessionStorage, itemName(token))) as Record<string, unknown>;
  const store = parseStoreSecret(stored.store);
  if (store === undefined) return undefined;
  const { fragment, knocked, host } = stored;
  return {
    token,
    fragment: typeof fragment === 'string' ? fragment : undefined,
    knocked: knocked === true,
    host: typeof host === 'string' ? host : undefined,
    store,
  };
}

/** Resolves also where nothing can be kept: the visit then lasts as long as the page. */
export async function rememberVisit(visit: Visit): Promise<void> {
  const { token, store, ...facts } = visit;
  try {
    await putSealed(sessionStorage, itemName(token), { ...facts, store: storable(store) });
  } catch {
    // A browser that lets the page keep nothing.
  }
}

export function forgetVisit(token: string): void {
  try {
    sessionStorage.removeItem(itemName(token));
  } catch {
    // As above.
  }
}
