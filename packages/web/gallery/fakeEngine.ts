import type {
  EngineEvent,
  EnginePort,
  EngineState,
  ExportedFile,
  ExportRequest,
  FileView,
  Imported,
  InviteOptions,
  InviteView,
  LockItem,
  OutgoingFile,
  ReadFile,
  RoomId,
  RoomView,
  SearchRequest,
  SearchResults,
  ServerSaw,
  TimelineItem,
} from '@sotto/client';
import { drawnLake, readFake } from './fakeFiles.ts';

type Room = { -readonly [K in keyof RoomView]: RoomView[K] };

/** How a fake behaves where a scene wants something other than success. */
export interface FakeBehaviour {
  /** Own messages stay at this state. */
  readonly sendStops?: 'sending' | 'sent' | 'delivered' | 'read';
  /** What follows a `join`. */
  readonly onJoin?: (engine: FakeEngine, roomId: RoomId) => void;
  readonly stepMs?: number;
  /** Exports come to no end. */
  readonly taskStays?: boolean;
  /** Files come to no end on their way. */
  readonly filesStay?: boolean;
  /** The one that unlocks. */
  readonly passphrase?: string;
  /** What the relay says of accounts; nothing where it is left out. */
  readonly registration?: NonNullable<EngineState['registration']>;
  /** Rows that are older than those that the timeline opens with. */
  readonly older?: readonly TimelineItem[];
}

let made = 0;
const fresh = (prefix: string): string => `${prefix}${(++made).toString(36).padStart(8, '0')}Fake`;

/**
 * An engine without encryption, relay or storage: it keeps a state in memory and says what the real one
 * would say. For the gallery and its checks only.
 */
export class FakeEngine implements Partial<EnginePort> {
  #state: EngineState;
  readonly #timelines: Map<RoomId, TimelineItem[]>;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #older: readonly TimelineItem[];
  readonly #pictures = new Map<RoomId, Uint8Array>();
  /** Every intent that was called, for checks. */
  readonly calls: string[] = [];

  constructor(
    state: EngineState,
    timelines: ReadonlyMap<RoomId, readonly TimelineItem[]>,
    readonly behaviour: FakeBehaviour = {},
  ) {
    this.#state = state;
    this.#timelines = new Map([...timelines].map(([roomId, items]) => [roomId, [...items]]));
    this.#older = behaviour.older ?? [];
  }

  get state(): EngineState {
    return this.#state;
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    listener({ type: 'state', state: this.#state });
    return () => this.#listeners.delete(listener);
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  setState(change: Partial<EngineState>): void {
    this.#state = { ...this.#state, ...change };
    this.emit({ type: 'state', state: this.#state });
  }

  setRoom(roomId: RoomId, change: Partial<Room>): void {
    this.setState({
      rooms: this.#state.rooms.map(room => (room.roomId === roomId ? { ...room, ...change } : room)),
    });
  }

  room(roomId: RoomId): RoomView {
    const found = this.#state.rooms.find(room => room.roomId === roomId);
    if (found === undefined) throw Object.assign(new Error('no such room'), { code: 'UNKNOWN_ROOM' });
    return found;
  }

  /** Puts items into a room's log, or changes those with the same key. */
  put(roomId: RoomId, ...items: readonly TimelineItem[]): void {
    const kept = (this.#timelines.get(roomId) ?? []).filter(
      item => !items.some(({ key }) => key === item.key),
    );
    this.#timelines.set(
      roomId,
      [...kept, ...items].sort((a, b) => a.order - b.order),
    );
    this.emit({
      type: 'timeline',
      roomId,
      reset: false,
      upserts: items,
      removedKeys: [],
      hasOlder: this.#older.length > 0,
    });
  }

  nextOrder(roomId: RoomId): number {
    return (this.#timelines.get(roomId)?.at(-1)?.order ?? 0) + 1;
  }

  #called(name: string): void {
    this.calls.push(name);
  }

  async setName(name: string): Promise<void> {
    this.#called('setName');
    const { self } = this.#state;
    if (self !== undefined) this.setState({ self: { ...self, name } });
  }

  async startRoom({ title, invite }: { title: string; invite: InviteOptions }) {
    this.#called('startRoom');
    const roomId = fresh('str_') as RoomId;
    const self = this.#state.self!;
    const first = inviteOf(invite);
    const room: RoomView = {
      roomId,
      title,
      condition: 'open',
      membership: 'member',
      myRole: 'owner',
      knocks: [],
      invites: [first],
      epoch: 0,
      suite: 'MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519',
      keysRenewedAtMs: Date.now() - 3 * 24 * 3_600_000,
      unread: 0,
      lastActivityMs: Date.now(),
      typing: [],
      warnings: [],
      members: [
        {
          accountId: self.accountId,
          deviceId: self.deviceId,
          name: self.name,
          role: 'owner',
          guest: false,
          trust: 'verified',
          self: true,
        },
      ],
    };
    this.setState({ rooms: [room, ...this.#state.rooms] });
    return { roomId, token: first.token };
  }

  async createInvite(roomId: RoomId, options: InviteOptions) {
    this.#called('createInvite');
    const made = inviteOf(options);
    this.setRoom(roomId, { invites: [...this.room(roomId).invites, made] });
    return { token: made.token };
  }

  async revokeInvite(roomId: RoomId, token: InviteView['token']): Promise<void> {
    this.#called('revokeInvite');
    this.setRoom(roomId, {
      invites: this.room(roomId).invites.map(invite =>
        invite.token === token ? { ...invite, status: 'revoked' as const } : invite,
      ),
    });
  }

  async closeDoor(roomId: RoomId): Promise<void> {
    this.#called('closeDoor');
    this.setRoom(roomId, {
      invites: this.room(roomId).invites.map(invite => ({ ...invite, status: 'revoked' as const })),
    });
  }

  async admit(roomId: RoomId, knockId: string): Promise<void> {
    this.#called('admit');
    const room = this.room(roomId);
    const knock = room.knocks.find(other => other.knockId === knockId)!;
    this.setRoom(roomId, {
      knocks: room.knocks.filter(other => other !== knock),
      members: [
        ...room.members,
        {
          accountId: fresh('acc_') as never,
          deviceId: knock.deviceId,
          name: knock.name,
          role: 'guest',
          guest: true,
          trust: 'verified-by-link',
          self: false,
        },
      ],
    });
    this.put(roomId, {
      kind: 'event',
      key: fresh('e'),
      order: this.nextOrder(roomId),
      atMs: Date.now(),
      event: { type: 'joined', name: knock.name, guest: true, self: false },
    });
  }

  async decline(roomId: RoomId, knockId: string): Promise<void> {
    this.#called('decline');
    this.setRoom(roomId, { knocks: this.room(roomId).knocks.filter(other => other.knockId !== knockId) });
  }

  async join({ name }: { link: string; name: string; password: string | undefined }) {
    this.#called(`join ${name}`);
    const roomId = fresh('str_') as RoomId;
    const room: RoomView = {
      roomId,
      title: 'Saturday plans',
      condition: 'open',
      membership: 'joining',
      myRole: 'guest',
      knocks: [],
      invites: [],
      epoch: 0,
      suite: 'MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519',
      keysRenewedAtMs: Date.now() - 3 * 24 * 3_600_000,
      unread: 0,
      lastActivityMs: Date.now(),
      typing: [],
      warnings: [],
      members: [],
      join: {
        step: 'waiting',
        safetyWords: ['copper', 'lantern', 'orchid', 'seven'],
        hostOnline: true,
        delivered: true,
      },
    };
    this.setState({ rooms: [room] });
    this.behaviour.onJoin?.(this, roomId);
    return { roomId };
  }

  async sendText(roomId: RoomId, text: string, replyTo?: string) {
    this.#called(`sendText ${text}`);
    const self = this.#state.self!;
    const quoted = this.#timelines
      .get(roomId)
      ?.find(item => item.kind === 'message' && item.messageId === replyTo);
    const messageId = fresh('msg_') as never;
    let item: Extract<TimelineItem, { kind: 'message' }> = {
      kind: 'message',
      key: messageId,
      order: this.nextOrder(roomId),
      messageId,
      text,
      sentAtMs: Date.now(),
      author: {
        deviceId: self.deviceId,
        name: self.name,
        guest: this.room(roomId).myRole === 'guest',
        role: this.room(roomId).myRole,
        self: true,
      },
      send: { state: 'sending' },
      ...(quoted?.kind === 'message'
        ? { replyTo: { messageId: quoted.messageId, name: quoted.author.name, text: quoted.text } }
        : {}),
    };
    this.put(roomId, item);
    this.setRoom(roomId, { preview: { text, own: true, atMs: Date.now() } });
    const states = ['sending', 'sent', 'delivered', 'read'] as const;
    const last = states.indexOf(this.behaviour.sendStops ?? 'delivered');
    for (const [i, state] of states.slice(1, last + 1).entries())
      setTimeout(
        () => {
          item = { ...item, ...this.#message(roomId, messageId), send: { state } };
          this.put(roomId, item);
        },
        (i + 1) * (this.behaviour.stepMs ?? 300),
      );
    return { messageId };
  }

  async sendFile(
    roomId: RoomId,
    { name, mediaType, bytes, picture }: OutgoingFile,
    options: { text?: string; replyTo?: string } = {},
  ) {
    this.#called(`sendFile ${name} ${mediaType} ${options.text ?? ''}`);
    this.#files.set(name, bytes);
    const { messageId } = await this.sendText(roomId, options.text ?? '', options.replyTo);
    const file: FileView = {
      name,
      mediaType,
      sizeBytes: bytes.length,
      ...picture,
      state: { state: this.behaviour.filesStay ? 'uploading' : 'here', doneBytes: bytes.length / 3 },
    };
    const item = this.#message(roomId, messageId);
    if (item !== undefined) this.put(roomId, { ...item, file });
    return { messageId };
  }

  async cancelFile(roomId: RoomId, messageId: string): Promise<void> {
    this.#called('cancelFile');
    const item = this.#message(roomId, messageId);
    if (item?.file?.state.state === 'uploading') await this.discard(roomId, messageId);
    else if (item?.file !== undefined)
      this.put(roomId, { ...item, file: { ...item.file, state: { state: 'at-relay' } } });
  }

  async fetchFile(roomId: RoomId, messageId: string): Promise<void> {
    this.#called('fetchFile');
    const item = this.#message(roomId, messageId);
    if (item?.file === undefined) return;
    const { file } = item;
    this.put(roomId, {
      ...item,
      file: { ...file, state: { state: 'downloading', doneBytes: file.sizeBytes / 4 } },
    });
    if (this.behaviour.filesStay) return;
    setTimeout(
      () => this.put(roomId, { ...item, file: { ...file, state: { state: 'here' } } }),
      this.behaviour.stepMs ?? 300,
    );
  }

  async readFile(roomId: RoomId, messageId: string): Promise<ReadFile | undefined> {
    this.#called('readFile');
    const item = this.#message(roomId, messageId);
    const bytes = this.#files.get(item?.file?.name ?? '');
    if (item?.file === undefined) return undefined;
    return bytes === undefined ? readFake(item) : { ...item.file, bytes };
  }

  readonly #files = new Map<string, Uint8Array>();

  #message(roomId: RoomId, messageId: string) {
    return this.#timelines
      .get(roomId)
      ?.flatMap(item => (item.kind === 'message' ? [item] : []))
      .find(item => item.messageId === messageId);
  }

  async retry(): Promise<void> {
    this.#called('retry');
  }

  async discard(roomId: RoomId, messageId: string): Promise<void> {
    this.#called('discard');
    const gone = (this.#timelines.get(roomId) ?? []).filter(
      item => item.kind === 'message' && item.messageId === messageId,
    );
    this.#timelines.set(
      roomId,
      (this.#timelines.get(roomId) ?? []).filter(item => !gone.includes(item)),
    );
    this.emit({
      type: 'timeline',
      roomId,
      reset: false,
      upserts: [],
      removedKeys: gone.map(({ key }) => key),
      hasOlder: false,
    });
  }

  async setTimer(roomId: RoomId, seconds: number | undefined): Promise<void> {
    this.#called(`setTimer ${seconds}`);
    const { timerS: _, ...room } = this.room(roomId);
    const changed = seconds === undefined ? room : { ...room, timerS: seconds };
    this.setState({ rooms: this.#state.rooms.map(other => (other.roomId === roomId ? changed : other)) });
    this.put(roomId, {
      kind: 'event',
      key: fresh('e'),
      order: this.nextOrder(roomId),
      atMs: Date.now(),
      event: { type: 'timer', byName: '', seconds, self: true },
    });
  }

  setTyping(_roomId: RoomId, active: boolean): void {
    this.#called(`setTyping ${active}`);
  }

  async markRead(roomId: RoomId): Promise<void> {
    this.#called('markRead');
    this.setRoom(roomId, { unread: 0 });
  }

  async setTitle(roomId: RoomId, title: string): Promise<void> {
    this.#called('setTitle');
    this.setRoom(roomId, { title });
  }

  async setPicture(roomId: RoomId, jpeg: Uint8Array | undefined): Promise<void> {
    this.#called('setPicture');
    const { picture: _, ...room } = this.room(roomId);
    const changed = jpeg === undefined ? room : { ...room, picture: fresh('p') };
    if (jpeg !== undefined) this.#pictures.set(roomId, jpeg);
    this.setState({ rooms: this.#state.rooms.map(other => (other.roomId === roomId ? changed : other)) });
  }

  async readPicture(roomId: RoomId): Promise<Uint8Array | undefined> {
    return this.#pictures.get(roomId) ?? drawnLake(192, 192);
  }

  async removeMember(roomId: RoomId, deviceId: string): Promise<void> {
    this.#called('removeMember');
    this.setRoom(roomId, {
      members: this.room(roomId).members.filter(member => member.deviceId !== deviceId),
    });
  }

  async pause(roomId: RoomId): Promise<void> {
    this.#called('pause');
    this.setRoom(roomId, { condition: 'paused' });
  }

  async resume(roomId: RoomId): Promise<void> {
    this.#called('resume');
    this.setRoom(roomId, { condition: 'open' });
  }

  async end(roomId: RoomId, { erase }: { erase: boolean }): Promise<void> {
    this.#called(`end ${erase}`);
    if (erase) this.setState({ rooms: this.#state.rooms.filter(room => room.roomId !== roomId) });
    else this.setRoom(roomId, { condition: 'ended' });
  }

  async leaveAndErase(roomId: RoomId): Promise<void> {
    this.#called('leaveAndErase');
    this.setState({ rooms: this.#state.rooms.filter(room => room.roomId !== roomId) });
  }

  async openTimeline(roomId: RoomId, around?: number): Promise<void> {
    this.#called(around === undefined ? 'openTimeline' : 'openTimeline around');
    this.#newer = [];
    const items = this.#timelines.get(roomId) ?? [];
    const all = around === undefined ? items : [...(this.behaviour.older ?? []), ...items];
    const at = around === undefined ? all.length : all.findIndex(({ order }) => order === around);
    const end = around === undefined ? all.length : at + 40;
    this.#newer = all.slice(end);
    this.emit({
      type: 'timeline',
      roomId,
      reset: true,
      upserts: all.slice(around === undefined ? 0 : Math.max(0, at - 40), end),
      removedKeys: [],
      hasOlder: this.#older.length > 0,
      hasNewer: this.#newer.length > 0,
    });
  }

  #newer: readonly TimelineItem[] = [];

  async loadNewer(roomId: RoomId): Promise<void> {
    this.#called('loadNewer');
    const page = this.#newer.slice(0, 60);
    this.#newer = this.#newer.slice(60);
    this.emit({
      type: 'timeline',
      roomId,
      reset: false,
      upserts: page,
      removedKeys: [],
      hasOlder: this.#older.length > 0,
      hasNewer: this.#newer.length > 0,
    });
  }

  async closeTimeline(): Promise<void> {
    this.#called('closeTimeline');
  }

  async loadOlder(roomId: RoomId): Promise<void> {
    this.#called('loadOlder');
    const page = this.#older.slice(-100);
    this.#older = this.#older.slice(0, -100);
    this.put(roomId, ...page);
  }

  async serverSaw(roomId: RoomId, messageId: string): Promise<ServerSaw> {
    this.#called('serverSaw');
    const item = this.#timelines
      .get(roomId)
      ?.find(other => other.kind === 'message' && other.messageId === messageId);
    const text = item?.kind === 'message' ? item.text : '';
    const ciphertext = new Uint8Array(256);
    let seed = 0x8f1d;
    for (let i = 0; i < ciphertext.length; i++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      ciphertext[i] = seed >>> 16;
    }
    return {
      ciphertext,
      sizeBytes: 512,
      writtenBytes: new TextEncoder().encode(text).length,
      seq: 41,
      receivedAtMs: item?.kind === 'message' ? item.sentAtMs + 8_000 : undefined,
      epoch: 6,
      suite: 'MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519',
      recipients: this.room(roomId)
        .members.filter(({ self }) => !self)
        .map(({ name, deviceId }) => ({ name, deviceId })),
    };
  }

  async search({ query, roomId, limit, after, deviceIds, hasFile }: SearchRequest): Promise<SearchResults> {
    this.#called(`search ${query}`);
    const wanted = query.toLowerCase();
    const all = this.#state.rooms
      .filter(room => roomId === undefined || room.roomId === roomId)
      .flatMap(room =>
        [...(this.#timelines.get(room.roomId) ?? []), ...this.#older]
          .flatMap(item => (item.kind === 'message' && item.deleted !== true ? [item] : []))
          .filter(({ author }) => deviceIds === undefined || deviceIds.includes(author.deviceId))
          .filter(({ file }) => hasFile === undefined || (file !== undefined) === hasFile)
          .map(item => ({ ...item, text: `${item.file?.name ?? ''} ${item.text}`.trim() }))
          .filter(({ text }) => text.toLowerCase().includes(wanted))
          .map(({ order, messageId, author, sentAtMs, text }) => {
            const start = text.toLowerCase().indexOf(wanted);
            const marks = [{ start, end: start + wanted.length }];
            return {
              roomId: room.roomId,
              order,
              messageId,
              author: { name: author.name, self: author.self },
              sentAtMs,
              score: 1,
              snippet: { text, cutBefore: false, marks },
            };
          }),
      )
      .sort((a, b) => b.sentAtMs - a.sentAtMs);
    const from =
      after === undefined ? 0 : all.findIndex(({ messageId }) => messageId === after.messageId) + 1;
    return { found: all.slice(from, from + limit), more: all.length > from + limit };
  }

  async deleteMessages(
    roomId: RoomId,
    messageIds: readonly string[],
    { forEveryone }: { forEveryone: boolean },
  ): Promise<void> {
    this.#called(`deleteMessages ${forEveryone}`);
    const items = this.#timelines.get(roomId) ?? [];
    for (const item of items) {
      if (item.kind !== 'message' || !messageIds.includes(item.messageId)) continue;
      if (forEveryone) this.put(roomId, { ...item, text: '', deleted: true });
      else await this.discard(roomId, item.messageId);
    }
  }

  async exportHistory({ taskId, format }: ExportRequest): Promise<ExportedFile> {
    this.#called(`exportHistory ${format}`);
    this.emit({ type: 'progress', taskId, done: 620, total: 1_000 });
    if (this.behaviour.taskStays) await new Promise(() => undefined);
    return { blob: new Blob(['x']), fileName: `sotto-2026-03-14.${format === 'archive' ? 'age' : format}` };
  }

  async importArchive(): Promise<Imported> {
    this.#called('importArchive');
    throw Object.assign(new Error('damaged'), { code: 'ARCHIVE_DAMAGED' });
  }

  async cancelTask(): Promise<void> {
    this.#called('cancelTask');
  }

  async deleteConversation(roomId: RoomId): Promise<void> {
    this.#called('deleteConversation');
    this.setState({ rooms: this.#state.rooms.filter(room => room.roomId !== roomId) });
  }

  async unlock(secret: Parameters<EnginePort['unlock']>[0]): Promise<void> {
    this.#called(`unlock ${secret.kind}`);
    await new Promise(resolve => setTimeout(resolve, this.behaviour.stepMs ?? 300));
    if (secret.kind !== 'passphrase' || secret.passphrase !== this.behaviour.passphrase)
      throw Object.assign(new Error('wrong'), { code: 'WRONG_SECRET' });
    this.setState({ lock: { ...this.#state.lock, state: 'unlocked' }, rooms: this.#locked });
  }

  #locked: EngineState['rooms'] = [];

  async lock(): Promise<void> {
    this.#called('lock');
    this.#locked = this.#state.rooms;
    this.setState({ lock: { ...this.#state.lock, state: 'locked' }, rooms: [] });
  }

  async stayUnlocked(): Promise<void> {
    this.#called('stayUnlocked');
  }

  async setLockAfter(lockAfterMs: number | undefined): Promise<void> {
    this.#called(`setLockAfter ${lockAfterMs}`);
    this.setState({ lock: { ...this.#state.lock, lockAfterMs } });
  }

  async setPassphrase(): Promise<void> {
    this.#called('setPassphrase');
    this.#addLock('passphrase');
  }

  async makeRecoveryCode(): Promise<{ code: string }> {
    this.#called('makeRecoveryCode');
    this.#addLock('recovery-code');
    return { code: '7K3QD-0V9XA-R2MTN-8HJ4C-5BWPE-QZ1YF-G6SKD-3NX7T' };
  }

  async removeLock(id: string): Promise<void> {
    this.#called('removeLock');
    const { lock } = this.#state;
    this.setState({ lock: { ...lock, locks: lock.locks.filter(item => item.id !== id) } });
  }

  async eraseDevice(): Promise<void> {
    this.#called('eraseDevice');
  }

  #addLock(kind: LockItem['kind']): void {
    const { lock } = this.#state;
    const item: LockItem = { id: fresh('lock_'), kind, createdAtMs: Date.now() };
    const others = lock.locks.filter(other => other.kind !== kind);
    this.setState({ lock: { ...lock, keeps: 'device', locks: [...others, item] } });
  }

  reconnectNow(): void {
    this.#called('reconnectNow');
  }

  async close(): Promise<void> {
    this.#called('close');
  }
}

/** The fake as a window has it. What the gallery does not show is refused. */
export function portOf(engine: FakeEngine): EnginePort {
  return new Proxy(engine, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method === 'function') return method.bind(target);
      // What is no intent: `await` asks for `then`.
      if (name === 'then' || typeof name === 'symbol') return undefined;
      return async () => {
        throw Object.assign(new Error(`${String(name)} is not in the gallery`), { code: 'NOT_ALLOWED' });
      };
    },
  }) as unknown as EnginePort;
}

function inviteOf(options: InviteOptions): InviteView {
  const token = fresh('q7Hc2mVt9RkZ') as InviteView['token'];
  return {
    token,
    pathAndFragment: `/chat/${token}#1.5kQzW8nTfE2hYc7RbVxA3p.9LmKdUqJ4sG6wZtN1oHvXe`,
    createdAtMs: Date.now(),
    expiresAtMs: Date.now() + options.lifetimeMs,
    maxUses: options.maxUses,
    uses: 0,
    approval: options.approval,
    password: options.password !== undefined,
    status: 'open',
  };
}
