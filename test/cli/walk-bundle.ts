import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A cluster of two nodes that route to each other's pods: pod/default/a on n1, pod/default/b and pod/default/c on n2, and
 * service/default/web (10.96.0.20:80) with b and c behind it, of which kube-proxy's rules draw one.
 */
const SERVICE_RULES = [
  '*nat',
  ':PREROUTING ACCEPT [0:0]',
  ':INPUT ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':POSTROUTING ACCEPT [0:0]',
  ':KUBE-SERVICES - [0:0]',
  ':KUBE-SVC-WEB - [0:0]',
  ':KUBE-SEP-B - [0:0]',
  ':KUBE-SEP-C - [0:0]',
  '-A PREROUTING -j KUBE-SERVICES',
  '-A OUTPUT -j KUBE-SERVICES',
  '-A KUBE-SERVICES -d 10.96.0.20/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-WEB',
  '-A KUBE-SVC-WEB -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-B',
  '-A KUBE-SVC-WEB -j KUBE-SEP-C',
  '-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.244.2.2:8080',
  '-A KUBE-SEP-C -p tcp -m tcp -j DNAT --to-destination 10.244.2.3:8080',
  'COMMIT',
];

const filter = (rules: readonly string[], forward: string): string[] => [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  `:FORWARD ${forward} [0:0]`,
  ':OUTPUT ACCEPT [0:0]',
  ...rules,
  'COMMIT',
];

const lines = (...all: string[]): string => `${all.join('\n')}\n`;

function link(index: number, name: string, more: string, mac: string, details: readonly string[] = []): string[] {
  return [
    `${index}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue ${more}state UP mode DEFAULT group default qlen 1000`,
    `    link/ether ${mac} brd ff:ff:ff:ff:ff:ff${details[0] === undefined ? '' : ` ${details[0]}`}`,
    ...details.slice(1).map((one) => `    ${one}`),
  ];
}

function nodeFiles(n: 1 | 2, rules: readonly string[], forward: string): Record<string, string> {
  const other = n === 1 ? 2 : 1;
  const veths = n === 1 ? ['vetha'] : ['vethb', 'vethc'];
  return {
    ip_addr: lines(
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    inet 127.0.0.1/8 scope host lo',
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default qlen 1000',
      `    link/ether 52:54:00:00:00:0${n} brd ff:ff:ff:ff:ff:ff`,
      `    inet 10.0.0.${n}/24 brd 10.0.0.255 scope global eth0`,
      '3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000',
      `    link/ether 0a:58:0a:f4:0${n}:01 brd ff:ff:ff:ff:ff:ff`,
      `    inet 10.244.${n}.1/24 brd 10.244.${n}.255 scope global cni0`,
    ),
    'ip_-d_link': lines(
      ...link(2, 'eth0', '', `52:54:00:00:00:0${n}`),
      ...link(3, 'cni0', '', `0a:58:0a:f4:0${n}:01`, ['promiscuity 0', 'bridge forward_delay 1500 nf_call_iptables 0']),
      ...veths.flatMap((name, i) =>
        link(4 + i, `${name}@if2`, 'master cni0 ', `aa:00:00:00:0${n}:0${i}`, [
          `link-netns cni-${name}`,
          'veth',
          'bridge_slave state forwarding hairpin on learning on flood on',
        ]),
      ),
    ),
    ip_route: lines(
      'default via 10.0.0.254 dev eth0',
      `10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.${n}`,
      `10.244.${n}.0/24 dev cni0 proto kernel scope link src 10.244.${n}.1`,
      `10.244.${other}.0/24 via 10.0.0.${other} dev eth0`,
    ),
    ip_rule: lines('0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default'),
    'iptables-save': lines(...filter(rules, forward), ...SERVICE_RULES),
    'sysctl_-a': lines(
      'net.bridge.bridge-nf-call-iptables = 1',
      'net.ipv4.conf.all.forwarding = 1',
      'net.ipv4.conf.all.rp_filter = 0',
      'net.ipv4.conf.cni0.rp_filter = 0',
      'net.ipv4.conf.default.rp_filter = 0',
      'net.ipv4.conf.eth0.rp_filter = 0',
      ...veths.map((name) => `net.ipv4.conf.${name}.rp_filter = 0`),
      'net.ipv4.ip_forward = 1',
    ),
  };
}

interface FixturePod {
  node: 1 | 2;
  name: string;
  ip: string;
  /** Index of its veth on the node. */
  veth: number;
}

const PODS: readonly FixturePod[] = [
  { node: 1, name: 'a', ip: '10.244.1.2', veth: 4 },
  { node: 2, name: 'b', ip: '10.244.2.2', veth: 4 },
  { node: 2, name: 'c', ip: '10.244.2.3', veth: 5 },
];

function podFiles({ node, ip, veth }: FixturePod): Record<string, string> {
  return {
    ip_addr: lines(
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
      '    inet 127.0.0.1/8 scope host lo',
      `2: eth0@if${veth}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default`,
      `    link/ether 0a:58:0a:f4:0${node}:${ip.at(-1)!.padStart(2, '0')} brd ff:ff:ff:ff:ff:ff link-netnsid 0`,
      `    inet ${ip}/24 brd 10.244.${node}.255 scope global eth0`,
    ),
    ip_route: lines(
      `default via 10.244.${node}.1 dev eth0`,
      `10.244.${node}.0/24 dev eth0 proto kernel scope link src ${ip}`,
    ),
    'ss_-lntu': lines(
      'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port',
      'tcp   LISTEN 0      128          0.0.0.0:8080      0.0.0.0:*',
      'udp   UNCONN 0      0            0.0.0.0:5353      0.0.0.0:*',
    ),
    'iptables-save': lines(...filter([], 'ACCEPT')),
  };
}

const list = (kind: string, items: readonly object[]): string =>
  `${JSON.stringify({ apiVersion: 'v1', kind: `${kind}List`, items: items.map((item) => ({ kind, apiVersion: 'v1', ...item })) })}\n`;

export interface WalkBundleOptions {
  /** FORWARD's policy on n2. */
  forward?: 'ACCEPT' | 'DROP';
  /** Rules of n2's filter table. */
  rules?: readonly string[];
  /** facts.yaml's text. */
  facts?: string;
}

/** Writes the bundle into a folder. */
export function writeWalkBundle(folder: string, options: WalkBundleOptions = {}): void {
  const files: Record<string, string> = {
    'cluster/nodes.json': list(
      'Node',
      [1, 2].map((n) => ({
        metadata: { name: `n${n}` },
        spec: { podCIDR: `10.244.${n}.0/24` },
        status: { addresses: [{ type: 'InternalIP', address: `10.0.0.${n}` }] },
      })),
    ),
    'cluster/pods.json': list(
      'Pod',
      PODS.map(({ node, name, ip }) => ({
        metadata: { name, namespace: 'default', labels: { app: name === 'a' ? 'client' : 'web' } },
        spec: { nodeName: `n${node}`, containers: [{ name: 'main', image: 'web' }] },
        status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
      })),
    ),
    'cluster/services.json': list('Service', [
      {
        metadata: { name: 'web', namespace: 'default' },
        spec: {
          type: 'ClusterIP',
          clusterIP: '10.96.0.20',
          selector: { app: 'web' },
          ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
        },
      },
    ]),
    'cluster/endpoints.json': list('Endpoints', [
      {
        metadata: { name: 'web', namespace: 'default' },
        subsets: [
          {
            addresses: PODS.filter(({ node }) => node === 2).map(({ ip, name }) => ({
              ip,
              nodeName: 'n2',
              targetRef: { kind: 'Pod', name, namespace: 'default' },
            })),
            ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
          },
        ],
      },
    ]),
    'cluster/networkpolicies.json': list('NetworkPolicy', []),
  };
  if (options.facts !== undefined) files['facts.yaml'] = options.facts;
  const add = (place: string, all: Record<string, string>): void => {
    for (const [name, text] of Object.entries(all)) files[`${place}/${name}`] = text;
  };
  add('nodes/n1', nodeFiles(1, [], 'ACCEPT'));
  add('nodes/n2', nodeFiles(2, options.rules ?? [], options.forward ?? 'ACCEPT'));
  for (const pod of PODS) add(`pods/default/${pod.name}`, podFiles(pod));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
