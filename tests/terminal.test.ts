import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';
import { Terminal, type TerminalOptions } from './stage/terminal.ts';

const PASSPHRASE = 'a long enough passphrase';
const LINK = /https?:\/\/\S+\/chat\/\w{24}#1\.\w{22}\.\w{22}/;

let relay: RelayProcess;
let jonas: Person;
let homes: string;
let certificate: string;
const terminals: Terminal[] = [];

beforeAll(async () => {
  relay = await RelayProcess.start();
  jonas = await Person.arrive('Jonas');
  homes = mkdtempSync(join(tmpdir(), 'sotto-terminals-'));
  const host = await (await fetch(`${relay.hostOrigin}/api/host`)).json();
  certificate = (host as { certificateFingerprint: string }).certificateFingerprint;
});
afterAll(async () => {
  await jonas?.leave();
  await Promise.all(terminals.map(terminal => terminal.close()));
  await relay?.remove();
  rmSync(homes, { recursive: true, force: true });
});

function sotto(args: readonly string[], home: string, options: TerminalOptions = {}): Terminal {
  const terminal = Terminal.run([...args, '--home', join(homes, home)], options);
  terminals.push(terminal);
  return terminal;
}

it('two terminals and a guest in a browser talk to each other', async () => {
  const ada = sotto(['chat', '--relay', relay.hostOrigin], 'ada');
  await ada.sees('What should others call you?');
  ada.types('Ada');
  await ada.sees('A passphrase to lock what is kept here');
  ada.types(PASSPHRASE);
  await ada.sees('Once more');
  ada.types(PASSPHRASE);
  await ada.sees('There are no conversations here yet.');
  expect(ada.text, 'a passphrase is not shown').not.toContain(PASSPHRASE);
  ada.types('/new Kitchen');
  const link = onOrigin((await ada.sees(LINK))[0], relay.guestOrigin);

  const joining = sotto(['join', link, '--name', 'Bob', '--certificate', certificate], 'bob');
  await joining.sees('A passphrase to lock');
  joining.types('');
  const [, words] = await joining.sees(/Safety words: (\w+ \w+ \w+ \w+)/);
  await ada.sees(`Bob asks to come in to “Kitchen”. Safety words: ${words}`);
  ada.types('/admit');
  await joining.sees('You are in “Kitchen”.');
  expect(await joining.ended).toBe(0);

  // A narrow terminal, and one that can do nothing but write lines.
  const bob = sotto(['chat', 'kitchen'], 'bob', { columns: 34, env: { NO_COLOR: '1' } });
  await bob.sees('--- Kitchen ---');
  await bob.sees('Kitchen> ');
  ada.types('Is there anything left of yesterday’s soup, or has somebody eaten all of it?');
  await bob.sees(/has\s+somebody eaten all of it\?/);
  expect(bob.text, 'words are whole in a narrow terminal').not.toContain('yester\nday');
  await ada.sees('Kitchen [read]> ');
  bob.types('All of it is gone');
  await ada.sees(/\d\d:\d\d Bob \(guest\): All of it is gone\n/);

  await jonas.knocks(link);
  await ada.sees('Jonas asks to come in');
  ada.types('/admit');
  await jonas.isInside();
  await bob.sees('Jonas (guest) came in');
  ada.types('Welcome, Jonas');
  await jonas.sees('Welcome, Jonas');
  await jonas.writes('I bring bread');
  await ada.sees('Jonas (guest): I bring bread');
  await bob.sees('Jonas (guest): I bring bread');
  bob.types('Thank you');
  await jonas.sees('Thank you');
  await ada.sees('Thank you');

  // What is being typed stays whole while others speak.
  ada.presses('I was just ');
  // While keys change a signal may be lost: somebody who types on is seen to.
  const typesOn = setInterval(() => ada.presses('x\u007f'), 1_000);
  await bob.sees('Ada is typing').finally(() => clearInterval(typesOn));
  bob.types('Wait');
  await ada.sees('Bob (guest): Wait');
  ada.types('typing');
  await jonas.sees('I was just typing');
  await bob.sees('I was just typing');

  ada.types('/verify Bob');
  const [, atAda] = await ada.sees(/((?: *(?:\d{5} ?){4}\n){3})/);
  bob.types('/verify Ada');
  const [, atBob] = await bob.sees(/((?: *(?:\d{5} ?){4}\n){3})/);
  expect(atAda).toBe(atBob);
  ada.types('/verify Bob yes');
  await ada.sees('Bob: verified.');
  ada.types('/who');
  await ada.sees(/Bob \(guest, verified\)/);

  // A path is completed by Tab; what a terminal sends a browser has, and the other way round.
  writeFileSync(join(homes, 'soup of today.txt'), 'Leek');
  ada.presses(`/file ${join(homes, 'soup')}\t`);
  await ada.sees('soup of today.txt');
  ada.types('');
  await ada.sees('You: (file: soup of today.txt, 4 bytes)');
  await jonas.sees('soup of today.txt');
  await bob.sees(/Ada: \(file: soup of\s+today.txt, 4 bytes; \/save\)/);
  bob.types(`/save ${join(homes, 'saved')}`);
  await bob.sees('Saved as');
  expect(readFileSync(join(homes, 'saved', 'soup of today.txt'), 'utf8')).toBe('Leek');

  // What steers a terminal is somebody else’s to say, not to do.
  await jonas.writes('look: \u009b31mred');
  await ada.sees('look: \ufffd31mred');
  expect(ada.raw).not.toContain('\u009b');

  bob.types('/quit');
  expect(await bob.ended).toBe(0);
  const [before, after] = await bob.settings();
  expect(after).toBe(before);
  ada.types('Is Bob still there?');
  await ada.sees('[sent]');
  const again = sotto(['chat', 'Kitchen', '--plain'], 'bob');
  await again.sees('Thank you');
  await again.sees('Ada: Is Bob still there?');
  again.types('Yes');
  await ada.sees('Bob (guest): Yes');
  await again.sees('(read)');
  expect(again.raw, 'nothing is written over').not.toContain('\u001b[');
  again.presses('\u0004');
  expect(await again.ended).toBe(0);
  ada.types('/leave');
  await ada.sees('That is not yours to do');
  ada.types('/end');
  await ada.sees('Ended for everyone.');
  ada.presses('\u0004');
  expect(await ada.ended).toBe(0);
});

describe('a terminal', () => {
  const crash = 'data:text/javascript,process.once("SIGUSR2",()=>{throw new Error("unforeseen")})';

  it.each([
    ['when it is asked to end', 'SIGTERM', 0],
    ['when something goes wrong that nobody foresaw', 'SIGUSR2', 1],
  ] as const)('is given back as it was %s', async (_name, signal, code) => {
    const terminal = sotto(['chat', '--relay', relay.hostOrigin, '--name', 'Cy'], signal, {
      nodeArgs: ['--import', crash],
    });
    await terminal.sees('A passphrase to lock');
    terminal.types('');
    await terminal.sees('There are no conversations here yet.');
    terminal.types('half a sentence, and /new');
    await terminal.sees('No conversation is open');
    terminal.signals(signal);
    expect(await terminal.ended).toBe(code);
    const [before, after] = await terminal.settings();
    expect(after).toBe(before);
  });

  it('belongs to one: a second on the same folder says so, with an exit code of its own', async () => {
    const first = sotto(['chat', '--relay', relay.hostOrigin, '--name', 'Cy'], 'one');
    await first.sees('A passphrase to lock');
    first.types('');
    await first.sees('There are no conversations');
    const second = sotto(['chat'], 'one');
    await second.sees('Another sotto uses this folder');
    expect(await second.ended).toBe(5);
    first.types('/lock');
    await first.sees('The new passphrase');
    first.types(PASSPHRASE);
    await first.sees('Once more');
    first.types(PASSPHRASE);
    await first.sees('locked with it from now on');
    first.presses('\u0004');
    expect(await first.ended).toBe(0);
    const third = sotto(['chat'], 'one');
    await third.sees('Passphrase: ');
    third.types('a long enough guess');
    await third.sees('The passphrase is wrong.');
    expect(await third.ended).toBe(4);
    const fourth = sotto(['chat'], 'one');
    await fourth.sees('Passphrase: ');
    fourth.types(PASSPHRASE);
    await fourth.sees('There are no conversations');
    fourth.presses('\u0004');
    expect(await fourth.ended).toBe(0);
    for (const terminal of [first, third, fourth]) expect(terminal.text).not.toContain(PASSPHRASE);
  });
});

describe('completion', () => {
  const command = join(import.meta.dirname, '../packages/sotto/bin/sotto.js');
  const scripts = new Map<string, string>();
  const script = (shell: string) => {
    const made =
      scripts.get(shell) ??
      spawnSync(process.execPath, [command, 'completion', shell], { encoding: 'utf8' }).stdout;
    scripts.set(shell, made);
    return made;
  };
  const has = (shell: string) => spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;
  const run = (shell: string, args: readonly string[]) =>
    spawnSync(shell, args, { encoding: 'utf8', timeout: 30_000 }).stdout.trim().split(/\s+/);

  const inBash = (line: string) => {
    const words = line.split(' ');
    const ask = `COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _sotto; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '-c', `${script('bash')}\n${ask}`]);
  };
  const inFish = (line: string) =>
    run('fish', ['--no-config', '-c', `${script('fish')}\ncomplete -C '${line}'`]);

  it.runIf(has('bash'))('in bash', () => {
    expect(inBash('sotto rec')).toEqual(['receive']);
    expect(inBash('sotto receive --j')).toEqual(['--json']);
    expect(inBash('sotto send Kitchen --until ')).toEqual(['sent', 'delivered', 'read']);
    expect(inBash('sotto completion f')).toEqual(['fish']);
    expect(inBash('sotto start --pass'), 'no secret is asked for there').toEqual(['']);
  });

  it.runIf(has('fish'))('in fish', () => {
    expect(inFish('sotto rec')).toContain('receive');
    expect(inFish('sotto receive --j')).toContain('--json');
    expect(inFish('sotto send Kitchen --until ')).toEqual(
      expect.arrayContaining(['sent', 'delivered', 'read']),
    );
    expect(inFish('sotto completion f')).toContain('fish');
  });

  it.runIf(has('zsh'))('in zsh', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-zsh-'));
    const shell = Terminal.shell('zsh', ['-f', '-i']);
    try {
      shell.types(`PS1='rea''dy> '; autoload -Uz compinit; compinit -u -d '${folder}/dump'`);
      await shell.sees('ready> ');
      shell.types(`source <('${process.execPath}' '${command}' completion zsh); echo loa''ded`);
      await shell.sees('loaded');
      shell.presses('sotto rec\t');
      await shell.sees('sotto receive ');
      shell.presses('--js\t');
      await shell.sees('--json');
      // A key like any other, which waits its turn: a signal may meet the completion at work, and end that only.
      shell.presses('\u0015');
      shell.presses('sotto completion f\t');
      await shell.sees('completion fish');
    } finally {
      await shell.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
