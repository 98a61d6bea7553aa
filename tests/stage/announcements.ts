import type { Page } from 'playwright-core';

/** Keeps hold of the places that only screen readers read from: they stand in closed shadow trees. */
export async function hearAnnouncements(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const roots: ShadowRoot[] = [];
    Object.assign(globalThis, { announcements: roots });
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (options) {
      const root = attach.call(this, options);
      roots.push(root);
      return root;
    };
  });
}

/**
 * What a screen reader was last told, without the marks that keep a name from turning the sentence around. Behind an
 * open dialog everything is inert: what is said there is not heard.
 */
export async function announced(page: Page): Promise<string> {
  const text = await page.evaluate(() => {
    const roots = Reflect.get(globalThis, 'announcements') as readonly ShadowRoot[];
    const front = [...document.querySelectorAll('dialog[open]')].at(-1);
    const heard = roots.filter(({ host }) => host.isConnected && (front?.contains(host) ?? true));
    return heard.map(({ textContent }) => textContent).join('');
  });
  return text.replace(/[\u2068\u2069]/g, '').trim();
}
