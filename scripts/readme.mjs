// Keeps the answer that README.md shows the real one: the block behind `<!-- answer: COMMAND -->` is what COMMAND prints,
// cut before the line that `until` names. Run without arguments it rewrites the block; with --check it only compares.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = fileURLToPath(new URL('../README.md', import.meta.url));
const BLOCK = /(<!-- answer: (\S[^\n]*?) until "([^"\n]+)" -->\n```text\n)([\s\S]*?)(```\n)/g;

function printed(command) {
  const [program, ...args] = command.split(' ');
  const env = { ...process.env, PODNET_LANG: 'en' };
  return spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', env }).stdout;
}

const before = readFileSync(README, 'utf8');
let blocks = 0;
const after = before.replace(BLOCK, (_, head, command, until, __, end) => {
  blocks += 1;
  const answer = printed(command);
  const cut = answer.indexOf(`\n${until}\n`);
  return `${head}${cut < 0 ? answer : `${answer.slice(0, cut).trimEnd()}\n…\n`}${end}`;
});

if (blocks === 0) {
  console.error('README.md has no block with an answer');
  process.exitCode = 1;
} else if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('README.md does not show what podnet answers: `node scripts/readme.mjs` brings it up to date');
    process.exitCode = 1;
  }
} else if (after !== before) {
  writeFileSync(README, after);
}
