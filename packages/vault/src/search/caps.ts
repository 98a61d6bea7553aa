/** What bounds the work and the memory of a search, whatever a message, a query or a stored segment says. */
export const CAPS = {
  /** UTF-16 units of a message that are indexed: some 3,000 words. What is behind them is not found. */
  indexedUnitsPerMessage: 16_384,
  /** UTF-16 units of a term; of longer ones the beginning counts. */
  unitsPerTerm: 64,
  /** UTF-16 units of a query that are read. */
  unitsPerQuery: 512,
  /** Terms of a query: one bit each. Those behind are not asked for. */
  termsPerQuery: 30,
  /** Hits of one search. */
  hits: 1_000,
  /** Vocabulary terms that one search measures for typing slips. */
  measuredTerms: 40_000,
  /** UTF-16 units of text that a snippet looks through. */
  snippetUnits: 65_536,
  /** Bytes of a segment. */
  segmentBytes: 32 * 1_024 * 1_024,
  messagesPerSegment: 65_536,
  /** UTF-16 units of the terms of one segment; messages behind are stored without terms. */
  termUnitsPerSegment: 8 * 1_024 * 1_024,
} as const;
