import { CoreError, isAbout, type RoomMember, roomBlocks, trustState, verifyTrustRecord } from '@sotto/core';
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
import { scanAll } from '../records/scanAll.ts';
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
import { Contacts, type Met } from './contacts.ts';
import { Conversations } from './conversations.ts';
import { Directory, type KnownAccount } from './directory.ts';
import { ListedDevices } from './listedDevices.ts';
import { OneConversation } from './oneConversation.ts';
import { OwnRoom } from './ownRoom.ts';
import { OwnTrust } from './ownTrust.ts';
import { OwnUse } from './ownUse.ts';
import { PeopleList } from './peopleView.ts';
import { Presence } from './presence.ts';
import { Reporting } from './reporting.ts';
import { RevokedDevices } from './revokedDevices.ts';

/** Of all rooms together, at each session: beyond that, others look. */
const MEMBERS_LOOKED_AT = 200;

/** The people of this device: who they are, how sure one is of them, and the rooms that they make together. */
export class People implements PeopleIntents, PeopleRules {
  readonly #directory: Directory;
  readonly #contacts: Contacts;
  readonly #conversations: Conversations;
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
  readonly #muted = new Map<RoomId, number | undefined>();
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
    this.#certainty = new CertaintyOfPeople(context, this.#contacts, accountId => this.#met(accountId));
  }

  async load(): Promise<void> {
    const { vault } = this.context;
    await this.#directory.load();
    await this.#contacts.load();
    await this.history.load();
    const privacy = await vault.read(KEYS.privacy);
    if (privacy !== undefined) this.#privacy = decodeRecord<PrivacyView>(privacy);
    for (const { value } of await scanAll(vault, KEYS.mutedRooms)) {
      const { roomId, untilMs } = decodeRecord<MutedRecord>(value);
      this.#muted.set(roomId, untilMs);
    }
  }

  get view(): readonly PersonView[] {
    const names = this.#namesInRooms();
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
    const contacts = this.#contacts.all;
    const { strict } = this.#privacy;
    const direct = viewOf(state)?.kind === 'direct';
    const someChanged = contacts.some(({ changed }) => changed !== undefined);
    if (!strict && !direct && !someChanged) return undefined;
    const self = this.context.identity.accountId;
    const members = viewOf(state)?.members ?? [];
    const others = [...new Set(members.map(({ accountId }) => accountId))].filter(id => id !== self);
    const blocked = direct ? others.filter(accountId => this.isBlocked(accountId)) : [];
    if (blocked.length > 0) return { why: 'blocked', accountIds: blocked };
    const blocks = roomBlocks(others, contacts, { strict }).filter(
      // The link that this device came by proves who gave it.
      ({ accountId, block }) => block === 'changed' || accountId !== state.record.inviter,
    );
    const because = (block: 'changed' | 'not-verified') =>
      blocks.filter(each => each.block === block).map(({ accountId }) => accountId);
    const changed = because('changed');
    if (changed.length > 0) {
      const left = changed.every(accountId => this.#contacts.find(accountId)?.changed?.left);
      return { why: 'keys-changed', accountIds: changed, ...(left && { left }) };
    }
    const unsure = because('not-verified');
    return unsure.length > 0 ? { why: 'not-verified', accountIds: unsure } : undefined;
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
    const contact = this.#contacts.find(accountId);
    const met = contact?.record.accountId === accountId ? contact.record.handle : '';
    return this.#directory.handleOf(accountId) ?? (met === '' ? undefined : met);
  }

  presence(accountId: AccountId): PresenceView | undefined {
    return this.isBlocked(accountId) ? undefined : this.#presence.of(accountId);
  }

  signal(room: RoomActor, payload: Uint8Array): void {
    this.#presence.receive(room, payload);
  }

  isMuted(roomId: RoomId): boolean {
    if (!this.#muted.has(roomId)) return false;
    const untilMs = this.#muted.get(roomId);
    return untilMs === undefined || this.context.clock.nowMs() < untilMs;
  }

  /** A session stands, and what there is to know is asked for. */
  looking(looked: Promise<unknown>): void {
    if (this.own.list !== undefined) this.#listed.look(looked);
  }

  /** A session stands: whether those who are known are who they were. Resolves when that is known, or cannot be. */
  online(): Promise<void> {
    const looked = this.#lookAtContacts()
      .then(() => this.#lookAtMembers())
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
      this.#admitKnown();
    } catch (error) {
      // Nobody else writes there; what a broken device of one’s own says is passed over.
      if (!(error instanceof CoreError)) throw error;
    }
  }

  /** Somebody has signed a sealed message for this account. */
  async heardFrom(accountId: AccountId): Promise<void> {
    await this.#lookAt([accountId]);
  }

  /** Somebody has added this device to a room. `unwanted`: it goes at once, and nobody hears of it. */
  async entered(room: RoomActor, by: AccountId): Promise<void> {
    if (room.state.record.request === 'unwanted') return finishLeaving(this.context, room);
    await this.#lookAt([by]);
  }

  async lookUp(typed: string): Promise<PersonView> {
    return this.#personOf(await this.#resolve({ handle: typed }));
  }

  startDirect(person: PersonRef, { kind = 'mls' }: DirectOptions = {}): Promise<{ roomId: RoomId }> {
    return this.#queue.run(async () => {
      this.#conversations.assertOnline();
      const account = await this.#resolve(person);
      const { accountId, accountKey, handle } = account;
      const known = await this.#contacts.seen({ accountId, accountKey, handle, name: handle });
      if (known?.changed !== undefined) throw new ClientError('KEYS_CHANGED', 'the keys behind it changed');
      if (known?.record.blocked) throw new ClientError('BLOCKED', 'this person is blocked');
      this.#assertSure([accountId]);
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
      for (const { actor } of this.rooms.shown) {
        const { request, addedBy } = actor.state.record;
        const isTheirs = addedBy === accountId && viewOf(actor.state)?.kind === 'direct';
        if (request !== undefined && isTheirs) await this.acceptRequest(actor.roomId);
      }
      return { roomId: this.#one.goesOnIn(this.rooms.get(roomId).actor.state) ?? roomId };
    });
  }

  createGroup(...[options]: Parameters<PeopleIntents['createGroup']>): Promise<{ roomId: RoomId }> {
    return this.#queue.run(async () => {
      this.#assertRegistered();
      this.#assertSure(options.accountIds);
      return { roomId: await this.#conversations.group(options.title, options.accountIds) };
    });
  }

  addMembers(roomId: RoomId, accountIds: readonly AccountId[]): Promise<void> {
    return this.#queue.run(async () => {
      this.#assertSure(accountIds);
      await this.#conversations.add(roomId, accountIds);
    });
  }

  async askToBeAddedAgain(roomId: RoomId): Promise<void> {
    this.#assertRegistered();
    await this.#again.ask(roomId);
  }

  async addAgain(roomId: RoomId, deviceId: DeviceId): Promise<void> {
    const member = this.#conversations.inside(roomId).view.members.find(each => each.deviceId === deviceId);
    if (member !== undefined) this.#assertSure([member.accountId]);
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

  async acceptRequest(roomId: RoomId): Promise<void> {
    const { sealed } = this.rooms.get(roomId).actor.state.record;
    // What was left by sealed messages is in no room at the relay.
    const left = sealed !== undefined && sealed.kind !== 'conversation';
    const room = left ? this.rooms.get(roomId).actor : this.#conversations.inside(roomId).room;
    const { request, addedBy } = room.state.record;
    if (request === undefined) return;
    const met = addedBy && this.#met(addedBy);
    await room.transact(step => step.clear('request'));
    room.wake();
    if (met !== undefined) await this.#contacts.meet(met);
    this.#admitKnown();
  }

  async declineRequest(roomId: RoomId, { block }: { readonly block: boolean }): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const { request, addedBy } = room.state.record;
    if (request === undefined) throw new ClientError('NOT_ALLOWED', 'that is no request');
    if (block && addedBy !== undefined) await this.#certainty.setBlocked(addedBy, true);
    await finishLeaving(this.context, room);
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

  async mute(roomId: RoomId, untilMs?: number): Promise<void> {
    this.rooms.get(roomId);
    const record: MutedRecord = { roomId, ...(untilMs !== undefined && { untilMs }) };
    await this.context.vault.commit([{ key: KEYS.mutedRoom(roomId), value: encodeRecord(record) }]);
    this.#muted.set(roomId, untilMs);
    this.changed();
  }

  async unmute(roomId: RoomId): Promise<void> {
    await this.context.vault.commit([{ key: KEYS.mutedRoom(roomId), value: null }]);
    this.#muted.delete(roomId);
    this.changed();
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

  async #resolve(person: PersonRef): Promise<KnownAccount> {
    this.#assertRegistered();
    const account =
      'handle' in person
        ? await this.#directory.byHandle(person.handle)
        : (await this.#directory.byIds([person.accountId]))[0];
    if (account === undefined) throw new ClientError('PERSON_UNKNOWN', 'no such account');
    return account;
  }

  async #personOf({ accountId, accountKey, handle }: KnownAccount): Promise<PersonView> {
    const known = await this.#contacts.seen({ accountId, accountKey, handle, name: handle });
    const shown = known && this.view.find(person => person.accountId === known.record.accountId);
    return shown ?? { accountId, name: handle, handle, trust: 'unverified', blocked: false };
  }

  /** Who is known by now, here or on another own device, asks no more: what they added this device to is no request. */
  #admitKnown(): void {
    for (const { actor } of this.rooms.shown) {
      const { request, addedBy } = actor.state.record;
      if (request === undefined || addedBy === undefined || this.acquaintance(addedBy) !== 'known') continue;
      void actor
        .transact(step => step.clear('request'))
        .then(
          () => actor.wake(),
          () => undefined,
        );
    }
  }

  /** In strict mode: only people one is sure of. */
  #assertSure(accountIds: readonly AccountId[]): void {
    const own = this.context.identity.accountId;
    const others = accountIds.filter(accountId => accountId !== own);
    const [first] = roomBlocks(others, this.#contacts.all, { strict: this.#privacy.strict });
    if (first === undefined) return;
    if (first.block === 'changed') throw new ClientError('KEYS_CHANGED', 'the keys of somebody changed');
    throw new ClientError('NOT_VERIFIED', 'only to people who are verified');
  }

  #assertRegistered(): void {
    if (this.own.list === undefined) throw new ClientError('NO_ACCOUNT', 'this device has no account');
  }

  /** Whoever shares a room with this device, as they call themselves there, or was looked up. */
  #met(accountId: AccountId): Met | undefined {
    for (const { actor } of this.rooms.all) {
      const member = viewOf(actor.state)?.members.find(each => each.accountId === accountId);
      if (member === undefined) continue;
      const { accountKey } = member;
      const handle = this.#directory.handleOf(accountId) ?? '';
      return { accountId, accountKey, handle, name: this.#namesInRooms().get(accountId) ?? handle };
    }
    // Looked up, or by a sealed message: in no room with this device.
    const found = this.#directory.known(accountId);
    return found && { ...found, name: found.handle };
  }

  /** As they call themselves. */
  #namesInRooms(): ReadonlyMap<AccountId, string> {
    const names = new Map<AccountId, string>();
    for (const { actor } of this.rooms.all) {
      for (const { accountId, deviceId } of viewOf(actor.state)?.members ?? []) {
        const name = actor.state.peers.get(deviceId)?.name ?? '';
        if (name !== '' && !names.has(accountId)) names.set(accountId, name);
      }
    }
    return names;
  }

  async #lookAtContacts(): Promise<void> {
    if (this.own.list === undefined) return;
    const gone = await this.#lookAt(this.#contacts.all.map(({ record }) => record.accountId));
    for (const accountId of gone) {
      const handle = this.#contacts.find(accountId)?.record.handle ?? '';
      if (handle === '') continue;
      await this.#resolve({ handle })
        .then(account => this.#contacts.seen({ ...account, name: handle }))
        .catch(() => undefined);
    }
  }

  /** The device lists of whoever else is in a room with this device. */
  async #lookAtMembers(): Promise<void> {
    if (this.own.list === undefined) return;
    const members = this.rooms.all.flatMap(({ actor }) => viewOf(actor.state)?.members ?? []);
    const others = members.filter(
      ({ accountId, guest }) => !guest && this.#contacts.find(accountId) === undefined,
    );
    const accountIds = new Set(others.map(({ accountId }) => accountId));
    accountIds.delete(this.context.identity.accountId);
    await this.#directory.byIds([...accountIds].slice(0, MEMBERS_LOOKED_AT));
  }

  /** Asks the relay who these are. Gives those that are no accounts any more. */
  async #lookAt(accountIds: readonly AccountId[]): Promise<readonly AccountId[]> {
    if (accountIds.length === 0) return [];
    const found = await this.#directory.byIds(accountIds);
    for (const { accountId, accountKey, handle } of found)
      await this.#contacts.seen({ accountId, accountKey, handle, name: handle });
    return accountIds.filter(id => !found.some(({ accountId }) => accountId === id));
  }
}

interface MutedRecord {
  readonly roomId: RoomId;
  readonly untilMs?: number;
}
