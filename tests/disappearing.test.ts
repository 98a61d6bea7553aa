import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announced, hearAnnouncements } from './stage/announcements.ts';
import { axeViolations } from './stage/axe.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

/** The shortest time that the pages offer is 30 seconds. */
const GONE_BY_MS = 120_000;

describe('messages that disappear', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas', { dark: true })]);
    await hearAnnouncements(jonas.page);
    const link = onOrigin(await mara.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
    await jonas.knocks(link);
    await Promise.all([jonas.isInside(), mara.isInside()]);
    await mara.writes('this one stays');
    await jonas.sees('this one stays');
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  const choice = ({ page }: Person) => page.getByRole('combobox', { name: 'Disappearing messages' });
  const chosen = (person: Person) =>
    choice(person).evaluate((select: HTMLSelectElement) => select.selectedOptions[0]?.text);
  const happened = (person: Person, words: string) => person.log.getByText(words).waitFor();

  it('the host sets a timer, and everyone is told; what stands there already stays', async () => {
    await mara.button('Conversation details').click();
    expect(await chosen(mara)).toBe('Off');
    await choice(mara).selectOption('30 seconds');
    await happened(mara, 'You set new messages to disappear 30 seconds after they are read');
    await happened(jonas, 'set new messages to disappear 30 seconds after they are read');
    for (const { page } of [mara, jonas]) {
      await page.getByText('New messages disappear 30 seconds after they are read').waitFor();
      expect(await axeViolations(page)).toEqual([]);
    }
    await jonas.button('Conversation details').click();
    expect(await chosen(jonas)).toBe('30 seconds');
    await jonas.page.keyboard.press('Escape');
    await mara.page.keyboard.press('Escape');
    for (const person of [mara, jonas])
      expect(await person.message('this one stays').textContent()).not.toMatch(/Disappears/);
  });

  it('a message says how long it is still there, and is gone from both pages when that is over', async () => {
    await mara.writes('the secret of Mara');
    await jonas.sees('the secret of Mara');
    const secrets = [mara, jonas].map(person => person.message('the secret of Mara'));
    for (const secret of secrets) await secret.getByText(/^Disappears in (30|25|20|15) seconds$/).waitFor();
    await mara.message('the secret of Mara').hover();
    await mara.message('the secret of Mara').getByRole('button', { name: 'Delete' }).click();
    const question = mara.page.getByRole('dialog', { name: 'Delete this message?' });
    await question.getByText('the secret of Mara').waitFor();
    await jonas.message('the secret of Mara').focus();
    await Promise.all(secrets.map(secret => secret.getByText(/^Disappears in (10|5) seconds$/).waitFor()));
    const before = await announced(jonas.page);
    for (const secret of secrets) await secret.waitFor({ state: 'detached', timeout: GONE_BY_MS });
    await question.waitFor({ state: 'detached' });
    for (const { page } of [mara, jonas])
      await page.waitForFunction(() =>
        document.activeElement?.closest('article')?.textContent?.includes('this one stays'),
      );
    expect(['', before]).toContain(await announced(jonas.page));
    for (const person of [mara, jonas]) {
      await happened(person, 'set new messages to disappear 30 seconds after they are read');
      await person.sees('this one stays');
      expect(await person.page.content()).not.toContain('the secret of Mara');
    }
    await mara.page.reload();
    await mara.sees('this one stays');
    expect(await mara.message('the secret of Mara').count()).toBe(0);
  });

  it('a guest changes it by the keyboard, and everyone hears only of where the choice came to rest', async () => {
    await jonas.button('Conversation details').click();
    await choice(jonas).focus();
    await jonas.page.keyboard.press('ArrowDown');
    await jonas.page.keyboard.press('ArrowDown');
    await happened(mara, 'set new messages to disappear 1 hour after they are read');
    expect(await mara.log.getByText('5 minutes').count()).toBe(0);
    await choice(jonas).selectOption('Off');
    await jonas.page.keyboard.press('Escape');
    await happened(mara, 'turned disappearing messages off');
    for (const { page } of [mara, jonas])
      await page.getByText('New messages disappear').waitFor({ state: 'detached' });
    await mara.writes('stays as before');
    await jonas.sees('stays as before');
    expect(await jonas.message('stays as before').textContent()).not.toMatch(/Disappears/);
  });

  it('nothing went wrong in any page', () => {
    expect([...mara.pageErrors, ...jonas.pageErrors]).toEqual([]);
  });
});
