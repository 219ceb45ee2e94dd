import { expect, test } from 'vitest';
import { buildTopology } from '../../../src/facts/derive/topology.js';
import { ClusterStore, threeNodes } from './cluster-store.js';

test('an address is known for what it is', () => {
  const topology = buildTopology(threeNodes().store);
  expect(topology.ownerOf('10.244.2.3')).toMatchObject({ kind: 'pod', pod: { name: 'api' }, node: { name: 'n2' } });
  expect(topology.ownerOf('10.244.3.99')).toMatchObject({ kind: 'pod', node: { name: 'n3' } });
  expect(topology.ownerOf('192.168.1.12')).toMatchObject({ kind: 'node', node: { name: 'n2' } });
  expect(topology.ownerOf('10.96.0.20')).toMatchObject({
    kind: 'clusterip',
    service: { subject: 'service/default/web' },
  });
  expect(topology.ownerOf('8.8.8.8')).toEqual({ kind: 'external' });
});

test('without any node an address is not called external', () => {
  expect(buildTopology(new ClusterStore().store).ownerOf('8.8.8.8')).toEqual({ kind: 'unknown' });
});

test('a short host name and its full name are one node', () => {
  const cluster = new ClusterStore();
  cluster.record('node/ip-10-0-0-9', 'route', {
    family: 4,
    type: 'unicast',
    dst: '0.0.0.0/0',
    dev: 'eth0',
    table: 'main',
    flags: [],
  });
  cluster.pod('default', 'a', 'ip-10-0-0-9.eu-west-1.compute.internal', '10.0.1.7');
  const topology = buildTopology(cluster.store);
  expect([...topology.nodes.keys()]).toEqual(['ip-10-0-0-9']);
  expect(topology.nodeOf('pod/default/a')?.name).toBe('ip-10-0-0-9');
});

test('two full names with one first label are two nodes', () => {
  const topology = buildTopology(
    new ClusterStore().pod('x', 'a', 'n1.east', '10.0.1.7').pod('x', 'b', 'n1.west', '10.0.1.8').store,
  );
  expect([...topology.nodes.keys()]).toEqual(['n1.east', 'n1.west']);
});

test("Service addresses on kube-ipvs0 and Docker's bridge are nobody's node address", () => {
  const cluster = threeNodes();
  for (const node of ['node/n1', 'node/n2']) {
    cluster.record(node, 'address', {
      dev: 'kube-ipvs0',
      family: 4,
      ip: '10.96.0.77',
      prefix: 32,
      scope: 'global',
      flags: [],
    });
    cluster.record(node, 'address', {
      dev: 'docker0',
      family: 4,
      ip: '172.17.0.1',
      prefix: 16,
      scope: 'global',
      flags: [],
    });
  }
  const topology = buildTopology(cluster.store);
  expect(topology.ownerOf('10.96.0.77').kind).toBe('clusterip');
  expect(topology.ownerOf('172.17.0.1').kind).toBe('external');
});

test('a pod sits where a route to its veth is', () => {
  const cluster = threeNodes();
  cluster.record('node/n3', 'route', {
    family: 4,
    type: 'unicast',
    dst: '10.9.1.5/32',
    dev: 'ucni01',
    table: 'main',
    scope: 'link',
    flags: [],
  });
  cluster.record('pod/default/roaming', 'address', { dev: 'eth0', family: 4, ip: '10.9.1.5', prefix: 32, flags: [] });
  const topology = buildTopology(cluster.store);
  expect(topology.pods.get('pod/default/roaming')).toMatchObject({ node: { name: 'n3' }, hostDevice: 'ucni01' });
});

test("the cluster's DNS is found by its label, else by what pods are told to ask", () => {
  expect([...buildTopology(threeNodes().store).dnsIps]).toEqual(['10.96.0.10']);
  const bare = new ClusterStore().record('pod/a/b', 'resolv-conf', {
    nameservers: ['10.43.0.10'],
    search: ['a.svc.cluster.local'],
    options: [],
  });
  expect([...buildTopology(bare.store).dnsIps]).toEqual(['10.43.0.10']);
  const node = new ClusterStore().record('node/n1', 'resolv-conf', {
    nameservers: ['9.9.9.9'],
    search: ['corp'],
    options: [],
  });
  expect([...buildTopology(node.store).dnsIps]).toEqual([]);
});

test('a node that only endpoints name is a node', () => {
  const cluster = new ClusterStore().record('cluster', 'endpoints-object', {
    namespace: 'shop',
    service: 'db',
    addresses: [{ ip: '10.42.2.9', node: 'w2', pod: 'db-0', ready: true }],
    ports: [{ port: 5432, proto: 'TCP' }],
  });
  expect([...buildTopology(cluster.store).nodes.keys()]).toEqual(['w2']);
});

test('an address that the reporter calls outside is none of the pods, though their network holds it', () => {
  const cluster = threeNodes().record('cluster', 'probe', {
    from: { kind: 'pod' },
    to: { kind: 'external', ip: '10.244.2.200' },
    proto: 'tcp',
    state: 'failing',
    origin: 'report',
  });
  const topology = buildTopology(cluster.store);
  expect(topology.ownerOf('10.244.2.200').kind).toBe('external');
  expect(topology.ownerOf('10.244.2.201').kind).toBe('pod');
});

test("an address of a bridge's network is a pod's on its node, where the bridge's address is all that was printed", () => {
  const cluster = new ClusterStore().node('n1', '192.168.1.11').node('n2', '192.168.1.12');
  const bridge = { family: 4 as const, scope: 'global', flags: [] };
  cluster.record('node/n1', 'address', { ...bridge, dev: 'cni0', ip: '10.244.1.1', prefix: 24 });
  // A tunnel's address is the node's alone.
  cluster.record('node/n2', 'address', { ...bridge, dev: 'flannel.1', ip: '10.244.2.0', prefix: 32 });
  const topology = buildTopology(cluster.store);
  expect(topology.ownerOf('10.244.1.7')).toMatchObject({ kind: 'pod', node: { name: 'n1' } });
  expect(topology.ownerOf('10.244.2.7').kind).toBe('external');
});
