import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from './stage/axe.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

/** Enough that the oldest are on no first page of the log. */
const BETWEEN = 70;

describe('search', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas', { phone: true })]);
    const link = onOrigin(await mara.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
    await jonas.knocks(link);
    await Promise.all([jonas.isInside(), mara.isInside()]);
    await jonas.writes('The heron stands in the reeds at dawn');
    await mara.writes('我们明天在湖边见面');
    await jonas.writes('هل رأيت مالك الحزين عند البحيرة؟');
    await mara.sees('مالك الحزين');
    for (let i = 0; i < BETWEEN; i++) await mara.writes(`stone ${i} by the path`);
    await jonas.sees(`stone ${BETWEEN - 1} by the path`);
    await mara.page.reload();
    await mara.sees(`stone ${BETWEEN - 1} by the path`);
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  const field = (page: Page) => page.getByRole('searchbox', { name: 'Search messages' });
  const found = (page: Page) => page.getByRole('listbox', { name: 'Messages found' }).getByRole('option');
  const marks = (page: Page) => found(page).first().locator('mark').allTextContents();

  it('finds as one types: a beginning, a slip, Chinese and Arabic, with what was found marked', async () => {
    await field(mara.page).pressSequentially('hero');
    await found(mara.page).filter({ hasText: 'heron stands' }).waitFor();
    expect(await marks(mara.page)).toEqual(['hero']);
    await field(mara.page).fill('明天');
    await found(mara.page).filter({ hasText: '我们明天在湖边见面' }).waitFor();
    expect(await found(mara.page).count()).toBe(1);
    expect((await marks(mara.page)).join('')).toBe('明天');
    await field(mara.page).fill('الحزين');
    await found(mara.page).filter({ hasText: 'البحيرة' }).waitFor();
    expect((await marks(mara.page)).join('')).toBe('الحزين');
    expect(
      await found(mara.page)
        .locator('.snippet')
        .evaluate(snippet => getComputedStyle(snippet).direction),
    ).toBe('rtl');
    await field(mara.page).fill('zeppelin');
    await mara.page.getByText('No messages found').waitFor();
    expect(await axeViolations(mara.page)).toEqual([]);
  });

  it('gives page after page as one scrolls', async () => {
    await field(mara.page).fill('stone');
    await mara.page.getByText('More than 30 messages found').waitFor();
    expect(await axeViolations(mara.page)).toEqual([]);
    for (let pages = 0; pages < 4; pages++) await found(mara.page).last().scrollIntoViewIfNeeded();
    await mara.page.getByText(`${BETWEEN} messages found`).waitFor();
    expect(await found(mara.page).count()).toBe(BETWEEN);
  });

  it('opens a hit in its place of the log, marked and with the focus, and leads back to the newest', async () => {
    expect(await mara.message('heron stands').count()).toBe(0);
    await field(mara.page).fill('heron');
    await found(mara.page).first().waitFor();
    await field(mara.page).press('Enter');
    const hit = mara.message('heron stands');
    await hit.and(mara.page.locator('.found')).waitFor();
    await mara.page.waitForFunction(() => document.activeElement?.textContent?.includes('heron stands'));
    await mara.sees('stone 0 by the path');
    expect(await mara.message(`stone ${BETWEEN - 1} by the path`).count()).toBe(0);
    await mara.button(/Jump to latest/).click();
    await mara.sees(`stone ${BETWEEN - 1} by the path`);
    await mara.button(/Jump to latest/).waitFor({ state: 'detached' });
  });

  it('reads on from an older place to the newest, without a jump', async () => {
    await found(mara.page).first().click();
    await mara.sees('heron stands');
    await mara.log.evaluate(async log => {
      const frame = () => new Promise(requestAnimationFrame);
      const last = () => /stone 69 by/.test(log.textContent ?? '');
      for (let i = 0; i < 600 && !last(); i++) {
        log.scrollBy(0, 120);
        await frame();
      }
    });
    await mara.sees(`stone ${BETWEEN - 1} by the path`);
    await mara.writes('and on from here');
    await mara.sees('and on from here');
    await jonas.sees('and on from here');
  });

  it('Escape clears the field, and the list of conversations is back', async () => {
    await field(mara.page).press('Escape');
    await mara.page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    expect(await field(mara.page).inputValue()).toBe('');
  });

  it('a guest searches the one room, on a phone, and lands at the hit', async () => {
    await jonas.button('Search in this conversation').click();
    await field(jonas.page).fill('明天');
    await found(jonas.page).filter({ hasText: '我们明天' }).waitFor();
    expect(await axeViolations(jonas.page)).toEqual([]);
    await field(jonas.page).press('Enter');
    await jonas.message('我们明天').and(jonas.page.locator('.found')).waitFor();
    await field(jonas.page).waitFor({ state: 'detached' });
  });

  it('Ctrl+F searches the conversation that is open, narrowed by person and day', async () => {
    await mara.page.keyboard.press('Control+f');
    const panel = mara.page.getByRole('complementary', { name: 'Search in this conversation' });
    await panel.getByRole('searchbox').fill('the');
    await found(mara.page).first().waitFor();
    await panel.getByText('Filters', { exact: true }).click();
    await panel.getByRole('combobox', { name: 'Person' }).selectOption({ label: 'Jonas' });
    await panel.getByText('1 message found').waitFor();
    await panel.getByLabel('To', { exact: true }).fill('2020-01-01');
    await panel.getByText('No messages found with these filters').waitFor();
    expect(await axeViolations(mara.page)).toEqual([]);
    await panel.getByRole('button', { name: 'Clear filters' }).first().click();
    await panel.getByRole('searchbox').fill('heron');
    await panel.getByText('1 message found').waitFor();
    await mara.page.keyboard.press('Escape');
    await mara.page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });

  it('what is deleted leaves the results', async () => {
    await field(mara.page).fill('onward');
    await mara.page.getByText('No messages found').waitFor();
    await jonas.writes('onward we go');
    await mara.sees('onward we go');
    await field(mara.page).fill('onward ');
    await found(mara.page).first().waitFor();
    await mara.message('onward we go').hover();
    await mara.message('onward we go').getByRole('button', { name: 'Delete' }).click();
    await mara.button('Delete for me').click();
    await mara.page.getByText('No messages found').waitFor();
  });

  it('nothing went wrong in any page', () => {
    expect([...mara.pageErrors, ...jonas.pageErrors]).toEqual([]);
  });
});
