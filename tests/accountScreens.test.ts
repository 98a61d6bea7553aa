import { afterAll, beforeAll, expect, it } from 'vitest';
import { axeViolations } from './stage/axe.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const PASSWORD = 'copper lantern orchid seven';

let relay: RelayProcess;
let mara: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  mara = await Person.arrive('Mara');
});
afterAll(async () => {
  await mara?.leave();
  await relay?.remove();
});

const field = (person: Person, name: string) => person.page.getByRole('textbox', { name });
const dialogButton = (person: Person, name: string) =>
  person.page.getByRole('dialog').last().getByRole('button', { name, exact: true });

let code = '';

it('an account is made from the start page, by keyboard, and its code is shown once', async () => {
  await mara.page.goto(relay.hostOrigin);
  await mara.button('Create account').click();
  await field(mara, 'Handle').fill('mara');
  await field(mara, 'Your name').fill('Mara');
  await field(mara, 'Password').fill(PASSWORD);
  await mara.page.keyboard.press('Enter');
  const words = mara.page.getByRole('list', { name: 'Your recovery code' });
  await words.waitFor();
  expect(await axeViolations(mara.page)).toEqual([]);
  await mara.button('Copy code').click();
  code = await mara.page.evaluate(() => navigator.clipboard.readText());
  expect(code.split(' ')).toHaveLength(12);
  await mara.page.getByRole('checkbox', { name: 'I have kept it' }).check();
  await mara.button('Done').click();
  await mara.page.getByText('@mara', { exact: true }).waitFor();
  expect(await mara.page.content()).not.toContain(code.split(' ').slice(0, 3).join(' '));
});

it('at the address for others, one signs in, and is there again after a reload', async () => {
  const phone = await Person.arrive('Mara’s phone', { phone: true });
  try {
    await phone.page.goto(relay.guestOrigin);
    await phone.page.getByRole('heading', { name: 'A chat needs its link' }).waitFor();
    await phone.button('Sign in').click();
    await field(phone, 'Handle').fill('mara');
    await field(phone, 'Password').fill('something else entirely');
    await dialogButton(phone, 'Sign in').click();
    await phone.page.getByText('That handle and password do not belong together.').waitFor();
    await field(phone, 'Password').fill(PASSWORD);
    await dialogButton(phone, 'Sign in').click();
    await phone.page.getByText('@mara', { exact: true }).waitFor();
    await phone.page.getByRole('dialog').waitFor({ state: 'detached' });
    await phone.page.reload();
    await phone.page.getByText('@mara', { exact: true }).waitFor();
    await mara.button('Settings').click();
    await mara.page.getByText('2 devices can read your conversations.').waitFor();
    expect(await axeViolations(mara.page)).toEqual([]);
    // The refused password is answered with 403, which the browser notes.
    expect(phone.pageErrors.filter(error => !error.includes('403'))).toEqual([]);
  } finally {
    await phone.leave();
  }
});
