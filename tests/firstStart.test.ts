import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvitationCode } from '@sotto/protocol';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestAccount } from '../packages/relay/src/testing/accountClient.fixture.ts';
import { accountsOverHttp } from '../packages/relay/src/testing/accountsOverHttp.fixture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The command as `npm start` runs it. */
class Command {
  output = '';
  readonly #child: ChildProcess;
  readonly exitCode: Promise<number | null>;

  constructor(dataDirectory: string, ...args: readonly string[]) {
    this.#child = spawn(process.execPath, ['scripts/start.mjs', '--no-window', ...args], {
      cwd: root,
      env: { ...process.env, SOTTO_HOME: dataDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString('utf8');
      });
    }
    this.exitCode = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** The address that it prints. */
  async address(): Promise<string> {
    return expect
      .poll(() => /Open (http:\S+) /.exec(this.output)?.[1], { timeout: 30_000, message: this.output })
      .toBeDefined()
      .then(() => /Open (http:\S+) /.exec(this.output)?.[1] ?? '');
  }

  stop(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.exitCode;
  }
}

describe('the command', () => {
  let data: string;
  const running: Command[] = [];
  const start = (...args: string[]) => {
    const command = new Command(data, ...args);
    running.push(command);
    return command;
  };

  beforeAll(() => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'ignore' });
  });
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'sotto-first-start-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map(command => command.stop('SIGKILL')));
    rmSync(data, { recursive: true, force: true });
  });

  it('prints its address, builds nothing that is built, and stops as asked', async () => {
    const command = start();
    const address = await command.address();
    expect((await fetch(`${address}/api/health`)).status).toBe(200);
    expect(command.output).not.toContain('Building');
    expect(await command.stop('SIGTERM')).toBe(0);
    await expect(fetch(`${address}/api/health`)).rejects.toThrow();
  });

  it('keeps its ports between starts', async () => {
    const first = start();
    const address = await first.address();
    const guestOrigins = async () => {
      const { addresses } = (await (await fetch(`${address}/api/host`)).json()) as {
        addresses: readonly { origin: string }[];
      };
      return addresses.map(({ origin }) => origin);
    };
    const before = await guestOrigins();
    expect(before.length).toBeGreaterThan(0);
    expect(await first.stop('SIGINT')).toBe(0);
    const second = start();
    expect(await second.address()).toBe(address);
    expect(await guestOrigins()).toEqual(before);
  });

  it('started again while it runs, says where and leaves the first alone', async () => {
    const first = start();
    const address = await first.address();
    const second = start();
    expect(await second.exitCode).toBe(0);
    expect(second.output).toContain(`Open ${address} `);
    expect((await fetch(`${address}/api/health`)).status).toBe(200);
  });

  it('by invitation: prints a code that is good for one account, until there is one', async () => {
    const first = start('--registration', 'invitation');
    const origin = await first.address();
    const printed = () => /within 30 days:\n(\S+)\n/.exec(first.output)?.[1];
    await expect.poll(printed, { timeout: 30_000 }).toBeDefined();
    const invitationCode = InvitationCode.parse(printed()!);
    const port = accountsOverHttp(origin);
    const register = (handle: string, code?: InvitationCode) =>
      new TestAccount(handle).register(port, origin, code === undefined ? {} : { invitationCode: code });
    await expect(register('mara')).rejects.toMatchObject({ code: 'INVITATION_NEEDED' });
    await register('mara', invitationCode);
    await expect(register('noel', invitationCode)).rejects.toMatchObject({ code: 'INVITATION_NEEDED' });
    expect(await first.stop('SIGTERM')).toBe(0);
    const second = start('--registration', 'invitation');
    await second.address();
    expect(await second.stop('SIGTERM')).toBe(0);
    expect(second.output).not.toContain('This code');
  });

  it('a taken port: says by what, and how to go on', async () => {
    for (const option of ['--port', '--guest-port']) {
      const other = createServer();
      await new Promise<void>(resolve =>
        other.listen(0, option === '--port' ? '127.0.0.1' : '0.0.0.0', resolve),
      );
      const bound = other.address();
      if (bound === null || typeof bound === 'string') throw new Error('no port');
      const command = start(option, `${bound.port}`);
      expect(await command.exitCode).toBe(1);
      expect(command.output).toContain(`Port ${bound.port} is taken by `);
      // This very process holds it.
      if (process.platform === 'linux') expect(command.output).toContain(`(process ${process.pid})`);
      expect(command.output).toContain(`npm start -- ${option} ${bound.port + 1}`);
      other.close();
    }
  });
});
