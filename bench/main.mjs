/**
 * npm run bench: ratios within one run, against a floor or a peer. Seconds are shown to make the ratios readable; they are
 * no figures of merit, machines differ.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchCapture } from './capture.mjs';
import { clusterFacts, repeatedBundle, sosTree } from './fixture.mjs';
import { reportQuestionnaire } from './questionnaire.mjs';
import { benchServe } from './serve.mjs';
import { benchWalk } from './walk.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const load = (path) => import(join(root, 'dist', path));
const { deriveAll } = await load('facts/derive/derive-all.js');
const { readFacts } = await load('facts/read.js');
const { readBundles } = await load('facts/bundle/read-bundles.js');
const { Cnis } = await load('facts/cnis.js');
const { diagnose } = await load('engine/diagnose.js');
const { loadCompiledRulebook } = await load('engine/rulebook/compiled.js');
const { logPatternsOf } = await load('engine/rulebook/log-patterns.js');

const rulebook = loadCompiledRulebook(join(root, 'dist/rulebook.json'));
const logPatterns = logPatternsOf(rulebook);
const cnis = new Cnis(rulebook.cnis);
const ms = (since) => performance.now() - since;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value, digits = 1) => Number(value.toFixed(digits));
const failures = [];
const time = (args) => {
  const start = performance.now();
  spawnSync(process.execPath, args, { stdio: 'ignore' });
  return ms(start);
};

function verdict(name, value, target, goal) {
  const met = value <= target;
  if (!met) failures.push(`${name}: ${round(value, 2)} > ${target}`);
  return `${round(value, 2)}x  (target <= ${target}${goal === undefined ? '' : `, goal ${goal}`}) ${met ? 'ok' : 'MISSED'}`;
}

async function engineRun(nodes, flows, runs) {
  const text = clusterFacts(nodes, flows);
  const parse = [];
  const rank = [];
  let read = 0;
  let derive = 0;
  let answer;
  for (let i = 0; i < runs; i++) {
    let since = performance.now();
    JSON.parse(text);
    parse.push(ms(since));
    since = performance.now();
    const { store, input } = readFacts(
      { entries: [{ path: 'facts.json', bytes: Buffer.from(text) }], problems: [] },
      { logPatterns, cnis },
    );
    read = ms(since);
    since = performance.now();
    const derived = deriveAll(store);
    derive = ms(since);
    since = performance.now();
    answer = await diagnose({
      store,
      ...derived,
      input: { recognised: input.recognised, unrecognised: [], problems: [] },
      rulebook,
      lang: 'en',
    });
    rank.push(ms(since));
  }
  return { nodes, bytes: text.length, parse: median(parse), rank: median(rank), read, derive, answer };
}

console.log(`# podnet bench (Node ${process.versions.node})\n`);
console.log(
  'Fixture: 150 facts a node, 50 distinct fact vectors, 100 sampled flows a node between one prober pod each,',
);
console.log('three faults (ip_forward off, a missing route, FORWARD policy DROP), one facts.json; fixed seed.\n');
console.log('## Engine against JSON.parse of the same facts');
const sizes = [];
for (const [nodes, flows, runs] of [
  [1, 100, 15],
  [100, 10_000, 7],
  [1000, 100_000, 3],
]) {
  const run = await engineRun(nodes, flows, runs);
  sizes.push(run);
  const ratio = run.rank / run.parse;
  const shown = nodes === 1000 ? verdict('judge and rank, 1,000 nodes', ratio, 20, 2) : `${round(ratio, 2)}x`;
  console.log(
    `${String(nodes).padStart(5)} nodes ${String(round(run.bytes / 1e6, 2)).padStart(6)} MB: parse ${round(run.parse)} ms, read ${round(run.read)}, derive ${round(run.derive)}, judge and rank ${round(run.rank)} ms = ${shown}`,
  );
}
const found = sizes[2].answer.diagnoses
  .slice(0, 3)
  .map((one) => `${one.cause} on ${one.subjects.join(',')} ${one.probability}`);
console.log(`        found: ${found.join('; ')}`);
console.log(
  `        linear: 1,000 nodes cost ${verdict('cost from 100 to 1,000 nodes, per node', sizes[2].rank / sizes[1].rank / 10, 1.5)} of 100 nodes, per node`,
);
// The program itself, on the large fixture as a file: what a person's machine has to have.
const folder = mkdtempSync(join(tmpdir(), 'podnet-bench-'));
writeFileSync(join(folder, 'facts.json'), clusterFacts(1000, 100_000));
const tell = "data:text/javascript,process.on('exit',()=>process.stderr.write('\\n'+process.resourceUsage().maxRSS))";
const large1000 = ['--import', tell, join(root, 'dist/bin/podnet.js'), 'diagnose', join(folder, 'facts.json')];
const rss = Number(spawnSync(process.execPath, large1000).stderr.toString().split('\n').at(-1)) / 1024;
rmSync(folder, { recursive: true });
console.log(`        memory: ${round(rss, 0)} MB at the peak (target < 300) ${rss < 300 ? 'ok' : 'MISSED'}`);
if (rss >= 300) failures.push(`memory: ${round(rss, 0)} MB`);

console.log('\n## Reading a bundle of raw outputs');
const example = join(root, 'examples/same-node-service');
const contents = await readBundles([{ path: example }], {});
// Bytes of a folder's file are read when they are asked for: here they are to be in memory.
const inMemory = contents.entries.map((entry) => ({ path: entry.path, bytes: entry.bytes }));
const { contents: large, total } = repeatedBundle(inMemory, 20e6);
let since = performance.now();
let bytes = 0;
for (const entry of large.entries) for (let i = 0; i < entry.bytes.length; i++) bytes += entry.bytes[i] === 10 ? 1 : 0;
const floor = ms(since);
since = performance.now();
const { store } = readFacts(large, { logPatterns, cnis });
const reading = ms(since);
console.log(
  `${round(total / 1e6)} MB, ${large.entries.length} files, ${store.size} facts: ${round(total / 1e3 / reading)} MB/s; counting its ${bytes} lines takes ${round(floor)} ms: ${round(reading / floor)}x`,
);

console.log('\n## A sosreport-like tree of 20,000 files and 200 MB');
const tree = mkdtempSync(join(tmpdir(), 'podnet-sos-'));
const treeBytes = sosTree(tree, 20_000, 200e6, inMemory);
const readAll = `const { readdirSync, readFileSync } = require('node:fs'); const read = (path) => { for (const entry of readdirSync(path, { withFileTypes: true })) { const file = path + '/' + entry.name; if (entry.isDirectory()) read(file); else readFileSync(file); } }; read(process.argv[1]);`;
// Once before, so that both find the files in the page cache.
time(['-e', readAll, tree]);
const bytesOnly = median([1, 2, 3].map(() => time(['-e', readAll, tree])));
since = performance.now();
const sos = spawnSync(process.execPath, ['--import', tell, join(root, 'dist/bin/podnet.js'), 'diagnose', tree]);
const sosTime = ms(since);
const sosRss = Number(sos.stderr.toString().split('\n').at(-1)) / 1024;
rmSync(tree, { recursive: true });
console.log(
  `${round(treeBytes / 1e6)} MB: a process that reads its bytes ${round(bytesOnly)} ms, podnet diagnose ${round(sosTime)} ms = ${verdict('sosreport-like tree', sosTime / bytesOnly, 5)}`,
);
console.log(`        memory: ${round(sosRss, 0)} MB at the peak (target < 500) ${sosRss < 500 ? 'ok' : 'MISSED'}`);
if (sosRss >= 500) failures.push(`memory of the tree: ${round(sosRss, 0)} MB`);

console.log('\n## Whole process of podnet diagnose on the example');
const command = join(root, 'dist/bin/podnet.js');
const empty = [];
const whole = [];
for (let i = 0; i < 15; i++) {
  empty.push(time(['-e', '0']));
  whole.push(time([command, 'diagnose', example]));
}
console.log(
  `node -e 0 ${round(median(empty))} ms, podnet ${round(median(whole))} ms = ${verdict('whole process', median(whole) / median(empty), 6, 3)}`,
);

failures.push(...(await benchWalk()));
failures.push(...benchCapture());
failures.push(...(await reportQuestionnaire(rulebook)));
failures.push(...(await benchServe()));

if (failures.length > 0) {
  console.log(`\nMissed: ${failures.join('; ')}`);
  process.exitCode = 1;
}
