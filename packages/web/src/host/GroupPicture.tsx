import type { RoomView } from '@sotto/client';
import { useRef, useState } from 'preact/hooks';
import { RoomAvatar } from '../conversation/RoomAvatar.tsx';
import type { EngineView } from '../engineView.ts';
import { attempt, toast } from '../toast.tsx';
import { picture as words } from './pictureWords.ts';
import { NoPicture, toPicture } from './toPicture.ts';

/** The group's picture, chosen from a file, changed or taken away. */
export function GroupPicture({ view, room }: { view: EngineView; room: RoomView }) {
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const has = room.picture !== undefined;

  async function set(make: () => Promise<Uint8Array | undefined>): Promise<void> {
    setBusy(true);
    try {
      await attempt(view.port.setPicture(room.roomId, await make()));
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      toast(words.cannot);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="stack tight">
      <span class="strong small">{words.label}</span>
      <div class="row group-picture">
        <RoomAvatar port={view.port} room={room} alt="" />
        <button
          type="button"
          class="button slim"
          disabled={busy}
          aria-label={has ? words.changeIt : words.choose}
          onClick={() => field.current?.click()}
        >
          {has ? words.change : words.choose}
        </button>
        {has && (
          <button
            type="button"
            class="button slim quiet"
            disabled={busy}
            aria-label={words.removeIt}
            onClick={() => set(async () => undefined)}
          >
            {words.remove}
          </button>
        )}
        <input
          ref={field}
          class="hidden-file"
          type="file"
          accept="image/jpeg,image/png,image/webp,image/avif,image/gif"
          aria-label={words.file}
          tabIndex={-1}
          onChange={event => {
            const box = event.currentTarget;
            const [file] = box.files ?? [];
            box.value = '';
            if (file !== undefined) void set(() => toPicture(file));
          }}
        />
      </div>
      <p class="small muted">{words.hint}</p>
    </div>
  );
}
