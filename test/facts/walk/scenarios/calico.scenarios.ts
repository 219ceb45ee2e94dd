import { CALI, calicoNodes } from './calico-nodes.js';
import { type Scenario, withFiles } from './scenario.js';

const B = '10.244.2.2:8080';
const ALL = ['10.244.1.2', '10.244.1.3'];
/** What a rule of a policy that lets the members of a set in compiles to. */
const FROM_CLIENTS = [
  '-p tcp -m comment --comment "cali:t" -m set --match-set cali40s:clients src -m multiport --dports 8080 -j MARK --set-xmark 0x10000/0x10000',
  '-m comment --comment "cali:u" -m mark --mark 0x10000/0x10000 -j RETURN',
];
const flow = { from: 'pod/default/a', to: B };

export const calico: readonly Scenario[] = [
  {
    name: 'pods of one node reach each other by their /32 routes',
    files: calicoNodes({ clients: [] }),
    from: 'pod/default/a',
    to: '10.244.1.3:8080',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'BGP routes without a tunnel lead to the other node',
    files: calicoNodes({ clients: [] }),
    ...flow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a block whose route is gone leaves for the default gateway, which may know it or not',
    files: calicoNodes({
      clients: [],
      routes: (n, own) => (n === 1 ? own.filter((route) => !/^10\.244\.2\.0/.test(route)) : own),
    }),
    ...flow,
    expect: { verdict: 'unknown' },
  },
  {
    name: 'IPIP leads to the other node',
    files: calicoNodes({ mode: 'ipip', clients: [] }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: "with IPIP a block whose route is gone is nobody's on the network between nodes",
    files: calicoNodes({
      mode: 'ipip',
      clients: [],
      routes: (n, own) => (n === 1 ? own.filter((route) => !/^10\.244\.2\.0/.test(route)) : own),
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'nobody-has-address' },
  },
  {
    name: 'VXLAN leads to the other node',
    files: calicoNodes({ mode: 'vxlan', clients: [] }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'with VXLAN and without a forwarding entry the packet goes nowhere',
    files: calicoNodes({
      mode: 'vxlan',
      clients: [],
      fdb: (n, own) => (n === 1 ? ['33:33:00:00:00:01 dev eth0 self permanent'] : own),
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'no-forwarding-entry' },
  },
  {
    name: 'without proxy_arp on its device nobody answers a pod for 169.254.1.1',
    files: calicoNodes({
      clients: [],
      sysctls: (n): Record<string, number> => (n === 1 ? { [`net.ipv4.conf.${CALI.a}.proxy_arp`]: 0 } : {}),
    }),
    ...flow,
    expect: { verdict: 'dropped', reason: 'no-address', by: /169\.254\.1\.1/ },
  },
  {
    name: 'proxy_arp of all devices answers as well',
    files: calicoNodes({
      clients: [],
      sysctls: (n): Record<string, number> =>
        n === 1 ? { [`net.ipv4.conf.${CALI.a}.proxy_arp`]: 0, 'net.ipv4.conf.all.proxy_arp': 1 } : {},
    }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'an address of the own block without a pod falls into the blackhole',
    files: calicoNodes({ clients: [] }),
    from: 'pod/default/a',
    to: '10.244.1.60:8080',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'route-blackhole', by: /blackhole 10\.244\.1\.0\/26/ },
  },
  {
    name: 'an address that another node borrowed from the own block goes there by a route of its own',
    files: calicoNodes({
      clients: [],
      routes: (n, own) =>
        n === 1
          ? [...own, '10.244.1.40 via 192.168.10.12 dev eth0 proto bird ']
          : [...own, '10.244.1.40 dev cali5c5c5c5c5c5 scope link '],
    }),
    from: 'pod/default/a',
    to: '10.244.1.40:8080',
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /Unknown interface/ },
  },
  {
    name: "a borrowed address whose route does not arrive falls into the blackhole of the block's node",
    files: calicoNodes({
      clients: [],
      routes: (n, own) => (n === 2 ? [...own, `10.244.1.40 dev ${CALI.b2} scope link `] : own),
    }),
    from: 'pod/default/a',
    to: '10.244.1.40:8080',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'route-blackhole' },
  },
  {
    name: 'a policy lets a member of its set in',
    files: calicoNodes({ clients: ALL, policy: FROM_CLIENTS }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: 'a policy drops whom its set does not have',
    files: calicoNodes({ clients: ['10.244.1.3'], policy: FROM_CLIENTS }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /Drop if no policies passed packet/ },
  },
  {
    name: 'a policy drops on another port than it allows',
    files: calicoNodes({ clients: ALL, policy: FROM_CLIENTS }),
    from: 'pod/default/a',
    to: '10.244.2.2:9090',
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop' },
  },
  {
    name: 'a policy whose set is not listed may let in or not',
    files: calicoNodes({ policy: FROM_CLIENTS }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n2', missing: /cali40s:clients/ },
  },
  {
    name: 'a default deny drops',
    files: calicoNodes({ clients: [], policy: [] }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop' },
  },
  {
    name: "what a pod sends out of the cluster is masqueraded by the pools' sets",
    files: calicoNodes({ clients: [] }),
    from: 'pod/default/a',
    to: '198.51.100.7:443',
    expect: { verdict: 'delivered' },
  },
  {
    name: "a strict check on a pod's device drops when its route leads elsewhere",
    files: calicoNodes({
      clients: [],
      routes: (n, own) =>
        n === 1
          ? own.map((route) => (route.startsWith('10.244.1.2 ') ? `10.244.1.2 dev ${CALI.a2} scope link ` : route))
          : own,
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'reverse-path' },
  },
  {
    name: 'a device of a workload that no chain knows is dropped as an unknown interface',
    files: withFiles(calicoNodes({ clients: [] }), {
      'nodes/n1/iptables-save': calicoNodes({ clients: [] })['nodes/n1/iptables-save']!.replace(
        /^-A cali-from-wl-dispatch -i cali1a.*\n/m,
        '',
      ),
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'netfilter-drop', by: /Unknown interface/ },
  },
];
