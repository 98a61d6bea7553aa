// Does in a real browser what a person does, on the gallery's fake engine:
//   node gallery/check.mjs [part of a check's name]
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { encode } from 'uqr';
import { build } from 'vite';
import { serve } from './server.mjs';

const only = process.argv[2] ?? '';
const built = mkdtempSync(join(tmpdir(), 'sotto-gallery-build-'));
process.env.GALLERY_OUT = built;
await build({ configFile: new URL('./vite.config.ts', import.meta.url).pathname, logLevel: 'warn' });
const site = await serve(built);
/** What the camera of these checks sees: a code on a white wall, as a film of one picture (YUV4MPEG2). */
function filmOf(text) {
  const [width, height, scale] = [640, 480, 9];
  const { data, size } = encode(text, { border: 0 });
  const light = Buffer.alloc(width * height, 235);
  const [left, up] = [width, height].map(side => Math.floor((side - size * scale) / 2));
  for (let y = 0; y < size * scale; y++)
    for (let x = 0; x < size * scale; x++)
      if (data[Math.floor(y / scale)][Math.floor(x / scale)]) light[(up + y) * width + left + x] = 16;
  const colour = Buffer.alloc((width * height) / 2, 128);
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\nFRAME\n`);
  return Buffer.concat([head, light, colour]);
}
const SAFETY_CODE = 'sotto-number:1.052716384910275561839402718265530914776203945188273640550127';
const film = join(built, 'camera.y4m');
writeFileSync(film, filmOf(SAFETY_CODE));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ],
});

const button = (page, name) => page.getByRole('button', { name, exact: true });
const box = page => page.getByRole('textbox', { name: 'Message' });
const calls = page => page.evaluate(() => globalThis.gallery.shown.engine.calls);
const top = locator => locator.evaluate(element => element.getBoundingClientRect().top);

const CHECKS = {
  'Enter sends, Shift+Enter breaks, an input method’s Enter does not send': {
    scene: 'conversation-empty',
    async run(page) {
      await box(page).fill('one');
      await box(page).press('Shift+Enter');
      await page.keyboard.type('two');
      await box(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
      assert.deepEqual(
        (await calls(page)).filter(call => call.startsWith('sendText')),
        [],
      );
      await box(page).press('Enter');
      await page.getByRole('article').waitFor();
      assert.deepEqual(
        (await calls(page)).filter(call => call.startsWith('sendText')),
        ['sendText one\ntwo'],
      );
      assert.equal(await box(page).inputValue(), '');
      await page.getByRole('article').getByText('Delivered', { exact: true }).waitFor();
    },
  },
  'a draft survives going to another room and back': {
    scene: 'conversation',
    async run(page) {
      await box(page).fill('unfinished');
      await page.getByRole('button', { name: /Kitchen crew/ }).click();
      assert.equal(await box(page).inputValue(), '');
      await page.getByRole('button', { name: /Saturday plans/ }).click();
      assert.equal(await box(page).inputValue(), 'unfinished');
    },
  },
  '100,000 messages keep few rows in the page, from end to end': {
    scene: 'conversation-100k',
    async run(page) {
      const log = page.getByRole('log');
      await page.getByText(/^100000\. /).waitFor();
      let most = 0;
      for (let i = 0; i < 40; i++) {
        await log.evaluate((element, step) => element.scrollBy(0, step), -(i < 20 ? 700 : 90_000));
        await page.evaluate(
          () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))),
        );
        const { rows, covered } = await log.evaluate(element => {
          const view = element.getBoundingClientRect();
          const boxes = [...element.querySelectorAll('.log-row')].map(row => row.getBoundingClientRect());
          return {
            rows: boxes.length,
            covered:
              Math.min(...boxes.map(({ top }) => top)) <= view.top + 1 &&
              Math.max(...boxes.map(({ bottom }) => bottom)) >= view.bottom - 9,
          };
        });
        most = Math.max(most, rows);
        assert.ok(covered, `step ${i}: rows cover the view`);
      }
      assert.ok(most < 200, `${most} rows`);
      await log.evaluate(element => element.scrollTo(0, -element.scrollHeight));
      await page.getByText(/^1\. /).waitFor();
    },
  },
  'older messages come in above without moving what is read': {
    scene: 'conversation-older',
    async run(page) {
      const log = page.getByRole('log');
      await page.getByText(/^1000\. /).waitFor();
      for (let i = 0; i < 60; i++) {
        const before = await log.evaluate(element => {
          const view = element.getBoundingClientRect();
          const row = [...element.querySelectorAll('.log-row')].find(
            candidate => candidate.getBoundingClientRect().top > view.top + 100,
          );
          return { key: row.dataset.key, top: row.getBoundingClientRect().top };
        });
        await log.evaluate(element => element.scrollBy(0, -300));
        await page.evaluate(
          () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))),
        );
        const after = await log.evaluate(
          (element, key) => element.querySelector(`[data-key="${key}"]`)?.getBoundingClientRect().top,
          before.key,
        );
        if (
          (await log.evaluate(element => element.scrollTop + element.scrollHeight - element.clientHeight)) >
          300
        )
          assert.ok(
            Math.abs(after - before.top - 300) < 2,
            `step ${i}: moved by ${after - before.top} instead of 300`,
          );
      }
      assert.ok((await calls(page)).filter(call => call === 'loadOlder').length >= 2);
    },
  },
  'a message that arrives does not move a reader further up, and is counted': {
    scene: 'conversation-older',
    async run(page) {
      const log = page.getByRole('log');
      await page.getByText(/^1000\. /).waitFor();
      await log.evaluate(element => element.scrollBy(0, -900));
      await button(page, 'Jump to latest').waitFor();
      const row = page.getByText(/^97[0-9]\. /).first();
      const before = await top(row);
      await page.evaluate(() => {
        const { engine } = globalThis.gallery.shown;
        const [room] = engine.state.rooms;
        for (let i = 0; i < 3; i++)
          engine.put(room.roomId, {
            kind: 'message',
            key: `new${i}`,
            order: engine.nextOrder(room.roomId),
            messageId: `new${i}`,
            text: 'arrived\nin two lines',
            sentAtMs: Date.now(),
            author: { deviceId: 'dev_x', name: 'Noor', guest: true, role: 'guest', self: false },
          });
      });
      await page.getByText('3 new messages').waitFor();
      assert.ok(Math.abs((await top(row)) - before) < 2);
      await page.locator('.jump').click();
      await page.getByText('arrived').last().waitFor();
      await page.locator('.jump').waitFor({ state: 'detached' });
    },
  },
  'a hit far back is shown in its place, and one reads on from there without a jump': {
    scene: 'conversation-older',
    async run(page) {
      await page.getByText(/^1000\. /).waitFor();
      await page.keyboard.press('Control+f');
      await page.getByRole('complementary').getByRole('searchbox').fill('500.');
      await page.getByRole('option').waitFor();
      await page.keyboard.press('Enter');
      await page.waitForFunction(
        () => document.activeElement?.matches('article') && /500\. /.test(document.activeElement.textContent),
      );
      await page.locator('.message.found').waitFor();
      const read = await page.getByRole('log').evaluate(async log => {
        const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
        const shown = () => {
          const view = log.getBoundingClientRect();
          const rows = [...log.querySelectorAll('.log-row')];
          const inView = rows.filter(row => row.getBoundingClientRect().bottom < view.bottom);
          return Number(/(\d+)\. /.exec(inView.at(-1)?.textContent ?? '')?.[1] ?? Number.NaN);
        };
        const steps = [shown()];
        for (let i = 0; i < 900 && steps.at(-1) < 999; i++) {
          log.scrollBy(0, 100);
          await frame();
          await frame();
          steps.push(shown());
        }
        return steps;
      });
      assert.ok(read.at(-1) >= 999, `came to ${read.at(-1)}`);
      for (const [i, number] of read.entries())
        if (i > 0)
          assert.ok(number >= read[i - 1] && number - read[i - 1] < 12, `${read[i - 1]} to ${number}`);
      await page.getByRole('log').evaluate(log => log.scrollBy(0, 10_000));
      await page.locator('.jump').waitFor({ state: 'detached' });
    },
  },
  'resizing keeps the end of the log in view': {
    scene: 'conversation-older',
    async run(page) {
      const last = page.getByText(/^1000\. /);
      await last.waitFor();
      await page.setViewportSize({ width: 1280, height: 420 });
      await page.evaluate(
        () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      const frame = await page.getByRole('log').boundingBox();
      const row = await last.boundingBox();
      assert.ok(row.y + row.height <= frame.y + frame.height + 1);
    },
  },
  'arrow keys walk through messages, Tab goes into one and on to the composer': {
    scene: 'conversation-older',
    async run(page) {
      await page.getByText(/^1000\. /).waitFor();
      await page.getByRole('article').last().focus();
      for (let i = 0; i < 70; i++) await page.keyboard.press('ArrowUp');
      await page.waitForFunction(() =>
        /^930\. /m.test(document.activeElement?.textContent?.replace(/^.*?(?=\d+\. )/, '') ?? ''),
      );
      const inView = await page.evaluate(() => {
        const view = document.querySelector('.log').getBoundingClientRect();
        const article = document.activeElement.getBoundingClientRect();
        return article.top >= view.top && article.bottom <= view.bottom;
      });
      assert.ok(inView);
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Reply');
      await page.keyboard.press('Tab');
      assert.equal(
        await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
        'What the server saw',
      );
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Delete');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Message');
    },
  },
  'a right-to-left name stands where the others do, and is cut at its end': {
    scene: 'conversation-rtl',
    async run(page) {
      const [name, box] = await page.getByRole('heading', { level: 1 }).evaluate(heading => {
        const range = document.createRange();
        range.selectNodeContents(heading.querySelector('bdi').firstChild);
        return [range.getBoundingClientRect(), heading.getBoundingClientRect()];
      });
      assert.ok(name.width < box.width / 2);
      assert.ok(Math.abs(name.left - box.left) < 1);
      await page.evaluate(() => {
        const { engine } = globalThis.gallery.shown;
        const [{ roomId, title }] = engine.state.rooms;
        engine.setRoom(roomId, { title: `${title} `.repeat(20) });
      });
      await page.waitForFunction(() => document.querySelector('h1').textContent.length > 100);
      const [first, whole] = await page.getByRole('heading', { level: 1 }).evaluate(heading => {
        const range = document.createRange();
        range.setStart(heading.querySelector('bdi').firstChild, 0);
        range.setEnd(heading.querySelector('bdi').firstChild, 1);
        return [range.getBoundingClientRect(), heading.getBoundingClientRect()];
      });
      assert.ok(first.right <= whole.right + 1 && first.left >= whole.left, 'its first letter is in view');
    },
  },
  'What the server saw opens, Escape closes it and gives the focus back': {
    scene: 'conversation',
    async run(page) {
      const eye = page.getByRole('article').last().getByRole('button', { name: 'What the server saw' });
      await eye.click();
      await page.getByText('512 bytes').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'What the server saw');
      await page.keyboard.press('Escape');
      await page.locator('.panel').waitFor({ state: 'detached' });
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'What the server saw');
      assert.equal(await page.evaluate(() => document.activeElement.tagName), 'BUTTON');
    },
  },
  'reply quotes, and the quote leads to its message': {
    scene: 'conversation',
    async run(page) {
      const first = page.getByRole('article').first();
      await first.hover();
      await first.getByRole('button', { name: 'Reply' }).click();
      await page.getByText('Reply to Mara').waitFor();
      await page.keyboard.type('Train, as I said.');
      await page.keyboard.press('Enter');
      const answer = page.getByRole('article').last();
      await answer.getByRole('button', { name: /Go to the message of Mara/ }).click();
      await page.waitForFunction(() => document.activeElement?.textContent?.includes('Train or car'));
    },
  },
  'the unread line stands above what was unread, and the room is marked read': {
    scene: 'conversation-unread',
    async run(page) {
      await page.getByText('New', { exact: true }).waitFor();
      const line = await top(page.getByText('New', { exact: true }));
      assert.ok(
        line < (await top(page.getByText('8:12 works.'))) && line > (await top(page.getByText(/^60\. /))),
      );
      await page.waitForFunction(() => globalThis.gallery.shown.engine.calls.includes('markRead'));
    },
  },
  'Start chat shows a link at once; choices make a new one and take back only what nobody has': {
    scene: 'start',
    async run(page) {
      await button(page, 'Start chat').click();
      const link = page.getByRole('textbox', { name: 'Invite link' });
      const first = await link.inputValue();
      assert.match(first, /^https:\/\/192\.168\.1\.20:8443\/chat\/\w+#1\./);
      await page.getByRole('img', { name: 'Invite QR code' }).waitFor();
      await page.getByRole('combobox', { name: 'Link expires' }).selectOption({ label: 'in 1 hour' });
      await page.locator('.invite-feedback').getByText('no longer works').waitFor();
      const second = await link.inputValue();
      assert.notEqual(first, second);
      await button(page, 'Copy link').click();
      await page.getByRole('combobox', { name: 'Who can join' }).selectOption({ label: 'just one person' });
      await page.locator('.invite-feedback').getByText('still works').waitFor();
      await page.getByText('More choices').click();
      await button(page, 'Generate').click();
      await page.getByText('They also need the password').waitFor();
      assert.match(
        await page.getByRole('textbox', { name: 'Password (optional)' }).inputValue(),
        /^(\w{4}-){3}\w{4}$/,
      );
      await page.getByRole('checkbox', { name: 'Ask before letting people in' }).uncheck();
      await page.getByText('comes straight in. You are not asked').waitFor();
      const open = await page.evaluate(
        () =>
          globalThis.gallery.shown.engine.state.rooms[0].invites.filter(({ status }) => status === 'open')
            .length,
      );
      assert.equal(open, 2);
      await page.getByRole('radio', { name: 'on this computer' }).check();
      assert.match(await link.inputValue(), /^http:\/\/localhost:8080\/chat\//);
      await button(page, 'Revoke link').click();
      await page.getByText('No link is open').waitFor();
    },
  },
  'the host’s name is asked in the card, kept, and part of a new link': {
    scene: 'invite',
    async run(page) {
      await button(page, 'Change name').click();
      await page.keyboard.type('Mara');
      await page.keyboard.press('Enter');
      await page.getByText('“Mara invites you to a private chat”').waitFor();
      await page.locator('.invite-feedback').waitFor();
      assert.deepEqual(
        (await calls(page)).filter(call => !['openTimeline', 'markRead', 'askRegistration'].includes(call)),
        ['setName', 'createInvite', 'revokeInvite'],
      );
    },
  },
  'Ctrl+Shift+L locks, and the room comes back with the passphrase': {
    scene: 'rooms-locked',
    async run(page) {
      await box(page).fill('unfinished');
      await page.keyboard.press('Control+Shift+L');
      await page.getByRole('heading', { name: 'Sotto is locked' }).waitFor();
      assert.equal(await page.getByText('Saturday plans').count(), 0);
      const field = page.getByRole('textbox', { name: 'Passphrase' });
      await page.keyboard.type('wrong horse');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await page.waitForFunction(() => document.activeElement.selectionEnd === 'wrong horse'.length);
      await page.keyboard.type('correct horse');
      assert.equal(await field.inputValue(), 'correct horse');
      await page.keyboard.press('Enter');
      await page.getByRole('log').waitFor();
      assert.equal(await box(page).inputValue(), '');
    },
  },
  'a knock can be admitted, and then the conversation is simply there': {
    scene: 'invite-knock',
    async run(page) {
      await page.getByText('copper').waitFor();
      await button(page, 'Admit').click();
      await box(page).waitFor();
      await page.getByText('Jonas joined').waitFor();
    },
  },
  'End chat asks, and ends with the history kept or erased': {
    scene: 'conversation-host',
    async run(page) {
      await button(page, 'End chat').click();
      await page.getByRole('radio', { name: /Erase/ }).check();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await button(page, 'End chat').click();
      await page.getByRole('dialog').getByRole('button', { name: 'End chat' }).click();
      await page.getByText('You ended this chat').waitFor();
      assert.ok((await calls(page)).includes('end false'));
    },
  },
  'Ctrl+K switches between conversations': {
    scene: 'conversation',
    async run(page) {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('kitch');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Kitchen crew', level: 1 }).waitFor();
    },
  },
  'a wrong password comes back to its field and can be tried again': {
    scene: 'door-password',
    async run(page) {
      await page.getByRole('textbox', { name: 'Your name' }).fill('Jonas');
      await button(page, 'Join chat').click();
      await page.getByText('needs its password').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-invalid')), 'true');
      await page.getByRole('textbox', { name: 'Chat password' }).fill('abcd');
      await button(page, 'Join chat').click();
      await page.getByRole('heading', { name: 'Mara has been told' }).waitFor();
      await page.getByText('orchid').waitFor();
    },
  },
  'a guest leaves and nothing is left': {
    scene: 'guest-chat',
    async run(page) {
      await page.getByRole('textbox', { name: 'Your name' }).fill('Jonas');
      await button(page, 'Join chat').click();
      await box(page).waitFor();
      await button(page, 'Leave and delete from this browser').click();
      await button(page, 'Leave and delete').click();
      await page.getByRole('heading', { name: 'You have left' }).waitFor();
      assert.ok((await calls(page)).includes('leaveAndErase'));
      await page.waitForFunction(() => window.name === '');
    },
  },
  'the focus stays in the name field when the card arrives late': {
    scene: 'door',
    async run(page) {
      await page.getByRole('textbox', { name: 'Your name' }).fill('Jo');
      await page.getByRole('heading', { name: 'Mara invites you' }).waitFor();
      assert.equal(await page.getByRole('textbox', { name: 'Your name' }).inputValue(), 'Jo');
    },
  },
  'an account is made: what is wrong stands at its field, and the code stays until it is kept': {
    scene: 'account-start',
    async run(page) {
      await button(page, 'Create account').click();
      const dialog = page.getByRole('dialog');
      const handle = page.getByRole('textbox', { name: 'Handle' });
      await handle.fill('mаra');
      await page.getByText('“а” cannot be in it').waitFor();
      await handle.fill('mara');
      await page.getByText('People find you as @mara.').waitFor();
      await page.getByRole('textbox', { name: 'Password' }).fill('copper');
      await page.getByText('4 more characters needed').waitFor();
      await page.keyboard.press('Enter');
      await page.getByText('At least 10 characters').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.type), 'password');
      await page.getByRole('textbox', { name: 'Password' }).fill('copper lantern orchid');
      await page.keyboard.press('Enter');
      await page.getByText('Somebody has this handle').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.value), 'mara');
      await handle.fill('@Jonas');
      await dialog.getByRole('button', { name: 'Create account' }).click();
      const code = page.getByRole('list', { name: 'Your recovery code' });
      await code.waitFor();
      assert.equal(await code.getByRole('listitem').count(), 12);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      assert.ok(await code.isVisible(), 'Escape does not lose the code');
      assert.ok(await button(page, 'Done').isDisabled());
      await page.getByRole('checkbox', { name: 'I have kept it' }).check();
      await button(page, 'Done').click();
      await dialog.waitFor({ state: 'detached' });
      await button(page, 'New conversation').waitFor();
      assert.ok((await calls(page)).includes('createAccount jonas'));
    },
  },
  'signing in does not say which of the two was wrong, and says how long to wait': {
    scene: 'account-start',
    async run(page) {
      await button(page, 'Sign in').click();
      const dialog = page.getByRole('dialog');
      const submit = dialog.getByRole('button', { name: 'Sign in', exact: true });
      await page.getByRole('textbox', { name: 'Handle' }).fill('jonas');
      await page.getByRole('textbox', { name: 'Password' }).fill('wrong horse battery');
      await submit.click();
      await page.getByText('That handle and password do not belong together.').waitFor();
      await page.getByRole('textbox', { name: 'Handle' }).fill('busy');
      await submit.click();
      await page.getByText('Try again in 12 minutes.').waitFor();
      await page.getByRole('textbox', { name: 'Handle' }).fill('jonas');
      await page.getByRole('textbox', { name: 'Password' }).fill('copper lantern orchid');
      await submit.click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText('@jonas', { exact: true }).waitFor();
    },
  },
  'the camera compares safety numbers, and is off afterwards': {
    scene: 'people-verify',
    async run(page) {
      await page.evaluate(() => {
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async wish => {
          const stream = await ask(wish);
          globalThis.cameraTracks = stream.getTracks();
          return stream;
        };
      });
      await button(page, 'Conversation details').click();
      await button(page, 'Verify').click();
      const number = page.getByRole('group', { name: 'Safety number' });
      assert.match((await number.textContent()).trim(), /^(\d{5} ){11}\d{5}$/);
      await button(page, 'Scan with the camera').click();
      await page.getByText('They match. Noor is verified.').waitFor();
      assert.deepEqual(
        await page.evaluate(() => globalThis.cameraTracks.map(({ readyState }) => readyState)),
        ['ended'],
      );
      await button(page, 'Done').click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByText('Noor verified').first().waitFor();
    },
  },
  'a picture of the code does the same, and a stranger’s code does not': {
    scene: 'people-verify',
    async run(page) {
      await button(page, 'Conversation details').click();
      await button(page, 'Verify').click();
      const qr = await page.getByRole('img', { name: 'Safety number as QR code' }).screenshot();
      const choose = page.getByLabel('Choose a picture of it').and(page.locator('input'));
      const picture = buffer => ({ name: 'code.png', mimeType: 'image/png', buffer });
      const wall = await page.getByRole('heading', { name: 'Verify Noor' }).screenshot();
      await choose.setInputFiles(picture(wall));
      await page.getByText('No code was found').waitFor();
      await page.getByText('Or paste what you got').click();
      await page.getByRole('textbox', { name: 'Code on their screen' }).fill('https://example.org/');
      await button(page, 'Compare').click();
      await page.getByText('That is the code of somebody else').waitFor();
      await choose.setInputFiles(picture(qr));
      await page.getByText('They match.').waitFor();
    },
  },
  'changed keys stop writing until one decides': {
    scene: 'people-keys-changed',
    async run(page) {
      await button(page, 'Verify again').waitFor();
      assert.equal(await box(page).count(), 0);
      await button(page, 'Leave it').click();
      await page.getByText('Nothing is sent: their keys changed.').waitFor();
      assert.equal(await box(page).count(), 0);
      await button(page, 'Decide').click();
      await button(page, 'Verify again').click();
      await page.getByRole('group', { name: 'Safety number' }).waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Verify again');
      assert.equal(await box(page).count(), 0);
      await button(page, 'Continue anyway').click();
      await box(page).waitFor();
      assert.ok((await calls(page)).includes('acceptNewKeys'));
    },
  },
  'a request shows what came, and one writes only once it is accepted': {
    scene: 'people-request',
    async run(page) {
      await page.getByRole('article').getByText('from the boat club').waitFor();
      await page.getByText('Nothing goes back before you accept').waitFor();
      assert.equal(await box(page).count(), 0);
      await button(page, 'Accept').click();
      await box(page).waitFor();
      assert.ok(!(await calls(page)).some(call => /^(sendText|setTyping)/.test(call)));
    },
  },
  'a device is added by its words, renamed and revoked': {
    scene: 'settings-devices',
    async run(page) {
      await button(page, 'Settings').click();
      await button(page, 'Add a device').click();
      await page
        .getByRole('textbox', { name: 'Code of the new device' })
        .fill('sotto-device.1.5kQzW8nTfE2hYc7RbVxA3p.9LmKdUqJ4sG6wZtN1oHvXe');
      await page.keyboard.press('Enter');
      await page.getByRole('list', { name: 'Words on both devices' }).getByText('orchid').waitFor();
      await page.getByRole('textbox', { name: 'Name for the new device' }).fill('Tablet');
      await button(page, 'They are the same, add it').click();
      await page.getByText('4 devices can read').waitFor();
      await button(page, 'Rename Tablet').click();
      await page.getByRole('textbox', { name: 'Name of the device' }).fill('Old tablet');
      await page.keyboard.press('Enter');
      await button(page, 'Revoke Old tablet').click();
      await page.getByText('leaves every conversation').waitFor();
      await button(page, 'Revoke device').click();
      await page.getByText('3 devices can read').waitFor();
      assert.equal(await button(page, 'Revoke Old tablet').count(), 0);
    },
  },
  'a group is made of people one knows and people found by handle': {
    scene: 'new-conversation',
    async run(page) {
      await button(page, 'New conversation').click();
      await page.getByRole('radio', { name: 'Group' }).check();
      await button(page, 'Create group').click();
      await page.getByText('Give the group a name first').waitFor();
      await page.getByRole('textbox', { name: 'Name of the group' }).fill('Boat club');
      await button(page, 'Create group').click();
      await page.getByText('Choose at least one person').waitFor();
      await page.getByRole('checkbox', { name: /Elif/ }).check();
      await page.getByRole('textbox', { name: 'Add by handle' }).fill('kim');
      await page.keyboard.press('Enter');
      await page.getByText('2 people chosen').waitFor();
      await button(page, 'Create group').click();
      await page.getByRole('heading', { name: 'Boat club', level: 1 }).waitFor();
      await button(page, 'Conversation details').click();
      await button(page, 'More about Kim').click();
      await page.getByRole('combobox', { name: 'Role in this conversation' }).selectOption('admin');
      await page.getByText('Kim is admin now').waitFor();
      await button(page, 'Remove Kim').click();
      await button(page, 'Remove them').click();
      await button(page, 'More about Kim').waitFor({ state: 'detached' });
    },
  },
  'words of somebody who is blocked are folded away': {
    scene: 'people-blocked-in-group',
    async run(page) {
      await page.getByText('Did you read what Vex wrote?').waitFor();
      assert.equal(await page.getByText('You cannot see this').count(), 0);
      await button(page, 'Show').click();
      await page.getByText('You cannot see this').waitFor();
    },
  },
  'hostile text stays text': {
    scene: 'conversation-rich',
    async run(page) {
      await page.getByText('<img src=x onerror=alert(1)>').waitFor();
      assert.equal(await page.locator('article img, article script, article [onerror]').count(), 0);
      const links = await page
        .locator('article a')
        .evaluateAll(all => all.map(({ href, rel, target }) => ({ href, rel, target })));
      assert.ok(
        links.every(
          ({ href, rel, target }) =>
            /^https?:/.test(href) && rel === 'noopener noreferrer' && target === '_blank',
        ),
      );
    },
  },
};

let failed = 0;
for (const [name, { scene, run }] of Object.entries(CHECKS)) {
  if (!name.includes(only)) continue;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const errors = [];
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => message.type() === 'error' && errors.push(message.text()));
  try {
    await page.goto(`${site.origin}/?scene=${scene}`);
    await page.locator('#page > *').first().waitFor();
    await run(page);
    assert.deepEqual(errors, []);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(
      `FAIL  ${name}\n      ${String(error.message).slice(0, 700)}${errors.length > 0 ? `\n      ${errors.join('\n      ')}` : ''}`,
    );
    await page.screenshot({ path: join(tmpdir(), `sotto-check-${failed}.png`) });
  }
  await context.close();
}
await browser.close();
site.stop();
process.exitCode = failed === 0 ? 0 : 1;
