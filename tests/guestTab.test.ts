import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { axeViolations } from './stage/axe.ts';
import { browserStorage } from './stage/browserStorage.ts';
import { plunder } from './stage/diskAttacker.ts';
import { type DiskImage, imageOf, layersOf } from './stage/diskImage.ts';
import { KillableChromium } from './stage/killableChromium.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { plainScan, seenIn } from './stage/plainScan.ts';
import { RelayProcess } from './stage/relayProcess.ts';
import { type TabSecrets, tabSecrets } from './stage/tabSecrets.ts';

const hasNoChat = (page: Page) =>
  page.getByRole('heading', { name: 'This tab no longer has the chat' }).waitFor({ timeout: 60_000 });

let relay: RelayProcess;
let mara: Person;
let link: string;

beforeAll(async () => {
  relay = await RelayProcess.start();
  mara = await Person.arrive('Mara');
  link = onOrigin(await mara.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
});
afterAll(async () => {
  await mara?.leave();
  await relay?.remove();
});

describe('what a guest’s tab remembers', () => {
  let jonas: Person;
  let secrets: TabSecrets;
  const elsewhere = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>elsewhere</title>');
  });
  const elsewhereUrl = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;

  beforeAll(async () => {
    await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve));
    jonas = await Person.arrive('Jonas');
    await jonas.knocks(link);
    await Promise.all([jonas.isInside(), mara.isInside()]);
    await mara.writes('First words');
    await jonas.sees('First words');
  });
  afterAll(async () => {
    elsewhere.close();
    await jonas?.leave();
  });

  it('survives a reload, and is in nothing that the browser writes down for the page', async () => {
    await jonas.page.reload();
    await jonas.sees('First words');
    expect((await browserStorage(jonas.page)).session).toEqual([]);
    expect(await jonas.page.evaluate(() => history.state)).toEqual({ sottoVisited: true });
    // What it is in does not say what it is.
    secrets = await tabSecrets(jonas.page);
    const { name, rootKey } = secrets;
    expect(name).not.toContain(rootKey.toString('hex'));
    expect(name).not.toContain(new URL(link).hash.split('.')[2]);
  });

  it('is not shared with another tab', async () => {
    const other = await jonas.context.newPage();
    await other.goto(jonas.page.url());
    await other.getByRole('heading', { name: 'Part of the link is missing' }).waitFor();
    await other.close();
  });

  it('survives a reload that finds no host', async () => {
    await relay.down('SIGKILL');
    await jonas.page.reload().catch(() => undefined);
    // The browser's own page of failure.
    await jonas.page.waitForURL(url => url.protocol === 'chrome-error:');
    await relay.up();
    await jonas.page.goto(new URL(link).origin + new URL(link).pathname);
    await jonas.sees('First words');
    await mara.writes('The host is back');
    await jonas.sees('The host is back');
  });

  it('survives another site in the tab, which cannot read it', async () => {
    const { page } = jonas;
    await page.goto(elsewhereUrl());
    const name = await page.evaluate(() => window.name);
    expect(name).not.toContain(secrets.rootKey.toString('hex'));
    await page.goBack();
    await jonas.sees('The host is back');
  });

  it('nothing went wrong in the page', () => {
    // But what the browser itself says of a host that is off.
    expect(jonas.pageErrors.filter(error => !/net::ERR_|WebSocket connection/.test(error))).toEqual([]);
  });
});

describe('the files of a browser that was killed with a guest’s tab open', () => {
  const SAID = ['canary-said-by-guest-4b7e', 'canary-said-by-host-91d0'];
  /** As a page does that remembers in the places where chromium writes down. */
  const IN_SESSION = 'canary-in-session-storage-c27a';
  const IN_HISTORY = 'canary-in-history-state-08f5';
  const profile = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
  let secrets: TabSecrets;
  let image: DiskImage;

  beforeAll(async () => {
    const guest = await KillableChromium.on(profile, { more: ['--ignore-certificate-errors'] });
    const { page } = guest;
    await page.goto(link);
    await page.getByRole('textbox', { name: 'Your name' }).fill('Noor');
    await page.getByRole('button', { name: 'Join chat', exact: true }).click();
    const field = page.getByRole('textbox', { name: 'Message' });
    await field.waitFor({ timeout: 60_000 });
    await field.fill(SAID[0]!);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await mara.sees(SAID[0]!);
    await mara.writes(SAID[1]!);
    await page.getByRole('log').getByText(SAID[1]!).waitFor();
    // A tab that was loaded again has all of it from what it remembers.
    await page.reload();
    await page.getByRole('log').getByText(SAID[1]!).waitFor();
    secrets = await tabSecrets(page);
    await page.evaluate(
      ([inSession, inHistory]) => {
        sessionStorage.setItem('canary', inSession!);
        history.replaceState({ ...history.state, canary: inHistory }, '');
      },
      [IN_SESSION, IN_HISTORY],
    );
    // Chromium writes those down in its own time; what it would write of the name, it has written by then. Its
    // preferences too: a profile without any is new to it, and it brings back none of its tabs.
    await vi.waitFor(
      () => {
        expect(seenIn(bothPlaces(imageOfProfile())).size).toBe(2);
        expect(existsSync(join(profile, 'Default', 'Preferences'))).toBe(true);
      },
      { timeout: 90_000, interval: 1_000 },
    );
    await guest.kill();
    image = imageOfProfile();
  });
  afterAll(() => rmSync(profile, { recursive: true, force: true }));

  const imageOfProfile = () => layersOf(imageOf(profile));
  const bothPlaces = (files: DiskImage) => plainScan(files, [IN_SESSION, IN_HISTORY]);
  const plundered = (rootKeys: readonly Buffer[]) =>
    plunder(image, {
      rootKeys,
      read: opening => opening.toString('latin1').match(/canary-said[a-z-]*-[0-9a-f]{4}/g) ?? [],
    });

  it('have the messages, for whoever has the key', async () => {
    expect([...(await plundered([secrets.rootKey])).texts].sort()).toEqual(SAID);
  });

  it('open for nobody who has every byte of them', async () => {
    const { rootKeys, texts } = await plundered([]);
    expect([rootKeys, [...texts]]).toEqual([[], []]);
  });

  it('have nothing of the key, nor of what it is sealed in', () => {
    const sealed = secrets.name.split('.')[1]!;
    const words = [sealed.slice(0, 40), sealed.slice(-40), secrets.rootKey.toString('hex'), ...SAID];
    expect(plainScan(image, words)).toEqual([]);
    expect([...image].filter(([, bytes]) => bytes.includes(secrets.rootKey)).map(([path]) => path)).toEqual(
      [],
    );
    // The scan sees what chromium does write down.
    expect(seenIn(bothPlaces(image))).toEqual(new Set([IN_SESSION, IN_HISTORY]));
  });

  it('bring the tab back without the chat, and it says so', async () => {
    const again = await KillableChromium.on(profile, {
      more: ['--ignore-certificate-errors'],
      restores: true,
    });
    const tab = await again.tabAt(`${relay.guestOrigin}/chat/`);
    await hasNoChat(tab);
    await tab.getByText('Otherwise open the link again').waitFor();
    for (const colorScheme of ['dark', 'light'] as const) {
      await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await axeViolations(tab), colorScheme).toEqual([]);
    }
    await tab.reload();
    await hasNoChat(tab);
    // And the link leads in anew, to what is said from then on.
    await tab.goto(link);
    await tab.getByRole('textbox', { name: 'Your name' }).fill('Noor');
    await tab.getByRole('button', { name: 'Join chat', exact: true }).click();
    await tab.getByRole('textbox', { name: 'Message' }).waitFor({ timeout: 60_000 });
    await mara.writes('Who is it?');
    await tab.getByRole('log').getByText('Who is it?').waitFor();
    expect(await tab.getByRole('log').getByText(SAID[0]!).count()).toBe(0);
    await again.kill();
  });
});
