import type { Vault } from '@sotto/vault';
import type { EngineEvent, TimelineItem } from '../projection.ts';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { TimelineChange } from './roomContext.ts';
import type { RoomState } from './roomState.ts';
import { itemInLog, itemOnItsWay, type ShownBy } from './timelineItem.ts';

/** What fills a tall screen twice. */
const PAGE = 60;

export type TimelineEvent = Extract<EngineEvent, { type: 'timeline' }>;

/** What one window has on its screen of one room: the newest page, and older ones as far as it asked for them. */
export class TimelineWindow {
  readonly #loaded = new Map<number, TimelineRecord>();
  /** What the window has been sent, by key: only what differs is sent again. */
  readonly #sent = new Map<string, string>();
  #hasOlder = false;
  #oldestOrder = Number.POSITIVE_INFINITY;

  constructor(
    private readonly vault: Vault,
    private readonly room: { readonly state: RoomState },
    private readonly shownBy: () => ShownBy,
    private readonly emit: (event: TimelineEvent) => void,
  ) {}

  /** Sends the newest page. */
  async open(): Promise<void> {
    const page = await this.#readBefore(undefined);
    this.#loaded.clear();
    this.#sent.clear();
    this.#take(page);
    this.#sendChanges(true);
  }

  /** Sends the page before the oldest that was sent. */
  async loadOlder(): Promise<void> {
    if (!this.#hasOlder) return this.#sendChanges(false);
    this.#take(await this.#readBefore(this.#oldestOrder));
    this.#sendChanges(false);
  }

  /** The log has changed on the disk. */
  apply(change: TimelineChange | 'emptied'): void {
    if (change === 'emptied') {
      this.#loaded.clear();
      this.#sent.clear();
      this.#hasOlder = false;
      this.#sendChanges(true);
      return;
    }
    for (const { order, record } of change.items) {
      if (order >= this.#oldestOrder || !this.#hasOlder) this.#loaded.set(order, record);
    }
    for (const order of change.removedOrders) this.#loaded.delete(order);
    this.#sendChanges(false);
  }

  /** Names are other than they were. */
  redraw(): void {
    this.#sendChanges(false);
  }

  async #readBefore(
    order: number | undefined,
  ): Promise<readonly { order: number; record: TimelineRecord }[]> {
    const { roomId } = this.room.state.record;
    const found = await this.vault.scan({
      prefix: KEYS.timeline(roomId),
      limit: PAGE + 1,
      reverse: true,
      ...(order !== undefined && { before: KEYS.item(roomId, order) }),
    });
    this.#hasOlder = found.length > PAGE;
    return found
      .slice(0, PAGE)
      .map(({ key, value }) => ({ order: numberOf(key), record: decodeRecord<TimelineRecord>(value) }));
  }

  #take(page: readonly { readonly order: number; readonly record: TimelineRecord }[]): void {
    for (const { order, record } of page) {
      this.#loaded.set(order, record);
      this.#oldestOrder = Math.min(this.#oldestOrder, order);
    }
    if (!this.#hasOlder) this.#oldestOrder = Number.NEGATIVE_INFINITY;
  }

  #sendChanges(reset: boolean): void {
    const items = this.#project();
    const upserts = items.filter(item => {
      const text = JSON.stringify(item);
      if (this.#sent.get(item.key) === text) return false;
      this.#sent.set(item.key, text);
      return true;
    });
    const keys = new Set(items.map(({ key }) => key));
    const removedKeys = [...this.#sent.keys()].filter(key => !keys.has(key));
    for (const key of removedKeys) this.#sent.delete(key);
    const { roomId } = this.room.state.record;
    if (!reset && upserts.length + removedKeys.length === 0) return;
    this.emit({ type: 'timeline', roomId, reset, upserts, removedKeys, hasOlder: this.#hasOlder });
  }

  #project(): readonly TimelineItem[] {
    const { state } = this.room;
    const by = this.shownBy();
    const inLog = [...this.#loaded].map(([order, record]) => itemInLog(state, by, order, record));
    const shown = new Set(inLog.map(({ key }) => key));
    const onTheirWay = state.outbox
      .map(item => itemOnItsWay(state, by, item))
      .filter((item): item is TimelineItem => item !== undefined && !shown.has(item.key));
    return [...inLog, ...onTheirWay].sort((a, b) => a.order - b.order);
  }
}
