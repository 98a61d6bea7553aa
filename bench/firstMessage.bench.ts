// From opening the link to the first message on the host's screen, in chromium on this machine: a guest with an empty
// profile opens the link, gives a name, is admitted at once (approval off) and writes. Baseline of the same run: the same
// browser opening a page of the same relay that has no script to speak of.
import { onOrigin } from '../tests/stage/link.ts';
import { Person } from '../tests/stage/person.ts';
import { RelayProcess } from '../tests/stage/relayProcess.ts';

const ROUNDS = 7;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

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
    let startedMs = performance.now();
    await guest.page.goto(relay.guestOrigin);
    bare.push(performance.now() - startedMs);

    startedMs = performance.now();
    await guest.page.goto(link, { waitUntil: 'commit' });
    await guest.page.getByRole('textbox', { name: 'Your name' }).fill(guest.name);
    opened.push(performance.now() - startedMs);
    await guest.button('Join chat').click();
    await guest.isInside();
    inside.push(performance.now() - startedMs);
    await guest.writes(`hello ${round}`);
    await host.sees(`hello ${round}`);
    delivered.push(performance.now() - startedMs);
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
line('bare page           ', bare);
line('name can be typed   ', opened);
line('inside the chat     ', inside);
line('first message there ', delivered);
