import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { layoutOf } from '../../../../src/facts/bundle/layout.js';
import { type TarEntry, tgzOf } from '../archive-writers.js';
import { accountedFor, kernelFiles, readArchive, readFiles, renamed } from './kernel-case.js';

interface Item {
  metadata: { namespace: string; name: string };
}

const IMAGE = 'must-gather.local.123/quay-io-openshift-release-dev-ocp-v4-0-art-dev-sha256-0123abcd';
const POD = 'coredns-565d847f94-8k2vq';
const LOG =
  '2024-05-01T10:00:00.123456789Z [ERROR] plugin/errors: 2 example.com. A: read udp 10.244.1.2:53000->192.168.10.1:53: i/o timeout\n';

let own: Record<string, string>;
let gathered: TarEntry[];
beforeAll(async () => {
  const files = await kernelFiles('coredns-upstream-unreachable/kernel');
  own = renamed(files, (path) => (/^cluster\/(?:nodes|pods|services)\.json$/.test(path) ? path : undefined));
  gathered = [];
  const { items: nodes } = JSON.parse(own['cluster/nodes.json']!) as { items: Item[] };
  for (const node of nodes) {
    const content = stringify({ apiVersion: 'v1', kind: 'Node', ...node });
    gathered.push({ name: `${IMAGE}/cluster-scoped-resources/core/nodes/${node.metadata.name}.yaml`, content });
  }
  for (const [resource, kind] of [
    ['pods', 'Pod'],
    ['services', 'Service'],
  ] as const) {
    const { items } = JSON.parse(own[`cluster/${resource}.json`]!) as { items: Item[] };
    for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace))) {
      const those = items.filter(({ metadata }) => metadata.namespace === namespace);
      const list = {
        apiVersion: 'v1',
        items: those.map((item) => ({ apiVersion: 'v1', kind, ...item })),
        kind: `${kind}List`,
      };
      gathered.push({
        name: `${IMAGE}/namespaces/${namespace}/core/${resource}.yaml`,
        content: `---\n${stringify(list)}`,
      });
    }
    if (kind !== 'Pod') continue;
    for (const item of items) {
      const { namespace, name } = item.metadata;
      gathered.push({
        name: `${IMAGE}/namespaces/${namespace}/pods/${name}/${name}.yaml`,
        content: stringify({ apiVersion: 'v1', kind, ...item }),
      });
    }
  }
  own[`logs/coredns/${POD}.log`] = LOG;
  const logs = `${IMAGE}/namespaces/kube-system/pods/${POD}/coredns/coredns/logs`;
  gathered.push(
    { name: `${logs}/current.log.gz`, content: gzipSync(LOG) },
    { name: `${logs}/previous.log`, content: '' },
    { name: `${logs}/previous.insecure.log`, content: '' },
    { name: `${IMAGE}/namespaces/kube-system/kube-system.yaml`, content: 'kind: Namespace\n' },
    { name: `${IMAGE}/cluster-scoped-resources/config.openshift.io/networks.yaml`, content: 'kind: NetworkList\n' },
  );
});

describe('a must-gather', () => {
  test('gives the facts of the same objects and logs in podnet’s layout, packed logs and all, each object once', async () => {
    const read = await readArchive(await tgzOf(gathered), 'must-gather.tar.gz');
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(read.input.problems).toEqual([]);
    expect(accountedFor(read.input)).toBe(true);
  });

  test('without the lists has its pods one by one', async () => {
    const single = gathered.filter(({ name }) => !name.endsWith('/core/pods.yaml'));
    expect((await readArchive(await tgzOf(single), 'must-gather.tar.gz')).facts).toEqual(readFiles(own).facts);
  });

  test.each([
    ['namespaces/shop/networking.k8s.io/networkpolicies.yaml', 'objects', 'kubectl get networkpolicies -A -o yaml'],
    ['namespaces/shop/discovery.k8s.io/endpointslices.yaml', 'objects', 'kubectl get endpointslices -A -o yaml'],
    ['namespaces/shop/apps/daemonsets.yaml', 'objects', 'kubectl get daemonsets -A -o yaml'],
    ['namespaces/shop/core/secrets.yaml', 'unread', ''],
    [
      'cluster-scoped-resources/crd.projectcalico.org/ippools/default.yaml',
      'objects',
      'kubectl get ippools -A -o yaml',
    ],
    ['host_service_logs/masters/kubelet_service.log', 'log', ''],
  ])('has %s: %s %s', (below, kind, command) => {
    const place = layoutOf(`${IMAGE}/${below}`);
    expect([place.kind, [place.command.program, ...place.command.args].join(' ').trim()]).toEqual([kind, command]);
  });
});
