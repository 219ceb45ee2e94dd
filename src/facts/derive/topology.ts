import type { Cnis } from '../cnis.js';
import type { Link, PodObject, Subject } from '../model.js';
import { CLUSTER, kindOf, nodeSubject, partsOf, podSubject, serviceSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { AddressOwner, Topology, TopologyNode, TopologyPod, TopologyService } from '../topology.js';
import { supposeApiService } from './api-service.js';
import { formatNetwork, parseNetwork } from './ipv4.js';
import { PrefixTable } from './prefix-table.js';

export type { AddressOwner, Topology, TopologyNode, TopologyPod, TopologyService } from '../topology.js';

/** Devices whose addresses are Service addresses or local stand-ins, never the node's own. */
const SERVICE_DEVICES = /^(?:kube-ipvs\d*|nodelocaldns|lo|dummy\d*)$/;
/** Devices that carry the same address on every node that has them: they tell no node from another. */
const SHARED_DEVICES = /^(?:docker\d*|virbr\d*|br-[0-9a-f]{12}|podman\d*|lxcbr\d*|cilium_net)$/;
/** The domain of cluster names; podnet reads `.svc.` names of other domains alike. */
const SVC_NAME = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\.[a-z0-9.-]+)?)?\.?$/i;

export function buildTopology(store: FactStore): Topology {
  const nodes = new Map<string, TopologyNode>();
  const pods = new Map<Subject, TopologyPod>();
  const services = new Map<Subject, TopologyService>();

  const names = new Set<string>();
  for (const fact of store.all('node-object')) names.add(fact.value.name);
  for (const subject of store.subjects('node')) names.add(partsOf(subject)[0] ?? '');
  for (const fact of store.all('pod-object')) if (fact.value.node !== undefined) names.add(fact.value.node);
  for (const fact of store.all('probe')) {
    if (fact.value.from?.node !== undefined) names.add(fact.value.from.node);
    if (fact.value.to.node !== undefined) names.add(fact.value.to.node);
    if (fact.value.backendNode !== undefined) names.add(fact.value.backendNode);
  }
  for (const fact of store.all('endpoints-object')) {
    for (const { node } of fact.value.addresses) if (node !== undefined) names.add(node);
  }
  names.delete('');
  const aliases = aliasNames(names, new Set(store.subjects('node').map((subject) => partsOf(subject)[0] ?? '')));
  const canonical = (name: string): string => aliases.get(name) ?? name;
  for (const name of [...names].sort()) {
    if (aliases.has(name)) continue;
    const subject = nodeSubject(name);
    nodes.set(name, {
      subject,
      name,
      ips: new Set(),
      podCIDRs: [],
      sampled:
        store.records(subject, 'address').length + store.records(subject, 'route').length > 0 ||
        sampledOtherwise(store, subject),
      addresses: store.records(subject, 'address').map((fact) => fact.value),
      routes: store.records(subject, 'route').map((fact) => fact.value),
      pods: [],
    });
  }
  for (const fact of store.all('node-object')) {
    const node = nodes.get(canonical(fact.value.name));
    if (node === undefined) continue;
    // What a table shows of an object stands back behind the object itself.
    if (node.object === undefined || fact.value.partial !== true) node.object = fact.value;
    for (const ip of [...fact.value.ips, ...fact.value.externalIps]) node.ips.add(ip);
    const publicIp = fact.value.annotations['flannel.alpha.coreos.com/public-ip'];
    if (publicIp !== undefined) node.ips.add(publicIp);
    const internal = fact.value.ips.find((ip) => ip.includes('.')) ?? fact.value.ips[0];
    if (internal !== undefined) node.nodeIp = internal;
    for (const cidr of fact.value.podCIDRs) if (!node.podCIDRs.includes(cidr)) node.podCIDRs.push(cidr);
  }
  for (const node of nodes.values()) {
    for (const address of node.addresses) {
      if (SERVICE_DEVICES.test(address.dev) || SHARED_DEVICES.test(address.dev)) continue;
      if (address.scope === 'link' || address.scope === 'host') continue;
      node.ips.add(address.ip);
    }
    findNic(node);
    if (node.podCIDRs.length === 0) node.podCIDRs = podNetworksOf(store.cnis, node);
  }
  for (const fact of store.all('probe')) {
    for (const hint of [fact.value.from, fact.value.to]) {
      if (hint?.kind !== 'node' || hint.node === undefined || hint.ip === undefined) continue;
      nodes.get(canonical(hint.node))?.ips.add(hint.ip);
    }
  }

  const inHostNetwork = hostNetworkOfTables(store, nodes);
  const addPod = (namespace: string, name: string): TopologyPod => {
    const subject = podSubject(namespace, name);
    let pod = pods.get(subject);
    if (pod === undefined) {
      pod = { subject, namespace, name, ips: new Set(), hostNetwork: false };
      pods.set(subject, pod);
    }
    return pod;
  };
  const place = (pod: TopologyPod, nodeName: string | undefined): void => {
    if (pod.node !== undefined || nodeName === undefined) return;
    const node = nodes.get(canonical(nodeName));
    if (node === undefined) return;
    pod.node = node;
    node.pods.push(pod);
  };
  for (const fact of store.all('pod-object')) {
    const pod = addPod(fact.value.namespace, fact.value.name);
    if (pod.object !== undefined && fact.value.partial === true) continue;
    pod.object = fact.value;
    pod.hostNetwork = fact.value.hostNetwork || (fact.value.partial === true && inHostNetwork(fact.value));
    for (const ip of fact.value.ips) pod.ips.add(ip);
    place(pod, fact.value.node);
  }
  for (const subject of store.subjects('pod')) {
    const [namespace = '', name = ''] = partsOf(subject);
    const pod = addPod(namespace, name);
    if (pod.hostNetwork) continue;
    for (const fact of store.records(subject, 'address')) {
      if (fact.value.dev !== 'lo' && fact.value.scope !== 'link') pod.ips.add(fact.value.ip);
    }
  }
  for (const fact of store.all('endpoints-object')) {
    for (const address of fact.value.addresses) {
      if (address.pod === undefined || address.node === undefined) continue;
      const pod = addPod(fact.value.namespace, address.pod);
      if (!pod.hostNetwork) pod.ips.add(address.ip);
      place(pod, address.node);
    }
  }
  const podByIp = new Map<string, TopologyPod>();
  for (const pod of pods.values())
    if (!pod.hostNetwork) for (const ip of pod.ips) if (!podByIp.has(ip)) podByIp.set(ip, pod);
  for (const fact of store.all('probe')) {
    for (const hint of [fact.value.from, fact.value.to]) {
      if (hint?.kind !== 'pod') continue;
      const known = hint.ip === undefined ? undefined : podByIp.get(hint.ip);
      if (known === undefined && hint.pod === undefined && hint.ip === undefined) continue;
      // A pod that only an address tells of still is one: `pod/-/ADDRESS`.
      const pod =
        known ?? (hint.pod === undefined ? addPod('-', hint.ip!) : addPod(hint.namespace ?? 'default', hint.pod));
      if (hint.ip !== undefined && !podByIp.has(hint.ip)) {
        pod.ips.add(hint.ip);
        podByIp.set(hint.ip, pod);
      }
      place(pod, hint.node);
    }
  }

  for (const fact of store.all('service-object')) {
    if (
      services.has(fact.subject) &&
      (services.get(fact.subject)!.object.partial !== true || fact.value.partial === true)
    )
      continue;
    services.set(fact.subject, {
      subject: fact.subject,
      object: fact.value,
      endpoints: [],
      endpointPorts: [],
      endpointsKnown: false,
    });
  }
  // A table may be of one namespace or one Service: only whole objects come as a list of all.
  const anyEndpoints = store.all('endpoints-object').some((fact) => fact.value.partial !== true);
  const seen = new Set<string>();
  for (const fact of store.all('endpoints-object')) {
    const service = services.get(serviceSubject(fact.value.namespace, fact.value.service));
    if (service === undefined) continue;
    service.endpointsKnown = true;
    for (const address of fact.value.addresses) {
      const key = `${service.subject} ${address.ip}`;
      if (seen.has(key)) continue;
      seen.add(key);
      service.endpoints.push(address);
    }
    for (const port of fact.value.ports) {
      if (!service.endpointPorts.some((p) => p.port === port.port && p.proto === port.proto && p.name === port.name))
        service.endpointPorts.push(port);
    }
  }
  // A dump that lists endpoints of others and none of this Service says that it has none.
  if (anyEndpoints) for (const service of services.values()) service.endpointsKnown = true;

  const serviceCIDRs = clusterNetworks(store, 'serviceCIDR');
  supposeApiService(store, services, serviceCIDRs);

  const serviceByIp = new Map<string, { service: TopologyService; kind: 'clusterip' | 'loadbalancer' }>();
  const byNodePort = new Map<number, TopologyService>();
  for (const service of services.values()) {
    for (const ip of service.object.clusterIPs) serviceByIp.set(ip, { service, kind: 'clusterip' });
    for (const ip of service.object.loadBalancerIPs) serviceByIp.set(ip, { service, kind: 'loadbalancer' });
    for (const port of service.object.ports) if (port.nodePort !== undefined) byNodePort.set(port.nodePort, service);
  }

  placeByRoutes(store, nodes, podByIp, place);

  const podCIDRs = clusterNetworks(store, 'podCIDR');
  for (const node of nodes.values()) {
    for (const { dst, via, dev, type } of node.routes) {
      // What is routed into a tunnel is another node's pod network, whether that node is known or not.
      if (type !== 'unicast' || via === undefined || dev === undefined || store.cnis.tunnelOf(dev) === undefined)
        continue;
      if (!dst.endsWith('/0') && !podCIDRs.includes(dst)) podCIDRs.push(dst);
    }
  }
  for (const node of nodes.values()) {
    for (const cidr of node.podCIDRs) if (!podCIDRs.includes(cidr)) podCIDRs.push(cidr);
  }
  const dnsIps = findDnsIps(store, services);
  const clusterIps = new Set<string>([...serviceByIp.keys(), ...dnsIps]);
  for (const fact of store.all('iptables-rule')) {
    if (
      fact.value.chain === 'KUBE-SERVICES' &&
      fact.value.dst !== undefined &&
      !fact.value.not.includes('dst') &&
      fact.value.target !== 'KUBE-NODEPORTS'
    ) {
      clusterIps.add(fact.value.dst.replace(/\/(?:32|128)$/, ''));
    }
  }
  for (const fact of store.all('address')) if (fact.value.dev.startsWith('kube-ipvs')) clusterIps.add(fact.value.ip);

  const nodeByIp = new Map<string, TopologyNode | null>();
  for (const node of nodes.values()) {
    for (const ip of node.ips) nodeByIp.set(ip, nodeByIp.has(ip) && nodeByIp.get(ip) !== node ? null : node);
  }
  // Where several nodes have an address, the one the cluster knows by it is meant.
  for (const node of nodes.values()) if (node.nodeIp !== undefined) nodeByIp.set(node.nodeIp, node);

  const networks = new PrefixTable<AddressOwner>();
  for (const node of nodes.values()) for (const cidr of node.podCIDRs) networks.add(cidr, { kind: 'pod', node });
  for (const cidr of podCIDRs) networks.add(cidr, { kind: 'pod' });
  for (const cidr of serviceCIDRs) networks.add(cidr, { kind: 'clusterip' });
  const localPods = new Map<string, TopologyNode>();
  for (const node of nodes.values()) {
    for (const route of node.routes) {
      if (
        route.dev !== undefined &&
        route.via === undefined &&
        route.type === 'unicast' &&
        /\/(?:32|128)$/.test(route.dst) &&
        store.cnis.isPodDevice(route.dev)
      ) {
        localPods.set(route.dst.slice(0, route.dst.indexOf('/')), node);
      }
    }
  }

  // The reporter says that an address is outside though the pod network holds it: that is an overlap, and no pod's.
  const outside = new Set<string>();
  for (const fact of store.all('probe')) {
    const { to, origin } = fact.value;
    if (origin === 'report' && to.kind === 'external' && to.ip !== undefined) outside.add(to.ip);
  }

  const routeTables = new Map<TopologyNode, PrefixTable<boolean>>();
  const owners = new Map<string, AddressOwner>();
  const findOwner = (ip: string): AddressOwner => {
    const service = serviceByIp.get(ip);
    if (service !== undefined)
      return service.kind === 'clusterip'
        ? { kind: 'clusterip', service: service.service }
        : { kind: 'loadbalancer', service: service.service };
    const pod = podByIp.get(ip);
    if (pod !== undefined) return pod.node === undefined ? { kind: 'pod', pod } : { kind: 'pod', pod, node: pod.node };
    const node = nodeByIp.get(ip);
    if (node) return { kind: 'node', node };
    if (clusterIps.has(ip)) return { kind: 'clusterip' };
    const localNode = localPods.get(ip);
    if (localNode !== undefined) return { kind: 'pod', node: localNode };
    if (outside.has(ip)) return { kind: 'external' };
    const network = networks.lookup(ip);
    if (network !== undefined) return network;
    return nodes.size > 0 && nodeByIp.size > 0 ? { kind: 'external' } : { kind: 'unknown' };
  };
  const ownerOf = (ip: string): AddressOwner => {
    let owner = owners.get(ip);
    if (owner === undefined) {
      owner = findOwner(ip);
      owners.set(ip, owner);
    }
    return owner;
  };

  return {
    cnis: store.cnis,
    nodes,
    pods: new Map([...pods].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    services: new Map([...services].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    podCIDRs,
    serviceCIDRs,
    dnsIps,
    ownerOf,
    nodeOf(subject) {
      const kind = kindOf(subject);
      if (kind === 'pod') return pods.get(subject)?.node;
      if (kind !== 'node' && kind !== 'interface' && kind !== 'capture') return undefined;
      return nodes.get(canonical(partsOf(subject)[0] ?? ''));
    },
    leaves(subject, ip) {
      const node = nodes.get(partsOf(subject)[0] ?? '');
      if (node === undefined || node.routes.length === 0) return undefined;
      let table = routeTables.get(node);
      if (table === undefined) {
        table = new PrefixTable();
        // A default route leads out of the cluster or to the fabric: it says nothing of where a pod is.
        for (const route of node.routes) {
          if (route.table === 'main' && route.type === 'unicast' && !route.dst.endsWith('/0'))
            table.add(route.dst, route.via !== undefined);
        }
        routeTables.set(node, table);
      }
      return table.lookup(ip);
    },
    serviceOfNodePort: (port) => byNodePort.get(port),
    serviceOfName(name, namespace) {
      if (!name.includes('.'))
        return namespace === undefined ? undefined : services.get(serviceSubject(namespace, name));
      const match = SVC_NAME.exec(name);
      return match === null ? undefined : services.get(serviceSubject(match[2]!, match[1]!));
    },
  };
}

/**
 * Whether a pod that only a table shows is in its node's network, which the table does not say: it has the node's address,
 * or shares its address with another pod of the same node.
 */
function hostNetworkOfTables(store: FactStore, nodes: ReadonlyMap<string, TopologyNode>): (pod: PodObject) => boolean {
  const nodeIps = new Set<string>();
  for (const node of nodes.values()) {
    for (const ip of node.object?.ips ?? []) nodeIps.add(ip);
    for (const address of node.addresses) if (address.dev === node.nic) nodeIps.add(address.ip);
  }
  const holders = new Map<string, string>();
  for (const { subject, value } of store.all('pod-object')) {
    if (value.partial !== true || value.node === undefined) continue;
    for (const ip of value.ips) {
      const key = `${value.node} ${ip}`;
      const other = holders.get(key);
      if (other === undefined) holders.set(key, subject);
      else if (other !== subject && value.phase !== 'Succeeded' && value.phase !== 'Failed') nodeIps.add(ip);
    }
  }
  return (pod) => pod.ips.some((ip) => nodeIps.has(ip));
}

/** `ip-10-0-0-1` and `ip-10-0-0-1.ec2.internal` are one node; the name that has outputs is kept, else the longer one. */
function aliasNames(names: ReadonlySet<string>, withFacts: ReadonlySet<string>): Map<string, string> {
  const aliases = new Map<string, string>();
  const byShort = new Map<string, string[]>();
  for (const name of names) {
    if (/^[\d.]+$/.test(name)) continue;
    const short = name.split('.')[0]!.toLowerCase();
    const list = byShort.get(short);
    if (list === undefined) byShort.set(short, [name]);
    else list.push(name);
  }
  for (const [short, list] of byShort) {
    // Two full names with one first label are two nodes of two domains.
    if (list.length !== 2 || !list.some((name) => name.toLowerCase() === short)) continue;
    const keep =
      list.find((name) => withFacts.has(name)) ?? list.find((name) => name.toLowerCase() !== short) ?? list[0]!;
    for (const name of list) if (name !== keep) aliases.set(name, keep);
  }
  return aliases;
}

function sampledOtherwise(store: FactStore, subject: Subject): boolean {
  for (const name of store.of(subject).keys())
    if (!name.startsWith('log.') && name !== 'node-object' && name !== 'log-event') return true;
  return false;
}

function findNic(node: TopologyNode): void {
  const own = node.nodeIp === undefined ? undefined : node.addresses.find((address) => address.ip === node.nodeIp);
  const fallback = node.routes.find(
    (route) => route.table === 'main' && (route.dst === '0.0.0.0/0' || route.dst === '::/0') && route.dev !== undefined,
  );
  const nic = own?.dev ?? fallback?.dev ?? fallback?.nexthops?.[0]?.dev;
  if (nic === undefined) return;
  node.nic = nic;
  if (node.nodeIp !== undefined) return;
  const address = node.addresses.find((a) => a.dev === nic && a.family === 4 && a.scope !== 'link');
  if (address !== undefined) node.nodeIp = address.ip;
}

/** The pod networks that a node's own addresses and routes show: cni0's network, Cilium's, Calico's blocks. */
function podNetworksOf(cnis: Cnis, node: TopologyNode): string[] {
  const found = new Set<string>();
  for (const route of node.routes) {
    if (route.table !== 'main' || route.dst.endsWith('/0')) continue;
    if (route.type === 'blackhole' && (route.proto === 'bird' || route.proto === '80')) found.add(route.dst);
    if (
      route.type !== 'unicast' ||
      route.via !== undefined ||
      route.dev === undefined ||
      !(cnis.isPodBridge(route.dev) || cnis.isGateway(route.dev))
    )
      continue;
    if (!/\/(?:32|128)$/.test(route.dst)) found.add(route.dst);
  }
  // A bridge's address tells the network of its pods where nobody printed the routes.
  if (found.size === 0) {
    for (const { dev, family, ip, prefix } of node.addresses) {
      const address =
        family === 4 && prefix < 32 && cnis.isPodBridge(dev) ? parseNetwork(`${ip}/${prefix}`) : undefined;
      if (address !== undefined) found.add(formatNetwork(address));
    }
  }
  return [...found];
}

/** Pod addresses with a route to a veth of a node sit on that node, whatever else is missing. */
function placeByRoutes(
  store: FactStore,
  nodes: ReadonlyMap<string, TopologyNode>,
  podByIp: ReadonlyMap<string, TopologyPod>,
  place: (pod: TopologyPod, node: string | undefined) => void,
): void {
  for (const node of nodes.values()) {
    const byIndex = new Map<number, Link>();
    for (const fact of store.records(node.subject, 'link'))
      if (fact.value.index !== undefined) byIndex.set(fact.value.index, fact.value);
    for (const route of node.routes) {
      if (route.dev === undefined || route.via !== undefined || !/\/(?:32|128)$/.test(route.dst)) continue;
      const pod = podByIp.get(route.dst.slice(0, route.dst.indexOf('/')));
      if (pod === undefined || (pod.node !== undefined && pod.node !== node)) continue;
      place(pod, node.name);
      pod.hostDevice ??= route.dev;
    }
    // A veth has one other end: of several pods with a route by it, some routes are wrong.
    const byDevice = new Map<string, TopologyPod[]>();
    for (const pod of node.pods) {
      if (pod.hostDevice === undefined) continue;
      const same = byDevice.get(pod.hostDevice);
      if (same === undefined) byDevice.set(pod.hostDevice, [pod]);
      else same.push(pod);
    }
    for (const pods of byDevice.values()) if (pods.length > 1) for (const pod of pods) delete pod.hostDevice;
    // The peer's index is the device's own, whatever the routes say.
    for (const pod of node.pods) {
      for (const fact of store.records(pod.subject, 'link')) {
        const peer = /^if(\d+)$/.exec(fact.value.peer ?? '');
        const link = peer === null ? undefined : byIndex.get(Number(peer[1]));
        if (link !== undefined && fact.value.name !== 'lo') pod.hostDevice = link.name;
      }
    }
  }
}

/** Networks that the reporter or a ConfigMap names. */
function clusterNetworks(store: FactStore, which: 'podCIDR' | 'serviceCIDR'): string[] {
  const found: string[] = [];
  const add = (text: string | undefined): void => {
    for (const cidr of (text ?? '').split(',')) {
      const trimmed = cidr.trim();
      if (/^[\da-fA-F.:]+\/\d+$/.test(trimmed) && !found.includes(trimmed)) found.push(trimmed);
    }
  };
  const told = store.value(CLUSTER, which);
  if (typeof told === 'string') add(told);
  for (const fact of store.all('configmap-object')) {
    for (const text of Object.values(fact.value.data)) {
      if (text.length > 100_000) continue;
      if (which === 'podCIDR') {
        add(/^\s*clusterCIDR:\s*"?([^"\s]+)"?/m.exec(text)?.[1]);
        add(/^\s*podSubnet:\s*"?([^"\s]+)"?/m.exec(text)?.[1]);
        add(/"Network"\s*:\s*"([^"]+)"/.exec(text)?.[1]);
      } else add(/^\s*serviceSubnet:\s*"?([^"\s]+)"?/m.exec(text)?.[1]);
    }
  }
  const pool = store.value(CLUSTER, 'calico.pool-cidr');
  if (which === 'podCIDR' && typeof pool === 'string') add(pool);
  return found;
}

function findDnsIps(store: FactStore, services: ReadonlyMap<Subject, TopologyService>): Set<string> {
  const ips = new Set<string>();
  for (const service of services.values()) {
    const { namespace, name, selector } = service.object;
    if (selector['k8s-app'] === 'kube-dns' || (namespace === 'kube-system' && /^(?:kube-dns|coredns)/.test(name))) {
      for (const ip of service.object.clusterIPs) if (ip !== 'None') ips.add(ip);
    }
  }
  if (ips.size > 0) return ips;
  for (const fact of store.all('resolv-conf')) {
    if (kindOf(fact.subject) !== 'pod' || !fact.value.search.some((domain) => /(?:^|\.)svc\./.test(domain))) continue;
    for (const ip of fact.value.nameservers) if (!ip.startsWith('169.254.')) ips.add(ip);
  }
  return ips;
}
