import { CoreError, isAbout, type RoomMember, trustState, verifyTrustRecord } from '@sotto/core';
import type { AccountId, DeviceId, History, MessageId, SignedTrustRecord } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { Rooms } from '../engine/rooms.ts';
import { OwnHistory } from '../history/ownHistory.ts';
import { ClientError } from '../intents.ts';
import type {
  DirectOptions,
  PeopleIntents,
  PersonRef,
  PersonView,
  PresenceView,
  PrivacyView,
  SafetyNumberView,
  ScanOutcome,
} from '../peopleIntents.ts';
import type { RoleName, RoomId, SendingBlocked, Trust } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { finishLeaving } from '../room/finishLeaving.ts';
import { type Acquaintance, NOBODY_KNOWN, type PeopleRules } from '../room/peopleRules.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { type RoomState, viewOf } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { SerialQueue } from '../serialQueue.ts';
import { AddingAgain } from './addingAgain.ts';
import { BringingIn } from './bringingIn.ts';
import { CertaintyOfPeople } from './certainty.ts';
import { ChangedKeys } from './changedKeys.ts';
import { Contacts } from './contacts.ts';
import { Conversations } from './conversations.ts';
import { Directory, type KnownAccount } from './directory.ts';
import { ListedDevices } from './listedDevices.ts';
import { MutedRooms } from './mutedRooms.ts';
import { OneConversation } from './oneConversation.ts';
import { OwnRoom } from './ownRoom.ts';
import { OwnTrust } from './ownTrust.ts';
import { OwnUse } from './ownUse.ts';
import { PeopleList } from './peopleView.ts';
import { Presence } from './presence.ts';
import { Reporting } from './reporting.ts';
import { Requests } from './requests.ts';
import { RevokedDevices } from './revokedDevices.ts';
import { assertSure, stopsSending, type WritesTo } from './stopping.ts';
import { WhoIsWho } from './whoIsWho.ts';

/** The people of this device: who they are, how sure one is of them, and the rooms that they make together. */
export class People implements PeopleIntents, PeopleRules {
  readonly #directory: Directory;
  readonly #contacts: Contacts;
  readonly #who: WhoIsWho;
  readonly #conversations: Conversations;
  readonly #requests: Requests;
  readonly #again: AddingAgain;
  readonly #one: OneConversation;
  readonly #changedKeys: ChangedKeys;
  readonly #revoked: RevokedDevices;
  readonly #listed: ListedDevices;
  readonly #certainty: CertaintyOfPeople;
  readonly #list = new PeopleList();
  readonly #presence: Presence;
  readonly #reporting: Reporting;
  readonly #ownRoom: OwnRoom;
  readonly #ownTrust: OwnTrust;
  readonly #ownUse: OwnUse;
  readonly history: OwnHistory;
  /** How many devices were in each room of one’s own when it was last looked at. */
  readonly #ownDevices = new Map<RoomId, number>();
  readonly #muted: MutedRooms;
  /** Rooms are made one after another: who asks twice in one breath gets one. */
  readonly #queue = new SerialQueue();
  #privacy: PrivacyView = NOBODY_KNOWN.privacy;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly own: OwnAccount,
    makeRoom: (state: RoomState) => RoomActor,
    private readonly changed: () => void,
    /** The conversation by RSA with this account, made where there is none. */
    private readonly startSealed: (account: KnownAccount) => Promise<RoomId>,
  ) {
    this.#directory = new Directory(context, () => {
      this.#revoked.consider();
      this.#listed.consider();
      changed();
    });
    this.#revoked = new RevokedDevices(context, rooms, accountId => this.#directory.listOf(accountId));
    this.#changedKeys = new ChangedKeys(context, rooms);
    this.#contacts = new Contacts(context, (contact, byThisDevice, before) => {
      void this.#changedKeys.contactChanged(contact, before).catch(() => undefined);
      this.#peopleChanged();
      if (byThisDevice) this.#ownTrust.tell(contact);
    });
    this.#who = new WhoIsWho(context, rooms, own, this.#directory, this.#contacts);
    this.#muted = new MutedRooms(context, rooms, changed);
    const bringing = new BringingIn(context, this.#directory);
    this.#listed = new ListedDevices(context, rooms, this.#directory, bringing);
    this.#conversations = new Conversations(context, rooms, bringing, makeRoom);
    this.#one = new OneConversation(context, rooms);
    this.#again = new AddingAgain(context, rooms, this.#conversations, bringing);
    const ownRoom = new OwnRoom(context, rooms, own, this.#conversations);
    this.#ownRoom = ownRoom;
    this.#ownTrust = new OwnTrust(context, ownRoom, this.#contacts);
    this.#ownUse = new OwnUse(context, ownRoom, own);
    this.history = new OwnHistory(context, rooms, own, ownRoom, changed);
    this.#reporting = new Reporting(context, this.#conversations, accountId =>
      this.startDirect({ accountId }),
    );
    this.#presence = new Presence(context, rooms, () => this.#privacy.presence, changed);
    this.#certainty = new CertaintyOfPeople(context, this.#contacts, accountId => this.#who.met(accountId));
    this.#requests = new Requests(
      context,
      rooms,
      this.#conversations,
      this.#contacts,
      this.#who,
      this.#certainty,
    );
  }

  async load(): Promise<void> {
    const { vault } = this.context;
    await this.#directory.load();
    await this.#contacts.load();
    await this.history.load();
    const privacy = await vault.read(KEYS.privacy);
    if (privacy !== undefined) this.#privacy = decodeRecord<PrivacyView>(privacy);
    await this.#muted.load();
  }

  get view(): readonly PersonView[] {
    const names = this.#who.namesInRooms();
    return this.#list.of(
      this.#contacts.all.map(contact => {
        const { accountId, name, handle } = contact.record;
        return {
          contact,
          name: names.get(accountId) ?? (name || handle),
          presence: this.presence(accountId),
        };
      }),
    );
  }

  get registered(): boolean {
    return this.own.list !== undefined;
  }

  get privacy(): PrivacyView {
    return this.#privacy;
  }

  isBlocked(accountId: AccountId): boolean {
    return this.#contacts.find(accountId)?.record.blocked ?? false;
  }

  acquaintance(accountId: AccountId): Acquaintance {
    if (accountId === this.context.identity.accountId) return 'own';
    const contact = this.#contacts.find(accountId);
    if (contact?.record.blocked) return 'blocked';
    return contact?.changed === undefined && contact?.record.accountId === accountId ? 'known' : 'stranger';
  }

  stops(state: RoomState): SendingBlocked | undefined {
    return stopsSending(this.#writesTo, state);
  }

  bringsIn(roomId: RoomId): boolean {
    return this.#listed.bringsIn(roomId);
  }

  goesOnIn(state: RoomState): RoomId | undefined {
    return this.#one.goesOnIn(state);
  }

  conversationWith(accountId: AccountId): RoomId | undefined {
    return this.#conversations.directWith(accountId)?.roomId;
  }

  trust(accountId: AccountId): Trust | undefined {
    const contact = this.#contacts.find(accountId);
    return contact && trustState(contact);
  }

  handle(accountId: AccountId): string | undefined {
    return this.#who.handleOf(accountId);
  }

  presence(accountId: AccountId): PresenceView | undefined {
    return this.isBlocked(accountId) ? undefined : this.#presence.of(accountId);
  }

  signal(room: RoomActor, payload: Uint8Array): void {
    this.#presence.receive(room, payload);
  }

  isMuted(roomId: RoomId): boolean {
    return this.#muted.has(roomId);
  }

  /** A session stands, and what there is to know is asked for. */
  looking(looked: Promise<unknown>): void {
    if (this.own.list !== undefined) this.#listed.look(looked);
  }

  /** A session stands: whether those who are known are who they were. Resolves when that is known, or cannot be. */
  online(): Promise<void> {
    const looked = this.#who
      .lookAtAll()
      .catch(() => undefined)
      .then(() => {
        this.#revoked.consider();
        this.#listed.consider();
      });
    this.#presence.begin();
    this.#ownTrust.online();
    this.#ownUse.consider();
    this.history.consider();
    return looked;
  }

  /** The account’s list of devices is another. */
  devicesChanged(): void {
    this.#ownUse.consider();
    this.history.devicesChanged();
  }

  /** The relay shows somebody’s list: a device in it can be added now. */
  async listShown(signed: Uint8Array): Promise<void> {
    if (this.own.list === undefined) return;
    this.#listed.canBeAdded(await this.#directory.shown(signed));
  }

  /** A room is there, or stands otherwise. */
  roomChanged(roomId: RoomId): void {
    this.history.consider();
    const room = this.rooms.all.find(({ actor }) => actor.roomId === roomId)?.actor;
    const view = room && viewOf(room.state);
    if (room === undefined || view?.kind !== 'self') return;
    const before = this.#ownDevices.get(roomId);
    this.#ownDevices.set(roomId, view.members.length);
    if (before === undefined) this.#ownUse.consider();
    if (before === undefined || before >= view.members.length) return;
    this.#ownTrust.deviceCame(room);
    if (room === this.#ownRoom.room) this.#ownUse.deviceCame();
  }

  deviceUsed(deviceId: DeviceId, day: number): void {
    this.#ownUse.heard(deviceId, day);
  }

  historySaid(step: RoomStep, author: RoomMember, said: History): Promise<void> {
    return this.history.said(step, author, said);
  }

  async take(signed: SignedTrustRecord): Promise<void> {
    try {
      const record = verifyTrustRecord(this.context.env, this.context.identity, signed);
      await this.#contacts.take(
        this.#contacts.all.find(contact => isAbout(contact, record)),
        record,
      );
      this.#requests.admitKnown();
    } catch (error) {
      // Nobody else writes there; what a broken device of one’s own says is passed over.
      if (!(error instanceof CoreError)) throw error;
    }
  }

  /** Somebody has signed a sealed message for this account. */
  async heardFrom(accountId: AccountId): Promise<void> {
    await this.#who.lookAt([accountId]);
  }

  /** Somebody has added this device to a room. `unwanted`: it goes at once, and nobody hears of it. */
  async entered(room: RoomActor, by: AccountId): Promise<void> {
    if (room.state.record.request === 'unwanted') return finishLeaving(this.context, room);
    await this.#who.lookAt([by]);
  }

  async lookUp(typed: string): Promise<PersonView> {
    return this.#personOf(await this.#who.resolve({ handle: typed }));
  }

  startDirect(person: PersonRef, { kind = 'mls' }: DirectOptions = {}): Promise<{ roomId: RoomId }> {
    return this.#queue.run(async () => {
      this.#conversations.assertOnline();
      const account = await this.#who.resolve(person);
      const { accountId, accountKey, handle } = account;
      const known = await this.#contacts.seen({ accountId, accountKey, handle, name: handle });
      if (known?.changed !== undefined) throw new ClientError('KEYS_CHANGED', 'the keys behind it changed');
      if (known?.record.blocked) throw new ClientError('BLOCKED', 'this person is blocked');
      assertSure(this.#writesTo, [accountId]);
      if (kind === 'rsa-sealed') {
        const roomId = await this.startSealed(account);
        await this.#contacts.meet({ accountId, accountKey, handle, name: handle });
        return { roomId };
      }
      const room = this.#conversations.directWith(accountId);
      if (room?.state.record.request !== undefined) await this.acceptRequest(room.roomId);
      const roomId = await this.#conversations.direct(accountId);
      await this.#contacts.meet({ accountId, accountKey, handle, name: handle });
      // They began one in the same moment: no request of a stranger any more.
      await this.#requests.acceptDirectBy(accountId);
      return { roomId: this.#one.goesOnIn(this.rooms.get(roomId).actor.state) ?? roomId };
    });
  }

  createGroup(...[options]: Parameters<PeopleIntents['createGroup']>): Promise<{ roomId: RoomId }> {
    return this.#queue.run(async () => {
      this.#who.assertRegistered();
      assertSure(this.#writesTo, options.accountIds);
      return { roomId: await this.#conversations.group(options.title, options.accountIds) };
    });
  }

  addMembers(roomId: RoomId, accountIds: readonly AccountId[]): Promise<void> {
    return this.#queue.run(async () => {
      assertSure(this.#writesTo, accountIds);
      await this.#conversations.add(roomId, accountIds);
    });
  }

  async askToBeAddedAgain(roomId: RoomId): Promise<void> {
    this.#who.assertRegistered();
    await this.#again.ask(roomId);
  }

  async addAgain(roomId: RoomId, deviceId: DeviceId): Promise<void> {
    const member = this.#conversations.inside(roomId).view.members.find(each => each.deviceId === deviceId);
    if (member !== undefined) assertSure(this.#writesTo, [member.accountId]);
    await this.#again.add(roomId, deviceId);
  }

  removePerson(roomId: RoomId, accountId: AccountId): Promise<void> {
    return this.#conversations.remove(roomId, accountId);
  }

  setRole(roomId: RoomId, accountId: AccountId, role: Exclude<RoleName, 'guest'>): Promise<void> {
    return this.#conversations.setRole(roomId, accountId, role);
  }

  setAnnouncements(roomId: RoomId, on: boolean): Promise<void> {
    return this.#conversations.setAnnouncements(roomId, on);
  }

  leaveRoom(roomId: RoomId): Promise<void> {
    return this.#conversations.leave(roomId);
  }

  acceptRequest(roomId: RoomId): Promise<void> {
    return this.#requests.accept(roomId);
  }

  declineRequest(roomId: RoomId, how: { readonly block: boolean }): Promise<void> {
    return this.#requests.decline(roomId, how);
  }

  async safetyNumber(accountId: AccountId): Promise<SafetyNumberView> {
    return this.#certainty.number(accountId);
  }

  markVerified(accountId: AccountId): Promise<void> {
    return this.#certainty.verify(accountId);
  }

  compareScanned(accountId: AccountId, scanned: Uint8Array): Promise<ScanOutcome> {
    return this.#certainty.compareScanned(accountId, scanned);
  }

  forgetVerification(accountId: AccountId): Promise<void> {
    return this.#certainty.forget(accountId);
  }

  acceptNewKeys(accountId: AccountId): Promise<void> {
    return this.#certainty.acceptNewKeys(accountId);
  }

  leaveNewKeys(accountId: AccountId): Promise<void> {
    return this.#certainty.leaveNewKeys(accountId);
  }

  block(accountId: AccountId): Promise<void> {
    return this.#certainty.setBlocked(accountId, true);
  }

  unblock(accountId: AccountId): Promise<void> {
    return this.#certainty.setBlocked(accountId, false);
  }

  mute(roomId: RoomId, untilMs?: number): Promise<void> {
    return this.#muted.mute(roomId, untilMs);
  }

  unmute(roomId: RoomId): Promise<void> {
    return this.#muted.unmute(roomId);
  }

  report(roomId: RoomId, messageIds: readonly MessageId[]): Promise<void> {
    return this.#reporting.report(roomId, messageIds);
  }

  async setPrivacy(patch: Partial<PrivacyView>): Promise<void> {
    const privacy = { ...this.#privacy, ...patch };
    await this.context.vault.commit([{ key: KEYS.privacy, value: encodeRecord(privacy) }]);
    if (this.#privacy.presence && !privacy.presence) this.#presence.sayGone();
    this.#privacy = privacy;
    this.#presence.begin();
    this.#peopleChanged();
  }

  async close(): Promise<void> {
    this.#presence.close();
    this.#revoked.close();
    this.#listed.close();
    this.#ownUse.close();
    await Promise.all([this.#ownTrust.idle(), this.#ownUse.idle(), this.history.close()]);
    await this.#queue.idle();
  }

  /** What may be sent is another: rooms that waited go on, or wait. */
  #peopleChanged(): void {
    for (const { actor } of this.rooms.all) {
      actor.resume();
      void actor.sealQueued().then(
        () => actor.wake(),
        () => undefined,
      );
    }
    this.changed();
  }

  async #personOf({ accountId, accountKey, handle }: KnownAccount): Promise<PersonView> {
    const known = await this.#contacts.seen({ accountId, accountKey, handle, name: handle });
    const shown = known && this.view.find(person => person.accountId === known.record.accountId);
    return shown ?? { accountId, name: handle, handle, trust: 'unverified', blocked: false };
  }

  get #writesTo(): WritesTo {
    return {
      own: this.context.identity.accountId,
      contacts: this.#contacts,
      strict: this.#privacy.strict,
    };
  }
}
