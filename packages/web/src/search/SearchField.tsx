import type { Ref } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../shapes/Icon.tsx';
import { search as words } from './searchWords.ts';
import type { MessageSearch, OpenFound } from './useMessageSearch.ts';

/** Where one writes what to look for: the arrows go through what is found, Enter opens it, Escape clears. */
export function SearchField(props: {
  search: MessageSearch;
  label: string;
  listId: string;
  field?: Ref<HTMLInputElement>;
  onOpen: OpenFound;
}) {
  const { search, listId } = props;
  const own = useRef<HTMLInputElement>(null);
  const field = (props.field as { current: HTMLInputElement | null } | undefined) ?? own;
  const { found } = search.shown;
  const begun = search.query !== '' || search.sought;
  const open = begun && found.length > 0;
  /** Enter came before the answer to what is written: it is for the first of that one. */
  const waits = useRef(false);
  const { looking } = search.shown;
  useEffect(() => {
    if (looking || !waits.current) return;
    waits.current = false;
    const chosen = found[search.active];
    if (chosen !== undefined) props.onOpen(chosen);
  }, [looking]);

  function onKeyDown(event: KeyboardEvent): void {
    const composing = event.isComposing || event.keyCode === 229;
    if (composing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && open) {
      event.preventDefault();
      const next = Math.max(0, Math.min(search.active + step, found.length - 1));
      search.setActive(next);
      if (next > found.length - 4) search.more();
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const chosen = found[search.active];
      if (looking) waits.current = true;
      else if (open && chosen !== undefined) props.onOpen(chosen);
    } else if (event.key === 'Escape' && begun) {
      event.preventDefault();
      event.stopPropagation();
      search.clear();
    }
  }

  return (
    <div class="search-field">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        class="input"
        aria-label={props.label}
        placeholder={props.label}
        aria-controls={open ? listId : undefined}
        aria-activedescendant={open ? `${listId}-${search.active}` : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        dir="auto"
        value={search.query}
        onInput={event => {
          waits.current = false;
          search.setQuery(event.currentTarget.value);
        }}
        onFocus={search.warm}
        onKeyDown={onKeyDown}
      />
      {begun && (
        <button
          type="button"
          class="icon-button"
          aria-label={words.clear}
          title={words.clear}
          onClick={() => {
            search.clear();
            field.current?.focus();
          }}
        >
          <Icon name="close" tiny />
        </button>
      )}
    </div>
  );
}
