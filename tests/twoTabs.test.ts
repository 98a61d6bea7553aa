import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const BURST = 30;
const CLOSED_AFTER = 9;

/** Writes faster than a test could from outside, and so long that the engine moves meanwhile. */
async function writeAll(page: Page, texts: readonly string[]): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).evaluate(async (field: HTMLTextAreaElement, all) => {
    const untilIt = async (holds: () => boolean) => {
      while (!holds()) await new Promise(resolve => setTimeout(resolve, 5));
    };
    for (const text of all) {
      await new Promise(resolve => setTimeout(resolve, 25));
      field.setRangeText(text, 0, field.value.length);
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      const send = field.form?.querySelector<HTMLButtonElement>('button[type=submit]');
      await untilIt(() => send?.disabled === false);
      send?.click();
      await untilIt(() => field.value === '');
    }
  }, texts);
}

/** When each text first stood in the log, in the order in which they came. */
function watchFor(page: Page, texts: readonly string[]): Promise<readonly number[]> {
  return page.getByRole('log', { name: 'Messages' }).evaluate(
    (log, all) =>
      new Promise<readonly number[]>(resolve => {
        const arrivedMs = new Map<string, number>();
        const look = () => {
          for (const text of all)
            if (!arrivedMs.has(text) && log.textContent?.includes(text))
              arrivedMs.set(text, performance.now());
          if (arrivedMs.size === all.length) resolve([...arrivedMs.values()]);
        };
        new MutationObserver(look).observe(log, { childList: true, subtree: true, characterData: true });
      }),
    texts,
  );
}

/** Threat 58 and "two tabs: both live, one engine": the tabs of a browser share one device and one writer. */
describe('two tabs of one host', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;
  let link: string;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
    link = onOrigin(await mara.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
    await jonas.knocks(link);
    await jonas.isInside();
    await mara.isInside();
  });
  afterAll(async () => {
    await Promise.all([mara?.leave(), jonas?.leave()]);
    await relay?.remove();
  });

  it('both are live, and when the first closes the second goes on at once', async () => {
    await mara.writes('from the first tab');
    await jonas.sees('from the first tab');

    const second = await mara.context.newPage();
    await second.goto(mara.page.url());
    const inSecond = (text: string) =>
      second.getByRole('log', { name: 'Messages' }).getByRole('article').filter({ hasText: text }).first();
    await inSecond('from the first tab').waitFor();
    await jonas.writes('to both tabs');
    await Promise.all([mara.sees('to both tabs'), inSecond('to both tabs').waitFor()]);

    const write = async (text: string) => {
      await second.getByRole('textbox', { name: 'Message' }).fill(text);
      await second.getByRole('button', { name: 'Send', exact: true }).click();
    };
    await write('from the second tab');
    await Promise.all([mara.sees('from the second tab'), jonas.sees('from the second tab')]);

    // All of it on one screen: what is scrolled away is not in the page.
    for (const page of [jonas.page, second]) await page.setViewportSize({ width: 1280, height: 4_000 });
    // Closed while the other writes: whatever its engine had not answered is said by the next one, once.
    const texts = Array.from({ length: BURST }, (_, i) => `burst ${String(i + 1).padStart(2, '0')}`);
    const arrivals = watchFor(jonas.page, texts);
    const writing = writeAll(second, texts);
    await jonas.sees(texts[CLOSED_AFTER] ?? '');
    await mara.page.close();
    await writing;
    for (const text of texts) await jonas.sees(text);
    const arrivedMs = await arrivals;
    await inSecond(texts.at(-1) ?? '').waitFor();
    const bursts = (articles: readonly string[]) =>
      articles.flatMap(article => /burst \d\d/.exec(article)?.[0] ?? []);
    expect(bursts(await jonas.log.getByRole('article').allInnerTexts())).toEqual(texts);
    const inSecondLog = second.getByRole('log', { name: 'Messages' }).getByRole('article');
    expect(bursts(await inSecondLog.allInnerTexts())).toEqual(texts);
    const silencesMs = arrivedMs.map((ms, i) => ms - (arrivedMs[i - 1] ?? ms));
    console.log(`takeover: the guest heard nothing for ${Math.round(Math.max(...silencesMs))} ms`);

    await jonas.writes('who is there?');
    await inSecond('who is there?').waitFor();
    await write('the second tab is');
    await jonas.sees('the second tab is');
    for (const text of ['from the first tab', 'from the second tab', 'the second tab is']) {
      expect(await jonas.message(text).count()).toBe(1);
    }
  });

  it('a guest’s closed tab leaves nothing for ever; what an open tab uses stays', async () => {
    const DAY_MS = 24 * 3_600_000;
    const guestDatabases = () =>
      jonas.page.evaluate(async () =>
        (await indexedDB.databases()).flatMap(({ name }) => (name?.startsWith('sotto-guest-') ? [name] : [])),
      );
    const [own, ...none] = await guestDatabases();
    expect(none).toEqual([]);
    // As a tab leaves it that was closed a day ago; by its note, Jonas's own is as old.
    const closed = 'sotto-guest-closed';
    await jonas.page.evaluate(
      async ({ names, usedMs }) => {
        for (const name of names) localStorage.setItem(`sotto.guestStoreUsed.${name}`, String(usedMs));
        await new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open(names[0] ?? '', 1);
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            opening.result.close();
            resolve();
          };
        });
      },
      { names: [closed, own ?? ''], usedMs: Date.now() - DAY_MS - 1_000 },
    );
    expect(await guestDatabases()).toContain(closed);

    const another = await jonas.context.newPage();
    await another.goto(link);
    await another.getByRole('textbox', { name: 'Your name' }).fill('Jonas again');
    await another.getByRole('button', { name: 'Join chat', exact: true }).click();
    await another.getByRole('textbox', { name: 'Message' }).waitFor({ timeout: 60_000 });
    await expect.poll(guestDatabases, { timeout: 30_000 }).not.toContain(closed);
    expect(await guestDatabases()).toContain(own);
    await jonas.writes('still here');
    await jonas.page.reload();
    await jonas.sees('still here');
  });
});
