import { type FoundLink, linkAt } from './links.ts';

/** A run of text inside a paragraph. Rendered as text nodes only. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | ({ readonly kind: 'link' } & FoundLink)
  | { readonly kind: 'strong' | 'emphasis'; readonly children: readonly Inline[] };

/** A paragraph keeps its line breaks; a code block is everything between two lines of three backticks. */
export type Block =
  | { readonly kind: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string };

/**
 * The small subset of Markdown that messages have: **strong**, *emphasis* or _emphasis_, `code`, fenced
 * code, and links as they stand. Markers count only at the edge of a word, so that snake_case and 2*3*4
 * stay what they are. Whatever does not close stays literal text.
 *
 * Work is linear in the length: no marker is looked at twice, and nesting is at most two deep.
 */
export function parseRichText(text: string): readonly Block[] {
  return parseCounting(text).blocks;
}

/** The same, with the number of steps it took, for the tests that hold it to linear work. */
export function parseCounting(text: string): { readonly blocks: readonly Block[]; readonly steps: number } {
  const blocks: Block[] = [];
  let steps = 0;
  const paragraph = (from: number, to: number): void => {
    const trimmed = text.slice(from, to).replace(/^\n+/, '').trimEnd();
    if (trimmed === '') return;
    const scanner = new InlineScanner(trimmed);
    blocks.push({ kind: 'paragraph', children: scanner.parse() });
    steps += scanner.steps;
  };

  let from = 0;
  let fence: { readonly line: number; readonly body: number } | undefined;
  for (let line = 0; line <= text.length; ) {
    const newline = text.indexOf('\n', line);
    const end = newline < 0 ? text.length : newline;
    steps += end - line + 1;
    if (text.startsWith('```', line)) {
      if (fence === undefined) {
        if (newline >= 0) fence = { line, body: newline + 1 };
      } else if (text.slice(line, end).trimEnd() === '```') {
        paragraph(from, fence.line);
        blocks.push({ kind: 'code', text: text.slice(fence.body, Math.max(fence.body, line - 1)) });
        from = end + 1;
        fence = undefined;
      }
    }
    line = end + 1;
  }
  paragraph(from, text.length);
  return { blocks, steps };
}

type Styled = 'strong' | 'emphasis';

interface Frame {
  readonly kind: Styled;
  readonly marker: string;
  readonly children: Inline[];
}

const WORD = /[\p{L}\p{N}_]/u;
const SPACE = /\s/;

class InlineScanner {
  steps = 0;
  readonly #text: string;
  readonly #root: Inline[] = [];
  readonly #open: Frame[] = [];
  readonly #closingTicks: ReadonlyMap<number, number>;
  #literalFrom = 0;

  constructor(text: string) {
    this.#text = text;
    this.#closingTicks = pairBackticks(text);
  }

  parse(): readonly Inline[] {
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      this.steps++;
      const char = text[at]!;
      if (char === '`') at = this.#code(at);
      else if (char === '*' || char === '_') at = this.#marker(at, char);
      else if (char === 'h' || char === 'H' || char === 'm' || char === 'M') at = this.#link(at);
      else at++;
    }
    this.#literal(text.length);
    while (this.#open.length > 0) this.#unwind();
    return this.#root;
  }

  /** Whatever stands between the last marker and `to` is text. */
  #literal(to: number): void {
    if (to > this.#literalFrom) this.#push({ kind: 'text', text: this.#text.slice(this.#literalFrom, to) });
    this.#literalFrom = to;
  }

  #push(inline: Inline): void {
    const children = this.#open.at(-1)?.children ?? this.#root;
    const last = children.at(-1);
    if (inline.kind === 'text' && last?.kind === 'text')
      children[children.length - 1] = { kind: 'text', text: last.text + inline.text };
    else children.push(inline);
  }

  /** A marker that never closed becomes text again, and what it held moves out. */
  #unwind(): void {
    const frame = this.#open.pop()!;
    this.#push({ kind: 'text', text: frame.marker });
    for (const child of frame.children) {
      this.steps++;
      this.#push(child);
    }
  }

  #code(at: number): number {
    const length = runLength(this.#text, at);
    this.steps += length;
    const close = this.#closingTicks.get(at);
    if (close === undefined) return at + length;
    this.#literal(at);
    const inside = this.#text.slice(at + length, close);
    this.#push({ kind: 'code', text: inside.trim() === '' ? inside : inside.trim() });
    this.#literalFrom = close + length;
    this.steps += close - at;
    return this.#literalFrom;
  }

  #link(at: number): number {
    const { link, end } = linkAt(this.#text, at);
    this.steps += end - at;
    if (link !== undefined) {
      this.#literal(at);
      this.#push({ kind: 'link', ...link });
      this.#literalFrom = end;
    }
    return end;
  }

  #marker(at: number, char: string): number {
    const length = runLength(this.#text, at);
    this.steps += length;
    const end = at + length;
    if (length > 2) return end;
    const kind: Styled = length === 2 ? 'strong' : 'emphasis';
    const marker = char.repeat(length);
    const before = lastCodePoint(this.#text, at);
    const after = firstCodePoint(this.#text, end);
    const opens = after !== '' && !SPACE.test(after) && !WORD.test(before);
    const closes = before !== '' && !SPACE.test(before) && !WORD.test(after);
    const openAt = this.#open.findIndex(frame => frame.kind === kind);
    if (closes && openAt >= 0 && this.#open[openAt]!.marker === marker) {
      this.#literal(at);
      while (this.#open.length > openAt + 1) this.#unwind();
      const frame = this.#open.pop()!;
      this.#push({ kind, children: frame.children });
      this.#literalFrom = end;
    } else if (opens && openAt < 0) {
      this.#literal(at);
      this.#open.push({ kind, marker, children: [] });
      this.#literalFrom = end;
    }
    return end;
  }
}

function runLength(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at]) end++;
  return end - at;
}

function firstCodePoint(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function lastCodePoint(text: string, before: number): string {
  if (before === 0) return '';
  const low = text.charCodeAt(before - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(Math.max(0, before - 2), before) : text[before - 1]!;
}

/** For each run of backticks that opens code, where the next run of the same length begins. One pass from the right. */
function pairBackticks(text: string): ReadonlyMap<number, number> {
  const runs: { readonly at: number; readonly length: number }[] = [];
  for (let at = text.indexOf('`'); at >= 0; ) {
    const length = runLength(text, at);
    runs.push({ at, length });
    at = text.indexOf('`', at + length);
  }
  const nextOfLength = new Map<number, number>();
  const closing = new Map<number, number>();
  for (const { at, length } of runs.reverse()) {
    const next = nextOfLength.get(length);
    if (next !== undefined) closing.set(at, next);
    nextOfLength.set(length, at);
  }
  return closing;
}
