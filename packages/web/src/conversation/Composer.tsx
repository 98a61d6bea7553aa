import type { RoomId } from '@sotto/client';
import type { Ref } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { EngineView } from '../engineView.ts';
import { sizeBytes, TEXT_BYTES } from '../limits.ts';
import { focusIfLost } from '../shapes/focus.ts';
import { Icon } from '../shapes/Icon.tsx';
import { attempt } from '../toast.tsx';
import { chat, common } from '../words.ts';
import { draftOf, keepDraft } from './drafts.ts';
import type { MessageItem } from './MessageRow.tsx';
import { TypingSignal } from './typing.ts';

export interface ComposerHandle {
  focus(): void;
  reply(item: MessageItem): void;
}

/** The limit is spoken of only when it comes near. */
const NEAR_LIMIT_BYTES = 2_000;

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
  const sendable = text.trim() !== '' && leftBytes >= 0;

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

  async function send(): Promise<void> {
    if (!sendable) return;
    const written = text;
    const answered = replyTo;
    setText('');
    setReplyTo(undefined);
    typing.stop();
    field.current?.focus();
    const sent = await attempt(view.port.sendText(roomId, written, answered?.messageId));
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
              {replyTo.text}
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
      <div class="compose-line">
        <textarea
          ref={field}
          class="input"
          rows={1}
          dir="auto"
          aria-label={chat.message}
          placeholder={chat.message}
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
