import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ArchivedItem, type ConversationSource, exportPage, wholeFile } from '@sotto/vault/archive';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Person } from './stage/person.ts';

/** Code that would run, or fetch, if any of these were taken for markup. */
const CORPUS = [
  '<script>alert(1)</script>',
  '</p></article></main><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '--><script>alert(1)</script>',
  '<img src=https://evil.example/x onerror=alert(1)>',
  '<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\\>',
  '"><svg onload=alert(1)>',
  "'><svg/onload=alert(1)>",
  '<svg><script href="data:text/javascript,alert(1)" /></svg>',
  '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  '<math><mtext><style><img title="</style><img src onerror=alert(1)>">',
  '&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &amp;amp;',
  '<a href="javascript:alert(1)" autofocus onfocus=alert(1)>press me</a>',
  '<base href="https://evil.example/"><form action="https://evil.example/"><button>Send</button></form>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  '<style>@import "https://evil.example/x.css";*{display:none}</style>',
  '<link rel=stylesheet href=//evil.example/x.css><object data=//evil.example/x><embed src=//evil.example/x>',
  '<details open ontoggle=alert(1)><video><source onerror=alert(1)></video>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><script>alert(1)</script></template><xmp><plaintext>',
  '\u202e<script>alert(1)</script>',
  'a\r\nb\rc\nd\te\ff',
  '\n  begins with a line and spaces  ',
];

const EXPORTED = { exportedAtMs: 1_770_000_000_000, timeZone: 'UTC' };

/** A conversation whose every text, name and title is hostile. */
function hostile(texts: readonly string[], place = 0): ConversationSource {
  const name = (at: number) => texts[at % texts.length]!.slice(0, 200);
  const items = texts.map((text, at): ArchivedItem => {
    const author = {
      deviceId: `dev_${at}`,
      name: name(at + 1),
      role: 'guest',
      guest: true,
      self: false,
    } as const;
    return {
      kind: 'message',
      order: 2 * at,
      messageId: `msg_${at}`,
      author,
      text,
      sentAtMs: 1_760_000_000_000 + at,
      replyTo: { messageId: 'msg_0', name: name(at + 2), text },
      reactions: [{ emoji: text.slice(0, 60), count: 2, own: false }],
    };
  });
  const events = texts.map((_, at): ArchivedItem => {
    const who = { deviceId: `dev_${at}`, name: name(at) };
    return {
      kind: 'event',
      order: 2 * (texts.length + at),
      atMs: 1_760_000_000_000,
      event: { type: 'removed', who, by: who, self: false },
    };
  });
  return {
    conversation: {
      id: `str_${place}`,
      title: name(place),
      startedAtMs: 1_760_000_000_000,
      condition: 'open',
      members: [{ deviceId: 'dev_1', name: name(1), role: 'owner', guest: false, self: false }],
    },
    itemCount: items.length,
    items: async function* () {
      yield* items;
      yield* events;
    },
  };
}

describe('an exported page', () => {
  let person: Person;
  let folder: string;
  const executed: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-exported-'));
    person = await Person.arrive('Mara');
    person.page.on('dialog', dialog => {
      executed.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    person.page.on('popup', popup => executed.push(`window ${popup.url()}`));
    person.page.on('request', request => {
      if (!request.url().endsWith('/history.html')) executed.push(`request ${request.url()}`);
    });
  });
  beforeEach(() => {
    executed.length = 0;
  });
  afterAll(async () => {
    await person?.leave();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(sources: readonly ConversationSource[]): Promise<void> {
    const page = await wholeFile(exportPage(sources, EXPORTED), 'text/html');
    const path = join(folder, 'history.html');
    writeFileSync(path, new Uint8Array(await page.arrayBuffer()));
    await person.page.goto(pathToFileURL(path).href, { waitUntil: 'load' });
  }
  const textsOf = (selector: string) =>
    person.page.locator(selector).evaluateAll(found => found.map(element => element.textContent));

  it('runs and fetches nothing of what is written in it, and shows each text exactly', async () => {
    for (const sources of [[hostile(CORPUS)], CORPUS.map((_, place) => hostile(CORPUS, place))]) {
      await open(sources);
      const every = sources.flatMap(() => CORPUS);
      expect(await textsOf('.bubble > .text')).toEqual(every);
      expect(await textsOf('.quote > .text')).toEqual(every);
      const foreign = person.page.locator(
        'script, img, iframe, svg, form, base, link, math, object, embed, video, template, xmp, button, body style',
      );
      expect(await foreign.count()).toBe(0);
      const handlers = await person.page
        .locator('*')
        .evaluateAll(all =>
          all.flatMap(element => element.getAttributeNames()).filter(name => name.startsWith('on')),
        );
      expect(handlers).toEqual([]);
    }
    expect(executed).toEqual([]);
    expect(person.pageErrors).toEqual([]);
  });

  it('its own policy stops a script even if one were there', async () => {
    await open([hostile(['calm'])]);
    const ran = await person.page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return 'ran' in window;
    });
    expect(ran).toBe(false);
    expect(person.pageErrors.splice(0).join()).toContain('Content Security Policy');
  });

  it('shows any text as it was written', async () => {
    const anyText = fc
      .array(fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 1, max: 0x9f })), {
        maxLength: 30,
      })
      // What a document cannot have: NUL and halves of surrogate pairs.
      .map(units => new TextDecoder().decode(new TextEncoder().encode(`.${String.fromCharCode(...units)}`)));
    const texts = fc.sample(fc.oneof(anyText, fc.string({ unit: 'grapheme' })), 500);
    const written = texts.map(text => text.replaceAll('\0', '\ufffd'));
    await open([hostile(texts)]);
    expect(await textsOf('.bubble > .text')).toEqual(written);
  });

  it('a text that runs from right to left turns nothing around but itself', async () => {
    await open([hostile(['\u202eabc', 'שלום עולם', 'left to right'])]);
    const directions = await person.page
      .locator('.bubble > .text')
      .evaluateAll(found =>
        found.map(
          element => `${getComputedStyle(element).direction} ${getComputedStyle(element).unicodeBidi}`,
        ),
      );
    expect(directions.map(direction => direction.split(' ')[0])).toEqual(['ltr', 'rtl', 'ltr']);
    for (const direction of directions) expect(direction).toMatch(/isolate|plaintext/);
  });
});
