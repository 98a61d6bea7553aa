import { useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import type { MessageItem, RowActions } from '../conversation/MessageRow.tsx';
import { RichText } from '../conversation/RichText.tsx';
import { Dialog } from '../shapes/Dialog.tsx';
import { Icon } from '../shapes/Icon.tsx';
import { clockTime } from '../when.ts';
import { chat, common } from '../words.ts';
import { fileSize } from './fileHeard.ts';
import { shortName } from './fileName.ts';
import { pictureWords, files as words } from './fileWords.ts';
import { useObjectUrl } from './objectUrl.ts';
import { saveOf } from './saveReceived.ts';
import { isShownAsPicture, type ShownPicture, useShownPicture } from './shownPicture.ts';

const TITLE_CHARS = 48;

/** One picture as large as the window, with the ones before and after it in the log. */
export function PictureViewer(props: {
  /** What the log has, oldest first. */
  items: readonly MessageItem[];
  item: MessageItem;
  actions: RowActions;
  onClose: () => void;
}) {
  const [key, setKey] = useState(props.item.key);
  const pictures = props.items.filter(
    item => item.key === key || (isShownAsPicture(item) && item.file?.state.state === 'here'),
  );
  const at = pictures.findIndex(item => item.key === key);
  const item = pictures[at] ?? props.item;
  const { file } = item;
  if (file === undefined) return null;

  function step(by: number): void {
    const next = pictures[at + by];
    if (next?.file === undefined) return;
    setKey(next.key);
    announce(words.picture(next.file.name, next.file.sizeBytes));
  }

  const who = item.author.self
    ? chat.byYou(clockTime(item.sentAtMs))
    : chat.by(item.author.name || common.someone, clockTime(item.sentAtMs));
  return (
    <Dialog title={shortName(file.name, TITLE_CHARS)} wide cross onClose={props.onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys step from wherever the focus is */}
      <div
        class="viewer"
        onKeyDown={event => {
          if (event.key === 'ArrowLeft') step(-1);
          if (event.key === 'ArrowRight') step(1);
        }}
      >
        <Stage key={item.key} item={item} actions={props.actions} />
        {item.text !== '' && (
          <div class="viewer-caption">
            <RichText text={item.text} />
          </div>
        )}
        <div class="viewer-foot">
          <p class="small muted grow">
            {who} · {fileSize(file.sizeBytes)}
          </p>
          {pictures.length > 1 && (
            <>
              <button
                type="button"
                class="icon-button"
                aria-label={words.previous}
                aria-disabled={at <= 0}
                onClick={() => step(-1)}
              >
                <Icon name="back" />
              </button>
              <span class="small muted unbroken">{words.place(at, pictures.length)}</span>
              <button
                type="button"
                class="icon-button"
                aria-label={words.next}
                aria-disabled={at >= pictures.length - 1}
                onClick={() => step(1)}
              >
                <Icon name="right" />
              </button>
            </>
          )}
          <button type="button" class="button slim" onClick={() => void saveOf(props.actions, item)}>
            {words.save}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

const SAYS: Readonly<Record<Exclude<ShownPicture['state'], 'here'>, string>> = {
  reading: words.opening,
  'not-here': words.notHere,
  'no-picture': words.notAPicture,
  'too-large': words.tooLargeToShow,
};

function Stage({ item, actions }: { item: MessageItem; actions: RowActions }) {
  const shown = useShownPicture(actions, item, true);
  const url = useObjectUrl(shown.state === 'here' ? shown.blob : undefined);
  if (shown.state !== 'here')
    return (
      <div class="viewer-stage">
        <p class="muted">{SAYS[shown.state]}</p>
      </div>
    );
  const { width, height } = shown.header;
  return (
    <div class="viewer-stage">
      {url !== undefined && item.file !== undefined && (
        <img src={url} alt={pictureWords(item.file, item.text)} width={width} height={height} />
      )}
    </div>
  );
}
