import type { RoomId, RoomView } from '@sotto/client';
import { useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { useLoaded } from '../shapes/loaded.ts';
import { historyDoor as words } from '../words.ts';

/** Few export, and nobody at once. */
const loadExport = () => import('./ExportDialog.tsx');
const loadImport = () => import('./ImportDialog.tsx');

/** The ways out of this device and into it, for what was written. */
export function HistorySection(props: {
  view: EngineView;
  rooms: readonly RoomView[];
  /** The conversation that it is about; else all. */
  roomId?: RoomId;
  /** Whether archives can come in here. */
  imports: boolean;
}) {
  const [open, setOpen] = useState<'export' | 'import' | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const exporting = useLoaded(open === 'export', loadExport, close);
  const importing = useLoaded(open === 'import', loadImport, close);
  return (
    <section class={`stack tight ${props.imports ? 'ruled' : ''}`}>
      <h3 class="label">{words.title}</h3>
      <div class="row wrap">
        {props.rooms.length > 0 && (
          <button type="button" class="button slim" onClick={() => setOpen('export')}>
            {words.export}
          </button>
        )}
        {props.imports && (
          <button type="button" class="button slim" onClick={() => setOpen('import')}>
            {words.import}
          </button>
        )}
      </div>
      <p class="small muted">{props.imports ? words.hint : words.hintRoom}</p>
      {open === 'export' && exporting !== undefined && (
        <exporting.ExportDialog
          view={props.view}
          rooms={props.rooms}
          {...(props.roomId !== undefined && { roomId: props.roomId })}
          onClose={close}
        />
      )}
      {open === 'import' && importing !== undefined && (
        <importing.ImportDialog view={props.view} onClose={close} />
      )}
    </section>
  );
}
