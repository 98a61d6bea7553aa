import { utf8Chunks } from './chunks.ts';
import { ARCHIVE_VERSION, type ConversationSource } from './history.ts';
import type { Watched } from './progress.ts';
import { walk } from './walk.ts';

export const JSON_MEDIA_TYPE = 'application/json';

export interface ExportOptions extends Watched {
  readonly exportedAtMs: number;
}

/**
 * A history in clear, as one JSON document, an item a line:
 *
 * `{"format":"sotto-history","version":2,"exportedAtMs":…,"conversations":[{…ArchivedConversation,"items":[…ArchivedItem]}]}`
 *
 * Files are listed (`included` is false): their bytes are not in it.
 *
 * Whoever gets the file can read it: ask first. Throws `CANCELLED`, or `RECORD_DAMAGED` for an item that does not fit.
 */
export function exportJson(
  sources: readonly ConversationSource[],
  options: ExportOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return utf8Chunks(jsonPieces(sources, options));
}

async function* jsonPieces(
  sources: readonly ConversationSource[],
  options: ExportOptions,
): AsyncGenerator<string> {
  const head = { format: 'sotto-history', version: ARCHIVE_VERSION, exportedAtMs: options.exportedAtMs };
  yield `${JSON.stringify(head).slice(0, -1)},"conversations":[`;
  let conversations = 0;
  let items = 0;
  for await (const record of walk(sources, options)) {
    if (record.kind === 'bytes') continue;
    if (record.kind === 'item') {
      yield `${items > 0 ? ',' : ''}\n${JSON.stringify(record.item)}`;
      items += 1;
      continue;
    }
    if (conversations > 0) yield '\n]}';
    const opened = JSON.stringify(record.conversation).slice(0, -1);
    yield `${conversations > 0 ? ',' : ''}\n${opened},"items":[`;
    conversations += 1;
    items = 0;
  }
  yield conversations > 0 ? '\n]}\n]}\n' : ']}\n';
}
