import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import type { CapturePath } from '../../../src/facts/capture.js';
import { followFlows } from '../../../src/facts/captures/path/follow.js';
import { roleOfInterface } from '../../../src/facts/captures/path/hop-role.js';
import type { BundleFile } from '../../../src/facts/collect/bundle-writer.js';
import { type CaptureRunOptions, captureRun } from '../../../src/facts/collect/capture-run.js';
import { factsHere } from '../../../src/facts/collect/facts-here.js';
import { parseFlow } from '../../../src/facts/collect/flow-words.js';
import { type PlanHop, planCaptures } from '../../../src/facts/collect/plan.js';
import { CommandRunner } from '../../../src/facts/collect/runner.js';
import { partsOf } from '../../../src/facts/model.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';

const NAMES = ['n', 'a', 'x'].map((end) => `podnet-cr-${process.pid}-${end}`) as [string, string, string];
const [NODE, POD, OUTSIDE] = NAMES;
const children: ChildProcess[] = [];
const pids = new Map<string, number>();
let reason: string | undefined;
const runner = new CommandRunner();

function ip(words: string): void {
  execFileSync('ip', words.split(' '), { stdio: 'pipe' });
}

const sysctl = (name: string, setting: string): void =>
  void execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', setting], { stdio: 'pipe' });

/** A pod on the bridge of a node, and a host behind the node's NIC. */
beforeAll(async () => {
  for (const program of ['tcpdump', 'ip', 'nsenter', 'ping']) {
    if (spawnSync(program, ['-V']).error !== undefined) reason = `${program} is not installed`;
  }
  if (reason !== undefined) return;
  const made = spawnSync('ip', ['netns', 'add', NODE], { encoding: 'utf8' });
  if (made.status !== 0) {
    reason = `network namespaces cannot be made here: ${made.stderr.trim()}`;
    return;
  }
  ip(`netns add ${POD}`);
  ip(`netns add ${OUTSIDE}`);
  ip(`-n ${NODE} link add cni0 type bridge`);
  ip(`-n ${NODE} link add veth0a1b type veth peer name eth0 netns ${POD}`);
  ip(`-n ${NODE} link add eth0 type veth peer name eth0 netns ${OUTSIDE}`);
  ip(`-n ${NODE} link set veth0a1b master cni0`);
  for (const device of ['lo', 'cni0', 'veth0a1b', 'eth0']) ip(`-n ${NODE} link set ${device} up`);
  ip(`-n ${NODE} addr add 10.244.1.1/24 dev cni0`);
  ip(`-n ${NODE} addr add 192.0.2.1/24 dev eth0`);
  ip(`-n ${NODE} route add default via 192.0.2.9`);
  for (const name of [POD, OUTSIDE]) for (const device of ['lo', 'eth0']) ip(`-n ${name} link set ${device} up`);
  ip(`-n ${POD} addr add 10.244.1.5/24 dev eth0`);
  ip(`-n ${POD} route add default via 10.244.1.1`);
  ip(`-n ${OUTSIDE} addr add 192.0.2.9/24 dev eth0`);
  ip(`-n ${OUTSIDE} route add 10.244.1.0/24 via 192.0.2.1`);
  sysctl(NODE, 'net.ipv4.ip_forward=1');
  for (const name of NAMES) {
    const child = spawn('ip', ['netns', 'exec', name, 'sleep', '600'], { stdio: 'ignore' });
    children.push(child);
    pids.set(name, child.pid!);
  }
  // `ip` is in its namespace as soon as it has become `sleep`.
  for (let i = 0; i < 100; i += 1) {
    const inside = [...pids.values()].every((pid) =>
      spawnSync('readlink', [`/proc/${pid}/exe`])
        .stdout.toString()
        .includes('sleep'),
    );
    if (inside) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}, 30_000);

afterAll(async () => {
  await runner.close();
  for (const child of children) child.kill('SIGKILL');
  for (const name of NAMES) if (existsSync(`/run/netns/${name}`)) spawnSync('ip', ['netns', 'del', name]);
});

function needsNamespaces(context: TestContext): void {
  if (reason === undefined) return;
  if (process.env.PODNET_REQUIRE === 'all') expect.fail(reason);
  context.skip(reason);
}

async function hopsOf(flow: string): Promise<readonly PlanHop[]> {
  const pods = [{ namespace: 'default', name: 'a', pid: pids.get(POD)! }];
  return planCaptures(parseFlow(flow), await factsHere(runner, CNIS, 'n1', pods, [], pids.get(NODE)!)).hops;
}

async function capture(
  hops: readonly PlanHop[],
  more: Partial<CaptureRunOptions> = {},
  own: Pick<CommandRunner, 'run'> = runner,
): Promise<{ files: BundleFile[]; captured: string[]; problems: string[] }> {
  const files: BundleFile[] = [];
  const options = { node: 'n1', hops, netnsPid: pids.get(NODE)!, seconds: 4, ...more };
  const run = await captureRun(own, { add: (file) => void files.push(file) }, options, async () => {
    const ping = ['ping', '-n', '-c', '3', '-i', '0.2', '-W', '1', '192.0.2.9'];
    await runner.run(ping, { timeoutMs: 3000, netnsPid: pids.get(POD)! });
  });
  return { files, ...run };
}

/** The flows that the captures show together. */
function pathsOf(files: readonly BundleFile[]): CapturePath[] {
  const entries = files.map(({ path, content }) => ({ path, bytes: content as Uint8Array }));
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  return followFlows(
    store.all('capture').map(({ subject, value }) => {
      const [node = '', iface = ''] = partsOf(subject);
      return { node, iface, role: roleOfInterface(iface), summary: value };
    }),
  );
}

describe('podnet collect --capture', () => {
  test('captures veth, bridge and NIC of a flow that comes through', async (context) => {
    needsNamespaces(context);
    const hops = await hopsOf('pod/default/a>192.0.2.9');
    const { files, captured, problems } = await capture(hops);
    expect(problems).toEqual([]);
    expect(captured).toEqual(['veth0a1b', 'cni0', 'eth0']);
    expect(files.map(({ path }) => path)).toEqual(captured.map((device) => `captures/n1/${device}.pcap`));
    expect(pathsOf(files).map(({ verdict }) => verdict)).toEqual(['answered']);
  });

  test('names the place at which a flow is dropped', async (context) => {
    needsNamespaces(context);
    const hops = await hopsOf('pod/default/a>192.0.2.9');
    sysctl(NODE, 'net.ipv4.ip_forward=0');
    try {
      const { files } = await capture(hops);
      const [path] = pathsOf(files);
      expect(path).toMatchObject({ verdict: 'lost', last: { iface: 'cni0' }, next: { iface: 'eth0' } });
    } finally {
      sysctl(NODE, 'net.ipv4.ip_forward=1');
    }
  });

  test('tells the filter in the index', async (context) => {
    needsNamespaces(context);
    const { files } = await capture(await hopsOf('pod/default/a>192.0.2.9'), { seconds: 3 });
    expect(files[0]!.argv?.slice(-3)).toEqual(['-w', '-', 'host 10.244.1.5 and host 192.0.2.9 and icmp']);
    expect(files[0]!.subject).toBe('capture/n1/veth0a1b');
  });

  test('stops at its number of packets', async (context) => {
    needsNamespaces(context);
    const { files } = await capture(await hopsOf('pod/default/a>192.0.2.9'), { seconds: 3, packets: 2 });
    const paths = pathsOf(files);
    expect(paths.flatMap(({ hops }) => hops).every(({ forward, reverse }) => forward + reverse <= 2)).toBe(true);
  });

  test('says of a device that is not there that it is not', async (context) => {
    needsNamespaces(context);
    const gone: PlanHop = {
      ...{ node: 'n1', role: 'tunnel', device: 'flannel.1', filter: 'icmp', command: '', look: 'into-tunnel' },
      file: 'captures/n1/flannel.1.pcap',
    };
    const { files, problems } = await capture([gone], { seconds: 2 });
    expect(problems).toEqual(['flannel.1: no such device on this node']);
    expect(files).toMatchObject([
      { path: 'captures/n1/flannel.1.txt', content: 'podnet: flannel.1: no such device on this node\n' },
    ]);
  });

  test('says so where tcpdump is missing or refuses', async (context) => {
    needsNamespaces(context);
    const hops = (await hopsOf('pod/default/a>192.0.2.9')).filter(({ role }) => role === 'nic');
    const folder = mkdtempSync(join(tmpdir(), 'podnet-bin-'));
    const find = (program: string) => spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
    for (const program of ['ip', 'nsenter']) symlinkSync(find(program), join(folder, program));
    // Administrators' folders are looked in as well where a PATH has no sbin.
    const bare = join(folder, 'sbin');
    execFileSync('mkdir', [bare]);
    const without = new CommandRunner({ path: `${folder}:${bare}` });
    try {
      const missing = await capture(hops, { seconds: 1 }, without);
      expect(missing.problems).toEqual(['eth0: tcpdump: command not found']);
      expect(missing.files).toMatchObject([{ path: 'captures/n1/eth0.txt', exit: 127 }]);
      const file = join(bare, 'tcpdump');
      writeFileSync(
        file,
        '#!/bin/sh\necho "tcpdump: eth0: You don\'t have permission to capture on that device" >&2\nexit 1\n',
      );
      chmodSync(file, 0o755);
      const refusing = new CommandRunner({ path: `${folder}:${bare}` });
      const denied = await capture(hops, { seconds: 1 }, refusing);
      expect(denied.problems).toEqual([expect.stringContaining("You don't have permission")]);
      await refusing.close();
    } finally {
      await without.close();
      rmSync(folder, { recursive: true });
    }
  });
});
