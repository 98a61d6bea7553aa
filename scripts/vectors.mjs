// `npm run vectors -- DIR`: the tests that read outside test vectors, from the folder DIR.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve(process.argv[2] ?? '../shared/vectors');
if (!existsSync(folder)) {
  console.error(
    `No folder ${folder}. Give one that holds mls/, hpke/, xwing/ and wycheproof/ (docs/protocol.md says from where).`,
  );
  process.exit(1);
}
process.exitCode =
  spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'packages/mls'],
    {
      stdio: 'inherit',
      env: { ...process.env, SOTTO_VECTORS_DIR: folder },
    },
  ).status ?? 1;
