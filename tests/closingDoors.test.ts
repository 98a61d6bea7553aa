import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserStorage } from './stage/browserStorage.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

/** A device keeps no more of itself: who it is, what it is called, its inbox, its lock; and that a chat has ended. */
const OWN_RECORDS = 6;

/** Records of a chat have keyed names: whose they are cannot be seen from here, only how many there are. */
const isNamed = (key: string) => key.includes(': ~');

describe('who may come, who must go', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let noor: Person;
  let link: string;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas, noor] = await Promise.all([
      Person.arrive('Mara'),
      Person.arrive('Jonas'),
      Person.arrive('Noor', { phone: true }),
    ]);
    link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
    for (const guest of [jonas, noor]) {
      await guest.knocks(link);
      await mara.admits();
      await guest.isInside();
    }
    await mara.writes('all three are here');
    await Promise.all([jonas.sees('all three are here'), noor.sees('all three are here')]);
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave(), noor?.leave()]);
    await relay?.remove();
  });

  const reads = (person: Person, sentence: string | RegExp) =>
    person.page.getByText(sentence).first().waitFor({ timeout: 30_000 });
  const opensDetails = async (person: Person) => {
    if ((await person.page.getByRole('complementary', { name: 'Conversation details' }).count()) === 0)
      await person.button('Conversation details').click();
  };

  it('someone removed reads so, and reads nothing after; the others go on', async () => {
    await opensDetails(mara);
    await mara.button('Remove Noor').click();
    await mara.page.getByRole('dialog').getByRole('button', { name: 'Remove them' }).click();
    await reads(noor, 'You were removed from this chat');
    await mara.writes('after the removal');
    await jonas.sees('after the removal');
    await jonas.writes('still two of us');
    await mara.sees('still two of us');
    await noor.page.reload();
    await reads(noor, 'You were removed from this chat');
    await noor.sees('all three are here');
    expect(await noor.message('after the removal').count()).toBe(0);
    expect(await noor.message('still two of us').count()).toBe(0);
    expect(await noor.page.getByRole('textbox', { name: 'Message' }).count()).toBe(0);
  });

  it('paused, what a guest writes is held back and says so; resumed, it arrives', async () => {
    await opensDetails(mara);
    await mara.button('Pause chat').click();
    const banner = 'What you write is encrypted now, kept here, and sent when it goes on.';
    await reads(jonas, banner);
    await jonas.writes('written while paused');
    await jonas.message('written while paused').getByText('Sending').first().waitFor();
    await mara.page.reload();
    await reads(mara, 'You paused this chat.');
    expect(await mara.message('written while paused').count()).toBe(0);
    await jonas.message('written while paused').getByText('Sending').first().waitFor();
    await mara.button('Resume').click();
    await mara.sees('written while paused');
    await jonas
      .message('written while paused')
      .getByText(/Delivered|Read/)
      .first()
      .waitFor();
    await jonas.page.getByText(banner).waitFor({ state: 'detached' });
  });

  it('"Stop new people" keeps those inside and turns others away', async () => {
    await opensDetails(mara);
    await mara.button('Stop new people').click();
    await reads(mara, 'No open link. Nobody new can join.');
    const page = await noor.context.newPage();
    await page.goto(link);
    await page.getByText('This link was stopped').waitFor();
    await page.close();
    await mara.writes('only those inside');
    await jonas.sees('only those inside');
  });

  it('who leaves takes everything of the chat off the browser', async () => {
    const before = await browserStorage(jonas.page);
    expect(before.records.some(key => isNamed(key))).toBe(true);
    await jonas.button('Leave and delete from this browser').click();
    await jonas.page.getByRole('dialog').getByRole('button', { name: 'Leave and delete' }).click();
    await reads(jonas, 'You have left');
    await reads(mara, 'Jonas left');
    await expect
      .poll(async () => browserStorage(jonas.page), { timeout: 10_000 })
      .toEqual({
        records: ['sotto-seal: seal-v1'],
        session: [],
      });
  });
});

describe('chats that end, and links for one', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let noor: Person;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas, noor] = await Promise.all([
      Person.arrive('Mara'),
      Person.arrive('Jonas'),
      Person.arrive('Noor', { phone: true }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave(), noor?.leave()]);
    await relay?.remove();
  });

  it('ended and erased, the chat is gone on both sides', async () => {
    await jonas.knocks(onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin));
    await mara.admits();
    await jonas.isInside();
    await mara.writes('to be forgotten');
    await jonas.sees('to be forgotten');
    const records = async (person: Person) =>
      (await browserStorage(person.page)).records.filter(key => isNamed(key)).length;
    for (const person of [mara, jonas]) expect(await records(person)).toBeGreaterThan(2 * OWN_RECORDS);

    await mara.button('End chat').first().click();
    const dialog = mara.page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /Erase it everywhere/ }).check();
    await dialog.getByRole('button', { name: 'End chat' }).click();

    await jonas.page.getByText('This chat has ended').waitFor();
    await mara.button('Start chat').waitFor();
    for (const person of [mara, jonas]) {
      await expect.poll(() => person.page.getByText('to be forgotten').count(), { timeout: 10_000 }).toBe(0);
      // What is its own stays, and a guest's device keeps the bare fact that there was a room, to say that it ended.
      await expect.poll(() => records(person), { timeout: 10_000 }).toBeLessThanOrEqual(OWN_RECORDS);
    }
  });

  it('a link for one person ends with that person, the one before goes on', async () => {
    const first = await mara.startsChat(relay.hostOrigin);
    await mara.page.getByText(/^More choices/).click();
    await mara.button('New link for one person').click();
    const single = onOrigin(await mara.nextInviteLink(first), relay.guestOrigin);
    await jonas.page.goto('about:blank');
    await jonas.knocks(single);
    await mara.admits();
    await jonas.isInside();
    await noor.page.goto(single);
    await noor.page.getByText('This link has been used up').waitFor();
    await noor.page.goto('about:blank');
    await noor.knocks(onOrigin(first, relay.guestOrigin));
    await mara.admits();
    await noor.isInside();
    await noor.writes('by the link for many');
    await Promise.all([mara.sees('by the link for many'), jonas.sees('by the link for many')]);
  });

  it('with approval off, whoever has the link is in at once', async () => {
    await mara.page.goto('about:blank');
    await mara.page.goto(relay.hostOrigin);
    await mara.button('New conversation').click();
    const first = await mara.inviteLink();
    await mara.page.getByText(/^More choices/).click();
    await mara.page.getByRole('checkbox', { name: 'Ask before letting people in' }).uncheck();
    const open = onOrigin(await mara.nextInviteLink(first), relay.guestOrigin);
    await noor.page.goto('about:blank');
    await noor.knocks(open);
    await noor.isInside();
    await noor.writes('nobody asked me');
    await mara.sees('nobody asked me');
    expect(await mara.button('Admit').count()).toBe(0);
  });

  it('nothing went wrong in any page', () => {
    expect([...mara.pageErrors, ...jonas.pageErrors, ...noor.pageErrors]).toEqual([]);
  });
});
