import type { FileView } from '@sotto/client';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { isPictureType } from '../conversation/fileSaid.ts';
import type { MessageItem, RowActions } from '../conversation/MessageRow.tsx';
import { RichText } from '../conversation/RichText.tsx';
import { MOST_PIXELS_IN_LOG } from '../pictures/pictureCaps.ts';
import { fileSize } from './fileHeard.ts';
import { extensionOf, fileKind, plainName, shortName } from './fileName.ts';
import { files as words } from './fileWords.ts';
import { KindIcon } from './KindIcon.tsx';
import { useObjectUrl } from './objectUrl.ts';
import { pictureBox } from './pictureBox.ts';
import { saveOf } from './saveReceived.ts';
import { isShownAsPicture, useShownPicture, useThumbnail } from './shownPicture.ts';

const NAME_CHARS = 44;

interface FilePart {
  readonly item: MessageItem;
  readonly file: FileView;
  readonly actions: RowActions;
  readonly tabIndex: number;
  readonly fetch: () => void;
}

/** A file in the log, with what was said with it. */
export function FileBody({ item, actions, tabIndex }: Omit<FilePart, 'file' | 'fetch'>) {
  const { file } = item;
  const body = useRef<HTMLDivElement>(null);
  const state = file?.state.state;
  const asked = useRef(false);
  useFocusKept(body, state);
  useLayoutEffect(() => {
    if (!asked.current || file === undefined || state !== 'here') return;
    asked.current = false;
    announce(words.isHere(file.name));
  }, [state]);
  if (file === undefined) return null;
  const fetch = (): void => {
    asked.current = true;
    actions.fetchFile(item);
  };
  const part = { item, file, actions, tabIndex, fetch };
  return (
    <div ref={body} class="file-part">
      {isShownAsPicture(item) ? <PicturePart {...part} /> : <CardPart {...part} />}
      {item.text !== '' && (
        <div class="caption">
          <RichText text={item.text} />
        </div>
      )}
    </div>
  );
}

/** A button that goes with what it was for leaves the focus at its message. */
function useFocusKept(body: { readonly current: HTMLElement | null }, state: string | undefined): void {
  const hadFocus = useRef(false);
  useLayoutEffect(() => {
    if (hadFocus.current && document.activeElement === document.body)
      body.current?.closest('article')?.focus({ preventScroll: true });
  }, [state]);
  hadFocus.current = body.current?.contains(document.activeElement) ?? false;
}

/** A picture: its small form at once, itself when it is here, in the form that it will have. */
function PicturePart(part: FilePart) {
  const { item, file, actions, tabIndex } = part;
  const here = file.state.state === 'here';
  const small = useObjectUrl(useThumbnail(item));
  const shown = useShownPicture(actions, item, here, MOST_PIXELS_IN_LOG);
  const full = useObjectUrl(shown.state === 'here' ? shown.blob : undefined);
  const box = pictureBox(file.width ?? 1, file.height ?? 1);
  return (
    <div class="picture" style={{ width: `${box.widthPx}px` }}>
      <button
        type="button"
        class="picture-open"
        style={{ aspectRatio: `${box.widthPx} / ${box.heightPx}` }}
        aria-label={words.picture(file.name, file.sizeBytes)}
        aria-disabled={!here}
        tabIndex={tabIndex}
        onClick={() => here && actions.view(item)}
      >
        {small !== undefined && <img class="picture-small" src={small} alt="" />}
        {full !== undefined && <img class="picture-full" src={full} alt="" decoding="async" />}
      </button>
      {here && shown.state === 'no-picture' && <p class="file-says small">{words.notAPicture}</p>}
      {!here && <Transfer {...part} />}
    </div>
  );
}

/** Anything else, and pictures that were sent as files: never drawn unasked. */
function CardPart(part: FilePart) {
  const { item, file, actions, tabIndex } = part;
  const kind = fileKind(file.name);
  const here = file.state.state === 'here';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div class="file-card" role="group" aria-label={words.file(file.name, file.sizeBytes)}>
      <div class="file-head">
        <span class="file-icon">
          <KindIcon kind={kind} />
        </span>
        <div class="grow">
          <bdi class="file-name strong" title={plainName(file.name)}>
            {shortName(file.name, NAME_CHARS)}
          </bdi>
          <p class="small muted">
            {words.kind(extensionOf(plainName(file.name)))} · {fileSize(file.sizeBytes)}
          </p>
        </div>
        {here && isPictureType(file.mediaType) && (
          <button type="button" class="button slim" tabIndex={tabIndex} onClick={() => actions.view(item)}>
            {words.view}
          </button>
        )}
        {here && (
          <button
            type="button"
            class="button slim"
            tabIndex={tabIndex}
            onClick={() => void saveOf(actions, item)}
          >
            {words.save}
          </button>
        )}
      </div>
      {kind === 'program' && !item.author.self && <p class="file-says small muted">{words.program}</p>}
      {!here && <Transfer {...part} />}
    </div>
  );
}

/** Where a file is that is not here yet, or not at the server yet, and what can be done about it. */
function Transfer({ item, file, actions, tabIndex, fetch }: FilePart) {
  const { state } = file;
  // What failed has its remedies under the message.
  if (item.send?.state === 'failed' || state.state === 'here') return null;
  if (state.state === 'gone') return <p class="file-says small">{words.gone}</p>;
  const moves = state.state !== 'at-relay';
  return (
    <div class="transfer">
      {state.state === 'at-relay' && state.trouble !== undefined && (
        <p class="file-says small">{words.troubles[state.trouble]}</p>
      )}
      {moves && (
        <>
          <progress
            class="progress"
            aria-label={state.state === 'uploading' ? words.sending(file.name) : words.fetching(file.name)}
            max={file.sizeBytes}
            value={state.doneBytes}
          />
          <span class="small muted unbroken" aria-hidden="true">
            {words.doneOf(state.doneBytes, file.sizeBytes)}
          </span>
        </>
      )}
      <button
        type="button"
        class="button slim"
        tabIndex={tabIndex}
        onClick={event => {
          // The second press of a double click is not meant for what stands there then.
          if (event.detail > 1) return;
          if (moves) actions.cancelFile(item);
          else fetch();
        }}
      >
        {moves ? words.cancel : words.download}
      </button>
    </div>
  );
}
