import { type AccountId, base64urlEncode, type Entry, type SourceId } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { MoveCursor } from '../door/inbox.ts';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomState } from '../room/roomState.ts';
import type {
  NewSource,
  SealedIntents,
  SealedKeyOptions,
  SealedView,
  SourceChange,
} from '../sealedIntents.ts';
import { SerialQueue } from '../serialQueue.ts';
import { OthersKeys } from './othersKeys.ts';
import { OwnSealedKeys } from './ownSealedKeys.ts';
import { SealedConversations } from './sealedConversations.ts';
import { SealedInbox } from './sealedInbox.ts';
import { Sources } from './sources.ts';

export interface SealedEvents {
  readonly changed: () => void;
  /** Who an account is, is asked of the relay. */
  readonly heardFrom: (accountId: AccountId) => Promise<void>;
  /** Somebody has made a conversation by RSA with this account. */
  readonly entered: (room: RoomActor, by: AccountId) => void;
}

/** Sealed messages of this account: its RSA keys, who may post, and what comes. */
export class SealedMessages implements SealedIntents {
  readonly keys: OwnSealedKeys;
  readonly others: OthersKeys;
  /** Live conversations by RSA. */
  readonly talk: SealedConversations;
  readonly #sources: Sources;
  readonly #inbox: SealedInbox;
  readonly #bringing = new SerialQueue();

  constructor(
    context: RoomContext,
    private readonly rooms: Rooms,
    private readonly own: OwnAccount,
    makeRoom: (state: RoomState) => RoomActor,
    { changed, heardFrom, entered }: SealedEvents,
  ) {
    this.keys = new OwnSealedKeys(context, own, changed);
    this.others = new OthersKeys(context);
    this.#sources = new Sources(context, () => {
      changed();
      void this.#inbox.nameRooms();
    });
    this.talk = new SealedConversations(context, rooms, own, this.keys, this.others, makeRoom, entered);
    const means = { keys: this.keys, others: this.others, sources: this.#sources, heardFrom };
    this.#inbox = new SealedInbox(context, rooms, means, makeRoom);
  }

  async load(): Promise<void> {
    await this.keys.load();
    await this.#sources.load();
    await this.#inbox.waiting.load();
  }

  get view(): SealedView | undefined {
    if (this.own.list === undefined) return undefined;
    const { view: keys } = this.keys;
    return { ...(keys && { keys }), sources: this.#sources.view };
  }

  /** A session stands, or another device has changed something. */
  lookUp(): void {
    this.#inbox.waiting.wake();
    if (this.own.list === undefined) return;
    void this.keys
      .refresh()
      .then(() => (this.keys.keyring === undefined ? undefined : this.#sources.refresh()))
      .catch(() => undefined);
  }

  /** This account has another device: it is let into the conversations by RSA. */
  devicesChanged(): void {
    void this.#bringing.run(() => this.talk.bringOwnDevices()).catch(() => undefined);
  }

  /** A room is there, or stands otherwise: it may be one that an own device is not in. */
  roomChanged(roomId: RoomId): void {
    const room = this.rooms.all.find(({ actor }) => actor.roomId === roomId)?.actor;
    const sealed = room?.state.sealed;
    if (sealed === undefined) return;
    const inside = new Set(sealed.devices.map(({ deviceId }) => deviceId));
    if (this.own.list?.devices.some(({ deviceId }) => !inside.has(deviceId))) this.devicesChanged();
  }

  receive(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    return this.#inbox.receive(entry, moveCursor);
  }

  makeSealedKeys(options: SealedKeyOptions): Promise<void> {
    return this.keys.make(options);
  }

  async rotateSealedKeys(options: Pick<SealedKeyOptions, 'bits'> = {}): Promise<void> {
    await this.keys.rotate(options.bits);
  }

  allowStrangers(allowed: boolean): Promise<void> {
    return this.keys.allowStrangers(allowed);
  }

  sealedKeysPem(): ReturnType<SealedIntents['sealedKeysPem']> {
    return this.keys.pem();
  }

  async makeSource({ name, perHour }: { name: string; perHour?: number }): Promise<NewSource> {
    this.keys.made;
    return this.#shown(await this.#sources.make(name, perHour));
  }

  changeSource(sourceId: SourceId, change: SourceChange): Promise<void> {
    return this.#sources.change(sourceId, change);
  }

  async renewSourceToken(sourceId: SourceId): Promise<NewSource> {
    return this.#shown(await this.#sources.renew(sourceId));
  }

  revokeSource(sourceId: SourceId): Promise<void> {
    return this.#sources.revoke(sourceId);
  }

  async close(): Promise<void> {
    const waiting = this.#inbox.waiting.close();
    await Promise.all([this.keys.idle(), this.#sources.idle(), this.#bringing.idle(), waiting]);
  }

  #shown({ sourceId, token }: { readonly sourceId: SourceId; readonly token: string }): NewSource {
    const { accountKey } = this.keys.made.own.published;
    return { sourceId, token, path: this.keys.path, accountKey: base64urlEncode(accountKey) };
  }
}
