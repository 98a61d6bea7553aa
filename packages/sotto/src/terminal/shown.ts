/** What could steer a terminal: controls (C0, DEL, C1) but for line breaks and tabs, which are dealt with below. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;
/** What turns the direction of what stands after it, or hides. */
const DIRECTION = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\u2028\u2029]/g;

/** A text of somebody else for a terminal: it can move no cursor, and what it says stays in its own lines. */
export function shownText(text: string, indent = '    '): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '  ')
    .replace(CONTROLS, '\ufffd')
    .replace(DIRECTION, '')
    .split('\n')
    .join(`\n${indent}`);
}

/** The same on one line: names and titles. */
export function shownLine(text: string): string {
  return shownText(text, ' ').replace(/\s+/g, ' ').trim();
}

/** One JSON value on one line, with nothing in it that a terminal would act on. */
export function jsonLine(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value)
    .replace(/\p{Cc}/gu, escaped)
    .replace(DIRECTION, escaped);
}
