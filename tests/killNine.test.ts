import { afterAll, beforeAll, expect, it } from 'vitest';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

const EACH_WAY = 500;
/** Which of Mara's messages the kill follows. */
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

/** The rows that are drawn now, oldest first: what identifies each, and the label in its text. */
function drawnRows(person: Person): Promise<[key: string, label: string][]> {
  return person.log.evaluate(log =>
    [...log.querySelectorAll('[data-key]')].flatMap(row => {
      const label = /(?:mara|jonas)-\d{3}/.exec(row.querySelector('article')?.textContent ?? '')?.[0];
      return label ? [[row.getAttribute('data-key') ?? '', label] as [string, string]] : [];
    }),
  );
}

/**
 * Reads the log from the newest message up to where the person came in, screen by screen, for it is virtual. On every
 * screen the messages of one author must follow each other without inversion, repetition or hole; screens overlap.
 */
async function readsWholeLog(person: Person, beginning: string): Promise<Map<string, string>> {
  const labels = new Map<string, string>();
  await person.log.hover();
  for (let screen = 0; screen < 2_000; screen += 1) {
    const rows = await drawnRows(person);
    for (const prefix of ['mara', 'jonas']) {
      const numbers = rows
        .filter(([, label]) => label.startsWith(prefix))
        .map(([, label]) => Number(label.slice(-3)));
      const [first = 0] = numbers;
      expect(numbers, `${prefix} as ${person.name} sees it`).toEqual(numbers.map((_, i) => first + i));
    }
    for (const [key, label] of rows) labels.set(key, label);
    if (await person.log.getByText(beginning).isVisible()) return labels;
    await person.page.mouse.wheel(0, -500);
    await person.page.evaluate(
      () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
  }
  throw new Error(`${person.name} never came to the beginning of the log`);
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
  // Whoever was slower wrote last; a word each, after all is written, shows that everything before it is there.
  await mara.writes('Over to you');
  await jonas.sees('Over to you');
  await jonas.writes('All here');
  await mara.sees('All here');
  await jonas
    .message('All here')
    .getByText(/Delivered|Read/)
    .first()
    .waitFor();

  const written = ['mara', 'jonas'].flatMap(prefix =>
    Array.from({ length: EACH_WAY }, (_, i) => `${prefix}-${String(i).padStart(3, '0')}`),
  );
  for (const [person, beginning] of [
    [mara, 'Chat started'],
    [jonas, 'You joined'],
  ] as const) {
    expect(await person.log.getByText('could not be read').count()).toBe(0);
    const labels = await readsWholeLog(person, beginning);
    expect([...labels.values()].sort()).toEqual([...written].sort());
  }
  expect([...mara.pageErrors, ...jonas.pageErrors].filter(error => !/WebSocket|ERR_/.test(error))).toEqual(
    [],
  );
}, 900_000);
