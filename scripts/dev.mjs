// `npm run dev`: builds pages and command whenever a source changes, and restarts the relay when the command changed.
// The pages are served by the relay itself, under its own Content-Security-Policy; reload the page to see a change.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let relay;

function restart() {
  relay?.kill('SIGTERM');
  relay = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--input-type=module',
      '--eval',
      `import { main } from ${JSON.stringify(join(root, 'packages/sotto/dist/main.js'))}; process.exitCode = await main(['start', '--no-window'])`,
    ],
    { stdio: 'inherit', env: { SOTTO_HOME: join(root, '.build', 'dev-home'), ...process.env } },
  );
}

/** Calls `onBuilt` after each build that went through. */
async function watch(folder, onBuilt) {
  const watcher = await build({
    root: join(root, folder),
    configFile: join(root, folder, 'vite.config.ts'),
    mode: 'development',
    logLevel: 'warn',
    build: { watch: {} },
  });
  watcher.on('event', event => {
    if (event.code === 'BUNDLE_END') onBuilt();
    if (event.code === 'ERROR') console.error(event.error.message);
  });
}

await watch('packages/web', () => console.log('The pages are built. Reload to see them.'));
await watch('packages/sotto', restart);
process.once('SIGINT', () => {
  relay?.kill('SIGTERM');
  process.exit(0);
});
