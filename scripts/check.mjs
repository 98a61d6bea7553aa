// `npm run check`: types, lint and boundaries, formatting, generated code, unused exports.
import { spawnSync } from 'node:child_process';

const checks = [
  ['types', 'npx', ['tsc', '-p', '.']],
  ['lint, boundaries, formatting', 'npx', ['biome', 'check', '.']],
  ['generated code', 'node', ['scripts/generate.mjs', '--check']],
  ['unused exports and dependencies', 'npx', ['knip']],
];
let failed = 0;
for (const [name, command, args] of checks) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
