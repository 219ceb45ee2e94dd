// Bundles the built command line and its dependencies into a few files in dist/bin: loading two hundred small modules
// takes longer than a diagnosis. What a command does not need stays in chunks of its own.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

rmSync(path('dist/bin'), { recursive: true, force: true });
const bundle = await rolldown({ input: { podnet: path('dist/cli/main.js') }, platform: 'node', logLevel: 'warn' });
await bundle.write({
  dir: path('dist/bin'),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  sourcemap: true,
});
await bundle.close();
