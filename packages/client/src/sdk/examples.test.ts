import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { connect, type Message, type Sotto } from './node.ts';
import { RelayOnDisk } from './relayOnDisk.fixture.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const PASSWORD = 'correct horse battery';

let relay: RelayOnDisk;
let running: ChildProcess[] = [];
const open: Sotto[] = [];

beforeAll(async () => {
  relay = await new RelayOnDisk().up();
});
afterEach(async () => {
  await Promise.all(running.map(child => stopped(child)));
  running = [];
});
afterAll(async () => {
  await Promise.all(open.map(sotto => sotto.close()));
  await relay.remove();
});

/** Runs an example as its reader would, until it says that it is ready. */
function runs(name: string, args: readonly string[], env: Record<string, string>, ready: string) {
  const child = spawn(
    process.execPath,
    ['node_modules/vite-node/dist/cli.mjs', `examples/${name}`, ...args],
    {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.push(child);
  let output = '';
  return new Promise<ChildProcess>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (output.includes(ready)) resolve(child);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', code => reject(new Error(`${name} ended with ${code}:\n${output}`)));
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

async function person(name: string): Promise<Sotto> {
  const sotto = await connect({ folder: relay.folder(name), relay: relay.hostOrigin, name });
  open.push(sotto);
  return sotto;
}

const nextOf = (sotto: Sotto) =>
  new Promise<Message>(resolve => {
    const stop = sotto.onMessage(message => {
      stop();
      resolve(message);
    });
  });

it('the bot has fewer than twenty lines, comes in by a link, and answers', async () => {
  expect(readFileSync(`${root}/examples/bot.ts`, 'utf8').trim().split('\n').length).toBeLessThan(20);
  const mara = await person('mara');
  const room = await mara.host({ approval: false });
  const link = relay.forGuests((await room.invitation()).link);
  await runs('bot.ts', [relay.folder('bot'), link, relay.certificate], {}, 'Echo is inside.');
  const answer = nextOf(mara);
  await room.send('Good morning');
  expect(await answer).toMatchObject({
    text: 'You said: Good morning',
    author: { name: 'Echo', guest: true },
    replyTo: { text: 'Good morning' },
  });
});

it('the backend signs in, answers by handle, and after it was away what was asked meanwhile', async () => {
  const owner = await person('owner');
  await owner.online({ timeoutMs: 20_000 });
  await owner.createAccount({ handle: 'shop', password: PASSWORD, name: 'Shop', deviceName: 'Desk' });
  // From here on the account's other device answers for it.
  await owner.close();
  const args = [relay.folder('shop'), relay.guestOrigin, 'shop', relay.certificate];
  const env = { SHOP_PASSWORD: PASSWORD, SHOP_PASSPHRASE: 'a long enough passphrase' };
  const backend = await runs('backend.ts', args, env, '@shop answers.');

  const ada = await person('ada');
  await ada.online({ timeoutMs: 20_000 });
  await ada.createAccount({ handle: 'ada', password: PASSWORD, name: 'Ada', deviceName: 'Laptop' });
  const room = await ada.direct('@shop');
  let answer = nextOf(ada);
  await room.send('Where is order 1042?');
  expect((await answer).text).toBe('Order 1042 is on its way.');
  await stopped(backend);
  answer = nextOf(ada);
  await room.send('And 1043?');
  // The password is needed once.
  await runs('backend.ts', args, { ...env, SHOP_PASSWORD: '' }, '@shop answers.');
  expect((await answer).text).toBe('Order 1043 waits for its payment.');
}, 180_000);
