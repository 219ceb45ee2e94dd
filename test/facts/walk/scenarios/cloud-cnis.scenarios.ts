import { kubeProxySave } from './kube-proxy-rules.js';
import { type Device, lines } from './node-outputs.js';
import { IP, type NodeNumber, nicRoutes, type RoutedCluster, type RoutedNode, routedPods } from './routed-pods.js';
import { type Scenario, withFiles } from './scenario.js';

type Change = (n: NodeNumber, own: RoutedNode) => RoutedNode;
const same: Change = (_, own) => own;

/** Pods' addresses are of the nodes' own network: the second pod of a node has one of its second interface. */
const awsIp = (n: NodeNumber, i: number): string => `192.168.20.${n}${i}`;
const ENI = { 1: ['eni1a1a1a1a1a1', 'eni2b2b2b2b2b2'], 2: ['eni3c3c3c3c3c3', 'eni4d4d4d4d4d4'] } as const;
const GATEWAY = ['default via 169.254.1.1 dev eth0 ', '169.254.1.1 dev eth0 scope link '];
const STATIC_GATEWAY = ['169.254.1.1 dev eth0 lladdr 0a:58:0a:00:00:0a PERMANENT'];

/** What aws-node writes into nat and mangle: what leaves the VPC gets the node's first address. */
function awsSave(n: NodeNumber, snat = true): string {
  return kubeProxySave([], {
    chains: { nat: ['AWS-SNAT-CHAIN-0'] },
    after: {
      nat: snat
        ? [
            '-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0',
            '-A AWS-SNAT-CHAIN-0 -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j RETURN',
            `-A AWS-SNAT-CHAIN-0 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source ${IP(n)} --random-fully`,
          ]
        : [],
    },
  });
}

/** AWS VPC CNI. `secondary`: the pods' addresses are of eth1, whose table 2 is listed or not. */
function aws(
  options: { secondary?: 'listed' | 'not-listed' | 'empty'; change?: Change } & Partial<RoutedCluster> = {},
) {
  const { secondary, change = same, ...cluster } = options;
  return routedPods({
    agent: 'aws-node',
    withoutPodCIDR: true,
    ip: awsIp,
    podRoutes: () => GATEWAY,
    node: (n) => {
      const to = [0, 1].map((i) => `${awsIp(n, i)} dev ${ENI[n][i]!} scope link `);
      const main = [...nicRoutes(n), '192.168.0.0/19 dev eth0 proto kernel scope link ', ...to];
      const table =
        secondary === 'listed'
          ? ['default via 192.168.0.1 dev eth1 table 2 ', '192.168.0.1 dev eth1 table 2 scope link ']
          : [];
      const local = [`local ${IP(n)} dev eth0 table local proto kernel scope host src ${IP(n)} `];
      const devices: Device[] =
        secondary === undefined ? [] : [{ name: 'eth1', index: 3, addresses: [`192.168.0.2${n}/19`] }];
      return change(n, {
        veths: ENI[n],
        devices,
        routes: main,
        rules: [
          ...[0, 1].map((i) => `512:\tfrom all to ${awsIp(n, i)} lookup main`),
          '1024:\tfrom all fwmark 0x80/0x80 lookup main',
          ...(secondary === undefined ? [] : [0, 1].map((i) => `1536:\tfrom ${awsIp(n, i)} lookup 2`)),
        ],
        iptables: awsSave(n),
        ...(secondary === 'listed' || secondary === 'empty'
          ? { more: { ip_route_show_table_all: lines([...main, ...table, ...local]) } }
          : {}),
      });
    },
    ...cluster,
  });
}

const away = { from: 'pod/default/a', to: '203.0.113.7:443' };
const awsFlow = { from: 'pod/default/a', to: `${awsIp(2, 0)}:8080` };

/** A CNI that gives each pod a /32 route by its veth, and lets the cloud's network route the nodes' pod networks. */
function plugged(
  agent: string,
  veths: Record<NodeNumber, readonly [string, string]>,
  options: { change?: Change; gateway?: 'own' | 'static' } & Partial<RoutedCluster> = {},
) {
  const { change = same, gateway = 'static', ...cluster } = options;
  return routedPods({
    agent,
    podRoutes: (n) =>
      gateway === 'static' ? GATEWAY : [`default via 10.244.${n}.1 dev eth0 `, `10.244.${n}.1 dev eth0 scope link `],
    node: (n) =>
      change(n, {
        veths: veths[n],
        veth: gateway === 'own' ? { addresses: [`10.244.${n}.1/32`] } : {},
        routes: [...nicRoutes(n), ...veths[n].map((dev, i) => `10.244.${n}.${i + 2} dev ${dev} scope link `)],
        iptables: kubeProxySave([]),
      }),
    ...cluster,
  });
}

const AZV = { 1: ['azv1a1a1a1a1a1', 'azv2b2b2b2b2b2'], 2: ['azv3c3c3c3c3c3', 'azv4d4d4d4d4d4'] } as const;
const GKE = { 1: ['gke1a1a1a1a1a1', 'gke2b2b2b2b2b2'], 2: ['gke3c3c3c3c3c3', 'gke4d4d4d4d4d4'] } as const;
const CALI = { 1: ['cali1a1a1a1a1a1', 'cali2b2b2b2b2b2'], 2: ['cali3c3c3c3c3c3', 'cali4d4d4d4d4d4'] } as const;
const flow = { from: 'pod/default/a', to: '10.244.2.2:8080' };

const lost =
  (n: NodeNumber, route: RegExp): Change =>
  (m, own) =>
    m === n ? { ...own, routes: own.routes.filter((each) => !route.test(each)) } : own;
const rule =
  (n: NodeNumber, text: string): Change =>
  (m, own) =>
    m === n ? { ...own, iptables: kubeProxySave([], { before: { filter: [text] } }) } : own;

export const cloudCnis: readonly Scenario[] = [
  {
    name: "pods with addresses of a node's first interface in AWS reach each other",
    files: aws({ podNeighbours: STATIC_GATEWAY }),
    ...awsFlow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "the same without the pods' neighbours: AWS' CNI writes the gateway there",
    files: aws(),
    ...awsFlow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a pod that lost the entry for its gateway reaches nobody: the node does not answer for it',
    files: aws({ podNeighbours: ['192.168.20.99 dev eth0 lladdr 0a:58:0a:00:00:0a STALE'] }),
    ...awsFlow,
    unhinted: ['pods/default/a/ip_neigh'],
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'no-address' },
  },
  {
    name: "what a second interface's table says is not known where it is not listed",
    files: aws({ secondary: 'not-listed' }),
    ...awsFlow,
    expect: { verdict: 'unknown', missing: /1536/ },
  },
  {
    name: "a second interface's table that is listed is walked",
    files: aws({ secondary: 'listed' }),
    ...awsFlow,
    expect: { verdict: 'unknown', missing: /by which of eth0, eth1/ },
  },
  {
    name: 'pods of one node reach each other by the rules before those of their interface',
    files: aws({ secondary: 'listed' }),
    from: 'pod/default/a',
    to: `${awsIp(1, 1)}:8080`,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'and so they do where the table is not listed, which no packet of theirs meets',
    files: aws({ secondary: 'not-listed' }),
    from: 'pod/default/a',
    to: `${awsIp(1, 1)}:8080`,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a route to a pod that is lost leaves its node with the packet',
    files: aws({ change: lost(2, /eni3c/) }),
    ...awsFlow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'loop' },
  },
  {
    name: "what leaves the VPC gets the node's address, and its answer finds back",
    files: aws(),
    ...away,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "what Azure's transparent mode routes by azv devices arrives",
    files: plugged('azure-cni', AZV),
    ...flow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "a DROP on the receiver's node with azv devices is one",
    files: plugged('azure-cni', AZV, { change: rule(2, '-A FORWARD -o azv+ -j DROP') }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop', by: /azv\+/ },
  },
  {
    name: 'a DROP for veths of another name meets nothing',
    files: plugged('azure-cni', AZV, { change: rule(2, '-A FORWARD -o gke+ -j DROP') }),
    ...flow,
    expect: { verdict: 'delivered' },
  },
  {
    name: "GKE's veths bear the gateway themselves",
    files: plugged('netd', GKE, { gateway: 'own' }),
    ...flow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'pods of one GKE node reach each other',
    files: plugged('netd', GKE, { gateway: 'own' }),
    from: 'pod/default/a',
    to: '10.244.1.3:8080',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: 'a GKE node that does not forward drops what is for its pod',
    files: plugged('netd', GKE, {
      gateway: 'own',
      change: (n, own) => (n === 2 ? { ...own, sysctls: { 'net.ipv4.conf.eth0.forwarding': 0 } } : own),
    }),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'not-forwarding' },
  },
  {
    name: "Terway's pods have a neighbour entry for their gateway, and cali devices that do not answer",
    files: plugged('terway-eniip', CALI, { podNeighbours: STATIC_GATEWAY }),
    ...flow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "without the pods' neighbours it is not known whether the gateway needs an answer",
    files: plugged('terway-eniip', CALI),
    ...flow,
    expect: { verdict: 'unknown', missing: /entry of its own for 169\.254\.1\.1/ },
  },
  {
    name: "a pod's veth that is down takes nothing",
    files: withFiles(
      plugged('azure-cni', AZV, { change: (n, own) => (n === 2 ? { ...own, veth: { down: true } } : own) }),
      {},
    ),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'device-down' },
  },
];
