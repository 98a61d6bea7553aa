// `npm start`: builds on the first run (and after changes), then runs the command in this process.
import { build } from './build.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Sotto needs Node 20.19 or newer; this is ${process.versions.node}. Install it from nodejs.org.`,
  );
  process.exit(1);
}
try {
  await build(line => console.log(line));
} catch (error) {
  console.error(`The build failed: ${error instanceof Error ? error.message : error}`);
  console.error('Run "npm ci" and start again; if it fails the same way, please report it with this output.');
  process.exit(1);
}
const { main } = await import('../packages/sotto/dist/main.js');
process.exitCode = await main(['start', ...process.argv.slice(2)]);
