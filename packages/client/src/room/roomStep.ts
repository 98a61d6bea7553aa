import type { Conversation, SealedRoomStep, StateWrite } from '@sotto/core';
import type { BlobId, DeviceId, InviteToken, MessageId } from '@sotto/protocol';
import { blockOf, type Shelf, type StoreWrite, shelfOf, type Vault } from '@sotto/vault';
import type { RoomWarning } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { encodeRecord } from '../records/recordCodec.ts';
import type {
  InviteRecord,
  JoinRecord,
  KnockRecord,
  OutRecord,
  PeerRecord,
  RoomRecord,
  TimelineRecord,
  TreeRecord,
} from '../records/roomRecords.ts';
import { orderOf } from './order.ts';
import type { RoomState } from './roomState.ts';

const WARNINGS = 8;

/** An item of the log, at its place. */
export interface PlacedItem {
  readonly order: number;
  readonly record: TimelineRecord;
}

/** What a room's record has at times only. */
type ClearedField =
  | 'closing'
  | 'preview'
  | 'owesErasure'
  | 'nextGoneAtMs'
  | 'request'
  | 'fallenOut'
  | 'damagedInARow'
  | 'cameBack'
  | 'keysReplaced'
  | 'cursorSeq';

/**
 * One transaction of a room in the making: the state it leads to, and what must be written for it. Nothing of it
 * holds until all of it is stored; then the actor takes `state` and runs `afterCommit`.
 */
export class RoomStep {
  #state: RoomState;
  readonly #writes = new Map<string, Uint8Array | null>();
  readonly #afterCommit: (() => void)[] = [];
  readonly #items = new Map<number, PlacedItem>();
  readonly #removedOrders = new Set<number>();
  readonly #itemsOfSeq = new Map<number, number>();
  #shredded: readonly Shelf[] = [];
  #older = false;

  constructor(readonly before: RoomState) {
    this.#state = before;
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Items put into the log by this step, and taken out of it. */
  get items(): readonly PlacedItem[] {
    return [...this.#items.values()];
  }

  get removedOrders(): readonly number[] {
    return [...this.#removedOrders];
  }

  /** Everything to be stored, in one transaction. */
  get writes(): readonly StoreWrite[] {
    const { record } = this.#state;
    const writes = new Map(this.#writes);
    if (record !== this.before.record) writes.set(KEYS.room(record.roomId), encodeRecord(record));
    return [...writes].map(([key, value]) => ({ key, value }));
  }

  /** Shelves whose keys change with this step. */
  get shredded(): readonly Shelf[] {
    return this.#shredded;
  }

  get afterCommit(): readonly (() => void)[] {
    return this.#afterCommit;
  }

  /** Whether its items are of before this device came: windows load them when they get there. */
  get older(): boolean {
    return this.#older;
  }

  putsOlder(): void {
    this.#older = true;
  }

  /** To be run once all of it is on disk. */
  afterwards(run: () => void): void {
    this.#afterCommit.push(run);
  }

  /** Changes the room's own record. */
  set(patch: Partial<RoomRecord>): void {
    this.#state = { ...this.#state, record: { ...this.#state.record, ...patch } };
  }

  /** Takes fields of the room's record away. */
  clear(...fields: readonly ClearedField[]): void {
    const record = { ...this.#state.record };
    for (const field of fields) delete record[field];
    this.#state = { ...this.#state, record };
  }

  /** The next state of the conversation, with the records that go with it. */
  advance(next: { readonly conversation: Conversation; readonly writes: readonly StateWrite[] }): void {
    this.#state = { ...this.#state, conversation: next.conversation };
    const prefix = KEYS.conversation(this.#roomId);
    for (const { key, value } of next.writes) this.#writes.set(prefix + key, value);
  }

  /** The same for a conversation by RSA. */
  advanceSealed({ room, writes }: SealedRoomStep): void {
    this.#state = { ...this.#state, sealed: room };
    const prefix = KEYS.sealedRoom(this.#roomId);
    for (const { key, value } of writes) this.#writes.set(prefix + key, value);
  }

  /** Its records are among the writes of the step before, or go with the room. */
  dropConversation(): void {
    this.#state = { ...this.#state, conversation: undefined, sealed: undefined };
  }

  putPeer(peer: PeerRecord): void {
    this.putPeers([peer]);
  }

  /** All at once: a room may have a thousand. */
  putPeers(changed: readonly PeerRecord[]): void {
    const peers = new Map(this.#state.peers);
    for (const peer of changed) {
      peers.set(peer.deviceId, peer);
      this.#write(KEYS.peer(this.#roomId, peer.deviceId), peer);
    }
    this.#state = { ...this.#state, peers };
  }

  /** What is known of a device, or the beginnings of it. */
  peer(deviceId: DeviceId): PeerRecord {
    return (
      this.#state.peers.get(deviceId) ?? {
        deviceId,
        name: '',
        baseline: this.#state.record.echoedCounter,
        gaps: [],
      }
    );
  }

  /** Adds an outbox item, or changes the one with its number. */
  putOut(item: OutRecord): void {
    const others = this.#state.outbox.filter(({ number }) => number !== item.number);
    const outbox = [...others, item].sort((a, b) => a.number - b.number);
    this.#state = { ...this.#state, outbox };
    if (item.number >= this.#state.record.nextOut) this.set({ nextOut: item.number + 1 });
    this.#write(KEYS.out(this.#roomId, item.number), item);
  }

  dropOut(number: number): void {
    this.#state = { ...this.#state, outbox: this.#state.outbox.filter(item => item.number !== number) };
    this.#writes.set(KEYS.out(this.#roomId, number), null);
  }

  putInvite(invite: InviteRecord): void {
    this.#state = { ...this.#state, invites: new Map(this.#state.invites).set(invite.link.token, invite) };
    this.#write(KEYS.invite(this.#roomId, invite.link.token), invite);
  }

  dropInvite(token: InviteToken): void {
    const invites = new Map(this.#state.invites);
    invites.delete(token);
    this.#state = { ...this.#state, invites };
    this.#writes.set(KEYS.invite(this.#roomId, token), null);
  }

  putKnock(knock: KnockRecord): void {
    this.#state = { ...this.#state, knocks: new Map(this.#state.knocks).set(knock.knockId, knock) };
    this.#write(KEYS.knock(this.#roomId, knock.knockId), knock);
  }

  dropKnock(knockId: string): void {
    const knocks = new Map(this.#state.knocks);
    knocks.delete(knockId);
    this.#state = { ...this.#state, knocks };
    this.#writes.set(KEYS.knock(this.#roomId, knockId), null);
  }

  putJoin(join: JoinRecord): void {
    this.#state = { ...this.#state, join };
    this.#write(KEYS.join(this.#roomId), join);
  }

  dropJoin(): void {
    this.#state = { ...this.#state, join: undefined };
    this.#writes.set(KEYS.join(this.#roomId), null);
  }

  putTree(tree: TreeRecord): void {
    this.#state = { ...this.#state, trees: new Map(this.#state.trees).set(tree.blobId, tree) };
    this.#write(KEYS.tree(this.#roomId, tree.blobId), tree);
  }

  dropTree(blobId: BlobId): void {
    const trees = new Map(this.#state.trees);
    trees.delete(blobId);
    this.#state = { ...this.#state, trees };
    this.#writes.set(KEYS.tree(this.#roomId, blobId), null);
  }

  /** Puts an item behind those that the same entry has put already. Returns its order. */
  putItem(seq: number, record: TimelineRecord): number {
    const index = this.#itemsOfSeq.get(seq) ?? 0;
    this.#itemsOfSeq.set(seq, index + 1);
    return this.putItemAt(orderOf(seq, index), record);
  }

  /** Puts an item at a place that was kept for it. Returns its order. */
  putItemAt(order: number, record: TimelineRecord): number {
    this.changeItem({ order, record });
    if (record.kind === 'message' && record.replyTo !== undefined)
      this.#write(KEYS.quote(this.#roomId, record.replyTo.messageId, order), {});
    if (record.kind === 'message') this.#putPlace(record.messageId, order);
    return order;
  }

  /** Leaves places empty behind what an entry has put already. */
  keepPlaces(seq: number, places: number): void {
    this.#itemsOfSeq.set(seq, (this.#itemsOfSeq.get(seq) ?? 0) + places);
  }

  changeItem(item: PlacedItem): void {
    this.#items.set(item.order, item);
    this.#removedOrders.delete(item.order);
    if (item.record.kind === 'message') this.#otherThanIndexed(item.order);
    this.#write(KEYS.item(this.#roomId, item.order), item.record);
  }

  /** As `changeItem`, where nothing is another that search could find it by. */
  changeUnsaid(item: PlacedItem): void {
    this.#items.set(item.order, item);
    this.#write(KEYS.item(this.#roomId, item.order), item.record);
  }

  removeItem(order: number): void {
    this.#otherThanIndexed(order);
    this.#removedOrders.add(order);
    this.#items.delete(order);
    this.#writes.set(KEYS.item(this.#roomId, order), null);
  }

  /** What search finds the messages of a block by. */
  putSegment(block: number, segment: Uint8Array | undefined): void {
    const { unindexed, indexedTo = 0 } = this.#state.record;
    if (segment !== undefined) this.#writes.set(KEYS.segment(this.#roomId, block), segment);
    if (block >= indexedTo) this.set({ indexedTo: block + 1 });
    else this.set({ unindexed: (unindexed ?? []).filter(other => other !== block) });
  }

  /** What stood at these keys is deleted: until the keys of their shelves are changed, that is owed. */
  oweErasure(...keys: readonly string[]): void {
    const owed = this.#state.record.owesErasure ?? [];
    const roomKey = KEYS.room(this.#roomId);
    this.set({ owesErasure: [...new Set([...owed, ...[...keys, roomKey].map(shelfOf)])] });
  }

  /** Pays what is owed, in this step. */
  payErasure(): void {
    this.#shredded = this.#state.record.owesErasure ?? [];
    this.clear('owesErasure');
  }

  warn(warning: RoomWarning): void {
    const known = this.#state.record.warnings;
    const text = JSON.stringify(warning);
    if (known.some(other => JSON.stringify(other) === text)) return;
    this.set({ warnings: [...known, warning].slice(-WARNINGS) });
  }

  /** A record as it will be after this step. */
  async read(vault: Vault, key: string): Promise<Uint8Array | undefined> {
    const written = this.#writes.get(key);
    return written === undefined ? vault.read(key) : (written ?? undefined);
  }

  /** A record of another part of the engine, in the same transaction. */
  write(key: string, value: object | null): void {
    if (value === null) this.#writes.set(key, null);
    else this.#write(key, value);
  }

  /** The segment of its block would find what is no more: it is made again later. */
  #otherThanIndexed(order: number): void {
    const block = blockOf(order);
    const { unindexed = [], indexedTo = 0 } = this.#state.record;
    if (block >= indexedTo || unindexed.includes(block)) return;
    this.set({ unindexed: [...unindexed, block] });
    this.#writes.set(KEYS.segment(this.#roomId, block), null);
  }

  #putPlace(messageId: MessageId, order: number): void {
    this.#write(KEYS.place(this.#roomId, messageId), { order });
  }

  #write(key: string, value: object): void {
    this.#writes.set(key, encodeRecord(value));
  }

  get #roomId() {
    return this.#state.record.roomId;
  }
}
