import type { AccountId, MessageId } from '@sotto/protocol';
import type { CreateAccountOptions, RecoverOptions, SignInOptions } from '../accountIntents.ts';
import type { EnginePort } from '../intents.ts';
import type { PersonView, PrivacyView } from '../peopleIntents.ts';
import type { Connection, EngineState, RoomId, Trust } from '../projection.ts';
import { Conversation, type InvitationOptions, inviteOptionsOf, type Knock } from './conversation.ts';
import { awaitState, type Device, type Waiting } from './device.ts';
import { HandingOver } from './handingOver.ts';
import type { Message } from './message.ts';
import { SottoError, told } from './sottoError.ts';

/** What a program does with a message. While its promise is pending the message counts as unread. */
export type MessageHandler = (message: Message) => unknown;

export interface MessageOptions {
  /** Only what is said in this one. */
  readonly conversation?: Conversation;
  /** Told what the handler threw; its conversation is handed over no further. */
  readonly onError?: (error: unknown) => void;
}

interface Taker {
  readonly handler: MessageHandler;
  readonly onError: (error: unknown) => void;
  readonly roomId: RoomId | undefined;
}

/** A message that was found. */
export interface Found {
  readonly conversation: Conversation;
  readonly messageId: MessageId;
  readonly author: { readonly name: string; readonly self: boolean };
  readonly sentAt: Date;
  /** The place of the text that answers. */
  readonly snippet: string;
  readonly order: number;
}

/** Two people make sure that nobody stands between them. */
export interface Verification {
  readonly accountId: AccountId;
  readonly name: string;
  /** Twelve groups of five digits: the other sees the same. */
  readonly digits: readonly string[];
  /** The same for a QR code, as bytes. */
  readonly qr: Uint8Array;
  readonly trust: Trust;
  /** They were compared, and are the same. */
  confirm(): Promise<void>;
  /** They are not to be relied on any more. */
  forget(): Promise<void>;
}

/**
 * A device of Sotto in a program: its conversations, what is said in them, and whom it talks to. Every call rejects
 * with `SottoError`, and then has changed nothing.
 */
export class Sotto {
  readonly #port: EnginePort;
  readonly #conversations = new Map<RoomId, Conversation>();
  readonly #takers = new Set<Taker>();
  #handingOver: HandingOver | undefined;
  #closed = false;

  /** `connect` makes one; whoever has opened an engine otherwise makes one here. */
  constructor(private readonly device: Device) {
    this.#port = device.window();
  }

  /** All that there is to show, as the screens of Sotto know it, at this moment. */
  get state(): EngineState {
    let state: EngineState | undefined;
    // A listener first gets the state as it is; later ones come some milliseconds after what they are about.
    this.#port.subscribe(event => {
      if (event.type === 'state') state ??= event.state;
    })();
    return state!;
  }

  /** The first answer that `look` gives, asked now and whenever something has changed. Throws `TIMED_OUT`, `CANCELLED`. */
  until<T>(look: (state: EngineState) => T | undefined, waiting: Waiting = {}): Promise<T> {
    return awaitState(this.#port, look, waiting);
  }

  /** Everything that a person can ask for, where the calls here are too few. It throws `ClientError`. */
  get port(): EnginePort {
    return this.#port;
  }

  get connection(): Connection {
    return this.state.connection;
  }

  /** Newest activity first. */
  get conversations(): readonly Conversation[] {
    return this.state.rooms.map(({ roomId }) => this.conversation(roomId));
  }

  /** One by its id; whether it is there its `view` tells. */
  conversation(id: RoomId): Conversation {
    const known = this.#conversations.get(id);
    if (known !== undefined) return known;
    const made = new Conversation(id, this.device, this.#port, () => this.state);
    this.#conversations.set(id, made);
    return made;
  }

  /** Resolves once the relay is reached. Throws `TIMED_OUT`, `CANCELLED`, and `OFFLINE` where it will not be tried. */
  online(waiting: Waiting = {}): Promise<void> {
    return told(() =>
      awaitState(
        this.#port,
        ({ connection }) => {
          if (connection.state === 'stopped')
            throw new SottoError('OFFLINE', `the relay is not asked any more: ${connection.reason}`);
          return connection.state === 'online' ? true : undefined;
        },
        waiting,
      ).then(() => undefined),
    );
  }

  /**
   * Hands over every message of others in every conversation, first those that were not read yet: one at a time in
   * each conversation, in its order, and only once it is on the disk. It counts as read, for others too, when all
   * handlers are done with it. One that throws stops its conversation: the message comes again at the next start.
   *
   * `conversation`: only what is said there. What a handler throws goes to `onError`; without one it is thrown as an
   * error that nobody caught, which ends a Node process. Gives what takes this handler away.
   */
  onMessage(handler: MessageHandler, { conversation, onError }: MessageOptions = {}): () => void {
    this.#assertOpen();
    const taker = { handler, onError: onError ?? uncaught, roomId: conversation?.id };
    const takersOf = (roomId: RoomId) =>
      [...this.#takers].filter(each => each.roomId === undefined || each.roomId === roomId);
    this.#takers.add(taker);
    this.#handingOver ??= new HandingOver(this.device.window(), {
      isWanted: roomId => takersOf(roomId).length > 0,
      take: async (roomId, item) => {
        const message = this.conversation(roomId).messageOf(item);
        for (const each of takersOf(roomId)) {
          try {
            await each.handler(message);
          } catch (error) {
            each.onError(error);
            return false;
          }
        }
        return true;
      },
      failed: uncaught,
    });
    this.#handingOver.look();
    return () => this.#takers.delete(taker);
  }

  /** Hears of each guest who waits at a door, with their safety words; also of those who wait already. */
  onKnock(handler: (knock: Knock) => void): () => void {
    const known = new Set<string>();
    return this.onChange(({ rooms }) => {
      for (const room of rooms) {
        const { knocks } = this.conversation(room.roomId);
        room.knocks.forEach(({ knockId, safetyWords, state }, place) => {
          if (state !== 'waiting' || safetyWords.length === 0 || known.has(knockId)) return;
          known.add(knockId);
          handler(knocks[place]!);
        });
      }
    });
  }

  /** Hears of each conversation that a stranger has begun: `accept` it, or `leave`. Until then nothing goes back. */
  onRequest(handler: (conversation: Conversation) => void): () => void {
    const known = new Set<RoomId>();
    return this.onChange(({ rooms }) => {
      for (const { roomId, request } of rooms) {
        if (request === undefined || known.has(roomId)) continue;
        known.add(roomId);
        handler(this.conversation(roomId));
      }
    });
  }

  /** Called at once with what is so, and whenever it is otherwise. Gives what ends it. */
  onChange(listener: (state: EngineState) => void): () => void {
    return this.#port.subscribe(event => {
      if (event.type === 'state') listener(event.state);
    });
  }

  /** What others see this device's person as. Throws `BAD_NAME`. */
  setName(name: string): Promise<void> {
    return told(() => this.#port.setName(name));
  }

  /**
   * Starts a conversation on one's own relay, with a link into it (`invitation`). Throws `NOT_ALLOWED` at a relay of
   * somebody else, `OFFLINE`, `BAD_NAME` where this device's person has no name yet.
   */
  async host(options: InvitationOptions & { readonly title?: string } = {}): Promise<Conversation> {
    await this.online({ timeoutMs: 20_000 });
    const { title = '', ...invite } = options;
    const { roomId } = await told(() => this.#port.startRoom({ title, invite: inviteOptionsOf(invite) }));
    return this.#conversationThatCame(roomId);
  }

  /**
   * Comes in by a link, as a guest: resolves once somebody has let this device in. `onWaiting` hears the safety words
   * that whoever lets in sees too. Throws `BAD_LINK`, `BAD_PASSWORD`, `NOT_LET_IN` (`facts.reason`), `TIMED_OUT`.
   */
  async join(
    link: string,
    options: Waiting & {
      readonly name?: string;
      readonly password?: string | undefined;
      readonly onWaiting?: (words: readonly string[]) => void;
    } = {},
  ): Promise<Conversation> {
    const name = options.name ?? this.state.self?.name ?? '';
    const { password, onWaiting } = options;
    const { roomId } = await told(() => this.#port.join({ link, name, password }));
    let words = 0;
    await awaitState(
      this.#port,
      ({ rooms }) => {
        const room = rooms.find(each => each.roomId === roomId);
        if (room?.membership === 'member') return room;
        if (room?.join?.step === 'refused') {
          const { reason } = room.join;
          throw new SottoError('NOT_LET_IN', `the door stays shut: ${reason}`, { reason });
        }
        if (room?.join?.step === 'waiting' && words === 0 && room.join.delivered) {
          words = room.join.safetyWords.length;
          if (words > 0) onWaiting?.(room.join.safetyWords);
        }
        return undefined;
      },
      options,
    );
    return this.conversation(roomId);
  }

  /** The conversation with one person of this relay, by handle; made where there is none. Needs an account. */
  async direct(handle: string): Promise<Conversation> {
    await this.online({ timeoutMs: 20_000 });
    const { roomId } = await told(() => this.#port.startDirect({ handle }));
    return this.#conversationThatCame(roomId);
  }

  /** A group of people of this relay. Needs an account. */
  async group(title: string, handles: readonly string[]): Promise<Conversation> {
    await this.online({ timeoutMs: 20_000 });
    const people = await Promise.all(handles.map(handle => told(() => this.#port.lookUp(handle))));
    const accountIds = people.map(({ accountId }) => accountId);
    const { roomId } = await told(() => this.#port.createGroup({ title, accountIds }));
    return this.#conversationThatCame(roomId);
  }

  /** Registers this device's account under a handle. The recovery words are shown once and kept nowhere. */
  createAccount(options: CreateAccountOptions): Promise<{ readonly recoveryCode: string }> {
    return told(() => this.#port.createAccount(options));
  }

  /** Makes this device one of an account's; throws `SIGN_IN_FAILED`, `DEVICE_IN_USE`, `RATE_LIMITED`, `OFFLINE`. */
  signIn(options: SignInOptions): Promise<void> {
    return told(() => this.#port.signIn(options));
  }

  /** The same by the recovery words, with a new password. */
  recover(options: RecoverOptions): Promise<void> {
    return told(() => this.#port.recover(options));
  }

  /** People that this device knows, by name. */
  get people(): readonly PersonView[] {
    return this.state.people ?? [];
  }

  /**
   * The safety number with a person, by account, by handle (looked up where it is not known), or by the name that they
   * have in a conversation. Throws `PERSON_UNKNOWN`, also where several have that name.
   */
  async verify(person: string): Promise<Verification> {
    const { accountId, name } = await this.person(person);
    const { digits, qr } = await told(() => this.#port.safetyNumber(accountId));
    const trust =
      this.people.find(known => known.accountId === accountId)?.trust ??
      this.#members.find(member => member.accountId === accountId)?.trust;
    return {
      accountId,
      name,
      digits: digits.match(/.{5}/g) ?? [],
      qr,
      trust: trust ?? 'unverified',
      confirm: () => told(() => this.#port.markVerified(accountId)),
      forget: () => told(() => this.#port.forgetVerification(accountId)),
    };
  }

  /** Nothing of theirs comes any more, and nothing goes to them; in groups their words are still there. */
  async block(person: string): Promise<void> {
    const { accountId } = await this.person(person);
    await told(() => this.#port.block(accountId));
  }

  async unblock(person: string): Promise<void> {
    const { accountId } = await this.person(person);
    await told(() => this.#port.unblock(accountId));
  }

  /**
   * Another account is behind a handle that was known: `accept` takes it, unverified; otherwise nothing is sent to it
   * until that is decided otherwise.
   */
  async changedKeys(person: string, { accept }: { readonly accept: boolean }): Promise<void> {
    const { accountId } = await this.person(person);
    await told(() => (accept ? this.#port.acceptNewKeys(accountId) : this.#port.leaveNewKeys(accountId)));
  }

  /** What this device tells others, and whether it writes to verified people only. */
  setPrivacy(patch: Partial<PrivacyView>): Promise<void> {
    return told(() => this.#port.setPrivacy(patch));
  }

  /** Looks through all that this device keeps: best first. */
  async search(
    query: string,
    { limit = 20 }: { readonly limit?: number } = {},
  ): Promise<{ readonly found: readonly Found[]; readonly more: boolean }> {
    const { found, more } = await told(() => this.#port.search({ query, limit }));
    const asFound = found.map(({ roomId, messageId, author, sentAtMs, snippet, order }) => ({
      conversation: this.conversation(roomId),
      messageId,
      author,
      sentAt: new Date(sentAtMs),
      snippet: snippet.text,
      order,
    }));
    return { found: asFound, more };
  }

  /** Locks what this device keeps, or changes the passphrase: then `current` is needed. Throws `WEAK_PASSPHRASE`. */
  setPassphrase(passphrase: string, current?: string): Promise<void> {
    return told(() => this.#port.setPassphrase(passphrase, current));
  }

  /** All histories, or those of some conversations, as a page, as JSON, or as an archive under a passphrase. */
  async exportHistory(options: {
    readonly format: 'html' | 'json' | 'archive';
    readonly passphrase?: string;
    readonly conversations?: readonly Conversation[];
  }): Promise<Blob> {
    const { format, passphrase, conversations } = options;
    const { blob } = await told(() =>
      this.#port.exportHistory({
        taskId: crypto.randomUUID(),
        format,
        ...(passphrase !== undefined && { passphrase }),
        ...(conversations && { roomIds: conversations.map(({ id }) => id) }),
      }),
    );
    return blob;
  }

  /** An archive's conversations, to be read. Throws `ARCHIVE_WRONG_PASSPHRASE`, `ARCHIVE_DAMAGED`, … */
  importHistory(file: Blob, passphrase: string) {
    return told(() => this.#port.importArchive({ taskId: crypto.randomUUID(), file, passphrase }));
  }

  /**
   * Ends the connection and closes the store, once what is being handed over is done, and what is owed to others has
   * gone out (two seconds at most; the rest goes out at the next start).
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handingOver?.close();
    await this.#port.close();
    await this.device.close();
  }

  get #members() {
    return this.state.rooms.flatMap(({ members }) => members);
  }

  /**
   * Whom a word means: an account, a handle (looked up where it is not known), or the name that they have in a
   * conversation. Throws `PERSON_UNKNOWN`, also where several have that name.
   */
  async person(person: string): Promise<{ readonly accountId: AccountId; readonly name: string }> {
    const handle = person.replace(/^@/, '');
    const known = this.people.find(each => each.accountId === person || each.handle === handle);
    if (known !== undefined) return known;
    const { self } = this.state;
    const named = new Map(
      this.#members
        .filter(member => member.accountId !== self?.accountId)
        .filter(member => member.accountId === person || (!person.startsWith('@') && member.name === person))
        .map(member => [member.accountId, member]),
    );
    const [only, ...more] = named.values();
    if (only !== undefined && more.length === 0) return only;
    if (only !== undefined) throw new SottoError('PERSON_UNKNOWN', `several people call themselves that`);
    if (this.state.account === undefined)
      throw new SottoError('PERSON_UNKNOWN', 'nobody here is called that');
    return told(() => this.#port.lookUp(handle));
  }

  /** The state follows what was done by a moment. */
  async #conversationThatCame(roomId: RoomId): Promise<Conversation> {
    await awaitState(this.#port, ({ rooms }) => rooms.find(room => room.roomId === roomId));
    return this.conversation(roomId);
  }

  #assertOpen(): void {
    if (this.#closed) throw new SottoError('CLOSED', 'it is closed');
  }
}

/** As an error in a timer: it is nobody's promise. */
function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
