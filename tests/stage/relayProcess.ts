import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** The real command in a process of its own, with a data directory of its own, as `npm start` runs it. */
export class RelayProcess {
  /** Everything the process ever printed, over restarts. */
  output = '';
  #child: ChildProcess | undefined;

  private constructor(
    readonly dataDirectory: string,
    readonly hostPort: number,
    readonly guestPort: number,
  ) {}

  static async start(): Promise<RelayProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-relay-'));
    const relay = new RelayProcess(folder, await freePort(), await freePort());
    await relay.up();
    return relay;
  }

  /** The host's own window. */
  get hostOrigin(): string {
    return `http://localhost:${this.hostPort}`;
  }

  /** Where friends come in: always HTTPS, also here. */
  get guestOrigin(): string {
    return `https://localhost:${this.guestPort}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts the process, with a clock that is `clockAheadMs` ahead, and waits until it says that it runs. */
  async up({ clockAheadMs = 0 } = {}): Promise<void> {
    const clock = `data:text/javascript,const now=Date.now;Date.now=()=>now()+${clockAheadMs}`;
    const args = [
      ...(clockAheadMs === 0 ? [] : ['--import', clock]),
      'scripts/start.mjs',
      '--no-window',
      '--port',
      `${this.hostPort}`,
      '--guest-port',
      `${this.guestPort}`,
    ];
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, SOTTO_HOME: this.dataDirectory, SOTTO_LOG: 'debug' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        this.output += chunk.toString('utf8');
        if (this.output.includes(`Open http://localhost:${this.hostPort}`)) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', code => reject(new Error(`the relay ended with code ${code}:\n${this.output}`)));
    });
    child.removeAllListeners('exit');
    this.output = this.output.replaceAll('Open http', 'Opened http');
  }

  /** Ends the process: SIGKILL leaves it no chance to tidy up. */
  async down(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** Every byte the relay has on disk (database, WAL, settings, logs), by file name. */
  filesOnDisk(): ReadonlyMap<string, Buffer> {
    const files = new Map<string, Buffer>();
    for (const name of readdirSync(this.dataDirectory, { recursive: true, encoding: 'utf8' })) {
      const path = join(this.dataDirectory, name);
      if (statSync(path).isFile()) files.set(name, readFileSync(path));
    }
    return files;
  }

  async remove(): Promise<void> {
    await this.down('SIGKILL');
    rmSync(this.dataDirectory, { recursive: true, force: true });
  }
}
