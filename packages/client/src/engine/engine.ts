import {
  type CoreEnv,
  cleanName,
  type DeviceIdentity,
  encodeIdentity,
  inboxStreamOf,
  sessionProof,
} from '@sotto/core';
import type { Authenticated, Entry, InviteToken } from '@sotto/protocol';
import type { StoreWrite, Vault } from '@sotto/vault';
import { AccountGate } from '../account/accountGate.ts';
import type { Accounts } from '../account/accounts.ts';
import { Inbox, type MoveCursor } from '../door/inbox.ts';
import { Joining, type SlowCrypto } from '../door/joining.ts';
import { Errands } from '../errands.ts';
import { FileGate } from '../files/fileGate.ts';
import type { Files } from '../files/files.ts';
import type { UnlockedPort } from '../intents.ts';
import type { Connection, EngineState, RoomId, StopReason } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { type Push, RelayLink } from '../relay/relayLink.ts';
import { finishLeaving } from '../room/finishLeaving.ts';
import { RoomActor } from '../room/roomActor.ts';
import type { RoomContext, TimelineChange } from '../room/roomContext.ts';
import { loadRooms, type RoomState } from '../room/roomState.ts';
import { AwaitingSession } from './awaitingSession.ts';
import type { AccountOptions, EngineOptions } from './engineOptions.ts';
import { engineStateOf } from './engineState.ts';
import { EngineWindow } from './engineWindow.ts';
import { Erasing } from './erasing.ts';
import type { Exporting } from './exporting.ts';
import { Guesting } from './guesting.ts';
import type { Hosting } from './hosting.ts';
import { loadName, loadOrMakeIdentity } from './identityOnDisk.ts';
import type { Importing } from './importing.ts';
import { openVault } from './openVault.ts';
import { Rooms } from './rooms.ts';
import { Searching } from './searching.ts';
import { StateFeed } from './stateFeed.ts';
import { Talking } from './talking.ts';
import { Tasks } from './tasks.ts';

/**
 * A device at work: its rooms, its inbox, its session with a relay, and the store they live in. Screens come in by
 * `window()`. There is one engine per store (invariant I3); whoever opens it sees to that.
 */
export class Engine {
  readonly guesting: Guesting;
  readonly talking: Talking;
  readonly erasing: Erasing;
  readonly searching: Searching;
  readonly tasks = new Tasks(event => this.#emit(event));
  readonly accounts: AccountGate;
  readonly rooms = new Rooms();
  readonly context: RoomContext;
  readonly #link: RelayLink;
  readonly #errands: Errands;
  readonly #files: FileGate;
  #inbox: Inbox;
  readonly #feed: StateFeed;
  readonly #slow: SlowCrypto;
  readonly #makeRoom: (state: RoomState) => RoomActor;
  readonly #windows = new Set<EngineWindow>();
  #name: string;
  #mayHost: boolean | undefined;
  #identity: DeviceIdentity;
  /** Of the session that stands, or the last one. */
  #nonce: Uint8Array | undefined;
  readonly #awaitingSession: AwaitingSession;
  /** Of the link that was last asked at. */
  #doorToken: InviteToken | undefined;
  #closed = false;
  #lockAfterMs: number | undefined;
  /** Grows when something about people, or the account of this device, is another. */
  #peopleRevision = 0;
  #setStoreLost: () => void = () => undefined;
  /** Resolves when the store refused or was taken away: this engine cannot go on, another may. */
  readonly storeLost = new Promise<void>(resolve => {
    this.#setStoreLost = resolve;
  });

  private constructor(
    private readonly options: EngineOptions,
    private readonly vault: Vault,
    private readonly env: CoreEnv,
    identity: DeviceIdentity,
    name: string,
  ) {
    const { clock, random } = options;
    this.#identity = identity;
    this.#name = name;
    this.#slow = { passwordKey: options.passwordKey, stretch: options.stretch };
    this.#awaitingSession = new AwaitingSession(clock);
    this.#feed = new StateFeed(clock, () => this.#emitState());
    this.#link = new RelayLink({
      transport: options.transport,
      clock,
      random,
      url: `${options.relayOrigin.replace(/^http/, 'ws')}/ws`,
      prove: nonce => this.#prove(nonce),
      events: {
        online: session => this.#online(session),
        push: push => this.#receive(push),
        changed: connection => this.#connectionChanged(connection),
        accountDeleted: () => void this.accounts.deletedElsewhere().catch(() => undefined),
      },
    });
    this.#errands = new Errands(vault, this.#link, clock, random);
    const identityNow = () => this.#identity;
    const peopleNow = () => this.accounts.rules;
    const filesNow = () => this.#files;
    this.context = {
      env,
      get identity() {
        return identityNow();
      },
      vault,
      clock,
      random,
      link: this.#link,
      errands: this.#errands,
      selfName: () => this.#name,
      sealedTalk: () => this.accounts.sealedTalk,
      get people() {
        return peopleNow();
      },
      get files() {
        return filesNow();
      },
      ...(options.giveWay && { giveWay: options.giveWay }),
      events: {
        changed: roomId => {
          this.#feed.changed();
          this.accounts.roomChanged(roomId);
          this.#files.wake();
        },
        timeline: (roomId, change) => {
          this.searching.timelineChanged(roomId, change);
          this.#showTimeline(roomId, change);
        },
        notice: (roomId, what, name) => this.#emit({ type: 'notice', roomId, what, name }),
        namedElsewhere: said => this.#namedElsewhere(said),
        erased: roomId => this.#erased(roomId),
        stop: reason => this.#stop(reason),
      },
    };
    this.#files = new FileGate(this.context, this.rooms, (roomId, change) =>
      this.#showTimeline(roomId, change),
    );
    this.#inbox = this.#newInbox();
    const makeRoom = (state: RoomState) => this.#addRoom(state);
    this.#makeRoom = makeRoom;
    this.guesting = new Guesting(
      this.context,
      this.rooms,
      this.#slow,
      makeRoom,
      said => this.setName(said),
      token => this.#connectFor(token),
    );
    this.talking = new Talking(this.context, this.rooms);
    this.erasing = new Erasing(this.context, this.rooms);
    this.searching = new Searching(this.context, this.rooms);
    const { accounts } = options;
    this.accounts = new AccountGate(vault, accounts && (() => this.#makeAccounts(accounts, makeRoom)));
  }

  /**
   * Opens the store and goes on where it was left. Throws `VaultError` (another root key, a damaged store, no room),
   * `CoreError` `BAD_STATE`.
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const { random, clock, provider } = options;
    const vault = await openVault(options);
    const env: CoreEnv = { provider, random, nowMs: () => clock.nowMs() };
    const identity = await loadOrMakeIdentity(vault, env, options.role);
    const engine = new Engine(options, vault, env, identity, await loadName(vault));
    await engine.#load();
    return engine;
  }

  /** One screen onto this engine. Closing it closes the window, not the engine. */
  window(): UnlockedPort {
    const window = new EngineWindow(this, () => this.#windows.delete(window));
    this.#windows.add(window);
    return window;
  }

  get state(): EngineState {
    return engineStateOf({
      env: this.env,
      identity: this.#identity,
      selfName: this.#name,
      lock: this.options.lock?.(),
      connection: this.#link.connection,
      mayHost: this.#mayHost,
      rooms: this.rooms.shown,
      accounts: this.accounts,
      peopleRevision: this.#peopleRevision,
      nowMs: this.options.clock.nowMs(),
    });
  }

  /** Throws `BAD_NAME`. */
  async setName(said: string): Promise<void> {
    const name = cleanName(said);
    if (name === this.#name) return;
    await this.vault.commit([{ key: KEYS.profile, value: encodeRecord({ name }) }]);
    this.#name = name;
    for (const { actor } of this.rooms.all) actor.resume();
    for (const window of this.#windows) window.redraw();
    this.#feed.changed();
  }

  /** A person has one name: a device that was given no other, or had the same before, takes that of the other. */
  #namedElsewhere({ before, name }: { readonly before: string; readonly name: string }): void {
    const given = this.accounts.view?.handle;
    if (this.#name === before || this.#name === given || this.#name === '')
      void this.setName(name).catch(() => undefined);
  }

  /** Loaded by those only who let others in, or speak for a room. */
  async hosting(): Promise<Hosting> {
    const { Hosting: Loaded } = await import('./later.ts');
    return new Loaded(this.context, this.rooms, this.#slow, () => this.#mayHost === true, this.#makeRoom);
  }

  /** Loaded by those only who have files. */
  files(): Promise<Files> {
    return this.#files.files();
  }

  /** Loaded by those only who export. */
  async exporting(): Promise<Exporting> {
    const { Exporting: Loaded } = await import('./later.ts');
    return new Loaded(this.context, this.rooms);
  }

  /** Loaded by those only who import. */
  async importing(): Promise<Importing> {
    const { Importing: Loaded } = await import('./later.ts');
    return new Loaded(this.context, this.rooms, state => {
      this.#addRoom(state);
      this.#feed.changed();
    });
  }

  /** Puts the store under another root key. `between`: stores its locks; see `Vault.changeRootKey`. */
  changeRootKey(rootKey: Uint8Array, between: () => Promise<void>): Promise<void> {
    return this.vault.changeRootKey(rootKey, between);
  }

  /** How long nobody has to be there until the device locks itself; kept in its store. */
  get lockAfterMs(): number | undefined {
    return this.#lockAfterMs;
  }

  async setLockAfter(lockAfterMs: number | undefined): Promise<void> {
    await this.vault.commit([{ key: KEYS.lock, value: encodeRecord({ lockAfterMs }) }]);
    this.#lockAfterMs = lockAfterMs;
  }

  /** The lock of this device is another. */
  lockChanged(): void {
    this.#emitState();
  }

  reconnectNow(): void {
    this.#link.reconnectNow();
  }

  /** The store was taken away: nothing that comes could be kept. */
  loseStore(): void {
    this.#stop('storage-failed');
  }

  /** Stops everything, waits for what is being written, and closes the store. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#halt();
    await this.vault.close();
  }

  /** As `close`, and nothing is left of the store: its keys are destroyed first. */
  async destroy(): Promise<void> {
    await this.#halt();
    await this.vault.destroy();
  }

  async #halt(): Promise<void> {
    this.#closed = true;
    this.tasks.cancelAll();
    this.#link.close();
    this.#errands.close();
    this.#feed.close();
    await this.#files.close();
    await this.accounts.close();
    await this.#inbox.idle();
    await Promise.all(
      this.rooms.all.map(({ actor, joining }) => {
        joining.close();
        return actor.close();
      }),
    );
  }

  async #load(): Promise<void> {
    if ((await this.vault.read(KEYS.importing)) !== undefined) await (await this.importing()).tidy();
    await this.#errands.load();
    await this.#inbox.load();
    await this.accounts.load();
    const lock = await this.vault.read(KEYS.lock);
    if (lock !== undefined) this.#lockAfterMs = decodeRecord<{ lockAfterMs?: number }>(lock).lockAfterMs;
    for (const state of await loadRooms(this.vault, this.env)) this.#addRoom(state);
    for (const { actor } of this.rooms.all) {
      // Before any window shows it.
      await actor.disappearances.takeAway().catch(() => undefined);
      await this.#finishUnfinished(actor);
    }
    await this.#files.load();
    const busy = this.rooms.all.length > 0 || this.#errands.waiting || this.accounts.view !== undefined;
    if (this.options.role === 'host' || busy) this.#link.start();
    this.accounts.begin();
  }

  #newInbox(): Inbox {
    return new Inbox(inboxStreamOf(this.env, this.#identity.deviceId), this.vault, this.#link, {
      request: (entry, token, moveCursor) => this.#receiveRequest(entry, token, moveCursor),
      reply: (entry, moveCursor) => this.#receiveReply(entry, moveCursor),
      sealed: (entry, moveCursor) => this.accounts.receiveSealed(entry, moveCursor),
      stop: reason => this.#stop(reason),
    });
  }

  async #makeAccounts(
    { load, post, opaque }: AccountOptions,
    makeRoom: (state: RoomState) => RoomActor,
  ): Promise<Accounts> {
    const { Accounts: Loaded } = await load();
    const means = {
      room: this.context,
      post,
      opaque,
      stretch: this.options.stretch,
      relayOrigin: this.options.relayOrigin,
      sessionNonce: () => (this.#link.online ? this.#nonce : undefined),
      become: (identity: DeviceIdentity, writes: readonly StoreWrite[]) => this.#become(identity, writes),
      online: async () => (this.#link.online ? undefined : this.#awaitingSession.wait()),
      setName: (name: string) => this.setName(name),
      selfName: () => this.#name,
      changed: () => {
        this.#peopleRevision++;
        this.#feed.changed();
      },
    };
    const accounts = new Loaded(means, this.rooms, makeRoom);
    await accounts.load();
    return accounts;
  }

  /** This device is another from here on, or the same under another certificate. */
  async #become(identity: DeviceIdentity, writes: readonly StoreWrite[]): Promise<void> {
    await this.vault.commit([{ key: KEYS.identity, value: encodeIdentity(identity) }, ...writes]);
    const isOther = identity.deviceId !== this.#identity.deviceId;
    this.#identity = identity;
    if (isOther) {
      await this.#inbox.idle();
      this.#inbox = this.#newInbox();
    }
    this.#link.renew();
  }

  /** What a stop in the middle left behind. */
  async #finishUnfinished(room: RoomActor): Promise<void> {
    const { record, invites } = room.state;
    const made = record.membership === 'joining' || record.created;
    if (!made || [...invites.values()].some(({ created }) => !created))
      await (await this.hosting()).discardUnfinished(room);
    else if (record.closing?.how === 'leave' || record.request === 'unwanted')
      await finishLeaving(this.context, room);
    else room.resume();
  }

  #addRoom(state: RoomState): RoomActor {
    const actor = new RoomActor(this.context, state);
    const joining = new Joining(
      this.context,
      actor,
      this.options.clock,
      this.options.lookUp,
      this.options.stretch,
    );
    this.rooms.add({ actor, joining });
    return actor;
  }

  #erased(roomId: RoomId): void {
    this.rooms.remove(roomId);
    this.searching.roomGone(roomId);
    for (const window of this.#windows) window.roomGone(roomId);
    this.#feed.changed();
  }

  /** Reaches the relay for a guest who is about to knock, while the request is still being made. */
  #connectFor(token: InviteToken): void {
    this.#doorToken = token;
    this.#link.startAgain();
  }

  #prove(nonce: Uint8Array) {
    this.#nonce = nonce;
    const { relayOrigin } = this.options;
    const tokens = this.rooms.all.map(
      ({ actor }) => actor.state.join?.link.token ?? actor.state.record.enteredBy,
    );
    if (this.#doorToken !== undefined) tokens.push(this.#doorToken);
    return {
      deviceCertificate: this.#identity.certificate,
      origin: relayOrigin,
      signature: sessionProof(this.env, this.#identity, relayOrigin, nonce),
      inviteToken: tokens.findLast(token => token !== undefined),
    };
  }

  #online(session: Authenticated): void {
    this.#mayHost = session.mayHost;
    void this.#inbox.attach();
    for (const { actor, joining } of this.rooms.all) {
      if (actor.state.record.created) void actor.attach();
      joining.wake();
    }
    this.#errands.wake();
    this.#files.online();
    this.accounts.online();
    this.#awaitingSession.came();
  }

  #receive(push: Push): void {
    if (
      push.type === 'deviceListChanged' ||
      push.type === 'keyPackageCount' ||
      push.type === 'sealedChanged'
    ) {
      this.accounts.pushed(push);
      return;
    }
    if (push.type === 'inviteChanged') {
      const { token, status } = push;
      void this.hosting()
        .then(hosting => hosting.inviteChanged(token, status))
        .catch(() => undefined);
      return;
    }
    const streamId = push.type === 'streamChanged' ? push.status.streamId : push.streamId;
    if (streamId === this.#inbox.streamId) {
      if (push.type === 'entries') this.#inbox.receive(push.entries);
      return;
    }
    const room = this.rooms.byStream(streamId)?.actor;
    room?.receivePush(push);
    if (room !== undefined && push.type === 'ephemeral') this.accounts.signal(room, push.payload);
  }

  async #receiveRequest(entry: Entry, token: InviteToken, moveCursor: MoveCursor): Promise<boolean> {
    const room = this.rooms.byInvite(token)?.actor;
    if (room === undefined) return false;
    const { receiveKnock } = await import('./later.ts');
    await room.transact(async step => {
      await receiveKnock(this.context, step, entry, this.#slow.stretch);
      moveCursor(step);
    });
    return true;
  }

  async #receiveReply(entry: Entry, moveCursor: MoveCursor): Promise<boolean> {
    for (const { joining } of this.rooms.knockedAt) {
      const taken =
        entry.kind === 'welcome'
          ? await joining.receiveWelcome(entry, moveCursor)
          : await joining.receiveAnswer(entry, moveCursor);
      if (taken) return true;
    }
    return entry.kind === 'welcome' && this.accounts.receiveWelcome(entry, moveCursor);
  }

  #connectionChanged(connection: Connection): void {
    if (connection.state !== 'online') for (const { actor } of this.rooms.all) actor.detach();
    if (connection.state === 'stopped' && connection.reason === 'refused') {
      for (const { joining } of this.rooms.knockedAt) joining.turnedAway();
    }
    this.#feed.changed();
  }

  #stop(reason: StopReason): void {
    this.#link.stop(reason);
    // Without a store nothing that anybody waits for can come any more.
    if (reason !== 'storage-failed') return;
    for (const { actor } of this.rooms.all) void actor.close();
    this.#setStoreLost();
  }

  #showTimeline(roomId: RoomId, change: TimelineChange | 'emptied'): void {
    for (const window of this.#windows) window.timelineChanged(roomId, change);
  }

  #emitState(): void {
    this.#emit({ type: 'state', state: this.state });
  }

  #emit(event: Parameters<EngineWindow['emit']>[0]): void {
    for (const window of this.#windows) window.emit(event);
  }
}
