const EMOJI =
  /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|[\u{e0020}-\u{e007f}])*$/u;
const MAX_EMOJI = 5;
/** The longest sequences (families, flags of regions) have some 15 code units. */
const MAX_LENGTH = MAX_EMOJI * 16;

/** Whether a message is nothing but one to five emoji, which are then shown large. */
export function isEmojiOnly(text: string): boolean {
  const trimmed = text.length > MAX_LENGTH ? '' : text.replace(/\s/g, '');
  if (trimmed === '' || typeof Intl.Segmenter !== 'function') return false;
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(trimmed)];
  return graphemes.length <= MAX_EMOJI && graphemes.every(({ segment }) => EMOJI.test(segment));
}
