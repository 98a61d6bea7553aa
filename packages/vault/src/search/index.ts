/**
 * Search over a history that is readable on this device only. Pure and platform-free: the caller keeps what
 * `buildSegment` gives as encrypted records, and hands them back to a `SearchIndex`.
 */
export type { Rank } from './bestHits.ts';
export { matchesPhrase } from './phrase.ts';
export type { SearchableMessage } from './searchableMessage.ts';
export { type SearchHit, SearchIndex, type SearchOptions } from './searchIndex.ts';
export { buildSegment } from './segment.ts';
export { type Mark, type Snippet, Snippets, snippetOf } from './snippet.ts';
