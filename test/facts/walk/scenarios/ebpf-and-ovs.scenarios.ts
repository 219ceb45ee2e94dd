import { kubeProxySave, type ProxiedService } from './kube-proxy-rules.js';
import type { Device } from './node-outputs.js';
import { IP, NIC, type NodeNumber, nicRoutes, type RoutedCluster, type RoutedNode, routedPods } from './routed-pods.js';
import { type Scenario, withFiles } from './scenario.js';

const B = '10.244.2.2:8080';
const flow = { from: 'pod/default/a', to: B };
const WEB: ProxiedService = { name: 'default/web', ip: '10.96.0.20', port: 80, endpoints: [B] };

const LXC = { 1: ['lxc1a1a1a1a1a1a', 'lxc2b2b2b2b2b2b'], 2: ['lxc3c3c3c3c3c3c', 'lxc4d4d4d4d4d4d'] } as const;

/** Cilium: `tunnel` and `native` keep routes to pods in eBPF; `endpoint-routes` gives each pod a route by its device. */
function cilium(
  mode: 'tunnel' | 'native' | 'endpoint-routes',
  change: (n: NodeNumber, own: RoutedNode) => RoutedNode = (_, own) => own,
  cluster: Partial<RoutedCluster> = {},
) {
  return routedPods({
    agent: 'cilium',
    podRoutes: (n) => [`default via 10.244.${n}.254 dev eth0 mtu 1450 `, `10.244.${n}.254 dev eth0 scope link `],
    node: (n) =>
      change(n, {
        veths: LXC[n],
        devices: [
          { name: 'cilium_net', index: 5 },
          { name: 'cilium_host', index: 6, addresses: [`10.244.${n}.254/32`] },
          ...(mode === 'tunnel' ? [{ name: 'cilium_vxlan', index: 7, kind: 'vxlan external' }] : []),
        ],
        routes: [
          ...nicRoutes(n),
          `10.244.${n}.254 dev cilium_host proto kernel scope link `,
          ...(mode === 'endpoint-routes'
            ? LXC[n].map((dev, i) => `10.244.${n}.${i + 2} dev ${dev} proto kernel scope link `)
            : [`10.244.${n}.0/24 via 10.244.${n}.254 dev cilium_host proto kernel src 10.244.${n}.254 `]),
          mode === 'tunnel'
            ? `10.244.${3 - n}.0/24 via 10.244.${n}.254 dev cilium_host proto kernel src 10.244.${n}.254 mtu 1450 `
            : `10.244.${3 - n}.0/24 via ${IP(3 - n)} dev eth0 proto kernel `,
        ],
        iptables: kubeProxySave(mode === 'endpoint-routes' ? [WEB] : []),
      }),
    ...cluster,
  });
}

const drops =
  (rule: string, on: NodeNumber, services: readonly ProxiedService[] = []) =>
  (n: NodeNumber, own: RoutedNode) =>
    n === on ? { ...own, iptables: kubeProxySave(services, { before: { filter: [rule] } }) } : own;

const antrea = (
  change: (n: NodeNumber, own: RoutedNode) => RoutedNode = (_, own) => own,
  cluster: Partial<RoutedCluster> = {},
) =>
  routedPods({
    agent: 'antrea-agent',
    prefix: 24,
    podRoutes: (n) => [
      `default via 10.244.${n}.1 dev eth0 `,
      `10.244.${n}.0/24 dev eth0 proto kernel scope link src 10.244.${n}.2 `,
    ],
    node: (n) =>
      change(n, {
        veths: n === 1 ? ['a-1a2b3c', 'a2-4d5e6f'] : ['b-1a2b3c', 'b2-4d5e6f'],
        veth: { master: 'ovs-system' },
        devices: [
          { name: 'ovs-system', index: 5, down: true, kind: 'openvswitch addrgenmode eui64' },
          {
            name: 'genev_sys_6081',
            index: 6,
            mtu: 65_000,
            master: 'ovs-system',
            kind: 'geneve external id 0 ttl auto dstport 6081 udp6zerocsumrx',
          },
          {
            name: 'antrea-gw0',
            index: 7,
            mtu: 1450,
            addresses: [`10.244.${n}.1/24`],
            kind: 'openvswitch addrgenmode eui64',
          },
        ],
        routes: [
          ...nicRoutes(n),
          `10.244.${n}.0/24 dev antrea-gw0 proto kernel scope link src 10.244.${n}.1 `,
          `10.244.${3 - n}.0/24 via 10.244.${3 - n}.1 dev antrea-gw0 onlink `,
        ],
        iptables: kubeProxySave([]),
      }),
    ...cluster,
  });

const BR_EX: Device = { name: 'br-ex', index: 8, mac: '', addresses: [], kind: 'openvswitch addrgenmode eui64' };
const ovn = (change: (n: NodeNumber, own: RoutedNode) => RoutedNode = (_, own) => own) =>
  routedPods({
    agent: 'ovnkube-node',
    prefix: 24,
    podRoutes: (n) => [
      `default via 10.244.${n}.1 dev eth0 `,
      `10.244.${n}.0/24 dev eth0 proto kernel scope link src 10.244.${n}.5 `,
      `10.96.0.0/16 via 10.244.${n}.1 dev eth0 `,
    ],
    node: (n) =>
      change(n, {
        veths: n === 1 ? ['1a2b3c4d5e6f7a8', '2a2b3c4d5e6f7a8'] : ['3a2b3c4d5e6f7a8', '4a2b3c4d5e6f7a8'],
        veth: { master: 'ovs-system' },
        nic: { ...BR_EX, mac: NIC(n), addresses: [`${IP(n)}/24`] },
        devices: [
          { name: 'eth0', index: 2, mac: NIC(n), master: 'ovs-system' },
          { name: 'ovs-system', index: 5, down: true, kind: 'openvswitch addrgenmode eui64' },
          {
            name: 'genev_sys_6081',
            index: 6,
            mtu: 65_000,
            master: 'ovs-system',
            kind: 'geneve external id 0 ttl auto dstport 6081 udp6zerocsumrx',
          },
          {
            name: 'ovn-k8s-mp0',
            index: 7,
            mtu: 1400,
            addresses: [`10.244.${n}.2/24`],
            kind: 'openvswitch addrgenmode eui64',
          },
        ],
        routes: [
          ...nicRoutes(n, 'br-ex'),
          `10.244.0.0/16 via 10.244.${n}.1 dev ovn-k8s-mp0 `,
          `10.244.${n}.0/24 dev ovn-k8s-mp0 proto kernel scope link src 10.244.${n}.2 `,
          '10.96.0.0/16 via 192.168.10.1 dev br-ex ',
        ],
        iptables: kubeProxySave([]),
      }),
    ip: (n, i) => `10.244.${n}.${i + 5}`,
  });

const noDefault = {
  podRoutes: (n: number) => [`10.244.${n}.0/24 dev eth0 proto kernel scope link src 10.244.${n}.2 `],
};

export const ebpfAndOvs: readonly Scenario[] = [
  {
    name: "Cilium's tunnel leads where no route of the kernel does",
    files: cilium('tunnel'),
    ...flow,
    expect: { verdict: 'unknown', missing: /Cilium's eBPF/ },
  },
  {
    name: 'with Cilium in place of kube-proxy no rule translates a Service, and none needs to',
    files: cilium('native'),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'unknown' },
  },
  {
    name: "a DROP in FORWARD is passed by Cilium's eBPF routing, or not",
    files: cilium('native', drops('-A FORWARD -s 10.244.0.0/16 -j DROP', 1)),
    ...flow,
    expect: { verdict: 'unknown', missing: /Cilium's eBPF/ },
  },
  {
    name: 'native routing leads to the other node, whose eBPF programs know the pod',
    files: cilium('native'),
    ...flow,
    expect: { verdict: 'unknown', missing: /Cilium's eBPF/ },
  },
  {
    name: "endpoint routes with kube-proxy's chains are the kernel's own path",
    files: cilium('endpoint-routes'),
    ...flow,
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "a Service with endpoint routes and kube-proxy's chains answers",
    files: cilium('endpoint-routes'),
    from: 'pod/default/a',
    to: '10.96.0.20:80',
    expect: { verdict: 'delivered', at: 'pod/default/a' },
  },
  {
    name: "with endpoint routes and kube-proxy's chains a DROP in FORWARD counts",
    files: cilium('endpoint-routes', drops('-A FORWARD -d 10.244.2.2/32 -j DROP', 2, [WEB])),
    ...flow,
    expect: { verdict: 'dropped', at: 'node/n2', reason: 'netfilter-drop' },
  },
  {
    name: "what ends in a pod's own namespace no eBPF program on the node saves",
    files: cilium('tunnel', undefined, noDefault),
    ...flow,
    expect: { verdict: 'dropped', at: 'pod/default/a', reason: 'no-route' },
  },
  {
    name: "without the nodes' devices a route by cilium_host tells of eBPF",
    files: withFiles(cilium('native', drops('-A FORWARD -s 10.244.0.0/16 -j DROP', 1)), {
      'nodes/n1/ip_addr': undefined,
      'nodes/n1/ip_-d_link': undefined,
    }),
    ...flow,
    expect: { verdict: 'unknown' },
  },
  {
    name: "Antrea's pods reach each other by Open vSwitch's flows",
    files: antrea(),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n1', missing: /Open vSwitch/ },
  },
  {
    name: "what Open vSwitch carries meets no rule of the node's FORWARD",
    files: antrea(drops('-A FORWARD -s 10.244.0.0/16 -j DROP', 1)),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n1', missing: /Open vSwitch/ },
  },
  {
    name: 'the same without the details of the devices',
    files: withFiles(antrea(drops('-A FORWARD -s 10.244.0.0/16 -j DROP', 1)), { 'nodes/n1/ip_-d_link': undefined }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n1', missing: /Open vSwitch/ },
  },
  {
    name: 'the same with routes alone',
    files: withFiles(antrea(drops('-A FORWARD -s 10.244.0.0/16 -j DROP', 1)), {
      'nodes/n1/ip_-d_link': undefined,
      'nodes/n1/ip_addr': undefined,
    }),
    ...flow,
    expect: { verdict: 'unknown', at: 'node/n1', missing: /Open vSwitch/ },
  },
  {
    name: 'a node sends to its own pod by antrea-gw0, beyond which flows decide',
    files: antrea(),
    from: 'node/n1',
    to: '10.244.1.2:8080',
    expect: { verdict: 'unknown', at: 'node/n1', missing: /antrea-gw0/ },
  },
  {
    name: "the node's own OUTPUT comes before Open vSwitch",
    files: antrea(drops('-A OUTPUT -d 10.244.1.2/32 -j DROP', 1)),
    from: 'node/n1',
    to: '10.244.1.2:8080',
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'netfilter-drop' },
  },
  {
    name: 'a pod in Open vSwitch without a default route sends nothing',
    files: antrea(undefined, noDefault),
    ...flow,
    expect: { verdict: 'dropped', at: 'pod/default/a', reason: 'no-route' },
  },
  {
    name: 'nodes with Antrea reach each other as any do',
    files: antrea(),
    from: 'node/n1',
    to: `${IP(2)}:10250`,
    expect: { verdict: 'delivered' },
  },
  {
    name: "OVN-Kubernetes' pods reach each other by its flows",
    files: ovn(),
    from: 'pod/default/a',
    to: '10.244.2.5:8080',
    expect: { verdict: 'unknown', missing: /Open vSwitch/ },
  },
  {
    name: "a node's NIC in a bridge of Open vSwitch carries by flows that are not known",
    files: ovn(),
    from: 'node/n1',
    to: `${IP(2)}:10250`,
    expect: { verdict: 'unknown', missing: /br-ex/ },
  },
  {
    name: 'the same without the details of the devices',
    files: withFiles(ovn(), { 'nodes/n1/ip_-d_link': undefined, 'nodes/n2/ip_-d_link': undefined }),
    from: 'node/n1',
    to: `${IP(2)}:10250`,
    expect: { verdict: 'unknown', missing: /br-ex/ },
  },
  {
    name: "a node's own DROP comes before Open vSwitch's bridge",
    files: ovn(drops(`-A OUTPUT -d ${IP(2)}/32 -j DROP`, 1)),
    from: 'node/n1',
    to: `${IP(2)}:10250`,
    expect: { verdict: 'dropped', at: 'node/n1', reason: 'netfilter-drop' },
  },
];
