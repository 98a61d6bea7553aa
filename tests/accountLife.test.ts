import { afterAll, beforeAll, expect, it } from 'vitest';
import { dialogButton, field, fillsInAccount, opens, PASSWORD, says, signsIn } from './stage/account.ts';
import { axeViolations } from './stage/axe.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const NEXT_PASSWORD = 'velvet anchor meadow nine';
const PASSPHRASE = 'seven grey geese at dawn';

let relay: RelayProcess;
let mara: Person;
let phone: Person;
let laptop: Person;
let tablet: Person;
let fresh: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, phone, laptop, tablet, fresh] = await Promise.all([
    Person.arrive('Mara'),
    Person.arrive('Noor', { phone: true }),
    Person.arrive('Noor', { dark: true }),
    Person.arrive('Noor'),
    Person.arrive('Noor'),
  ]);
});
afterAll(async () => {
  await Promise.all([mara, phone, laptop, tablet, fresh].map(person => person?.leave()));
  await relay?.remove();
});

it('a guest makes an account, is led to a passphrase, and keeps the conversation', async () => {
  const link = onOrigin(await mara.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
  await phone.knocks(link);
  await Promise.all([mara.isInside(), phone.isInside()]);
  await mara.writes('Said to a guest');
  await phone.sees('Said to a guest');
  await phone.button('Conversation details').click();
  await phone.button('Keep this chat').last().click();
  await phone.button('Create account').click();
  await fillsInAccount(phone, 'noor');
  await says(phone, 'You are @noor, so far in this tab only');
  expect(await axeViolations(phone.page)).toEqual([]);
  await dialogButton(phone, 'Not now').click();
  await phone.page.keyboard.press('Escape');
  await says(phone, 'Your account is in this tab only');
  await phone.button('Set a passphrase').click();
  await field(phone, 'Passphrase').fill(PASSPHRASE);
  await field(phone, 'Once more').fill(PASSPHRASE);
  await dialogButton(phone, 'Keep it').click();
  await dialogButton(phone, 'Done').click();
  expect(await phone.page.getByText('Your account is in this tab only').count()).toBe(0);
  await mara.log.getByText(/Noor.* has an account now/).waitFor();

  await phone.page.goto(relay.guestOrigin);
  await phone.button('Open the chat kept in this browser').click();
  await field(phone, 'Passphrase').fill(PASSPHRASE);
  await phone.button('Unlock').click();
  await phone.button('New conversation').waitFor();
  await opens(phone, '');
  await phone.sees('Said to a guest');
});

it('a changed password: the old one opens nothing any more, and who is in stays in', async () => {
  await signsIn(laptop, relay.guestOrigin, 'noor');
  await opens(laptop, '');
  await laptop.isInside();
  await laptop.button('Settings').click();
  await dialogButton(laptop, 'Change password').click();
  await field(laptop, 'Current password').fill(NEXT_PASSWORD);
  await field(laptop, 'New password').fill(NEXT_PASSWORD);
  await dialogButton(laptop, 'Change password').click();
  await says(laptop, 'That is not the current password.');
  await field(laptop, 'Current password').fill(PASSWORD);
  await dialogButton(laptop, 'Change password').click();
  await says(laptop, 'The password is changed.');
  await laptop.page.keyboard.press('Escape');

  await signsIn(tablet, relay.guestOrigin, 'noor', PASSWORD);
  await says(tablet, 'That handle and password do not belong together.');
  await field(tablet, 'Password').fill(NEXT_PASSWORD);
  await dialogButton(tablet, 'Sign in').click();
  await opens(tablet, '');
  await tablet.isInside();
  await mara.writes('To all of Noor’s devices');
  for (const device of [phone, laptop, tablet]) await device.sees('To all of Noor’s devices');
});

it('a deleted account: found by nobody, its other devices are told, and what was said stays where it is', async () => {
  await laptop.button('Settings').click();
  await dialogButton(laptop, 'Delete account').click();
  await says(laptop, /For 30 days nobody can take it, not even you/);
  await field(laptop, 'Password').fill(NEXT_PASSWORD);
  await dialogButton(laptop, 'Delete for good').click();
  await says(laptop, 'The account is deleted.');
  await laptop.page.keyboard.press('Escape');
  const told = 'The account @noor was deleted. What was said is still here to read.';
  for (const device of [laptop, tablet]) await says(device, told);
  // Also who comes later, and finds what was said.
  await Promise.all([tablet.page.reload(), phone.page.reload()]);
  await says(tablet, told);
  await tablet.sees('To all of Noor’s devices');
  await phone.button('Open the chat kept in this browser').click();
  await field(phone, 'Passphrase').fill(PASSPHRASE);
  await phone.button('Unlock').click();
  await says(phone, told);
  await signsIn(fresh, relay.guestOrigin, 'noor', NEXT_PASSWORD);
  await says(fresh, 'That handle and password do not belong together.');
  for (const person of [mara, phone, laptop, tablet]) {
    // What the browser notes of a refused password and of a session that ended is no mistake of the page.
    expect(person.pageErrors.filter(error => !/40[13]|WebSocket/.test(error))).toEqual([]);
  }
});
