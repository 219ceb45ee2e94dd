import { list, nodeObject, podObject } from '../../derive/bundle-facts.js';
import { type Device, lines, nodeFiles, podFiles } from './node-outputs.js';
import type { Outputs } from './scenario.js';

export type NodeNumber = 1 | 2;

/** What a CNI whose pods are not in a Linux bridge makes of a node: index 10 and 11 are its ends of the two pods' veths. */
export interface RoutedNode {
  /** Names of the node's ends of its pods' veths. */
  veths: readonly [string, string];
  /** Of each veth besides its name, index and peer. */
  veth?: Partial<Device>;
  devices?: readonly Device[];
  routes: readonly string[];
  rules?: readonly string[];
  iptables?: string;
  sysctls?: Record<string, number>;
  neighbours?: readonly string[];
  more?: Outputs;
  /** In place of eth0. */
  nic?: Device;
}

export interface RoutedCluster {
  node: (n: NodeNumber) => RoutedNode;
  /** Routes of pods a and b. */
  podRoutes: (n: NodeNumber) => readonly string[];
  /** Prefix of a pod's own address. */
  prefix?: number;
  /** `ip neigh` of pods a and b. */
  podNeighbours?: readonly string[];
  /** The pod of the CNI's agent, by which the product is known: its name and label `k8s-app`. */
  agent: string;
  cluster?: Outputs;
  /** Address of the i-th pod; `10.244.N.I+2` otherwise. */
  ip?: (n: NodeNumber, i: number) => string;
  withoutPodCIDR?: true;
}

const PODS = { 1: ['a', 'a2'], 2: ['b', 'b2'] } as const;
export const NIC = (n: number): string => `52:54:00:b3:7b:0${n}`;
export const IP = (n: number): string => `192.168.10.1${n}`;

/** Two nodes with two pods each; both nodes and pods a and b were sampled. */
export function routedPods(cluster: RoutedCluster): Outputs {
  const ipOf = cluster.ip ?? ((n, i) => `10.244.${n}.${i + 2}`);
  const files: Outputs = {
    'cluster/nodes.json': list(
      [1, 2].map((n) => nodeObject(`n${n}`, IP(n), cluster.withoutPodCIDR ? '' : `10.244.${n}.0/24`)),
    ),
    'cluster/pods.json': list([
      ...([1, 2] as const).flatMap((n) =>
        PODS[n].map((name, i) => podObject('default', name, `n${n}`, { ip: ipOf(n, i) })),
      ),
      podObject('kube-system', `${cluster.agent}-x`, 'n1', {
        ip: IP(1),
        hostNetwork: true,
        labels: { 'k8s-app': cluster.agent },
      }),
    ]),
    ...cluster.cluster,
  };
  for (const n of [1, 2] as const) {
    const { veths, veth, devices, routes, rules, iptables, sysctls, neighbours, more, nic } = cluster.node(n);
    Object.assign(
      files,
      nodeFiles(`n${n}`, {
        devices: [
          nic ?? { name: 'eth0', index: 2, mac: NIC(n), addresses: [`${IP(n)}/24`] },
          ...(devices ?? []),
          ...veths.map((name, i): Device => ({ name, index: 10 + i, peer: 4, kind: 'veth', ...veth })),
        ],
        routes,
        ...(rules === undefined ? {} : { rules }),
        ...(iptables === undefined ? {} : { iptables }),
        sysctls: { ...sysctls },
        neighbours: [`${IP(3 - n)} dev ${nic?.name ?? 'eth0'} lladdr ${NIC(3 - n)} REACHABLE`, ...(neighbours ?? [])],
        ...(more === undefined ? {} : { more }),
      }),
      podFiles(
        'default',
        PODS[n][0],
        [{ name: 'eth0', index: 4, addresses: [`${ipOf(n, 0)}/${cluster.prefix ?? 32}`], peer: 10 }],
        cluster.podRoutes(n),
      ),
    );
    if (cluster.podNeighbours !== undefined)
      files[`pods/default/${PODS[n][0]}/ip_neigh`] = lines(cluster.podNeighbours);
  }
  return files;
}

/** What every node's main table has, the NIC's network and the default route. */
export function nicRoutes(n: number, dev = 'eth0'): string[] {
  return [
    `default via 192.168.10.1 dev ${dev} proto static `,
    `192.168.10.0/24 dev ${dev} proto kernel scope link src ${IP(n)} `,
  ];
}
