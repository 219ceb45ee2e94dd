import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { BundleWriter } from '../../../src/facts/collect/bundle-writer.js';
import { collectKube, type KubeOptions, type KubeResult } from '../../../src/facts/collect/kube.js';
import { CommandRunner } from '../../../src/facts/collect/runner.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';
import { FakeApi, type FakeCluster } from './fake-cluster.js';

const SECRET = 'hunter2-do-not-tell';

/** A pod with a secret wherever one may stand. */
function pod(i: number, more: { namespace?: string; name?: string; container?: string; restarts?: number } = {}) {
  const { namespace = 'default', name = `web-${i}`, container = 'app', restarts = 0 } = more;
  return {
    metadata: {
      namespace,
      name,
      labels: { app: 'web' },
      managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }],
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': `{"env":"${SECRET}"}`,
        'vault.example.com/agent-config': SECRET,
        'service.kubernetes.io/admin-token': SECRET,
        'cni.projectcalico.org/podIP': '10.244.1.5/32',
        'cni.projectcalico.org/note': `password=${SECRET}`,
      },
    },
    spec: {
      nodeName: 'n1',
      containers: [
        {
          name: container,
          image: 'web:1',
          env: [
            { name: 'DB_HOST', value: SECRET },
            { name: 'FROM', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
          ],
          args: ['--port=80', `--token=${SECRET}`, '--password', SECRET, `postgres://u:${SECRET}@db/x`],
          command: ['sh', '-c', `export API_KEY="${SECRET}"; run --v=2`],
          readinessProbe: {
            httpGet: { path: '/', port: 80, httpHeaders: [{ name: 'Authorization', value: SECRET }] },
          },
          ports: [{ containerPort: 80, protocol: 'TCP' }],
        },
      ],
      volumes: [{ name: 'v', csi: { driver: 'x', volumeAttributes: { any: SECRET } } }],
    },
    status: {
      phase: 'Running',
      podIP: `10.244.${i >> 8}.${i & 255}`,
      podIPs: [{ ip: `10.244.${i >> 8}.${i & 255}` }],
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: container, ready: true, restartCount: restarts }],
    },
  };
}

const none = (kind: string, apiVersion = 'v1') => ({ kind, apiVersion, items: [] });

function cluster(more: Partial<FakeCluster> = {}, pods = [pod(1)]): FakeCluster {
  return {
    ...more,
    lists: {
      '/api/v1/pods': { kind: 'Pod', apiVersion: 'v1', items: pods },
      '/api/v1/nodes': {
        kind: 'Node',
        apiVersion: 'v1',
        items: [
          { metadata: { name: 'n1' }, spec: { podCIDR: '10.244.1.0/24' }, status: { images: [{ names: ['a'] }] } },
        ],
      },
      '/api/v1/secrets': {
        kind: 'Secret',
        apiVersion: 'v1',
        items: [{ metadata: { name: 's' }, data: { x: SECRET } }],
      },
      '/api/v1/namespaces': none('Namespace'),
      '/api/v1/services': none('Service'),
      '/api/v1/endpoints': none('Endpoints'),
      '/apis/discovery.k8s.io/v1/endpointslices': none('EndpointSlice', 'discovery.k8s.io/v1'),
      '/apis/networking.k8s.io/v1/networkpolicies': none('NetworkPolicy', 'networking.k8s.io/v1'),
      '/apis/apps/v1/daemonsets': none('DaemonSet', 'apps/v1'),
      '/apis/apps/v1/deployments': none('Deployment', 'apps/v1'),
      '/apis/networking.k8s.io/v1/ingresses': none('Ingress', 'networking.k8s.io/v1'),
      '/apis/networking.k8s.io/v1/ingressclasses': none('IngressClass', 'networking.k8s.io/v1'),
      '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations': none('ValidatingWebhookConfiguration'),
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': none('MutatingWebhookConfiguration'),
      '/api/v1/events': none('Event'),
      ...more.lists,
    },
    answers: {
      '/version': { gitVersion: 'v1.28.4', major: '1', minor: '28' },
      '/apis': { groups: [] },
      ...more.answers,
    },
  };
}

interface Collected {
  result: KubeResult;
  files: Map<string, string>;
  folder: string;
  api: FakeApi;
}

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function collect(fake: FakeCluster, options: KubeOptions = {}): Promise<Collected> {
  const api = await FakeApi.start(fake);
  cleanUp.push(() => api.stop());
  const scratch = mkdtempSync(join(tmpdir(), 'podnet-kube-'));
  cleanUp.push(() => rmSync(scratch, { recursive: true }));
  const folder = join(scratch, 'bundle');
  const runner = new CommandRunner({ path: api.folder });
  cleanUp.push(() => runner.close());
  const writer = BundleWriter.create(folder);
  const result = await collectKube(runner, writer, options);
  await writer.finish();
  return { result, files: filesBelow(folder), folder, api };
}

function filesBelow(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

function itemsOf(files: Map<string, string>, path: string): Record<string, unknown>[] {
  return (JSON.parse(files.get(path)!) as { items: Record<string, unknown>[] }).items;
}

describe('podnet collect --kube', () => {
  test('reads all of 2,000 pods in pages, each with its kind', async () => {
    const pods = Array.from({ length: 2000 }, (_, i) => pod(i));
    const { result, files, api } = await collect(cluster({}, pods));
    expect(result.objects.pods).toBe(2000);
    expect(result.problems).toEqual([]);
    const items = itemsOf(files, 'cluster/pods.json');
    expect(new Set(items.map(({ metadata }) => (metadata as { name: string }).name)).size).toBe(2000);
    expect(items[0]).toMatchObject({ kind: 'Pod', apiVersion: 'v1' });
    expect(api.asked.filter((path) => path.startsWith('/api/v1/pods')).length).toBe(4);
  });

  test('writes what the readers of bundles take for objects', async () => {
    const { folder } = await collect(cluster());
    const { store, input } = readFacts(await readBundles([{ path: folder }]), { logPatterns: [], cnis: CNIS });
    expect(input.problems).toEqual([]);
    expect(store.value('cluster', 'kubernetesVersion')).toBe('v1.28.4');
    expect(store.value('cluster', 'objects.networkpolicies')).toBe(0);
    expect(store.all('pod-object').map(({ value }) => value)).toMatchObject([{ name: 'web-1', node: 'n1' }]);
  });

  test('tells the labels of namespaces, by which policies select', async () => {
    const items = [{ metadata: { name: 'shop', labels: { team: 'a' } }, status: { phase: 'Active' } }];
    const lists = { '/api/v1/namespaces': { kind: 'Namespace', apiVersion: 'v1', items } };
    const { folder } = await collect(cluster({ lists }));
    const { store } = readFacts(await readBundles([{ path: folder }]), { logPatterns: [], cnis: CNIS });
    expect(store.all('namespace-object').map(({ value }) => value)).toEqual([{ name: 'shop', labels: { team: 'a' } }]);
  });

  test('asks for policies that go before or besides Kubernetes’ own', async () => {
    const group = {
      name: 'policy.networking.k8s.io',
      preferredVersion: { groupVersion: 'policy.networking.k8s.io/v1alpha1' },
    };
    const path = '/apis/policy.networking.k8s.io/v1alpha1';
    const { folder } = await collect(
      cluster({
        answers: {
          '/version': { gitVersion: 'v1.28.4', major: '1', minor: '28' },
          '/apis': { groups: [group] },
          [path]: { resources: [{ name: 'adminnetworkpolicies' }] },
        },
        lists: {
          [`${path}/adminnetworkpolicies`]: {
            kind: 'AdminNetworkPolicy',
            apiVersion: 'policy.networking.k8s.io/v1alpha1',
            items: [{ metadata: { name: 'x' }, spec: {} }],
          },
        },
      }),
    );
    const { store } = readFacts(await readBundles([{ path: folder }]), { logPatterns: [], cnis: CNIS });
    expect(store.all('networkpolicy-object').map(({ value }) => value)).toMatchObject([
      { namespace: '', name: 'x', otherApi: 'AdminNetworkPolicy.policy.networking.k8s.io' },
    ]);
  });

  test('lets no secret into the bundle', async () => {
    const system = pod(7, { namespace: 'kube-system', name: 'coredns-7c-x2vkq', container: 'coredns' });
    const config = { metadata: { namespace: 'kube-system', name: 'kubeadm-config' }, data: { x: `token: ${SECRET}` } };
    const fake = cluster(
      {
        answers: { '/api/v1/namespaces/kube-system/configmaps/kubeadm-config': config },
        logs: { 'kube-system/coredns-7c-x2vkq': `[INFO] auth token=${SECRET} ok\n` },
      },
      [pod(1), system],
    );
    const { files } = await collect(fake);
    expect(files.has('logs/coredns/coredns-7c-x2vkq.log')).toBe(true);
    expect(files.has('cluster/configmaps.json')).toBe(true);
    for (const [path, text] of files) expect(text.includes(SECRET), path).toBe(false);
  });

  test('never asks for Secrets, nor for all configmaps', async () => {
    const { api } = await collect(cluster());
    expect(api.asked.some((path) => /secrets/i.test(path))).toBe(false);
    expect(api.asked.filter((path) => /configmaps(?:\?|$)/.test(path))).toEqual([]);
  });

  test('keeps names of environment variables, ports, references and the annotations of networks', async () => {
    const { files } = await collect(cluster());
    const [item] = itemsOf(files, 'cluster/pods.json');
    expect(item).toMatchObject({
      metadata: { annotations: { 'cni.projectcalico.org/podIP': '10.244.1.5/32' } },
      spec: {
        containers: [
          {
            env: [
              { name: 'DB_HOST', value: 'removed' },
              { name: 'FROM', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
            ],
            args: ['--port=80', '--token=removed', '--password', 'removed', 'postgres://removed@db/x'],
            ports: [{ containerPort: 80, protocol: 'TCP' }],
          },
        ],
      },
    });
    expect(Object.keys((item!.metadata as { annotations: object }).annotations)).toEqual([
      'cni.projectcalico.org/podIP',
    ]);
    expect(files.get('cluster/pods.json')).not.toContain('managedFields');
  });

  test('says in the place of a forbidden list why it is not there, and reads the rest', async () => {
    const { result, files } = await collect(cluster({ forbidden: ['/api/v1/nodes'] }));
    expect(files.get('cluster/nodes.json')).toMatch(/^Error from server \(Forbidden\): /);
    expect(result.problems).toMatchObject([{ what: 'nodes', reason: expect.stringContaining('Forbidden') }]);
    expect(result.objects.pods).toBe(1);
  });

  test('begins a list again whose continue token expired, once, and has each object once', async () => {
    const pods = Array.from({ length: 50 }, (_, i) => pod(i));
    const fake = cluster({ expires: { '/api/v1/pods': { after: 2 } } }, pods);
    const { result, files } = await collect(fake, { pageSize: 10 });
    expect(result.problems).toEqual([]);
    const names = itemsOf(files, 'cluster/pods.json').map(({ metadata }) => (metadata as { name: string }).name);
    expect(names.length).toBe(50);
    expect(new Set(names).size).toBe(50);
  });

  test('keeps what came of a list that expires again and again, and says that it is not whole', async () => {
    const pods = Array.from({ length: 50 }, (_, i) => pod(i));
    const fake = cluster({ expires: { '/api/v1/pods': { after: 1, always: true } } }, pods);
    const { result, folder, api } = await collect(fake, { pageSize: 10 });
    expect(api.asked.filter((path) => path.startsWith('/api/v1/pods')).length).toBe(4);
    expect(result.problems).toMatchObject([{ what: 'pods', reason: expect.stringContaining('(Expired)') }]);
    const { store, input } = readFacts(await readBundles([{ path: folder }]), { logPatterns: [], cnis: CNIS });
    expect(store.all('pod-object').length).toBe(10);
    expect(input.problems).toMatchObject([{ file: 'cluster/pods.json' }]);
  });

  test('gives up on an answer that does not come, with the reason', async () => {
    const fake = cluster({ slow: { '/api/v1/events': 30_000 } });
    const { result, files } = await collect(fake, { timeoutMs: 1500 });
    expect(files.get('cluster/events.json')).toMatch(/^podnet: kubectl gave no answer in time/);
    expect(result.objects.pods).toBe(1);
  });

  test('reads the custom resources of CNIs that the API has, and no other', async () => {
    const group = { name: 'crd.projectcalico.org', preferredVersion: { groupVersion: 'crd.projectcalico.org/v1' } };
    const fake = cluster({
      answers: {
        '/apis': { groups: [group, { name: 'example.com', preferredVersion: { groupVersion: 'example.com/v1' } }] },
        '/apis/crd.projectcalico.org/v1': { resources: [{ name: 'ippools' }] },
      },
      lists: {
        '/apis/crd.projectcalico.org/v1/ippools': {
          ...{ kind: 'IPPool', apiVersion: 'crd.projectcalico.org/v1' },
          items: [{ metadata: { name: 'default' }, spec: { cidr: '10.244.0.0/16' } }],
        },
      },
    });
    const { files, api } = await collect(fake);
    expect(itemsOf(files, 'cluster/ippools.json')).toMatchObject([{ kind: 'IPPool' }]);
    expect(api.asked.some((path) => path.includes('example.com') || path.includes('bgppeers'))).toBe(false);
  });

  test("reads logs of the network's own pods, what was before a restart first", async () => {
    const fake = cluster(
      { logs: { 'kube-system/kube-proxy-x2vkq': 'now\n', 'kube-system/kube-proxy-x2vkq/previous': 'before\n' } },
      [pod(1), pod(2, { namespace: 'kube-system', name: 'kube-proxy-x2vkq', container: 'kube-proxy', restarts: 1 })],
    );
    const { files, api } = await collect(fake);
    expect(files.get('logs/kube-proxy/kube-proxy-x2vkq.log')).toBe('before\nnow\n');
    expect([...files.keys()].filter((path) => path.startsWith('logs/')).length).toBe(1);
    expect(api.commands.flat()).toContain('--tail=2000');
  });

  test('hands the context and the kubeconfig on to kubectl', async () => {
    const { api } = await collect(cluster(), { context: 'prod', kubeconfig: '/tmp/k' });
    expect(api.commands.every((words) => words[0] === '--context=prod' && words[1] === '--kubeconfig=/tmp/k')).toBe(
      true,
    );
  });

  test('stops where the cluster cannot be reached', async () => {
    const api = await FakeApi.start(cluster());
    const runner = new CommandRunner({ path: api.folder });
    cleanUp.push(() => runner.close());
    const added: { path: string; content: unknown }[] = [];
    const writer = { add: (file: { path: string; content: unknown }) => void added.push(file) };
    const { folder } = api;
    const stopServer = api.stop.bind(api);
    const { cpSync } = await import('node:fs');
    const copy = mkdtempSync(join(tmpdir(), 'podnet-kubectl-'));
    cleanUp.push(() => rmSync(copy, { recursive: true }));
    cpSync(folder, copy, { recursive: true });
    await stopServer();
    const away = new CommandRunner({ path: copy });
    cleanUp.push(() => away.close());
    const result = await collectKube(away, writer);
    expect(result.problems).toMatchObject([{ what: 'cluster', reason: expect.stringContaining('was refused') }]);
    expect(added.length).toBe(1);
  });

  test('says so where there is no kubectl', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'podnet-none-'));
    cleanUp.push(() => rmSync(empty, { recursive: true }));
    const runner = new CommandRunner({ path: empty });
    cleanUp.push(() => runner.close());
    const result = await collectKube(runner, { add: () => {} });
    expect(result.problems).toEqual([{ what: 'cluster', reason: 'kubectl: command not found' }]);
  });
});
