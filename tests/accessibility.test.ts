import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announced, hearAnnouncements } from './stage/announcements.ts';
import { axeViolations } from './stage/axe.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

/** Set it to a folder to keep a picture of every state, light and dark. */
const PICTURES = process.env.SOTTO_PICTURES;

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** Asks axe about the page in both themes. */
async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await picture(page, `${state}-${colorScheme}`);
    expect(await axeViolations(page), `${state}, ${colorScheme}`).toEqual([]);
  }
}

/** A window of 720 or 1280 px at 200 % zoom has half of that to lay out in. */
async function expectNoSidewaysScroll(page: Page, state: string): Promise<void> {
  const before = page.viewportSize();
  for (const size of [
    { width: 360, height: 640 },
    { width: 640, height: 400 },
  ]) {
    await page.setViewportSize(size);
    await picture(page, `${state}-${size.width}`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider, `${state} at ${size.width}`).toBeLessThanOrEqual(0);
  }
  if (before) await page.setViewportSize(before);
}

/** What a screen reader would say about the place of the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return 'nothing';
    return element.getAttribute('aria-label') ?? element.textContent ?? '';
  });
}

/** Presses Tab until the focus is where it should go. */
async function tabsTo(page: Page, name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press(key);
    const now = (await focused(page)).trim();
    if (now === name) return;
    passed.push(now);
  }
  throw new Error(`"${name}" is not reached by ${key}; passed: ${passed.join(' | ')}`);
}

describe('for everyone', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let link: string;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([
      Person.arrive('Mara'),
      Person.arrive('Jonas Østergaard-Villanueva de la Torre', { phone: true }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  it('the start page, and starting by keyboard alone', async () => {
    await mara.page.goto(relay.hostOrigin);
    await mara.button('Start chat').waitFor();
    await expectAccessible(mara.page, 'start');
    await expectNoSidewaysScroll(mara.page, 'start');
    await tabsTo(mara.page, 'Start chat');
    await mara.page.keyboard.press('Enter');
    link = onOrigin(await mara.inviteLink(), relay.guestOrigin);
    expect(await focused(mara.page)).not.toBe('nothing');
  });

  it('the invite card', async () => {
    await expectAccessible(mara.page, 'invite');
    await expectNoSidewaysScroll(mara.page, 'invite');
    await mara.page.getByText(/^More choices/).click();
    await expectAccessible(mara.page, 'invite-choices');
  });

  it('the door and the waiting screen', async () => {
    await jonas.page.goto(link);
    const name = jonas.page.getByRole('textbox', { name: 'Your name' });
    await name.waitFor();
    await expectAccessible(jonas.page, 'door');
    await expectNoSidewaysScroll(jonas.page, 'door');
    await name.focus();
    await jonas.page.keyboard.type(jonas.name);
    await jonas.page.keyboard.press('Enter');
    await jonas.page.getByRole('list', { name: 'Safety words' }).waitFor();
    await expectAccessible(jonas.page, 'waiting');
    await expectNoSidewaysScroll(jonas.page, 'waiting');
  });

  it('someone at the door, let in by keyboard alone', async () => {
    await mara.button('Admit').waitFor();
    await expectAccessible(mara.page, 'knock');
    await tabsTo(mara.page, 'Admit', 'Shift+Tab');
    await mara.page.keyboard.press('Enter');
    await Promise.all([mara.isInside(), jonas.isInside()]);
    // The card with the button is gone: the focus is where one writes.
    await expect.poll(() => focused(mara.page)).toBe('Message');
    await mara.page.keyboard.type('Train or car on Saturday?');
    await mara.page.keyboard.press('Enter');
    await jonas.sees('Train or car on Saturday?');
    await jonas.writes(
      'הרכבת. Then https://example.org/timetable/with/a/very/long/address/that/does/not/fit/on/a/phone',
    );
    await mara.sees('הרכבת.');
  });

  it('the conversation, at a desk and on a phone', async () => {
    await mara
      .message('Train or car')
      .getByText(/Delivered|Read/)
      .first()
      .waitFor();
    await expectAccessible(mara.page, 'host-conversation');
    await expectNoSidewaysScroll(mara.page, 'host-conversation');
    await expectAccessible(jonas.page, 'guest-conversation');
    await expectNoSidewaysScroll(jonas.page, 'guest-conversation');
    await jonas.button('Conversation details').click();
    await expectAccessible(jonas.page, 'guest-details');
    await jonas.page.keyboard.press('Escape');
    expect(await focused(jonas.page)).toBe('Conversation details');
  });

  it('"What the server saw" opens and closes by keyboard, and the focus comes back', async () => {
    await tabsTo(mara.page, 'What the server saw', 'Shift+Tab');
    await mara.page.keyboard.press('Enter');
    const panel = mara.page.getByRole('complementary', { name: 'What the server saw' });
    await panel.getByText('AES-256-GCM').waitFor();
    await expectAccessible(mara.page, 'server-saw');
    await mara.page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await focused(mara.page)).toBe('What the server saw');
  });

  it('every dialog gives the focus back', async () => {
    for (const opener of ['Invite', 'End chat', 'Settings']) {
      await mara.button(opener).focus();
      await mara.page.keyboard.press('Enter');
      await mara.page.getByRole('dialog').waitFor();
      await expectAccessible(mara.page, `dialog-${opener}`);
      if (opener === 'Invite') {
        const field = mara.page.getByRole('dialog').getByRole('textbox', { name: 'Invite link' });
        await field.focus();
        // All of it is selected, to be copied, and it starts with the address.
        expect(
          await field.evaluate((link: HTMLInputElement) => [
            link.scrollLeft,
            link.selectionEnd === link.value.length,
          ]),
        ).toEqual([0, true]);
      }
      await mara.page.keyboard.press('Escape');
      await mara.page.getByRole('dialog').waitFor({ state: 'detached' });
      expect((await focused(mara.page)).trim(), opener).toBe(opener);
    }
    await mara.button('Conversation details').focus();
    await mara.page.keyboard.press('Enter');
    await tabsTo(mara.page, `Remove ${jonas.name}`);
    await expectAccessible(mara.page, 'host-details');
    // The long name wraps; nothing of it is cut off.
    const person = mara.page.getByRole('listitem').filter({ has: mara.button(`Remove ${jonas.name}`) });
    const fits = await person
      .locator('bdi')
      .evaluate(name => name.textContent !== '' && name.scrollWidth <= name.clientWidth);
    expect(fits).toBe(true);
    await mara.page.keyboard.press('Enter');
    await mara.page.getByRole('dialog').waitFor();
    await mara.page.keyboard.press('Escape');
    await mara.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused(mara.page)).toBe(`Remove ${jonas.name}`);
  });
});

describe('two at the door', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let noor: Person;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas, noor] = await Promise.all([
      Person.arrive('Mara'),
      Person.arrive('Jonas'),
      Person.arrive('Noor'),
    ]);
    await hearAnnouncements(mara.page);
    await mara.page.clock.install();
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave(), noor?.leave()]);
    await relay?.remove();
  });

  const card = (person: Person) => mara.page.getByRole('article', { name: `${person.name} asks to join` });

  async function answers(person: Person, answer: 'Admit' | 'Decline'): Promise<void> {
    await card(person).getByRole('button', { name: answer }).focus();
    await mara.page.keyboard.press('Enter');
  }

  const hasFocus = (locator: Locator) => locator.evaluate(element => element === document.activeElement);

  it('answered by keyboard, the next card has the focus, and the answer is said', async () => {
    const link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
    await Promise.all([jonas.knocks(link), noor.knocks(link)]);
    await Promise.all([card(jonas).waitFor(), card(noor).waitFor()]);
    await answers(noor, 'Decline');
    await card(noor).waitFor({ state: 'detached' });
    await expect.poll(() => hasFocus(card(jonas))).toBe(true);
    await expect.poll(() => announced(mara.page)).toBe('Noor was declined');
  });

  it('also when the first comes in and the conversation takes the place of the invitation', async () => {
    await noor.button('Ask again').click();
    await card(noor).waitFor();
    await answers(jonas, 'Admit');
    await jonas.isInside();
    await mara.isInside();
    await expect.poll(() => hasFocus(card(noor))).toBe(true);
    await expect.poll(() => announced(mara.page)).toBe('Jonas is in');
  });

  it('after the last one the focus is where one writes', async () => {
    await answers(noor, 'Admit');
    await noor.isInside();
    await expect.poll(() => focused(mara.page)).toBe('Message');
    await expect.poll(() => announced(mara.page)).toBe('Noor is in');
  });

  it('within a dialog it is said where a screen reader hears it, and behind it once that is closed', async () => {
    await mara.button('Invite').click();
    const inFront = mara.page.getByRole('dialog');
    await inFront.getByRole('button', { name: 'Copy link' }).click();
    await expect.poll(() => announced(mara.page)).toBe('Copied');
    await mara.page.keyboard.press('Escape');
    await inFront.waitFor({ state: 'detached' });
    await mara.writes('A slip');
    await mara.message('A slip').hover();
    await mara.message('A slip').getByRole('button', { name: 'Delete' }).click();
    await mara.button('Delete for everyone').click();
    await expect.poll(() => announced(mara.page)).toMatch(/deleted/);
  });

  it('what was said does not stay in the page', async () => {
    await mara.page.clock.fastForward(5_000);
    expect(await announced(mara.page)).toBe('');
  });
});
