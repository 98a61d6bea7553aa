import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from '../commandLine.ts';

/** More than any secret has. */
const MAX_FILE_BYTES = 65_536;

/** A secret out of a file: its first line. Throws `UsageError`. */
export function secretFromFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`The file ${path} cannot be read.`);
  }
  const [line = ''] = text.slice(0, MAX_FILE_BYTES).split(/\r?\n/);
  if (line === '') throw new UsageError(`The file ${path} has nothing in its first line.`);
  return line;
}

/** Whether somebody is there to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks without showing what is typed. Rejects with `UsageError` when it is broken off. */
export function askSecret(question: string): Promise<string> {
  return ask(question, new Writable({ write: (_chunk, _encoding, done) => done() }));
}

/** Asks for a line that may be seen. */
export function askLine(question: string): Promise<string> {
  return ask(question, process.stderr);
}

function ask(question: string, output: NodeJS.WritableStream): Promise<string> {
  const visible = output === process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  // Only now: from here on the terminal itself shows nothing of what is typed.
  if (!visible) process.stderr.write(question);
  return new Promise((resolve, reject) => {
    let answered = false;
    const end = () => {
      if (!visible) process.stderr.write('\n');
      lines.close();
    };
    lines.on('SIGINT', () => lines.close());
    lines.once('close', () => {
      if (!answered) reject(new UsageError('Nothing was typed.'));
    });
    lines.question(visible ? question : '', answer => {
      answered = true;
      end();
      resolve(answer);
    });
  });
}
