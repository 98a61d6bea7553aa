const plural = new Intl.PluralRules('en');

/** What is read while one searches; beside the code that is loaded for it, so that nobody else waits for it. */
export const search = {
  label: 'Search messages',
  labelHere: 'Search this conversation',
  title: 'Search in this conversation',
  clear: 'Clear search',
  results: 'Messages found',
  looking: 'Searching…',
  none: 'No messages found',
  noneHint: 'Try another word, or only its beginning. Search looks through what is kept on this device.',
  noneFiltered: 'No messages found with these filters.',
  clearFilters: 'Clear filters',
  failed: 'The search did not work just now.',
  again: 'Try again',
  hint: 'Words in any order; the last may be unfinished. Quotation marks find words in a row. All files are found by their filter alone. It all happens on this device.',
  count: (count: number, more: boolean) =>
    more
      ? `More than ${count} messages found`
      : `${count} ${plural.select(count) === 'one' ? 'message' : 'messages'} found`,
  you: 'You',
  filters: 'Filters',
  filtersOn: (count: number) => `Filters (${count} on)`,
  person: 'Person',
  anyone: 'anyone',
  from: 'From',
  to: 'To',
  hasFile: 'Has attachment',
};
