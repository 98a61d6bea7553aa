import { type TabVisit, tabMemory } from '@sotto/client/door';

/**
 * What this tab remembers of a guest's visit to one chat, so that a reload does not lose the place. It goes with the
 * tab. The fragment of the link is in it until the guest is inside: from there on it opens nothing and is forgotten.
 */
export type Visit = TabVisit;

/** The visit that this tab remembers, or undefined. */
export async function recallVisit(token: string): Promise<Visit | undefined> {
  const { visits } = await tabMemory.recall();
  return visits.find(visit => visit.token === token);
}

/** Resolves also where nothing can be kept: the visit then lasts as long as the page. */
export function rememberVisit(visit: Visit): Promise<void> {
  return tabMemory.rememberVisit(visit);
}

export function forgetVisit(token: string): void {
  void tabMemory.forgetVisit(token);
  unmarkVisit();
}

/**
 * Notes in the browser's history, which outlives what a tab remembers, that a link was opened here. It says no more
 * than the address beside it does; but whoever comes back and finds nothing can be told why.
 */
export function markVisit(path: string): void {
  history.replaceState({ ...Object(history.state), sottoVisited: true }, '', path);
}

/** There is nothing any more that could be missed. */
export function unmarkVisit(): void {
  if (wasVisited()) history.replaceState({ ...Object(history.state), sottoVisited: undefined }, '');
}

/** Whether a link was opened in this place of the history. */
export function wasVisited(): boolean {
  return (Object(history.state) as { readonly sottoVisited?: unknown }).sottoVisited === true;
}
