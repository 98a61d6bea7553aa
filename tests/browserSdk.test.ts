import { readFileSync } from 'node:fs';
import { type Conversation, connect, type Sotto } from '@sotto/client/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RelayOnDisk } from '../packages/client/src/sdk/relayOnDisk.fixture.ts';
import { ExampleSite } from './stage/exampleSite.ts';
import { Person } from './stage/person.ts';

let site: ExampleSite;
let relay: RelayOnDisk;
let shop: Sotto;
let counter: Conversation;
let visitor: Person;

beforeAll(async () => {
  site = await ExampleSite.open();
  relay = await new RelayOnDisk({ allowedOrigins: [site.origin] }).up();
  site.relay = relay.guestOrigin;
  shop = await connect({ folder: relay.folder('shop'), relay: relay.hostOrigin, name: 'Shop' });
  counter = await shop.host({ title: 'Counter', approval: false });
  shop.onMessage(async message => {
    const { text, file } = message;
    const about = file === undefined ? text : `${file.name} of ${(await file.read()).length} bytes`;
    await message.reply(`About “${about}”: we look.`);
  });
  visitor = await Person.arrive('Visitor');
});
afterAll(async () => {
  await visitor?.leave();
  await shop?.close();
  await relay?.remove();
  await site?.close();
});

const SOI = Buffer.from([0xff, 0xd8]);
const EOI = Buffer.from([0xff, 0xd9]);
const segment = (marker: number, text: string) =>
  Buffer.from([0xff, marker, 0, text.length + 2, ...Buffer.from(text)]);
const SCAN = Buffer.concat([segment(0xda, 'one scan'), Buffer.from([1, 2, 3])]);

const line = (page: Page, text: string) => page.getByRole('listitem').filter({ hasText: text });
const sees = (page: Page, text: string) => line(page, text).first().waitFor({ timeout: 60_000 });
const told = (page: Page, text: string) =>
  page.getByRole('status').filter({ hasText: text }).waitFor({ timeout: 60_000 });
const says = async (page: Page, text: string) => {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
};
const comesIn = async (page: Page, link: string) => {
  await page.getByRole('textbox', { name: 'Invite link' }).fill(link);
  await page.getByRole('textbox', { name: 'Your name' }).fill('Vera');
  await page.getByRole('button', { name: 'Come in' }).click();
};

it('a page of another origin made with the SDK talks to a program, both ways, and finds it all after a reload', async () => {
  const { page, context } = visitor;
  await page.goto(site.origin);
  await told(page, 'You need an invite link.');
  const revoked = await counter.invite({ approval: false });
  await revoked.revoke();
  // What goes wrong has a code.
  await comesIn(page, `${relay.guestOrigin}/chat/nothing`);
  await told(page, 'BAD_LINK');
  await comesIn(page, relay.forGuests(revoked.link));
  await told(page, 'NOT_LET_IN');

  await comesIn(page, relay.forGuests((await counter.invitation()).link));
  await told(page, 'In “Counter”');
  await says(page, 'Where is order 1042?');
  await sees(page, 'About “Where is order 1042?”: we look.');
  await line(page, 'You · read').waitFor();
  await counter.send('We close at six.');
  await sees(page, 'We close at six.');

  const photo = Buffer.concat([SOI, segment(0xe1, 'Exif\0\0GPS 51.4779 N'), SCAN, EOI]);
  await page
    .getByLabel('Attach file')
    .setInputFiles({ name: 'shelf.jpg', mimeType: 'image/jpeg', buffer: photo });
  await sees(page, `About “shelf.jpg of ${SOI.length + SCAN.length + EOI.length} bytes”: we look.`);
  await counter.sendFile({
    name: 'bill.txt',
    size: 3,
    arrayBuffer: async () => Uint8Array.of(57, 46, 45).buffer,
  });
  const download = page.waitForEvent('download');
  await line(page, 'Save bill.txt').getByRole('button').click();
  expect((await download).suggestedFilename()).toBe('bill.txt');
  expect(readFileSync(await (await download).path(), 'utf8')).toBe('9.-');

  await page.reload();
  await sees(page, 'Where is order 1042?');
  await sees(page, 'We close at six.');
  await says(page, 'And 1043?');
  await sees(page, 'About “And 1043?”: we look.');

  // Pages of one origin are one device: the second goes on where the first, which had the engine, is closed.
  const second = await context.newPage();
  await second.goto(site.origin);
  await sees(second, 'About “And 1043?”: we look.');
  await page.close();
  await says(second, 'Still there?');
  await sees(second, 'About “Still there?”: we look.');
  const texts = (await counter.history()).map(({ text }) => text);
  expect(texts.filter(text => text === 'Still there?')).toHaveLength(1);
  expect(counter.members.map(({ name, guest }) => [name, guest])).toEqual([
    ['Shop', false],
    ['Vera', true],
  ]);
  expect(visitor.pageErrors).toEqual([]);
});

it('the relay answers no page of an origin that was not allowed', async () => {
  const page = await visitor.context.newPage();
  await page.goto(site.otherOrigin);
  const reaches = () =>
    page.evaluate(async relayOrigin => {
      const asked = await fetch(`${relayOrigin}/api/health`).then(
        () => 'answered',
        () => 'refused',
      );
      const socket = new WebSocket(`${relayOrigin.replace(/^http/, 'ws')}/ws`);
      const opened = await new Promise(resolve => {
        socket.onopen = () => resolve('answered');
        socket.onerror = () => resolve('refused');
      });
      return [asked, opened];
    }, relay.guestOrigin);
  expect(await reaches()).toEqual(['refused', 'refused']);
  await page.goto(site.origin);
  expect(await reaches()).toEqual(['answered', 'answered']);
});
