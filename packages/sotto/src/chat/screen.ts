import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { widthOf, wrapped } from '../terminal/wrapped.ts';

/** A terminal, or what stands in for one. */
export interface ScreenOptions {
  readonly input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY'>>;
  readonly output: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;
  /** Lines only: nothing that was written is written over. For screen readers, dumb terminals and pipes. */
  readonly plain: boolean;
  readonly complete: (line: string) => readonly string[];
  /** Hears of each key, with the line as it is then. */
  readonly typing?: (line: string) => void;
}

/**
 * Lines above, a line to type in below. It draws with what every terminal knows, in its normal screen: what was said
 * stays in the terminal's own scrollback, and nothing has to be put back but the way keys are read.
 */
export class Screen {
  readonly plain: boolean;
  readonly #lines: Interface;
  readonly #output: ScreenOptions['output'];
  #prompt = '> ';
  #hidden = false;
  readonly #typed: string[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #closed = false;
  /** A line was typed: there is no prompt in front of the next one yet. */
  #isNewLine = true;

  constructor({ input, output, plain, complete, typing }: ScreenOptions) {
    this.plain = plain || input.isTTY !== true || output.isTTY !== true;
    this.#output = output;
    this.#lines = createInterface({
      input,
      output,
      terminal: !this.plain || (input.isTTY === true && output.isTTY === true),
      historySize: 200,
      removeHistoryDuplicates: true,
      prompt: '',
      completer: (line: string) => [[...complete(line)], line],
    });
    this.#lines.on('line', line => {
      this.#isNewLine = true;
      this.#typed.push(line);
      this.#wake();
    });
    this.#lines.on('SIGINT', () => {
      // First what is being typed goes, then the program.
      if (this.#lines.line === '') this.#lines.close();
      else this.#lines.write(null, { ctrl: true, name: 'u' });
    });
    if (typing !== undefined && this.#lines.terminal)
      // The line has the key once all who heard of it before are done.
      input.on('keypress', () =>
        queueMicrotask(() => !this.#hidden && !this.#closed && typing(this.#lines.line)),
      );
    this.#lines.once('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Each line that is typed, also of before anybody asked, until the end of what is typed. */
  async *typed(): AsyncGenerator<string> {
    for (;;) {
      const line = this.#typed.shift();
      if (line !== undefined) yield line;
      else if (this.#ended) return;
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
    }
  }

  /** Puts lines above the one that is being typed. */
  print(...lines: readonly string[]): void {
    if (this.#closed || lines.length === 0) return;
    const text = lines.join('\n');
    if (this.plain) {
      this.#output.write(`${text}\n`);
      return;
    }
    const { rows } = this.#lines.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#output.write(`${wrapped(text, this.#columns)}\n`);
    this.#draw();
  }

  /** What stands in front of what is being typed. */
  prompt(text: string): void {
    const changed = text !== this.#prompt || this.#isNewLine;
    this.#prompt = text;
    // In plain mode lines come as they come: a prompt would stand in front of what others say.
    if (this.#closed || this.#hidden || this.plain || !changed) return;
    this.#lines.setPrompt(text);
    const { rows } = this.#lines.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    this.#draw();
  }

  /** Takes the line that was just typed off the screen again: it comes back as what was said. */
  takeBack(line: string): void {
    if (this.plain || this.#closed) return;
    const rows = Math.floor(widthOf(this.#prompt + line) / this.#columns) + 1;
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  /** Wipes what is there, and what was scrolled away, where the terminal does that. */
  clear(): void {
    if (this.plain || this.#closed) return;
    this.#output.write('\u001b[H\u001b[2J\u001b[3J');
    this.#draw();
  }

  /** Asks without showing what is typed. */
  async secret(question: string): Promise<string> {
    const lines = this.#lines as Interface & { _writeToOutput?: (text: string) => void };
    const write = lines._writeToOutput;
    this.#output.write(question);
    this.#hidden = true;
    lines._writeToOutput = () => undefined;
    lines.setPrompt('');
    try {
      return await new Promise<string>((resolve, reject) => {
        const broken = () => reject(new Error('closed'));
        lines.once('close', broken);
        lines.question('', answer => {
          lines.removeListener('close', broken);
          resolve(answer);
        });
      });
    } finally {
      if (write === undefined) delete lines._writeToOutput;
      else lines._writeToOutput = write;
      this.#hidden = false;
      // What was typed is in no history.
      const { history } = this.#lines as Interface & { history?: string[] };
      history?.shift();
      this.#output.write('\n');
      this.prompt(this.#prompt);
    }
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lines.close();
    if (!this.plain) this.#output.write('\n');
  }

  get #columns(): number {
    return this.#output.columns || 80;
  }

  #draw(): void {
    this.#isNewLine = false;
    // Where the line was before is forgotten: it is drawn where the cursor is.
    (this.#lines as Interface & { prevRows?: number }).prevRows = 0;
    this.#lines.prompt(true);
  }
}
