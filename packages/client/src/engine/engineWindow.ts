import type { DeviceId, InviteToken, MessageId } from '@sotto/protocol';
import type {
  CreateAccountOptions,
  PasskeyIntents,
  RecoverOptions,
  ServedAccountIntents,
  SignInOptions,
} from '../accountIntents.ts';
import { toClientError } from '../clientErrors.ts';
import type { FileIntents } from '../fileIntents.ts';
import { ClientError, type UnlockedPort } from '../intents.ts';
import type { PeopleIntents } from '../peopleIntents.ts';
import type {
  EngineEvent,
  ExportRequest,
  ImportRequest,
  InviteOptions,
  RoomId,
  SearchRequest,
} from '../projection.ts';
import type { TimelineChange } from '../room/roomContext.ts';
import { shownBy, viewOf } from '../room/roomState.ts';
import { TimelineWindow } from '../room/timelineWindow.ts';
import type { SealedIntents } from '../sealedIntents.ts';
import type { Engine } from './engine.ts';
import type { Watched } from './tasks.ts';

/** One window onto an engine: its own listeners, and its own place in each timeline. */
export class EngineWindow implements UnlockedPort {
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #timelines = new Map<RoomId, TimelineWindow>();
  #closed = false;

  constructor(
    private readonly engine: Engine,
    private readonly onClose: () => void,
  ) {}

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    listener({ type: 'state', state: this.engine.state });
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#timelines.clear();
    this.onClose();
  }

  /** For the engine: something happened. */
  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** For the engine: a room's log is another on the disk. */
  timelineChanged(roomId: RoomId, change: TimelineChange | 'emptied'): void {
    this.#timelines.get(roomId)?.apply(change);
  }

  /** For the engine: this device's name is another. */
  redraw(): void {
    for (const timeline of this.#timelines.values()) timeline.redraw();
  }

  /** For the engine: a room is gone from this device. */
  roomGone(roomId: RoomId): void {
    this.#timelines.delete(roomId);
  }

  openTimeline(roomId: RoomId, around?: number): Promise<void> {
    return this.#do(async () => {
      const room = this.engine.rooms.get(roomId).actor;
      const { context } = this.engine;
      const { vault } = context;
      const timeline = new TimelineWindow(
        vault,
        room,
        () => ({ ...shownBy(context), files: context.files }),
        event => this.emit(event),
      );
      // In the room's queue, so that nothing is stored between reading the page and hearing of changes.
      await room.transact(async () => {
        await timeline.open(around);
        this.#timelines.set(roomId, timeline);
      });
    });
  }

  closeTimeline(roomId: RoomId): Promise<void> {
    return this.#do(async () => {
      this.#timelines.delete(roomId);
    });
  }

  loadOlder(roomId: RoomId): Promise<void> {
    return this.#do(() =>
      this.engine.rooms.get(roomId).actor.transact(() => this.#timelines.get(roomId)?.loadOlder()),
    );
  }

  loadNewer(roomId: RoomId): Promise<void> {
    return this.#do(() =>
      this.engine.rooms.get(roomId).actor.transact(() => this.#timelines.get(roomId)?.loadNewer()),
    );
  }

  search(request: SearchRequest) {
    return this.#do(() => this.engine.searching.search(request));
  }

  setTyping(roomId: RoomId, active: boolean): void {
    try {
      this.engine.talking.setTyping(roomId, active);
    } catch (error) {
      // The room went while somebody typed.
      if (!(error instanceof ClientError)) throw error;
    }
  }

  reconnectNow(): void {
    this.engine.reconnectNow();
  }

  setName(name: string) {
    return this.#do(() => this.engine.setName(name));
  }

  startRoom(options: { title: string; invite: InviteOptions }) {
    return this.#do(async () => (await this.engine.hosting()).startRoom(options));
  }

  createInvite(roomId: RoomId, options: InviteOptions) {
    return this.#do(async () => (await this.engine.hosting()).createInvite(roomId, options));
  }

  revokeInvite(roomId: RoomId, token: InviteToken) {
    return this.#do(async () => (await this.engine.hosting()).revokeInvite(roomId, token));
  }

  closeDoor(roomId: RoomId) {
    return this.#do(async () => (await this.engine.hosting()).closeDoor(roomId));
  }

  admit(roomId: RoomId, knockId: string) {
    return this.#do(async () => (await this.engine.hosting()).admit(roomId, knockId));
  }

  decline(roomId: RoomId, knockId: string) {
    return this.#do(async () => (await this.engine.hosting()).decline(roomId, knockId));
  }

  join(options: { link: string; name: string; password: string | undefined }) {
    return this.#do(() => this.engine.guesting.join(options));
  }

  sendText(roomId: RoomId, text: string, replyTo?: MessageId, messageId?: MessageId) {
    return this.#do(() => this.engine.talking.sendText(roomId, text, replyTo, messageId));
  }

  sendFile(...args: Parameters<FileIntents['sendFile']>) {
    return this.#do(async () => (await this.engine.files()).sendFile(...args));
  }

  cancelFile(...args: Parameters<FileIntents['cancelFile']>) {
    return this.#do(async () => (await this.engine.files()).cancelFile(...args));
  }

  fetchFile(...args: Parameters<FileIntents['fetchFile']>) {
    return this.#do(async () => (await this.engine.files()).fetchFile(...args));
  }

  readFile(...args: Parameters<FileIntents['readFile']>) {
    return this.#do(async () => (await this.engine.files()).readFile(...args));
  }

  retry(roomId: RoomId, messageId: MessageId) {
    return this.#do(() => this.engine.talking.retry(roomId, messageId));
  }

  discard(roomId: RoomId, messageId: MessageId) {
    return this.#do(() => this.engine.talking.discard(roomId, messageId));
  }

  markRead(roomId: RoomId, upTo?: number) {
    return this.#do(() => this.engine.talking.markRead(roomId, upTo));
  }

  setTimer(roomId: RoomId, seconds: number | undefined) {
    return this.#do(() => this.engine.talking.setTimer(roomId, seconds));
  }

  setTitle(roomId: RoomId, title: string) {
    return this.#do(async () => (await this.engine.hosting()).setTitle(roomId, title));
  }

  setPicture(roomId: RoomId, jpeg: Uint8Array | undefined) {
    return this.#do(async () => (await this.engine.hosting()).setPicture(roomId, jpeg));
  }

  readPicture(roomId: RoomId) {
    return this.#do(async () => viewOf(this.engine.rooms.get(roomId).actor.state)?.picture);
  }

  removeMember(roomId: RoomId, deviceId: string) {
    return this.#do(async () => (await this.engine.hosting()).removeMember(roomId, deviceId));
  }

  pause(roomId: RoomId) {
    return this.#do(async () => (await this.engine.hosting()).pause(roomId));
  }

  resume(roomId: RoomId) {
    return this.#do(async () => (await this.engine.hosting()).resume(roomId));
  }

  end(roomId: RoomId, options: { erase: boolean }) {
    return this.#do(async () => (await this.engine.hosting()).end(roomId, options));
  }

  leaveAndErase(roomId: RoomId) {
    return this.#do(() => this.engine.guesting.leaveAndErase(roomId));
  }

  deleteMessages(roomId: RoomId, messageIds: readonly MessageId[], options: { forEveryone: boolean }) {
    return this.#do(() => this.engine.erasing.deleteMessages(roomId, messageIds, options));
  }

  deleteConversation(roomId: RoomId) {
    return this.#do(() => this.engine.erasing.deleteConversation(roomId));
  }

  exportHistory(request: ExportRequest) {
    // A task from the first moment on, so that it can be stopped while its code is being loaded.
    return this.#task(request.taskId, async watched =>
      (await this.engine.exporting()).exportHistory(request, watched),
    );
  }

  importArchive(request: ImportRequest) {
    return this.#task(request.taskId, async watched =>
      (await this.engine.importing()).importArchive(request, watched),
    );
  }

  cancelTask(taskId: string) {
    return this.#do(async () => this.engine.tasks.cancel(taskId));
  }

  serverSaw(roomId: RoomId, messageId: MessageId) {
    return this.#do(() => this.engine.talking.serverSaw(roomId, messageId));
  }

  askRegistration() {
    return this.#do(() => this.engine.accounts.askRegistration());
  }

  createAccount(options: CreateAccountOptions) {
    return this.#do(() => this.engine.accounts.createAccount(options));
  }

  signIn(options: SignInOptions) {
    return this.#do(() => this.engine.accounts.signIn(options));
  }

  recover(options: RecoverOptions) {
    return this.#do(() => this.engine.accounts.recover(options));
  }

  changePassword(...args: Parameters<ServedAccountIntents['changePassword']>) {
    return this.#do(() => this.engine.accounts.changePassword(...args));
  }

  makeAccountRecoveryCode() {
    return this.#do(() => this.engine.accounts.makeAccountRecoveryCode());
  }

  deleteAccount(password: string) {
    return this.#do(() => this.engine.accounts.deleteAccount(password));
  }

  renameDevice(deviceId: DeviceId, name: string) {
    return this.#do(() => this.engine.accounts.renameDevice(deviceId, name));
  }

  revokeDevice(deviceId: DeviceId) {
    return this.#do(() => this.engine.accounts.revokeDevice(deviceId));
  }

  beginLink(deviceName: string) {
    return this.#do(() => this.engine.accounts.beginLink(deviceName));
  }

  cancelLink() {
    return this.#do(() => this.engine.accounts.cancelLink());
  }

  confirmLink() {
    return this.#do(() => this.engine.accounts.confirmLink());
  }

  readLinkCode(code: string) {
    return this.#do(() => this.engine.accounts.readLinkCode(code));
  }

  approveLink(code: string, deviceName: string) {
    return this.#do(() => this.engine.accounts.approveLink(code, deviceName));
  }

  refuseLink(code: string) {
    return this.#do(() => this.engine.accounts.refuseLink(code));
  }

  measureHistory(deviceId: DeviceId) {
    return this.#do(() => this.engine.accounts.measureHistory(deviceId));
  }

  sendHistory(deviceId: DeviceId) {
    return this.#do(() => this.engine.accounts.sendHistory(deviceId));
  }

  stopHistory(deviceId: DeviceId) {
    return this.#do(() => this.engine.accounts.stopHistory(deviceId));
  }

  signInByPasskey(...args: Parameters<PasskeyIntents['signInByPasskey']>) {
    return this.#do(async () => (await this.engine.accounts.passkeys()).signInByPasskey(...args));
  }

  listSignInPasskeys(...args: Parameters<PasskeyIntents['listSignInPasskeys']>) {
    return this.#do(async () => (await this.engine.accounts.passkeys()).listSignInPasskeys(...args));
  }

  addSignInPasskey(...args: Parameters<PasskeyIntents['addSignInPasskey']>) {
    return this.#do(async () => (await this.engine.accounts.passkeys()).addSignInPasskey(...args));
  }

  removeSignInPasskey(...args: Parameters<PasskeyIntents['removeSignInPasskey']>) {
    return this.#do(async () => (await this.engine.accounts.passkeys()).removeSignInPasskey(...args));
  }

  makeSealedKeys(...args: Parameters<SealedIntents['makeSealedKeys']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).makeSealedKeys(...args));
  }

  rotateSealedKeys(...args: Parameters<SealedIntents['rotateSealedKeys']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).rotateSealedKeys(...args));
  }

  allowStrangers(...args: Parameters<SealedIntents['allowStrangers']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).allowStrangers(...args));
  }

  sealedKeysPem(...args: Parameters<SealedIntents['sealedKeysPem']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).sealedKeysPem(...args));
  }

  makeSource(...args: Parameters<SealedIntents['makeSource']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).makeSource(...args));
  }

  changeSource(...args: Parameters<SealedIntents['changeSource']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).changeSource(...args));
  }

  renewSourceToken(...args: Parameters<SealedIntents['renewSourceToken']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).renewSourceToken(...args));
  }

  revokeSource(...args: Parameters<SealedIntents['revokeSource']>) {
    return this.#do(async () => (await this.engine.accounts.sealed()).revokeSource(...args));
  }

  lookUp(...args: Parameters<PeopleIntents['lookUp']>) {
    return this.#do(async () => (await this.engine.accounts.people()).lookUp(...args));
  }

  startDirect(...args: Parameters<PeopleIntents['startDirect']>) {
    return this.#do(async () => (await this.engine.accounts.people()).startDirect(...args));
  }

  createGroup(...args: Parameters<PeopleIntents['createGroup']>) {
    return this.#do(async () => (await this.engine.accounts.people()).createGroup(...args));
  }

  addMembers(...args: Parameters<PeopleIntents['addMembers']>) {
    return this.#do(async () => (await this.engine.accounts.people()).addMembers(...args));
  }

  askToBeAddedAgain(...args: Parameters<PeopleIntents['askToBeAddedAgain']>) {
    return this.#do(async () => (await this.engine.accounts.people()).askToBeAddedAgain(...args));
  }

  addAgain(...args: Parameters<PeopleIntents['addAgain']>) {
    return this.#do(async () => (await this.engine.accounts.people()).addAgain(...args));
  }

  removePerson(...args: Parameters<PeopleIntents['removePerson']>) {
    return this.#do(async () => (await this.engine.accounts.people()).removePerson(...args));
  }

  setRole(...args: Parameters<PeopleIntents['setRole']>) {
    return this.#do(async () => (await this.engine.accounts.people()).setRole(...args));
  }

  setAnnouncements(...args: Parameters<PeopleIntents['setAnnouncements']>) {
    return this.#do(async () => (await this.engine.accounts.people()).setAnnouncements(...args));
  }

  leaveRoom(...args: Parameters<PeopleIntents['leaveRoom']>) {
    return this.#do(async () => (await this.engine.accounts.people()).leaveRoom(...args));
  }

  acceptRequest(...args: Parameters<PeopleIntents['acceptRequest']>) {
    return this.#do(async () => (await this.engine.accounts.people()).acceptRequest(...args));
  }

  declineRequest(...args: Parameters<PeopleIntents['declineRequest']>) {
    return this.#do(async () => (await this.engine.accounts.people()).declineRequest(...args));
  }

  safetyNumber(...args: Parameters<PeopleIntents['safetyNumber']>) {
    return this.#do(async () => (await this.engine.accounts.people()).safetyNumber(...args));
  }

  markVerified(...args: Parameters<PeopleIntents['markVerified']>) {
    return this.#do(async () => (await this.engine.accounts.people()).markVerified(...args));
  }

  compareScanned(...args: Parameters<PeopleIntents['compareScanned']>) {
    return this.#do(async () => (await this.engine.accounts.people()).compareScanned(...args));
  }

  forgetVerification(...args: Parameters<PeopleIntents['forgetVerification']>) {
    return this.#do(async () => (await this.engine.accounts.people()).forgetVerification(...args));
  }

  acceptNewKeys(...args: Parameters<PeopleIntents['acceptNewKeys']>) {
    return this.#do(async () => (await this.engine.accounts.people()).acceptNewKeys(...args));
  }

  leaveNewKeys(...args: Parameters<PeopleIntents['leaveNewKeys']>) {
    return this.#do(async () => (await this.engine.accounts.people()).leaveNewKeys(...args));
  }

  block(...args: Parameters<PeopleIntents['block']>) {
    return this.#do(async () => (await this.engine.accounts.people()).block(...args));
  }

  unblock(...args: Parameters<PeopleIntents['unblock']>) {
    return this.#do(async () => (await this.engine.accounts.people()).unblock(...args));
  }

  mute(...args: Parameters<PeopleIntents['mute']>) {
    return this.#do(async () => (await this.engine.accounts.people()).mute(...args));
  }

  unmute(...args: Parameters<PeopleIntents['unmute']>) {
    return this.#do(async () => (await this.engine.accounts.people()).unmute(...args));
  }

  report(...args: Parameters<PeopleIntents['report']>) {
    return this.#do(async () => (await this.engine.accounts.people()).report(...args));
  }

  setPrivacy(...args: Parameters<PeopleIntents['setPrivacy']>) {
    return this.#do(async () => (await this.engine.accounts.people()).setPrivacy(...args));
  }

  #task<T>(taskId: string, work: (watched: Watched) => Promise<T>): Promise<T> {
    return this.#do(() => this.engine.tasks.run(taskId, work));
  }

  async #do<T>(intent: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new ClientError('CLOSED', 'this window is closed');
    try {
      return await intent();
    } catch (error) {
      throw toClientError(error);
    }
  }
}
