import { nameSkeleton } from '@sotto/client/likeness';

/**
 * A short tag for every id whose name another one could be mistaken for: the last characters of the id,
 * which nobody chooses freely. Ids whose names stand alone have none.
 */
export function tagsForLookalikes(
  people: readonly { readonly id: string; readonly name: string }[],
): ReadonlyMap<string, string> {
  const alike = new Map<string, Set<string>>();
  for (const { id, name } of people) {
    const skeleton = nameSkeleton(name);
    alike.set(skeleton, (alike.get(skeleton) ?? new Set()).add(id));
  }
  const tags = new Map<string, string>();
  for (const ids of alike.values()) if (ids.size > 1) for (const id of ids) tags.set(id, id.slice(-4));
  return tags;
}
