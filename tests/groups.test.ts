import { type Conversation, CoreError, conversationView, openEntry } from '@sotto/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dialogButton, isSignedIn, makesAccount, makesGroup, opens, signsIn } from './stage/account.ts';
import {
  CORE_ENV,
  conversationCalled,
  conversationsIn,
  copyOfStore,
  logsIn,
  openStore,
} from './stage/deviceStore.ts';
import { Person } from './stage/person.ts';
import { entriesOf, type KeptEntry } from './stage/relayEntries.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const GROUP = 'Allotment';
const BEFORE = 'canary-said-before-51c8';
const AFTER = 'canary-said-after-e07d';

/** A PNG of one dark pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOwEQkAAAEwAKHRzGiVAAAAAElFTkSuQmCC',
  'base64',
);

let relay: RelayProcess;
let mara: Person;
let marasPhone: Person;
let noor: Person;
let noorsPhone: Person;
let jonas: Person;
const everyone = () => [mara, marasPhone, noor, noorsPhone, jonas];

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, noor, jonas] = await Promise.all([
    Person.arrive('Mara'),
    Person.arrive('Noor'),
    Person.arrive('Jonas', { phone: true }),
  ]);
  await makesAccount(mara, relay.hostOrigin, 'mara');
  await makesAccount(noor, relay.guestOrigin, 'noor');
  await makesAccount(jonas, relay.guestOrigin, 'jonas');
  [marasPhone, noorsPhone] = await Promise.all([
    Person.arrive('Mara', { phone: true }),
    Person.arrive('Noor', { phone: true, dark: true }),
  ]);
  await signsIn(marasPhone, relay.guestOrigin, 'mara');
  await isSignedIn(marasPhone, 'mara');
  await signsIn(noorsPhone, relay.guestOrigin, 'noor');
  await isSignedIn(noorsPhone, 'noor');
});
afterAll(async () => {
  await Promise.all(everyone().map(person => person?.leave()));
  await relay?.remove();
});

/** The device is off: its engine runs nowhere, and its page is one that has none. */
const goesOff = (person: Person) => person.page.goto(`${relay.guestOrigin}/api/health`);
const comesBack = (person: Person) => person.page.goto(relay.guestOrigin);

it('a group of all: five devices of three accounts hear each other', async () => {
  await makesGroup(mara, GROUP, ['noor', 'jonas']);
  await mara.writes('Who waters on Sunday?');
  for (const person of [marasPhone, noor, noorsPhone, jonas]) {
    await opens(person, GROUP);
    await person.sees('Who waters on Sunday?');
  }
  for (const person of [noor, jonas]) await person.button('Accept').click();
  // What Noor accepts on one device is accepted on the other.
  for (const person of everyone()) await person.isInside();
  const said = new Map([
    [marasPhone, 'From the phone'],
    [noor, 'I do'],
    [jonas, 'And I on Monday'],
    [noorsPhone, 'The hose is in the shed'],
  ]);
  for (const [person, text] of said) await person.writes(text);
  for (const person of everyone()) for (const text of said.values()) await person.sees(text);
  await expect.poll(() => mara.log.getByText(/joined/).allInnerTexts()).toHaveLength(2);
});

it('the group has the picture that its owner chose, drawn anew and small, for everyone in it', async () => {
  await mara.button('Conversation details').click();
  const file = mara.page.getByLabel('File with a picture');
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  await file.setInputFiles({ name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: svg });
  await mara.page.getByText('This cannot be used as a picture').waitFor();
  await file.setInputFiles({ name: 'tea.png', mimeType: 'image/png', buffer: PICTURE });
  for (const person of [mara, noor, jonas]) {
    const picture = person.page.getByRole('main').getByRole('img', { name: `Picture of ${GROUP}` });
    await picture.waitFor();
    await expect.poll(() => picture.evaluate(img => (img as HTMLImageElement).naturalWidth)).toBe(192);
  }
  await mara.button('Remove the picture').click();
  await mara.button('Choose a picture').waitFor();
  await expect.poll(() => noor.page.getByRole('img', { name: `Picture of ${GROUP}` }).count()).toBe(0);
  await mara.button('Conversation details').click();
});

it('threat 41: who is removed opens nothing further, with all that the device kept and the relay has', async () => {
  // The relay keeps what Jonas and Noor’s phone have not fetched.
  await Promise.all([goesOff(jonas), goesOff(noorsPhone)]);
  const kept = await openStore(await copyOfStore(jonas.page));
  await mara.writes(BEFORE);
  await noor.sees(BEFORE);
  await mara.button('Conversation details').click();
  await mara.button('More about Jonas').click();
  await dialogButton(mara, 'Remove Jonas').click();
  await dialogButton(mara, 'Remove them').click();
  await mara.log.getByText(/removed .*Jonas/).waitFor();
  await mara.writes(AFTER);
  await noor.sees(AFTER);

  const conversation = await conversationCalled(kept, GROUP);
  const entries = entriesOf(relay, conversationView(conversation).streamId);
  const all = openedBy(conversation, entries);
  expect([all.text, all.removedAt !== undefined]).toEqual([BEFORE, true]);
  // After its removal it opens nothing; nor does one that is not told of it.
  const after = entries.slice(all.removedAt! + 1);
  expect(after.length).toBeGreaterThan(0);
  expect(() => openEntry(CORE_ENV, all.conversation, after[0]!)).toThrow(CoreError);
  const untold = openedBy(conversation, entries.slice(0, all.removedAt));
  expect(openedBy(untold.conversation, after)).toMatchObject({ text: '', unread: after.length });

  await comesBack(jonas);
  await opens(jonas, GROUP);
  await jonas.sees(BEFORE);
  await jonas.page.getByText('You were removed from this chat.').waitFor();
  expect(await jonas.message(AFTER).count()).toBe(0);
  await goesOff(jonas);
  const left = await openStore(await copyOfStore(jonas.page));
  expect(await conversationsIn(left)).toEqual([]);
  const logs = await logsIn(left);
  expect([logs.includes(BEFORE), logs.includes(AFTER)]).toEqual([true, false]);
});

it('a revoked device is out of every conversation, and says so when it comes back', async () => {
  await noor.button('Settings').click();
  await noor.page.getByRole('button', { name: /^Revoke .*Chrome on Linux/ }).click();
  await dialogButton(noor, 'Revoke device').click();
  await noor.page.getByText('Only this device can read your conversations.').waitFor();
  await mara.log.getByText(/A device of .*Noor.* is out/).waitFor();
  await mara.writes('Without the lost phone');
  await noor.sees('Without the lost phone');
  await comesBack(noorsPhone);
  await noorsPhone.page.getByText('This device was signed out from another of your devices.').waitFor();
  expect(await noorsPhone.message('Without the lost phone').count()).toBe(0);
});

/** What a device reads of entries, one after another, until one of them removes it. */
function openedBy(from: Conversation, entries: readonly KeptEntry[]) {
  let conversation = from;
  let text = '';
  let unread = 0;
  for (const [at, entry] of entries.entries()) {
    const opened = openEntry(CORE_ENV, conversation, entry);
    const { outcome } = opened;
    conversation = opened.conversation;
    // A Commit that came with it is read no more than a text.
    if (outcome.type === 'undecryptable' || outcome.type === 'rejected-commit') unread += 1;
    if (outcome.type === 'content' && outcome.content.body.type === 'text') text += outcome.content.body.text;
    if (outcome.type === 'commit' && outcome.selfRemoved)
      return { conversation, text, unread, removedAt: at };
  }
  return { conversation, text, unread, removedAt: undefined };
}
