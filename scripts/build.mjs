// Builds what `sotto start` serves and runs, when its sources have changed since the last build.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, '.build', 'stamp');
const outputs = ['packages/web/dist/index.html', 'packages/sotto/dist/main.js'];

/** Every file that the two bundles are made from, in a fixed order. */
function sources(folder = join(root, 'packages')) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => !['node_modules', 'dist', 'gallery', 'vectors'].includes(entry.name))
    .flatMap(entry => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sources(path);
      return /\.test\.tsx?$/.test(entry.name) ? [] : [path];
    })
    .sort();
}

function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  for (const file of [join(root, 'package-lock.json'), ...sources()]) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Whether the last build is of these very sources. */
function upToDate(stamp) {
  return (
    outputs.every(file => existsSync(join(root, file))) &&
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === stamp
  );
}

/**
 * Builds the web client and the command unless they are up to date.
 * @param {(line: string) => void} say where progress goes
 */
export async function build(say) {
  const stamp = fingerprint();
  if (upToDate(stamp)) return;
  const { build: viteBuild } = await import('vite');
  const bundle = async (what, folder) => {
    const startedMs = performance.now();
    say(`Building ${what} …`);
    await viteBuild({
      root: join(root, folder),
      configFile: join(root, folder, 'vite.config.ts'),
      logLevel: 'warn',
    });
    say(`Building ${what} … done in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  };
  await bundle('the pages', 'packages/web');
  await bundle('the relay', 'packages/sotto');
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build(line => console.log(line));
}
