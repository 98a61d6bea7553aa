import { beforeEach, describe, expect, it } from 'vitest';
import type { TabVisit } from './tabContent.ts';
import { TabMemory } from './tabMemory.ts';
import { openWith, sealWith, type TabSeal } from './tabSeal.ts';

const STORE = `sotto-guest-${crypto.randomUUID()}`;
const ROOT_KEY = crypto.getRandomValues(new Uint8Array(32));
const FRAGMENT = '#1.5kQzW8nTfE2hYc7RbVxA3p.9LmKdUqJ4sG6wZtN1oHvXe';
const VISIT: TabVisit = { token: 'q7Hc2mVt9RkZ4xWb', fragment: FRAGMENT, roomId: undefined, host: 'Mara' };

/** What a browser and origin seals by: the same for every page of it. */
async function makeSeal(): Promise<TabSeal> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  return { seal: text => sealWith(key, text), open: sealed => openWith(key, sealed) };
}

const noSeal: TabSeal = {
  seal: () => Promise.reject(new Error('keeps nothing')),
  open: () => Promise.reject(new Error('keeps nothing')),
};

/** A tab, whatever page is in it; and its memory as each page that is loaded has it. */
let tab: { name: string };
let seal: TabSeal;
const loaded = () => new TabMemory(tab, seal);

beforeEach(async () => {
  tab = { name: '' };
  seal = await makeSeal();
});

describe('what a tab remembers', () => {
  it('is there again after a reload: the guest, the key, and the visits', async () => {
    const page = loaded();
    await page.beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    await page.rememberVisit(VISIT);
    expect(await loaded().recall()).toEqual({
      guest: { storeName: STORE, rootKey: ROOT_KEY },
      visits: [VISIT],
    });
  });

  it('is not in clear in the name, for whoever has the tab next', async () => {
    const page = loaded();
    await page.beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    await page.rememberVisit(VISIT);
    expect(tab.name).not.toBe('');
    for (const word of [STORE, VISIT.token, FRAGMENT, 'Mara', Buffer.from(ROOT_KEY).toString('hex')]) {
      expect(tab.name).not.toContain(word);
      expect(Buffer.from(tab.name.replace(/^.*\./, ''), 'base64').toString('latin1')).not.toContain(word);
    }
  });

  it('is of another tab nothing', async () => {
    await loaded().beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    const other = new TabMemory({ name: '' }, seal);
    expect(await other.recall()).toEqual({ guest: undefined, visits: [] });
  });

  it('of one link is the last that was said of it, and of many links the latest', async () => {
    const page = loaded();
    await page.rememberVisit(VISIT);
    await page.rememberVisit({ ...VISIT, fragment: undefined });
    expect((await loaded().recall()).visits).toEqual([{ ...VISIT, fragment: undefined }]);
    for (let i = 1; i <= 9; i++) await page.rememberVisit({ ...VISIT, token: `token-${i}` });
    expect((await loaded().recall()).visits.map(({ token }) => token)).toEqual(
      [2, 3, 4, 5, 6, 7, 8, 9].map(i => `token-${i}`),
    );
  });

  it('is whole when several things change at once', async () => {
    const page = loaded();
    await Promise.all([
      page.rememberVisit(VISIT),
      page.beGuest({ storeName: STORE, rootKey: ROOT_KEY }),
      page.rememberVisit({ ...VISIT, token: 'another' }),
      page.forgetVisit(VISIT.token),
    ]);
    const { guest, visits } = await loaded().recall();
    expect([guest?.storeName, visits.map(({ token }) => token)]).toEqual([STORE, ['another']]);
  });

  it('without the key, once a lock of the guest’s own keeps the store', async () => {
    const page = loaded();
    await page.beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    await page.beGuest({ storeName: STORE, rootKey: undefined });
    expect((await loaded().recall()).guest).toEqual({ storeName: STORE, rootKey: undefined });
  });

  it('leaves the name empty where it is nothing', async () => {
    const page = loaded();
    await page.rememberVisit(VISIT);
    expect(tab.name).not.toBe('');
    await page.forgetVisit(VISIT.token);
    expect(tab.name).toBe('');
  });

  it('is forgotten at once, also what was on its way to be remembered', async () => {
    const page = loaded();
    await page.beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    const remembering = [page.rememberVisit(VISIT), page.rememberVisit({ ...VISIT, token: 'another' })];
    page.forget();
    expect([tab.name, page.now.guest]).toEqual(['', undefined]);
    await Promise.all(remembering);
    expect(tab.name).toBe('');
    await page.rememberVisit(VISIT);
    expect(await loaded().recall()).toEqual({ guest: undefined, visits: [VISIT] });
  });

  it('is forgotten also while it is being recalled', async () => {
    await loaded().beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    const page = loaded();
    const recalling = page.recall();
    page.forget();
    expect((await recalling).guest).toBeUndefined();
    expect([tab.name, page.now.guest]).toEqual(['', undefined]);
  });

  it('stands in the name again when the browser brings the page back as it was', async () => {
    const page = loaded();
    await page.beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    tab.name = 'another site was here';
    page.putBack();
    expect((await loaded().recall()).guest?.storeName).toBe(STORE);
  });

  it('lasts as long as the page where the browser keeps nothing', async () => {
    const page = new TabMemory(tab, noSeal);
    await page.beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    expect([page.now.guest?.storeName, tab.name]).toEqual([STORE, '']);
    expect(await new TabMemory(tab, noSeal).recall()).toEqual({ guest: undefined, visits: [] });
  });
});

describe('a name that did not come from here', () => {
  const guest = { storeName: STORE, rootKey: 'ab'.repeat(32) };
  const forged: Readonly<Record<string, () => Promise<string> | string>> = {
    'of another page': () => 'checkout-window',
    'in clear': () => `sotto-tab-1.${JSON.stringify({ guest, visits: [] })}`,
    'sealed by another origin': async () =>
      `sotto-tab-1.${await (await makeSeal()).seal(JSON.stringify({ guest, visits: [] }))}`,
    'no base64': () => 'sotto-tab-1.***',
    'too short to be sealed': () => 'sotto-tab-1.AAAA',
    'longer than any of ours': async () =>
      `sotto-tab-1.${await seal.seal(`{"visits":[]${' '.repeat(16_384)}}`)}`,
    'of a version to come': async () =>
      `sotto-tab-2.${await seal.seal(JSON.stringify({ guest, visits: [] }))}`,
  };
  const misshapen: Readonly<Record<string, unknown>> = {
    'no JSON object': 7,
    'no visits': { guest },
    'too many visits': { visits: Array.from({ length: 9 }, () => VISIT) },
    'a database that is no guest’s': { guest: { ...guest, storeName: 'sotto-host' }, visits: [] },
    'a key of another length': { guest: { ...guest, rootKey: 'ab'.repeat(31) }, visits: [] },
    'a text that is none': { visits: [{ ...VISIT, token: 1 }] },
    'a text of any length': { visits: [{ ...VISIT, host: 'x'.repeat(513) }] },
    'a null': { guest: null, visits: [] },
  };
  const expectNothing = async (name: string) => {
    tab.name = name;
    expect(await loaded().recall()).toEqual({ guest: undefined, visits: [] });
  };

  it('the cases below would be taken if they were not what they are', async () => {
    tab.name = `sotto-tab-1.${await seal.seal(JSON.stringify({ guest, visits: [VISIT] }))}`;
    expect((await loaded().recall()).guest?.storeName).toBe(STORE);
  });

  it.each(Object.keys(forged))('is as if there were none: %s', async what => {
    await expectNothing((await forged[what]?.()) ?? '');
  });

  it.each(Object.keys(misshapen))('is as if there were none, though it opens: %s', async what => {
    await expectNothing(`sotto-tab-1.${await seal.seal(JSON.stringify(misshapen[what]))}`);
  });

  it('gives way to ours', async () => {
    tab.name = 'checkout-window';
    await loaded().beGuest({ storeName: STORE, rootKey: ROOT_KEY });
    expect((await loaded().recall()).guest?.storeName).toBe(STORE);
  });
});
