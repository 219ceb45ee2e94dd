import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Hook, Netfilter } from '../../../../src/facts/walk/netfilter/base-chain.js';
import { filterOf, packet } from '../netfilter/node-filter.js';
import { textOf } from './outputs.js';
import { through } from './path-through.js';

type Properties = Parameters<typeof packet>[0];
type Row = readonly [what: string, hooks: readonly Hook[], packet: Properties, verdict: string];

const ROOT = fileURLToPath(new URL('./outputs/', import.meta.url));
const IN: readonly Hook[] = ['prerouting', 'input'];
const THROUGH: readonly Hook[] = ['prerouting', 'forward', 'postrouting'];
const OUT: readonly Hook[] = ['output', 'postrouting'];

/** One output of the rules with the sets beside it, where they are there. */
function filter(product: string, file: string): Netfilter {
  const sets = readdirSync(`${ROOT}${product}`).filter((name) => name === 'ipset_save');
  return filterOf(Object.fromEntries([file, ...sets].map((name) => [name, textOf(product, name)])));
}

function holds(product: string, files: readonly string[], rows: readonly Row[]): void {
  describe.each(files)(`${product} by %s`, (file) => {
    const subject = filter(product, file);
    it.each(rows)('%s', (_what, hooks, properties, verdict) => {
      expect(through(subject, hooks, packet(properties))).toBe(verdict);
    });
  });
}

/** To the node itself, from outside. */
const toNode = (dport: number, others: Properties = {}): Properties => ({
  ...{ src: '198.51.100.7', dst: '192.168.10.5', dport, in: 'eth0', out: undefined },
  ...others,
});
/** Through the node. */
const between = (src: string, dst: string, dport: number, others: Properties = {}): Properties => ({
  ...{ src, dst, dport, in: 'eth0', out: 'eth1' },
  ...others,
});
/** From the node itself. */
const fromNode = (dst: string, dport: number, others: Properties = {}): Properties => ({
  ...{ src: '192.168.10.5', dst, dport, in: undefined, out: 'eth0' },
  ...others,
});

holds(
  'ufw',
  ['iptables-legacy-save_-c', 'iptables_-S'],
  [
    ['an allowed port', ['input'], toNode(22), 'accept'],
    ['a port that nobody allowed', ['input'], toNode(8080), 'drop'],
    ['a port of a range', ['input'], toNode(30080), 'accept'],
    ['a port of a list', ['input'], toNode(443), 'accept'],
    ['the same port of UDP', ['input'], toNode(443, { proto: 'udp' }), 'drop'],
    ['a port allowed to one network', ['input'], toNode(6443, { src: '10.20.3.4' }), 'accept'],
    ['the same port from elsewhere', ['input'], toNode(6443), 'drop'],
    ['a port allowed on one device', ['input'], toNode(10250), 'accept'],
    ['the same port on another device', ['input'], toNode(10250, { in: 'eth1' }), 'drop'],
    ['a network denied after the port was allowed', ['input'], toNode(22, { src: '203.0.113.5' }), 'accept'],
    ['a network denied before the port was allowed', ['input'], toNode(30080, { src: '203.0.113.5' }), 'drop'],
    ['a rejected port', ['input'], toNode(113), 'reject'],
    ['a limited port', ['input'], toNode(2222), 'doubt: accept | reject'],
    ['an answer', ['input'], toNode(40000, { state: 'ESTABLISHED', tcp: 'syn-ack' }), 'accept'],
    ['what conntrack cannot place', ['input'], toNode(22, { state: 'INVALID', tcp: 'ack' }), 'drop'],
    ['a ping', ['input'], toNode(0, { proto: 'icmp' }), 'accept'],
    ['the loopback', ['input'], toNode(8080, { in: 'lo', src: '127.0.0.1', dst: '127.0.0.1' }), 'accept'],
    [
      'an allowed route',
      ['forward'],
      between('10.244.1.7', '198.51.100.7', 443, { in: 'cni0', out: 'eth0' }),
      'accept',
    ],
    ['another route', ['forward'], between('198.51.100.7', '10.244.1.7', 443, { in: 'eth0', out: 'cni0' }), 'drop'],
    ['what the node sends', ['output'], fromNode('198.51.100.7', 443), 'accept'],
  ],
);

const FIREWALLD: readonly Row[] = [
  ['a service of the zone', IN, toNode(80), 'accept'],
  ['a port of the zone', IN, toNode(6443), 'accept'],
  ['a port that the zone lacks', IN, toNode(8080), 'reject'],
  ['a rich rule that accepts', IN, toNode(9100, { src: '192.0.2.7' }), 'accept'],
  ['the port of that rule from elsewhere', IN, toNode(9100), 'reject'],
  ['a rich rule that drops', IN, toNode(22, { src: '203.0.113.5' }), 'drop'],
  ['the port of that rule from elsewhere', IN, toNode(22), 'accept'],
  ['a source in the trusted zone', IN, toNode(8080, { src: '10.244.3.4' }), 'accept'],
  ['a device in the zone drop', IN, toNode(22, { in: 'eth9' }), 'drop'],
  ['a ping', IN, toNode(0, { proto: 'icmp' }), 'accept'],
  ['a blocked kind of ICMP', IN, toNode(0, { proto: 'icmp', icmpType: 13 }), 'reject'],
  ['an answer', IN, toNode(40000, { state: 'ESTABLISHED', tcp: 'syn-ack' }), 'accept'],
  ['what conntrack cannot place', IN, toNode(22, { state: 'INVALID', tcp: 'ack' }), 'drop'],
  ['what is to go from zone to zone', ['forward'], between('198.51.100.7', '10.1.0.9', 443), 'reject'],
];

holds(
  'firewalld',
  ['iptables-nft-save'],
  [
    ...FIREWALLD,
    [
      'a forwarded port',
      ['prerouting', 'forward'],
      { src: '198.51.100.7', dst: '192.168.10.5', dport: 8443, in: 'eth0', out: 'cni0' },
      'dnat 10.244.1.9:443, accept',
    ],
    ['a direct rule', ['forward'], between('10.1.0.9', '198.51.100.7', 443, { in: 'cni0', out: 'eth1' }), 'accept'],
    [
      'masquerading',
      ['postrouting'],
      between('10.244.3.4', '198.51.100.7', 443, { out: 'eth0' }),
      'masquerade, accept',
    ],
  ],
);

holds('firewalld-nftables', ['nft_list_ruleset'], FIREWALLD);

const DOCKER: readonly Row[] = [
  [
    'one network of Docker to another',
    ['forward'],
    between('172.20.0.2', '172.17.0.2', 9000, { in: 'br-app', out: 'docker0' }),
    'drop',
  ],
  ['within a network', ['forward'], between('172.20.0.2', '172.20.0.3', 22, { in: 'br-app', out: 'br-app' }), 'accept'],
  [
    'out of a network',
    THROUGH,
    between('172.20.0.2', '198.51.100.7', 443, { in: 'br-app', out: 'eth0' }),
    'masquerade, accept',
  ],
  [
    'out of an internal network',
    ['forward'],
    between('172.21.0.2', '198.51.100.7', 443, { in: 'br-db', out: 'eth0' }),
    'drop',
  ],
  ['into an internal network', ['forward'], between('198.51.100.7', '172.21.0.2', 443, { out: 'br-db' }), 'drop'],
  [
    'a published port',
    THROUGH,
    { src: '198.51.100.7', dst: '192.168.10.5', dport: 8080, in: 'eth0', out: 'br-app' },
    'dnat 172.20.0.2:80, accept',
  ],
  [
    'a published port of UDP',
    THROUGH,
    { src: '198.51.100.7', dst: '192.168.10.5', proto: 'udp', dport: 5353, in: 'eth0', out: 'br-app' },
    'dnat 172.20.0.2:53, accept',
  ],
  ['a port that is not published', THROUGH, between('198.51.100.7', '172.20.0.2', 22, { out: 'br-app' }), 'drop'],
  ['what DOCKER-USER drops', ['forward'], between('203.0.113.5', '172.20.0.2', 80, { out: 'br-app' }), 'drop'],
  [
    'the published port from its own network',
    ['prerouting'],
    toNode(8080, { src: '172.20.0.3', in: 'br-app' }),
    'accept',
  ],
  [
    'the published port from the node itself',
    OUT,
    fromNode('192.168.10.5', 8080, { out: 'lo' }),
    'dnat 172.20.0.2:80, accept',
  ],
  ['a port published on the loopback, from outside', ['prerouting'], toNode(5432), 'accept'],
];
holds('docker', ['iptables-nft-save', 'iptables-legacy-save_-c', 'nft_list_ruleset'], DOCKER);

const POD = { in: 'cali40a9d2c1f5e', out: 'cali4be7710a2d3' } as const;
holds(
  'calico',
  ['iptables-legacy-save_-c'],
  [
    [
      'what the policy allows by a set',
      ['forward'],
      between('10.244.1.7', '10.244.1.8', 8080, POD),
      'mark 0x10000, accept',
    ],
    ['another source', ['forward'], between('10.244.1.99', '10.244.1.8', 8080, POD), 'drop'],
    ['another port', ['forward'], between('10.244.1.7', '10.244.1.8', 8443, POD), 'drop'],
    ['a port of a range', ['forward'], between('10.244.1.7', '10.244.1.8', 9095, POD), 'mark 0x10000, accept'],
    [
      'what the policy allows by an address',
      ['forward'],
      between('192.168.10.77', '10.244.1.8', 8080, { out: POD.out }),
      'mark 0x10000, accept',
    ],
    [
      'an answer to a pod with a policy',
      ['forward'],
      between('10.244.9.9', '10.244.1.8', 40000, { out: POD.out, state: 'ESTABLISHED', tcp: 'syn-ack' }),
      'accept',
    ],
    [
      'what the egress policy allows',
      ['forward'],
      between('10.244.1.8', '10.96.0.10', 53, { proto: 'udp', in: POD.out }),
      'mark 0x10000, accept',
    ],
    [
      'what the egress policy does not allow',
      ['forward'],
      between('10.244.1.8', '198.51.100.7', 443, { in: POD.out }),
      'drop',
    ],
    [
      'a pod that only its profile guards',
      ['forward'],
      between('10.244.9.9', '10.244.1.7', 443, { out: POD.in }),
      'mark 0x10000, accept',
    ],
    [
      'a device that Calico does not know',
      ['forward'],
      between('10.244.1.9', '198.51.100.7', 443, { in: 'cali0badc0ffee0' }),
      'drop',
    ],
    [
      'a pod that encapsulates itself',
      ['forward'],
      between('10.244.1.7', '198.51.100.7', 4789, { proto: 'udp', in: POD.in }),
      'drop',
    ],
    ['what passes Calico by', ['forward'], between('198.51.100.7', '198.51.100.8', 443), 'mark 0x10000, accept'],
    ['a pod to its node', ['input'], toNode(10250, { src: '10.244.1.7', in: POD.in }), 'mark 0x10000, accept'],
    ['a pod with a policy to its node', ['input'], toNode(10250, { src: '10.244.1.8', in: POD.out }), 'drop'],
    ["IPIP from a host that is none of Calico's", ['input'], toNode(0, { proto: 'ipencap' }), 'drop'],
    ['a pod to the world', ['postrouting'], between('10.244.1.7', '198.51.100.7', 443), 'masquerade, accept'],
    ['a pod to a pod of another node', ['postrouting'], between('10.244.1.7', '10.244.2.3', 443), 'accept'],
    ['a floating address', ['prerouting'], between('198.51.100.7', '203.0.113.40', 443), 'dnat 10.244.1.7, accept'],
    [
      'the reverse path of a pod, which routes decide',
      ['prerouting'],
      between('10.244.1.7', '198.51.100.7', 443, { in: POD.in }),
      'doubt: mark 0x40000, accept | mark 0x40000, drop',
    ],
  ],
);

holds(
  'kube-proxy',
  ['iptables-nft-save_-c'],
  [
    [
      'what is marked for masquerading',
      ['forward'],
      between('198.51.100.7', '10.244.1.3', 8080, { mark: 0x4000 }),
      'accept',
    ],
    [
      'what conntrack cannot place',
      ['forward'],
      between('198.51.100.7', '10.244.1.3', 8080, { state: 'INVALID', tcp: 'ack' }),
      'drop',
    ],
    ['what is marked for dropping, to the node', ['input'], toNode(443, { mark: 0x8000 }), 'drop'],
    ['what is marked for dropping, from the node', ['output'], fromNode('198.51.100.7', 443, { mark: 0x8000 }), 'drop'],
    ['a stranger to the loopback', ['input'], toNode(10248, { dst: '127.0.0.1' }), 'drop'],
    [
      'a pod to a Service',
      ['prerouting'],
      between('10.244.1.9', '10.96.10.10', 80, { in: 'cni0' }),
      'random: dnat 10.244.1.3:8080, accept | dnat 10.244.2.3:8080, accept | dnat 10.244.3.3:8080, accept',
    ],
    [
      'a node port from outside',
      ['prerouting'],
      toNode(30080),
      'random: mark 0x4000, dnat 10.244.1.3:8080, accept | mark 0x4000, dnat 10.244.2.3:8080, accept | mark 0x4000, dnat 10.244.3.3:8080, accept',
    ],
    ["a port that is no Service's", ['prerouting'], between('10.244.1.9', '10.96.10.10', 81, { in: 'cni0' }), 'accept'],
    [
      'masquerading of what is marked',
      ['postrouting'],
      between('198.51.100.7', '10.244.2.3', 8080, { mark: 0x4000 }),
      'mark 0x0, masquerade, accept',
    ],
  ],
);

holds(
  'kube-proxy-ipvs',
  ['iptables-nft-save'],
  [
    [
      'a stranger to a cluster address',
      ['prerouting'],
      between('192.168.10.77', '10.96.0.10', 53, { proto: 'udp' }),
      'mark 0x4000, accept',
    ],
    [
      'a pod to a cluster address',
      ['prerouting'],
      between('10.244.2.3', '10.96.0.10', 53, { proto: 'udp', in: 'cni0' }),
      'accept',
    ],
    ['another port of a cluster address', ['prerouting'], between('192.168.10.77', '10.96.44.7', 81), 'accept'],
    ['a node port', ['prerouting'], toNode(30080), 'mark 0x4000, accept'],
    ['another port of the node', ['prerouting'], toNode(30081), 'accept'],
    [
      'masquerading of what is marked',
      ['postrouting'],
      between('192.168.10.77', '10.244.1.7', 8080, { mark: 0x4000 }),
      'mark 0x0, masquerade, accept',
    ],
    [
      'a pod to itself by its Service',
      ['postrouting'],
      between('10.244.1.7', '10.244.1.7', 8080, { in: 'cni0', out: 'cni0' }),
      'masquerade, accept',
    ],
    ['a pod to another', ['postrouting'], between('10.244.1.7', '10.244.2.3', 8080), 'accept'],
    ['what is marked for dropping', ['input'], toNode(443, { mark: 0x8000 }), 'drop'],
  ],
);

holds(
  'nodelocaldns',
  ['iptables-nft-save', 'iptables-legacy-save_-c'],
  [
    [
      'a query to the cache',
      IN,
      between('10.244.1.9', '10.96.0.10', 53, { proto: 'udp', in: 'cni0', out: undefined }),
      'untracked, accept',
    ],
    [
      'a query over TCP',
      IN,
      between('10.244.1.9', '10.96.0.10', 53, { in: 'cni0', out: undefined }),
      'untracked, accept',
    ],
    ['another port', IN, between('10.244.1.9', '10.96.0.10', 9153, { in: 'cni0', out: undefined }), 'drop'],
    [
      "the cache's answer",
      OUT,
      fromNode('10.244.1.9', 40000, { src: '10.96.0.10', sport: 53, proto: 'udp', out: 'cni0' }),
      'untracked, accept',
    ],
  ],
);

holds(
  'istio',
  ['iptables-legacy-save'],
  [
    ['what comes in', ['prerouting'], toNode(8080), 'redirect :15006, accept'],
    ["the proxy's own ports", ['prerouting'], toNode(15021), 'accept'],
    ['UDP that comes in', ['prerouting'], toNode(8080, { proto: 'udp' }), 'accept'],
    [
      'what goes out, by a user that is not known',
      ['output'],
      fromNode('10.244.2.3', 80),
      'doubt: accept | redirect :15001, accept',
    ],
    [
      'a query that goes out',
      ['output'],
      fromNode('10.96.0.10', 53, { proto: 'udp' }),
      'doubt: accept | redirect :15053, accept',
    ],
    ['what goes to the pod itself', ['output'], fromNode('127.0.0.1', 80, { out: 'lo', src: '127.0.0.1' }), 'accept'],
  ],
);

holds(
  'cilium',
  ['iptables-nft-save', 'iptables-legacy-save_-c'],
  [
    ['a pod out', ['forward'], between('10.0.1.9', '198.51.100.7', 443, { in: 'lxc0a1b2c3', out: 'eth0' }), 'accept'],
    ['what the node sends', ['output'], fromNode('10.0.2.9', 80), 'mark 0xc00, accept'],
    [
      "the proxy's answer",
      ['output'],
      fromNode('10.0.1.9', 80, { out: 'lxc0a1b2c3', mark: 0xa00 }),
      'untracked, accept',
    ],
    [
      'a pod to the world',
      ['postrouting'],
      between('10.0.1.9', '198.51.100.7', 443, { in: 'lxc0a1b2c3', out: 'eth0' }),
      'masquerade, accept',
    ],
    [
      'a pod to a pod',
      ['postrouting'],
      between('10.0.1.9', '10.0.2.9', 443, { in: 'lxc0a1b2c3', out: 'eth0' }),
      'accept',
    ],
    [
      'what is to be proxied',
      ['prerouting'],
      between('10.0.1.9', '198.51.100.7', 53, { proto: 'udp', in: 'lxc0a1b2c3', mark: 0x200 }),
      'untracked, accept',
    ],
    [
      'what a transparent proxy takes',
      ['prerouting'],
      between('10.0.1.9', '198.51.100.7', 53, { proto: 'udp', in: 'lxc0a1b2c3', mark: 0x85a30200 }),
      'doubt: untracked, accept | untracked, drop | untracked, mark 0x200, accept',
    ],
  ],
);

holds(
  'antrea',
  ['iptables-nft-save'],
  [
    ['into the gateway', ['forward'], between('198.51.100.7', '10.10.1.4', 80, { out: 'antrea-gw0' }), 'accept'],
    ['past it', ['forward'], between('198.51.100.7', '10.10.1.4', 80), 'drop'],
    ['a port of NodePortLocal', ['prerouting'], toNode(61000), 'dnat 10.10.1.4:8080, accept'],
    ['encapsulated', ['prerouting'], toNode(6081, { proto: 'udp' }), 'untracked, accept'],
    [
      'a pod to the world',
      ['postrouting'],
      between('10.10.1.9', '198.51.100.7', 443, { in: 'antrea-gw0', out: 'eth0' }),
      'masquerade, accept',
    ],
    [
      'a pod to a pod',
      ['postrouting'],
      between('10.10.1.9', '10.10.2.9', 443, { in: 'antrea-gw0', out: 'eth0' }),
      'accept',
    ],
    [
      'an address for egress',
      ['postrouting'],
      between('10.10.1.9', '198.51.100.7', 443, { out: 'eth0', mark: 1 }),
      'snat 192.168.10.250, accept',
    ],
  ],
);

holds(
  'aws-vpc-cni',
  ['iptables-legacy-save'],
  [
    [
      'a pod out of the VPC',
      ['postrouting'],
      between('10.0.3.7', '198.51.100.7', 443, { in: 'eni1a2b3c', out: 'eth0' }),
      'snat 10.0.1.25, accept',
    ],
    [
      'a pod within the VPC',
      ['postrouting'],
      between('10.0.3.7', '10.0.9.9', 443, { in: 'eni1a2b3c', out: 'eth0' }),
      'accept',
    ],
    ['a pod by a VLAN', ['postrouting'], between('10.0.3.7', '198.51.100.7', 443, { out: 'vlan.eth.1' }), 'accept'],
  ],
);

holds(
  'kube-router',
  ['iptables-nft-save_-c'],
  [
    [
      'a pod with a policy, from a pod that a missing set may hold',
      ['forward'],
      between('10.42.2.3', '10.42.1.9', 8080, { out: 'kube-bridge' }),
      'doubt: mark 0x20000, accept | reject',
    ],
    ['another port of it', ['forward'], between('10.42.2.3', '10.42.1.9', 9090, { out: 'kube-bridge' }), 'reject'],
    ['its node', ['forward'], between('192.168.10.5', '10.42.1.9', 9090, { out: 'kube-bridge' }), 'accept'],
    ['a pod without a policy', ['forward'], between('10.42.2.3', '10.42.1.10', 9090, { out: 'kube-bridge' }), 'accept'],
  ],
);

holds(
  'weave',
  ['iptables-legacy-save'],
  [
    [
      'a new connection, by sets that are missing',
      ['forward'],
      between('10.32.0.7', '10.32.0.8', 80, { out: 'weave' }),
      'doubt: accept | drop',
    ],
    [
      'an answer',
      ['forward'],
      between('10.32.0.7', '10.32.0.8', 80, { out: 'weave', state: 'ESTABLISHED', tcp: 'syn-ack' }),
      'accept',
    ],
    ['a stranger to the control port', ['input'], toNode(6784, { dst: '127.0.0.1' }), 'drop'],
  ],
);

holds(
  'fail2ban',
  ['iptables-nft-save'],
  [
    ['a banned address', ['input'], toNode(22, { src: '203.0.113.9' }), 'reject'],
    ['one banned everywhere', ['input'], toNode(443, { src: '203.0.113.99' }), 'drop'],
    ['a range of addresses', ['input'], toNode(53, { src: '198.51.100.15', proto: 'udp' }), 'drop'],
  ],
);

holds(
  'cloud',
  ['iptables-nft-save', 'iptables-legacy-save_-c'],
  [
    ['a host port', ['prerouting'], toNode(8088), 'dnat 10.3.0.8:80, accept'],
    [
      'a range of backends',
      ['prerouting'],
      between('198.51.100.7', '192.168.10.200', 80),
      'dnat 10.1.0.5-10.1.0.9:8080-8090, accept',
    ],
    [
      'a pod to the world',
      ['postrouting'],
      between('10.9.0.8', '198.51.100.7', 443),
      'doubt: accept | masquerade, accept',
    ],
    ['a pod to a private network', ['postrouting'], between('10.9.0.8', '10.8.0.8', 443), 'accept'],
  ],
);
