// `npm run bench [-- NAME …]`: runs bench/NAME.bench.ts, or all of them one after the other.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { build } from './build.mjs';

const wanted = process.argv.slice(2);
const names = readdirSync('bench')
  .filter(file => file.endsWith('.bench.ts'))
  .map(file => file.slice(0, -'.bench.ts'.length))
  .filter(name => wanted.length === 0 || wanted.includes(name));
if (names.length === 0) {
  console.error(`There is no benchmark ${wanted.join(', ')}.`);
  process.exit(2);
}
await build(line => console.log(line));
for (const name of names) {
  console.log(`\n# ${name}`);
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vite-node/dist/cli.mjs', `bench/${name}.bench.ts`],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exitCode = 1;
}
