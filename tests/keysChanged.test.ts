import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginsWith, dialogButton, field, isSignedIn, makesAccount, opens, says } from './stage/account.ts';
import { axeViolations } from './stage/axe.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const NEXT_PASSWORD = 'velvet anchor meadow nine';
/** As long as a handle stays with whoever had it, and a day. */
const HANDLE_FREE_MS = 31 * 24 * 3_600_000;

let relay: RelayProcess;
let mara: Person;
let noor: Person;
let code: string;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, noor] = await Promise.all([Person.arrive('Mara'), Person.arrive('Noor')]);
  await makesAccount(mara, relay.hostOrigin, 'mara');
  code = await makesAccount(noor, relay.guestOrigin, 'noor');
  await beginsWith(mara, 'noor');
  await mara.writes('Is it you?');
  await opens(noor, 'Mara');
  await noor.button('Accept').click();
  await noor.writes('It is me');
  await mara.sees('It is me');
  await mara.button('Conversation details').click();
  await mara.page.getByRole('complementary').getByRole('button', { name: 'Verify', exact: true }).click();
  await mara.button('Mark as verified').click();
  await says(mara, 'Noor verified');
  await mara.page.keyboard.press('Escape');
});
afterAll(async () => {
  await Promise.all([mara?.leave(), noor?.leave()]);
  await relay?.remove();
});

it('who lost the browser and has the recovery code is the same person, on a new device', async () => {
  await noor.leave();
  noor = await Person.arrive('Noor');
  await noor.page.goto(relay.guestOrigin);
  await noor.button('Sign in').click();
  await noor.button('Use a recovery code').click();
  await field(noor, 'Handle').fill('noor');
  await field(noor, 'Recovery code').fill(code);
  await field(noor, 'New password').fill(NEXT_PASSWORD);
  await dialogButton(noor, 'Sign in').click();
  await isSignedIn(noor, 'noor');
  // In the same conversation, though no device of hers is there to bring the new one in.
  await says(mara, 'A new device of Noor is in');
  await mara.writes('Where are you?');
  await opens(noor, 'Mara');
  await noor.button('Accept').click();
  await noor.sees('Where are you?');
  await noor.writes('Back again');
  // No request, and no question: it is who it was.
  await mara.sees('Back again');
  await says(mara, 'Noor verified');
  const conversations = mara.page.getByRole('navigation', { name: 'Conversations' }).getByRole('button');
  expect(await conversations.filter({ hasText: 'Noor' }).count()).toBe(1);
});

it('threat 2: who comes with other keys under a known handle is not written to before one has decided', async () => {
  await noor.page.goto(relay.guestOrigin);
  await noor.button('Settings').click();
  await dialogButton(noor, 'Delete account').click();
  await field(noor, 'Password').fill(NEXT_PASSWORD);
  await dialogButton(noor, 'Delete for good').click();
  await says(noor, 'The account is deleted.');
  await relay.down('SIGTERM');
  await relay.up({ clockAheadMs: HANDLE_FREE_MS });
  await noor.leave();
  noor = await Person.arrive('Noor');
  await makesAccount(noor, relay.guestOrigin, 'noor');

  await mara.page.reload();
  await says(mara, 'Nothing is sent until you decide.');
  expect(await field(mara, 'Message').count()).toBe(0);
  expect(await axeViolations(mara.page)).toEqual([]);
  await mara.button('Leave it').click();
  await says(mara, 'Nothing is sent: their keys changed.');
  await mara.button('Decide').click();
  await mara.button('Verify again').click();
  const number = mara.page.getByRole('group', { name: 'Safety number' });
  await number.waitFor();
  const shown = await number.textContent();
  await mara.button('Close').last().click();

  // The new account writes: a stranger, whatever the handle says.
  await beginsWith(noor, 'mara');
  await noor.writes('I have a new phone');
  await opens(mara, 'new phone');
  await mara.button('Accept').waitFor();
  await noor.button('Conversation details').click();
  await noor.page.getByRole('complementary').getByRole('button', { name: 'Verify', exact: true }).click();
  const theirs = noor.page.getByRole('group', { name: 'Safety number' });
  await theirs.waitFor();
  expect(await theirs.textContent()).toBe(shown);
});

it('who decides to go on is led from the old conversation to the one with the new keys', async () => {
  await opens(mara, '[Kk]eys changed');
  await mara.button('Decide').click();
  await mara.button('Continue anyway').click();
  await mara.button('Go to the conversation').focus();
  await mara.page.keyboard.press('Enter');
  await mara.button('Accept').waitFor();
  await mara.sees('I have a new phone');
  await expect.poll(() => focusedIn(mara)).toBe('log');
  await mara.button('Accept').click();
  await mara.writes('Then here');
  // Now it can be written into: the focus goes to where one writes.
  await opens(mara, 'Back again');
  await mara.button('Go to the conversation').focus();
  await mara.page.keyboard.press('Enter');
  await expect.poll(() => focusedIn(mara)).toBe('textbox');
});

/** What sort of thing has the focus. */
function focusedIn({ page }: Person): Promise<string | undefined> {
  return page.evaluate(() => {
    const { activeElement } = document;
    if (activeElement?.tagName === 'TEXTAREA') return 'textbox';
    return activeElement?.closest('[role=log]') == null ? activeElement?.tagName : 'log';
  });
}
