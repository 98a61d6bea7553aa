import type { RoomId } from '@sotto/client';
import { getSealed, putSealed } from './sealedStorage.ts';

/**
 * What this tab remembers of a guest's visit to one chat, so that a reload and a sleeping phone do not
 * lose the place. It goes with the tab. The fragment of the link is in it until the guest is inside:
 * from there on it opens nothing and is forgotten.
 */
export interface Visit {
  readonly token: string;
  /** `#1.…`, without which the card cannot be opened; undefined once inside. */
  readonly fragment: string | undefined;
  /** The room that was asked for: a reload then goes on instead of showing the door. */
  readonly roomId: RoomId | undefined;
  /** The inviter's name, for the waiting screen. */
  readonly host: string | undefined;
}

function itemName(token: string): string {
  return `sotto.visit.${token}`;
}

/** The visit that this tab remembers, or undefined. */
export async function recallVisit(token: string): Promise<Visit | undefined> {
  const stored = await getSealed(sessionStorage, itemName(token)).catch(() => undefined);
  if (typeof stored !== 'object' || stored === null) return undefined;
  const { fragment, roomId, host } = stored as Record<string, unknown>;
  return {
    token,
    fragment: typeof fragment === 'string' ? fragment : undefined,
    roomId: typeof roomId === 'string' ? (roomId as RoomId) : undefined,
    host: typeof host === 'string' ? host : undefined,
  };
}

/** Resolves also where nothing can be kept: the visit then lasts as long as the page. */
export async function rememberVisit({ token, ...facts }: Visit): Promise<void> {
  try {
    await putSealed(sessionStorage, itemName(token), facts);
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
