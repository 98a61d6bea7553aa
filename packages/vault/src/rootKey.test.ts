import { expect, it } from 'vitest';
import { loadOrMakeRootKey, sessionRootKey } from './rootKey.ts';

const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));

function tabStorage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

it('a tab keeps its root key over a reload, and another tab has none of it', async () => {
  const tab = tabStorage();
  const made = await loadOrMakeRootKey(sessionRootKey(tab, 'guest'), random);
  expect(made).toHaveLength(32);
  expect(await loadOrMakeRootKey(sessionRootKey(tab, 'guest'), random)).toEqual(made);
  expect(await loadOrMakeRootKey(sessionRootKey(tabStorage(), 'guest'), random)).not.toEqual(made);
});

it('the first key stays', async () => {
  const custody = sessionRootKey(tabStorage(), 'guest');
  expect(await custody.keep(new Uint8Array(32).fill(1))).toEqual(new Uint8Array(32).fill(1));
  expect(await custody.keep(new Uint8Array(32).fill(2))).toEqual(new Uint8Array(32).fill(1));
});

it('a forgotten key is gone', async () => {
  const tab = tabStorage();
  const custody = sessionRootKey(tab, 'guest');
  await loadOrMakeRootKey(custody, random);
  await custody.forget();
  expect(await custody.load()).toBeUndefined();
  expect(tab.items.size).toBe(0);
});

it('refuses what is no key', async () => {
  const tab = tabStorage();
  const custody = sessionRootKey(tab, 'guest');
  await custody.keep(new Uint8Array(32));
  for (const key of tab.items.keys()) tab.items.set(key, 'abc');
  await expect(custody.load()).rejects.toMatchObject({ code: 'RECORD_DAMAGED' });
});
