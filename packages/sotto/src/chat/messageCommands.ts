import { type Found, fileAt, type Message, SottoError } from '@sotto/client/node';
import { fileWords } from '../terminal/fileWords.ts';
import { shownLine, shownText } from '../terminal/shown.ts';
import { typedPath } from '../terminal/typedPath.ts';
import type { ChatCommands, ChatContext } from './chatContext.ts';
import { durationWords, secondsOf } from './duration.ts';
import { timeOf } from './lines.ts';
import { Numbered } from './numbered.ts';

const LISTED = 10;
const MOST_LISTED = 200;
/** In front of one that was found. */
const CONTEXT = 5;

/** What is done with what was said: listing, answering, deleting, reporting, searching, timers. */
export function messageCommands(chat: ChatContext): ChatCommands {
  const { sotto, screen } = chat;
  const messages = new Numbered<Message>('/messages');
  const found = new Numbered<Found>('/search');

  const lineOf = ({ author, text, sentAt, deleted, file }: Message) => {
    const said = deleted ? '(deleted)' : `${file ? `${fileWords(file)} ` : ''}${shownText(text)}`.trimEnd();
    return `${timeOf(sentAt.getTime(), chat.nowMs())} ${author.self ? 'You' : shownLine(author.name)}: ${said}`;
  };

  /** Those of the open conversation: numbers of another one are not meant. */
  const numbered = (word: string | undefined): Message => {
    const message = messages.at(word);
    if (message.conversation.id !== chat.here().id)
      throw new SottoError('UNKNOWN_MESSAGE', 'these numbers are of another conversation: /messages');
    return message;
  };

  return {
    async messages(rest) {
      const count = Math.min(Number(/^\d+$/.exec(rest)?.[0] ?? LISTED), MOST_LISTED);
      const newest = [...(await chat.here().history({ limit: count }))].reverse();
      messages.list(newest);
      if (newest.length === 0) return screen.print('Nothing was said here yet.');
      screen.print(...newest.map((message, place) => `  #${place + 1}  ${lineOf(message)}`).reverse());
    },

    async reply(rest, line) {
      const [, number, text = ''] = /^(#\d+\s+)?(.*)$/s.exec(rest) ?? [];
      if (text.trim() === '') return screen.print('What? /reply TEXT, or /reply #NUMBER TEXT');
      if (number !== undefined) return chat.say(line, text, numbered(number.trim()));
      const last = (await chat.here().history({ limit: 100 })).findLast(({ author }) => !author.self);
      if (last === undefined) return screen.print('Nobody else has said anything yet.');
      return chat.say(line, text, last);
    },

    async file(rest, line) {
      if (rest.trim() === '') return screen.print('Which? /file PATH');
      const file = await fileAt(typedPath(rest));
      const here = chat.here();
      screen.takeBack(line);
      await here.sendFile(file);
    },

    async save(rest) {
      const [, number, folder = ''] = /^(#?\d+(?=\s|$))?\s*(.*)$/s.exec(rest.trim()) ?? [];
      const message =
        number === undefined
          ? (await chat.here().history({ limit: 100 })).findLast(({ file }) => file !== undefined)
          : numbered(number);
      if (message?.file === undefined)
        return screen.print('There is no file. /messages shows what there is.');
      if (message.file.state !== 'here') screen.print(`${fileWords(message.file, 'on its way')}`);
      const path = await message.file.save(folder === '' ? '.' : typedPath(folder));
      screen.print(`Saved as ${shownLine(path)}`);
    },

    async delete(rest) {
      const [number, scope] = rest.split(/\s+/);
      if (scope !== undefined && scope !== 'everyone')
        return screen.print('/delete #NUMBER takes it off this device, /delete #NUMBER everyone off all.');
      const message = numbered(number);
      const forEveryone = scope === 'everyone';
      await chat.here().delete([message], { forEveryone });
      screen.print(
        forEveryone
          ? 'Deleted here; the devices of the others are asked to.'
          : 'Deleted here. The others still have it.',
        'It may still stand above: /clear wipes this terminal.',
      );
    },

    async report(rest) {
      const words = rest.split(/\s+/).filter(word => word !== '');
      const chosen = (words.length === 0 ? [undefined] : words).map(numbered);
      await chat.here().report(chosen);
      screen.print('Reported to those who run this group, with your copy of it.');
    },

    async search(rest) {
      const results = await sotto.search(rest);
      found.list(results.found);
      if (results.found.length === 0) return screen.print('Nothing was found.');
      screen.print(
        ...results.found.map(({ conversation, author, snippet, sentAt }, place) => {
          const when = timeOf(sentAt.getTime(), chat.nowMs());
          return `  #${place + 1}  ${when} ${shownLine(conversation.title)} · ${author.self ? 'You' : shownLine(author.name)}: ${shownLine(snippet)}`;
        }),
        results.more
          ? '  and more: search for more words'
          : '/show #NUMBER shows one with what was said before it.',
      );
    },

    async show(rest) {
      const { conversation, order } = found.at(rest.trim());
      const before = await conversation.history({ limit: CONTEXT + 1, before: order + 1 });
      screen.print(
        `--- ${shownLine(conversation.title) || 'Untitled'}, where that was said ---`,
        ...before.map(lineOf),
        '--- end ---',
      );
    },

    async timer(rest) {
      const here = chat.here();
      if (rest.trim() === '') {
        const { timerS } = here.view;
        return screen.print(
          timerS === undefined
            ? 'Messages stay for good. /timer 1d lets them disappear a day after they are read.'
            : `Messages disappear ${durationWords(timerS)} after they are read, here too; what this terminal shows stays until /clear.`,
        );
      }
      const seconds = rest.trim() === 'off' ? undefined : secondsOf(rest);
      if (seconds === undefined && rest.trim() !== 'off')
        return screen.print('How long? 30s, 5m, 8h, 1d, 4w, or off.');
      await here.setTimer(seconds);
    },
  };
}
