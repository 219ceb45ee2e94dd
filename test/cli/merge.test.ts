import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readBundles } from '../../src/facts/bundle/read-bundles.js';
import { readFacts } from '../../src/facts/read.js';
import { CNIS } from '../facts/cni-profiles.js';
import { scratch } from '../facts/collect/live-lab.js';
import { build, podnet } from './podnet.js';

beforeAll(build, 120_000);

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const at = (name: string): string => join(place.folder, name);

function bundle(name: string, files: Record<string, string>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(at(`${name}/${path}`)), { recursive: true });
    writeFileSync(at(`${name}/${path}`), content);
  }
  return at(name);
}

async function filesOf(path: string): Promise<Record<string, string>> {
  const { entries } = await readBundles([{ path }]);
  return Object.fromEntries(entries.map((entry) => [entry.path, Buffer.from(entry.bytes).toString()]));
}

const UPTIME = ' 10:00:00 up 3 days,  1 user,  load average: 0.10, 0.20, 0.30\n';
const index = (node: string): string =>
  `${JSON.stringify({ file: `nodes/${node}/out`, subject: `node/${node}`, argv: ['uptime'], exit: 0 })}\n`;

test('bundles of two nodes become one, with what their indexes say', async () => {
  const a = bundle('a', { 'nodes/n1/out': UPTIME, 'index.jsonl': index('n1'), 'cluster/pods.json': '{}' });
  const b = bundle('b', { 'nodes/n2/out': UPTIME, 'index.jsonl': index('n2'), 'cluster/pods.json': '{}' });
  const { status, stdout, stderr } = podnet(['merge', a, b, '-o', at('both.tgz')]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${at('both.tgz')}\n` });
  expect(stderr).toBe(`podnet: wrote ${at('both.tgz')}: 4 files of 2 bundles\n`);
  expect(Object.keys(await filesOf(at('both.tgz')))).toEqual([
    ...['cluster/pods.json', 'index.jsonl', 'nodes/n1/out', 'nodes/n2/out'],
  ]);
  const { store } = readFacts(await readBundles([{ path: at('both.tgz') }]), { logPatterns: [], cnis: CNIS });
  expect(store.named('load.average').map(({ subject }) => subject)).toEqual(['node/n1', 'node/n2']);
});

test('files that differ under one name are both kept where they are read, and told', async () => {
  const a = bundle('a', { 'nodes/n1/uptime': UPTIME });
  const b = bundle('b', { 'nodes/n1/uptime': UPTIME.replace('0.10', '9.10') });
  const { status, stderr } = podnet(['merge', a, b, '-o', at('both')]);
  expect(status).toBe(0);
  expect(stderr).toContain(
    `podnet: nodes/n1/uptime differs between bundles: both were kept, that of ${b} as from-b/nodes/n1/uptime\n`,
  );
  expect(await filesOf(at('both'))).toMatchObject({
    'nodes/n1/uptime': UPTIME,
    'from-b/nodes/n1/uptime': UPTIME.replace('0.10', '9.10'),
  });
  const { input } = readFacts(await readBundles([{ path: at('both') }]), { logPatterns: [], cnis: CNIS });
  expect(input.byParser).toEqual({ uptime: 2 });
});

test('a bundle that is not there, or an output that exists, is a mistake that leaves nothing', () => {
  const a = bundle('a', { 'nodes/n1/uptime': UPTIME });
  expect(podnet(['merge', a, at('none'), '-o', at('both')]).status).toBe(2);
  expect(podnet(['merge', a, '-o', a]).stderr).toBe(`podnet: ${a}: exists already; --force replaces it\n`);
  expect(podnet(['merge', a]).stderr).toContain('podnet: --output <path> is missing');
  expect(podnet(['diagnose', at('both')]).status).toBe(2);
});
