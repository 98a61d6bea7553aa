import { defineConfig } from 'vite';

// For Node: our packages bundled, everything from the registry left to node_modules. What only some commands need lies
// beside main.js, in the same folder: paths are counted from there.
export default defineConfig({
  ssr: { noExternal: [/^@sotto\//], target: 'node' },
  build: {
    ssr: 'src/main.ts',
    target: 'node20',
    outDir: 'dist',
    emptyOutDir: true,
    minify: false,
    sourcemap: true,
    rolldownOptions: { output: { entryFileNames: 'main.js', chunkFileNames: '[name].js' } },
  },
});
