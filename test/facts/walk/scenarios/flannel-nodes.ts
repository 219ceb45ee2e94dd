import { endpointsObject, list, nodeObject, podObject, serviceObject } from '../../derive/bundle-facts.js';
import { kubeProxySave, type ProxiedService, type ProxyOptions } from './kube-proxy-rules.js';
import { type Device, macOf, nodeFiles, podFiles } from './node-outputs.js';
import type { Outputs } from './scenario.js';

export interface FlannelOptions {
  services?: readonly (ProxiedService & { type?: string; headless?: boolean; policy?: 'Local' })[];
  proxy?: ProxyOptions;
  /** `iptables-save` of a node in place of kube-proxy's; null for none. */
  save?: (node: number) => string | null | undefined;
  sysctls?: (node: number) => Record<string, number>;
  backend?: 'vxlan' | 'host-gw' | 'wireguard';
  more?: (node: number) => Outputs;
  /** Devices that a node has besides its own. */
  devices?: (node: number) => readonly Device[];
  routes?: (node: number) => readonly string[];
}

const VTEP = (n: number): string => `7e:1c:9b:ba:30:0${n}`;
const NIC = (n: number): string => `52:54:00:b3:7b:0${n}`;
const OTHERS = (n: number): number[] => [1, 2].filter((m) => m !== n);

/** Pods by node: `a` and `a2` on n1, `b` and `b2` on n2, and `host` in n1's own network. */
const PODS: Readonly<Record<number, readonly string[]>> = { 1: ['a', 'a2'], 2: ['b', 'b2'] };

/** Two nodes with flannel and kube-proxy, two pods each; both nodes and pods a and b were sampled. */
export function flannelNodes(options: FlannelOptions = {}): Outputs {
  const services = options.services ?? [];
  const files: Outputs = {
    'cluster/nodes.json': list([1, 2].map((n) => nodeObject(`n${n}`, `192.168.10.1${n}`, `10.244.${n}.0/24`))),
    'cluster/pods.json': list([
      ...[1, 2].flatMap((n) =>
        PODS[n]!.map((name, i) => podObject('default', name, `n${n}`, { ip: `10.244.${n}.${i + 2}` })),
      ),
      podObject('default', 'host', 'n1', { ip: '192.168.10.11', hostNetwork: true }),
    ]),
  };
  if (services.length > 0) {
    files['cluster/services.json'] = list(
      services.map(({ name, ip, port, nodePort, loadBalancer, type, proto, policy }) => {
        const service = serviceObject(name.split('/')[1]!, ip, port, 8080, {
          namespace: name.split('/')[0]!,
          spec: {
            type:
              type ?? (loadBalancer !== undefined ? 'LoadBalancer' : nodePort !== undefined ? 'NodePort' : 'ClusterIP'),
            ports: [
              {
                port,
                targetPort: 8080,
                protocol: (proto ?? 'tcp').toUpperCase(),
                ...(nodePort === undefined ? {} : { nodePort }),
              },
            ],
            ...(policy === undefined ? {} : { externalTrafficPolicy: policy }),
          },
        });
        return loadBalancer === undefined
          ? service
          : { ...service, status: { loadBalancer: { ingress: [{ ip: loadBalancer }] } } };
      }),
    );
    files['cluster/endpoints.json'] = list(
      services.map(({ name, endpoints }) =>
        endpointsObject(
          name.split('/')[1]!,
          endpoints.map((endpoint) => endpoint.split(':')[0]!),
          [],
          name.split('/')[0]!,
        ),
      ),
    );
  }
  for (const n of [1, 2]) Object.assign(files, flannelNode(n, options, services));
  for (const n of [1, 2]) {
    const eth0: Device = {
      name: 'eth0',
      index: 2,
      mtu: 1450,
      mac: macOf(n * 16),
      addresses: [`10.244.${n}.2/24`],
      peer: 5,
    };
    Object.assign(
      files,
      podFiles(
        'default',
        n === 1 ? 'a' : 'b',
        [eth0],
        [
          `default via 10.244.${n}.1 dev eth0 `,
          `10.244.0.0/16 via 10.244.${n}.1 dev eth0 `,
          `10.244.${n}.0/24 dev eth0 proto kernel scope link src 10.244.${n}.2 `,
        ],
      ),
    );
  }
  return files;
}

function flannelNode(n: number, options: FlannelOptions, services: readonly ProxiedService[]): Outputs {
  const backend = options.backend ?? 'vxlan';
  const saved = options.save === undefined ? kubeProxySave(services, options.proxy) : options.save(n);
  const devices: Device[] = [
    { name: 'eth0', index: 2, mac: NIC(n), addresses: [`192.168.10.1${n}/24`] },
    {
      name: 'cni0',
      index: 4,
      mtu: 1450,
      mac: `0a:58:0a:f4:0${n}:01`,
      addresses: [`10.244.${n}.1/24`],
      kind: 'bridge forward_delay 1500',
    },
    ...[0, 1].map(
      (i): Device => ({ name: `veth${n}${i}`, index: 5 + i, mtu: 1450, master: 'cni0', peer: 2, kind: 'veth' }),
    ),
  ];
  if (backend === 'vxlan')
    devices.push({
      name: 'flannel.1',
      index: 3,
      mtu: 1450,
      mac: VTEP(n),
      addresses: [`10.244.${n}.0/32`],
      kind: `vxlan id 1 local 192.168.10.1${n} dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300`,
    });
  if (backend === 'wireguard')
    devices.push({ name: 'flannel-wg', index: 3, mtu: 1420, addresses: [`10.244.${n}.0/32`], kind: 'wireguard' });
  devices.push(...(options.devices?.(n) ?? []));
  const towards = (m: number): string =>
    backend === 'vxlan'
      ? `10.244.${m}.0/24 via 10.244.${m}.0 dev flannel.1 onlink `
      : backend === 'host-gw'
        ? `10.244.${m}.0/24 via 192.168.10.1${m} dev eth0 `
        : '10.244.0.0/16 dev flannel-wg scope link ';
  const pods = [0, 1].map((i) => ({ ip: `10.244.${n}.${i + 2}`, mac: macOf(n * 16 + i), dev: `veth${n}${i}` }));
  return nodeFiles(`n${n}`, {
    devices,
    routes: [
      'default via 192.168.10.1 dev eth0 proto static ',
      `10.244.${n}.0/24 dev cni0 proto kernel scope link src 10.244.${n}.1 `,
      ...OTHERS(n).map(towards),
      `192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.1${n} `,
      ...(options.routes?.(n) ?? []),
    ],
    ...(saved === null || saved === undefined ? {} : { iptables: saved }),
    sysctls: { ...options.sysctls?.(n) },
    neighbours: [
      '192.168.10.1 dev eth0 lladdr 52:54:00:00:00:01 REACHABLE',
      ...OTHERS(n).map((m) => `192.168.10.1${m} dev eth0 lladdr ${NIC(m)} REACHABLE`),
      ...(backend === 'vxlan' ? OTHERS(n).map((m) => `10.244.${m}.0 dev flannel.1 lladdr ${VTEP(m)} PERMANENT`) : []),
      ...pods.map(({ ip, mac }) => `${ip} dev cni0 lladdr ${mac} REACHABLE`),
    ],
    fdb: [
      ...(backend === 'vxlan'
        ? OTHERS(n).map((m) => `${VTEP(m)} dev flannel.1 dst 192.168.10.1${m} self permanent`)
        : []),
      ...pods.map(({ mac, dev }) => `${mac} dev ${dev} master cni0 `),
    ],
    more: options.more?.(n) ?? {},
  });
}
