import type { Vault } from '@sotto/vault';
import type { EngineEvent, TimelineItem } from '../projection.ts';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { TimelineChange } from './roomContext.ts';
import type { RoomState } from './roomState.ts';
import type { PlacedItem } from './roomStep.ts';
import { itemInLog, itemOnItsWay, type ShownItemsBy } from './timelineItem.ts';

/** What fills a tall screen twice. */
const PAGE = 60;

export type TimelineEvent = Extract<EngineEvent, { type: 'timeline' }>;

/**
 * What one window has on its screen of one room: the newest page, or one around an older place, and more as far as it
 * asked for. A change costs what it changes, however much the window has loaded.
 */
export class TimelineWindow {
  readonly #loaded = new Map<number, TimelineRecord>();
  /** Own messages that are loaded and not known to be read by all: receipts move them on. */
  readonly #unread = new Set<number>();
  /** What the window has been sent, by key: only what differs is sent again. */
  readonly #sent = new Map<string, string>();
  /** Keys of what was sent from the outbox. */
  #onTheirWay: ReadonlySet<string> = new Set();
  #hasOlder = false;
  #oldestOrder = Number.POSITIVE_INFINITY;
  #hasNewer = false;
  #newestOrder = Number.POSITIVE_INFINITY;

  constructor(
    private readonly vault: Vault,
    private readonly room: { readonly state: RoomState },
    private readonly shownBy: () => ShownItemsBy,
    private readonly emit: (event: TimelineEvent) => void,
  ) {}

  /** Sends the newest page, or that around a place of the log. */
  async open(around?: number): Promise<void> {
    const older = await this.#readBefore(around);
    const newer = around === undefined ? undefined : await this.#readFrom(around);
    this.#clear();
    if (newer === undefined) this.#hasNewer = false;
    const orders = this.#take(older);
    this.#send({
      reset: true,
      orders: newer === undefined ? orders : [...orders, ...this.#takeNewer(newer)],
    });
  }

  /** Sends the page before the oldest that was sent. */
  async loadOlder(): Promise<void> {
    const page = this.#hasOlder ? await this.#readBefore(this.#oldestOrder) : [];
    this.#send({ reset: false, orders: this.#take(page) });
  }

  /** Sends the page behind the newest that was sent. */
  async loadNewer(): Promise<void> {
    const page = this.#hasNewer ? await this.#readFrom(this.#newestOrder + 1) : [];
    this.#send({ reset: false, orders: this.#takeNewer(page) });
  }

  /** The log has changed on the disk. */
  apply(change: TimelineChange | 'emptied'): void {
    if (change === 'emptied') {
      this.#clear();
      this.#hasOlder = false;
      this.#hasNewer = false;
      this.#send({ reset: true, orders: [] });
      return;
    }
    const older = change.older === true && this.#olderCame();
    const removedKeys = change.removedOrders.flatMap(order => this.#drop(order));
    const shown = change.items.filter(({ order }) => this.#isLoaded(order));
    for (const { order, record } of shown) this.#put(order, record);
    const orders = change.names
      ? [...this.#loaded.keys()]
      : [...shown.map(({ order }) => order), ...(change.marks ? this.#unread : [])];
    this.#send({ reset: false, orders, removedKeys, changed: older });
  }

  /** What came stands before all that is loaded: it is sent when somebody gets there, however much it is. */
  #olderCame(): boolean {
    if (this.#hasOlder || this.#loaded.size === 0) return false;
    this.#hasOlder = true;
    this.#oldestOrder = Math.min(...this.#loaded.keys());
    return true;
  }

  /** Names are other than they were. */
  redraw(): void {
    this.#send({ reset: false, orders: [...this.#loaded.keys()] });
  }

  async #readBefore(order: number | undefined): Promise<readonly PlacedItem[]> {
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

  /** From a place on, oldest first. */
  async #readFrom(order: number): Promise<readonly PlacedItem[]> {
    const { roomId } = this.room.state.record;
    const found = await this.vault.scan({
      prefix: KEYS.timeline(roomId),
      limit: PAGE + 1,
      ...(order > 0 && { after: KEYS.item(roomId, order - 1) }),
    });
    this.#hasNewer = found.length > PAGE;
    return found
      .slice(0, PAGE)
      .map(({ key, value }) => ({ order: numberOf(key), record: decodeRecord<TimelineRecord>(value) }));
  }

  #takeNewer(page: readonly PlacedItem[]): readonly number[] {
    for (const { order, record } of page) {
      this.#put(order, record);
      this.#oldestOrder = Math.min(this.#oldestOrder, order);
    }
    const last = page.at(-1)?.order;
    this.#newestOrder = this.#hasNewer && last !== undefined ? last : Number.POSITIVE_INFINITY;
    return page.map(({ order }) => order);
  }

  /** Whether a place of the log lies in what the window holds, without a hole. */
  #isLoaded(order: number): boolean {
    return (order >= this.#oldestOrder || !this.#hasOlder) && (order <= this.#newestOrder || !this.#hasNewer);
  }

  /** Gives the orders of the page, oldest first. */
  #take(page: readonly PlacedItem[]): readonly number[] {
    for (const { order, record } of page) {
      this.#put(order, record);
      this.#oldestOrder = Math.min(this.#oldestOrder, order);
    }
    if (!this.#hasOlder) this.#oldestOrder = Number.NEGATIVE_INFINITY;
    return page.map(({ order }) => order).reverse();
  }

  #put(order: number, record: TimelineRecord): void {
    this.#loaded.set(order, record);
    if (record.kind === 'message' && record.author.self) this.#unread.add(order);
  }

  #drop(order: number): readonly string[] {
    const record = this.#loaded.get(order);
    if (record === undefined) return [];
    this.#loaded.delete(order);
    this.#unread.delete(order);
    const { key } = itemInLog(this.room.state, this.shownBy(), order, record);
    this.#sent.delete(key);
    return [key];
  }

  #clear(): void {
    this.#loaded.clear();
    this.#unread.clear();
    this.#sent.clear();
    this.#onTheirWay = new Set();
    this.#oldestOrder = Number.POSITIVE_INFINITY;
    this.#newestOrder = Number.POSITIVE_INFINITY;
  }

  #send({ reset, orders, removedKeys = [], changed = false }: Sending): void {
    const { state } = this.room;
    const by = this.shownBy();
    const inLog = [...new Set(orders)].map(order => this.#shownInLog(state, by, order));
    const placed = new Set(inLog.map(({ key }) => key));
    const onTheirWay = (this.#hasNewer ? [] : state.outbox)
      .map(item => itemOnItsWay(state, by, item))
      .filter((item): item is TimelineItem => item !== undefined && !placed.has(item.key));
    const keys = new Set(onTheirWay.map(({ key }) => key));
    // What left the outbox is in the log now, or was thrown away.
    const gone = [...this.#onTheirWay].filter(key => !keys.has(key) && !placed.has(key));
    for (const key of gone) this.#sent.delete(key);
    this.#onTheirWay = keys;
    const upserts = [...inLog, ...onTheirWay].filter(item => this.#differs(item));
    const removed = [...removedKeys, ...gone];
    if (!reset && !changed && upserts.length + removed.length === 0) return;
    const { roomId } = state.record;
    this.emit({
      type: 'timeline',
      roomId,
      reset,
      upserts,
      removedKeys: removed,
      hasOlder: this.#hasOlder,
      ...(this.#hasNewer && { hasNewer: true }),
    });
  }

  #shownInLog(state: RoomState, by: ShownItemsBy, order: number): TimelineItem {
    const item = itemInLog(state, by, order, this.#loaded.get(order)!);
    if (item.kind === 'message' && item.send?.state === 'read') this.#unread.delete(order);
    return item;
  }

  #differs(item: TimelineItem): boolean {
    // Of one message a thumbnail never is another.
    const text = JSON.stringify(item, (_, value: unknown) => (value instanceof Uint8Array ? '' : value));
    if (this.#sent.get(item.key) === text) return false;
    this.#sent.set(item.key, text);
    return true;
  }
}

interface Sending {
  readonly reset: boolean;
  /** What may be shown differently now, of what is loaded. */
  readonly orders: readonly number[];
  readonly removedKeys?: readonly string[];
  /** Sent even where no item is another: how much there is, is. */
  readonly changed?: boolean;
}
