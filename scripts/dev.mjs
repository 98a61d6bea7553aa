// `npm run dev`: builds pages and command whenever a source changes, restarts the relay and reloads the open pages.
// The relay serves the pages itself, under the policy and at the addresses of the product. What is built here lies apart
// from what `npm run build` makes, so that neither is taken for the other.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Laid out as `packages` is: the command finds the pages and its version beside itself. */
const built = join(root, '.build', 'dev');
const RELAY = `import { main } from ${JSON.stringify(join(built, 'sotto/dist/main.js'))};
process.exitCode = await main(['start', '--no-window']);`;

let relay;
let ready = Promise.resolve();

/** Ends the relay that runs, if one does, and waits until its ports are free. */
async function stopRelay() {
  const running = relay;
  relay = undefined;
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
  const gone = new Promise(resolve => running.once('exit', resolve));
  running.kill('SIGTERM');
  await gone;
}

/** One restart after the other, however close together builds end. */
function restart() {
  ready = ready.then(async () => {
    await stopRelay();
    const started = spawn(
      process.execPath,
      ['--enable-source-maps', '--input-type=module', '--eval', RELAY],
      {
        stdio: 'inherit',
        env: { SOTTO_HOME: join(root, '.build', 'dev-home'), ...process.env },
      },
    );
    relay = started;
    started.once('exit', code => {
      if (relay === started)
        console.error(`The relay ended (code ${code}); it starts again after the next change.`);
    });
  });
}

/** In every page a script that asks whether there is a newer build than the one it came with, and then loads it. */
function liveReload() {
  const path = '/live-reload.js';
  const source = build => `const mine = '${build}';
async function check() {
  const script = await fetch('${path}', { cache: 'no-store' }).then(answer => answer.text(), () => mine);
  if (script.startsWith('const mine') && !script.includes(mine)) location.reload();
}
setInterval(check, 500);
`;
  return {
    name: 'live-reload',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: path.slice(1), source: source(`build ${Date.now()}`) });
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { type: 'module', src: path }, injectTo: 'head' }],
  };
}

/** Builds, and builds again after each change; the promise is kept once the first build went through. */
async function watch(what, folder, plugins) {
  const watcher = await build({
    root: join(root, 'packages', folder),
    configFile: join(root, 'packages', folder, 'vite.config.ts'),
    mode: 'development',
    logLevel: 'warn',
    plugins,
    build: { watch: {}, outDir: join(built, folder, 'dist'), minify: false },
  });
  let first = true;
  return new Promise(resolve => {
    watcher.on('event', event => {
      if (event.code === 'ERROR') console.error(`Building ${what} failed: ${event.error.message}`);
      if (event.code !== 'BUNDLE_END') return;
      console.log(`Building ${what} … done in ${(event.duration / 1000).toFixed(1)} s`);
      if (first) resolve();
      else restart();
      first = false;
    });
  });
}

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    await ready;
    await stopRelay();
    process.exit(0);
  });

mkdirSync(join(built, 'sotto'), { recursive: true });
copyFileSync(join(root, 'packages/sotto/package.json'), join(built, 'sotto/package.json'));
await watch('the pages', 'web', [liveReload()]);
await watch('the relay', 'sotto', []);
restart();
