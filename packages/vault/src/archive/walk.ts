import { VaultError } from '../errors.ts';
import { FollowingBytes } from './fileBytes.ts';
import type { ArchivedItem, ConversationSource, HistoryRecord } from './history.ts';
import { decodeConversation, decodeItem, UnfitRecord } from './historyCodec.ts';
import { heed, Meter, type Watched } from './progress.ts';

/**
 * The records of a history, checked as a reader will check them, so that nothing is written that cannot be read. Files come
 * along `withBytes` only.
 *
 * Throws `CANCELLED`, or `RECORD_DAMAGED` for an item that no history can have.
 */
export async function* walk(
  sources: readonly ConversationSource[],
  watched: Watched,
  withBytes = false,
): AsyncGenerator<HistoryRecord> {
  const meter = new Meter(itemsIn(sources), watched);
  heed(watched.signal);
  for (const source of sources) {
    const conversation = checked(() => decodeConversation(source.conversation), source);
    yield { kind: 'conversation', conversation };
    let lastOrder = -1;
    const following = new FollowingBytes();
    for await (const given of source.items(withBytes)) {
      heed(watched.signal);
      if (given.kind === 'bytes') {
        checked(() => following.bytes(given.bytes), source);
        yield given;
        continue;
      }
      const item = checked(() => fitting(given, following, withBytes), source);
      if (item.order <= lastOrder) throw unfit(source, new UnfitRecord('order: does not rise'));
      lastOrder = item.order;
      meter.step();
      yield { kind: 'item', item };
    }
    checked(() => following.other(), source);
  }
  meter.finish();
}

/** How many items there are, as far as is known. */
export function itemsIn(sources: readonly ConversationSource[]): number {
  return sources.reduce((sum, { itemCount }) => sum + itemCount, 0);
}

function fitting(given: ArchivedItem, following: FollowingBytes, withBytes: boolean): ArchivedItem {
  const item = decodeItem(given);
  if (!withBytes && item.kind === 'message' && item.file?.included)
    throw new UnfitRecord('file: its bytes do not go along');
  following.other(item);
  return item;
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
