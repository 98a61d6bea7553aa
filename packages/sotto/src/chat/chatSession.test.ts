import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type Conversation, connect, type Sotto } from '@sotto/client/node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { RelayOnDisk } from '../../../client/src/sdk/relayOnDisk.fixture.ts';
import { ChatSession } from './chatSession.ts';
import { Screen } from './screen.ts';

const PASSWORD = 'correct horse battery';

let relay: RelayOnDisk;
const open: Sotto[] = [];

beforeAll(async () => {
  relay = await new RelayOnDisk().up();
});
afterAll(async () => {
  await Promise.all(open.map(sotto => sotto.close()));
  await relay.remove();
});

async function person(name: string): Promise<Sotto> {
  const sotto = await connect({ folder: relay.folder(name), relay: relay.hostOrigin, name });
  open.push(sotto);
  await sotto.online({ timeoutMs: 20_000 });
  return sotto;
}

const textsOf = async (conversation: Conversation) => (await conversation.history()).map(({ text }) => text);

/** Somebody whose lines come and go by pipes. */
class Chatting {
  readonly #input = new PassThrough();
  readonly #output = new PassThrough();
  #text = '';
  #changed: () => void = () => undefined;
  readonly ended: Promise<void>;

  constructor(sotto: Sotto, first?: string) {
    this.#output.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      this.#changed();
    });
    const complete = () => [];
    const screen = new Screen({ input: this.#input, output: this.#output, plain: true, complete });
    this.ended = new ChatSession(sotto, screen).run(first).finally(() => screen.close());
  }

  types(line: string): void {
    this.#input.write(`${line}\n`);
  }

  /** Types it, and gives what is written from then on up to where that matches. */
  async says(line: string, until: RegExp | string): Promise<string> {
    this.#text = '';
    this.types(line);
    return this.sees(until);
  }

  async sees(until: RegExp | string): Promise<string> {
    const isThere = () => (typeof until === 'string' ? this.#text.includes(until) : until.test(this.#text));
    let fail: (error: Error) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const say = (why: string) => () =>
      fail(new Error(`${why}, and ${until} was not written:\n${this.#text}`));
    const timer = setTimeout(say('half a minute went by'), 30_000);
    void this.ended.then(say('it ended'), fail);
    try {
      while (!isThere()) {
        const changed = new Promise<void>(resolve => {
          this.#changed = resolve;
        });
        await Promise.race([changed, failed]);
      }
      return this.#text;
    } finally {
      clearTimeout(timer);
      failed.catch(() => undefined);
    }
  }
}

it('shows what is new and what was before, finds, answers, and goes from one conversation to the next', async () => {
  const mara = await person('Mara');
  const kitchen = await mara.host({ title: 'Kitchen', approval: false });
  const cellar = await mara.host({ title: 'Cellar', approval: false });
  const jonas = await connect({
    folder: relay.folder('Jonas'),
    link: relay.forGuests((await kitchen.invitation()).link),
    certificate: relay.certificate,
    name: 'Jonas',
  });
  open.push(jonas);
  await jonas.join(relay.forGuests((await cellar.invitation()).link));
  for (let i = 1; i <= 30; i += 1) await kitchen.send(`dish ${i}`);
  await (await kitchen.send('last dish')).reached('delivered', { timeoutMs: 20_000 });
  await (await cellar.send('one bottle')).reached('delivered', { timeoutMs: 20_000 });

  const chat = new Chatting(jonas);
  const list = await chat.sees('/help lists what can be done.');
  expect(list).toContain('1  Cellar (1 unread)\n  2  Kitchen (31 unread)');
  const opened = await chat.says('/open Kitchen', 'last dish');
  expect(opened).toContain('--- 31 new ---');
  expect(opened).toContain('Mara: dish 12\n');
  expect(opened).not.toContain('Mara: dish 11\n');
  const older = await chat.says('/older', '--- end of older ---');
  expect(older).toContain('Mara: dish 1\n');
  expect(older).toContain('You came in.');
  expect(await chat.says('/older', 'That is the beginning.')).not.toContain('dish');
  await chat.says('/next', 'Mara: one bottle');
  await chat.says('/next', 'Nothing is unread.');
  expect(await chat.says('/search dish', 'Kitchen · Mara: ')).not.toContain('bottle');
  const shown = await chat.says('/show #1', '--- end ---');
  expect(shown).toMatch(/--- Kitchen, where that was said ---\n.*Mara: dish \d+\n/s);
  await chat.says('/reply Red or white?', 'You: Red or white?');
  await chat.sees('> Mara: one bottle');
  await chat.says('//help is what I need', 'You: /help is what I need');
  await chat.says('/who', 'Mara (owner, verified by the link that you came by)');
  expect(await chat.says('/dance', 'There is no /dance.')).toContain('/help');
  await chat.says('/del', 'Did you mean /delete?');
  expect(await chat.says('/help', 'typed with two: //')).toMatch(
    /\n {2}\/timer \[30s, 5m.*\] {2}how long messages stay/,
  );
  expect(await chat.says('/help older', '/older')).not.toContain('/timer');

  // What is deleted by its number is what the number stood at, whatever came since.
  expect(await chat.says('/delete #1', '/messages gives each a number')).not.toContain('Deleted');
  await chat.says('This was a mistake', 'You: This was a mistake');
  await chat.says('/messages 2', /#2 .*\n {2}#1 .*You: This was a mistake/);
  await cellar.send('Whatever');
  await chat.sees('Mara: Whatever');
  await vi.waitFor(async () => expect(await textsOf(cellar)).toContain('This was a mistake'));
  await chat.says('/delete #1 everyone', 'the devices of the others are asked to');
  await vi.waitFor(async () => expect(await textsOf(cellar)).not.toContain('This was a mistake'));
  expect(await textsOf(cellar)).toContain('Whatever');
  const whatever = (await cellar.history()).find(({ text }) => text === 'Whatever');
  await cellar.delete([whatever!], { forEveryone: true });
  await chat.sees('Mara deleted a message that stands above.');
  await chat.says('/timer', 'Messages stay for good.');
  await chat.says('/timer soon', 'How long? 30s, 5m');
  await chat.says('/timer 8h', 'You let messages disappear 8 hours after they are read.');
  await chat.says('Gone by tonight', 'You: Gone by tonight (stays 8 hours)');
  await vi.waitFor(() => expect(cellar.view.timerS).toBe(28_800));
  await cellar.setTimer(undefined);
  await chat.sees('Mara lets messages stay.');
  await chat.says('/privacy typing off', /typing\): off/);
  expect(jonas.state.privacy?.typing).toBe(false);
  const menu = join(relay.folder('Jonas'), 'the menu.txt');
  writeFileSync(menu, 'Soup');
  await chat.says(`/file '${menu}'`, 'You: (file: the menu.txt, 4 bytes)');
  const brought = await vi.waitFor(async () => {
    const found = (await cellar.history()).find(({ file }) => file !== undefined);
    expect(found).toBeDefined();
    return found!;
  });
  expect(Buffer.from(await brought.file!.read()).toString()).toBe('Soup');
  const back = { name: 'wine.txt', size: 3, arrayBuffer: async () => Uint8Array.of(82, 101, 100).buffer };
  await cellar.sendFile(back, { text: 'For you' });
  await chat.sees('Mara: (file: wine.txt, 3 bytes; /save) For you');
  const [, path] = /Saved as (.*)\n/.exec(
    await chat.says(`/save ${relay.folder('saved')}`, /Saved as .*\n/),
  )!;
  expect(readFileSync(path!, 'utf8')).toBe('Red');
  await chat.says('/messages', /#1 .*wine\.txt/);
  await chat.says(`/save #1 ${relay.folder('saved')}`, 'wine (2).txt');
  await chat.says('/file nowhere.txt', 'is no file');
  await chat.says('/mute', 'Muted.');
  await chat.says('/mute', 'Notices again.');
  await chat.says('/invite', 'That is not yours to do');
  await jonas.conversations.find(({ title }) => title === 'Cellar')!.leave();
  await chat.sees('This conversation is gone from this device.');
  await chat.says('/open Kitchen', 'last dish');
  await chat.says('/leave', 'Left, and erased here.');
  await chat.says('nobody hears this', 'No conversation is open');
  await chat.says('/list', 'There are no conversations here yet.');
  chat.types('/quit');
  await chat.ended;
});

it('asks about strangers, and says when the server goes and comes', async () => {
  const [ada, bob] = [await person('Ada'), await person('Bob')];
  await ada.createAccount({ handle: 'ada', password: PASSWORD, name: 'Ada', deviceName: 'Laptop' });
  await bob.createAccount({ handle: 'bob', password: PASSWORD, name: 'Bob', deviceName: 'Laptop' });
  // Bob’s device is let in by a package that it leaves at the relay after it has registered.
  await vi.waitFor(() => ada.direct('@bob'), { timeout: 20_000 });
  const [atAda, atBob] = [new Chatting(ada, '@bob'), new Chatting(bob)];
  await atAda.says('Hello Bob, we met on the train', 'You: Hello Bob');
  await atBob.sees('wants to write to you');
  await atBob.says('/list', 'wants to write to you: open it, then /accept or /decline');
  await atBob.says('/1', 'Hello Bob, we met on the train');
  await atBob.says('/accept', 'Accepted.');
  await atAda.sees('(read)');
  await atBob.says('So we did', 'You: So we did');
  await atAda.sees('Bob: So we did');
  await relay.down();
  await atAda.sees('Not connected.');
  await atAda.says('Said to nobody yet', 'You: Said to nobody yet');
  await relay.up();
  ada.port.reconnectNow();
  bob.port.reconnectNow();
  await atAda.sees('Connected again.');
  await atBob.sees('Ada: Said to nobody yet');
  for (const chat of [atAda, atBob]) {
    chat.types('/quit');
    await chat.ended;
  }
}, 120_000);

it('reports to who runs a group, blocks, and shows nothing of whom it has blocked', async () => {
  const [ann, ben, cy] = [await person('Ann'), await person('Ben'), await person('Cy')];
  for (const [sotto, handle] of [
    [ann, 'ann'],
    [ben, 'ben'],
    [cy, 'cyrus'],
  ] as const)
    await sotto.createAccount({
      handle,
      password: PASSWORD,
      name: sotto.state.self!.name,
      deviceName: 'Laptop',
    });
  const team = await vi.waitFor(() => ann.group('Team', ['@ben', '@cyrus']), { timeout: 20_000 });
  const at = (sotto: Sotto) =>
    sotto.until(({ rooms }) => rooms.find(({ title }) => title === 'Team')?.roomId);
  const [atBen, atCy] = [await at(ben), await at(cy)];
  await ben.conversation(atBen).accept();
  await cy.conversation(atCy).accept();
  const chat = new Chatting(ben, 'Team');
  await chat.sees('You came in.');
  await cy.conversation(atCy).send('Buy this now');
  await chat.sees('Cy: Buy this now');
  await chat.says('/messages', '#1');
  await chat.says('/report #1', 'Reported to those who run this group');
  const reported = await ann.until(
    ({ rooms }) => rooms.find(({ preview }) => preview?.text.startsWith('⚑ Team')) && true,
    { timeoutMs: 20_000 },
  );
  expect(reported).toBe(true);
  await chat.says('/block Cy', 'Cy is blocked');
  await cy.conversation(atCy).send('Buy this twice');
  expect(await chat.sees('A message of Cy, whom you have blocked.')).not.toContain('twice');
  await chat.says('/who', /Cy.*blocked\)/);
  await chat.says('/unblock Cy', 'not blocked any more');
  await team.send('That was enough');
  await chat.sees('Ann: That was enough');
  chat.types('/quit');
  await chat.ended;
}, 120_000);
