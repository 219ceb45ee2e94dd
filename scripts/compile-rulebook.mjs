// Compiles rules/ into dist/rulebook.json, after tsc: reading YAML takes the program longer than everything else it does.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRulebookFolder } from '../dist/engine/rulebook/load.js';

const path = (name) => relative(process.cwd(), fileURLToPath(new URL(`../${name}`, import.meta.url)));

const { rulebook, problems } = loadRulebookFolder(path('rules'));
for (const { file, line, column, severity, message } of problems) {
  if (severity === 'error') console.error(`${file}:${line}:${column}: ${message}`);
}
if (rulebook === undefined) process.exit(1);

writeFileSync(path('dist/rulebook.json'), `${JSON.stringify(rulebook)}\n`);
if (problems.length > 0) console.error(`warnings: ${problems.length} (\`podnet rules lint\` shows them)`);
