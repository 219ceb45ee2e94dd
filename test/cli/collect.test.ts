import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, type TestContext, test } from 'vitest';
import { needsRoot, processesMarked, programs, scratch, until } from '../facts/collect/live-lab.js';
import { build, main, podnet } from './podnet.js';

beforeAll(build, 120_000);

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const at = (name: string): string => join(place.folder, name);

/** Nothing but this node: other pods of the machine are none of the test's. */
const NODE_ONLY = ['--pods', 'none', '--no-probes', '--node', 'n1'];

/** Files of a folder other than those of a path of programs. */
const left = (): string[] => readdirSync(place.folder).filter((name) => name !== 'sbin');

test('collect writes a bundle, names it on standard output, and diagnose reads it', () => {
  const { status, stdout, stderr } = podnet(['collect', ...NODE_ONLY, '-o', at('b.tgz')]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${at('b.tgz')}\n` });
  expect(stderr).toMatch(/^podnet: wrote \S+: \d+ files of this node and 0 pods; probed from 0 places\n/);
  const diagnosis = podnet(['diagnose', '--format', 'json', at('b.tgz')]);
  expect([0, 1, 4]).toContain(diagnosis.status);
  const { input } = JSON.parse(diagnosis.stdout) as { input: { recognised: number; problems: unknown[] } };
  expect(input.recognised).toBeGreaterThan(30);
  expect(input.problems).toEqual([]);
});

test('without a name the bundle is named after node and time, in the current folder', () => {
  const { status, stdout } = podnet(['collect', ...NODE_ONLY, '-q'], { cwd: place.folder });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^podnet-n1-\d{8}-\d{6}\.tgz\n$/);
  expect(left()).toEqual([stdout.trim()]);
});

test('quiet means quiet', () => {
  expect(podnet(['collect', ...NODE_ONLY, '-q', '-o', at('b')]).stderr).toBe('');
});

test('- is a bundle on standard output, and nothing else', () => {
  const { stdout, status } = spawnSync(process.execPath, [main, 'collect', ...NODE_ONLY, '-q', '-o', '-']);
  expect(status).toBe(0);
  expect([...stdout.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
});

test('what exists is not overwritten, and that costs nothing but the time to say so', () => {
  mkdirSync(at('b'));
  const { status, stderr } = podnet(['collect', ...NODE_ONLY, '-o', at('b')]);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: `podnet: ${at('b')}: exists already; --force replaces it\n`,
  });
});

test.each([
  [['--pods', 'some'], 'option --pods takes all, none or a whole number, not some'],
  [['--duration', '1'], 'option --duration takes seconds from 5 to 3600, not 1'],
  [['--node', '../n'], 'option --node takes a name of letters, digits, dots and dashes, not ../n'],
  [['--peer', 'x:99999'], '"x:99999" is no peer: expected ADDRESS'],
  [['--targets', '/no/such/file'], '/no/such/file: '],
])('%j is a mistake that is told, and leaves nothing', (words, message) => {
  const { status, stderr } = podnet(['collect', '--pods', 'none', ...words, '-o', at('b.tgz')]);
  expect(status).toBe(2);
  expect(stderr).toContain(`podnet: ${message}`);
  expect(left()).toEqual([]);
});

test('diagnose --live collects and diagnoses, and leaves nothing', () => {
  const env = { TMPDIR: place.folder };
  const { status, stdout } = podnet(['diagnose', '--live', ...NODE_ONLY, '--format', 'json'], {
    env,
    cwd: place.folder,
  });
  expect([0, 1, 3, 4]).toContain(status);
  expect((JSON.parse(stdout) as { input: { recognised: number } }).input.recognised).toBeGreaterThan(30);
  expect(left()).toEqual([]);
});

test('options of a collection without one are a mistake', () => {
  const { status, stderr } = podnet(['diagnose', '--peer', '10.0.0.1', 'x.tgz']);
  expect({ status, stderr }).toEqual({ status: 2, stderr: 'podnet: --peer needs --live\n' });
  expect(podnet(['diagnose']).stderr).toBe('podnet: <bundle> is missing\n');
});

test('without root what can be had is collected, and what could not is said', (context: TestContext) => {
  needsRoot(context);
  mkdirSync(at('open'));
  chmodSync(place.folder, 0o755);
  chmodSync(at('open'), 0o777);
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];
  const args = [...nobody, process.execPath, main, 'collect', '--no-probes', '--node', 'n1', '-o', at('open/b')];
  const { status, stderr } = spawnSync('setpriv', args, { encoding: 'utf8', cwd: '/' });
  expect(status).toBe(0);
  expect(stderr).toContain('podnet: not root: what only root may read is missing');
  expect(readFileSync(at('open/b/nodes/n1/ip_addr'), 'utf8')).toContain('127.0.0.1');
  expect(podnet(['inspect', at('open/b')]).stdout).toContain('What could not be learnt');
});

/** A full disk as this one is: a file system of its own with so much room. */
function onSmallDisk(
  size: string,
  words: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  mkdirSync(at('disk'));
  const script = `mount -t tmpfs -o size=${size} podnet-disk "$0" && { "$@"; echo "status $?"; ls -A "$0"; }`;
  return spawnSync('unshare', ['-m', 'sh', '-c', script, at('disk'), process.execPath, main, ...words], {
    encoding: 'utf8',
  });
}

test.for(['b.tgz', 'b'])('a full disk gives status 2 and no half bundle at %s', (name, context) => {
  needsRoot(context);
  const { stdout, stderr } = onSmallDisk('8k', ['collect', ...NODE_ONLY, '-o', join(at('disk'), name)]);
  expect(stdout).toBe('status 2\n');
  expect(stderr).toContain('cannot be written: no space left on the device');
});

test('a limit on the size of files gives status 2 and no half bundle', (context: TestContext) => {
  needsRoot(context);
  const args = ['--fsize=1000', process.execPath, main, 'collect', ...NODE_ONLY, '-o', at('b.tgz')];
  const { status, stderr } = spawnSync('prlimit', args, { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain('cannot be written: the file would be larger than is allowed');
  expect(left()).toEqual([]);
});

/** Numbers from 0 to 1 that look random and are the same each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Ends a collection, whose commands hang and have children, so many milliseconds after it began to write, or to run at all. */
async function endedAfter(
  ms: number,
  since: 'output' | 'start',
  signal: NodeJS.Signals,
  mark: string,
): Promise<number | null> {
  const hang = 'sleep 300 &\nsleep 300';
  const real = ['ip', 'bridge', 'ethtool', 'setpriv', 'nsenter', 'sleep', 'ping'];
  const path = existsSync(at('sbin'))
    ? at('sbin')
    : programs(place.folder, real, { ss: hang, sysctl: hang, uname: hang });
  const args = [main, 'collect', '--pods', 'none', '--peer', '127.0.0.1', '--node', 'n1', '-o', at('b.tgz')];
  const child = spawn(process.execPath, args, { env: { PATH: path, PODNET_TEST_MARK: mark }, stdio: 'ignore' });
  if (since === 'output') await until('it has begun', () => left().length > 0);
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill(signal);
  const [status] = (await once(child, 'exit')) as [number | null];
  await until('nothing of it runs', () => processesMarked(`PODNET_TEST_MARK=${mark}`).length === 0);
  return status;
}

test('SIGINT and SIGTERM at any moment leave no process and no file', async () => {
  const next = random(7);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT', 'SIGTERM', 'SIGINT', 'SIGTERM'] as const) {
    const status = await endedAfter(next() * 1400, 'output', signal, `int-${process.pid}`);
    expect({ signal, status, left: left() }).toEqual({ signal, status: 130, left: [] });
  }
}, 60_000);

test('SIGKILL at any moment leaves no process, and nothing under the name of the bundle', async () => {
  const next = random(11);
  for (let i = 0; i < 8; i += 1) {
    await endedAfter(next() * 1800, 'start', 'SIGKILL', `kill-${process.pid}`);
    expect(existsSync(at('b.tgz'))).toBe(false);
  }
}, 60_000);

test('200 pods on a node are all looked at', (context: TestContext) => {
  needsRoot(context);
  // A machine by itself: it sees only its own processes, and these end with it.
  const pod = 'hostname pod-$1 && ip link add eth0 type veth && echo >&9 && exec sleep 300 >/dev/null 2>&1 9>&-';
  const script = `
    mkfifo "$0/up"; exec 9<>"$0/up"
    for i in $(seq 200); do unshare -n -u -- sh -c '${pod}' pod $i & done
    for i in $(seq 200); do read -r _ <&9; done
    "$@"; echo "status $?"`;
  const words = [process.execPath, main, 'collect', '--no-probes', '--node', 'n1', '-o', at('b')];
  const machine = ['-n', '-p', '-f', '--kill-child', '--mount-proc', 'sh', '-c', script, place.folder, ...words];
  const { stdout, stderr } = spawnSync('unshare', machine, { encoding: 'utf8', timeout: 150_000 });
  expect(stdout).toContain('status 0');
  expect(stderr).toContain('of this node and 200 pods');
  const pods = readdirSync(at('b/pods/-'));
  expect(pods).toHaveLength(200);
  const without = pods.filter((name) => !readFileSync(at(`b/pods/-/${name}/ip_addr`), 'utf8').includes('eth0'));
  expect(without).toEqual([]);
}, 180_000);
