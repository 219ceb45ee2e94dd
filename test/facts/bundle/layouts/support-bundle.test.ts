import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../../src/facts/bundle/layout.js';
import { surroundingsOf } from '../../../../src/facts/bundle/surroundings.js';
import { kernelFiles, readFiles, renamed } from './kernel-case.js';

const POD = 'coredns-565d847f94-8k2vq';

describe('a support bundle of troubleshoot.sh', () => {
  test('gives the facts of the same objects and logs in podnet’s layout', async () => {
    const files = await kernelFiles('coredns-upstream-unreachable/kernel');
    const own = renamed(files, (path) =>
      /^cluster\/(?:nodes|pods|services|endpoints)\.json$|^logs\/coredns\//.test(path) ? path : undefined,
    );
    const top = 'support-bundle-2024-05-01T10_00_00';
    const bundle = renamed(own, (path) => {
      if (path.startsWith('logs/')) return `${top}/cluster-resources/pods/logs/kube-system/${POD}/coredns.log`;
      const resource = path.slice('cluster/'.length, -'.json'.length);
      // Lists by namespace hold no kind; one folder stands for all namespaces here.
      return resource === 'nodes'
        ? `${top}/cluster-resources/nodes.json`
        : `${top}/cluster-resources/${resource}/all.json`;
    });
    const read = readFiles({
      ...bundle,
      [`${top}/version.yaml`]: 'apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\n',
      [`${top}/cluster-resources/auth-cani-list/default.json`]: '{"status": {}}',
    });
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(read.facts.length).toBeGreaterThan(20);
    expect(read.input.unrecognised.map(({ path }) => path)).toContain(
      `${top}/cluster-resources/auth-cani-list/default.json`,
    );
  });

  test.each([
    ['cluster-resources/pods/logs/shop/web-1/web-previous.log', 'log', 'pod/shop/web-1'],
    ['cluster-resources/network-policy/shop.json', 'objects', 'cluster'],
    ['cluster-resources/custom-resources/ippools.crd.projectcalico.org.yaml', 'objects', 'cluster'],
    ['cluster-resources/limitranges/shop.json', 'unread', 'cluster'],
    ['my-logs/kube-system/kube-flannel-ds-x7k2p/kube-flannel.log', 'log', 'pod/kube-system/kube-flannel-ds-x7k2p'],
    ['execs/shop/web-1/ping-stdout.txt', 'loose', 'pod/shop/web-1'],
    ['host-collectors/run-host/ip-route.txt', 'loose', 'node/input'],
    ['host-collectors/run-host/worker-1/ip-route.txt', 'loose', 'node/worker-1'],
  ])('has %s: %s of %s', (below, kind, subject) => {
    const paths = ['cluster-resources/nodes.json', below];
    const around = surroundingsOf(paths.map((path) => ({ path, bytes: new Uint8Array() })));
    const place = layoutOf(below, around);
    expect([place.kind, place.subject]).toEqual([kind, subject]);
  });

  test('has outputs of its collectors, known by their content', () => {
    const { facts } = readFiles({
      'bundle/cluster-resources/nodes.json': '{"items": []}',
      'bundle/net/shop/web-1/dns-stdout.txt': 'nameserver 10.96.0.10\nsearch shop.svc.cluster.local\n',
      'bundle/net/shop/web-1/dns-stderr.txt': '',
    });
    expect(facts).toEqual([
      '["pod/shop/web-1","resolv-conf",{"nameservers":["10.96.0.10"],"search":["shop.svc.cluster.local"],"options":[]},null]',
    ]);
  });
});
