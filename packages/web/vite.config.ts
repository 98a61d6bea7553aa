import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const here = import.meta.dirname;

export default defineConfig({
  root: here,
  base: '/',
  appType: 'mpa',
  publicDir: false,
  // Never the development form: it would write paths of this machine into the pages, also when a test builds them.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  worker: { format: 'es' },
  build: {
    outDir: resolve(here, 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy has no `data:`, so nothing may be inlined.
    assetsInlineLimit: 0,
    // Every browser that runs the engine knows modulepreload.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        host: resolve(here, 'index.html'),
        door: resolve(here, 'door.html'),
        closed: resolve(here, 'closed.html'),
      },
    },
  },
});
