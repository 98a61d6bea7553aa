import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from './stage/person.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('npm run dev', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-dev-'));
  let dev: ChildProcess;
  let printed = '';
  let mara: Person;

  /** The address that the command prints once the relay runs. */
  function address(): Promise<string> {
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer) => {
        printed += chunk.toString('utf8');
        const found = /Open (http:\/\/localhost:\d+)/.exec(printed)?.[1];
        if (found !== undefined) resolve(found);
      };
      dev.stdout?.on('data', read);
      dev.stderr?.on('data', read);
      dev.once('exit', code => reject(new Error(`ended with code ${code}:\n${printed}`)));
    });
  }

  beforeAll(async () => {
    dev = spawn(process.execPath, ['scripts/dev.mjs'], {
      cwd: root,
      env: { ...process.env, SOTTO_HOME: folder, SOTTO_NO_WINDOW: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    mara = await Person.arrive('Mara');
  });
  afterAll(async () => {
    await mara?.leave();
    if (dev.exitCode === null && dev.signalCode === null) {
      const gone = new Promise(resolve => dev.once('exit', resolve));
      dev.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves pages that work, and loads them anew after a change', async () => {
    const link = await mara.startsChat(await address());
    // A file with a new time and the same content is a change to the builder, and leaves the checkout as it was.
    const reloaded = mara.page.waitForEvent('load', { timeout: 60_000 });
    utimesSync(join(root, 'packages/web/src/words.ts'), new Date(), new Date());
    await reloaded;
    expect(await mara.inviteLink()).toBe(link);
  });

  it('ends when asked to, and the relay with it', async () => {
    const origin = new URL(mara.page.url()).origin;
    const gone = new Promise(resolve => dev.once('exit', resolve));
    dev.kill('SIGINT');
    expect(await gone).toBe(0);
    await expect(fetch(origin)).rejects.toThrow();
  });
});
