function table(rows: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.flatMap(row => [...row.slice(1)].map(letter => [letter, row[0]!] as const)));
}

/** Letters of other scripts that are read as a Latin one (a small part of Unicode TS #39, for names). */
const CAPITALS = table([
  'aΑА',
  'bΒВ',
  'cСϹ',
  'eΕЕ',
  'hΗН',
  'iΙІӀ',
  'jЈ',
  'kΚК',
  'mΜМ',
  'nΝ',
  'oΟО',
  'pΡР',
  'sЅ',
  'tΤТ',
  'xΧХ',
  'yΥУҮ',
  'zΖ',
]);
const SMALL = table([
  'aаαɑ',
  'bЬ',
  'cсϲ',
  'dԁ',
  'eеєҽ',
  'gɡ',
  'hһ',
  'iіιı1lӏ',
  'jј',
  'kкκ',
  'mм',
  'nոп',
  'oоοօ0',
  'pрρ',
  'qԛ',
  'rг',
  'sѕ',
  'tтτ',
  'uυս',
  'vѵν',
  'wԝшω',
  'xхχ',
  'yуγү',
  'zᴢ',
]);

/** Two names with the same outline look alike: case, accents, spaces, marks and script do not tell them apart. */
export function outline(name: string): string {
  const bare = name.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '');
  return [...bare]
    .map(letter => CAPITALS[letter] ?? letter.toLowerCase())
    .map(letter => SMALL[letter] ?? letter)
    .join('');
}

/**
 * A short tag for every id whose name another one could be mistaken for: the last characters of the id,
 * which nobody chooses freely. Ids whose names stand alone have none.
 */
export function tagsForLookalikes(
  people: readonly { readonly id: string; readonly name: string }[],
): ReadonlyMap<string, string> {
  const byOutline = new Map<string, Set<string>>();
  for (const { id, name } of people) {
    const key = outline(name);
    byOutline.set(key, (byOutline.get(key) ?? new Set()).add(id));
  }
  const tags = new Map<string, string>();
  for (const ids of byOutline.values()) if (ids.size > 1) for (const id of ids) tags.set(id, id.slice(-4));
  return tags;
}
