import type { RoomView, TimelineItem } from '@sotto/client';
import type { Ref, VNode } from 'preact';
import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'preact/hooks';
import { announce } from '../announcer.tsx';
import { type EngineView, useEngineState } from '../engineView.ts';
import { useNow } from '../now.ts';
import { Icon } from '../shapes/Icon.tsx';
import { firstUnreadKey, type Timeline } from '../timeline.ts';
import { attempt, toast } from '../toast.tsx';
import { chat, common } from '../words.ts';
import { fileLine } from './fileSaid.ts';
import { loadFiles, useFiles } from './filesLoaded.ts';
import { placeOf } from './grouping.ts';
import { type Anchor, type LogHandle, LogScroller } from './LogScroller.tsx';
import { type LogGoal, useGoal } from './logGoal.ts';
import { canDelete, type MessageItem, Row, type RowActions, type RowProps } from './MessageRow.tsx';
import { ownerWord } from './memberWords.ts';
import { blockedDevices, tagsByDevice } from './peopleOf.ts';
import { wasErased } from './roomName.ts';

/** Where each room was left, for as long as the page lives: opening it again returns there. */
const leftAt = new Map<string, Anchor>();

/** A message may be quoted from far back: so many times older items are fetched to find it. */
const FETCHES_TO_FIND_QUOTED = 25;
const FOUND_SHOWN_MS = 1_800;
/** Drawn rows kept to be drawn again without work; more than are ever in the page at once. */
const MOST_KEPT_ROWS = 400;

export interface MessageLogHandle {
  focus(): void;
  /** Goes to the newest message, also from an older place. */
  scrollToEnd(): void;
  /** Gives the focus to the message with this key, or to the one nearest to where it was. */
  focusNear(key: string, order: number): void;
}

/** The messages of a room: from the newest up, with what is new marked, and a way back to the end. */
export function MessageLog(props: {
  view: EngineView;
  room: RoomView;
  timeline: Timeline;
  /** A message to go to. */
  goal: LogGoal | undefined;
  canReply: boolean;
  handle: Ref<MessageLogHandle>;
  onReply: (item: MessageItem) => void;
  onSaw: (item: MessageItem) => void;
  onDelete: (item: MessageItem) => void;
}) {
  const { view, room, timeline } = props;
  const { items, hasNewer } = timeline;
  const log = useRef<LogHandle>(null);
  const nowMs = useNow();
  const [atEnd, setAtEnd] = useState(true);
  const [currentKey, setCurrentKey] = useState<string | undefined>(undefined);
  const [viewedKey, setViewedKey] = useState<string | undefined>(undefined);
  const [foundKey, setFoundKey] = useState<string | undefined>(undefined);
  const unreadKey = useUnreadLine(room, timeline, atEnd);
  const newSinceEnd = useNewSinceEnd(items, atEnd);
  const newCount = hasNewer ? room.unread : newSinceEnd;
  const state = useEngineState(view);
  const people = state?.people;
  const owner = ownerWord(room, state?.account !== undefined);
  const blocked = useMemo(() => blockedDevices(room.members, people), [room.members, people]);
  useAnnouncements(timeline, blocked);
  useMarkRead(view, room, atEnd, items);

  useImperativeHandle(
    props.handle,
    () => ({
      focus: () => log.current?.focus(),
      scrollToEnd: () => latest.current.goToEnd(),
      focusNear: (key, order) => latest.current.focusNear(key, order),
    }),
    [],
  );
  // An older place is not where one goes on reading another time.
  useEffect(
    () => () => rememberPlace(room.roomId, view.timeline(room.roomId).hasNewer ? null : log.current),
    [room.roomId],
  );
  useGoal(view, room.roomId, timeline, props.goal, showFound);

  /** Brings a message into view, and marks it for a moment so that the eye finds it. */
  function showFound(key: string): void {
    log.current?.scrollToKey(key, 'center', { focus: true });
    setFoundKey(key);
    setTimeout(() => setFoundKey(now => (now === key ? undefined : now)), FOUND_SHOWN_MS);
  }

  function goToEnd(): void {
    log.current?.scrollToEnd();
    if (!hasNewer) return;
    void attempt(view.port.openTimeline(room.roomId)).then(opened => opened && log.current?.scrollToEnd());
  }

  function focusNear(key: string, order: number): void {
    const now = view.timeline(room.roomId).items.filter(({ kind }) => kind === 'message');
    const near = now.find(item => item.key === key) ?? now.find(item => item.order > order) ?? now.at(-1);
    if (near === undefined) log.current?.focus();
    else log.current?.scrollToKey(near.key, 'nearest', { focus: true });
  }

  const tags = useMemo(() => tagsByDevice(room.members), [room.members]);
  // What goes by itself is not looked at any longer.
  const viewed =
    viewedKey === undefined ? undefined : items.filter(isThere).find(({ key }) => key === viewedKey);
  const files = useFiles(viewed !== undefined);

  const loadOlder = useCallback(() => {
    if (timeline.hasOlder) void attempt(view.port.loadOlder(room.roomId));
  }, [view, room.roomId, timeline.hasOlder]);

  const loadNewer = useCallback(() => {
    if (hasNewer) void attempt(view.port.loadNewer(room.roomId));
  }, [view, room.roomId, hasNewer]);

  async function jumpTo(item: MessageItem): Promise<void> {
    const messageId = item.replyTo?.messageId;
    if (messageId === undefined) return;
    for (let fetches = 0; ; fetches++) {
      const now = view.timeline(room.roomId);
      const quoted = now.items.find(other => other.kind === 'message' && other.messageId === messageId);
      if (quoted !== undefined) {
        showFound(quoted.key);
        return;
      }
      if (!now.hasOlder || fetches >= FETCHES_TO_FIND_QUOTED) break;
      if (!(await attempt(view.port.loadOlder(room.roomId)))) return;
      if (view.timeline(room.roomId).items.length === now.items.length) break;
    }
    toast(chat.quotedGone);
  }

  const { onReply, onSaw, onDelete } = props;
  const latest = useRef({ jumpTo, goToEnd, focusNear, onReply, onSaw, onDelete });
  latest.current = { jumpTo, goToEnd, focusNear, onReply, onSaw, onDelete };
  const actions = useMemo<RowActions>(
    () => ({
      reply: item => latest.current.onReply(item),
      saw: item => latest.current.onSaw(item),
      remove: item => latest.current.onDelete(item),
      retry: item => void attempt(view.port.retry(room.roomId, item.messageId)),
      discard: item => void attempt(view.port.discard(room.roomId, item.messageId)),
      jumpTo: item => void latest.current.jumpTo(item),
      fetchFile: item => void attempt(view.port.fetchFile(room.roomId, item.messageId)),
      cancelFile: item => void attempt(view.port.cancelFile(room.roomId, item.messageId)),
      readFile: item => view.port.readFile(room.roomId, item.messageId),
      view: item => setViewedKey(item.key),
    }),
    [view, room.roomId],
  );

  const newestOwn = useMemo(
    () => items.findLast(item => item.kind === 'message' && item.author.self)?.key,
    [items],
  );
  const tabStop = useMemo(() => {
    // What was current may be gone: Tab reaches the log all the same.
    const current = items.findLast(item => item.key === currentKey);
    return (current ?? items.findLast(item => item.kind === 'message'))?.key;
  }, [items, currentKey]);
  const drawn = useRef(new Map<string, { readonly props: RowProps; readonly vnode: VNode }>());

  function drawRow(index: number): VNode {
    const item = items[index]!;
    const rowProps: RowProps = {
      item,
      place: placeOf(items, index, unreadKey),
      unread: item.key === unreadKey,
      current: item.key === tabStop,
      found: item.key === foundKey,
      explains: item.key === newestOwn && room.imported !== true,
      wasSeen: room.imported !== true,
      canReply: props.canReply,
      folded: item.kind === 'message' && blocked.has(item.author.deviceId),
      tag: item.kind === 'message' ? tags.get(item.author.deviceId) : undefined,
      owner,
      nowMs,
      actions,
    };
    const before = drawn.current.get(item.key);
    if (before !== undefined && sameRow(before.props, rowProps)) return before.vnode;
    const vnode = <Row key={item.key} {...rowProps} />;
    if (drawn.current.size >= MOST_KEPT_ROWS) drawn.current.clear();
    drawn.current.set(item.key, { props: rowProps, vnode });
    return vnode;
  }

  function onKeyDown(event: KeyboardEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.log-row') : null;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (event.key === 'End') {
      event.preventDefault();
      goToEnd();
      return;
    }
    if (event.key === 'Delete' && row !== null) {
      const item = items.find(({ key }) => key === row.dataset.key);
      if (item?.kind === 'message' && canDelete(item)) onDelete(item);
      return;
    }
    if (step === 0 || row === null) return;
    event.preventDefault();
    const from = items.findIndex(item => item.key === row.dataset.key);
    for (let i = from + step; i >= 0 && i < items.length; i += step) {
      const item = items[i]!;
      if (item.kind !== 'message') continue;
      setCurrentKey(item.key);
      log.current?.scrollToKey(item.key, 'nearest', { focus: true });
      return;
    }
  }

  const start =
    leftAt.get(room.roomId) ??
    (unreadKey === undefined ? undefined : { key: unreadKey, align: 'start' as const });

  return (
    <div
      class="log-frame"
      onFocusIn={event => {
        const key =
          event.target instanceof Element
            ? event.target.closest<HTMLElement>('.log-row')?.dataset.key
            : undefined;
        if (key !== undefined) setCurrentKey(key);
      }}
    >
      {timeline.loaded && (
        <LogScroller
          label={chat.messages}
          rows={items}
          drawRow={drawRow}
          handle={log}
          start={start}
          onAtEnd={setAtEnd}
          onNearStart={loadOlder}
          endIsOpen={hasNewer}
          onNearEnd={loadNewer}
          onKeyDown={onKeyDown}
          head={timeline.hasOlder ? <p class="log-head muted small">{chat.older}</p> : null}
        >
          {items.length === 0 && <p class="log-empty muted">{emptyWords(room, props.canReply)}</p>}
        </LogScroller>
      )}
      {!atEnd && (
        <button type="button" class="jump" onClick={goToEnd}>
          {newCount > 0 && <span>{chat.jumpCount(newCount)}</span>}
          <span class="hidden-text">{chat.jump}</span>
          <Icon name="down" />
        </button>
      )}
      {viewed !== undefined && files !== undefined && (
        <files.PictureViewer
          items={items.filter(isThere)}
          item={viewed}
          actions={actions}
          onClose={() => setViewedKey(undefined)}
        />
      )}
    </div>
  );
}

function isThere(item: TimelineItem): item is MessageItem {
  return item.kind === 'message' && item.deleted !== true;
}

function emptyWords(room: RoomView, canReply: boolean): string {
  if (wasErased(room)) return chat.erased;
  return canReply ? chat.empty : chat.emptyReadOnly;
}

function sameRow(a: RowProps, b: RowProps): boolean {
  return (
    a.item === b.item &&
    a.unread === b.unread &&
    a.current === b.current &&
    a.found === b.found &&
    a.explains === b.explains &&
    a.canReply === b.canReply &&
    a.folded === b.folded &&
    a.tag === b.tag &&
    a.actions === b.actions &&
    a.place.first === b.place.first &&
    a.place.last === b.place.last &&
    a.place.opensDay === b.place.opensDay &&
    (!b.place.opensDay || a.nowMs === b.nowMs)
  );
}

function rememberPlace(roomId: string, log: LogHandle | null): void {
  const anchor = log?.anchor();
  if (anchor === undefined) leftAt.delete(roomId);
  else leftAt.set(roomId, anchor);
}

/** The first message that was unread when the room was opened, or that came while nobody looked. */
function useUnreadLine(room: RoomView, timeline: Timeline, atEnd: boolean): string | undefined {
  const { items, hasNewer } = timeline;
  const key = useRef<string | undefined>(undefined);
  const unreadAtFirst = useRef(room.unread);
  const counted = useRef<{ readonly lastOrder: number } | undefined>(undefined);
  const lastOrder = items.at(-1)?.order ?? Number.NEGATIVE_INFINITY;
  // At an older place nothing is known of what is new.
  if (hasNewer) return key.current;
  if (counted.current === undefined) {
    if (items.length > 0) {
      key.current = firstUnreadKey(items, unreadAtFirst.current);
      counted.current = { lastOrder };
    }
  } else if (lastOrder > counted.current.lastOrder) {
    const fresh = items.filter(item => item.order > counted.current!.lastOrder && item.kind === 'message');
    if (fresh.some(item => item.kind === 'message' && item.author.self)) key.current = undefined;
    else if (fresh.length > 0 && !looking() && (key.current === undefined || atEnd))
      key.current ??= fresh[0]!.key;
    counted.current = { lastOrder };
  }
  return key.current;
}

function looking(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

/** How many messages of others came since the end of the log was last in view. */
function useNewSinceEnd(items: readonly TimelineItem[], atEnd: boolean): number {
  const seenOrder = useRef(Number.POSITIVE_INFINITY);
  const lastOrder = items.at(-1)?.order;
  if (lastOrder !== undefined && (atEnd || seenOrder.current === Number.POSITIVE_INFINITY))
    seenOrder.current = lastOrder;
  let count = 0;
  for (let i = items.length - 1; i >= 0 && items[i]!.order > seenOrder.current; i--) {
    const item = items[i]!;
    if (item.kind === 'message' && !item.author.self) count++;
  }
  return count;
}

const MOST_ANNOUNCED = 240;

async function heard({ author, text, file }: MessageItem): Promise<string> {
  const [name, words] = [author.name || common.someone, text.slice(0, MOST_ANNOUNCED)];
  if (file === undefined) return chat.heard(name, words);
  const files = await loadFiles().catch(() => undefined);
  return files?.fileHeard(name, file, words) ?? chat.heard(name, fileLine(file, words));
}

/** Says new messages of others, once each; the log itself is silent, because scrolling redraws its rows. */
function useAnnouncements({ items, hasNewer }: Timeline, blocked: ReadonlySet<string>): void {
  const said = useRef<number | undefined>(undefined);
  useEffect(() => {
    const lastOrder = hasNewer ? undefined : items.at(-1)?.order;
    // What comes while one reads on from an older place is not new.
    if (hasNewer) said.current = undefined;
    if (lastOrder === undefined) return;
    const after = said.current;
    said.current = lastOrder;
    if (after === undefined) return;
    const fresh = items.filter(item => item.order > after && item.kind === 'message' && !item.author.self);
    void Promise.all(
      fresh
        .slice(-3)
        .flatMap(item => (item.kind === 'message' && !blocked.has(item.author.deviceId) ? heard(item) : [])),
    ).then(lines => lines.length > 0 && announce(lines.join('. ')));
  }, [items, hasNewer]);
}

/** Tells the engine that what has come was read: when its end is in view and someone looks. */
function useMarkRead(view: EngineView, room: RoomView, atEnd: boolean, items: readonly TimelineItem[]): void {
  useEffect(() => {
    const mark = (): void => {
      if (atEnd && items.length > 0 && looking() && room.unread > 0)
        view.port.markRead(room.roomId).catch(() => undefined);
    };
    mark();
    window.addEventListener('focus', mark);
    document.addEventListener('visibilitychange', mark);
    return () => {
      window.removeEventListener('focus', mark);
      document.removeEventListener('visibilitychange', mark);
    };
  }, [view, room.roomId, room.unread, atEnd, items]);
}
