import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginsWith, dialog, dialogButton, field, makesAccount, opens, says } from './stage/account.ts';
import { axeViolations } from './stage/axe.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

let relay: RelayProcess;
let mara: Person;
let noor: Person;
let jonas: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, noor, jonas] = await Promise.all([
    Person.arrive('Mara'),
    Person.arrive('Noor'),
    Person.arrive('Jonas'),
  ]);
  await makesAccount(mara, relay.hostOrigin, 'mara');
  await makesAccount(noor, relay.guestOrigin, 'noor');
  await makesAccount(jonas, relay.guestOrigin, 'jonas');
});
afterAll(async () => {
  await Promise.all([mara?.leave(), noor?.leave(), jonas?.leave()]);
  await relay?.remove();
});

/** Opens what is to be compared with the person of this conversation. */
async function looksAtNumber(person: Person): Promise<string> {
  await person.button('Conversation details').click();
  await person.page
    .getByRole('complementary')
    .or(person.page.getByRole('dialog'))
    .getByRole('button', { name: 'Verify', exact: true })
    .click();
  const number = person.page.getByRole('group', { name: 'Safety number' });
  await number.waitFor();
  return (await number.textContent())?.trim() ?? '';
}

/** The sentences that stand in the accessibility tree, as a screen reader has it. */
async function heard(person: Person): Promise<readonly string[]> {
  const session = await person.page.context().newCDPSession(person.page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes.flatMap(({ ignored, name }) => (ignored || name === undefined ? [] : [String(name.value)]));
}

/** The code on somebody’s screen, as a photo of it. */
async function codeOf(person: Person) {
  const buffer = await person.page.getByRole('img', { name: 'Safety number as QR code' }).screenshot();
  return { name: 'code.png', mimeType: 'image/png', buffer };
}

const scans = (person: Person, picture: Awaited<ReturnType<typeof codeOf>>) =>
  dialog(person)
    .getByLabel('Choose a picture of it')
    .and(person.page.locator('input'))
    .setInputFiles(picture);

it('a first message is a request, and nothing can be written back before it is accepted', async () => {
  await beginsWith(mara, '@Noor');
  await mara.writes('Train or car on Saturday?');
  await opens(noor, 'Mara');
  await noor.sees('Train or car on Saturday?');
  await says(noor, 'Nothing goes back before you accept');
  expect(await axeViolations(noor.page)).toEqual([]);
  expect(await field(noor, 'Message').count()).toBe(0);
  await noor.button('Accept').click();
  await noor.writes('Train.');
  await mara.sees('Train.');
});

it('strict mode: who is not verified is not written to, until they are: by a picture of the code, both ways', async () => {
  await mara.button('Settings').click();
  await mara.page.getByRole('checkbox', { name: 'Write to verified people only' }).check();
  await mara.page.keyboard.press('Escape');
  await says(mara, /^You write to verified people only, and .*Noor.* is not verified yet/);
  expect(await field(mara, 'Message').count()).toBe(0);
  await mara.button('New conversation').click();
  await field(mara, 'Handle').fill('jonas');
  await dialogButton(mara, 'Find').click();
  await dialog(mara)
    .getByRole('button', { name: /^Write to/ })
    .click();
  await says(mara, 'You write to verified people only. Verify them first');
  // The dialog is modal: all else is inert, and this is said in it.
  expect(await heard(mara)).toContain(
    'You write to verified people only. Verify them first, or switch that off in the settings.',
  );
  await dialogButton(mara, 'Verify first').click();
  await mara.page.getByRole('group', { name: 'Safety number' }).waitFor();
  expect(await axeViolations(mara.page)).toEqual([]);
  await dialogButton(mara, 'Mark as verified').click();
  await dialog(mara)
    .getByRole('button', { name: /^Write to/ })
    .click();
  await mara.writes('First compared, then written');
  await opens(jonas, 'Mara');
  await jonas.sees('First compared, then written');
  await opens(mara, 'Noor');

  const [ofMara, ofNoor] = [await looksAtNumber(mara), await looksAtNumber(noor)];
  expect(ofMara).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(ofNoor).toBe(ofMara);
  for (const person of [mara, noor]) expect(await axeViolations(person.page)).toEqual([]);
  const [picture, back] = [await codeOf(mara), await codeOf(noor)];
  await scans(noor, picture);
  await says(noor, 'They match.');
  await noor.button('Done').click();
  await scans(mara, back);
  await says(mara, 'They match.');
  await mara.button('Done').click();
  await says(mara, 'Noor verified');
  await says(noor, 'Mara verified');
  await mara.writes('Now I can');
  await noor.sees('Now I can');
});

it('the code of somebody else, and another number, are not taken for the right one; digits are by eye', async () => {
  await beginsWith(jonas, 'noor');
  await jonas.writes('Hello, Noor');
  await noor.page.goto(relay.guestOrigin);
  await opens(noor, 'Jonas');
  await noor.button('Accept').click();
  await noor.isInside();
  const [ofJonas, ofNoor] = [await looksAtNumber(jonas), await looksAtNumber(noor)];
  expect(ofJonas).toBe(ofNoor);
  // What Mara has of Noor is nothing that Jonas shows.
  await mara.button('More about Noor').click();
  await dialogButton(mara, 'Take verification back').click();
  await dialogButton(mara, 'Verify').click();
  await mara.page.getByRole('group', { name: 'Safety number' }).waitFor();
  await scans(mara, await codeOf(jonas));
  await says(mara, 'They do not match.');
  expect(await dialogButton(mara, 'Mark as verified').isDisabled()).toBe(true);
  await scans(noor, await codeOf(mara));
  await says(noor, 'That is the code of somebody else than');
  for (const person of [jonas, noor]) await dialogButton(person, 'Mark as verified').click();
  await says(jonas, 'Noor verified');
  await says(noor, 'Jonas verified');
});
