import { ClientError, type EnginePort } from '../intents.ts';
import type { EngineEvent, EngineState, RoomId, RoomView } from '../projection.ts';
import type { MessageItem } from './device.ts';

/** A log that is read on and on is opened anew after so many, so that what was read does not stay in memory. */
const MESSAGES_PER_OPENING = 500;

/** Who takes messages. */
export interface Taking {
  /** Whether anybody takes those of this room, now. */
  isWanted(roomId: RoomId): boolean;
  /** True: it counts as read. False: it does not, and nothing more of that room is handed over. */
  take(roomId: RoomId, item: MessageItem): Promise<boolean>;
  /** Something else went wrong. */
  failed(error: unknown): void;
}

/**
 * Hands over each message of others once it is on the disk, one at a time in each conversation and in the order of its
 * log, and marks it as read when whoever took it is done. What was not marked is handed over at the next start: at
 * least once, and twice only where the program ended in between.
 */
export class HandingOver {
  readonly #rooms = new Map<RoomId, RoomHandOver>();
  readonly #stop: () => void;
  #state: EngineState | undefined;

  constructor(
    private readonly window: EnginePort,
    private readonly taking: Taking,
  ) {
    this.#stop = window.subscribe(event => {
      if (event.type === 'timeline') this.#rooms.get(event.roomId)?.timeline(event);
      if (event.type === 'state') this.#changed(event.state);
    });
  }

  /** Who takes messages has changed. */
  look(): void {
    if (this.#state !== undefined) this.#changed(this.#state);
    for (const room of this.#rooms.values()) room.goOn();
  }

  /** Waits for what is being taken. */
  async close(): Promise<void> {
    this.#stop();
    await Promise.all([...this.#rooms.values()].map(room => room.close()));
    await this.window.close();
  }

  #changed(state: EngineState): void {
    this.#state = state;
    for (const room of state.rooms) {
      const known = this.#rooms.get(room.roomId);
      known?.changed(room, state);
      if (known !== undefined || !isReadable(room) || !this.taking.isWanted(room.roomId)) continue;
      const made = new RoomHandOver(this.window, room, this.taking);
      this.#rooms.set(room.roomId, made);
      made.changed(room, state);
      made.open();
    }
    const there = new Set(state.rooms.map(({ roomId }) => roomId));
    for (const roomId of this.#rooms.keys()) if (!there.has(roomId)) this.#rooms.delete(roomId);
  }
}

/** Requests wait until they are accepted; what came out of an archive was read elsewhere. */
function isReadable({ membership, request, imported }: RoomView): boolean {
  return membership !== 'joining' && request === undefined && imported !== true;
}

class RoomHandOver {
  readonly #queue = new Map<string, MessageItem>();
  #seen = new Set<string>();
  #readTo: number;
  #newest = -1;
  #hasNewer = false;
  #unread = 0;
  #taken = 0;
  #blocked: ReadonlySet<string> = new Set();
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly window: EnginePort,
    { roomId, readTo = -1 }: RoomView,
    private readonly taking: Taking,
  ) {
    this.roomId = roomId;
    this.#readTo = readTo;
  }

  readonly roomId: RoomId;

  /** From the first that was not read. */
  open(): void {
    this.#taken = 0;
    void this.window.openTimeline(this.roomId, this.#readTo + 1).catch(() => undefined);
  }

  changed(room: RoomView, { people = [] }: EngineState): void {
    this.#unread = room.unread;
    const blocked = new Set(people.filter(person => person.blocked).map(({ accountId }) => accountId));
    this.#blocked = new Set(
      room.members.filter(({ accountId }) => blocked.has(accountId)).map(({ deviceId }) => deviceId),
    );
  }

  timeline(event: Extract<EngineEvent, { type: 'timeline' }>): void {
    if (event.reset) {
      this.#queue.clear();
      this.#seen = new Set();
    }
    this.#hasNewer = event.hasNewer === true;
    for (const key of event.removedKeys) this.#queue.delete(key);
    const items = [...event.upserts].sort((a, b) => a.order - b.order);
    for (const item of items) {
      if (item.kind === 'message' && item.author.self) continue;
      this.#newest = Math.max(this.#newest, item.order);
      if (item.kind !== 'message' || this.#seen.has(item.key)) continue;
      this.#seen.add(item.key);
      // What was there before is read; what comes late, to an earlier place, is not.
      if (event.reset && item.order <= this.#readTo) continue;
      if (!this.#blocked.has(item.author.deviceId) && item.deleted !== true) this.#queue.set(item.key, item);
    }
    this.goOn();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  get #isGoing(): boolean {
    return !this.#stopped && this.taking.isWanted(this.roomId);
  }

  goOn(): void {
    if (this.#working !== undefined || !this.#isGoing) return;
    this.#working = this.#work()
      .catch((error: unknown) => {
        this.#stopped = true;
        // A conversation that was left or erased meanwhile has nothing more to hand over.
        if (!(error instanceof ClientError)) this.taking.failed(error);
      })
      .finally(() => {
        this.#working = undefined;
        if (this.#queue.size > 0) this.goOn();
      });
  }

  async #work(): Promise<void> {
    while (this.#isGoing) {
      const [next] = this.#queue;
      if (next === undefined) {
        if (!(await this.#readOn())) return;
        continue;
      }
      const [key, item] = next;
      if (!(await this.taking.take(this.roomId, item))) {
        this.#stopped = true;
        return;
      }
      this.#queue.delete(key);
      this.#taken += 1;
      this.#readTo = Math.max(this.#readTo, item.order);
      await this.window.markRead(this.roomId, item.order);
    }
  }

  /** False when there is nothing more by now. */
  async #readOn(): Promise<boolean> {
    if (this.#hasNewer) {
      await this.window.loadNewer(this.roomId);
      return true;
    }
    // What counts as unread and is not there to be handed over: deleted, or said by somebody who is blocked now.
    if (this.#unread > 0 && this.#newest > this.#readTo) {
      this.#readTo = this.#newest;
      await this.window.markRead(this.roomId, this.#newest);
      return true;
    }
    if (this.#taken >= MESSAGES_PER_OPENING) this.open();
    return false;
  }
}
