import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = `${root}packages/sotto/bin/sotto.js`;
const PATIENCE_MS = 60_000;

export interface TerminalOptions {
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** For node, before the command. */
  readonly nodeArgs?: readonly string[];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Somebody at a terminal who runs `sotto …`: a pseudo-terminal by util-linux `script`, with a shell around it that says
 * how the terminal was set before and after.
 */
export class Terminal {
  #raw = '';
  /** Up to where what is written was waited for. */
  #seen = 0;
  #changed: () => void = () => undefined;
  readonly #child: ChildProcess;
  /** The exit code of the command. */
  readonly ended: Promise<number>;

  private constructor(command: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8', SHELL: '/bin/bash', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#raw += text;
      this.#changed();
    });
    this.ended = new Promise(resolve => this.#child.once('exit', code => resolve(code ?? -1)));
    void this.ended.then(() => this.#changed());
  }

  /** Runs `sotto …`. */
  static run(
    args: readonly string[],
    { columns = 80, env = {}, nodeArgs = [] }: TerminalOptions = {},
  ): Terminal {
    const command = [process.execPath, ...nodeArgs, COMMAND, ...args].map(quoted).join(' ');
    // The shell without job control leaves signals to the command; it says its process id first.
    const line = `stty cols ${columns} rows 24; stty -g; bash -c ${quoted(`echo pid $$; exec ${command}`)}; code=$?; echo; stty -g; exit $code`;
    return new Terminal(line, env);
  }

  /** Runs something else. */
  static shell(command: string, args: readonly string[]): Terminal {
    return new Terminal(`stty cols 120 rows 24; exec ${[command, ...args].map(quoted).join(' ')}`, {});
  }

  /** Everything that was written, without what steers the terminal. */
  get text(): string {
    return stripVTControlCharacters(this.#raw).replace(/\r/g, '');
  }

  /** Everything that was written, as it was. */
  get raw(): string {
    return this.#raw;
  }

  /** Waits until something is written that was not there when it was last waited; gives the match. */
  async sees(what: string | RegExp): Promise<RegExpExecArray> {
    const pattern = typeof what === 'string' ? new RegExp(what.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')) : what;
    const giveUpMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const match = pattern.exec(this.text.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return match;
      }
      const leftMs = giveUpMs - performance.now();
      if (leftMs <= 0 || this.#child.exitCode !== null)
        throw new Error(`${pattern} was not written:\n${this.text.slice(-2_000)}`);
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Types a line. */
  types(line: string): void {
    this.#child.stdin?.write(`${line}\r`);
  }

  /** Presses a key, e.g. `\u0004` for Ctrl-D. */
  presses(key: string): void {
    this.#child.stdin?.write(key);
  }

  /** Sends the command itself a signal. */
  signals(signal: NodeJS.Signals): void {
    process.kill(Number(/pid (\d+)/.exec(this.text)?.[1]), signal);
  }

  /** How the terminal was set before and after the command, once it has ended. */
  async settings(): Promise<readonly [before: string, after: string]> {
    await this.ended;
    const settings = this.text.match(/^[0-9a-f]+(?::[0-9a-f]+){10,}$/gm) ?? [];
    return [settings[0] ?? 'nothing', settings.at(-1) ?? 'none'];
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
