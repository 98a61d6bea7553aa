import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

describe('a chat, from nothing to three people', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let noor: Person;
  let link: string;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas, noor] = await Promise.all([
      Person.arrive('Mara'),
      Person.arrive('Jonas', { phone: true }),
      Person.arrive('Noor', { dark: true }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave(), noor?.leave()]);
    await relay?.remove();
  });

  it('the link is there after one click, and it is an HTTPS one', async () => {
    link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
    expect(link).toMatch(/^https:\/\/[^/]+\/chat\/[0-9A-Za-z]{24}#1\.[0-9A-Za-z]{22}\.[0-9A-Za-z]{22}$/);
  });

  it('the guest sees who invites, and the secret leaves the address bar', async () => {
    await jonas.page.goto(link);
    await jonas.page.getByRole('textbox', { name: 'Your name' }).waitFor();
    expect(new URL(jonas.page.url()).hash).toBe('');
    await jonas.page.reload();
    await jonas.page.getByRole('textbox', { name: 'Your name' }).fill('Jonas');
    await jonas.button('Join chat').click();
  });

  it('both see the same safety words', async () => {
    await mara.button('Admit').waitFor();
    const words = async (person: Person) =>
      (
        await person.page.getByRole('list', { name: 'Safety words' }).getByRole('listitem').allInnerTexts()
      ).map(word => word.trim());
    const [atHost, atGuest] = [await words(mara), await words(jonas)];
    expect(atHost).toHaveLength(4);
    expect(atGuest).toEqual(atHost);
  });

  it('one person has one colour: at the door, in the list, above the chat and among the people', async () => {
    const colourIn = async (place: Locator) =>
      /hue-\d/.exec((await place.locator('.avatar').first().getAttribute('class')) ?? '')?.[0];
    const atTheDoor = await colourIn(mara.page.getByRole('article', { name: 'Jonas asks to join' }));
    expect(atTheDoor).toBeDefined();
    await mara.admits();
    await mara.isInside();
    await mara.button('Conversation details').click();
    const people = mara.page.getByRole('complementary', { name: 'Details' }).getByRole('listitem');
    for (const place of [
      mara.page.getByRole('navigation').getByRole('button', { name: 'Jonas' }),
      mara.page.getByRole('main'),
      people.filter({ hasText: 'Jonas' }),
    ])
      expect(await colourIn(place)).toBe(atTheDoor);
    await mara.page.keyboard.press('Escape');
  });

  it('admitted, both write and read', async () => {
    await jonas.isInside();
    await mara.writes('Train or car on Saturday?');
    await jonas.sees('Train or car on Saturday?');
    await jonas.writes('Train. I want to read on the way back.');
    await mara.sees('Train. I want to read on the way back.');
  });

  it('the sender learns that it arrived', async () => {
    await mara
      .message('Train or car')
      .getByText(/Delivered|Read/)
      .first()
      .waitFor({ timeout: 30_000 });
    await jonas
      .message('Train. I want')
      .getByText(/Delivered|Read/)
      .first()
      .waitFor({ timeout: 30_000 });
  });

  it('a third person joins and cannot read what was before', async () => {
    await noor.knocks(link);
    await mara.admits();
    await noor.isInside();
    await jonas.writes('Welcome Noor');
    await noor.sees('Welcome Noor');
    await noor.writes('8:12 works');
    await Promise.all([mara.sees('8:12 works'), jonas.sees('8:12 works')]);
    expect(await noor.message('Train or car on Saturday?').count()).toBe(0);
    expect(await noor.message('I want to read').count()).toBe(0);
  });

  it('a reload loses nothing, for host and guest', async () => {
    for (const person of [mara, jonas, noor]) {
      await person.page.reload();
      await person.isInside();
      await person.sees('8:12 works');
    }
    expect(await jonas.message('Train or car on Saturday?').count()).toBe(1);
    await jonas.writes('still here');
    await Promise.all([mara.sees('still here'), noor.sees('still here')]);
  });

  it('"What the server saw" shows ciphertext and facts', async () => {
    const article = mara.message('still here');
    await article.hover();
    await article.getByRole('button', { name: 'What the server saw' }).click();
    const panel = mara.page.getByRole('complementary', { name: 'What the server saw' });
    await panel.getByText('AES-256-GCM').waitFor();
    expect(await panel.textContent()).toMatch(/ML-KEM-768/);
    await mara.page.keyboard.press('Escape');
  });

  it('nothing went wrong in any page', () => {
    expect([...mara.pageErrors, ...jonas.pageErrors, ...noor.pageErrors]).toEqual([]);
  });
});
