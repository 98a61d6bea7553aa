import type { Locator } from 'playwright-core';
import type { Person } from './person.ts';

/** What everyone here takes for a password. */
export const PASSWORD = 'copper lantern orchid seven';

export const field = (person: Person, name: string): Locator => person.page.getByRole('textbox', { name });

/** The dialog in front. */
export const dialog = (person: Person): Locator => person.page.getByRole('dialog').last();

export const dialogButton = (person: Person, name: string): Locator =>
  dialog(person).getByRole('button', { name, exact: true });

/** Waits until a sentence can be read. */
export const says = (person: Person, words: string | RegExp): Promise<void> =>
  person.page.getByText(words).filter({ visible: true }).first().waitFor();

/** Fills in the form that is open, takes the recovery code, and gives it. */
export async function fillsInAccount(person: Person, handle: string): Promise<string> {
  await field(person, 'Handle').fill(handle);
  await field(person, 'Your name').fill(person.name);
  await field(person, 'Password').fill(PASSWORD);
  await dialogButton(person, 'Create account').click();
  const words = person.page.getByRole('list', { name: 'Your recovery code' });
  await words.waitFor();
  const code = (await words.getByRole('listitem').allInnerTexts()).map(word => word.replace(/[^a-z]/g, ''));
  await person.page.getByRole('checkbox', { name: 'I have kept it' }).check();
  await person.button('Done').click();
  return code.join(' ');
}

/** Makes an account at an address, and is there with it; gives the recovery code. */
export async function makesAccount(person: Person, origin: string, handle: string): Promise<string> {
  await person.page.goto(origin);
  await person.button('Create account').click();
  const code = await fillsInAccount(person, handle);
  await isSignedIn(person, handle);
  return code;
}

/** Signs in on a device that is nobody's yet. */
export async function signsIn(
  person: Person,
  origin: string,
  handle: string,
  password = PASSWORD,
): Promise<void> {
  await person.page.goto(origin);
  await person.button('Sign in').click();
  await field(person, 'Handle').fill(handle);
  await field(person, 'Password').fill(password);
  await dialogButton(person, 'Sign in').click();
}

export async function isSignedIn(person: Person, handle: string): Promise<void> {
  await person.page.getByRole('dialog').waitFor({ state: 'detached' });
  await person.page.getByText(`@${handle}`, { exact: true }).waitFor();
}

/** Begins the conversation with somebody, or goes to it. */
export async function beginsWith(person: Person, handle: string): Promise<void> {
  await person.button('New conversation').click();
  await field(person, 'Handle').fill(handle);
  await dialogButton(person, 'Find').click();
  await dialog(person)
    .getByRole('button', { name: /^Write to/ })
    .click();
  await dialog(person).waitFor({ state: 'detached' });
  await person.isInside();
}

/** Makes a group of people by their handles. */
export async function makesGroup(person: Person, title: string, handles: readonly string[]): Promise<void> {
  await person.button('New conversation').click();
  await person.page.getByRole('radio', { name: 'Group' }).check();
  await field(person, 'Name of the group').fill(title);
  for (const handle of handles) {
    await field(person, 'Add by handle').fill(handle);
    await dialogButton(person, 'Find').click();
    await dialog(person)
      .getByRole('checkbox', { name: new RegExp(handle) })
      .and(person.page.locator(':checked'))
      .waitFor();
  }
  await dialogButton(person, 'Create group').click();
  await dialog(person).waitFor({ state: 'detached' });
  await person.isInside();
}

/** Opens a conversation in the list, by what it is called. */
export async function opens(person: Person, name: string): Promise<void> {
  await person.page
    .getByRole('navigation', { name: 'Conversations' })
    .getByRole('button', { name: new RegExp(name) })
    .click();
}
