import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { type BundleFile, BundleWriter } from '../../../src/facts/collect/bundle-writer.js';
import { type Collected, type CollectOptions, collect } from '../../../src/facts/collect/collect.js';
import { CommandRunner } from '../../../src/facts/collect/runner.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';
import { needsRoot, programs, StandInPod, scratch } from './live-lab.js';

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const DEFAULTS: CollectOptions = {
  ...{ node: 'n1', pods: 'none', chosen: [], peers: [], probes: false, durationMs: 60_000 },
};

interface Files {
  collected: Collected;
  files: Map<string, BundleFile>;
  text(path: string): string;
}

/** Collects here; `onFile` is told of each file. */
async function collected(
  options: Partial<CollectOptions>,
  path?: string,
  onFile: (file: BundleFile) => void = () => {},
): Promise<Files> {
  const runner = new CommandRunner(path === undefined ? {} : { path });
  const files = new Map<string, BundleFile>();
  const add = (file: BundleFile): void => {
    files.set(file.path, file);
    onFile(file);
  };
  try {
    const result = await collect(runner, { add }, { ...DEFAULTS, ...options });
    return { collected: result, files, text: (name) => Buffer.from(files.get(name)?.content ?? '').toString() };
  } finally {
    await runner.close();
  }
}

/** What podnet understands of collected files. */
async function understood(files: Iterable<BundleFile>) {
  let bytes: Uint8Array = new Uint8Array();
  const writer = BundleWriter.inMemory((packed) => {
    bytes = packed;
  });
  for (const file of files) writer.add(file);
  await writer.finish();
  return readFacts(await readBundles([{ stdin: bytes, name: 'live' }]), { logPatterns: [], cnis: CNIS });
}

test('all that a node tells is read', async () => {
  const { files } = await collected({});
  const { store, input } = await understood(files.values());
  const unread = input.unrecognised.map(({ path }) => path.replace(/^nodes\/n1\//, ''));
  expect(unread).toEqual([]);
  expect(input.problems).toEqual([]);
  expect(store.records('node/n1', 'address').map(({ value }) => value.ip)).toContain('127.0.0.1');
  expect(store.subjects('node')).toEqual(['node/n1']);
});

test('settings are those of the network, without the keys of the kernel', async () => {
  const settings = (await collected({})).text('nodes/n1/sysctl_-a').split('\n');
  expect(settings[0]).toMatch(/^# podnet: /);
  expect(settings).toContainEqual(expect.stringMatching(/^net\.ipv4\.ip_forward = [01]$/));
  expect(settings.filter((line) => /^(?:vm|dev)\.|fastopen_key|stable_secret|rss_key/.test(line))).toEqual([]);
});

test('what a minimal node lacks is in the bundle with the reason, and makes its facts unknown', async () => {
  const path = programs(place.folder, ['ip', 'sysctl', 'setpriv', 'nsenter', 'uname']);
  const { files, text } = await collected({}, path);
  expect(text('nodes/n1/ss_-lntup')).toBe('podnet: ss: command not found\n');
  expect(text('nodes/n1/iptables-save_-c')).toBe('podnet: iptables-save: command not found\n');
  expect(text('nodes/n1/ip_addr')).toContain('127.0.0.1/8');
  const { store } = await understood(files.values());
  const reasons = store.unknowns().filter(({ name }) => name === 'iptables-rule');
  expect(reasons.map(({ reason }) => reason)).toContain('podnet: iptables-save: command not found');
});

test('a command that hangs is cut, said to be, and holds up nothing else', async () => {
  const path = programs(place.folder, ['ip', 'setpriv', 'sleep'], { sysctl: 'echo net.a = 1\nsleep 300' });
  const { text } = await collected({ durationMs: 1500 }, path);
  expect(text('nodes/n1/sysctl_-a')).toMatch(/^podnet: sysctl: gave no whole answer within \d s and was ended\n$/);
  expect(text('nodes/n1/ip_addr')).toContain('127.0.0.1/8');
});

test('what is left when the time is used up is told as not done', async () => {
  const hang = 'sleep 300';
  const path = programs(place.folder, ['sleep', 'setpriv'], { ip: hang, bridge: hang, sysctl: hang });
  const { collected: result, text } = await collected({ durationMs: 600 }, path);
  expect(text('nodes/n1/uname_-a')).toBe('podnet: not done: the 1 s for the collection were used up\n');
  expect(result.problems).toEqual([expect.stringMatching(/^\d+ commands were not run: not done: the 1 s/)]);
});

test('a pod is called as its host is, and its state is that of its own network', async (context) => {
  needsRoot(context);
  const pod = await StandInPod.start(`podnet-${process.pid}-web`, '10.77.0.1');
  const { collected: result, files } = await collected({ chosen: [String(pod.pid)] });
  pod.end();
  expect(result.pods).toBe(1);
  const { store, input } = await understood(files.values());
  const subject = `pod/-/podnet-${process.pid}-web`;
  expect(store.subjects('pod')).toEqual([subject]);
  expect(store.records(subject, 'address').map(({ value }) => value.ip)).toContain('10.77.0.1');
  expect(store.records(subject, 'pod-object').map(({ value }) => value.node)).toEqual(['n1']);
  expect(input.unrecognised.filter(({ path }) => path.startsWith('pods/'))).toEqual([]);
});

test('objects tell the namespace of a pod of which only the name of its host is known', async (context) => {
  needsRoot(context);
  const name = `podnet-${process.pid}-api`;
  const pod = await StandInPod.start(name, '10.77.0.2');
  const { files } = await collected({ chosen: [String(pod.pid)] });
  pod.end();
  const object = { metadata: { namespace: 'shop', name }, spec: { nodeName: 'n1' }, status: { podIP: '10.77.0.2' } };
  const list = { path: 'cluster/pods.json', content: JSON.stringify({ kind: 'PodList', items: [object] }) };
  const { store } = await understood([list, ...files.values()]);
  expect(store.subjects('pod')).toEqual([`pod/shop/${name}`]);
  expect(store.records(`pod/shop/${name}`, 'address').map(({ value }) => value.ip)).toContain('10.77.0.2');
});

test('a pod that ends while it is looked at is told as that, and nothing of it is invented', async (context) => {
  needsRoot(context);
  const name = `podnet-${process.pid}-gone`;
  const pod = await StandInPod.start(name, '10.77.0.3');
  const { collected: result, text } = await collected({ chosen: [String(pod.pid)] }, undefined, ({ path }) => {
    if (path.startsWith('pods/')) pod.end();
  });
  expect(result.problems).toContain(`-/${name}: the pod ended while it was being looked at`);
  expect(text(`pods/-/${name}/sysctl_-a`)).toMatch(
    /^podnet: (?:sysctl: )?the pod ended while it was being looked at\n$/,
  );
});

test('a pod that was asked for and is not here is told', async () => {
  const { collected: result } = await collected({ chosen: ['shop/no-such-pod'] });
  expect(result.problems).toContain('shop/no-such-pod: no such pod was found on this node');
});

test('a cluster that does not answer takes no more than its share of the time', async () => {
  const path = programs(place.folder, ['ip', 'setpriv', 'sleep'], { kubectl: 'sleep 300' });
  const { collected: result, text } = await collected({ kube: true, durationMs: 2000 }, path);
  expect(result.problems.length).toBeGreaterThan(0);
  expect(text('nodes/n1/ip_addr')).toContain('127.0.0.1/8');
});
