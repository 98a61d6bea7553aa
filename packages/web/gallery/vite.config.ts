import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** The page with all screens in all their states. For development and checks; never part of what is shipped. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: process.env.GALLERY_OUT ?? resolve(import.meta.dirname, '.build'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
