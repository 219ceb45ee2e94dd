/**
 * `podnet walk` on nodes with 20,000 iptables rules: flows a second, whether a flow costs more with twenty times the rules,
 * and what reading the rules one by one would cost instead.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { walkBundle, walkFlows } from './walk-fixture.mjs';

/** The build that is measured: this one's, unless another is named. */
const dist = process.env.PODNET_BENCH_DIST ?? join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
const load = (path) => import(pathToFileURL(join(dist, path)).href);
const FLOWS = 10_000;
const FEW = 250;
const MANY = 5_000;
/** Flows a second of the processor. */
const FAST_ENOUGH = 2_000;
/** What a flow may cost with 20,000 rules, as a multiple of what it costs with 1,000. */
const FLAT = 1.5;
/** Of the peer, which takes milliseconds for each. */
const PEER_FLOWS = 500;
/** What a walk without the index is to cost at least, as a multiple: else the index is not worth its code. */
const WORTH_IT = 3;
const round = (value, digits = 1) => Number(value.toFixed(digits));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
/** Milliseconds of the processor, all threads: what else a machine does makes no difference to them. */
const timed = (work) => {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return { ms: (user + system) / 1000, result };
};

/** Prints the measurements; returns what missed its target. */
export async function benchWalk() {
  const { deriveAll } = await load('facts/derive/derive-all.js');
  const { readFacts } = await load('facts/read.js');
  const { Cnis } = await load('facts/cnis.js');
  const cnis = new Cnis(JSON.parse(readFileSync(join(dist, 'rulebook.json'), 'utf8')).cnis);
  const { readFlowsFile } = await load('facts/walk/flows-file.js');
  const { BundleWalks } = await load('pipeline/walk-bundles.js');
  const failures = [];
  const missed = (name, value, met) => {
    if (!met) failures.push(`${name}: ${round(value, 2)}`);
    return met ? 'ok' : 'MISSED';
  };

  console.log(`\n## The walk: ${FLOWS} flows over kube-proxy's rules (fixed seed; milliseconds of the processor)`);
  const clusters = [FEW, MANY].map((services) => {
    const { contents, rules } = walkBundle(services);
    const floor = timed(() => countLines(contents.entries)).ms;
    const read = timed(() => readFacts(contents, { logPatterns: [], cnis }));
    const { store } = read.result;
    const derived = timed(() => deriveAll(store));
    const { flows } = readFlowsFile(JSON.stringify(walkFlows(services, FLOWS)));
    const understanding = { store, derived: derived.result };
    // What is compiled when a packet first meets it is the first pass's; the others are of walking alone.
    const walks = new BundleWalks(understanding);
    const first = timed(() => countVerdicts(walks.listed(flows, 'flows.json')));
    return { services, rules, store, floor, flows, walks, first, read: read.ms, derive: derived.ms, times: [] };
  });
  // In turns, so that what else the machine does falls on both.
  for (let i = 0; i < 3; i += 1)
    for (const { walks, flows, times } of clusters)
      times.push(timed(() => countVerdicts(walks.listed(flows, 'flows.json'))).ms);

  for (const { services, rules, floor, read, derive, first, times } of clusters) {
    console.log(
      `${String(rules).padStart(5)} rules a node (${services} Services): read ${round(read)} ms = ${round(read / floor, 0)}x counting the lines, derive ${round(derive)} ms; first pass, which compiles, ${round(first.ms)} ms, then ${round(median(times))} ms = ${round((1000 * median(times)) / FLOWS)} us a flow`,
    );
  }
  const [few, many] = clusters;
  console.log(`        ${told(many.first.result)}`);
  const whole = (1000 * FLOWS) / many.first.ms;
  console.log(
    `        ${round(whole, 0)} flows/s, compiling included (target >= ${FAST_ENOUGH}) ${missed('flows walked a second', whole, whole >= FAST_ENOUGH)}`,
  );
  const growth = median(many.times) / median(few.times);
  console.log(
    `        from ${few.rules} to ${many.rules} rules a flow costs ${round(growth, 2)}x (target <= ${FLAT}) ${missed('cost of a flow with more rules', growth, growth <= FLAT)}`,
  );
  const scanned = await scannedWalk(many);
  console.log(
    `        rule by rule, without the index, the same walk takes ${round(scanned.us, 0)} us a flow: ${round(scanned.ratio)}x (target >= ${WORTH_IT}) ${missed('walk beside one that scans', scanned.ratio, scanned.ratio >= WORTH_IT)}`,
  );
  return failures;
}

function countLines(entries) {
  let lines = 0;
  for (const { bytes } of entries) for (let i = 0; i < bytes.length; i += 1) lines += bytes[i] === 10 ? 1 : 0;
  return lines;
}

function countVerdicts(walks) {
  const counts = new Map();
  for (const { result } of walks) {
    const verdict = result?.verdict ?? 'not walked';
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return counts;
}

function told(counts) {
  return [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
}

/** The peer: the same walk, with every rule of a chain looked at in turn, as the kernel does it; and in turns with it. */
async function scannedWalk({ walks, flows }) {
  const { CompiledChain } = await load('facts/walk/netfilter/compiled-table.js');
  const { RuleCursor } = await load('facts/walk/netfilter/rule-index.js');
  const indexed = CompiledChain.prototype.cursor;
  const some = flows.slice(0, PEER_FLOWS);
  const pass = (cursor) => {
    CompiledChain.prototype.cursor = cursor;
    return timed(() => countVerdicts(walks.listed(some, 'flows.json'))).ms / some.length;
  };
  const scan = function scan() {
    return new RuleCursor(this.chain.rules.length);
  };
  try {
    pass(scan);
    const ratios = [];
    const times = [];
    for (let i = 0; i < 3; i += 1) {
      const [own, peer] = [pass(indexed), pass(scan)];
      ratios.push(peer / own);
      times.push(1000 * peer);
    }
    return { ratio: median(ratios), us: median(times) };
  } finally {
    CompiledChain.prototype.cursor = indexed;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const failures = await benchWalk();
  if (failures.length > 0) {
    console.log(`\nMissed: ${failures.join('; ')}`);
    process.exitCode = 1;
  }
}
