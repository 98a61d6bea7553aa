import type { SearchFound } from '@sotto/client';

/** A piece of a snippet, and whether it is what was looked for. */
export interface SnippetPart {
  readonly text: string;
  readonly marked: boolean;
}

/**
 * A snippet in the pieces it is drawn in: whole and in order, whatever its marks say. Marks that overlap become one;
 * those that lie outside of the text mark nothing.
 */
export function snippetParts({ text, marks, cutBefore }: SearchFound['snippet']): readonly SnippetPart[] {
  const parts: SnippetPart[] = [];
  const put = (from: number, to: number, marked: boolean): void => {
    if (to > from) parts.push({ text: text.slice(from, to), marked });
  };
  if (cutBefore) parts.push({ text: '… ', marked: false });
  let at = 0;
  for (const { start, end } of [...marks].sort((a, b) => a.start - b.start)) {
    const from = Math.max(at, Math.min(start, text.length));
    const to = Math.max(from, Math.min(end, text.length));
    put(at, from, false);
    put(from, to, true);
    at = to;
  }
  put(at, text.length, false);
  return parts;
}
