// `npm run pack`: one package for a registry or a file share: the command with its pages and our packages bundled, and
// what it needs of others as dependencies. `npx --package ./sotto-<version>.tgz sotto` runs
// it, `npm install -g` installs it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.build', 'package');
const readJson = path => JSON.parse(readFileSync(path, 'utf8'));

/** Packages that the built files import. */
function importedPackages() {
  const found = new Set();
  const dist = join(root, 'packages/sotto/dist');
  for (const file of readdirSync(dist).filter(name => name.endsWith('.js'))) {
    const source = readFileSync(join(dist, file), 'utf8');
    const specifiers = [
      ...source.matchAll(/^(?:import|export)\b[^'"`;]*?from\s*["']([^"']+)["']/gm),
      ...source.matchAll(/^import\s*["']([^"']+)["']/gm),
      ...source.matchAll(/\b(?:import|require)\(\s*["']([^"']+)["']\s*\)/g),
    ].map(([, specifier]) => specifier ?? '');
    for (const specifier of specifiers) {
      if (/^(?:\.|node:)/.test(specifier) || builtinModules.includes(specifier)) continue;
      found.add(
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
  }
  return [...found].sort();
}

/** The versions that our packages ask for, by `dependencies` or `optionalDependencies`. */
function versions(kind) {
  const known = new Map();
  for (const name of readdirSync(join(root, 'packages'))) {
    const { [kind]: asked = {} } = readJson(join(root, 'packages', name, 'package.json'));
    for (const [dependency, version] of Object.entries(asked)) known.set(dependency, version);
  }
  return known;
}

/** Builds, and gives the path of the packed file. */
export async function pack(say = console.log) {
  await build(say);
  const [needed, optional] = [versions('dependencies'), versions('optionalDependencies')];
  const [dependencies, optionalDependencies] = [{}, {}];
  for (const name of importedPackages()) {
    if (name.startsWith('@sotto/')) throw new Error(`${name} is not bundled`);
    if (needed.has(name)) dependencies[name] = needed.get(name);
    else if (optional.has(name)) optionalDependencies[name] = optional.get(name);
    else throw new Error(`${name} is asked for by none of our packages`);
  }
  const { name, version, description, license, type, bin } = readJson(
    join(root, 'packages/sotto/package.json'),
  );
  const { engines } = readJson(join(root, 'package.json'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const manifest = {
    name,
    version,
    description,
    license,
    type,
    bin,
    engines,
    files: ['bin', 'dist'],
    dependencies,
    optionalDependencies,
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  copyFileSync(join(root, 'packages/sotto/bin/sotto.js'), join(folder, 'bin/sotto.js'));
  for (const file of ['LICENSE', 'README.md']) copyFileSync(join(root, file), join(folder, file));
  cpSync(join(root, 'packages/sotto/dist'), join(folder, 'dist'), {
    recursive: true,
    filter: path => !path.endsWith('.map'),
  });
  cpSync(join(root, 'packages/web/dist'), join(folder, 'dist/web'), { recursive: true });
  const packed = spawnSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', join(root, '.build')],
    {
      cwd: folder,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    },
  );
  if (packed.status !== 0) throw new Error(packed.stderr);
  return join(root, '.build', `${name}-${version}.tgz`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await pack());
