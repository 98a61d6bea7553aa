import { type Command, type Option, operands, UsageError } from '../commandLine.ts';
import { EXIT } from '../exitCodes.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The command that prints what a shell completes `sotto` by. `commands`: all that there are. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    operands: 'SHELL',
    summary: 'Prints what bash, zsh or fish completes sotto by',
    help: `
  bash:  sotto completion bash > ~/.local/share/bash-completion/completions/sotto
  zsh:   sotto completion zsh > "\${fpath[1]}/_sotto"
  fish:  sotto completion fish > ~/.config/fish/completions/sotto.fish`,
    options: {},
    async run(given) {
      const [shell] = operands(given, ['SHELL']);
      const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
      const script = SHELLS.find(known => known === shell);
      if (script === undefined)
        throw new UsageError(`completion takes ${SHELLS.join(', ')}, not "${shell}".`);
      console.log(scripts[script](commands()));
      return EXIT.done;
    },
  };
}

const HELP: Option = { type: 'boolean', short: 'h', help: 'this text' };

const optionsOf = ({ options }: Command): readonly (readonly [string, Option])[] => [
  ...Object.entries(options),
  ['help', HELP],
];

const takesFile = ({ value }: Option) => value === 'FILE' || value === 'FOLDER';
const operandIsFile = ({ operands: words }: Command) => words.startsWith('FILE');

/** Single quotation marks around it, for all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function bashCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(command => {
    const options = optionsOf(command);
    const words = options.map(([name]) => `--${name}`).join(' ');
    const values = options.flatMap(([name, option]) => {
      if (option.choices)
        return [
          `      --${name}) COMPREPLY=($(compgen -W ${quoted(option.choices.join(' '))} -- "$word")); return ;;`,
        ];
      if (takesFile(option)) return [`      --${name}) COMPREPLY=($(compgen -f -- "$word")); return ;;`];
      return option.type === 'string' ? [`      --${name}) return ;;`] : [];
    });
    const operand =
      command.name === 'completion'
        ? `COMPREPLY=($(compgen -W ${quoted(SHELLS.join(' '))} -- "$word"))`
        : operandIsFile(command)
          ? 'COMPREPLY=($(compgen -f -- "$word"))'
          : ':';
    return `    ${command.name})
      case "$before" in
${values.join('\n')}
      esac
      case "$word" in
        -*) COMPREPLY=($(compgen -W ${quoted(words)} -- "$word")) ;;
        *) ${operand} ;;
      esac ;;`;
  });
  return `# bash completion for sotto
_sotto() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(`${names} --help --version`)} -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _sotto sotto`;
}

function zshCompletion(commands: readonly Command[]): string {
  const plain = (text: string) => text.replace(/[[\]:]/g, ' ');
  const specs = (command: Command) =>
    optionsOf(command).map(([name, option]) => {
      const value = option.choices
        ? `:value:(${option.choices.join(' ')})`
        : takesFile(option)
          ? ':file:_files'
          : option.type === 'string'
            ? ':value: '
            : '';
      return quoted(`--${name}[${plain(option.help)}]${value}`);
    });
  const operand = (command: Command) =>
    command.name === 'completion'
      ? quoted(`1:shell:(${SHELLS.join(' ')})`)
      : operandIsFile(command)
        ? quoted('1:file:_files')
        : quoted('*::word: ');
  const cases = commands.map(
    command => `    ${command.name}) _arguments ${[...specs(command), operand(command)].join(' ')} ;;`,
  );
  const described = commands.map(({ name, summary }) => quoted(`${name}:${plain(summary)}`));
  return `#compdef sotto
_sotto() {
  if (( CURRENT == 2 )); then
    local -a commands=(${described.join(' ')})
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_sotto" ]; then _sotto "$@"; else compdef _sotto sotto; fi`;
}

function fishCompletion(commands: readonly Command[]): string {
  const lines = commands.flatMap(command => {
    const { name, summary } = command;
    const inside = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    const options = optionsOf(command).map(([option, { help, choices, type, ...rest }]) => {
      const value = choices
        ? ` -x -a ${quoted(choices.join(' '))}`
        : takesFile({ help, type, ...rest })
          ? ' -r -F'
          : type === 'string'
            ? ' -x'
            : '';
      return `complete -c sotto ${inside} -l ${option} -d ${quoted(help)}${value}`;
    });
    const operand =
      name === 'completion'
        ? [`complete -c sotto ${inside} -a ${quoted(SHELLS.join(' '))}`]
        : operandIsFile(command)
          ? [`complete -c sotto ${inside} -F`]
          : [];
    return [
      `complete -c sotto -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...options,
      ...operand,
    ];
  });
  return `# fish completion for sotto\ncomplete -c sotto -f\n${lines.join('\n')}`;
}
