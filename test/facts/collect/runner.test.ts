import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandRunner } from '../../../src/facts/collect/runner.js';
import { needsRoot, processesMarked, programs, StandInPod, scratch, until } from './live-lab.js';

let runner: CommandRunner;
beforeEach(() => {
  runner = new CommandRunner();
});
afterEach(() => runner.close());

const LIMIT = { timeoutMs: 10_000 };

test('what a command prints and how it ends is its result', async () => {
  const result = await runner.run(['sh', '-c', 'echo out; echo err >&2; exit 3'], LIMIT);
  expect(result).toMatchObject({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'], exit: 3 });
  expect([result.stdout.toString(), result.stderr.toString(), result.failure]).toEqual(['out\n', 'err\n', undefined]);
});

test('a command speaks English', async () => {
  const { stdout } = await runner.run(['env'], LIMIT);
  expect(stdout.toString()).toContain('LC_ALL=C\n');
});

test('standard input is what was given, and nothing without it', async () => {
  expect((await runner.run(['cat'], { ...LIMIT, stdin: 'hello' })).stdout.toString()).toBe('hello');
  expect((await runner.run(['cat'], LIMIT)).stdout.toString()).toBe('');
});

test('a program that is not there is not found', async () => {
  expect(await runner.run(['podnet-no-such-program'], LIMIT)).toMatchObject({ failure: 'not-found' });
});

test('a command that hangs is killed at its limit, with what it started, and what it printed is kept', async () => {
  const mark = `PODNET_TEST_MARK=hang-${process.pid}`;
  const [name, value] = mark.split('=') as [string, string];
  const argv = ['sh', '-c', 'echo first; sleep 300 & sleep 300'];
  const result = await runner.run(argv, { timeoutMs: 300, env: { [name]: value } });
  expect(result.failure).toBe('timeout');
  expect(result.exit).toBeUndefined();
  expect(result.stdout.toString()).toBe('first\n');
  await until('nothing of it runs', () => processesMarked(mark).length === 0);
});

test('a command that prints without end is ended at the limit of bytes', async () => {
  const result = await runner.run(['yes'], { ...LIMIT, maxBytes: 1000 });
  expect(result.failure).toBe('too-large');
  expect(result.stdout).toHaveLength(1000);
});

test('a process left behind with the output open does not hold up its command', async () => {
  const result = await runner.run(['sh', '-c', 'sleep 300 & echo done'], LIMIT);
  expect([result.exit, result.stdout.toString()]).toEqual([0, 'done\n']);
});

test('an abort interrupts what runs, and what would have run', async () => {
  const controller = new AbortController();
  const aborted = new CommandRunner({ signal: controller.signal });
  const running = aborted.run(['sleep', '300'], { timeoutMs: 100_000 });
  controller.abort();
  expect(await running).toMatchObject({ failure: 'interrupted' });
  expect(await aborted.run(['true'], LIMIT)).toMatchObject({ failure: 'interrupted' });
  await aborted.close();
});

test('programs are looked for in the folders of the path alone, where one of them is an sbin', async () => {
  const { folder, remove } = scratch();
  const bare = new CommandRunner({ path: programs(folder, ['cat']) });
  expect(await bare.run(['cat'], LIMIT)).toMatchObject({ exit: 0 });
  expect(await bare.run(['ip', 'link'], LIMIT)).toMatchObject({ failure: 'not-found' });
  await bare.close();
  remove();
});

test('a command runs in the network namespace of a process', async (context) => {
  needsRoot(context);
  const pod = await StandInPod.start('podnet-runner', '10.77.0.1');
  const { stdout } = await runner.run(['ip', '-o', 'addr'], { ...LIMIT, netnsPid: pod.pid, netns: pod.netns });
  pod.end();
  expect(stdout.toString()).toContain('10.77.0.1/24');
});

test('the namespace of a process that ended is gone', async () => {
  expect(await runner.run(['true'], { ...LIMIT, netnsPid: 4_000_000 })).toMatchObject({ failure: 'gone' });
});

test('a process that is in another namespace than it was is not taken for it', async (context) => {
  needsRoot(context);
  const pod = await StandInPod.start('podnet-runner', '10.77.0.1');
  const result = await runner.run(['true'], { ...LIMIT, netnsPid: pod.pid, netns: 'net:[1]' });
  pod.end();
  expect(result.failure).toBe('gone');
});
