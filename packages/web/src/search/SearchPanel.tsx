import type { RoomView } from '@sotto/client';
import { useEffect, useId, useRef } from 'preact/hooks';
import { SidePanel } from '../conversation/SidePanel.tsx';
import type { EngineView } from '../engineView.ts';
import { SearchField } from './SearchField.tsx';
import { SearchResults } from './SearchResults.tsx';
import { search as words } from './searchWords.ts';
import { type OpenFound, useMessageSearch } from './useMessageSearch.ts';
import '../styles/search.css';

/** Search in one room, beside it. */
export function SearchPanel(props: {
  view: EngineView;
  room: RoomView;
  /** Another field searches everything: this one says that it is about this conversation. */
  besideAnother: boolean;
  onOpen: OpenFound;
  onClose: () => void;
}) {
  const { view, room } = props;
  const search = useMessageSearch(view, [room], room.roomId);
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  // After the panel has taken the focus to its title.
  useEffect(() => {
    field.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (!isFind(event) || document.activeElement === field.current) return;
      event.preventDefault();
      field.current?.select();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <SidePanel title={words.title} onClose={props.onClose} focusKey="search">
      <div class="search-place">
        <SearchField
          search={search}
          label={props.besideAnother ? words.labelHere : words.label}
          listId={listId}
          field={field}
          onOpen={props.onOpen}
        />
        <SearchResults search={search} listId={listId} onOpen={props.onOpen} />
      </div>
    </SidePanel>
  );
}

/** Ctrl+F, or what a Mac has for it. */
function isFind(event: KeyboardEvent): boolean {
  return (
    (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'f'
  );
}
