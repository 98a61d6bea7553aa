import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dialogButton, field, isSignedIn, makesAccount, says, signsIn } from './stage/account.ts';
import { Authenticator } from './stage/authenticator.ts';
import { axeViolations } from './stage/axe.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

let relay: RelayProcess;
let ada: Person;
/** The same person at another computer, with no authenticator. */
let laptop: Person;
let authenticator: Authenticator;
/** All that the page sent to the relay. */
const sent: Buffer[] = [];

beforeAll(async () => {
  relay = await RelayProcess.start();
  [ada, laptop] = await Promise.all([
    Person.arrive('Ada'),
    Person.arrive('Ada', { phone: true, dark: true }),
  ]);
  ada.context.on('request', request => {
    const body = request.postDataBuffer();
    if (body !== null) sent.push(body);
  });
  ada.page.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => void sent.push(Buffer.from(payload)));
  });
});
afterAll(async () => {
  await Promise.all([ada?.leave(), laptop?.leave()]);
  await relay?.remove();
});

const section = (person = ada) => person.page.getByRole('region', { name: 'Sign in with a passkey' });
const pressed = (name: string) => ada.page.getByRole('button', { name, exact: true }).press('Enter');

async function opensSettings(): Promise<void> {
  await ada.button('Settings').click();
  await section().waitFor();
}

/** At the address for others this tab keeps another device: nothing but the authenticator is the same. */
async function asksToSignIn(): Promise<void> {
  await ada.page.goto(relay.guestOrigin);
  await ada.button('Sign in').click();
  await dialogButton(ada, 'Sign in with a passkey').waitFor();
}

it('a passkey is not added where the authenticator makes no keys, and nothing is left of it', async () => {
  await makesAccount(ada, relay.hostOrigin, 'ada');
  const plain = await Authenticator.plugInto(ada.page, { hasPrf: false });
  await opensSettings();
  await pressed('Add a sign-in passkey');
  await pressed('Add passkey');
  await says(ada, /makes no keys from passkeys \(the WebAuthn extension PRF\)\. Nothing was added\./);
  await ada.page.keyboard.press('Escape');
  expect(await section().getByRole('listitem').count()).toBe(0);
  await expect.poll(() => plain.passkeys()).toEqual([]);
  await plain.pullOut();
});

it('a passkey is added by keyboard, and stands in the list under its name', async () => {
  authenticator = await Authenticator.plugInto(ada.page);
  await pressed('Add a sign-in passkey');
  await field(ada, 'Name of the passkey').fill('Key ring');
  expect(await axeViolations(ada.page)).toEqual([]);
  await ada.page.keyboard.press('Enter');
  await section().getByRole('listitem').filter({ hasText: 'Key ring' }).waitFor();
  expect(await authenticator.passkeys()).toEqual(['@ada']);
  expect(await axeViolations(ada.page)).toEqual([]);
  // The same authenticator keeps no second one for the account.
  await pressed('Add a sign-in passkey');
  await pressed('Add passkey');
  await says(ada, /^No passkey was made\./);
  await ada.page.keyboard.press('Escape');
  expect(await section().getByRole('listitem').count()).toBe(1);
});

it('signs in on another device, with nothing typed', async () => {
  await asksToSignIn();
  expect(await axeViolations(ada.page)).toEqual([]);
  await pressed('Sign in with a passkey');
  await isSignedIn(ada, 'ada');
  await opensSettings();
  await ada.page.getByText('2 devices can read your conversations.').waitFor();
  await section().getByRole('listitem').filter({ hasText: 'Key ring' }).waitFor();
});

it('removed on another device, it is refused, though the authenticator has it still', async () => {
  await dialogButton(ada, 'Sign out').click();
  await dialogButton(ada, 'Sign out').click();
  await ada.button('Sign in').waitFor();

  await signsIn(laptop, relay.hostOrigin, 'ada');
  await isSignedIn(laptop, 'ada');
  await laptop.button('Settings').click();
  await laptop.button('Remove Key ring').click();
  await says(laptop, /^Nobody can sign in with it any more\./);
  expect(await axeViolations(laptop.page)).toEqual([]);
  await dialogButton(laptop, 'Remove passkey').click();
  await section(laptop).getByRole('listitem').waitFor({ state: 'detached' });

  await asksToSignIn();
  await pressed('Sign in with a passkey');
  await says(ada, /^This server knows no account by that passkey\./);
  expect(await authenticator.passkeys()).toEqual(['@ada']);
  expect(await axeViolations(ada.page)).toEqual([]);
});

it('nothing of it is on the relay’s disk, nor of the name', async () => {
  await relay.down('SIGTERM');
  const files = readdirSync(relay.dataDirectory, { recursive: true, withFileTypes: true });
  const disk = Buffer.concat(
    files.filter(file => file.isFile()).map(({ parentPath, name }) => readFileSync(join(parentPath, name))),
  );
  expect(disk.includes('ada')).toBe(true);
  expect(Buffer.concat(sent).length).toBeGreaterThan(1_000);
  for (const place of [disk, ...sent]) expect(place.includes('Key ring')).toBe(false);
});
