import {
  type Conversation,
  type EngineState,
  type Knock,
  type Message,
  type Sotto,
  SottoError,
} from '@sotto/client/node';
import { conversationNamed } from '../conversationNamed.ts';
import { sentenceOf } from '../sentences.ts';
import { shownLine } from '../terminal/shown.ts';
import { pathsFrom } from '../terminal/typedPath.ts';
import type { ChatCommands, ChatContext } from './chatContext.ts';
import { COMMAND_WORDS, helpLines, unknownCommand } from './commandList.ts';
import { blockedWords, type Item, lineOf, listLine, typingWords } from './lines.ts';
import { messageCommands } from './messageCommands.ts';
import { peopleCommands } from './peopleCommands.ts';
import type { Screen } from './screen.ts';

/** What is shown when a conversation is opened, and for each /older. */
const PAGE = 20;

/** Which take somebody's name. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['/verify', '/keys', '/block', '/unblock', '/remove']);

/** Somebody at a terminal. */
export class ChatSession {
  #open: Conversation | undefined;
  #closeTimeline: () => void = () => undefined;
  readonly #items = new Map<string, Item>();
  #oldestPrinted = Number.POSITIVE_INFINITY;
  readonly #printed = new Set<string>();
  #hasOlder = false;
  readonly #unread = new Map<string, number>();
  readonly #knocks: Knock[] = [];
  readonly #commands: ChatCommands;
  #isTyping = false;
  #wasOnline: boolean | undefined;
  #told = '';

  constructor(
    private readonly sotto: Sotto,
    private readonly screen: Screen,
    private readonly nowMs: () => number = Date.now,
  ) {
    const context: ChatContext = {
      sotto,
      screen,
      nowMs,
      here: () => this.#here(),
      goTo: conversation => this.#goTo(conversation),
      depart: (act, said) => this.#depart(act, said),
      say: (typed, text, replyTo) => this.#say(typed, text, replyTo),
    };
    this.#commands = {
      ...this.#ownCommands(),
      ...messageCommands(context),
      ...peopleCommands(context, this.#knocks),
    };
  }

  /** What a typed line can become: `titles` of conversations, `names` of people in the open one. */
  static complete(line: string, titles: readonly string[], names: readonly string[] = []): readonly string[] {
    const [, command = '', begun] = /^(\/\S+)(?: (.*))?$/.exec(line) ?? [];
    if (begun === undefined)
      return line.startsWith('/') ? COMMAND_WORDS.filter(word => word.startsWith(line)) : [];
    if (command === '/file') return pathsFrom(begun).map(path => `/file ${path}`);
    const choices =
      { '/open': titles, '/help': COMMAND_WORDS }[command] ?? (OF_PEOPLE.has(command) ? names : []);
    return choices
      .filter(choice => choice.toLowerCase().startsWith(begun.toLowerCase()))
      .map(choice => `${command} ${choice}`);
  }

  /** Of the others in the open conversation. */
  get namesHere(): readonly string[] {
    const { self } = this.sotto.state;
    const members = this.#open?.members ?? [];
    return [
      ...new Set(members.filter(({ accountId }) => accountId !== self?.accountId).map(({ name }) => name)),
    ];
  }

  /** What is being typed has changed: those who are there may see that something is. */
  typing(line: string): void {
    const isTyping = line.trim() !== '' && (!line.startsWith('/') || line.startsWith('//'));
    if (this.#open === undefined || (!isTyping && !this.#isTyping)) return;
    this.#isTyping = isTyping;
    this.#open.typing(isTyping);
  }

  /** Until it is closed. `first`: the conversation to open. */
  async run(first: string | undefined): Promise<void> {
    const stops = [
      this.sotto.onChange(state => this.#changed(state)),
      this.sotto.onKnock(knock => this.#knocked(knock)),
      this.sotto.onRequest(conversation => this.#requested(conversation)),
    ];
    try {
      if (first !== undefined) await this.#goTo(await conversationNamed(this.sotto, first));
      else this.#begin();
      this.#prompt();
      for await (const line of this.screen.typed()) {
        if (!(await this.#take(line))) return;
        this.#prompt();
      }
    } finally {
      for (const stop of stops) stop();
      this.#closeTimeline();
    }
  }

  #begin(): void {
    this.#list();
    if (this.sotto.conversations.length > 0)
      this.screen.print('Open one by its number: /1. /help lists what can be done.');
    else
      this.screen.print(
        'Come in somewhere with "sotto join LINK", or start one: /new TITLE. /help lists what can be done.',
      );
  }

  /** False: it is over. */
  async #take(typed: string): Promise<boolean> {
    const line = typed.trim();
    if (line === '') return true;
    if (/^\/(quit|exit|q)$/.test(line)) return false;
    try {
      if (!line.startsWith('/')) await this.#say(typed, typed);
      else if (line.startsWith('//')) await this.#say(typed, line.slice(1));
      else await this.#command(line);
    } catch (error) {
      if (!(error instanceof SottoError)) throw error;
      this.screen.print(sentenceOf(error));
    }
    return true;
  }

  async #say(typed: string, text: string, replyTo?: Message): Promise<void> {
    const conversation = this.#here();
    this.screen.takeBack(typed);
    await conversation.send(text, replyTo === undefined ? {} : { replyTo: replyTo.id });
  }

  async #command(line: string): Promise<void> {
    const [, name = '', rest = ''] = /^\/(\S+)\s*(.*)$/s.exec(line) ?? [];
    if (/^\d+$/.test(name)) return this.#goTo(this.#numbered(Number(name)));
    if (!Object.hasOwn(this.#commands, name)) return this.screen.print(unknownCommand(name));
    await this.#commands[name]!(rest, line);
  }

  #ownCommands(): ChatCommands {
    const { sotto, screen } = this;
    return {
      help: rest => screen.print(...helpLines(rest.trim())),
      list: () => this.#list(),
      open: async rest =>
        this.#goTo(/^\d+$/.test(rest) ? this.#numbered(Number(rest)) : await conversationNamed(sotto, rest)),
      next: () => this.#next(),
      older: () => this.#older(),
      invite: async rest =>
        screen.print((await this.#here().invite({ approval: rest.trim() !== 'open' })).link),
      new: async rest => {
        const made = await sotto.host({ title: rest });
        await this.#goTo(made);
        screen.print(`Send this link to whom you want to talk to: ${(await made.invitation()).link}`);
      },
      mute: () => this.#mute(),
      title: rest => this.#here().setTitle(rest),
      name: async rest => {
        await sotto.setName(rest);
        screen.print(`Others call you ${shownLine(rest)} from now on.`);
      },
      retry: () => this.#retry(),
      leave: () => this.#depart(conversation => conversation.leave(), 'Left, and erased here.'),
      end: rest =>
        this.#depart(
          conversation => conversation.end({ erase: rest.trim() === 'erase' }),
          'Ended for everyone.',
        ),
      lock: () => this.#lock(),
      clear: () => screen.clear(),
      status: () => this.#status(),
    };
  }

  #here(): Conversation {
    if (this.#open === undefined)
      throw new SottoError('UNKNOWN_ROOM', 'no conversation is open: /list, then /1');
    return this.#open;
  }

  #numbered(number: number): Conversation {
    const conversation = this.sotto.conversations[number - 1];
    if (conversation === undefined)
      throw new SottoError('UNKNOWN_ROOM', `there is no conversation ${number}: /list`);
    return conversation;
  }

  #list(): void {
    const { conversations } = this.sotto;
    if (conversations.length === 0) {
      this.screen.print('There are no conversations here yet.');
      return;
    }
    this.screen.print(
      ...conversations.map((conversation, place) =>
        listLine(place + 1, conversation.title, conversation.view),
      ),
    );
  }

  async #goTo(conversation: Conversation): Promise<void> {
    this.#closeTimeline();
    this.typing('');
    this.#open = conversation;
    this.#items.clear();
    this.#oldestPrinted = Number.POSITIVE_INFINITY;
    this.#printed.clear();
    this.#told = '';
    this.screen.print(`--- ${shownLine(conversation.title) || 'Untitled'} ---`);
    this.#closeTimeline = await conversation.onTimeline(event => this.#timeline(conversation, event));
    const why = blockedWords(conversation.view);
    if (why !== undefined) this.screen.print(why);
  }

  async #next(): Promise<void> {
    const next = this.sotto.conversations.find(({ id, unread }) => unread > 0 && id !== this.#open?.id);
    if (next === undefined) return this.screen.print('Nothing is unread.');
    await this.#goTo(next);
  }

  #timeline(
    conversation: Conversation,
    event: Parameters<Parameters<Conversation['onTimeline']>[0]>[0],
  ): void {
    if (conversation !== this.#open) return;
    if (!event.reset) this.#sayDeleted(event.upserts);
    for (const item of event.upserts) this.#items.set(item.key, item);
    for (const key of event.removedKeys) this.#items.delete(key);
    this.#hasOlder = event.hasOlder;
    const sorted = this.#sorted();
    const fresh = event.reset
      ? sorted.slice(-PAGE)
      : event.upserts.filter(item => this.#isNew(item)).sort((a, b) => a.order - b.order);
    if (event.reset) this.#oldestPrinted = fresh[0]?.order ?? Number.NEGATIVE_INFINITY;
    this.#printItems(conversation, fresh, event.reset);
    this.#tellReceipt();
    this.#prompt();
  }

  /** A line that was written stays; that its message is gone from everyone's devices is said once. */
  #sayDeleted(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind !== 'message' || item.deleted !== true || item.author.self) continue;
      const before = this.#items.get(item.key);
      if (!this.#printed.has(item.key) || (before?.kind === 'message' && before.deleted === true)) continue;
      this.screen.print(`${shownLine(item.author.name)} deleted a message that stands above.`);
    }
  }

  #isNew(item: Item): boolean {
    return !this.#printed.has(item.key) && item.order > this.#oldestPrinted && !isYetToSayItsName(item);
  }

  #printItems(conversation: Conversation, items: readonly Item[], isOpening: boolean): void {
    const { readTo = -1, unread } = isOpening ? conversation.view : { unread: 0 };
    const blocked = this.#blockedIn(conversation);
    let marked = !isOpening || unread === 0;
    const lines: string[] = [];
    for (const item of items) {
      const isUnread = item.kind === 'message' && !item.author.self && item.order > readTo;
      if (!marked && isUnread) {
        lines.push(`--- ${unread} new ---`);
        marked = true;
      }
      lines.push(lineOf(item, this.nowMs(), blocked));
      this.#printed.add(item.key);
    }
    this.screen.print(...lines);
    const last = items.findLast(item => item.kind === 'message' && !item.author.self);
    // Shown is read; what comes meanwhile is shown first.
    if (last !== undefined) void this.sotto.port.markRead(conversation.id, last.order).catch(() => undefined);
  }

  /** Devices of people who are blocked. */
  #blockedIn({ members }: Conversation): ReadonlySet<string> {
    const blocked = new Set(this.sotto.people.filter(each => each.blocked).map(({ accountId }) => accountId));
    return new Set(members.filter(({ accountId }) => blocked.has(accountId)).map(({ deviceId }) => deviceId));
  }

  async #older(): Promise<void> {
    const conversation = this.#here();
    const before = this.#oldestPrinted;
    let older = this.#sorted().filter(({ order }) => order < before);
    if (older.length < PAGE && this.#hasOlder) {
      await conversation.loadOlder();
      older = this.#sorted().filter(({ order }) => order < before);
    }
    const page = older.slice(-PAGE);
    const [first] = page;
    if (first === undefined) return this.screen.print('That is the beginning.');
    this.#oldestPrinted = first.order;
    for (const { key } of page) this.#printed.add(key);
    this.screen.print(
      '--- older ---',
      ...page.map(item => lineOf(item, this.nowMs(), this.#blockedIn(conversation))),
      '--- end of older ---',
    );
  }

  async #mute(): Promise<void> {
    const conversation = this.#here();
    const isMuted = conversation.view.muted === true;
    await (isMuted ? conversation.unmute() : conversation.mute());
    this.screen.print(isMuted ? 'Notices again.' : 'Muted.');
  }

  async #retry(): Promise<void> {
    const conversation = this.#here();
    const failed = (await conversation.history({ limit: 200 })).filter(({ state }) => state === 'failed');
    if (failed.length === 0) return this.screen.print('Nothing has failed.');
    for (const message of failed) await conversation.retry(message);
  }

  async #depart(act: (conversation: Conversation) => Promise<void>, said: string): Promise<void> {
    const conversation = this.#here();
    this.#close();
    try {
      await act(conversation);
    } catch (error) {
      await this.#goTo(conversation);
      throw error;
    }
    this.screen.print(said);
  }

  #close(): void {
    this.#closeTimeline();
    this.#closeTimeline = () => undefined;
    this.#open = undefined;
  }

  async #lock(): Promise<void> {
    const has = this.sotto.state.lock.locks.some(({ kind }) => kind === 'passphrase');
    const current = has ? await this.screen.secret('The passphrase until now: ') : undefined;
    const next = await this.screen.secret('The new passphrase (eight characters or more): ');
    if ((await this.screen.secret('Once more: ')) !== next)
      return this.screen.print('The two were not the same.');
    await this.sotto.setPassphrase(next, current);
    this.screen.print('What is kept here is locked with it from now on.');
  }

  #status(): void {
    const { connection, self, account, lock } = this.sotto.state;
    const handle = account === undefined ? '' : ` (@${account.handle})`;
    this.screen.print(
      `You are ${shownLine(self?.name ?? '')}${handle}. Connection: ${connection.state}.`,
      lock.locks.length > 0 ? 'What is kept here is locked.' : 'What is kept here is not locked: /lock',
    );
  }

  #changed({ rooms, connection }: EngineState): void {
    for (const { roomId, unread, muted } of rooms) {
      const before = this.#unread.get(roomId);
      this.#unread.set(roomId, unread);
      if (before === undefined || unread <= before || roomId === this.#open?.id || muted === true) continue;
      const place = rooms.findIndex(room => room.roomId === roomId) + 1;
      const title = shownLine(this.sotto.conversation(roomId).title);
      this.screen.print(`(${place}) ${title}: ${unread} unread`);
    }
    if (this.#open !== undefined && !rooms.some(({ roomId }) => roomId === this.#open?.id)) {
      this.#close();
      this.screen.print('This conversation is gone from this device.');
    }
    const isOnline = connection.state === 'online';
    if (isOnline !== this.#wasOnline && connection.state !== 'connecting') {
      if (!isOnline)
        this.screen.print(
          'Not connected. What you write is kept, and goes out when the server is there again.',
        );
      else if (this.#wasOnline === false) this.screen.print('Connected again.');
      this.#wasOnline = isOnline;
    }
    this.#prompt();
  }

  #knocked(knock: Knock): void {
    this.#knocks.push(knock);
    const title = shownLine(knock.conversation.title);
    this.screen.print(
      `${shownLine(knock.name)} asks to come in to “${title}”. Safety words: ${knock.words.join(' ')}`,
      'They see the same words? Then /admit, or /decline.',
    );
  }

  #requested(conversation: Conversation): void {
    const { request } = conversation.view;
    const handle = request?.handle === undefined ? '' : ` (@${request.handle})`;
    this.screen.print(
      `${shownLine(request?.fromName ?? '')}${handle} wants to write to you. Open it (/list), then /accept or /decline.`,
    );
  }

  /** How far the newest own message has come. */
  #receipt(): string {
    const last = this.#sorted().findLast(item => item.kind === 'message' && item.author.self);
    if (last?.kind !== 'message' || last.send === undefined) return '';
    return last.send.state === 'failed' ? 'failed: /retry' : last.send.state;
  }

  /** In plain mode the prompt is not drawn again: what it would say is said once. */
  #tellReceipt(): void {
    if (!this.screen.plain) return;
    const receipt = this.#receipt();
    if (receipt === this.#told || receipt === '' || receipt === 'sending') return;
    this.#told = receipt;
    this.screen.print(`(${receipt})`);
  }

  #prompt(): void {
    const { rooms } = this.sotto.state;
    const room = rooms.find(({ roomId }) => roomId === this.#open?.id);
    if (this.#open === undefined || room === undefined) {
      this.screen.prompt('> ');
      return;
    }
    const elsewhere = rooms.reduce((sum, each) => sum + (each.roomId === room.roomId ? 0 : each.unread), 0);
    const receipt = this.#receipt();
    const marks = [
      this.screen.plain ? '' : receipt,
      elsewhere > 0 ? `${elsewhere} unread elsewhere` : '',
      typingWords(room.typing),
      this.#wasOnline === false ? 'offline' : '',
    ].filter(mark => mark !== '');
    const title = shownLine(this.#open.title).slice(0, 24) || 'Untitled';
    this.screen.prompt(`${title}${marks.length === 0 ? '' : ` [${marks.join(', ')}]`}> `);
  }

  #sorted(): readonly Item[] {
    return [...this.#items.values()].sort((a, b) => a.order - b.order);
  }
}

/** What somebody is called comes a moment after they came in: written lines cannot be changed, so that one waits. */
function isYetToSayItsName(item: Item): boolean {
  return item.kind === 'event' && item.event.type === 'joined' && item.event.name.startsWith('#');
}
