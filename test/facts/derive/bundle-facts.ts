import type { Derivation } from '../../../src/facts/derive/derivation.js';
import { buildTopology } from '../../../src/facts/derive/topology.js';
import type { Scalar, Subject } from '../../../src/facts/model.js';
import { CLUSTER } from '../../../src/facts/model.js';
import { readFacts } from '../../../src/facts/read.js';
import type { FactStore } from '../../../src/facts/store.js';
import { CNIS } from '../cni-profiles.js';

/** Outputs by their path in a bundle, as a support engineer would have saved them. */
export type Outputs = Record<string, string>;

/**
 * Reads outputs with podnet's own parsers and runs one derivation over them: what it is given is what real commands
 * print. `cluster` sets facts that another derivation would have made known (`kubeProxyMode`).
 */
export function derived(derivation: Derivation, outputs: Outputs, cluster: Record<string, Scalar> = {}): Derived {
  const entries = Object.entries(outputs)
    .map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  for (const [name, value] of Object.entries(cluster)) {
    store.add({ subject: CLUSTER, name, value, source: { file: 'facts.yaml', line: 1 } });
  }
  derivation.derive({ store, topology: buildTopology(store), flows: [] });
  return new Derived(store);
}

export class Derived {
  constructor(readonly store: FactStore) {}

  node(name: string, fact: string): Scalar | undefined {
    return this.store.value(`node/${name}`, fact);
  }

  cluster(fact: string): Scalar | undefined {
    return this.store.value(CLUSTER, fact);
  }

  of(subject: Subject, fact: string): Scalar | undefined {
    return this.store.value(subject, fact);
  }

  source(name: string, fact: string): string {
    const source = this.store.scalar(`node/${name}`, fact)?.source;
    return `${source?.file ?? '?'}:${source?.line ?? '?'}`;
  }
}

/** `kubectl get RESOURCE -o json`, pretty-printed as kubectl does. */
export function list(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', items, kind: 'List' }, null, 4);
}

export function nodeObject(
  name: string,
  ip: string,
  podCIDR?: string,
  annotations: Record<string, string> = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations },
    spec: podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] },
    status: { addresses: [{ type: 'InternalIP', address: ip }], conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export interface PodShape {
  ip?: string;
  labels?: Record<string, string>;
  hostNetwork?: boolean;
  phase?: string;
  ready?: boolean;
  restarts?: number;
  reason?: string;
  dnsPolicy?: string;
  ports?: { name?: string; containerPort: number; protocol?: string }[];
}

export function podObject(namespace: string, name: string, node: string, shape: PodShape = {}): object {
  const ready = shape.ready ?? true;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: shape.labels ?? {} },
    spec: {
      nodeName: node,
      dnsPolicy: shape.dnsPolicy ?? 'ClusterFirst',
      ...(shape.hostNetwork === true ? { hostNetwork: true } : {}),
      containers: [{ name: 'main', image: 'nginx', ports: shape.ports ?? [] }],
    },
    status: {
      phase: shape.phase ?? 'Running',
      ...(shape.ip === undefined ? {} : { podIP: shape.ip, podIPs: [{ ip: shape.ip }] }),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'main',
          ready,
          restartCount: shape.restarts ?? 0,
          state: shape.reason === undefined ? { running: {} } : { waiting: { reason: shape.reason } },
        },
      ],
    },
  };
}

export function serviceObject(
  name: string,
  clusterIP: string,
  port: number,
  targetPort: number | string,
  extra: { selector?: Record<string, string>; namespace?: string; spec?: object } = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: extra.namespace ?? 'default' },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      type: 'ClusterIP',
      ports: [{ port, targetPort, protocol: 'TCP' }],
      selector: extra.selector ?? { app: name },
      ...extra.spec,
    },
  };
}

export function endpointsObject(
  name: string,
  ready: readonly string[],
  notReady: readonly string[] = [],
  namespace = 'default',
): object {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace },
    subsets:
      ready.length + notReady.length === 0
        ? []
        : [
            {
              addresses: ready.map((ip) => ({ ip })),
              notReadyAddresses: notReady.map((ip) => ({ ip })),
              ports: [{ port: 8080, protocol: 'TCP' }],
            },
          ],
  };
}

export function configMap(name: string, data: Record<string, string>, namespace = 'kube-system'): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** `ip addr` of a node with eth0, flannel.1, cni0 and one pod's veth, n its number among the nodes. */
export function flannelAddresses(n: number, extra = ''): string {
  return `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 52:54:00:b3:7b:0${n} brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 192.168.10.1${n}/24 brd 192.168.10.255 scope global eth0
       valid_lft forever preferred_lft forever
${extra}3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ether 7e:1c:9b:ba:30:0${n} brd ff:ff:ff:ff:ff:ff
    inet 10.244.${n}.0/32 scope global flannel.1
       valid_lft forever preferred_lft forever
4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    link/ether 0a:58:0a:f3:35:0${n} brd ff:ff:ff:ff:ff:ff
    inet 10.244.${n}.1/24 brd 10.244.${n}.255 scope global cni0
       valid_lft forever preferred_lft forever
5: vethfc71bb1${n}@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP group default qlen 1000
    link/ether 56:ec:85:1b:55:0${n} brd ff:ff:ff:ff:ff:ff link-netns cni-efd26cf7
`;
}

/** `ip route` of node n of three. */
export function flannelRoutes(n: number, without: readonly number[] = []): string {
  const lines = ['default via 192.168.10.1 dev eth0 '];
  for (const m of [1, 2, 3]) {
    if (m === n) lines.push(`10.244.${m}.0/24 dev cni0 proto kernel scope link src 10.244.${m}.1 `);
    else if (!without.includes(m)) lines.push(`10.244.${m}.0/24 via 10.244.${m}.0 dev flannel.1 onlink `);
  }
  lines.push(`192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.1${n} `);
  return `${lines.join('\n')}\n`;
}

/** Objects and basic outputs of a healthy three-node Flannel cluster, to change one thing of. */
export function flannelCluster(): Outputs {
  const outputs: Outputs = {
    'cluster/nodes.json': list(
      [1, 2, 3].map((n) =>
        nodeObject(`n${n}`, `192.168.10.1${n}`, `10.244.${n}.0/24`, {
          'flannel.alpha.coreos.com/public-ip': `192.168.10.1${n}`,
        }),
      ),
    ),
    'cluster/pods.json': list([1, 2, 3].map((n) => podObject('default', `web-${n}`, `n${n}`, { ip: `10.244.${n}.2` }))),
  };
  for (const n of [1, 2, 3]) {
    outputs[`nodes/n${n}/ip_addr`] = flannelAddresses(n);
    outputs[`nodes/n${n}/ip_route`] = flannelRoutes(n);
  }
  return outputs;
}
