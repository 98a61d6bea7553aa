import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { passkeyKeysOf } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
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
/** What the browser gave the page of passkeys, each time; as the page got it, and before it wiped it. */
const prfOutputs: Buffer[] = [];

beforeAll(async () => {
  relay = await RelayProcess.start();
  [ada, laptop] = await Promise.all([
    Person.arrive('Ada'),
    Person.arrive('Ada', { phone: true, dark: true }),
  ]);
  await watchesPasskeys(ada);
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

/** Notes what WebAuthn gives. */
async function watchesPasskeys(person: Person): Promise<void> {
  await person.page.exposeFunction('notePrf', (output: readonly number[]) => {
    prfOutputs.push(Buffer.from(output));
  });
  await person.page.addInitScript(() => {
    const ask = PublicKeyCredential.prototype.getClientExtensionResults;
    PublicKeyCredential.prototype.getClientExtensionResults = function () {
      const results = ask.call(this);
      const first = results.prf?.results?.first as ArrayBuffer | undefined;
      const { notePrf } = window as unknown as { notePrf: (output: readonly number[]) => void };
      if (first !== undefined) notePrf([...new Uint8Array(first)]);
      return results;
    };
  });
}

function relayDisk(): Buffer {
  const files = readdirSync(relay.dataDirectory, { recursive: true, withFileTypes: true });
  return Buffer.concat(
    files.filter(file => file.isFile()).map(({ parentPath, name }) => readFileSync(join(parentPath, name))),
  );
}

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

it('what the passkey gave, what comes of it and what it is called, is not at the relay, nor on the way there', () => {
  expect(new Set(prfOutputs.map(output => output.toString('hex'))).size).toBe(1);
  const [prfOutput] = prfOutputs;
  const { signInKey, signInPrivateKey, bundleKey } = passkeyKeysOf({ provider: nodeProvider }, prfOutput!);
  const disk = relayDisk();
  for (const secret of [prfOutput!, signInPrivateKey, bundleKey.secret, 'Key ring']) {
    for (const place of [disk, ...sent]) expect(place.includes(Buffer.from(secret))).toBe(false);
  }
  // What may be there is found in the same bytes.
  const known = Buffer.from(signInKey);
  expect([disk.includes(known), sent.some(bytes => bytes.includes(known))]).toEqual([true, true]);
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
