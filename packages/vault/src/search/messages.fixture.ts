import type { SearchableMessage } from './searchableMessage.ts';

/** A message of Anna's: later the higher its order. */
export function searchableMessage(
  order: number,
  text: string,
  more: Partial<SearchableMessage> = {},
): SearchableMessage {
  return {
    order,
    messageId: `message-${order}`,
    authorId: 'anna',
    sentAtMs: 1_700_000_000_000 + order * 1_000,
    text,
    hasAttachment: false,
    ...more,
  };
}

/** One after the other, orders 1, 2, 3 … */
export function searchableMessages(texts: readonly string[]): SearchableMessage[] {
  return texts.map((text, i) => searchableMessage(i + 1, text));
}
