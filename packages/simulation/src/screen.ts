import type { EngineEvent, EngineState, RoomId, RoomView, TimelineItem, UnlockedPort } from '@sotto/client';

/** What a screen tells whoever watches it. */
export interface ScreenWatcher {
  /** An own text is shown as sent, delivered or read. */
  acknowledged(roomId: RoomId, item: MessageItem): void;
  /** A text stands on the screen under two keys at once. */
  seenTwice(roomId: RoomId, text: string): void;
}

export type MessageItem = Extract<TimelineItem, { kind: 'message' }>;

const NOTHING: EngineState = {
  lock: { state: 'unlocked', keeps: 'device', locks: [], lockAfterMs: undefined, overwritesInPlace: true },
  connection: { state: 'connecting' },
  mayHost: undefined,
  self: undefined,
  rooms: [],
};

/** A person's eyes: everything that one window of an engine shows, of all rooms. */
export class Screen {
  #state = NOTHING;
  readonly #timelines = new Map<RoomId, Map<string, TimelineItem>>();
  readonly #hasOlder = new Map<RoomId, boolean>();

  constructor(
    private readonly port: UnlockedPort,
    private readonly watcher: ScreenWatcher,
  ) {
    port.subscribe(event => this.#see(event));
  }

  get state(): EngineState {
    return this.#state;
  }

  room(roomId: RoomId): RoomView | undefined {
    return this.#state.rooms.find(room => room.roomId === roomId);
  }

  /** In the order of the screen. */
  items(roomId: RoomId): readonly TimelineItem[] {
    return [...(this.#timelines.get(roomId)?.values() ?? [])].sort((a, b) => a.order - b.order);
  }

  messages(roomId: RoomId): readonly MessageItem[] {
    return this.items(roomId).filter((item): item is MessageItem => item.kind === 'message');
  }

  /** Scrolls to the very beginning of a room. */
  async readAll(roomId: RoomId): Promise<void> {
    while (this.#hasOlder.get(roomId) === true) await this.port.loadOlder(roomId);
  }

  #see(event: EngineEvent): void {
    if (event.type === 'state') {
      this.#state = event.state;
      for (const { roomId } of event.state.rooms) this.#watch(roomId);
    }
    if (event.type === 'timeline') this.#seeTimeline(event);
  }

  #watch(roomId: RoomId): void {
    if (this.#timelines.has(roomId)) return;
    this.#timelines.set(roomId, new Map());
    // Gone before it could be looked at: then there is nothing to see.
    this.port.openTimeline(roomId).catch(() => undefined);
  }

  #seeTimeline({
    roomId,
    reset,
    upserts,
    removedKeys,
    hasOlder,
  }: Extract<EngineEvent, { type: 'timeline' }>): void {
    const timeline = reset ? new Map<string, TimelineItem>() : (this.#timelines.get(roomId) ?? new Map());
    this.#timelines.set(roomId, timeline);
    this.#hasOlder.set(roomId, hasOlder);
    for (const key of removedKeys) timeline.delete(key);
    for (const item of upserts) timeline.set(item.key, item);
    this.#lookTwice(roomId, timeline);
    for (const item of upserts) {
      if (item.kind !== 'message' || item.send === undefined) continue;
      if (item.send.state !== 'sending' && item.send.state !== 'failed')
        this.watcher.acknowledged(roomId, item);
    }
  }

  #lookTwice(roomId: RoomId, timeline: ReadonlyMap<string, TimelineItem>): void {
    const texts = new Set<string>();
    for (const item of timeline.values()) {
      if (item.kind !== 'message') continue;
      if (texts.has(item.text)) this.watcher.seenTwice(roomId, item.text);
      texts.add(item.text);
    }
  }
}
