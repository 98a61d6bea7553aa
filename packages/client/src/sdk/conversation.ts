import type { AccountId, InviteToken, MessageId } from '@sotto/protocol';
import type { EnginePort } from '../intents.ts';
import type {
  EngineEvent,
  EngineState,
  InviteOptions,
  KnockView,
  Member,
  RoomId,
  RoomView,
  TimelineItem,
} from '../projection.ts';
import { awaitState, type Device, type MessageItem } from './device.ts';
import { Message, SentMessage } from './message.ts';
import { type FileOptions, type FileToSend, outgoing } from './outgoing.ts';
import { SottoError, told } from './sottoError.ts';

const DAY_MS = 24 * 3_600_000;

/** What happened to a log. */
export type TimelineEvent = Extract<EngineEvent, { readonly type: 'timeline' }>;

/** How a link lets people in. */
export interface InvitationOptions {
  /** Each is asked about: `onKnock` hears of them. Without it whoever has the link comes in. */
  readonly approval?: boolean;
  /** 1: just one person. Unlimited where it is left out. */
  readonly maxUses?: number;
  /** A day where it is left out; at most thirty. */
  readonly lifetimeMs?: number;
  /** To be told apart from the link. */
  readonly password?: string;
}

/** A link into a conversation. */
export interface Invitation {
  /** Whoever has it can ask to come in, or comes in: a secret. */
  readonly link: string;
  readonly token: InviteToken;
  /** Nobody comes in by it any more. */
  revoke(): Promise<void>;
}

/** Somebody at the door. */
export interface Knock {
  readonly name: string;
  /** The guest sees the same four: equal words say that nobody stands between. */
  readonly words: readonly string[];
  readonly conversation: Conversation;
  admit(): Promise<void>;
  decline(): Promise<void>;
}

/** A conversation: what stands in it is always that of this moment. */
export class Conversation {
  readonly #timelines = new Set<EnginePort>();

  constructor(
    readonly id: RoomId,
    private readonly device: Device,
    private readonly port: EnginePort,
    private readonly state: () => EngineState,
  ) {}

  /** All that the engine knows of it. Throws `UNKNOWN_ROOM` when it is gone from this device. */
  get view(): RoomView {
    const view = this.state().rooms.find(({ roomId }) => roomId === this.id);
    if (view === undefined) throw new SottoError('UNKNOWN_ROOM', 'there is no such conversation here');
    return view;
  }

  /** Of a direct conversation: who the other is. */
  get title(): string {
    const { title, kind, members } = this.view;
    return kind === 'direct' ? (members.find(member => !this.#isOwn(member))?.name ?? title) : title;
  }

  /** Devices, each with its person. */
  get members(): readonly Member[] {
    return this.view.members;
  }

  get unread(): number {
    return this.view.unread;
  }

  /** Who waits to be let in. */
  get knocks(): readonly Knock[] {
    return this.view.knocks.map(knock => this.#knock(knock));
  }

  /**
   * Says something. It is on the disk when this resolves, and goes out when the relay can be reached;
   * `SentMessage.reached` waits for that. With an `id` of the caller's it may be asked again: it is said once.
   *
   * Throws `BAD_TEXT`, `TEXT_TOO_LARGE`, `ROOM_ENDED`, `NOT_A_MEMBER`, `KEYS_CHANGED`, `NOT_VERIFIED`, `BLOCKED`,
   * `BAD_MESSAGE_ID`, `STORAGE_FULL`.
   */
  async send(
    text: string,
    { replyTo, id }: { readonly replyTo?: MessageId; readonly id?: MessageId } = {},
  ): Promise<SentMessage> {
    const { messageId } = await told(() => this.port.sendText(this.id, text, replyTo, id));
    return new SentMessage(this, messageId, this.device);
  }

  /**
   * Sends a file, with what is said with it. It is on the disk when this resolves, and is sent once the relay has all of
   * it; what is said meanwhile does not wait. In Node `fileAt` gives one; in a page any `File` is one. Of pictures (JPEG,
   * PNG, WebP) what is not to be seen is taken out first: where and when they were taken.
   *
   * Throws `FILE_EMPTY`, `FILE_TOO_LARGE` (`facts.limitBytes`), `BAD_FILE`, and as `send`.
   */
  async sendFile(
    file: FileToSend,
    {
      text,
      replyTo,
      id,
      ...options
    }: FileOptions & { readonly text?: string; readonly replyTo?: MessageId; readonly id?: MessageId } = {},
  ): Promise<SentMessage> {
    const made = await outgoing(file, options);
    const said = { ...(text && { text }), ...(replyTo && { replyTo }), ...(id && { messageId: id }) };
    const { messageId } = await told(() => this.port.sendFile(this.id, made, said));
    return new SentMessage(this, messageId, this.device);
  }

  /** The newest messages, oldest first. `before`: those in front of a place of the log (`Message.order`). */
  async history({
    limit = 50,
    before,
  }: {
    readonly limit?: number;
    readonly before?: number;
  } = {}): Promise<readonly Message[]> {
    const items = new Map<string, TimelineItem>();
    let hasOlder = false;
    const window = this.device.window();
    try {
      window.subscribe(event => {
        if (event.type !== 'timeline' || event.roomId !== this.id) return;
        for (const item of event.upserts) items.set(item.key, item);
        for (const key of event.removedKeys) items.delete(key);
        hasOlder = event.hasOlder;
      });
      const messages = () =>
        [...items.values()]
          .filter(item => item.kind === 'message')
          .filter(({ order }) => before === undefined || order < before)
          .sort((a, b) => a.order - b.order);
      await told(() => window.openTimeline(this.id, before));
      while (hasOlder && messages().length < limit) await told(() => window.loadOlder(this.id));
      return messages()
        .slice(Math.max(0, messages().length - limit))
        .map(item => this.messageOf(item));
    } finally {
      await window.close();
    }
  }

  /**
   * Its log as it changes: first the newest page (`reset`), then what comes and changes. `loadOlder` and `loadNewer` ask
   * for more, by the same listener. Gives what ends it.
   */
  async onTimeline(listener: (event: TimelineEvent) => void): Promise<() => void> {
    const window = this.device.window();
    window.subscribe(event => {
      if (event.type === 'timeline' && event.roomId === this.id) listener(event);
    });
    this.#timelines.add(window);
    await told(() => window.openTimeline(this.id));
    return () => {
      this.#timelines.delete(window);
      void window.close();
    };
  }

  /** A message of that log, with what can be done with it. */
  messageOf(item: MessageItem): Message {
    return new Message(this, item, this.device);
  }

  /** An older page for those who follow the log. */
  async loadOlder(): Promise<void> {
    for (const window of this.#timelines) await told(() => window.loadOlder(this.id));
  }

  /** A new link. Throws `NOT_ALLOWED`, `OFFLINE`, `ROOM_ENDED`. */
  async invite(options: InvitationOptions = {}): Promise<Invitation> {
    const { token } = await told(() => this.port.createInvite(this.id, inviteOptionsOf(options)));
    // The state follows what was done by a moment.
    await awaitState(this.port, ({ rooms }) =>
      rooms.find(({ roomId }) => roomId === this.id)?.invites.find(invite => invite.token === token),
    );
    return this.invitation(token);
  }

  /** The link of an invite that this device made. Throws `UNKNOWN_INVITE`. */
  async invitation(token?: InviteToken): Promise<Invitation> {
    const invite = this.view.invites.find(each =>
      token === undefined ? each.status === 'open' : each.token === token,
    );
    if (invite === undefined) throw new SottoError('UNKNOWN_INVITE', 'there is no such link');
    const [address = ''] = await this.device.addresses();
    return {
      link: address + invite.pathAndFragment,
      token: invite.token,
      revoke: () => told(() => this.port.revokeInvite(this.id, invite.token)),
    };
  }

  /** All that is in it by now was read; with `upTo`, what stands up to that message. */
  markRead(upTo?: Message): Promise<void> {
    return told(() => this.port.markRead(this.id, upTo?.order));
  }

  /** Lets people of this relay in, by account. Throws `NOT_ALLOWED`, `PERSON_UNKNOWN`, `ROOM_FULL`, `OFFLINE`. */
  add(...accountIds: readonly AccountId[]): Promise<void> {
    return told(() => this.port.addMembers(this.id, accountIds));
  }

  /** All devices of that person. Throws `NOT_ALLOWED`, `NOT_A_MEMBER`. */
  remove(accountId: AccountId): Promise<void> {
    return told(() => this.port.removePerson(this.id, accountId));
  }

  /**
   * Takes messages off this device, with what quotes them; `forEveryone`, own ones only, also asks the others' devices
   * to. Throws `NOT_ALLOWED` (`retryable`: it is still on its way), `UNKNOWN_MESSAGE`.
   */
  delete(
    messages: readonly (Message | SentMessage)[],
    { forEveryone = false }: { readonly forEveryone?: boolean } = {},
  ): Promise<void> {
    const ids = messages.map(({ id }) => id);
    return told(() => this.port.deleteMessages(this.id, ids, { forEveryone }));
  }

  /** Sends a message again that failed. */
  retry({ id }: Message | SentMessage): Promise<void> {
    return told(() => this.port.retry(this.id, id));
  }

  /** Sends messages, as this device has them, to the owners and admins of the group. Throws `NOT_ALLOWED`. */
  report(messages: readonly Message[]): Promise<void> {
    const ids = messages.map(({ id }) => id);
    return told(() => this.port.report(this.id, ids));
  }

  /** How long messages stay that anyone writes from now on, once they are read; `undefined`: for good. Throws `BAD_TIMER`. */
  setTimer(seconds: number | undefined): Promise<void> {
    return told(() => this.port.setTimer(this.id, seconds));
  }

  /** Says that somebody writes here, or not any more; forgotten after some seconds. Not where that is switched off. */
  typing(active: boolean): void {
    this.port.setTyping(this.id, active);
  }

  /** No notices of it. */
  mute(): Promise<void> {
    return told(() => this.port.mute(this.id));
  }

  unmute(): Promise<void> {
    return told(() => this.port.unmute(this.id));
  }

  setTitle(title: string): Promise<void> {
    return told(() => this.port.setTitle(this.id, title));
  }

  /** A stranger's: answers go back from here on. */
  accept(): Promise<void> {
    return told(() => this.port.acceptRequest(this.id));
  }

  /** Leaves, and erases what this device has of it. Throws `NOT_ALLOWED` for whoever owns it: they end it. */
  leave(): Promise<void> {
    return told(() => this.port.leaveAndErase(this.id));
  }

  /** Ends it for everyone. `erase`: also erases it here, and asks the others' devices to. */
  end({ erase = false }: { readonly erase?: boolean } = {}): Promise<void> {
    return told(() => this.port.end(this.id, { erase }));
  }

  /** A stranger's: leaves without a word, and erases it. `block`: nothing of theirs comes any more. */
  decline({ block = false }: { readonly block?: boolean } = {}): Promise<void> {
    return told(() => this.port.declineRequest(this.id, { block }));
  }

  #isOwn({ accountId }: Member): boolean {
    return accountId === this.state().self?.accountId;
  }

  #knock({ knockId, name, safetyWords }: KnockView): Knock {
    return {
      name,
      words: safetyWords,
      conversation: this,
      admit: () => told(() => this.port.admit(this.id, knockId)),
      decline: () => told(() => this.port.decline(this.id, knockId)),
    };
  }
}

/** The engine's words for it. */
export function inviteOptionsOf(options: InvitationOptions): InviteOptions {
  const { approval = true, maxUses = 0, lifetimeMs = DAY_MS, password } = options;
  return { approval, maxUses, lifetimeMs, password };
}
