import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

/** Code that would run if any of these were taken for markup. */
const CORPUS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  '<svg><script href="data:text/javascript,alert(1)" /></svg>',
  '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  '<math><mtext><style><img title="</style><img src onerror=alert(1)>">',
  '&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;',
  '<a href="javascript:alert(1)">press me</a>',
  '<base href="https://evil.example/"><form action="https://evil.example/"><button>Send</button></form>',
  '<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x.css>',
  '{{constructor.constructor("alert(1)")()}} <%= alert(1) %> #{alert(1)}',
  '**<img src=x onerror=alert(1)>** `<script>alert(1)</script>` *<b onclick=alert(1)>b</b>*',
];

/** Addresses that must stay text. */
const NO_LINKS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)//http://x',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:https://evil.example/1',
  '[press me](javascript:alert(1))',
  '[press me](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '![x](javascript:alert(1))',
  '<javascript:alert(1)>',
  'intent://evil#Intent;scheme=https;end',
];

const LINKS: readonly (readonly [written: string, href: string])[] = [
  ['plain https://example.org/a?b=c#d here', 'https://example.org/a?b=c#d'],
  ['old http://example.org/', 'http://example.org/'],
  ['mail mailto:mara@example.org', 'mailto:mara@example.org'],
];

describe('people and messages that mean harm', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  const executed: string[] = [];

  /** Anything that shows that something of a message was taken for code. */
  function watch(page: Page): void {
    page.on('dialog', dialog => {
      executed.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('popup', popup => executed.push(`window ${popup.url()}`));
    page.on('request', request => {
      if (/evil\.example|\/x$|\/x\?/.test(request.url())) executed.push(`request ${request.url()}`);
    });
  }

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('<img src=x onerror=alert(1)>')]);
    for (const { page } of [mara, jonas]) {
      watch(page);
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', event =>
          console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`),
        );
      });
    }
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  it('a name of markup is shown as the text that it is, at the door and inside', async () => {
    const link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
    await jonas.knocks(link);
    await mara.page.getByRole('heading', { name: '<img src=x onerror=alert(1)> asks to join' }).waitFor();
    await mara.admits();
    await Promise.all([jonas.isInside(), mara.isInside()]);
    await jonas.writes('who am I?');
    await mara.message('who am I?').getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(await mara.page.locator('img[src]').count()).toBe(0);
  });

  it('markup in messages stays text on both sides', async () => {
    for (const text of CORPUS) await jonas.writes(text);
    await mara.sees(CORPUS.at(-2) ?? '');
    // The last has marks of emphasis in it, which are no text.
    for (const text of CORPUS.slice(0, -1)) {
      for (const person of [mara, jonas]) await person.message(text).first().waitFor();
    }
    for (const person of [mara, jonas]) {
      await person.message('<b onclick=alert(1)>b</b>').first().waitFor();
      const foreign = person.log.locator(
        'script, img, iframe, svg[onload], form, style, base, link, math, b',
      );
      expect(await foreign.count()).toBe(0);
    }
  });

  it('only http, https and mailto become links, and they say nothing of this page', async () => {
    for (const text of NO_LINKS) await jonas.writes(text);
    await mara.sees(NO_LINKS.at(-1) ?? '');
    const foreign = (
      await mara.log.locator('a').evaluateAll(links => links.map(link => link.getAttribute('href')))
    ).filter(href => !/^(https?|mailto):/.test(href ?? ''));
    expect(foreign).toEqual([]);
    for (const [written, href] of LINKS) {
      await jonas.writes(written);
      const link = mara.log.locator(`a[href="${href}"]`);
      await link.waitFor();
      expect(await link.getAttribute('rel')).toContain('noopener');
      expect(await link.getAttribute('referrerpolicy')).toBe('no-referrer');
    }
  });

  it('a link that hides where it goes says so', async () => {
    await jonas.writes('see https://sotto.example@evil.example/ now');
    await mara.message('see https://sotto.example').getByText('(evil.example)').waitFor();
  });

  it('nothing of it was executed or asked for', () => {
    expect(executed).toEqual([]);
    expect([...mara.pageErrors, ...jonas.pageErrors]).toEqual([]);
  });

  it('neither a borrowed name nor bidi controls hide that somebody is a guest', async () => {
    for (const [name, shown] of [
      ['Mara (host)', 'Mara (host)'],
      ['\u202eara\u2066M \u200b(host)', 'araM (host)'],
    ] as const) {
      const guest = await Person.arrive(name);
      try {
        await mara.page.goto('about:blank');
        await mara.page.goto(relay.hostOrigin);
        await mara.button('New conversation').click();
        const link = onOrigin(await mara.inviteLink(), relay.guestOrigin);
        await guest.knocks(link);
        await mara.page.getByRole('heading', { name: `${shown} asks to join`, exact: true }).waitFor();
        await mara.admits();
        await Promise.all([guest.isInside(), mara.isInside()]);
        await guest.writes('trust me');
        const message = mara.message('trust me');
        await message.getByText(shown, { exact: true }).waitFor();
        await message.getByText('guest', { exact: true }).waitFor();
        expect(await message.textContent()).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
        expect(await message.getByText('host', { exact: true }).count()).toBe(0);
      } finally {
        await guest.leave();
      }
    }
  });
});
