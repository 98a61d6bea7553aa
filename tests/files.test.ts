import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from './stage/axe.ts';
import { CAMERA_WORDS, cameraPicture } from './stage/cameraPicture.ts';
import { onOrigin } from './stage/link.ts';
import { Person } from './stage/person.ts';
import { RelayProcess } from './stage/relayProcess.ts';

interface Chosen {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const HOSTILE = {
  svg: '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>',
  html: '<!doctype html><script>alert(3)</script><img src=x onerror=alert(4)>',
};
/** Bytes that look the same nowhere. */
const noise = (sizeBytes: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, i) => Math.imul(i, 2_654_435_761) >>> 13));

let relay: RelayProcess;
let mara: Person;
let jonas: Person;
const executed: string[] = [];

beforeAll(async () => {
  relay = await RelayProcess.start();
  [mara, jonas] = await Promise.all([Person.arrive('Mara'), Person.arrive('Jonas')]);
  for (const { page } of [mara, jonas]) {
    page.on('dialog', dialog => {
      executed.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('popup', popup => executed.push(popup.url()));
  }
  const link = await mara.startsChatWithoutAsking(relay.hostOrigin);
  await jonas.knocks(onOrigin(link, relay.guestOrigin));
  await Promise.all([jonas.isInside(), mara.isInside()]);
});
afterAll(async () => {
  await Promise.all([mara?.leave(), jonas?.leave()]);
  await relay?.remove();
});

const inTray = (person: Person): Locator =>
  person.page.getByRole('list', { name: 'Files to send' }).getByRole('listitem');

/** Presses the button and takes the files in the browser's own dialog. */
async function chooses(person: Person, files: Chosen | Chosen[] | string): Promise<void> {
  const chooser = person.page.waitForEvent('filechooser');
  await person.button('Attach file').click();
  await (await chooser).setFiles(files);
}

async function sends(person: Person, files: Chosen | Chosen[], caption = ''): Promise<void> {
  await chooses(person, files);
  await inTray(person).first().waitFor();
  await sendsTray(person, caption);
}

async function sendsTray(person: Person, caption = ''): Promise<void> {
  await person.page.getByRole('textbox', { name: 'Message' }).fill(caption);
  await person.button('Send').click();
  await inTray(person).first().waitFor({ state: 'detached' });
}

/** The article with a file of that name. */
const withFile = (person: Person, name: RegExp): Locator =>
  person.log.getByRole('article').filter({
    has: person.page.getByRole('group', { name }).or(person.page.getByRole('button', { name })),
  });

/** What the browser saves on a press. */
async function saved(person: Person, button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const download = person.page.waitForEvent('download');
  await button.click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

const inViewer = (person: Person): Locator => person.page.getByRole('dialog');

describe('pictures', () => {
  it('threat 54: go without where they were taken, by what and when; they are seen, opened and saved', async () => {
    const taken = await cameraPicture(mara.page, 900, 600);
    for (const word of CAMERA_WORDS) expect(taken.includes(word)).toBe(true);
    await sends(mara, { name: 'beach.jpg', mimeType: 'image/jpeg', buffer: taken }, 'From the shore');

    const article = withFile(jonas, /^Picture beach\.jpg/);
    await article.getByText('From the shore').waitFor();
    await article.locator('img.picture-full').waitFor();
    await article.getByRole('button', { name: /^Picture beach\.jpg/ }).click();
    const shown = inViewer(jonas).getByRole('img', { name: 'From the shore' });
    await shown.waitFor();
    // Turned as the camera was held, with nothing left that would say so.
    expect(await shown.evaluate((img: HTMLImageElement) => [img.naturalWidth, img.naturalHeight])).toEqual([
      600, 900,
    ]);
    const { name, bytes } = await saved(jonas, inViewer(jonas).getByRole('button', { name: 'Save' }));
    expect(name).toBe('beach.jpg');
    expect([...bytes.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    for (const word of CAMERA_WORDS) expect(bytes.includes(word)).toBe(false);
    await jonas.page.keyboard.press('Escape');
    await inViewer(jonas).waitFor({ state: 'detached' });
  });

  it('go unchanged as a file for whoever wants that, who was told what stays in it', async () => {
    const taken = await cameraPicture(jonas.page, 300, 200);
    await chooses(jonas, { name: 'original.jpg', mimeType: 'image/jpeg', buffer: taken });
    await jonas.page.getByRole('checkbox', { name: /^Send as file/ }).check();
    await jonas.page.getByText(/what the camera wrote into it/).waitFor();
    await jonas.button('Send').click();
    const article = withFile(mara, /^File original\.jpg/);
    const { bytes } = await saved(mara, article.getByRole('button', { name: 'Save' }));
    expect(bytes.equals(taken)).toBe(true);
    // It can be looked at all the same.
    await article.getByRole('button', { name: 'View' }).click();
    await inViewer(mara).getByRole('img', { name: 'original.jpg' }).waitFor();
    await inViewer(mara).getByRole('button', { name: 'Close' }).click();
  });
});

describe('any other file', () => {
  it('goes from a guest to the host as it is, is quoted, and taken away for everyone', async () => {
    const buffer = noise(2_200_000);
    await sends(jonas, { name: 'rota.pdf', mimeType: 'application/pdf', buffer });
    const article = withFile(mara, /^File rota\.pdf, 2\.2 MB/);
    // Too large to come by itself.
    await article.getByRole('button', { name: 'Download' }).click();
    const { name, bytes } = await saved(mara, article.getByRole('button', { name: 'Save' }));
    expect(name).toBe('rota.pdf');
    expect(bytes.equals(buffer)).toBe(true);

    await article.hover();
    await article.getByRole('button', { name: 'Reply' }).click();
    await mara.writes('Thank you');
    await jonas.message('Thank you').getByText('File: rota.pdf').waitFor();
    const own = withFile(jonas, /^File rota\.pdf/);
    await own.hover();
    await own.getByRole('button', { name: 'Delete' }).click();
    await jonas.button('Delete for everyone').click();
    await article.waitFor({ state: 'detached' });
  });

  it('stands in the list of conversations, and is found by its name', async () => {
    await sends(mara, { name: 'packing-list.txt', mimeType: 'text/plain', buffer: Buffer.from('a tent') });
    await withFile(jonas, /^File packing-list\.txt/).waitFor();
    await mara.page.getByRole('navigation').getByText('You: File: packing-list.txt').waitFor();
    await mara.page.getByRole('searchbox', { name: 'Search messages' }).fill('packing');
    await mara.page.getByText(/^Filters/).click();
    await mara.page.getByRole('checkbox', { name: 'Has attachment' }).check();
    const found = mara.page.getByRole('listbox', { name: 'Messages found' }).getByRole('option');
    await found.first().waitFor();
    // Without words: all files.
    await mara.button('Clear search').click();
    await found.first().waitFor();
    await mara.button('Clear search').click();
    await mara.page.getByRole('navigation').getByText('You: File: packing-list.txt').waitFor();
  });

  it('several come in their order, the words with the first', async () => {
    const files = ['one', 'two', 'three'].map(name => ({
      name: `${name}.txt`,
      mimeType: 'text/plain',
      buffer: Buffer.from(name),
    }));
    await sends(jonas, files, 'All of them');
    for (const { name } of files) await withFile(mara, new RegExp(`^File ${name}`)).waitFor();
    const names = await mara.log
      .locator('.file-card')
      .evaluateAll(cards => cards.map(card => card.ariaLabel));
    expect(names.slice(-3)).toEqual([
      'File one.txt, 3 bytes',
      'File two.txt, 3 bytes',
      'File three.txt, 5 bytes',
    ]);
    await withFile(mara, /^File one/)
      .getByText('All of them')
      .waitFor();
  });
});

describe('on the way', () => {
  it('is refused before anything is sent where it is too large, with both sizes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-large-'));
    const path = join(folder, 'film.mp4');
    writeFileSync(path, '');
    truncateSync(path, 34_600_000);
    await chooses(mara, path);
    await mara.page
      .getByRole('alert')
      .getByText('film.mp4 is too large: it has 34.6 MB, and at most 33.5 MB can be sent.')
      .waitFor();
    expect(await mara.button('Send').isDisabled()).toBe(true);
    await mara.button('Dismiss').click();
    rmSync(folder, { recursive: true });
  });

  it('shows how far it is, can be taken back, and goes on after a reload', async () => {
    // The code for files is there by then.
    await sends(mara, { name: 'before.txt', mimeType: 'text/plain', buffer: Buffer.from('before') });
    await withFile(jonas, /^File before\.txt/).waitFor();
    await chooses(mara, { name: 'taken-back.bin', mimeType: '', buffer: noise(400_000) });
    await inTray(mara).first().waitFor();
    // The server has stopped for a moment: what is sent waits.
    process.kill(relay.pid, 'SIGSTOP');
    await sendsTray(mara);
    const back = withFile(mara, /^File taken-back\.bin/);
    await back.getByRole('progressbar', { name: 'Sending taken-back.bin' }).waitFor();
    await back.getByRole('button', { name: 'Cancel' }).click();
    await back.waitFor({ state: 'detached' });

    const buffer = noise(2_500_000);
    await sends(mara, { name: 'goes-on.bin', mimeType: '', buffer });
    await withFile(mara, /^File goes-on\.bin/)
      .getByRole('progressbar')
      .waitFor();
    process.kill(relay.pid, 'SIGCONT');
    await mara.page.reload();
    const arrived = withFile(jonas, /^File goes-on\.bin, 2\.5 MB/);
    await arrived.getByRole('button', { name: 'Download' }).click();
    const { bytes } = await saved(jonas, arrived.getByRole('button', { name: 'Save' }));
    expect(bytes.equals(buffer)).toBe(true);
    expect(await withFile(jonas, /^File taken-back\.bin/).count()).toBe(0);
  });
});

describe('ways in', () => {
  const give = (type: 'drop' | 'paste') =>
    mara.page.evaluate(kind => {
      const data = new DataTransfer();
      data.items.add(new File(['words'], `${kind}ed.txt`, { type: 'text/plain' }));
      if (kind === 'paste')
        document.activeElement?.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
        );
      else
        for (const step of ['dragenter', 'dragover', 'drop'])
          document.body.dispatchEvent(
            new DragEvent(step, { dataTransfer: data, bubbles: true, cancelable: true }),
          );
    }, type);

  it('a drop anywhere, and a paste where one writes, lie in the tray and can be taken out', async () => {
    await mara.page.getByRole('textbox', { name: 'Message' }).focus();
    await give('drop');
    await inTray(mara).filter({ hasText: 'droped.txt' }).waitFor();
    await give('paste');
    await inTray(mara).filter({ hasText: 'pasteed.txt' }).waitFor();
    await mara.button('Remove droped.txt').click();
    await inTray(mara).filter({ hasText: 'droped.txt' }).waitFor({ state: 'detached' });
    await mara.button('Remove pasteed.txt').click();
    await inTray(mara).first().waitFor({ state: 'detached' });
    expect(await mara.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Message',
    );
  });

  it('the keyboard alone: choose, send, open, close, with the focus never lost', async () => {
    const { page } = jonas;
    const has = (element: Locator) => element.evaluate(one => one === document.activeElement);
    // Asked for early: the browser has heard of it by the time that the key is pressed.
    const chooser = page.waitForEvent('filechooser');
    const taken = await cameraPicture(page, 200, 200);
    await page.getByRole('textbox', { name: 'Message' }).focus();
    await page.keyboard.press('Shift+Tab');
    expect(await has(jonas.button('Attach file'))).toBe(true);
    await page.keyboard.press('Enter');
    await (await chooser).setFiles({ name: 'square.jpg', mimeType: 'image/jpeg', buffer: taken });
    await page.getByText('Place, time and camera are taken out.').waitFor();
    await page.keyboard.press('Enter');
    const picture = withFile(jonas, /^Picture square\.jpg/).getByRole('button', { name: /^Picture/ });
    await picture.and(page.locator('[aria-disabled=false]')).waitFor();
    // Into the log, to where one was last, and down to the newest.
    const article = withFile(jonas, /^Picture square\.jpg/);
    const inLog = () => page.evaluate(() => document.activeElement?.closest('[role=log]') !== null);
    while (!(await inLog())) await page.keyboard.press('Shift+Tab');
    for (let presses = 0; presses < 30 && !(await has(article)); presses++)
      await page.keyboard.press('ArrowDown');
    while (!(await has(picture))) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await inViewer(jonas).getByRole('img').waitFor();
    await page.keyboard.press('Escape');
    await inViewer(jonas).waitFor({ state: 'detached' });
    expect(await has(picture)).toBe(true);
  });
});

describe('files that mean harm', () => {
  it('threats 46 and 47: SVG and HTML are never drawn, whatever they say they are; they can only be saved', async () => {
    await sends(mara, [
      { name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(HOSTILE.svg) },
      { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from(HOSTILE.html) },
      { name: 'liar.png', mimeType: 'image/png', buffer: Buffer.from(HOSTILE.svg) },
    ]);
    const liar = withFile(jonas, /^File liar\.png/);
    await liar.getByRole('button', { name: 'View' }).click();
    await inViewer(jonas).getByText('This is not the picture that it says it is.').waitFor();
    await inViewer(jonas).getByRole('button', { name: 'Close' }).click();
    for (const name of [/^File drawing\.svg/, /^File page\.html/]) {
      const article = withFile(jonas, name);
      const file = await saved(jonas, article.getByRole('button', { name: 'Save' }));
      expect(Object.values(HOSTILE)).toContain(file.bytes.toString());
      expect(await article.getByRole('button', { name: 'View' }).count()).toBe(0);
      expect(await article.locator('img, iframe, object, embed').count()).toBe(0);
    }
    expect(executed).toEqual([]);
  });
});

it('axe finds nothing wrong with files in the log and in the tray, and no page reported an error', async () => {
  await chooses(jonas, [{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') }]);
  await inTray(jonas).first().waitFor();
  expect(await axeViolations(jonas.page)).toEqual([]);
  expect([...mara.pageErrors, ...jonas.pageErrors]).toEqual([]);
});
