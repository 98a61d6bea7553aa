import { afterAll, beforeAll, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const EACH_WAY = 500;
const KILL_AT = [120, 300, 420];

let relay: RelayProcess;
let mara: Person;
let jonas: Person;

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
});
afterAll(async () => {
  await Promise.all([mara?.leave(), jonas?.leave()]);
  await relay?.remove();
});

/** Scrolls the whole log from the top and gives every message text in order: the list is virtual. */
async function wholeLog(person: Person): Promise<string[]> {
  const seen = new Map<string, number>();
  const order: string[] = [];
  let stillFor = 0;
  await person.log.hover();
  while (stillFor < 12) {
    const texts = await person.log.getByRole('article').allInnerTexts();
    let fresh = 0;
    for (const text of texts) {
      for (const label of text.match(/\b(?:mara|jonas)-\d{3}\b/g) ?? []) {
        if (!seen.has(label)) {
          seen.set(label, 1);
          order.push(label);
          fresh += 1;
        }
      }
    }
    stillFor = fresh === 0 ? stillFor + 1 : 0;
    await person.page.mouse.wheel(0, -900);
    await person.page.waitForTimeout(30);
  }
  return order;
}

it('500 messages each way survive three kill -9 of the relay: none lost, none twice, in order', async () => {
  const link = onOrigin(await mara.startsChat(relay.hostOrigin), relay.guestOrigin);
  await jonas.knocks(link);
  await mara.admits();
  await Promise.all([mara.isInside(), jonas.isInside()]);

  const writing = async (person: Person, prefix: string) => {
    for (let i = 0; i < EACH_WAY; i += 1) {
      await person.page
        .getByRole('textbox', { name: 'Message' })
        .fill(`${prefix}-${String(i).padStart(3, '0')}`);
      await person.page.keyboard.press('Enter');
      if (prefix === 'mara' && KILL_AT.includes(i)) {
        await relay.down('SIGKILL');
        await relay.up();
      }
    }
  };
  await Promise.all([writing(mara, 'mara'), writing(jonas, 'jonas')]);
  await Promise.all([mara.sees('jonas-499'), jonas.sees('mara-499')]);
  await Promise.all([
    mara
      .message('mara-499')
      .getByText(/Delivered|Read/)
      .first()
      .waitFor({ timeout: 60_000 }),
    jonas
      .message('jonas-499')
      .getByText(/Delivered|Read/)
      .first()
      .waitFor({ timeout: 60_000 }),
  ]);

  const expected = (prefix: string) =>
    Array.from({ length: EACH_WAY }, (_, i) => `${prefix}-${String(i).padStart(3, '0')}`);
  for (const person of [mara, jonas]) {
    expect(await person.log.getByText('could not be read').count()).toBe(0);
    const all = await wholeLog(person);
    for (const prefix of ['mara', 'jonas']) {
      expect(all.filter(label => label.startsWith(prefix)).sort()).toEqual(expected(prefix));
    }
  }
});
