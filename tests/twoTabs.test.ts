import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const BURST = 30;
const CLOSED_AFTER = 9;

/** Threat 58 and "two tabs: both live, one engine": the tabs of a browser share one device and one writer. */
describe('two tabs of one host', () => {
  let relay: RelayProcess;
  let mara: Person;
  let jonas: Person;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
    const link = onOrigin(await mara.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
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
    const written = new Set<string>();
    let closing: Promise<number> | undefined;
    let firstAfter: string | undefined;
    for (const [i, text] of texts.entries()) {
      await write(text);
      if (i === CLOSED_AFTER) {
        const beganMs = performance.now();
        closing = mara.page.close().then(async () => {
          firstAfter = texts.find(later => !written.has(later));
          await jonas.sees(firstAfter ?? '');
          return performance.now() - beganMs;
        });
      }
      written.add(text);
    }
    for (const text of texts) await jonas.sees(text);
    await inSecond(texts.at(-1) ?? '').waitFor();
    const bursts = (articles: readonly string[]) =>
      articles.flatMap(article => /burst \d\d/.exec(article)?.[0] ?? []);
    expect(bursts(await jonas.log.getByRole('article').allInnerTexts())).toEqual(texts);
    const inSecondLog = second.getByRole('log', { name: 'Messages' }).getByRole('article');
    expect(bursts(await inSecondLog.allInnerTexts())).toEqual(texts);
    console.log(
      `takeover: "${firstAfter}" was at the guest ${Math.round((await closing) ?? 0)} ms after the tab was closed`,
    );

    await jonas.writes('who is there?');
    await inSecond('who is there?').waitFor();
    await write('the second tab is');
    await jonas.sees('the second tab is');
    for (const text of ['from the first tab', 'from the second tab', 'the second tab is']) {
      expect(await jonas.message(text).count()).toBe(1);
    }
  });
});
