import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

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

    await mara.page.close();
    const closedMs = performance.now();
    await jonas.writes('who is there?');
    await inSecond('who is there?').waitFor();
    expect(performance.now() - closedMs).toBeLessThan(10_000);
    await write('the second tab is');
    await jonas.sees('the second tab is');
    for (const text of ['from the first tab', 'from the second tab', 'the second tab is']) {
      expect(await jonas.message(text).count()).toBe(1);
    }
  });
});
