import { expect, test } from 'vitest';
import { tunnel } from '../../../src/facts/derive/tunnel.js';
import { derived, flannelCluster, type Outputs } from './bundle-facts.js';

const VXLAN = (
  n: number,
  local = `192.168.10.1${n}`,
  port = 8472,
) => `3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 7e:1c:9b:ba:30:0${n} brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535
    vxlan id 1 local ${local} dev eth0 srcport 0 0 dstport ${port} nolearning ttl auto ageing 300 udpcsum
`;

function withTunnel(): Outputs {
  const outputs = flannelCluster();
  for (const n of [1, 2, 3]) {
    const peers = [1, 2, 3].filter((m) => m !== n);
    outputs[`nodes/n${n}/ip_-d_link_show_flannel.1`] = VXLAN(n);
    outputs[`nodes/n${n}/bridge_fdb`] = `33:33:00:00:00:01 dev eth0 self permanent
${peers.map((m) => `7e:1c:9b:ba:30:0${m} dev flannel.1 dst 192.168.10.1${m} self permanent`).join('\n')}
`;
    outputs[`nodes/n${n}/ip_neigh`] = `192.168.10.1 dev eth0 lladdr 1e:28:c3:75:ec:3b REACHABLE
${peers.map((m) => `10.244.${m}.0 dev flannel.1 lladdr 7e:1c:9b:ba:30:0${m} PERMANENT`).join('\n')}
`;
  }
  return outputs;
}

test('a healthy tunnel agrees with what its peers know', () => {
  const facts = derived(tunnel, withTunnel());
  expect(facts.node('n1', 'tunnel')).toBe('vxlan');
  expect(facts.node('n1', 'tunnel.device')).toBe('flannel.1');
  expect(facts.node('n1', 'tunnel.port')).toBe(8472);
  expect(facts.node('n1', 'tunnel.source-unknown-to-peers')).toBe(false);
  expect(facts.node('n1', 'tunnel.peers-missing')).toEqual([]);
  expect(facts.node('n1', 'tunnel.peers-stale')).toEqual([]);
  expect(facts.node('n1', 'tunnel.port-differs')).toBe(false);
  expect(facts.node('n1', 'tunnel.one-way')).toBeUndefined();
});

test('behind a NAT peers send to another address than the tunnel leaves with', () => {
  const outputs = withTunnel();
  outputs['nodes/n3/ip_-d_link_show_flannel.1'] = VXLAN(3, '192.168.122.13');
  expect(derived(tunnel, outputs).node('n3', 'tunnel.source-unknown-to-peers')).toBe(true);
  for (const n of [1, 2]) {
    outputs[`nodes/n${n}/bridge_fdb`] = outputs[`nodes/n${n}/bridge_fdb`]!.replace(
      'dst 192.168.10.13',
      'dst 192.168.122.13',
    );
  }
  // What the peers really send to beats what the objects say.
  expect(derived(tunnel, outputs).node('n3', 'tunnel.source-unknown-to-peers')).toBe(false);
});

test('a peer without entries is missing, one with another MAC is stale', () => {
  const missing = withTunnel();
  missing['nodes/n1/bridge_fdb'] = missing['nodes/n1/bridge_fdb']!.replace(/.*:03 dev.*\n/, '');
  const facts = derived(tunnel, missing);
  expect(facts.node('n1', 'tunnel.peers-missing')).toEqual(['n3']);
  expect(facts.node('n2', 'tunnel.peers-missing')).toEqual([]);

  const stale = withTunnel();
  stale['nodes/n1/ip_neigh'] = stale['nodes/n1/ip_neigh']!.replace('7e:1c:9b:ba:30:03', '7e:1c:9b:00:00:99');
  expect(derived(tunnel, stale).node('n1', 'tunnel.peers-stale')).toEqual(['n3']);
  expect(derived(tunnel, stale).node('n1', 'tunnel.peers-missing')).toEqual([]);

  const moved = withTunnel();
  moved['nodes/n1/bridge_fdb'] = moved['nodes/n1/bridge_fdb']!.replace('dst 192.168.10.13', 'dst 192.168.10.12');
  expect(derived(tunnel, moved).node('n1', 'tunnel.peers-stale')).toEqual(['n3']);
});

test('a peer that is reached without the tunnel needs no entry', () => {
  const outputs = withTunnel();
  outputs['nodes/n1/bridge_fdb'] = outputs['nodes/n1/bridge_fdb']!.replace(/.*:03 dev.*\n/, '');
  outputs['nodes/n1/ip_neigh'] = outputs['nodes/n1/ip_neigh']!.replace(/10\.244\.3\.0.*\n/, '');
  outputs['nodes/n1/ip_route'] = outputs['nodes/n1/ip_route']!.replace(
    '10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink',
    '10.244.3.0/24 via 192.168.10.13 dev eth0',
  );
  expect(derived(tunnel, outputs).node('n1', 'tunnel.peers-missing')).toEqual([]);
});

test('without FDB and neighbours nothing is said of peers', () => {
  const facts = derived(tunnel, flannelCluster());
  expect(facts.node('n1', 'tunnel.peers-missing')).toBeUndefined();
  expect(facts.node('n1', 'tunnel.source-unknown-to-peers')).toBeUndefined();
});

test('another port than the others is told', () => {
  const outputs = withTunnel();
  outputs['nodes/n2/ip_-d_link_show_flannel.1'] = VXLAN(2, '192.168.10.12', 4789);
  const facts = derived(tunnel, outputs);
  expect(facts.node('n2', 'tunnel.port-differs')).toBe(true);
  expect(facts.node('n1', 'tunnel.port-differs')).toBe(false);
});

const COUNTERS = (
  rx: number,
  tx: number,
) => `3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 7e:1c:9b:ba:30:01 brd ff:ff:ff:ff:ff:ff
    RX:  bytes packets errors dropped  missed   mcast
        368076     ${rx}      0       0       0       0
    TX:  bytes packets errors dropped carrier collsns
        360271     ${tx}      0       7       0       0
`;

test('a tunnel that sends and hardly receives is one-way; few packets say nothing', () => {
  const oneWay = (rx: number, tx: number) =>
    derived(tunnel, { ...withTunnel(), 'nodes/n1/ip_-s_link': COUNTERS(rx, tx) }).node('n1', 'tunnel.one-way');
  expect(oneWay(2, 567)).toBe(true);
  expect(oneWay(684, 567)).toBe(false);
  expect(oneWay(0, 5)).toBeUndefined();
});

test('no tunnel is known only from a whole list of devices', () => {
  const devices = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 10.9.0.138/24 brd 10.9.0.255 scope global eth0
9: tunl0@NONE: <NOARP> mtu 1480 qdisc noop state DOWN group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0
`;
  const route = { 'nodes/a/ip_route': 'default via 10.9.0.1 dev eth0\n' };
  expect(derived(tunnel, { ...route, 'nodes/a/ip_addr': devices }).node('a', 'tunnel')).toBe('none');
  const excerpt = devices.slice(devices.indexOf('2: eth0'));
  expect(derived(tunnel, { ...route, 'nodes/a/ip_addr': excerpt }).node('a', 'tunnel')).toBeUndefined();
});

test('one peer that sends to a former address has a stale entry, the node itself is where it says', () => {
  const outputs = withTunnel();
  outputs['nodes/n2/bridge_fdb'] = outputs['nodes/n2/bridge_fdb']!.replace('dst 192.168.10.13', 'dst 192.168.10.99');
  const facts = derived(tunnel, outputs);
  expect(facts.node('n2', 'tunnel.peers-stale')).toEqual(['n3']);
  expect(facts.node('n1', 'tunnel.peers-stale')).toEqual([]);
  expect(facts.node('n3', 'tunnel.source-unknown-to-peers')).toBe(false);
});

test('the entries for a MAC that two tunnels have are not stale, and a device that is down keeps none', () => {
  const twins = withTunnel();
  for (const name of Object.keys(twins))
    twins[name] = twins[name]!.replaceAll('7e:1c:9b:ba:30:03', '7e:1c:9b:ba:30:02');
  expect(derived(tunnel, twins).node('n1', 'tunnel.peers-stale')).toEqual([]);
  const down = withTunnel();
  for (const file of ['nodes/n2/ip_-d_link_show_flannel.1', 'nodes/n2/ip_addr'])
    down[file] = down[file]!.replace(/(flannel\.1: <BROADCAST,MULTICAST),UP,LOWER_UP(>.* state )UNKNOWN/, '$1$2DOWN');
  down['nodes/n2/bridge_fdb'] = '33:33:00:00:00:01 dev eth0 self permanent\n';
  expect(derived(tunnel, down).node('n2', 'tunnel.peers-missing')).toBeUndefined();
  expect(derived(tunnel, down).node('n1', 'tunnel.peers-missing')).toEqual([]);
});

test('the neighbour table alone acquits no forwarding table', () => {
  const outputs = withTunnel();
  delete outputs['nodes/n1/bridge_fdb'];
  expect(derived(tunnel, outputs).node('n1', 'tunnel.peers-missing')).toBeUndefined();
  expect(derived(tunnel, outputs).node('n1', 'tunnel.peers-stale')).toBeUndefined();
  outputs['nodes/n1/ip_neigh'] = outputs['nodes/n1/ip_neigh']!.replace('7e:1c:9b:ba:30:02', '7e:1c:9b:ba:30:99');
  expect(derived(tunnel, outputs).node('n1', 'tunnel.peers-stale')).toEqual(['n2']);
});

test('a tunnel from an address that is not the node’s is told, unless most tunnels have a network of their own', () => {
  const from = (nodes: readonly number[]) => {
    const outputs = withTunnel();
    for (const n of nodes) outputs[`nodes/n${n}/ip_-d_link_show_flannel.1`] = VXLAN(n, `10.0.2.${n}`);
    return derived(tunnel, outputs);
  };
  expect(from([3]).node('n3', 'tunnel.source-not-node-ip')).toBe(true);
  expect(from([3]).node('n1', 'tunnel.source-not-node-ip')).toBe(false);
  expect(from([1, 2, 3]).node('n3', 'tunnel.source-not-node-ip')).toBe(false);
});
