import { describe, expect, it } from 'vitest';
import { isEmojiOnly } from './emoji.ts';

describe('isEmojiOnly', () => {
  it.each(['☕', '👍🏽', '👩‍👩‍👧‍👦 🇩🇪', '🎉🎉🎉', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'])('%s', text => {
    expect(isEmojiOnly(text)).toBe(true);
  });
  it.each(['', ' ', '1', '12', '*', 'ok 👍', '👍'.repeat(6), 'a', '#'])('not %j', text => {
    expect(isEmojiOnly(text)).toBe(false);
  });
});
