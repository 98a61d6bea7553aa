import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from './stage/axe.ts';
import { browserStorage } from './stage/browserStorage.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';
import { tabSecrets } from './stage/tabSecrets.ts';

const PASSPHRASE = 'copper lantern orchid seven';
const SECRET_WORDS = ['Jonas', 'Train or car', 'half a thought'];

const passphraseField = (page: Page): Locator =>
  page.getByRole('textbox', { name: 'Passphrase', exact: true });
const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

async function isLocked(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Sotto is locked' }).waitFor({ timeout: 60_000 });
}

/** Nothing that a page shows, says, or has in its title is about a conversation. */
async function expectNothingShown(page: Page): Promise<void> {
  expect(await page.title()).toBe('Sotto');
  const everything = await page.content();
  for (const word of SECRET_WORDS) expect(everything).not.toContain(word);
  expect(await page.getByRole('article').count()).toBe(0);
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await page.getByRole('dialog').count()).toBe(0);
}

async function unlocks(page: Page, passphrase: string): Promise<void> {
  await passphraseField(page).fill(passphrase);
  await button(page, 'Unlock').click();
}

async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await axeViolations(page), `${state}, ${colorScheme}`).toEqual([]);
  }
}

/** An authenticator at hand that makes keys from its passkeys, and says yes to all it is asked. */
async function plugInPasskeys(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Has half a minute of the idle lock go by in a third of a second, by the engine's clock too. */
function hurryIdleLock(page: Page): void {
  page.on('worker', worker => {
    void worker.evaluate(() => {
      const calm = globalThis.setTimeout.bind(globalThis);
      const now = Date.now.bind(Date);
      let aheadMs = 0;
      Date.now = () => now() + aheadMs;
      const hurried = (run: () => void, delayMs: number) => {
        if (delayMs !== 30_000) return calm(run, delayMs);
        return calm(() => {
          aheadMs += 30_000;
          run();
        }, 300);
      };
      Object.assign(globalThis, { setTimeout: hurried });
    });
  });
}

describe('a host locks what is kept', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let code: string;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
    hurryIdleLock(mara.page);
    const link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
    await jonas.knocks(link);
    await mara.admits();
    await Promise.all([mara.isInside(), jonas.isInside()]);
    await jonas.writes('Train or car on Saturday?');
    await mara.sees('Train or car on Saturday?');
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  async function opensSettings(): Promise<void> {
    await mara.button('Settings').click();
    await mara.page.getByRole('dialog', { name: 'Settings' }).waitFor();
  }

  async function closesSettings(): Promise<void> {
    await mara.button('Close').click();
    await mara.page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  it('says above the chat who can read it, leads to a lock, and can be sent away for good', async () => {
    const line = mara.page.getByText('No lock is set');
    await line.waitFor();
    await expectAccessible(mara.page, 'no lock yet');
    await mara.button('Set a lock').click();
    await passphraseField(mara.page).waitFor();
    await mara.page.keyboard.press('Escape');
    await mara.page.getByRole('dialog').waitFor({ state: 'detached' });
    await mara.button('Do not show this again').click();
    await line.waitFor({ state: 'detached' });
    const focused = () => mara.page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    expect(await focused()).toBe('Message');
    await mara.page.reload();
    await mara.sees('Train or car on Saturday?');
    expect(await line.count()).toBe(0);
  });

  it('says that nothing is locked, and takes no passphrase that is short or mistyped', async () => {
    await opensSettings();
    await mara.page.getByText('Not locked').waitFor();
    await expectAccessible(mara.page, 'not locked');
    await mara.button('Set a passphrase').click();
    await passphraseField(mara.page).fill('short');
    await mara.page.getByRole('textbox', { name: 'Once more' }).fill('short');
    await mara.page.getByRole('dialog').last().getByRole('button', { name: 'Set passphrase' }).click();
    await mara.page.getByRole('alert').filter({ hasText: 'At least 8 characters' }).waitFor();
    await expectAccessible(mara.page, 'short passphrase');
    await passphraseField(mara.page).fill(PASSPHRASE);
    await mara.page.getByRole('textbox', { name: 'Once more' }).fill(`${PASSPHRASE}!`);
    await button(mara.page, 'Set passphrase').click();
    await mara.page.getByRole('alert').filter({ hasText: 'not the same' }).waitFor();
  });

  it('is locked by a passphrase, and after a reload there is nothing of the chat without it', async () => {
    await mara.page.getByRole('textbox', { name: 'Once more' }).fill(PASSPHRASE);
    await button(mara.page, 'Set passphrase').click();
    await mara.page.getByText('Locked by passphrase.').waitFor();
    await expectAccessible(mara.page, 'locked by passphrase');
    await mara.page.reload();
    await isLocked(mara.page);
    await expectNothingShown(mara.page);
    await expectAccessible(mara.page, 'unlock');
  });

  it('a wrong passphrase is told, and the field is selected to be written again', async () => {
    await unlocks(mara.page, 'copper lantern orchid eight');
    await mara.page.getByRole('alert').filter({ hasText: 'That is not the passphrase.' }).waitFor();
    await expect
      .poll(() =>
        mara.page.evaluate(() => {
          const field = document.activeElement as HTMLInputElement;
          return [field.type, field.selectionStart, field.selectionEnd === field.value.length];
        }),
      )
      .toEqual(['password', 0, true]);
    await expectAccessible(mara.page, 'wrong passphrase');
    await expectNothingShown(mara.page);
  });

  it('the right one brings it all back, with what came meanwhile', async () => {
    await jonas.writes('Written while it was locked');
    await unlocks(mara.page, PASSPHRASE);
    await mara.isInside();
    await mara.sees('Train or car on Saturday?');
    await mara.sees('Written while it was locked');
  });

  it('locking by the keys empties every window, whatever was open; unlocking in one opens all', async () => {
    const second = await mara.context.newPage();
    await second.goto(relay.hostOrigin);
    await second.getByRole('log').getByText('Train or car').waitFor();
    await second.getByRole('textbox', { name: 'Message' }).fill('half a thought');
    await second.getByRole('button', { name: 'Conversation details' }).click();
    await mara.button('End chat').click();
    await mara.page.getByRole('dialog').waitFor();
    await mara.page.keyboard.press('Control+Shift+L');
    await Promise.all([isLocked(mara.page), isLocked(second)]);
    for (const page of [mara.page, second]) await expectNothingShown(page);
    await unlocks(second, PASSPHRASE);
    await second.getByRole('log').getByText('Train or car').waitFor();
    await mara.sees('Train or car on Saturday?');
    // The draft was in memory only, and went with the lock.
    expect(await second.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('');
    await second.close();
  });

  it('makes a recovery code, shown once', async () => {
    await opensSettings();
    await mara.button('Make a recovery code').click();
    const groups = mara.page.getByRole('list', { name: 'Your recovery code' }).getByRole('listitem');
    await groups.first().waitFor();
    code = (await groups.allInnerTexts()).map(group => group.trim()).join('-');
    expect(code).toMatch(/^([0-9A-Z]{5}-){7}[0-9A-Z]{5}$/);
    await expectAccessible(mara.page, 'recovery code');
    await mara.page.keyboard.press('Escape');
    // Not by accident.
    expect(await groups.count()).toBe(8);
    await mara.button('Copy code').click();
    expect(await mara.page.evaluate(() => navigator.clipboard.readText())).toBe(code);
    await mara.page.getByRole('checkbox', { name: 'I have written it down' }).check();
    await mara.button('Done').click();
    await mara.page.getByText('Locked by passphrase, recovery code.').waitFor();
    expect(await mara.page.content()).not.toContain(code.slice(0, 5));
    await closesSettings();
  });

  it('unlocks by the recovery code; a slip is told before anything is tried', async () => {
    await mara.button('Lock now').click();
    await isLocked(mara.page);
    await mara.button('Use the recovery code').click();
    const field = mara.page.getByRole('textbox', { name: 'Recovery code' });
    const slip = code.replace(/^./, first => (first === 'A' ? 'B' : 'A'));
    await field.fill(slip.slice(0, 8));
    await mara.page.getByText('There is a slip in group 1.').waitFor();
    await expectAccessible(mara.page, 'a slip');
    await field.fill(code.toLowerCase().replaceAll('-', ' '));
    await button(mara.page, 'Unlock').click();
    await mara.sees('Train or car on Saturday?');
  });

  it('unlocks by a passkey', async () => {
    await plugInPasskeys(mara.page);
    await opensSettings();
    await mara.button('Add a passkey').click();
    await mara.page.getByText('Locked by passphrase, recovery code, passkey.').waitFor();
    await expectAccessible(mara.page, 'three locks');
    await mara.button('Lock now').last().click();
    await isLocked(mara.page);
    await expectNothingShown(mara.page);
    await expectAccessible(mara.page, 'unlock with passkey');
    await mara.button('Unlock with passkey').click();
    await mara.sees('Train or car on Saturday?');
  });

  it('a way to unlock can be removed, the last one not', async () => {
    await opensSettings();
    await mara.button('Remove passkey').click();
    await mara.page.getByRole('dialog').last().getByRole('button', { name: 'Remove', exact: true }).click();
    await mara.page.getByText('Locked by passphrase, recovery code.').waitFor();
    await mara.button('Remove recovery code').click();
    await mara.page.getByRole('dialog').last().getByRole('button', { name: 'Remove', exact: true }).click();
    await mara.page.getByText('Locked by passphrase.').waitFor();
    await mara.button('Remove passphrase').waitFor({ state: 'detached' });
    await closesSettings();
  });

  it('locks by itself when nobody is there, and not while somebody is', async () => {
    await mara.page.clock.install();
    await mara.page.reload();
    await isLocked(mara.page);
    await unlocks(mara.page, PASSPHRASE);
    await mara.isInside();
    await opensSettings();
    await mara.page.getByRole('combobox', { name: 'Lock by itself' }).selectOption('after 5 minutes');
    await closesSettings();
    // The engine's five minutes are three seconds here (`hurryIdleLock`); the page's twenty seconds go by at once.
    const untilMs = performance.now() + 7_000;
    for (let x = 0; performance.now() < untilMs; x = (x + 7) % 300) {
      await mara.page.mouse.move(500 + x, 300);
      await mara.page.clock.fastForward(21_000);
    }
    expect(await mara.message('Train or car on Saturday?').count()).toBe(1);
    await isLocked(mara.page);
    await expectNothingShown(mara.page);
  });

  it('erases everything, also while it is locked, and opens like new', async () => {
    const second = await mara.context.newPage();
    await second.goto(relay.hostOrigin);
    await isLocked(second);
    await mara.button('Forgotten?').click();
    await expectAccessible(mara.page, 'forgotten');
    await mara.button('Erase everything on this device').click();
    await expectAccessible(mara.page, 'erase');
    expect(await mara.button('Erase for good').isDisabled()).toBe(true);
    await mara.page.getByRole('textbox', { name: 'Type “erase” to go on' }).fill('erase');
    await mara.button('Erase for good').click();
    await Promise.all([button(mara.page, 'Start chat').waitFor(), button(second, 'Start chat').waitFor()]);
    await second.close();
    await mara.page.reload();
    await mara.button('Start chat').waitFor();
    expect(await mara.page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
    await mara.button('Settings').click();
    await mara.page.getByText('Not locked').waitFor();
  });

  it('nothing went wrong in any page', () => {
    expect([...mara.pageErrors, ...jonas.pageErrors]).toEqual([]);
  });
});

describe('a guest keeps the chat', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let page: Page;
  let link: string;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
    link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
    await jonas.knocks(link);
    await mara.admits();
    await Promise.all([mara.isInside(), jonas.isInside()]);
    await mara.writes('Train or car on Saturday?');
    await jonas.sees('Train or car on Saturday?');
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  it('with a passphrase of their own, and learns how to come back', async () => {
    await jonas.button('Keep this chat').click();
    const dialog = jonas.page.getByRole('dialog');
    await expectAccessible(jonas.page, 'keep');
    await passphraseField(jonas.page).fill(PASSPHRASE);
    await jonas.page.getByRole('textbox', { name: 'Once more' }).fill(PASSPHRASE);
    await dialog.getByRole('button', { name: 'Keep this chat' }).click();
    await dialog.getByText(`${relay.guestOrigin}/`).waitFor();
    await expectAccessible(jonas.page, 'kept');
    await jonas.button('Done').click();
    await jonas.button('Keep this chat').waitFor({ state: 'detached' });
    // The key is no longer in the tab.
    await expect(tabSecrets(jonas.page)).rejects.toThrow('the tab has no key');
  });

  it('a reload of the tab asks for it', async () => {
    await jonas.page.reload();
    await isLocked(jonas.page);
    await expectNothingShown(jonas.page);
    await unlocks(jonas.page, PASSPHRASE);
    await jonas.sees('Train or car on Saturday?');
  });

  it('after the tab is closed, the address leads back to the chat, and it goes on', async () => {
    page = await jonas.context.newPage();
    await jonas.page.close();
    await mara.writes('Said while the tab was closed');
    await page.goto(relay.guestOrigin);
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await expectAccessible(page, 'welcome back');
    await button(page, 'Open the chat kept in this browser').click();
    await isLocked(page);
    await expectNothingShown(page);
    await unlocks(page, PASSPHRASE);
    const log = page.getByRole('log');
    await log.getByText('Train or car on Saturday?').waitFor();
    await log.getByText('Said while the tab was closed').waitFor({ timeout: 60_000 });
    await mara.writes('And now that it is open');
    await log.getByText('And now that it is open').waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('I am back');
    await button(page, 'Send').click();
    await mara.sees('I am back');
  });

  it('locks at once by its button, and a reload comes back to it', async () => {
    await button(page, 'Lock now').click();
    await isLocked(page);
    await expectNothingShown(page);
    await page.reload();
    await isLocked(page);
    await unlocks(page, PASSPHRASE);
    await page.getByRole('log').getByText('I am back').waitFor();
  });

  it('the door of a fresh link works beside it', async () => {
    const other = await jonas.context.newPage();
    await other.goto(link);
    await other.getByRole('textbox', { name: 'Your name' }).waitFor();
    await other.getByRole('link', { name: 'Open the chat kept in this browser' }).waitFor();
    await expectAccessible(other, 'door with a kept chat');
    await other.getByRole('textbox', { name: 'Your name' }).fill('Jonas again');
    await button(other, 'Join chat').click();
    await mara.page.getByRole('article', { name: 'Jonas again asks to join' }).waitFor();
    await mara.admits();
    await other.getByRole('textbox', { name: 'Message' }).waitFor({ timeout: 60_000 });
    await other.close();
    // Of the link that opened the chat nothing is left but the path.
    const old = await jonas.context.newPage();
    await old.goto(link.split('#')[0]!);
    await old.getByRole('link', { name: 'Open the chat kept in this browser' }).click();
    await old.getByRole('log').getByText('I am back').waitFor();
    await old.close();
  });

  it('leaves, and nothing is kept any more', async () => {
    await button(page, 'Leave and delete from this browser').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave and delete' }).click();
    await page.getByRole('heading', { name: 'You have left' }).waitFor();
    // The last of it: going on before would be a race with the page's own tidying of its address.
    await page.waitForFunction(() => window.name === '' && history.state === null);
    await page.goto(relay.guestOrigin);
    await page.getByRole('heading', { name: 'A chat needs its link' }).waitFor();
    await mara.message('I am back').waitFor();
  });

  it('on a phone: keeps it, and erases it with all that led to it', async () => {
    const noor = await Person.arrive('Noor', { phone: true });
    await noor.knocks(link);
    await mara.admits();
    await noor.isInside();
    await mara.writes('Welcome Noor');
    await noor.sees('Welcome Noor');
    await noor.button('Conversation details').click();
    await noor.button('Keep this chat').click();
    await expectAccessible(noor.page, 'keep on a phone');
    await passphraseField(noor.page).fill(PASSPHRASE);
    // Seen, it is written once.
    await noor.button('Show passphrase').click();
    await noor.page.getByRole('textbox', { name: 'Once more' }).waitFor({ state: 'detached' });
    await noor.page.getByRole('dialog').getByRole('button', { name: 'Keep this chat' }).click();
    await noor.button('Done').click();
    await noor.page.getByText('Locked by passphrase.').waitFor();
    await expectAccessible(noor.page, 'kept on a phone');
    await noor.button('Erase everything on this device').click();
    await noor.page.getByRole('textbox', { name: 'Type “erase” to go on' }).fill('erase');
    await noor.button('Erase for good').click();
    await noor.page.getByRole('heading', { name: 'A chat needs its link' }).waitFor();
    await noor.page.reload();
    await noor.page.getByRole('heading', { name: 'A chat needs its link' }).waitFor();
    const { records, session } = await browserStorage(noor.page);
    expect(records.filter(record => record.startsWith('sotto-guest-'))).toEqual([]);
    expect([session, await noor.page.evaluate(() => window.name)]).toEqual([[], '']);
    expect(noor.pageErrors).toEqual([]);
    await noor.leave();
  });

  it('nothing went wrong in any page', () => {
    expect([...mara.pageErrors, ...jonas.pageErrors]).toEqual([]);
  });
});
