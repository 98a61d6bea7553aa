// Finds what the tests need beside Node, and installs it where it is missing: a Chromium, the age tool, and two
// implementations of JOSE that are not ours.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a Chromium on this machine, or undefined. `SOTTO_CHROMIUM` overrides the search. */
export function findChromium() {
  if (process.env.SOTTO_CHROMIUM) return process.env.SOTTO_CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      if (folder && existsSync(join(folder, name))) return join(folder, name);
    }
  }
  return undefined;
}

const has = command => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** Debian's packages, by apt, directly as root or through sudo where that asks no password. */
function installWithApt(...packages) {
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const run = (...args) => {
    const [command, ...rest] = [...prefix, ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  };
  return (
    run('apt-get', 'update', '-qq') &&
    run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages)
  );
}

/** @returns {Promise<string>} the path of a Chromium; throws a sentence that says what to install. */
export async function ensureChromium(say = console.log) {
  const found = findChromium();
  if (found) return found;
  if (has('apt-get')) {
    say('No Chromium found: installing Debian’s chromium package with apt …');
    if (installWithApt('chromium', 'fonts-noto-core')) {
      const installed = findChromium();
      if (installed) return installed;
    }
  } else {
    say('No Chromium found: asking Playwright to install one …');
    const installed = spawnSync('npx', ['playwright-core', 'install', 'chromium'], {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    if (installed.status === 0) return (await import('playwright-core')).chromium.executablePath();
  }
  throw new Error(
    'The browser tests need Chromium. Install it (Debian: apt-get install chromium) or set SOTTO_CHROMIUM to its path.',
  );
}

/** The age tool, which opens what Sotto exports. Where it cannot be had, its one test says that it is skipped. */
export function ensureAge(say = console.log) {
  if (has('age') || !has('apt-get')) return;
  say('No age tool found: installing Debian’s age package with apt …');
  installWithApt('age');
}

/** The shells that the command line completes in. A test of one that cannot be had says that it is skipped. */
export function ensureShells(say = console.log) {
  const missing = ['zsh', 'fish'].filter(shell => !has(shell));
  if (missing.length === 0 || !has('apt-get')) return;
  say(`Installing Debian’s ${missing.join(' and ')} with apt …`);
  installWithApt(...missing);
}

/** José and jwcrypto, which read and write sealed messages. Where they cannot be had, their tests say that they are skipped. */
export function ensureJose(say = console.log) {
  const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  const python = ['/usr/bin/python3', 'python3'].some(command => runs(command, '-c', 'import jwcrypto'));
  if ((runs('jose', 'alg') && python) || !has('apt-get')) return;
  say('No jose or no jwcrypto found: installing Debian’s packages jose and python3-jwcrypto with apt …');
  installWithApt('jose', 'python3-jwcrypto', 'curl', 'openssl');
}
