// Draws every scene of the gallery, light and dark, desktop and phone, and has axe look at each:
//   node gallery/shoot.mjs [OUT_DIR] [part of a scene's name]
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { serve } from './server.mjs';
import { walk } from './walks.mjs';

const [out = join(tmpdir(), 'sotto-gallery'), only = ''] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const built = mkdtempSync(join(tmpdir(), 'sotto-gallery-build-'));
process.env.GALLERY_OUT = built;
await build({ configFile: new URL('./vite.config.ts', import.meta.url).pathname, logLevel: 'warn' });
const site = await serve(built);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  zoomed: { width: 640, height: 400 },
  small: { width: 360, height: 640 },
};
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
let problems = 0;

async function shoot(scene, size, theme) {
  const context = await browser.newContext({
    viewport: SIZES[size],
    hasTouch: size === 'phone',
    isMobile: size === 'phone',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  const complain = text => {
    problems++;
    console.log(`${scene} ${size} ${theme}: ${text}`);
  };
  page.on('pageerror', error => complain(error.message));
  page.on('console', message => message.type() === 'error' && complain(message.text()));
  await page.goto(`${site.origin}/?scene=${scene}&theme=${theme}`);
  await walk(page, scene);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(out, `${scene}-${size}-${theme}.png`) });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) complain(`scrolls sideways by ${overflow} px`);
  // axe comes in by the debugger, which no policy of the page stops.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { rules: { region: { enabled: false } } }),
  );
  for (const { id, help, nodes } of violations)
    complain(`axe ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  await context.close();
}

const page = await browser.newPage();
await page.goto(site.origin);
const names = (await page.evaluate(() => globalThis.gallery.names)).filter(name => name.includes(only));
await page.close();
for (const scene of names)
  for (const [size, theme] of [
    ['desktop', 'light'],
    ['phone', 'dark'],
    ['desktop', 'dark'],
    ['phone', 'light'],
    ['zoomed', 'light'],
    ['small', 'light'],
  ]) {
    if (
      process.env.QUICK &&
      (size === 'zoomed' || size === 'small' || (size === 'desktop') !== (theme === 'light'))
    )
      continue;
    await shoot(scene, size, theme);
  }
await browser.close();
site.stop();
console.log(`${names.length} scenes, ${problems} problems, pictures in ${out}`);
process.exitCode = problems === 0 ? 0 : 1;
