// Generates packages/protocol/src/generated from the .proto files; with --check only compares.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const protocol = join(root, 'packages/protocol');
const generated = join(protocol, 'src/generated');
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
const buf = (...args) => execFileSync('buf', args, { cwd: protocol, env, stdio: 'inherit' });

const files = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
const snapshot = folder =>
  files(folder)
    .map(file => `${relative(folder, file)}\n${readFileSync(file, 'utf8')}`)
    .join('\0');

buf('lint');
if (process.argv.includes('--check')) {
  const before = snapshot(generated);
  const kept = mkdtempSync(join(tmpdir(), 'sotto-generated-'));
  cpSync(generated, kept, { recursive: true });
  buf('generate');
  const same = snapshot(generated) === before;
  cpSync(kept, generated, { recursive: true });
  rmSync(kept, { recursive: true });
  if (!same) {
    console.error(
      'packages/protocol/src/generated is not what the .proto files give: run "npm run generate".',
    );
    process.exit(1);
  }
} else {
  buf('generate');
}
