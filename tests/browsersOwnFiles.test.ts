import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { browserStorage } from './stage/browserStorage.ts';
import { type AttackOptions, plunder } from './stage/diskAttacker.ts';
import { type DiskImage, imageOf, layersOf } from './stage/diskImage.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { plainScan, seenIn } from './stage/plainScan.ts';
import { RelayProcess } from './stage/relayProcess.ts';
import { tabSecrets } from './stage/tabSecrets.ts';

const PASSPHRASE = 'copper-lantern-orchid-seven';
const PASSWORD = 'canary-password-71c2e8';
const GUEST = 'Canary-Guest-5d90';
const KEPT = ['canary-kept-guest-09fe', 'canary-kept-host-c41b'];
const DELETED_FOR_ONE = 'canary-deleted-for-one-3a7d';
const DELETED_FOR_ALL = 'canary-deleted-for-all-e652';
const UNSENT = 'canary-half-a-thought-8b1f';
const SECRETS = [PASSPHRASE, PASSWORD, ...KEPT, DELETED_FOR_ONE, DELETED_FOR_ALL, UNSENT];
/** On a page that does nothing to hide it. */
const BARE_TITLE = 'canary-bare-title-20c5';
const BARE_FIELD = 'canary-bare-field-96d3';
const WORD = /canary-(?:kept|deleted)[a-z-]*-[0-9a-f]{4}/g;

/** What a page keeps, and not the browser on its own account. */
const KEPT_BY_THE_PAGE =
  /^Default\/(IndexedDB|File System|WebStorage|Local Storage|Session Storage|Service Worker|Cache|Code Cache)\//;

describe('what two people leave in the files of their browsers', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  /** The guest's while the tab is still open. */
  let jonasOpen: DiskImage;
  /** The key to it, that only the tab has. */
  let jonasKey: Buffer;
  let maraClosed: DiskImage;
  let jonasClosed: DiskImage;
  /** Of the link: what it is checked by, and its key. */
  let fragment: readonly string[] = [];
  const barePage = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>${BARE_TITLE}</title><textarea></textarea>`);
  });

  beforeAll(async () => {
    relay = await RelayProcess.start();
    await new Promise<void>(resolve => barePage.listen(0, '127.0.0.1', resolve));
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive(GUEST)]);
    await theyTalk();
    for (const { page, context } of [mara, jonas]) {
      await page.getByRole('textbox', { name: 'Message' }).fill(UNSENT);
      const other = await context.newPage();
      await other.goto(`http://localhost:${(barePage.address() as AddressInfo).port}/`);
      await other.getByRole('textbox').fill(BARE_FIELD);
    }
    jonasKey = (await tabSecrets(jonas.page)).rootKey;
    // Keys are changed a second after what others delete.
    await vi.waitFor(
      async () => {
        // A database that is at work may take a file away while it is being copied: then once more.
        jonasOpen = layersOf(imageOf(jonas.profile));
        const texts = await textsIn(jonasOpen, { rootKeys: [jonasKey] });
        expect([...texts]).not.toContain(DELETED_FOR_ALL);
      },
      { timeout: 30_000, interval: 500 },
    );
    await leaves(jonas);
    await Promise.all([mara.context.close(), jonas.context.close()]);
    [maraClosed, jonasClosed] = [layersOf(imageOf(mara.profile)), layersOf(imageOf(jonas.profile))];
  });
  afterAll(async () => {
    barePage.close();
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  async function theyTalk(): Promise<void> {
    const first = await mara.startsChat(relay.hostOrigin);
    await mara.page.getByText(/^More choices/).click();
    const field = mara.page.getByRole('textbox', { name: 'Password (optional)' });
    await field.fill(PASSWORD);
    await field.press('Enter');
    const link = onOrigin(await mara.nextInviteLink(first), relay.guestOrigin);
    fragment = new URL(link).hash.split('.').slice(1, 3);
    await jonas.knocks(link, { password: PASSWORD });
    await mara.admits();
    await Promise.all([mara.isInside(), jonas.isInside()]);
    await locks(mara.page);
    for (const text of [KEPT[1]!, DELETED_FOR_ONE, DELETED_FOR_ALL]) {
      await mara.writes(text);
      await jonas.sees(text);
    }
    await jonas.writes(KEPT[0]!);
    await mara.sees(KEPT[0]!);
    for (const person of [mara, jonas]) await deletes(person, DELETED_FOR_ONE, 'Delete for me');
    await deletes(mara, DELETED_FOR_ALL, 'Delete for everyone');
    await jonas.log.getByText(DELETED_FOR_ALL).waitFor({ state: 'detached' });
  }

  async function textsIn(
    image: DiskImage,
    known: Pick<AttackOptions, 'passphrase' | 'rootKeys'> = {},
  ): Promise<ReadonlySet<string>> {
    const { texts } = await plunder(image, {
      ...known,
      read: opening => opening.toString('latin1').match(WORD) ?? [],
    });
    return texts;
  }

  it('the host’s messages are there for the passphrase, without those that were deleted', async () => {
    expect([...(await textsIn(maraClosed, { passphrase: PASSPHRASE }))].sort()).toEqual(KEPT);
    expect([...(await textsIn(maraClosed))]).toEqual([]);
  });

  it('a guest’s messages are there while the tab is open, for its key, without those that were deleted', async () => {
    expect([...(await textsIn(jonasOpen, { rootKeys: [jonasKey] }))].sort()).toEqual(KEPT);
    // Which is in the tab's memory, and in no file.
    expect([...(await textsIn(jonasOpen))]).toEqual([]);
  });

  it('a guest who has left leaves nothing that opens', async () => {
    expect([...(await textsIn(jonasClosed, { rootKeys: [jonasKey] }))]).toEqual([]);
    expect([...(await textsIn(jonasClosed))]).toEqual([]);
  });

  it('nothing that was said, or half said, and no password stands anywhere in clear', async () => {
    for (const image of [maraClosed, jonasOpen, jonasClosed]) expect(plainScan(image, SECRETS)).toEqual([]);
    // The scan finds what chromium notes of a page that lets it.
    for (const image of [maraClosed, jonasClosed]) {
      expect(seenIn(plainScan(image, [BARE_TITLE, BARE_FIELD]))).toEqual(new Set([BARE_TITLE, BARE_FIELD]));
    }
  });

  it('a guest’s link stands only where the browser itself notes addresses', () => {
    // Chromium writes a link down before any script of its page runs: no page can keep it out of the history.
    const sights = plainScan(jonasClosed, fragment);
    expect(sights.length).toBeGreaterThan(0);
    expect(sights.filter(({ place }) => KEPT_BY_THE_PAGE.test(place))).toEqual([]);
    for (const image of [maraClosed, jonasClosed]) expect(plainScan(image, [GUEST])).toEqual([]);
  });

  it('the host’s link stands nowhere in clear', () => {
    expect(plainScan(maraClosed, fragment)).toEqual([]);
  });
});

async function locks(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'Set a passphrase', exact: true }).click();
  await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(PASSPHRASE);
  await page.getByRole('textbox', { name: 'Once more' }).fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Set passphrase', exact: true }).click();
  await page.getByText('Locked by passphrase.').waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
}

async function deletes(person: Person, text: string, how: string): Promise<void> {
  const message = person.message(text);
  await message.hover();
  await message.getByRole('button', { name: 'Delete', exact: true }).click();
  await person.page.getByRole('dialog').getByRole('button', { name: how, exact: true }).click();
  await message.getByText(text).waitFor({ state: 'detached' });
}

async function leaves({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Conversation details' }).click();
  await page.getByRole('button', { name: 'Leave and delete from this browser' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Leave and delete' }).click();
  await page.getByText('You have left').waitFor();
  // As soon as nothing is left, and not before.
  await vi.waitFor(
    async () => expect((await browserStorage(page)).records).toEqual(['sotto-seal: seal-v1']),
    { timeout: 20_000, interval: 100 },
  );
}
