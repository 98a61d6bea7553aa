import {
  type Conversation,
  type EngineState,
  type Knock,
  type Message,
  type Sotto,
  SottoError,
} from '@sotto/client/node';
import { safetyLines, TRUST_WORDS } from '../commands/verify.ts';
import { conversationNamed } from '../conversationNamed.ts';
import { sentenceOf } from '../sentences.ts';
import { shownLine } from '../terminal/shown.ts';
import { type Item, lineOf, listLine } from './lines.ts';
import type { Screen } from './screen.ts';

/** Messages that are shown when a conversation is opened, and for each /older. */
const PAGE = 20;

/** What can be done with a word after a slash. */
const COMMANDS: Readonly<Record<string, string>> = {
  help: 'this list',
  list: 'your conversations, with what is new',
  open: 'CONVERSATION  goes there: its number in the list, its title, or @handle (also: /1, /2, …)',
  next: 'goes to the next one with something unread',
  older: 'shows what was said before',
  who: 'who is here, and how sure you are of them',
  verify: 'PERSON [yes]  shows your safety number with them; with "yes" marks it as compared',
  reply: 'TEXT  answers the newest message of somebody else, quoting it',
  search: 'WORDS  looks through everything that is kept here',
  invite: '[open]  a link into this conversation; "open": without asking you about each',
  new: 'TITLE  starts a conversation on your own server, and gives a link into it',
  admit: 'lets in who asks to come in',
  decline: 'does not let them in',
  accept: 'takes a stranger’s request: only from then on anything goes back to them',
  mute: 'no notices of this conversation; once more: notices again',
  title: 'TITLE  calls this conversation so',
  name: 'NAME  what others call you',
  retry: 'sends again what failed',
  leave: 'leaves this conversation and erases it here',
  end: '[erase]  ends this conversation for everyone; "erase": asks everyone’s devices to delete it',
  lock: 'sets a passphrase for what is kept here, or another one',
  status: 'the server, the connection, who you are',
  quit: 'ends (also: Ctrl-D)',
};

/** Somebody at a terminal. */
export class ChatSession {
  #open: Conversation | undefined;
  #closeTimeline: () => void = () => undefined;
  readonly #items = new Map<string, Item>();
  #oldestPrinted = Number.POSITIVE_INFINITY;
  readonly #printed = new Set<string>();
  #hasOlder = false;
  readonly #unread = new Map<string, number>();
  #knocks: Knock[] = [];
  #wasOnline: boolean | undefined;
  #told = '';

  constructor(
    private readonly sotto: Sotto,
    private readonly screen: Screen,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** What a typed line can become. */
  static complete(line: string, titles: readonly string[]): readonly string[] {
    if (line.startsWith('/open ')) {
      const begun = line.slice(6).toLowerCase();
      return titles.filter(title => title.toLowerCase().startsWith(begun)).map(title => `/open ${title}`);
    }
    if (!line.startsWith('/')) return [];
    return Object.keys(COMMANDS)
      .map(name => `/${name}`)
      .filter(name => name.startsWith(line));
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
    const [, name = '', rest = ''] = /^\/(\S+)\s*(.*)$/.exec(line) ?? [];
    if (/^\d+$/.test(name)) return this.#goTo(this.#numbered(Number(name)));
    switch (name) {
      case 'help':
        this.screen.print(...Object.entries(COMMANDS).map(([word, help]) => `/${word.padEnd(8)} ${help}`));
        this.screen.print('Everything else is said. A message that begins with / is typed with two: //');
        return;
      case 'list':
        return this.#list();
      case 'open':
        return this.#goTo(
          /^\d+$/.test(rest) ? this.#numbered(Number(rest)) : await conversationNamed(this.sotto, rest),
        );
      case 'next':
        return this.#next();
      case 'older':
        return this.#older();
      case 'who':
        return this.#who();
      case 'verify':
        return this.#verify(rest);
      case 'reply':
        return this.#reply(line, rest);
      case 'search':
        return this.#search(rest);
      case 'invite':
        this.screen.print((await this.#here().invite({ approval: rest !== 'open' })).link);
        return;
      case 'new': {
        const made = await this.sotto.host({ title: rest });
        await this.#goTo(made);
        this.screen.print(`Send this link to whom you want to talk to: ${(await made.invitation()).link}`);
        return;
      }
      case 'admit':
      case 'decline':
        return this.#answerDoor(name);
      case 'accept':
        await this.#here().accept();
        this.screen.print('Accepted.');
        return;
      case 'mute':
        return this.#mute();
      case 'title':
        return this.#here().setTitle(rest);
      case 'name':
        await this.sotto.setName(rest);
        this.screen.print(`Others call you ${shownLine(rest)} from now on.`);
        return;
      case 'retry':
        return this.#retry();
      case 'leave':
        return this.#depart(conversation => conversation.leave(), 'Left, and erased here.');
      case 'end':
        return this.#depart(
          conversation => conversation.end({ erase: rest === 'erase' }),
          'Ended for everyone.',
        );
      case 'lock':
        return this.#lock();
      case 'status':
        return this.#status();
      default:
        this.screen.print(`There is no /${name}. /help lists what there is.`);
    }
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
    this.#open = conversation;
    this.#items.clear();
    this.#oldestPrinted = Number.POSITIVE_INFINITY;
    this.#printed.clear();
    this.#told = '';
    this.screen.print(`--- ${shownLine(conversation.title) || 'Untitled'} ---`);
    this.#closeTimeline = await conversation.onTimeline(event => this.#timeline(conversation, event));
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

  #isNew(item: Item): boolean {
    return !this.#printed.has(item.key) && item.order > this.#oldestPrinted && !isYetToSayItsName(item);
  }

  #printItems(conversation: Conversation, items: readonly Item[], isOpening: boolean): void {
    const { readTo = -1, unread } = isOpening ? conversation.view : { unread: 0 };
    let marked = !isOpening || unread === 0;
    const lines: string[] = [];
    for (const item of items) {
      const isUnread = item.kind === 'message' && !item.author.self && item.order > readTo;
      if (!marked && isUnread) {
        lines.push(`--- ${unread} new ---`);
        marked = true;
      }
      lines.push(lineOf(item, this.nowMs()));
      this.#printed.add(item.key);
    }
    this.screen.print(...lines);
    const last = items.findLast(item => item.kind === 'message' && !item.author.self);
    // Shown is read; what comes meanwhile is shown first.
    if (last !== undefined) void this.sotto.port.markRead(conversation.id, last.order).catch(() => undefined);
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
      ...page.map(item => lineOf(item, this.nowMs())),
      '--- end of older ---',
    );
  }

  #who(): void {
    const { members } = this.#here();
    const people = new Map(members.map(member => [member.accountId, member]));
    this.screen.print(
      ...[...people.values()].map(({ name, role, trust, handle, accountId, presence }) => {
        const isSelf = accountId === this.sotto.state.self?.accountId;
        const marks = [role, isSelf ? 'you' : TRUST_WORDS[trust], presence?.online === true ? 'online' : ''];
        const shown = `${shownLine(name)}${handle === undefined ? '' : ` @${handle}`}`;
        return `  ${shown} (${marks.filter(mark => mark !== '').join(', ')})`;
      }),
    );
  }

  async #verify(rest: string): Promise<void> {
    const confirmed = / yes$/i.test(rest);
    const person = confirmed ? rest.slice(0, -4).trim() : rest.trim();
    if (person === '') return this.screen.print('Whom? /verify NAME');
    const verification = await this.sotto.verify(person);
    if (confirmed) {
      await verification.confirm();
      return this.screen.print(`${shownLine(verification.name)}: verified.`);
    }
    this.screen.print(
      ...safetyLines(verification),
      `Their device shows the same digits? Then: /verify ${shownLine(person)} yes`,
    );
  }

  async #reply(typed: string, text: string): Promise<void> {
    const conversation = this.#here();
    const messages = await conversation.history({ limit: 100 });
    const last = messages.findLast(({ author }) => !author.self);
    if (last === undefined) return this.screen.print('Nobody else has said anything yet.');
    await this.#say(typed, text, last);
  }

  async #search(query: string): Promise<void> {
    const { found, more } = await this.sotto.search(query);
    if (found.length === 0) return this.screen.print('Nothing was found.');
    this.screen.print(
      ...found.map(({ conversation, author, snippet, sentAt }) => {
        const when = sentAt.toISOString().slice(0, 10);
        return `  ${when} ${shownLine(conversation.title)} · ${author.self ? 'You' : shownLine(author.name)}: ${shownLine(snippet)}`;
      }),
      ...(more ? ['  and more: search for more words'] : []),
    );
  }

  async #answerDoor(what: 'admit' | 'decline'): Promise<void> {
    const waiting = this.#knocks.shift();
    if (waiting === undefined) {
      if (what === 'decline' && this.#open?.view.request !== undefined)
        return this.#depart(conversation => conversation.decline(), 'Declined: they hear nothing of it.');
      return this.screen.print('Nobody waits at a door.');
    }
    await waiting[what]();
    this.screen.print(`${shownLine(waiting.name)} was ${what === 'admit' ? 'let in' : 'not let in'}.`);
  }

  async #mute(): Promise<void> {
    const { id, view } = this.#here();
    await (view.muted === true ? this.sotto.port.unmute(id) : this.sotto.port.mute(id)).catch(() => {
      throw new SottoError('STORAGE_FAILED', 'that could not be kept');
    });
    this.screen.print(view.muted === true ? 'Notices again.' : 'Muted.');
  }

  async #retry(): Promise<void> {
    const { id } = this.#here();
    const failed = this.#sorted().flatMap(item =>
      item.kind === 'message' && item.send?.state === 'failed' ? [item.messageId] : [],
    );
    if (failed.length === 0) return this.screen.print('Nothing has failed.');
    for (const messageId of failed) await this.sotto.port.retry(id, messageId);
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
