// Does in a real browser what a person does, on the gallery's fake engine:
//   node gallery/check.mjs [part of a check's name]
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { serve } from './server.mjs';

const only = process.argv[2] ?? '';
const built = mkdtempSync(join(tmpdir(), 'sotto-gallery-build-'));
process.env.GALLERY_OUT = built;
await build({ configFile: new URL('./vite.config.ts', import.meta.url).pathname, logLevel: 'warn' });
const site = await serve(built);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
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
        (await calls(page)).filter(call => call !== 'openTimeline' && call !== 'markRead'),
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
