import { createHash } from 'node:crypto';

/**
 * What a lab cluster consists of, by variant: the nodes, pods and Services that its wiring, its kube-proxy rules and its
 * API objects are all made from. A fault changes these and has what follows from them made anew.
 *
 * @typedef {{ name: string, index: number, ip: string, prefix: number, gateway: string, podCIDR?: string, podGateway?: string,
 *   mac: string, tunnelMac?: string, pid?: number, knownAs?: string, ready?: boolean }} LabNode
 * @typedef {{ name: string, namespace: string, node: string, ip: string, labels: Record<string, string>, app: 'web' | 'dns',
 *   container: string, image: string, port: number, veth: string, netns: string, mac: string, dnsPolicy: string, ready: boolean,
 *   nameserver?: string, listen?: string, pid?: number, appPid?: number }} LabPod
 * @typedef {{ name: string, namespace: string, clusterIP: string, selector?: Record<string, string>, type: string,
 *   externalTrafficPolicy?: string, internalTrafficPolicy?: string, addresses?: string[],
 *   ports: { name?: string, port: number, protocol: string, targetPort: number | string, nodePort?: number }[] }} LabService
 */

export const VARIANTS = ['flannel', 'underlay', 'cilium'];

/** Addresses outside the cluster: the web server of www.example.com, and the resolver that CoreDNS forwards to. */
export const OUTSIDE = { web: '203.0.113.10', resolver: '203.0.113.53', name: 'www.example.com' };

const NODES = {
  flannel: overlayNodes,
  cilium: overlayNodes,
  underlay: () => [
    { ip: '10.9.0.138', prefix: 24, gateway: '10.9.0.1', podNet: '10.9.30.0/24' },
    { ip: '10.9.189.51', prefix: 24, gateway: '10.9.189.1', podNet: '10.9.11.0/24' },
    { ip: '10.9.82.243', prefix: 24, gateway: '10.9.82.1', podNet: '10.9.46.0/24' },
  ],
};

function overlayNodes() {
  return [1, 2, 3].map((n) => ({
    ip: `192.168.10.1${n}`,
    prefix: 24,
    gateway: '192.168.10.1',
    podCIDR: `10.244.${n}.0/24`,
    podGateway: `10.244.${n}.1`,
    tunnelMac: madeMac('7e:1c:9b', `vtep-${n}`),
  }));
}

const UNDERLAY_PODS = ['10.9.30.17', '10.9.30.253', '10.9.11.187', '10.9.11.42', '10.9.46.88', '10.9.46.201'];
const OVERLAY_PODS = ['10.244.1.2', '10.244.1.3', '10.244.2.2', '10.244.2.3', '10.244.3.2', '10.244.3.3'];

/** A cluster as it is before anything is wrong with it. */
export function layout(variant) {
  const nodes = NODES[variant]().map((node, i) => ({
    name: `node-${i + 1}`,
    index: i + 1,
    mac: madeMac('52:54:00', `nic-${i}`),
    ready: true,
    ...node,
  }));
  const addresses = variant === 'underlay' ? UNDERLAY_PODS : OVERLAY_PODS;
  const prefix = { flannel: 'veth', underlay: 'ucni', cilium: 'lxc' }[variant];
  const pods = [
    pod('coredns-565d847f94-8k2vq', 'kube-system', 1, { 'k8s-app': 'kube-dns' }, 'dns'),
    pod('web-6f7c9d5b8-4xkqp', 'default', 1, { app: 'web' }),
    pod('api-7b9d6c4f5d-m8t2z', 'default', 2, { app: 'api' }),
    pod('web-6f7c9d5b8-9wz7n', 'default', 2, { app: 'web' }),
    pod('client-5c8f9b7d6-xj4rl', 'default', 3, { app: 'client' }),
    pod('web-6f7c9d5b8-tq5hd', 'default', 3, { app: 'web' }),
  ].map((made, i) => ({
    ...made,
    ip: addresses[i],
    veth: prefix + digest(made.name).slice(0, 8),
    netns: `cni-${uuid(made.name)}`,
    mac: madeMac('0a:58:0a', made.name),
  }));
  return { variant, nodes, pods, services: services(nodes[0]) };
}

function pod(name, namespace, node, labels, app = 'web') {
  const container = name.split('-')[0];
  return {
    name,
    namespace,
    node: `node-${node}`,
    labels: { ...labels, 'pod-template-hash': name.split('-').at(-2) },
    app,
    container,
    image: app === 'dns' ? 'registry.k8s.io/coredns/coredns:v1.9.3' : `registry.example.com/${container}:1.21.6`,
    port: app === 'dns' ? 53 : 8080,
    dnsPolicy: app === 'dns' ? 'Default' : 'ClusterFirst',
    ready: true,
  };
}

function services(control) {
  const dns = [
    { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
    { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
  ];
  const web = (nodePort) => [{ port: 80, protocol: 'TCP', targetPort: 8080, nodePort }];
  return [
    {
      name: 'kubernetes',
      namespace: 'default',
      clusterIP: '10.96.0.1',
      type: 'ClusterIP',
      addresses: [control.ip],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    },
    {
      name: 'kube-dns',
      namespace: 'kube-system',
      clusterIP: '10.96.0.10',
      type: 'ClusterIP',
      selector: { 'k8s-app': 'kube-dns' },
      ports: dns,
    },
    {
      name: 'web',
      namespace: 'default',
      clusterIP: '10.96.10.10',
      type: 'NodePort',
      externalTrafficPolicy: 'Cluster',
      selector: { app: 'web' },
      ports: web(30080),
    },
    {
      name: 'api',
      namespace: 'default',
      clusterIP: '10.96.20.20',
      type: 'NodePort',
      externalTrafficPolicy: 'Cluster',
      selector: { app: 'api' },
      ports: web(30081),
    },
  ];
}

/** The endpoints of a Service: address, port, readiness, and the pod behind it where it is one. */
export function endpointsOf(service, port, pods) {
  if (service.addresses !== undefined) {
    return service.addresses.map((ip) => ({ ip, port: port.targetPort, ready: true }));
  }
  if (service.selector === undefined) return [];
  return pods
    .filter(
      ({ labels, gone, pending }) =>
        !gone && !pending && Object.entries(service.selector).every(([key, value]) => labels[key] === value),
    )
    .map((pod) => ({ ip: pod.ip, port: port.targetPort, ready: pod.ready, pod }));
}

/** The network that all pods of a variant are in: what kube-proxy's clusterCIDR should be. */
export function podNetworkOf(variant) {
  return variant === 'underlay' ? '10.9.0.0/16' : '10.244.0.0/16';
}

/** A UUID that is always the same for a name. */
export function uuid(name) {
  const hex = digest(name);
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

export function madeMac(start, name) {
  return `${start}:${digest(name).slice(0, 6).match(/../g).join(':')}`;
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex');
}
