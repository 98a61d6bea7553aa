// The examples themselves, which the tests run: what a person copies is what was tried.
import python from '../../../../examples/alert.py?raw';
import shell from '../../../../examples/alert.sh?raw';
import typescript from '../../../../examples/alert.ts?raw';

export type ProgramName = 'shell' | 'python' | 'typescript';

/** A program that encrypts an alert and posts it. */
export interface Program {
  readonly fileName: string;
  readonly text: string;
  /** What runs it, before the arguments. */
  readonly command: string;
}

export const PROGRAMS: Readonly<Record<ProgramName, Program>> = {
  shell: { fileName: 'alert.sh', text: shell, command: 'sh alert.sh' },
  python: { fileName: 'alert.py', text: python, command: 'python3 alert.py' },
  typescript: { fileName: 'alert.ts', text: typescript, command: 'node alert.ts' },
};

/** One line to run a program with, for this source. The token stands in a file: arguments can be seen by others. */
export function commandOf(
  { command }: Program,
  to: { readonly origin: string; readonly handle: string; readonly accountKey: string },
): string {
  return `SOTTO_TOKEN_FILE=token ${command} ${to.origin} ${to.handle} ${to.accountKey} "Disk 91 % full"`;
}
