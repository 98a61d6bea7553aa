import type { MessageItem, RowActions } from '../conversation/MessageRow.tsx';
import { saveFile } from '../history/saveFile.ts';
import { pictureHeader } from '../pictures/pictureHeader.ts';
import { toast } from '../toast.tsx';
import { savedName } from './fileName.ts';
import { files as words } from './fileWords.ts';
import { isShownAsPicture } from './shownPicture.ts';

/** Never a kind that a browser would open by itself. */
const TYPE = 'application/octet-stream';

/** Has the browser save a file that came, under a name that can do no harm. Tells where it is not here. */
export async function saveOf(actions: RowActions, item: MessageItem): Promise<void> {
  const file = await actions.readFile(item).catch(() => undefined);
  if (file === undefined) {
    toast(words.notHere);
    return;
  }
  // What was shown as a picture is saved as one.
  const type = isShownAsPicture(item) ? pictureHeader(file.bytes)?.type : undefined;
  saveFile(new Blob([file.bytes.slice()], { type: TYPE }), savedName(file.name, type));
}
