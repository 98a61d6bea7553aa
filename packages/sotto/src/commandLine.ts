import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A call that cannot be carried out as it stands; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type OptionTypes = NonNullable<ParseArgsConfig['options']>;

/** An option of a command, with what its help says. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What stands for its value in the help; what completion offers for it. */
  readonly value?: 'FILE' | 'FOLDER' | string;
  readonly choices?: readonly string[];
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given for the options of a command. */
export interface Given {
  text(name: string): string | undefined;
  flag(name: string): boolean;
  /** A whole number within bounds. Throws `UsageError`. */
  number(name: string, bounds: { readonly from: number; readonly to: number }): number | undefined;
  readonly positionals: readonly string[];
}

/** A word after `sotto`. */
export interface Command {
  readonly name: string;
  /** What stands behind the name in its usage, e.g. `CONVERSATION [TEXT]`. */
  readonly operands: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What it does, with an example: good enough to need no manual. */
  readonly help: string;
  readonly options: Options;
  /** The exit code. */
  run(given: Given): Promise<number>;
}

/** What a person would give away to everybody who can list the processes of this computer. */
const SECRETS = ['passphrase', 'password', 'recovery-code', 'code', 'secret'];

/** Reads the arguments of a command. Throws `UsageError`, also for a secret among them. */
export function readArguments(args: readonly string[], options: Options): Given {
  refuseSecrets(args, options);
  const types: OptionTypes = Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [
      name,
      short === undefined ? { type } : { type, short },
    ]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options: types, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.replace(/\.$/, '')}.`);
  }
  const { values, positionals } = parsed;
  const text = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  for (const [name, { choices }] of Object.entries(options)) {
    const value = text(name);
    if (choices !== undefined && value !== undefined && !choices.includes(value))
      throw new UsageError(`--${name} takes ${choices.join(', ')}, not "${value}".`);
  }
  return {
    text,
    flag: name => values[name] === true,
    number(name, { from, to }) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^\d{1,12}$/.test(value) || Number(value) < from || Number(value) > to)
        throw new UsageError(`--${name} takes a whole number from ${from} to ${to}, not "${value}".`);
      return Number(value);
    },
    positionals,
  };
}

function refuseSecrets(args: readonly string[], options: Options): void {
  for (const name of SECRETS) {
    const isOption = args.some(arg => arg === `--${name}` || arg.startsWith(`--${name}=`));
    if (!isOption || name in options) continue;
    throw new UsageError(
      `Secrets are not taken as arguments: others on this computer can read them, and shells remember them. Leave out --${name} and type it when asked, or put it into a file: --${name}-file FILE.`,
    );
  }
}

/** The operands, as many as a command takes. Throws `UsageError`. */
export function operands(given: Given, names: readonly string[], required = names.length): readonly string[] {
  const { positionals } = given;
  const missing = names[positionals.length];
  if (positionals.length < required) throw new UsageError(`${missing} is missing.`);
  const [extra] = positionals.slice(names.length);
  if (extra !== undefined)
    throw new UsageError(`"${extra}" is one word too many; put quotation marks around blanks.`);
  return positionals;
}

/** A command's help: usage, what it does, its options. */
export function helpOf(command: Command): string {
  const usage = ['sotto', command.name, command.operands, '[options]'].filter(word => word !== '').join(' ');
  return `${command.summary}\n\nUsage: ${usage}\n\n${command.help.trim()}\n\nOptions:\n${optionLines(command.options)}\n`;
}

function optionLines(options: Options): string {
  const lines = Object.entries({
    ...options,
    help: { type: 'boolean', short: 'h', help: 'this text' } as Option,
  });
  return lines
    .map(([name, { short, value, choices, help }]) => {
      const shown = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined && choices === undefined ? '' : ` ${value ?? choices!.join('|')}`}`;
      return `  ${shown.padEnd(28)}${shown.length >= 28 ? `\n${' '.repeat(30)}` : ''}${help}`;
    })
    .join('\n');
}
