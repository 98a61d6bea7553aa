import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lookUpSealed, sealLetter } from '../packages/client/src/browser/sealedDoor.ts';
import { dialog, dialogButton, field, makesAccount, opens, says } from './stage/account.ts';
import { axeViolations } from './stage/axe.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const PAGE_BYTES = 60_000;
const TIP = 'The safe in the cellar is open: canary-7f31c9';
const NEIGHBOUR = 'A neighbour, canary-a20d44';

let relay: RelayProcess;
let mara: Person;
let stranger: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, stranger] = await Promise.all([Person.arrive('Mara'), Person.arrive('Stranger', { phone: true })]);
  await makesAccount(mara, relay.hostOrigin, 'mara');
});

afterAll(async () => {
  await Promise.all([mara?.leave(), stranger?.leave()]);
  await relay?.remove();
});

const address = (fragment = '') => `${relay.guestOrigin}/@mara${fragment}`;
const heading = (page: Page, name: string) => page.getByRole('heading', { name });
const digitsOf = async (page: Page, name: string) =>
  (await page.getByRole('group', { name }).innerText()).replace(/\D/g, '');

async function opensSettings(): Promise<void> {
  await mara.button('Settings').click();
  await mara.page.getByRole('region', { name: 'Sealed messages' }).waitFor();
}

async function makesKeys(person: Person): Promise<void> {
  await person.button('Settings').click();
  await person.button('Make RSA keys').click();
  await dialogButton(person, 'Make RSA keys').click();
  await person.button('Copy address').waitFor({ timeout: 60_000 });
}

const closesSettings = (person: Person) => dialog(person).getByRole('button', { name: 'Close' }).click();

async function leaves(text: string, from = ''): Promise<void> {
  await field(stranger, 'Your message').fill(text);
  if (from !== '') await field(stranger, 'Your name (optional)').fill(from);
  await stranger.button('Seal and send').click();
}

it('a stranger leaves a sealed message on the page of an account, and its owner reads it', async () => {
  await makesKeys(mara);
  expect(await axeViolations(mara.page)).toEqual([]);
  const digits = await digitsOf(mara.page, 'Fingerprint of your key');
  await closesSettings(mara);

  const scripts = new Set<string>();
  stranger.page.on('response', response => {
    if (/\.(?:js|wasm)$/.test(new URL(response.url()).pathname)) scripts.add(response.url());
  });
  await stranger.page.goto(address());
  await heading(stranger.page, 'A sealed message for @mara').waitFor();
  expect(digits).toMatch(/^\d{30}$/);
  expect(await digitsOf(stranger.page, 'Fingerprint of their key')).toBe(digits);
  expect(await axeViolations(stranger.page)).toEqual([]);

  // The connection is gone when it is to be sent: what was tried is sent once it is back, once.
  await stranger.context.setOffline(true);
  await leaves(TIP, NEIGHBOUR);
  await stranger.page.getByRole('alert').getByText('Not confirmed').waitFor();
  await stranger.context.setOffline(false);
  await heading(stranger.page, 'Sealed and sent').waitFor();
  expect(await axeViolations(stranger.page)).toEqual([]);
  expect(await stranger.page.content()).not.toContain('canary');
  const kept = await stranger.page.evaluate(async () => [
    localStorage.length,
    sessionStorage.length,
    (await indexedDB.databases()).length,
  ]);
  expect(kept).toEqual([0, 0, 0]);

  await opens(mara, 'Left by strangers');
  await mara.sees(TIP);
  expect(await mara.message(TIP).count()).toBe(1);
  await says(mara, NEIGHBOUR);
  await says(mara, 'Encrypted by RSA · no forward secrecy');
  expect(await mara.page.getByRole('textbox', { name: 'Message' }).count()).toBe(0);
  // Nobody is a member there: it says who can write, and gives the address.
  await mara.button('Conversation details').click();
  const writers = mara.page.getByRole('region', { name: 'Who writes here' });
  await writers.getByText('/@mara').waitFor();
  const panel = mara.page.getByRole('complementary', { name: 'Conversation details' });
  expect(await panel.getByText(/RSA-OAEP/).count()).toBe(1);
  expect(await panel.getByText(/^People/).count()).toBe(0);
  expect(await axeViolations(mara.page)).toEqual([]);

  const sizes = await Promise.all(
    [...scripts].map(async url => {
      const response = await stranger.page.request.get(url, { headers: { 'accept-encoding': 'identity' } });
      return gzipSync(await response.body(), { level: 9 }).length;
    }),
  );
  const sum = sizes.reduce((total, size) => total + size, 0);
  console.log(`gzip: the page of sealed messages ${sum} bytes in ${sizes.length} scripts`);
  expect(sum).toBeGreaterThan(20_000);
  expect(sum).toBeLessThanOrEqual(PAGE_BYTES);
});

it('files go along: a photo without where it was taken, and too much is told before it goes', async () => {
  const { page } = stranger;
  await page.goto(address());
  const files = page.locator('input[type=file]');
  const list = page.getByRole('list', { name: 'Files to send' });
  await files.setInputFiles({ name: 'film.bin', mimeType: '', buffer: Buffer.alloc(8_400_000, 1) });
  await page.getByText('more than 8.3 MB').waitFor();
  await stranger.button('Seal and send').click();
  await page.getByRole('alert').getByText('too large together').waitFor();
  await stranger.button('Remove film.bin').click();
  expect(await list.count()).toBe(0);

  const plain = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(640, 480);
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'teal';
    context.fillRect(0, 0, 320, 480);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  const where = Buffer.from('Exif\0\0 taken in the cellar: canary-e0f155');
  const exif = Buffer.concat([Buffer.of(0xff, 0xe1, 0, where.length + 2), where]);
  const photo = Buffer.concat([Buffer.from(plain.slice(0, 2)), exif, Buffer.from(plain.slice(2))]);
  const ledger = Buffer.alloc(300_000, 'ledger canary-1ed6e2 ');
  await files.setInputFiles([
    { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo },
    { name: 'ledger.txt', mimeType: 'text/plain', buffer: ledger },
  ]);
  await page.getByText('Place, time and camera are taken out.').waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await leaves('With two files, canary-b00c51');
  await heading(page, 'Sealed and sent').waitFor();
  await page.getByText(/^2 files, /).waitFor();
  await opens(mara, 'Left by strangers');
  await mara.sees('With two files');
  const saved = async (name: string) => {
    const coming = mara.page.waitForEvent('download');
    const card = mara.page.getByRole('group', { name: new RegExp(`File .?${name}`) });
    await card.getByRole('button', { name: 'Save' }).click();
    return readFileSync(await (await coming).path());
  };
  expect(ledger.equals(await saved('ledger.txt'))).toBe(true);
  const photoSaved = await saved('photo.jpg');
  expect([photoSaved.subarray(0, 2).toString('hex'), photoSaved.includes('canary')]).toEqual(['ffd8', false]);
  expect(photo.includes('canary')).toBe(true);
});

it('a program posts with the token of its source, and its alert stands under the name that only devices know', async () => {
  await opensSettings();
  await mara.button('New source').click();
  await field(mara, 'What it is called').fill('Night watch canary-51be07');
  await dialogButton(mara, 'Make token').click();
  const token = await dialog(mara).getByRole('textbox', { name: 'Token' }).inputValue();
  const text = 'Disk 91 % full: canary-c1d2e3';
  const ask = (path: string, init?: RequestInit) => fetch(`${relay.hostOrigin}${path}`, init);
  const letter = await sealLetter(
    await lookUpSealed('mara', '', ask),
    { text },
    { random: lengthBytes => new Uint8Array(randomBytes(lengthBytes)), nowMs: Date.now },
  );
  const posted = await ask('/api/sealed/mara', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/jose',
      'message-id': letter.id,
    },
    body: letter.jwe,
  });
  expect(posted.status).toBe(202);
  await dialogButton(mara, 'Done').click();
  await closesSettings(mara);
  await opens(mara, 'Night watch');
  await mara.sees(text);
});

it('two accounts hold a conversation by RSA, one of them away part of the time', async () => {
  const noor = await Person.arrive('Noor');
  try {
    await makesAccount(noor, relay.hostOrigin, 'noor');
    await makesKeys(noor);
    await closesSettings(noor);
    await mara.button('New conversation').click();
    await field(mara, 'Handle').fill('noor');
    await dialogButton(mara, 'Find').click();
    await mara.page.getByRole('radio', { name: 'RSA sealed' }).check();
    expect(await axeViolations(mara.page)).toEqual([]);
    await dialog(mara)
      .getByRole('button', { name: /^Write to/ })
      .click();
    await mara.isInside();
    await says(mara, 'Encrypted by RSA · no forward secrecy');
    await mara.writes('By policy, canary-90ab12');
    await opens(noor, '[Mm]ara');
    await noor.button('Accept').click();
    await noor.sees('canary-90ab12');
    await noor.writes('Read, canary-44cd56');
    await mara.sees('canary-44cd56');
    await noor.page.goto('about:blank');
    await mara.writes('You are away, canary-77ef89');
    await noor.page.goto(relay.hostOrigin);
    await opens(noor, '[Mm]ara');
    await noor.sees('canary-77ef89');
    await says(noor, 'Encrypted by RSA · no forward secrecy');
    await mara
      .message('canary-77ef89')
      .getByText(/Delivered|Read/)
      .first()
      .waitFor({ state: 'attached' });
  } finally {
    await noor.leave();
  }
});

it('the disk of the relay has not a word of it', () => {
  const files = relay.filesOnDisk();
  const has = (text: string) => [...files.values()].some(bytes => bytes.includes(text));
  expect(has('mara')).toBe(true);
  expect(has('canary')).toBe(false);
});

it('keys that the account did not sign are refused, and so are those of another account than the address says', async () => {
  const { page } = stranger;
  await page.goto(address());
  const digits = await digitsOf(page, 'Fingerprint of their key');
  await page.route('**/api/sealed/mara', async route => {
    const response = await route.fetch();
    const answer = (await response.json()) as { record: string };
    await route.fulfill({
      response,
      json: { ...answer, record: answer.record.replace('"counter":1,', '"counter":2,') },
    });
  });
  await page.reload();
  await heading(page, 'These keys are not genuine').waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  await page.unroute('**/api/sealed/mara');

  // A whole new page each time: another fragment alone makes the page load itself again.
  await page.goto('about:blank');
  await page.goto(address(`#${digits.replace(/^./, first => String((Number(first) + 1) % 10))}`));
  await heading(page, 'These are the keys of somebody else').waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  await page.goto('about:blank');
  await page.goto(address(`#${digits}`));
  await says(stranger, 'carries the same digits');
});

it('the page is the same for every handle, and says the same of nobody and of whom strangers may not write to', async () => {
  const htmlOf = async (path: string) => {
    const response = await stranger.page.request.get(`${relay.guestOrigin}${path}`);
    return [response.status(), await response.text()];
  };
  expect(await htmlOf('/@nobody')).toEqual(await htmlOf('/@mara'));
  await stranger.page.goto(`${relay.guestOrigin}/@nobody`);
  await heading(stranger.page, 'Nothing can be left here').waitFor();
  const said = await stranger.page.getByRole('main').innerText();
  await opensSettings();
  const allowed = mara.page.getByRole('checkbox', { name: 'People without an account may leave messages' });
  await allowed.uncheck();
  // It is said once the relay has it.
  await expect
    .poll(async () => (await (await fetch(`${relay.hostOrigin}/api/sealed/mara`)).json()).strangers)
    .toBe(false);
  await stranger.page.goto(address());
  await heading(stranger.page, 'Nothing can be left here').waitFor();
  expect(await stranger.page.getByRole('main').innerText()).toBe(said);
});
