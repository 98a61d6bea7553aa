import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/testTools.mjs';

/** Debian's chromium, without the calls home that a test machine cannot answer. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PersonOptions {
  readonly phone?: boolean;
  readonly dark?: boolean;
}

/**
 * Someone with a browser profile of their own on disk, who does what a person does by the names that a screen reader
 * would say. Nothing here reaches into the page's code.
 */
export class Person {
  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly profile: string,
  ) {}

  static async arrive(name: string, options: PersonOptions = {}): Promise<Person> {
    const profile = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
    return Person.return(name, profile, options);
  }

  /** Opens a browser on a profile that is already there. */
  static async return(name: string, profile: string, options: PersonOptions = {}): Promise<Person> {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: findChromium() ?? 'chromium',
      args: CHROMIUM_ARGS,
      ignoreHTTPSErrors: true,
      locale: 'en-GB',
      viewport: options.phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
      colorScheme: options.dark ? 'dark' : 'light',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const person = new Person(name, context, page, profile);
    page.on('pageerror', error => person.pageErrors.push(String(error)));
    page.on('console', message => {
      if (message.type() === 'error') person.pageErrors.push(message.text());
    });
    return person;
  }

  /** What the page reported as going wrong: exceptions, refused scripts, CSP violations. */
  readonly pageErrors: string[] = [];

  async leave(): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: 'Messages' });
  }

  /** The host opens the window and presses the one large button; gives the link as friends get it. */
  async startsChat(hostOrigin: string): Promise<string> {
    await this.page.goto(hostOrigin);
    await this.button('Start chat').click();
    return this.inviteLink();
  }

  /** The same, with "Ask before letting people in" switched off: whoever has the link comes in. */
  async startsChatWithoutAsking(hostOrigin: string): Promise<string> {
    const first = await this.startsChat(hostOrigin);
    await this.page.getByText(/^More choices/).click();
    await this.page.getByRole('checkbox', { name: 'Ask before letting people in' }).uncheck();
    return this.nextInviteLink(first);
  }

  /** The link that takes the place of `before`, once it is on the screen. */
  async nextInviteLink(before: string): Promise<string> {
    const { pathname, hash } = new URL(before);
    return this.#linkWhere(link => !link.endsWith(pathname + hash));
  }

  /** The link on the screen, once it is there. */
  async inviteLink(): Promise<string> {
    return this.#linkWhere(() => true);
  }

  /** Asks anew each time: the card may be another one by then. */
  async #linkWhere(fits: (link: string) => boolean): Promise<string> {
    const field = this.page.getByRole('textbox', { name: 'Invite link' });
    const giveUpMs = performance.now() + 30_000;
    while (performance.now() < giveUpMs) {
      const link = await field.inputValue({ timeout: 1_000 }).catch(() => '');
      if (link.includes('#1.') && fits(link)) return link;
      await this.page.waitForTimeout(20);
    }
    throw new Error('no such link came on the screen');
  }

  /** A guest opens the link, gives a name and asks to come in. */
  async knocks(link: string, options: { password?: string } = {}): Promise<void> {
    await this.page.goto(link);
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(this.name);
    if (options.password !== undefined) {
      await this.page.getByRole('textbox', { name: 'Chat password' }).fill(options.password);
    }
    await this.button('Join chat').click();
  }

  /** The host lets in the one guest who waits. */
  async admits(): Promise<void> {
    await this.button('Admit').first().click();
  }

  /** In the conversation, ready to write. */
  async isInside(): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Message' }).waitFor({ timeout: 60_000 });
  }

  async writes(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Message' }).fill(text);
    await this.button('Send').click();
  }

  /** The article that shows this text. */
  message(text: string): Locator {
    return this.log.getByRole('article').filter({ hasText: text });
  }

  async sees(text: string): Promise<void> {
    await this.message(text).first().waitFor({ timeout: 60_000 });
  }
}
