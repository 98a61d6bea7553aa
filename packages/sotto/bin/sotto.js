#!/usr/bin/env node
// The command: built into dist/main.js by `npm run build`.
import { main } from '../dist/main.js';

process.exitCode = await main(process.argv.slice(2));
