// Bundles the built command line and its dependencies into a few files in dist/bin: loading two hundred small modules
// takes longer than a diagnosis. What a command does not need stays in chunks of its own.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

rmSync(path('dist/bin'), { recursive: true, force: true });
const bundle = await rolldown({
  input: {
    podnet: path('dist/cli/main.js'),
    // Worker threads begin with a module of their own, which the others name by its path.
    'diagnose-worker': path('dist/api/diagnose-worker.js'),
    'sqlite-worker': path('dist/api/store/sqlite-worker.js'),
  },
  // What only the server needs is loaded from where it is installed: SQLite's WebAssembly lies beside its module.
  external: [/^@?fastify\b/, /^pg$/, /^prom-client$/, /^node-sqlite3-wasm$/],
  platform: 'node',
  logLevel: 'warn',
});
await bundle.write({
  dir: path('dist/bin'),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  sourcemap: true,
});
await bundle.close();
