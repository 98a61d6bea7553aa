import { useId, useState } from 'preact/hooks';
import { Icon } from '../shapes/Icon.tsx';
import { Select } from '../shapes/Select.tsx';
import { tagsForLookalikes } from '../text/lookalike.ts';
import { common } from '../words.ts';
import { type Findable, filtersOn, NO_FILTERS } from './searchFilters.ts';
import { search as words } from './searchWords.ts';
import type { MessageSearch } from './useMessageSearch.ts';

/** By whom, when and with what, folded away. */
export function SearchFiltersFold({ search }: { search: MessageSearch }) {
  const { filters, people, setFilters } = search;
  const on = filtersOn(filters);
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <details class="folded search-filters" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="right" />
        {on === 0 ? words.filters : words.filtersOn(on)}
      </summary>
      {open && (
        <div class="folded-body stack tight">
          <Select
            label={words.person}
            value={filters.accountId}
            options={[['', words.anyone], ...named(people)]}
            onChange={accountId => setFilters({ ...filters, accountId })}
          />
          <div class="search-days">
            {(['from', 'to'] as const).map(end => (
              <div key={end} class="field">
                <label for={`${id}-${end}`}>{words[end]}</label>
                <input
                  id={`${id}-${end}`}
                  type="date"
                  class="input"
                  value={filters[end]}
                  onInput={event => setFilters({ ...filters, [end]: event.currentTarget.value })}
                />
              </div>
            ))}
          </div>
          <label class="check small">
            <input
              type="checkbox"
              checked={filters.hasFile}
              onChange={event => setFilters({ ...filters, hasFile: event.currentTarget.checked })}
            />
            <span>{words.hasFile}</span>
          </label>
          {on > 0 && (
            <div class="small">
              <button type="button" class="text-button" onClick={() => setFilters(NO_FILTERS)}>
                {words.clearFilters}
              </button>
            </div>
          )}
        </div>
      )}
    </details>
  );
}

/** Two people with names that look alike are told apart here as well. */
function named(people: readonly Findable[]) {
  const tags = tagsForLookalikes(people.map(({ accountId, name }) => ({ id: accountId, name })));
  return people.map(({ accountId, name, self }) => {
    const tag = tags.get(accountId);
    const said = self ? words.you : name || common.someone;
    return [accountId, tag === undefined ? said : `${said} (${tag})`] as const;
  });
}
