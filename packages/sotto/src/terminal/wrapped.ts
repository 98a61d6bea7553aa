const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NONE = /^[\p{M}\p{Cf}]+$/u;
/** Narrower than this nothing is gained by keeping words whole. */
const MIN_COLUMNS = 20;

/** Columns that a text takes, as most terminals count. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (!NONE.test(segment)) width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

/**
 * The same text in lines that fit, broken between words; what goes on is indented. A word that is longer than a line,
 * such as a link, stays whole: the terminal breaks it, and it can still be copied.
 */
export function wrapped(text: string, columns: number, indent = '    '): string {
  if (columns < MIN_COLUMNS) return text;
  return text
    .split('\n')
    .map(line => wrapLine(line, columns, indent))
    .join('\n');
}

function wrapLine(line: string, columns: number, indent: string): string {
  if (widthOf(line) <= columns) return line;
  const [, lead = '', rest = ''] = /^(\s*)(.*)$/s.exec(line) ?? [];
  const lines: string[] = [];
  let current = lead;
  let isEmpty = true;
  for (const word of rest.split(' ')) {
    const next = isEmpty ? current + word : `${current} ${word}`;
    if (!isEmpty && widthOf(next) > columns) {
      lines.push(current);
      current = indent + word;
    } else current = next;
    isEmpty = false;
  }
  return [...lines, current].join('\n');
}
