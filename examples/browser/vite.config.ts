import { defineConfig } from 'vite';

// What is needed of a bundler: Workers as modules. Nothing is inlined, so that the page needs no `data:` in its policy.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  worker: { format: 'es' },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
