import { afterAll, beforeAll, expect, it } from 'vitest';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const PASSWORD = 'correct horse battery';

let relay: RelayProcess;
let mara: Person;
let phone: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, phone] = await Promise.all([Person.arrive('Mara'), Person.arrive('Mara', { phone: true })]);
});
afterAll(async () => {
  await Promise.all([mara?.leave(), phone?.leave()]);
  await relay?.remove();
});

it('an account is made in the host’s window, and a phone signs in to it: OPAQUE runs under the page’s policy', async () => {
  await mara.page.goto(relay.hostOrigin);
  await mara.button('Create account').click();
  const dialog = mara.page.getByRole('dialog', { name: 'Create an account' });
  await dialog.getByRole('textbox', { name: 'Handle' }).fill('mara');
  await dialog.getByRole('textbox', { name: 'Your name' }).fill('Mara');
  await dialog.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Create account' }).click();
  await mara.page.getByRole('dialog', { name: /recovery/i }).waitFor({ timeout: 60_000 });

  await phone.page.goto(relay.guestOrigin);
  await phone.button('Sign in').click();
  await phone.page.getByRole('textbox', { name: 'Handle' }).fill('mara');
  await phone.page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await phone.button('Sign in').last().click();
  await phone.page.getByText('@mara').first().waitFor({ timeout: 60_000 });
  expect([...mara.pageErrors, ...phone.pageErrors]).toEqual([]);
});
