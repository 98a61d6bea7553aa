const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** Characters that change the direction of what follows them (UAX #9). */
const DIRECTION_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The blocks that hold every right-to-left letter and digit; without one, nothing can be reordered. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Foreign text for use inside a sentence of ours: it keeps its own direction and cannot change ours.
 * Text without right-to-left letters comes back as it is (less any control characters), so that an
 * ordinary sentence stays ordinary text. Where there is an element of its own, `<bdi>` does the same.
 */
export function isolate(text: string): string {
  const plain = text.replace(DIRECTION_CONTROLS, '');
  return RIGHT_TO_LEFT.test(plain) ? FIRST_STRONG_ISOLATE + plain + POP_ISOLATE : plain;
}
