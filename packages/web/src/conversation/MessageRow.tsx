import type { ReadFile, SendState, TimelineItem } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from '../shapes/Icon.tsx';
import { useLoaded } from '../shapes/loaded.ts';
import { clockTime, dayName, fullTime } from '../when.ts';
import { chat, common, gap } from '../words.ts';
import { eventWords } from './eventWords.ts';
import { fileLine, quotedLine } from './fileSaid.ts';
import { useFiles } from './filesLoaded.ts';
import type { Place } from './grouping.ts';
import { member as memberWords } from './memberWords.ts';
import { RichText } from './RichText.tsx';
import { TimeLeft, vanishes } from './Vanishing.tsx';

export type MessageItem = Extract<TimelineItem, { kind: 'message' }>;

/** What a row can ask for. */
export interface RowActions {
  reply(item: MessageItem): void;
  saw(item: MessageItem): void;
  remove(item: MessageItem): void;
  retry(item: MessageItem): void;
  discard(item: MessageItem): void;
  jumpTo(item: MessageItem): void;
  /** Has its file brought here from the server. */
  fetchFile(item: MessageItem): void;
  /** Stops its file on its way; an own one with its message. */
  cancelFile(item: MessageItem): void;
  /** Undefined while it is not here. */
  readFile(item: MessageItem): Promise<ReadFile | undefined>;
  /** Shows its picture large. */
  view(item: MessageItem): void;
}

export interface RowProps {
  readonly item: TimelineItem;
  readonly place: Place;
  /** Stands below the "New" line. */
  readonly unread: boolean;
  /** The one article of the log that Tab reaches; its buttons too. */
  readonly current: boolean;
  readonly found: boolean;
  /** Says "What the server saw" in words, as the newest own message does. */
  readonly explains: boolean;
  /** Whether a server saw it on its way here: not what came out of an archive. */
  readonly wasSeen: boolean;
  readonly canReply: boolean;
  /** By somebody who is blocked: their words are shown when they are asked for. */
  readonly folded: boolean;
  /** Tells people with names that look alike apart. */
  readonly tag: string | undefined;
  /** What stands at an owner of the room. */
  readonly owner: string | undefined;
  readonly nowMs: number;
  readonly actions: RowActions;
}

/** One item of the log, with what stands above it. */
export function Row(props: RowProps) {
  const { item, place } = props;
  return (
    <div class={`log-row ${place.first ? 'first' : ''} ${place.last ? 'last' : ''}`} data-key={item.key}>
      {place.opensDay && (
        <h2 class="day">{dayName(item.kind === 'message' ? item.sentAtMs : item.atMs, props.nowMs)}</h2>
      )}
      {props.unread && (
        <div class="unread-line">
          <span>{chat.unreadDivider}</span>
        </div>
      )}
      {item.kind === 'message' && <Message {...props} item={item} />}
      {item.kind === 'event' && <EventLine item={item} />}
      {item.kind === 'gap' && <GapLine item={item} />}
    </div>
  );
}

function Message(props: RowProps & { item: MessageItem }) {
  const { item, place, actions } = props;
  const { author } = item;
  const time = clockTime(item.sentAtMs);
  const label = author.self ? chat.byYou(time) : chat.by(author.name || common.someone, time);
  const tabIndex = props.current ? 0 : -1;
  const saysMeta = author.self && (place.last || item.send?.state === 'failed');
  return (
    // The article takes the focus itself: the arrow keys walk from message to message.
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click is only another way to the focus
    <article
      class={`message ${author.self ? 'own' : ''} ${props.found ? 'found' : ''} ${item.deleted === true ? 'deleted' : ''}`}
      aria-label={label}
      tabIndex={tabIndex}
      onClick={event => {
        if (!(event.target instanceof Element && event.target.closest('a, button')) && noTextSelected())
          event.currentTarget.focus({ preventScroll: true });
      }}
    >
      {place.first && !author.self && (
        <div class="who">
          <bdi class="one-line">{author.name || common.someone}</bdi>
          {props.tag !== undefined && <span class="tag">{props.tag}</span>}
          {author.guest ? (
            <span class="mark">{common.guest}</span>
          ) : (
            author.role === 'owner' && props.owner !== undefined && <span class="mark">{props.owner}</span>
          )}
        </div>
      )}
      <div class="bubble-line">
        <div class="bubble">
          {item.replyTo !== undefined && !props.folded && (
            <button type="button" class="quote" tabIndex={tabIndex} onClick={() => actions.jumpTo(item)}>
              <span class="hidden-text">{chat.jumpToQuoted(item.replyTo.name || common.someone)}: </span>
              <bdi class="quote-who">{item.replyTo.name}</bdi>
              <span class="quote-text" dir="auto">
                {quotedLine(item.replyTo) || chat.quoteDeleted}
              </span>
            </button>
          )}
          {item.deleted === true ? (
            <p class="muted">{author.self ? chat.deletedByYou : chat.deleted}</p>
          ) : props.folded ? (
            <Folded key={item.key} tabIndex={tabIndex}>
              <Said item={item} tabIndex={tabIndex} actions={actions} />
            </Folded>
          ) : (
            <Said item={item} tabIndex={tabIndex} actions={actions} />
          )}
          {item.edited === true && item.deleted !== true && <span class="edited">{chat.edited}</span>}
        </div>
        {vanishes(item) && (
          <span class="going">
            <Icon name="timer" tiny />
            <span class="hidden-text">
              <TimeLeft item={item} />
            </span>
          </span>
        )}
        <div class="actions">
          {vanishes(item) && (
            <span class="time-left" aria-hidden="true">
              <TimeLeft item={item} short />
            </span>
          )}
          {!saysMeta && (
            <time dateTime={new Date(item.sentAtMs).toISOString()} title={fullTime(item.sentAtMs)}>
              {time}
            </time>
          )}
          {props.canReply && item.deleted !== true && (
            <button
              type="button"
              class="action"
              aria-label={chat.reply}
              title={chat.reply}
              tabIndex={tabIndex}
              onClick={() => actions.reply(item)}
            >
              <Icon name="reply" tiny />
            </button>
          )}
          {!props.explains && props.wasSeen && item.deleted !== true && (
            <button
              type="button"
              class="action"
              aria-label={chat.saw}
              title={chat.saw}
              tabIndex={tabIndex}
              onClick={() => actions.saw(item)}
            >
              <Icon name="eye" tiny />
            </button>
          )}
          {canDelete(item) && (
            <button
              type="button"
              class="action"
              aria-label={chat.delete}
              title={chat.delete}
              tabIndex={tabIndex}
              onClick={() => actions.remove(item)}
            >
              <Icon name="delete" tiny />
            </button>
          )}
        </div>
      </div>
      {item.reactions !== undefined && item.reactions.length > 0 && (
        <ul class="reactions">
          {item.reactions.map(({ emoji, count }) => (
            <li key={emoji}>
              {emoji} {count > 1 && count}
            </li>
          ))}
        </ul>
      )}
      {saysMeta ? (
        <div class="meta">
          <time dateTime={new Date(item.sentAtMs).toISOString()} title={fullTime(item.sentAtMs)}>
            {time}
          </time>
          {item.send !== undefined && <State send={item.send} />}
          {item.send?.state === 'failed' && (
            <>
              <span class="reason">{chat.failures[item.send.reason]}</span>
              <span class="remedies">
                <button type="button" class="text-button" onClick={() => actions.retry(item)}>
                  {chat.retry}
                </button>
                <button type="button" class="text-button" onClick={() => actions.discard(item)}>
                  {chat.discard}
                </button>
              </span>
            </>
          )}
          {props.explains && item.send?.state !== 'failed' && item.deleted !== true && (
            <button type="button" class="explain" tabIndex={tabIndex} onClick={() => actions.saw(item)}>
              <Icon name="eye" tiny />
              {chat.saw}
            </button>
          )}
        </div>
      ) : (
        item.send !== undefined && <span class="hidden-text">{stateWord(item.send)}</span>
      )}
    </article>
  );
}

/** Whether it can be taken off this device: not while it is on its way; one that failed has its own button. */
export function canDelete({ send }: MessageItem): boolean {
  return send?.state !== 'sending' && send?.state !== 'failed';
}

function noTextSelected(): boolean {
  return document.getSelection()?.isCollapsed ?? true;
}

const STATE_ICON = {
  sending: 'clock',
  sent: 'check',
  delivered: 'checks',
  read: 'checks',
  failed: 'warn',
} as const;

function stateWord(send: SendState): string {
  return chat[send.state];
}

function State({ send }: { send: SendState }) {
  return (
    <span class={`state ${send.state}`}>
      <Icon name={STATE_ICON[send.state]} tiny />
      <span>{stateWord(send)}</span>
    </span>
  );
}

/** The words of a message, or its file with them. */
function Said({
  item,
  tabIndex,
  actions,
}: Pick<RowProps, 'actions'> & { item: MessageItem; tabIndex: number }) {
  const files = useFiles(item.file !== undefined);
  if (item.file === undefined) return <RichText text={item.text} />;
  if (files === undefined) return <p class="muted">{fileLine(item.file, item.text)}</p>;
  return <files.FileBody item={item} tabIndex={tabIndex} actions={actions} />;
}

function Folded({ children, tabIndex }: { children: ComponentChildren; tabIndex: number }) {
  const [shown, setShown] = useState(false);
  if (shown) return <>{children}</>;
  return (
    <p class="muted">
      {memberWords.blockedWords}{' '}
      <button type="button" class="text-button" tabIndex={tabIndex} onClick={() => setShown(true)}>
        {memberWords.show}
      </button>
    </p>
  );
}

function EventLine({ item }: { item: Extract<TimelineItem, { kind: 'event' }> }) {
  const { event } = item;
  return (
    <p class="event" title={fullTime(item.atMs)}>
      {eventWords(event)}
      {event.type === 'joined' && event.guest && <span class="mark">{common.guest}</span>}
    </p>
  );
}

/** Few have sealed messages, and fewer a refused one. */
const loadRefusals = () => import('../sealed/refusedWords.ts');

function GapLine({ item }: { item: Extract<TimelineItem, { kind: 'gap' }> }) {
  const sealed = useLoaded(item.reason !== undefined, loadRefusals, () => undefined);
  const { title, text } =
    item.reason === undefined || sealed === undefined
      ? gap(item.cause, item.count)
      : sealed.refusedSealed(item.reason, item.count);
  return (
    <div class="gap" role="note">
      <Icon name="gap" />
      <div>
        <strong>{title}</strong>
        <p>{text}</p>
      </div>
    </div>
  );
}
