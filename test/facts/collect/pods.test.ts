import { expect, test } from 'vitest';
import { findPods, type LivePod, spread } from '../../../src/facts/collect/pods.js';
import { CommandRunner } from '../../../src/facts/collect/runner.js';
import { needsRoot, programs, StandInPod, scratch } from './live-lab.js';

function pod(name: string, pid: number): LivePod {
  return { namespace: 'default', name, pid, netns: `net:[${pid}]` };
}

const PODS = [
  ...['web-6f7c9d5b8-4xkqp', 'web-6f7c9d5b8-9wz7n', 'web-6f7c9d5b8-tq5hd'],
  ...['api-7b9d6c4f5d-m8t2z', 'db-0'],
].map((name, i) => pod(name, i + 100));

test('a choice of pods is spread over their workloads', () => {
  expect(spread(PODS, 4).map(({ name }) => name)).toEqual([
    ...['api-7b9d6c4f5d-m8t2z', 'db-0', 'web-6f7c9d5b8-4xkqp', 'web-6f7c9d5b8-9wz7n'],
  ]);
  expect(spread([...PODS].reverse(), 4)).toEqual(spread(PODS, 4));
});

test('of fewer pods than were asked for all are chosen', () => {
  expect(spread(PODS, 99)).toHaveLength(5);
  expect(spread([], 5)).toEqual([]);
});

/** Pods found with a runtime that answers with these scripts. */
async function foundWith(scripts: Record<string, string>): Promise<LivePod[]> {
  const place = scratch();
  const runner = new CommandRunner({ path: programs(place.folder, ['nsenter', 'uname', 'cat'], scripts) });
  const { pods } = await findPods(runner);
  await runner.close();
  place.remove();
  return pods;
}

test('crictl tells the names of pods', async (context) => {
  needsRoot(context);
  const stand = await StandInPod.start('podnet-crictl', '10.77.0.5');
  const list = JSON.stringify({ items: [{ id: 'abc', metadata: { namespace: 'shop', name: 'web-1', uid: 'u' } }] });
  const sandbox = JSON.stringify({ info: { pid: stand.pid } });
  const pods = await foundWith({ crictl: `case "$1" in pods) echo '${list}';; inspectp) echo '${sandbox}';; esac` });
  const { netns, pid } = stand;
  stand.end();
  expect(pods.filter((found) => found.netns === netns)).toEqual([{ namespace: 'shop', name: 'web-1', pid, netns }]);
});

test('docker tells them by the labels that Kubernetes gives its containers', async (context) => {
  needsRoot(context);
  const stand = await StandInPod.start('podnet-docker', '10.77.0.6');
  const Labels = { 'io.kubernetes.pod.namespace': 'shop', 'io.kubernetes.pod.name': 'web-2' };
  const inspected = JSON.stringify([{ State: { Pid: stand.pid }, Name: '/k8s_POD_web', Config: { Labels } }]);
  const docker = `case "$1" in ps) echo 0123456789abcdef;; inspect) echo '${inspected}';; esac`;
  const pods = await foundWith({ docker });
  const { netns } = stand;
  stand.end();
  expect(pods.filter((found) => found.netns === netns)).toMatchObject([{ namespace: 'shop', name: 'web-2' }]);
});

test('a runtime that answers with rubbish costs names only', async (context) => {
  needsRoot(context);
  const stand = await StandInPod.start('podnet-rubbish', '10.77.0.7');
  const evil = JSON.stringify({ items: [{ id: 'x', metadata: { namespace: '../..', name: '/etc', uid: 1 } }, 7] });
  const pods = await foundWith({ crictl: `echo '${evil}'`, docker: 'echo "<html>"', nerdctl: 'exit 1' });
  const { netns } = stand;
  stand.end();
  expect(pods.filter((found) => found.netns === netns)).toMatchObject([{ namespace: '-', name: 'podnet-rubbish' }]);
});

test('pods whose sandbox cannot be asked for, as it ended just now, cost no name of others', async (context) => {
  needsRoot(context);
  const stand = await StandInPod.start('podnet-late', '10.77.0.8');
  const items = ['gone', 'web-3'].map((name) => ({ id: name, metadata: { namespace: 'shop', name, uid: 'u' } }));
  const sandbox = JSON.stringify({ info: { pid: stand.pid } });
  const pods = await foundWith({
    crictl: `case "$1$4" in pods*) echo '${JSON.stringify({ items })}';; inspectpgone) exit 1;; *) echo '${sandbox}';; esac`,
  });
  const { netns } = stand;
  stand.end();
  expect(pods.filter((found) => found.netns === netns)).toMatchObject([{ namespace: 'shop', name: 'web-3' }]);
});
