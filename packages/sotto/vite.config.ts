import { defineConfig } from 'vite';

// One file for Node: our packages bundled, everything from the registry left to node_modules.
export default defineConfig({
  ssr: { noExternal: [/^@sotto\//], target: 'node' },
  build: {
    ssr: 'src/main.ts',
    target: 'node20',
    outDir: 'dist',
    emptyOutDir: true,
    minify: false,
    sourcemap: true,
    rolldownOptions: { output: { entryFileNames: 'main.js', codeSplitting: false } },
  },
});
