import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

describe('links that do not open, and doors that close', () => {
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

  const reads = (person: Person, sentence: string | RegExp) =>
    person.page.getByText(sentence).first().waitFor({ timeout: 30_000 });
  const newChat = async () => onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
  /** A chat beside those that are there. */
  const anotherChat = async () => {
    await mara.page.goto(relay.hostOrigin);
    const before = await mara.page
      .getByRole('textbox', { name: 'Invite link' })
      .inputValue({ timeout: 3_000 })
      .catch(() => '');
    const fresh = mara.button('New conversation').or(mara.button('Start chat'));
    await fresh.first().click();
    const link = before === '' ? await mara.inviteLink() : await mara.nextInviteLink(before);
    return onOrigin(link, relay.guestOrigin);
  };

  it('each damaged link has its own sentence', async () => {
    const link = await newChat();
    const url = new URL(link);
    const token = url.pathname.split('/').at(-1) ?? '';
    const [version, fingerprint, secret] = url.hash.slice(1).split('.');
    const cases: [string, string][] = [
      [`${relay.guestOrigin}/chat/${token}`, 'Part of the link is missing'],
      [
        `${relay.guestOrigin}/chat/${token}#${version}.${fingerprint}.${secret?.slice(0, -1)}`,
        'Part of the link is damaged',
      ],
      [`${relay.guestOrigin}/chat/${token}#9.${fingerprint}.${secret}`, 'This link needs a newer page'],
      [
        `${relay.guestOrigin}/chat/${token.split('').reverse().join('')}#${version}.${fingerprint}.${secret}`,
        'There is no chat behind this link',
      ],
    ];
    for (const [bad, sentence] of cases) {
      const page = await jonas.context.newPage();
      await page.goto(bad);
      await page.getByText(sentence).first().waitFor();
      expect(await page.getByRole('button', { name: 'Join chat' }).count()).toBe(0);
      await page.close();
    }
  });

  it('opening a link ten times changes nothing and spends nothing', async () => {
    const link = await anotherChat();
    const before = relay.filesOnDisk();
    for (let i = 0; i < 10; i += 1) {
      await jonas.page.goto('about:blank');
      await jonas.page.goto(link);
      await jonas.page.getByRole('textbox', { name: 'Your name' }).waitFor();
    }
    const after = relay.filesOnDisk();
    for (const name of ['relay.db', 'relay.db-wal']) {
      expect(after.get(name)?.equals(before.get(name) ?? Buffer.alloc(0)) ?? !before.has(name), name).toBe(
        true,
      );
    }
  });

  it('a revoked link says so', async () => {
    const link = await anotherChat();
    await mara.button('Revoke link').first().click();
    await reads(mara, 'This link no longer lets anyone in');
    await jonas.page.goto('about:blank');
    await jonas.page.goto(link);
    await reads(jonas, 'This link was stopped');
  });

  it('declined once may ask again, declined twice may not', async () => {
    const link = await anotherChat();
    await jonas.page.goto('about:blank');
    await jonas.knocks(link);
    await mara.button('Decline').first().click();
    await reads(jonas, /did not let you in/);
    await jonas.button('Ask again').click();
    await reads(mara, 'You declined before');
    await mara.button('Decline').first().click();
    await reads(jonas, 'You cannot join by this link');
  });

  it('a wrong password lets nobody in and counts; the right one does', async () => {
    const first = await anotherChat();
    await mara.page.getByText(/^More choices/).click();
    const password = mara.page.getByRole('textbox', { name: 'Password (optional)' });
    await password.fill('tulip-harbour');
    await password.press('Enter');
    const link = onOrigin(await mara.nextInviteLink(first), relay.guestOrigin);
    expect(link).toMatch(/\.p$/);
    await noor.knocks(link, { password: 'tulip-harbor' });
    await reads(noor, 'That password does not fit');
    expect(await mara.button('Admit').count()).toBe(0);
    await noor.page.getByRole('textbox', { name: 'Chat password' }).fill('tulip-harbour');
    await noor.button('Join chat').click();
    await mara.admits();
    await noor.isInside();
    await noor.writes('inside with the password');
    await mara.sees('inside with the password');
  });

  it('the room ended: who is inside sees it, who comes later too', async () => {
    const link = await anotherChat();
    await jonas.page.goto('about:blank');
    await jonas.knocks(link);
    await mara.admits();
    await jonas.isInside();
    await mara.writes('last words');
    await jonas.sees('last words');
    await mara.button('End chat').first().click();
    await mara.page.getByRole('dialog').getByRole('button', { name: 'End chat' }).click();
    await reads(jonas, /ended/i);
    await noor.page.goto('about:blank');
    await noor.page.goto(link);
    await reads(noor, 'This chat has ended');
  });

  it('a host who is away is said to be, and the guest may wait', async () => {
    const link = await anotherChat();
    const { profile } = mara;
    await mara.context.close();
    await noor.page.goto('about:blank');
    await noor.page.goto(link);
    await reads(noor, /is away/);
    await noor.page.getByRole('textbox', { name: 'Your name' }).fill('Noor');
    await noor.button('Join chat').click();
    await reads(noor, /is away/);
    mara = await Person.return('Mara', profile);
    await mara.page.goto(relay.hostOrigin);
    await mara.button('Admit').first().waitFor();
    await mara.admits();
    await noor.isInside();
  });
});

describe('the last place', () => {
  let relay: RelayProcess;
  let people: Person[] = [];
  beforeAll(async () => {
    relay = await RelayProcess.start();
    people = await Promise.all(['Mara', 'Jonas', 'Noor'].map(name => Person.arrive(name)));
  });
  afterAll(async () => {
    await Promise.all(people.map(person => person.leave()));
    await relay?.remove();
  });

  it('two guests race for it: exactly one gets in, the other reads why', async () => {
    const [mara, jonas, noor] = people as [Person, Person, Person];
    const first = await mara.startsChat(relay.hostOrigin);
    await mara.page
      .getByRole('combobox', { name: 'Who can join' })
      .selectOption({ label: 'just one person' });
    const link = onOrigin(await mara.nextInviteLink(first), relay.guestOrigin);
    await Promise.all([jonas.knocks(link), noor.knocks(link)]);
    await mara.page.getByRole('button', { name: 'Admit' }).nth(1).waitFor();
    await mara.button('Admit').first().click();
    const inside = (person: Person) => person.page.getByRole('textbox', { name: 'Message' });
    const refused = (person: Person) =>
      person.page.getByText(/This link has been used up|The chat is full/).first();
    await Promise.all(
      [jonas, noor].map(person => inside(person).or(refused(person)).first().waitFor({ timeout: 60_000 })),
    );
    const outcomes = await Promise.all(
      [jonas, noor].map(async person => `${await inside(person).count()}${await refused(person).count()}`),
    );
    expect(outcomes.sort()).toEqual(['01', '10']);
    const third = await Person.arrive('Elif');
    people.push(third);
    await third.page.goto(link);
    await third.page.getByText('This link has been used up').first().waitFor();
  });
});

describe('an expired link', () => {
  it('is refused by its own sentence', async () => {
    const relay = await RelayProcess.start();
    const [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
    try {
      const first = await mara.startsChat(relay.hostOrigin);
      await mara.page.getByRole('combobox', { name: 'Link expires' }).selectOption({ label: 'in 1 hour' });
      const link = onOrigin(await mara.nextInviteLink(first), relay.guestOrigin);
      await relay.down('SIGTERM');
      await relay.up({ clockAheadMs: 2 * 3_600_000 });
      await jonas.page.goto(link);
      await jonas.page.getByText('This link has expired').first().waitFor();
    } finally {
      await Promise.all([mara.leave(), jonas.leave()]);
      await relay.remove();
    }
  });
});
