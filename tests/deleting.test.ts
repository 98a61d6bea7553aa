import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from './stage/axe.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const PASSPHRASE = 'four quiet words here';

describe('what goes away, and what one takes along', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas', { dark: true })]);
    const link = onOrigin(await mara.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
    await jonas.knocks(link);
    await Promise.all([jonas.isInside(), mara.isInside()]);
    await mara.writes('the first of Mara');
    await jonas.sees('the first of Mara');
    await jonas.writes('the second, of Jonas');
    await mara.sees('the second, of Jonas');
    await mara.writes('the third of Mara');
    await jonas.sees('the third of Mara');
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  async function asksToDelete(person: Person, text: string): Promise<void> {
    const message = person.message(text);
    await message.hover();
    await message.getByRole('button', { name: 'Delete' }).click();
    await person.page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
  }
  const focusIn = (page: Page, text: string) =>
    page.waitForFunction(
      wanted => document.activeElement?.closest('article')?.textContent?.includes(wanted),
      text,
    );

  it('a message of another is deleted for oneself only, and the focus goes to its neighbour', async () => {
    await asksToDelete(mara, 'the second, of Jonas');
    expect(await mara.button('Delete for everyone').count()).toBe(0);
    expect(await mara.page.getByRole('dialog').textContent()).toMatch(/backups of this computer/);
    expect(await axeViolations(mara.page)).toEqual([]);
    await mara.button('Delete for me').click();
    await mara.message('the second, of Jonas').waitFor({ state: 'detached' });
    await focusIn(mara.page, 'the third of Mara');
    expect(await jonas.message('the second, of Jonas').count()).toBe(1);
    await mara.page.reload();
    await mara.sees('the third of Mara');
    expect(await mara.message('the second, of Jonas').count()).toBe(0);
  });

  it('an own message is deleted for everyone; both see that it was, and an answer begun to it is let go', async () => {
    const third = jonas.message('the third of Mara');
    await third.hover();
    await third.getByRole('button', { name: 'Reply' }).click();
    await jonas.button('Cancel reply').waitFor();
    await asksToDelete(mara, 'the third of Mara');
    expect(await mara.page.getByRole('dialog').textContent()).toMatch(/asked to delete it/);
    await mara.button('Delete for everyone').click();
    await mara.sees('You deleted this message');
    await jonas.sees('This message was deleted');
    await jonas.button('Cancel reply').waitFor({ state: 'detached' });
    for (const { page } of [mara, jonas]) {
      // Also from the list of rooms, which hears of it a moment later.
      await expect.poll(() => page.content(), { timeout: 10_000 }).not.toContain('the third of Mara');
      expect(await axeViolations(page)).toEqual([]);
    }
  });

  it('the keyboard does it too', async () => {
    await mara.writes('gone by the keyboard');
    await jonas.sees('gone by the keyboard');
    await mara
      .message('gone by the keyboard')
      .getByText(/Sent|Delivered|Read/)
      .first()
      .waitFor();
    await mara.message('gone by the keyboard').focus();
    await mara.page.keyboard.press('Delete');
    await mara.button('Delete for me').focus();
    await mara.page.keyboard.press('Enter');
    await mara.message('gone by the keyboard').waitFor({ state: 'detached' });
    await focusIn(mara.page, 'You deleted this message');
    await mara.page.keyboard.press('Escape');
  });

  it('a clear file is written only by who says to know what that means', async () => {
    await jonas.button('Conversation details').click();
    await jonas.button('Export').click();
    const dialog = jonas.page.getByRole('dialog', { name: 'Export conversations' });
    await dialog.getByRole('radio', { name: /Web page/ }).check();
    await dialog.getByRole('button', { name: 'Export' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await axeViolations(jonas.page)).toEqual([]);
    await dialog.getByRole('checkbox', { name: 'Anyone who gets this file can read it' }).check();
    const [download] = await Promise.all([
      jonas.page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Export' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^sotto-.*\.html$/);
    const html = readFileSync(await download.path(), 'utf8');
    expect(html).toContain('the first of Mara');
    expect(html).not.toContain('the third of Mara');
    await jonas.button('Done').click();
    await jonas.page.keyboard.press('Escape');
  });

  it('an archive goes out encrypted, and comes in again where the conversation is no more', async () => {
    await mara.button('Settings').click();
    await mara.button('Export').click();
    const out = mara.page.getByRole('dialog', { name: 'Export conversations' });
    await out.getByRole('textbox', { name: 'Passphrase of the archive' }).fill(PASSPHRASE);
    await out.getByRole('textbox', { name: 'Once more' }).fill(PASSPHRASE);
    const [download] = await Promise.all([
      mara.page.waitForEvent('download'),
      out.getByRole('button', { name: 'Export' }).click(),
    ]);
    const archive = readFileSync(await download.path());
    expect(archive.subarray(0, 21).toString('latin1')).toBe('age-encryption.org/v1');
    expect(archive.includes('the first of Mara')).toBe(false);
    await mara.button('Done').click();
    await mara.page.keyboard.press('Escape');

    await mara.button('End chat').click();
    await mara.page.getByRole('dialog').getByRole('button', { name: 'End chat' }).click();
    await mara.button('Conversation details').click();
    const details = mara.page.getByRole('complementary', { name: 'Conversation details' });
    await details.getByRole('button', { name: 'Delete conversation' }).click();
    await mara.button('Delete for good').click();
    await mara.button('Start chat').waitFor();

    await mara.button('Settings').click();
    await mara.button('Import').click();
    const into = mara.page.getByRole('dialog', { name: 'Import an archive' });
    const file = { name: 'sotto.age', mimeType: 'application/octet-stream', buffer: archive };
    await into.getByLabel('Archive file').setInputFiles({ ...file, buffer: archive.subarray(0, 400) });
    await into.getByRole('textbox', { name: 'Passphrase' }).fill(PASSPHRASE);
    await into.getByRole('button', { name: 'Import' }).click();
    await into.getByRole('alert').filter({ hasText: 'damaged' }).waitFor();
    await into.getByLabel('Archive file').setInputFiles(file);
    await into.getByRole('textbox', { name: 'Passphrase' }).fill('not these words');
    await into.getByRole('button', { name: 'Import' }).click();
    await into.getByRole('alert').filter({ hasText: 'not the passphrase' }).waitFor();
    await into.getByRole('textbox', { name: 'Passphrase' }).fill(PASSPHRASE);
    await into.getByRole('button', { name: 'Import' }).click();
    await into.getByText(/^1 conversation with \d+ messages? imported/).waitFor();
    await mara.button('Done').click();
    await mara.page.keyboard.press('Escape');
    await mara.sees('the first of Mara');
    await mara.page.getByRole('main').getByText('Imported', { exact: true }).waitFor();
    expect(await mara.page.getByRole('textbox', { name: 'Message' }).count()).toBe(0);
    expect(await axeViolations(mara.page)).toEqual([]);
  });

  it('a guest deletes a conversation that is over', async () => {
    await jonas.page.getByText('ended this chat').first().waitFor();
    await jonas.button('Delete conversation').first().click();
    await jonas.button('Delete for good').click();
    await jonas.page.getByRole('heading', { name: 'You have left' }).waitFor();
  });

  it('nothing went wrong in any page', () => {
    expect([...mara.pageErrors, ...jonas.pageErrors]).toEqual([]);
  });
});
