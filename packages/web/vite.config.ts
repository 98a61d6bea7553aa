import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const here = import.meta.dirname;

/** What every page needs before it can draw anything. */
const PAGE =
  /node_modules\/preact\/|web\/src\/(?:words|toast|announcer|when|limits|preferences|text\/isolate|shapes\/(?:Icon|CopyButton|Brand)|lock\/forgetShown|door\/DoorScreen)\b/;

/** What every room needs, a guest's and a host's. None of it is needed at the door. */
const ROOM =
  /web\/src\/(?:conversation(?!\/(?:fileSaid|incomingFiles))|text|engineView|engineOffers|now|media|timeline|attention|viewport|SettingsFields|shapes\/(?:Avatar|Dialog|Select|loaded)|history\/HistorySection|sealed\/sealedRoomWords|lock\/(?:lockHabits|storageTrouble))\b/;

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
        sealed: resolve(here, 'sealed.html'),
      },
      output: {
        // One file for what is shared by all, instead of one for every set of screens that share something.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'page', test: PAGE, priority: 2 },
            // What only accounts and the page of sealed messages need stays out of what a guest loads.
            { name: 'wire', test: /packages\/protocol\/src\/(?!sealedKeys)/, priority: 1 },
            { name: 'room', test: ROOM, priority: 1 },
          ],
        },
      },
    },
  },
});
