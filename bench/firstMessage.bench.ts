// From opening the link to the first message on the host's screen, in chromium on this machine: a guest with an empty
// profile opens the link, gives a name, is admitted at once (approval off) and writes. What a person would do is done
// from inside the pages the moment there is something to do it with: this measures Sotto, not how fast somebody types,
// nor how fast a test tool clicks. Baseline of the same run: the same browser opening a page of the same relay that has
// no script to speak of.
import type { Page } from 'playwright-core';
import { onOrigin } from '../tests/stage/link.ts';
import { Person } from '../tests/stage/person.ts';
import { RelayProcess } from '../tests/stage/relayProcess.ts';

const ROUNDS = Number(process.env.SOTTO_BENCH_ROUNDS ?? 9);

type Moments = Record<'name' | 'inside', number>;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Types a name and asks to come in as soon as there is a field for it, and writes as soon as one can. */
async function actAtOnce(page: Page, name: string, text: string): Promise<void> {
  await page.addInitScript(
    ([myName, message]) => {
      const moments: Partial<Moments> = {};
      Object.assign(globalThis, { moments });
      const type = (field: HTMLInputElement | HTMLTextAreaElement, value: string) => {
        field.value = value;
        field.dispatchEvent(new Event('input', { bubbles: true }));
      };
      const look = () => {
        const nameField = document.querySelector<HTMLInputElement>('form input');
        if (moments.name === undefined && nameField !== null) {
          moments.name = Date.now();
          type(nameField, myName!);
          requestAnimationFrame(() => nameField.form?.requestSubmit());
        }
        const composer = document.querySelector('textarea');
        if (moments.inside === undefined && composer !== null) {
          moments.inside = Date.now();
          type(composer, message!);
          requestAnimationFrame(() =>
            document.querySelector<HTMLButtonElement>('button[aria-label="Send"]')?.click(),
          );
        }
      };
      new MutationObserver(look).observe(document, { subtree: true, childList: true });
    },
    [name, text],
  );
}

/** When this page shows the text, by its own clock. */
function momentOf(page: Page, text: string): Promise<number> {
  return page.evaluate(
    wanted =>
      new Promise<number>(resolve => {
        const look = () => {
          if (document.querySelector('[role=log]')?.textContent?.includes(wanted) !== true) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(Date.now()));
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, characterData: true });
        look();
      }),
    text,
  );
}

const relay = await RelayProcess.start();
const host = await Person.arrive('Mara');
const opened: number[] = [];
const inside: number[] = [];
const delivered: number[] = [];
const bare: number[] = [];
try {
  const link = onOrigin(await host.startsChatWithoutAsking(relay.hostOrigin), relay.guestOrigin);
  for (let round = 0; round < ROUNDS; round += 1) {
    const guest = await Person.arrive(`Guest ${round}`);
    const text = `hello ${round}`;
    let startedMs = Date.now();
    await guest.page.goto(relay.guestOrigin);
    bare.push(Date.now() - startedMs);

    await actAtOnce(guest.page, guest.name, text);
    const shown = momentOf(host.page, text);
    startedMs = Date.now();
    await guest.page.goto(link, { waitUntil: 'commit' });
    delivered.push((await shown) - startedMs);
    const moments = await guest.page.evaluate(() => (globalThis as unknown as { moments: Moments }).moments);
    opened.push(moments.name - startedMs);
    inside.push(moments.inside - startedMs);
    await guest.leave();
  }
} finally {
  await host.leave();
  await relay.remove();
}
const line = (name: string, values: readonly number[]) =>
  console.log(
    `  ${name}: median ${Math.round(median(values))} ms, slowest ${Math.round(Math.max(...values))} ms (${(median(values) / median(bare)).toFixed(1)} times a bare page)`,
  );
console.log(`${ROUNDS} guests, one after the other, each with an empty profile:`);
line('bare page                    ', bare);
line('name can be typed            ', opened);
line('inside the chat              ', inside);
line('first message on the screen  ', delivered);
