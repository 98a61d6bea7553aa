import { VaultError } from '../errors.ts';
import type { ConversationSource, HistoryRecord } from './history.ts';
import { decodeConversation, decodeItem, UnfitRecord } from './historyCodec.ts';
import { heed, Meter, type Watched } from './progress.ts';

/**
 * The records of a history, checked as a reader will check them, so that nothing is written that cannot be read.
 *
 * Throws `CANCELLED`, or `RECORD_DAMAGED` for an item that no history can have.
 */
export async function* walk(
  sources: readonly ConversationSource[],
  watched: Watched,
): AsyncGenerator<HistoryRecord> {
  const meter = new Meter(itemsIn(sources), watched);
  heed(watched.signal);
  for (const source of sources) {
    const conversation = checked(() => decodeConversation(source.conversation), source);
    yield { kind: 'conversation', conversation };
    let lastOrder = -1;
    for await (const given of source.items()) {
      const item = checked(() => decodeItem(given), source);
      if (item.order <= lastOrder) throw unfit(source, new UnfitRecord('order: does not rise'));
      lastOrder = item.order;
      meter.step();
      yield { kind: 'item', item };
    }
  }
  meter.finish();
}

/** How many items there are, as far as is known. */
export function itemsIn(sources: readonly ConversationSource[]): number {
  return sources.reduce((sum, { itemCount }) => sum + itemCount, 0);
}

function checked<T>(decode: () => T, source: ConversationSource): T {
  try {
    return decode();
  } catch (cause) {
    throw cause instanceof UnfitRecord ? unfit(source, cause) : cause;
  }
}

function unfit({ conversation }: ConversationSource, cause: UnfitRecord): VaultError {
  return new VaultError('RECORD_DAMAGED', `conversation ${conversation.id}: ${cause.message}`, { cause });
}
