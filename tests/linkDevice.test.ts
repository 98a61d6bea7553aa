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
  await mara.page.goto(relay.hostOrigin);
  await mara.button('Create account').click();
  for (const [name, said] of [
    ['Handle', 'mara'],
    ['Your name', 'Mara'],
    ['Password', PASSWORD],
  ] as const)
    await mara.page.getByRole('textbox', { name }).fill(said);
  await mara.page.keyboard.press('Enter');
  await mara.page.getByRole('checkbox', { name: 'I have kept it' }).check();
  await mara.button('Done').click();
  await mara.page.getByText('@mara', { exact: true }).waitFor();
  const link = await mara.startsChatWithoutAsking(relay.hostOrigin);
  const guest = await Person.arrive('Gil');
  await guest.knocks(link);
  await guest.isInside();
  await mara.writes('said before the phone came');
  await guest.sees('said before the phone came');
  await guest.leave();
});
afterAll(async () => {
  await mara?.leave();
  await relay?.remove();
});

const wordsOn = ({ page }: Person) =>
  page.getByRole('list', { name: 'Words on both devices' }).getByRole('listitem').allTextContents();
const dialogIn = ({ page }: Person) => page.getByRole('dialog').last();

/** A browser that nobody has used, with its code on the screen. */
async function newDevice(phone: boolean): Promise<Person> {
  const device = await Person.arrive('Mara', { phone });
  await device.page.goto(relay.guestOrigin);
  await device.button('Sign in').click();
  await device.button('Use a device that is signed in').click();
  await device.page.getByRole('img', { name: 'Code of this device' }).waitFor();
  return device;
}

/** Both show the same words; the old one agrees, the new one sees whose account it gets. */
async function compareAndAdd(device: Person, name: string): Promise<void> {
  await mara.page.getByRole('heading', { name: 'Do both devices show these words?' }).waitFor();
  const shown = await wordsOn(mara);
  expect(shown).toHaveLength(4);
  expect(await wordsOn(device)).toEqual(shown);
  expect(await axeViolations(mara.page)).toEqual([]);
  await mara.page.getByRole('textbox', { name: 'Name for the new device' }).fill(name);
  await dialogIn(mara).getByRole('button', { name: 'They are the same, add it' }).click();
  await device.page.getByRole('heading', { name: 'Become a device of @mara?' }).waitFor();
  expect(await axeViolations(device.page)).toEqual([]);
  await device.button('Yes, it is mine').click();
  await device.page.getByText('@mara', { exact: true }).waitFor();
}

it('a new device is added by the picture of its code, and by what a person types', async () => {
  await mara.button('Settings').click();
  const phone = await newDevice(true);
  const laptop = await newDevice(false);
  try {
    expect(await axeViolations(phone.page)).toEqual([]);
    await mara.button('Add a device').click();
    const code = await phone.page.getByRole('img', { name: 'Code of this device' }).screenshot();
    const picture = { name: 'code.png', mimeType: 'image/png', buffer: code };
    await dialogIn(mara).locator('input[type="file"]').setInputFiles(picture);
    await compareAndAdd(phone, 'My phone');
    // What was said before it came is offered to it, and is there in its turn.
    await mara.page.getByRole('heading', { name: 'Send history to My phone?' }).waitFor();
    await dialogIn(mara).getByText('1 message of 1 conversation').waitFor();
    expect(await axeViolations(mara.page)).toEqual([]);
    await dialogIn(mara).getByRole('button', { name: 'Send', exact: true }).click();
    await mara.page.getByText('The history is sent.').waitFor();
    await mara.page.getByText('2 devices can read your conversations.').waitFor();

    await mara.button('Add a device').click();
    const field = mara.page.getByRole('textbox', { name: 'Code of the new device' });
    await field.fill('0000 0000 0000 0000');
    await mara.page.keyboard.press('Enter');
    await mara.page.getByText(/^(That is not the code|No new device waits)/).waitFor();
    const typed = await laptop.page.getByText(/^(\w{4}-){3}\w{4}$/).textContent();
    await field.fill(typed!.toLowerCase().replaceAll('-', ' '));
    await mara.page.keyboard.press('Enter');
    await compareAndAdd(laptop, 'Old laptop');
    await dialogIn(mara).getByRole('button', { name: 'Cancel' }).click();
    await mara.page.getByText('3 devices can read your conversations.').waitFor();

    // The others say by themselves that they are in use.
    await mara.page
      .getByText(/last used today/)
      .nth(1)
      .waitFor();
    // It is theirs after a reload too, and they know each other.
    await phone.page.reload();
    await phone.page.getByText('said before the phone came').first().waitFor();
    await phone.button('Settings').click();
    await phone.page.getByText('Old laptop').waitFor();
    // Two tries at codes that nobody waits under are answered with an error, which the browser notes.
    expect([...phone.pageErrors, ...laptop.pageErrors]).toEqual([]);
    expect(mara.pageErrors.filter(error => !error.includes('404'))).toEqual([]);
  } finally {
    await Promise.all([phone.leave(), laptop.leave()]);
  }
});

it('a device that is refused is told so, and is not in the list', async () => {
  const stranger = await newDevice(false);
  try {
    await mara.button('Add a device').click();
    const typed = await stranger.page.getByText(/^(\w{4}-){3}\w{4}$/).textContent();
    await mara.page.getByRole('textbox', { name: 'Code of the new device' }).fill(typed!);
    await mara.page.keyboard.press('Enter');
    await mara.page.getByText('wants to become a device of your account.').waitFor();
    await mara.button('They are not the same').click();
    await stranger.page.getByText('it was said that this one is not to be added').waitFor();
    expect(await axeViolations(stranger.page)).toEqual([]);
    await mara.page.getByText('3 devices can read your conversations.').waitFor();
  } finally {
    await stranger.leave();
  }
});
