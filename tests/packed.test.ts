import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pack } from '../scripts/pack.mjs';

const root = join(import.meta.dirname, '..');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-packed-'));
  const file = await pack(() => undefined);
  expect(spawnSync('tar', ['-xzf', file, '-C', folder]).status).toBe(0);
  // What an installation would fetch, as far as the package asks for it.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command = () => join(folder, 'package/bin/sotto.js');

it('the packed command asks for nothing of ours, and for every version exactly', () => {
  const { dependencies, optionalDependencies, bin } = JSON.parse(
    readFileSync(join(folder, 'package/package.json'), 'utf8'),
  ) as Record<'dependencies' | 'optionalDependencies' | 'bin', Record<string, string>>;
  expect(bin).toEqual({ sotto: './bin/sotto.js' });
  expect(Object.keys(dependencies)).toEqual(
    expect.arrayContaining(['fastify', 'ws', '@photostructure/sqlite']),
  );
  expect(Object.keys(optionalDependencies)).toEqual(['sodium-native']);
  for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies })) {
    expect(name).not.toContain('@sotto/');
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

it('its doctor finds libsodium', () => {
  const doctor = [command(), 'doctor', '--home', join(folder, 'nobody')];
  const { stdout } = spawnSync(process.execPath, doctor, { encoding: 'utf8' });
  expect(stdout).toMatch(/ok {4}cryptography: OpenSSL \S+, and libsodium for the curves/);
});

it('it runs outside of the workspace: the server with its pages, and a device that hosts', async () => {
  const home = join(folder, 'home');
  const start = ['start', '--no-window', '--port', '0'];
  expect(spawnSync(process.execPath, [command(), ...start], { encoding: 'utf8' }).status).toBe(2);
  const server = spawn(process.execPath, [command(), 'start', '--no-window'], {
    cwd: folder,
    env: { ...process.env, SOTTO_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const origin = await new Promise<string>((resolve, reject) => {
      let output = '';
      server.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const [, address] = /Open (http:\S+) on this computer/.exec(output) ?? [];
        if (address !== undefined) resolve(address);
      });
      server.once('exit', code => reject(new Error(`ended with ${code}: ${output}`)));
    });
    expect(await (await fetch(origin)).text()).toContain('<script');
    // The server of the same folder is found by itself.
    const invited = spawnSync(process.execPath, [command(), 'invite', '--new', 'Kitchen', '--name', 'Ada'], {
      env: { ...process.env, SOTTO_HOME: home },
      encoding: 'utf8',
      input: '',
    });
    expect(invited.stderr).toBe('');
    expect(invited.stdout).toMatch(/\/chat\/\w{24}#1\./);
  } finally {
    const gone = new Promise(resolve => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
  }
});
