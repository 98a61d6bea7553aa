import { ChatSession } from '../chat/chatSession.ts';
import { Screen } from '../chat/screen.ts';
import { type Command, operands } from '../commandLine.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { interrupted } from '../terminal/interrupted.ts';

export const chat: Command = {
  name: 'chat',
  operands: '[CONVERSATION]',
  summary: 'Talks in this terminal',
  help: `
What others say appears above the line that you type in. The words in brackets before it say how far your newest
message has come (sending, sent, delivered, read) and who is typing. /help lists what can be done: /list, /open, /older,
/search, /reply, /delete, /timer, /who, /verify, /block, /invite, /admit, /leave and more; Tab completes commands, titles
and names. What was said is also in the terminal's own scrollback, which /clear wipes.

It needs no colour and works in narrow terminals. With --plain nothing that was written is written over, which suits
screen readers; so it does by itself where there is no terminal, or a dumb one.`,
  options: {
    plain: { type: 'boolean', help: 'lines only' },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [name] = operands(given, ['CONVERSATION'], 0);
    const sotto = await openDevice(given);
    let session: ChatSession | undefined;
    const screen = new Screen({
      input: process.stdin,
      output: process.stdout,
      plain: given.flag('plain') || process.env.TERM === 'dumb',
      complete: line =>
        ChatSession.complete(
          line,
          sotto.conversations.map(({ title }) => title),
          session?.namesHere,
        ),
      typing: line => session?.typing(line),
    });
    // However the program ends, keys are read as before: what was not foreseen too.
    const restore = () => screen.close();
    process.once('exit', restore);
    const crashed = (error: unknown) => {
      screen.close();
      console.error('Sotto had to stop. Nothing that was shown as sent is lost.');
      console.error(error instanceof Error ? error.stack : error);
      process.exit(EXIT.failed);
    };
    process.once('uncaughtException', crashed);
    const stop = interrupted();
    try {
      session = new ChatSession(sotto, screen);
      await Promise.race([session.run(name), stop.promise]);
      return EXIT.done;
    } finally {
      screen.close();
      stop.end();
      process.removeListener('uncaughtException', crashed);
      process.removeListener('exit', restore);
      await sotto.close();
    }
  },
};
