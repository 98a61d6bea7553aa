import { useEffect, useMemo, useState } from 'preact/hooks';
import { isPictureType } from '../conversation/fileSaid.ts';
import type { MessageItem, RowActions } from '../conversation/MessageRow.tsx';
import { mayDecode } from '../pictures/pictureCaps.ts';
import { type PictureHeader, pictureHeader } from '../pictures/pictureHeader.ts';

const MOST_THUMBNAIL_PIXELS = 512 * 512;

/** A picture that came with a message, as far as it may be drawn. */
export type ShownPicture =
  | { readonly state: 'reading' | 'not-here' | 'no-picture' | 'too-large' }
  | { readonly state: 'here'; readonly blob: Blob; readonly header: PictureHeader };

/**
 * The bytes of a file as a picture, by what they are and not by what its sender says they are: nothing else is given
 * to the browser to draw.
 */
export function useShownPicture(
  actions: RowActions,
  item: MessageItem,
  wanted: boolean,
  mostPixels = Number.POSITIVE_INFINITY,
): ShownPicture {
  const [shown, setShown] = useState<ShownPicture>({ state: 'reading' });
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    const set = (next: ShownPicture): void => {
      if (current) setShown(next);
    };
    actions.readFile(item).then(
      file => set(file === undefined ? { state: 'not-here' } : asPicture(file.bytes, mostPixels)),
      () => set({ state: 'not-here' }),
    );
    return () => {
      current = false;
    };
  }, [actions, item.key, wanted]);
  return shown;
}

function asPicture(bytes: Uint8Array, mostPixels: number): ShownPicture {
  const header = pictureHeader(bytes);
  if (header === undefined) return { state: 'no-picture' };
  if (!mayDecode(header) || header.width * header.height > mostPixels) return { state: 'too-large' };
  return { state: 'here', blob: new Blob([bytes.slice()], { type: header.type }), header };
}

/** The small form that came with a message; undefined where there is none, or not what it has to be. */
export function useThumbnail({ messageId, file }: MessageItem): Blob | undefined {
  const bytes = file?.thumbnail;
  // Every change of the message brings the same bytes anew.
  return useMemo(() => {
    const header = bytes && pictureHeader(bytes);
    if (bytes === undefined || header?.type !== 'image/jpeg') return undefined;
    if (header.width * header.height > MOST_THUMBNAIL_PIXELS) return undefined;
    return new Blob([bytes.slice()], { type: 'image/jpeg' });
  }, [messageId, bytes?.length]);
}

/** Whether a file is shown as a picture: it was sent as one, of a kind that is ever drawn. */
export function isShownAsPicture({ file }: MessageItem): boolean {
  return file?.width !== undefined && file.height !== undefined && isPictureType(file.mediaType);
}
