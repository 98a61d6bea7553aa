import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const here = import.meta.dirname;

/** In development every `/chat/<token>` is the door, as the relay serves it. */
function doorForEveryLink(): Plugin {
  return {
    name: 'sotto-door-for-every-link',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        if (request.url !== undefined && /^\/chat\/[^/?]+/.test(request.url)) request.url = '/door.html';
        next();
      });
    },
  };
}

/** Where the relay listens while vite serves the pages. */
const relay = process.env.SOTTO_RELAY ?? 'http://localhost:8080';

export default defineConfig({
  root: here,
  base: '/',
  appType: 'mpa',
  publicDir: false,
  plugins: [doorForEveryLink()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  server: { proxy: { '/api': relay, '/ws': { target: relay, ws: true } } },
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
