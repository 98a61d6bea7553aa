import { type ChildProcess, spawn } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/testTools.mjs';
import { CHROMIUM_ARGS } from './person.ts';

/** A chromium whose process is ours, so that it can be killed as a power cut would: all of it, with no warning. */
export class KillableChromium {
  private constructor(
    private readonly process: ChildProcess,
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  /** `restores`: brings back the tabs that were open when it was killed, as a person who is asked and says yes. */
  static async on(
    profile: string,
    { more = [], restores = false }: { more?: readonly string[]; restores?: boolean } = {},
  ): Promise<KillableChromium> {
    const args = [
      ...CHROMIUM_ARGS,
      ...more,
      '--headless',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      ...(restores ? ['--restore-last-session', '--hide-crash-restore-bubble'] : ['about:blank']),
    ];
    const child = spawn(findChromium() ?? 'chromium', args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      // A process group of its own, of which all can be killed at once.
      detached: true,
    });
    const address = await new Promise<string>((resolve, reject) => {
      let printed = '';
      child.stderr.on('data', (chunk: Buffer) => {
        printed += chunk.toString('utf8');
        const found = /DevTools listening on (ws:\S+)/.exec(printed)?.[1];
        if (found) resolve(found);
      });
      child.once('exit', code => reject(new Error(`chromium ended with code ${code}:\n${printed}`)));
    });
    const browser = await chromium.connectOverCDP(address);
    const context = browser.contexts()[0];
    if (!context) throw new Error('chromium has no context');
    return new KillableChromium(child, browser, context.pages()[0] ?? (await context.newPage()));
  }

  /** The tab that is at an address, once there is one: whichever tab comes to it, also one that opened just now. */
  async tabAt(address: string): Promise<Page> {
    const context = this.page.context();
    return new Promise<Page>((resolve, reject) => {
      const look = (page: Page) => {
        if (page.url().startsWith(address)) resolve(page);
      };
      const watch = (page: Page) => {
        page.on('framenavigated', () => look(page));
        look(page);
      };
      context.on('page', watch);
      context.pages().forEach(watch);
      AbortSignal.timeout(60_000).addEventListener('abort', () => {
        const open = context.pages().map(page => page.url());
        reject(new Error(`no tab came to ${address}; open: ${JSON.stringify(open)}`));
      });
    });
  }

  /** Closed as a person closes it. */
  async close(): Promise<void> {
    const gone = new Promise(resolve => this.process.once('exit', resolve));
    const devtools = await this.browser.newBrowserCDPSession();
    await devtools.send('Browser.close').catch(() => undefined);
    await gone;
  }

  async kill(): Promise<void> {
    const { pid } = this.process;
    if (pid === undefined || this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise(resolve => this.process.once('exit', resolve));
    process.kill(-pid, 'SIGKILL');
    await gone;
    await this.browser.close().catch(() => undefined);
  }
}
