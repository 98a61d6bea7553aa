import type { RoomId } from '@sotto/client';
import type { Ref } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { offersFiles } from '../engineOffers.ts';
import type { EngineView } from '../engineView.ts';
import type { TrayState } from '../files/files.ts';
import { sizeBytes, TEXT_BYTES } from '../limits.ts';
import { focusIfLost } from '../shapes/focus.ts';
import { Icon } from '../shapes/Icon.tsx';
import { attempt } from '../toast.tsx';
import { chat, common } from '../words.ts';
import { draftOf, keepDraft } from './drafts.ts';
import { fileLine } from './fileSaid.ts';
import { filesWereLoaded, loadFiles, useFiles } from './filesLoaded.ts';
import { useIncomingFiles } from './incomingFiles.ts';
import type { MessageItem } from './MessageRow.tsx';
import { TypingSignal } from './typing.ts';

export interface ComposerHandle {
  focus(): void;
  reply(item: MessageItem): void;
}

/** The limit is spoken of only when it comes near. */
const NEAR_LIMIT_BYTES = 2_000;

const NOTHING_ATTACHED: TrayState = { count: 0, ready: true };

/** Where one writes. Enter sends, Shift+Enter breaks the line; a key that belongs to an input method never sends. */
export function Composer(props: {
  view: EngineView;
  roomId: RoomId;
  handle: Ref<ComposerHandle>;
  onSent: () => void;
}) {
  const { view, roomId } = props;
  const [text, setText] = useState(() => draftOf(roomId).text);
  const [replyTo, setReplyTo] = useState(() => draftOf(roomId).replyTo);
  const field = useRef<HTMLTextAreaElement>(null);
  const typing = useMemo(() => new TypingSignal(view.port, roomId), [view, roomId]);
  const leftBytes = useMemo(() => TEXT_BYTES - sizeBytes(text), [text]);
  const [attached, setAttached] = useState(NOTHING_ATTACHED);
  const [sendingFiles, setSendingFiles] = useState(false);
  const [wantsFiles, setWantsFiles] = useState(filesWereLoaded);
  const chooser = useRef<HTMLInputElement>(null);
  const canAttach = offersFiles(view.port);
  const dropping = useIncomingFiles(canAttach ? attach : undefined);
  const files = useFiles(wantsFiles || dropping);
  const tray = files?.trayOf(roomId);
  const sendable =
    leftBytes >= 0 && (attached.count > 0 ? attached.ready && !sendingFiles : text.trim() !== '');

  useEffect(() => keepDraft(roomId, { text, replyTo }), [roomId, text, replyTo]);
  useEffect(() => () => typing.stop(), [typing]);
  // Not where it would bring up a keyboard over what is to be read.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) focusIfLost(field.current);
  }, []);
  useLayoutEffect(() => growWithText(field.current), [text]);
  // An answer to what is no longer there would say again what it said.
  useEffect(() => {
    if (replyTo === undefined) return;
    return view.port.subscribe(event => {
      if (event.type !== 'timeline' || event.roomId !== roomId) return;
      const gone =
        event.removedKeys.includes(replyTo.key) ||
        event.upserts.some(item => item.key === replyTo.key && item.kind === 'message' && item.deleted);
      if (gone) setReplyTo(undefined);
    });
  }, [view, roomId, replyTo]);
  useImperativeHandle(
    props.handle,
    () => ({
      focus: () => field.current?.focus(),
      reply(item) {
        setReplyTo(item);
        field.current?.focus();
      },
    }),
    [],
  );

  function attach(chosen: readonly File[], folders = 0): void {
    setWantsFiles(true);
    field.current?.focus();
    loadFiles().then(
      ({ trayOf }) => trayOf(roomId).add(chosen, folders),
      () => undefined,
    );
  }

  /** Text alone, or what is in the tray with the text as its caption. Resolves to whether the text went. */
  async function sendOut(written: string, replyTo: MessageItem['messageId'] | undefined): Promise<boolean> {
    if (files === undefined || tray === undefined || attached.count === 0)
      return attempt(view.port.sendText(roomId, written, replyTo));
    setSendingFiles(true);
    const sent = await files.sendTray(view.port, roomId, tray, { text: written, replyTo });
    setSendingFiles(false);
    return sent > 0;
  }

  async function send(): Promise<void> {
    if (!sendable) return;
    const written = text;
    const answered = replyTo;
    setText('');
    setReplyTo(undefined);
    typing.stop();
    field.current?.focus();
    const sent = await sendOut(written, answered?.messageId);
    if (sent) props.onSent();
    else {
      // What was typed meanwhile stays too.
      setText(now => (now === '' ? written : `${written}\n${now}`));
      setReplyTo(answered);
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    // keyCode 229 is what Safari sends for the Enter that ends a composition.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key === 'Enter' && !event.shiftKey && !composing) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Escape' && replyTo !== undefined && !composing) {
      event.stopPropagation();
      setReplyTo(undefined);
    }
  }

  return (
    <form
      class="composer"
      onSubmit={event => {
        event.preventDefault();
        void send();
      }}
    >
      {replyTo !== undefined && (
        <div class="replying">
          <div class="grow">
            <div class="small strong">
              {replyTo.author.self
                ? chat.replyingToSelf
                : chat.replyingTo(replyTo.author.name || common.someone)}
            </div>
            <div class="small muted one-line" dir="auto">
              {fileLine(replyTo.file, replyTo.text)}
            </div>
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={chat.cancelReply}
            onClick={() => setReplyTo(undefined)}
          >
            <Icon name="close" tiny />
          </button>
        </div>
      )}
      {leftBytes < NEAR_LIMIT_BYTES && (
        <p class={`limit small ${leftBytes < 0 ? 'mistake' : 'muted'}`} role="status">
          {leftBytes < 0 ? chat.tooLong : chat.fewBytesLeft(leftBytes)}
        </p>
      )}
      {files !== undefined && tray !== undefined && (
        <files.TrayView
          tray={tray}
          sending={sendingFiles}
          onState={setAttached}
          onEmptied={() => field.current?.focus()}
        />
      )}
      {dropping && (
        <div class="drop-zone" aria-hidden="true">
          <p class="strong">{files?.words.dropHere ?? chat.attach}</p>
          <p class="small muted">{files?.words.dropLimit}</p>
        </div>
      )}
      <div class="compose-line">
        {canAttach && (
          <>
            <button
              type="button"
              class="icon-button attach"
              aria-label={chat.attach}
              title={chat.attachUpTo}
              onClick={() => {
                setWantsFiles(true);
                chooser.current?.click();
              }}
            >
              <Icon name="attach" />
            </button>
            <input
              ref={chooser}
              class="hidden-file"
              type="file"
              multiple
              aria-label={chat.chosenFiles}
              tabIndex={-1}
              onChange={event => {
                const chosen = [...(event.currentTarget.files ?? [])];
                event.currentTarget.value = '';
                attach(chosen);
              }}
            />
          </>
        )}
        <textarea
          ref={field}
          class="input"
          rows={1}
          dir="auto"
          aria-label={chat.message}
          placeholder={attached.count > 0 ? chat.caption : chat.message}
          enterkeyhint="send"
          autocomplete="off"
          value={text}
          onInput={event => {
            setText(event.currentTarget.value);
            typing.typed(event.currentTarget.value.trim() !== '');
          }}
          onBlur={() => typing.stop()}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" aria-label={chat.send} disabled={!sendable}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

/** As high as its text, up to the limit that the style sheet sets. */
function growWithText(field: HTMLTextAreaElement | null): void {
  if (field === null || CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}
