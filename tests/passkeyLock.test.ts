import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeysPage } from './stage/keysPage.ts';
import { KillableChromium } from './stage/killableChromium.ts';
import { serveVaultSite, type VaultSite } from './stage/vaultSite.ts';

declare const keysPage: KeysPage;

const PASSPHRASE = 'correct horse battery';

/** An authenticator that a person has at hand, and what is the matter with it. */
interface AuthenticatorOptions {
  readonly hasPrf?: boolean;
  readonly isUserVerified?: boolean;
}

describe('a lock that a passkey opens', () => {
  let site: VaultSite;
  let profile: string;
  let browser: KillableChromium;
  let page: Page;
  let devtools: CDPSession;

  beforeAll(async () => {
    site = await serveVaultSite('keysPage.ts');
  });
  beforeEach(async () => {
    profile = mkdtempSync(join(tmpdir(), 'sotto-passkey-profile-'));
    browser = await KillableChromium.on(profile);
    page = browser.page;
    await page.goto(site.origin);
    devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
  });
  afterEach(async () => {
    await browser.kill();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  afterAll(() => site?.close());

  async function plugIn({
    hasPrf = true,
    isUserVerified = true,
  }: AuthenticatorOptions = {}): Promise<string> {
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        hasPrf,
        isUserVerified,
        automaticPresenceSimulation: true,
      },
    });
    return authenticatorId;
  }

  const begin = () => page.evaluate(passphrase => keysPage.beginWithPasskey(passphrase), PASSPHRASE);
  const unlock = () => page.evaluate(() => keysPage.unlockByPasskey());
  const unlockByPassphrase = () =>
    page.evaluate(passphrase => keysPage.unlockByPassphrase(passphrase), PASSPHRASE);

  it('is opened again by its authenticator after a reload, and gives the same root key as the passphrase', async () => {
    await plugIn();
    const rootKey = await begin();
    expect(rootKey).toMatch(/^[0-9a-f]{64}$/);
    await page.reload();
    expect(await unlock()).toBe(rootKey);
    expect(await unlock()).toBe(rootKey);
    expect(await unlockByPassphrase()).toBe(rootKey);
  });

  it('is not opened by another authenticator that says it has this very passkey', async () => {
    const first = await plugIn();
    const rootKey = await begin();
    await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first });
    await plugIn();
    await expect(page.evaluate(() => keysPage.unlockByPretender())).rejects.toThrow('WRONG_KEY');
    expect(await unlockByPassphrase()).toBe(rootKey);
  });

  it('is not opened by an authenticator that does not have it', async () => {
    const first = await plugIn();
    await begin();
    await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first });
    await plugIn();
    await expect(unlock()).rejects.toThrow('PASSKEY_REFUSED');
  });

  it('asks who is there, each time', async () => {
    const first = await plugIn();
    const rootKey = await begin();
    expect(await unlock()).toBe(rootKey);
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId: first, isUserVerified: false });
    await expect(unlock()).rejects.toThrow('PASSKEY_REFUSED');
  });

  it('cannot be set with an authenticator that has no PRF', async () => {
    await plugIn({ hasPrf: false });
    await expect(page.evaluate(() => keysPage.createPasskey())).rejects.toThrow('PASSKEY_UNSUPPORTED');
  });

  it('cannot be set at an IP address', async () => {
    await plugIn();
    await page.goto(site.origin.replace('localhost', '127.0.0.1'));
    await expect(page.evaluate(() => keysPage.createPasskey())).rejects.toThrow('PASSKEY_UNSUPPORTED');
    await page.goto(site.origin);
    expect(await page.evaluate(() => keysPage.createPasskey())).toBe('passkey');
  });
});
