import { UNNAMED_NAMESPACE } from '../bundle/place.js';
import type { HopRole } from '../capture.js';
import { devicesOf, type NodeDevices, type TunnelKind } from '../derive/devices.js';
import { deviceOf, networkHas, parseIpv4, parseNetwork } from '../derive/ipv4.js';
import { CLUSTER, podSubject, type Subject, serviceSubject, subjectOf } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode, TopologyPod, TopologyService } from '../topology.js';
import type { FlowEnd, FlowWords } from './flow-words.js';

/** What to look for at a place; the words are the caller's. */
export type Look =
  | 'leaves-pod'
  | 'reaches-node'
  | 'on-bridge'
  | 'into-tunnel'
  | 'leaves-in-tunnel'
  | 'leaves-plain'
  | 'leaves-translated'
  | 'arrives-in-tunnel'
  | 'arrives-plain'
  | 'out-of-tunnel'
  | 'to-bridge'
  | 'to-pod'
  | 'enters-pod';

/** One place at which to capture. */
export interface PlanHop {
  /** Undefined where it is not known on which node. */
  node?: string;
  role: HopRole | 'inside-pod';
  /** Undefined where it is not known: `findDevice` says how to find it. */
  device?: string;
  /** A command that tells the device. */
  findDevice?: string;
  /** The pod, of the places at its two ends of the veth. */
  pod?: { namespace: string; name: string };
  /** tcpdump's. */
  filter: string;
  /** Where the capture goes, as `podnet capture` and the bundle have it. */
  file: string;
  /** The command for a person. */
  command: string;
  look: Look;
}

/** What is not known or worth saying; `values` are names and addresses for its words. */
export interface PlanNote {
  id:
    | 'source-unknown'
    | 'target-unknown'
    | 'pod-unknown'
    | 'node-unknown'
    | 'service-unknown'
    | 'no-endpoints'
    | 'backends'
    | 'entry-node'
    | 'tunnel-unknown'
    | 'devices-unknown'
    | 'encrypted'
    | 'masquerade-unknown'
    | 'masqueraded'
    | 'not-masqueraded'
    | 'name-only'
    | 'same-node';
  values: Record<string, string>;
}

export interface CapturePlan {
  hops: PlanHop[];
  notes: PlanNote[];
  /** The command that finds the PID of a pod, where a hop is inside one. */
  pidOf?: string;
}

/** Backends of a Service whose ways are shown. */
const MOST_BACKENDS = 2;
/** Backends that one filter names. */
const MOST_IN_FILTER = 8;
const TUNNEL_PORTS: Readonly<Record<string, number>> = { geneve: 6081, wireguard: 51820 };

interface End {
  ip?: string;
  port?: number;
  pod?: TopologyPod;
  node?: TopologyNode;
  /** A node itself, not a pod on it. */
  isNode: boolean;
}

/**
 * Where to capture a flow, hop by hop, from the client's pod to the server's: with the device, the filter and what to look
 * for there. What the facts do not tell is among the notes, and stands in the commands in capitals (`VETH`).
 */
export function planCaptures(flow: FlowWords, facts: { store: FactStore; topology: Topology }): CapturePlan {
  return new Planner(flow, facts.store, facts.topology).plan();
}

class Planner {
  readonly #flow: FlowWords;
  readonly #store: FactStore;
  readonly #topology: Topology;
  readonly #hops: PlanHop[] = [];
  readonly #notes: PlanNote[] = [];
  readonly #devices = new Map<TopologyNode, NodeDevices>();

  constructor(flow: FlowWords, store: FactStore, topology: Topology) {
    this.#flow = flow;
    this.#store = store;
    this.#topology = topology;
  }

  plan(): CapturePlan {
    const from = this.#end(this.#flow.from);
    const asked = this.#end(this.#flow.to);
    if (from.ip === undefined && from.node === undefined)
      this.#note('source-unknown', { what: endWords(this.#flow.from) });
    const service = this.#service(asked);
    const backends = service === undefined ? [asked] : this.#backends(service);
    if (service === undefined && asked.ip === undefined && asked.node === undefined) {
      this.#note('target-unknown', { what: endWords(this.#flow.to) });
    }
    // Through a NodePort the packet enters at the node that was addressed, and is translated there.
    const entry = service !== undefined && asked.isNode && asked.node !== from.node ? asked.node : undefined;
    this.#leave(from, asked, backends, entry);
    const shown = new Set<Subject>();
    for (const backend of backends.slice(0, MOST_BACKENDS)) {
      const key = backend.pod?.subject ?? `${backend.ip}`;
      if (shown.has(key)) continue;
      shown.add(key);
      if (entry !== undefined) this.#forwardFrom(entry, from, backend);
      this.#arrive(from, backend, entry);
    }
    const plan: CapturePlan = { hops: this.#hops, notes: this.#notes };
    const inside = this.#hops.find(({ role, pod }) => role === 'inside-pod' && pod !== undefined)?.pod;
    if (inside !== undefined) plan.pidOf = pidCommand(inside);
    return plan;
  }

  #note(id: PlanNote['id'], values: Record<string, string> = {}): void {
    if (this.#notes.some((note) => note.id === id && JSON.stringify(note.values) === JSON.stringify(values))) return;
    this.#notes.push({ id, values });
  }

  #devicesOn(node: TopologyNode): NodeDevices {
    let known = this.#devices.get(node);
    if (known === undefined) {
      known = devicesOf(this.#store, node);
      this.#devices.set(node, known);
      if (known.links.size === 0) this.#note('devices-unknown', { node: node.name });
    }
    return known;
  }

  #end(end: FlowEnd): End {
    const port = end.port === undefined ? {} : { port: end.port };
    switch (end.kind) {
      case 'pod': {
        const pod = this.#topology.pods.get(podSubject(end.namespace!, end.name!));
        if (pod === undefined) this.#note('pod-unknown', { pod: `${end.namespace}/${end.name}` });
        return pod === undefined ? { ...port, isNode: false } : { ...port, ...this.#ofPod(pod) };
      }
      case 'node': {
        const node = this.#topology.nodes.get(end.name!);
        if (node === undefined) this.#note('node-unknown', { node: end.name! });
        const ip = node?.nodeIp ?? [...(node?.ips ?? [])][0];
        return { ...port, ...(node === undefined ? {} : { node }), ...(ip === undefined ? {} : { ip }), isNode: true };
      }
      case 'service': {
        const service = this.#topology.services.get(serviceSubject(end.namespace!, end.name!));
        const ip = service?.object.clusterIPs.find((one) => one !== 'None');
        if (service === undefined) this.#note('service-unknown', { service: `${end.namespace}/${end.name}` });
        return { ...port, ...(ip === undefined ? {} : { ip }), isNode: false };
      }
      case 'name':
        this.#note('name-only', { name: end.name! });
        return { ...port, isNode: false };
      case 'ip': {
        const owner = this.#topology.ownerOf(end.ip!);
        if (owner.kind === 'pod' && owner.pod !== undefined) return { ...port, ...this.#ofPod(owner.pod), ip: end.ip! };
        const node = owner.kind === 'pod' || owner.kind === 'node' ? owner.node : undefined;
        return { ip: end.ip!, ...port, ...(node === undefined ? {} : { node }), isNode: owner.kind === 'node' };
      }
    }
  }

  #ofPod(pod: TopologyPod): End {
    const [ip] = pod.ips;
    const known = { ...(ip === undefined ? {} : { ip }), ...(pod.node === undefined ? {} : { node: pod.node }) };
    // A pod in its node's network is the node.
    return pod.hostNetwork ? { ...known, isNode: true } : { ...known, pod, isNode: false };
  }

  #service(asked: End): TopologyService | undefined {
    const { to } = this.#flow;
    if (to.kind === 'service') return this.#topology.services.get(serviceSubject(to.namespace!, to.name!));
    if (asked.isNode && asked.port !== undefined) return this.#topology.serviceOfNodePort(asked.port);
    if (asked.ip === undefined) return undefined;
    const owner = this.#topology.ownerOf(asked.ip);
    if (owner.kind === 'clusterip' && owner.service === undefined) this.#note('service-unknown', { service: asked.ip });
    return owner.kind === 'clusterip' || owner.kind === 'loadbalancer' ? owner.service : undefined;
  }

  #backends({ subject, object, endpoints, endpointPorts }: TopologyService): End[] {
    const port = object.ports.find((one) => one.port === this.#flow.to.port || one.nodePort === this.#flow.to.port);
    const target = endpointPorts.find(({ name }) => name === port?.name) ?? endpointPorts[0];
    const number = typeof port?.targetPort === 'number' ? port.targetPort : (target?.port ?? this.#flow.to.port);
    const ready = endpoints.filter((endpoint) => endpoint.ready);
    if (ready.length === 0) this.#note('no-endpoints', { service: subject.replace(/^service\//, '') });
    else {
      const list = ready.slice(0, MOST_IN_FILTER).map(({ ip, node }) => (node === undefined ? ip : `${ip} (${node})`));
      const more = ready.length > MOST_IN_FILTER ? ` +${ready.length - MOST_IN_FILTER}` : '';
      this.#note('backends', { service: subject.replace(/^service\//, ''), backends: list.join(', ') + more });
    }
    return ready.map(({ ip }): End => {
      const owner = this.#topology.ownerOf(ip);
      const end = owner.kind === 'pod' && owner.pod !== undefined ? this.#ofPod(owner.pod) : undefined;
      const node = owner.kind === 'pod' || owner.kind === 'node' ? owner.node : undefined;
      const rest = end ?? { isNode: owner.kind === 'node', ...(node === undefined ? {} : { node }) };
      return { ...rest, ip, ...(number === undefined ? {} : { port: number }) };
    });
  }

  /** Protocol and ports, as far as they tell the flow from others. */
  #proto(...ports: (number | undefined)[]): string {
    const { protocol, from, to } = this.#flow;
    const isV6 = [from.ip, to.ip].some((ip) => ip?.includes(':') === true);
    const errors = isV6 ? 'icmp6' : 'icmp';
    const known = [...new Set(ports.filter((port) => port !== undefined))].map((port) => `port ${port}`);
    if (protocol === 'icmp') return errors;
    // Errors are told by ICMP, whatever the flow is.
    if (known.length === 0) return `(${protocol} or ${errors})`;
    const either = known.length === 1 ? known[0]! : `(${known.join(' or ')})`;
    return `((${protocol} and ${either}) or ${errors})`;
  }

  #hosts(...ips: (string | undefined)[]): string | undefined {
    const known = [...new Set(ips.filter((ip) => ip !== undefined))].slice(0, MOST_IN_FILTER);
    if (known.length === 0) return undefined;
    const text = known.map((ip) => `host ${ip}`).join(' or ');
    return known.length === 1 ? text : `(${text})`;
  }

  #filter(
    clients: readonly (string | undefined)[],
    servers: readonly (string | undefined)[],
    ports: readonly (number | undefined)[],
  ): string {
    return [this.#hosts(...clients), this.#hosts(...servers), this.#proto(...ports)]
      .filter((part) => part !== undefined)
      .join(' and ');
  }

  /** From the client to where it leaves its node. */
  #leave(from: End, asked: End, backends: readonly End[], entry: TopologyNode | undefined): void {
    const { node, pod } = from;
    if (node === undefined) return;
    const before = this.#filter([from.ip], [asked.ip], [asked.port]);
    const servers = backends.map(({ ip }) => ip);
    const ports = [asked.port, ...backends.map(({ port }) => port)];
    const either = this.#filter([from.ip], [asked.ip, ...servers], ports);
    if (pod !== undefined) this.#podHops(pod, node, before, either, 'out');
    else if (!from.isNode && from.ip !== undefined) this.#podHops(undefined, node, before, either, 'out', from.ip);
    if (entry !== undefined) {
      this.#nicOut(from, node, [asked], entry);
      return;
    }
    const away = backends.filter((backend) => backend.node !== node);
    if (away.length === 0 && backends.length > 0) {
      if (!from.isNode) this.#note('same-node', { node: node.name });
      return;
    }
    // A ClusterIP whose backends are not known goes where its rules say.
    if (away.length > 0) this.#nicOut(from, node, away, away[0]!.node);
  }

  /** From a node that translated a NodePort on to the backend's. */
  #forwardFrom(entry: TopologyNode, from: End, backend: End): void {
    const { node } = from;
    const asked = this.#end(this.#flow.to);
    const nic = this.#devicesOn(entry).nic;
    this.#note('entry-node', { node: entry.name });
    this.#hop(
      entry,
      'nic',
      nic,
      this.#filter([from.pod === undefined ? from.ip : undefined, node?.nodeIp], [asked.ip], [asked.port]),
      'arrives-plain',
    );
    if (backend.node === undefined || backend.node === entry) return;
    this.#nicOut({ node: entry, isNode: true }, entry, [backend], backend.node);
  }

  /** Tunnel and NIC of the node that sends. */
  #nicOut(from: End, node: TopologyNode, backends: readonly End[], peer: TopologyNode | undefined): void {
    const devices = this.#devicesOn(node);
    const [backend] = backends;
    const ips = backends.map(({ ip }) => ip);
    const ports = backends.map(({ port }) => port);
    const tunnel = this.#tunnelTo(node, devices, backend);
    // Through a tunnel a node speaks with the tunnel's own address.
    const inner = this.#filter([from.pod === undefined && from.isNode ? undefined : from.ip], ips, ports);
    if (tunnel !== undefined) {
      this.#hop(node, 'tunnel', tunnel.name, inner, 'into-tunnel');
      const peers = [...new Set(backends.map((one) => one.node?.nodeIp))];
      this.#hop(node, 'nic', devices.nic, this.#outer(tunnel, peers), 'leaves-in-tunnel');
      return;
    }
    if (from.isNode) {
      this.#hop(node, 'nic', devices.nic, this.#filter([from.ip ?? node.nodeIp], ips, ports), 'leaves-plain');
      return;
    }
    // What leaves for another pod keeps its address; what leaves the pod network is masqueraded, or is not.
    const toPods = backend?.pod !== undefined || (backend?.node !== undefined && !backend.isNode);
    if (toPods) {
      this.#hop(node, 'nic', devices.nic, this.#filter([from.ip], ips, ports), 'leaves-plain');
      return;
    }
    const masqueraded = this.#store.value(node.subject, 'netfilter.pods-masqueraded');
    const isToNode = backend?.isNode === true && peer !== undefined;
    const known = typeof masqueraded === 'boolean' && !isToNode ? masqueraded : undefined;
    const clients = known === true ? [node.nodeIp] : known === false ? [from.ip] : [from.ip, node.nodeIp];
    const values = { node: node.name, ip: node.nodeIp ?? '?' };
    this.#note(known === undefined ? 'masquerade-unknown' : known ? 'masqueraded' : 'not-masqueraded', values);
    const filter = this.#filter(clients.some((ip) => ip === undefined) ? [] : clients, ips, ports);
    this.#hop(node, 'nic', devices.nic, filter, known === false ? 'leaves-plain' : 'leaves-translated');
  }

  /** From the server's NIC to its pod. */
  #arrive(from: End, backend: End, entry: TopologyNode | undefined): void {
    const { node, pod } = backend;
    const source = entry ?? from.node;
    if (node === undefined) return;
    const devices = this.#devicesOn(node);
    const isFromNode = entry !== undefined || (from.isNode && from.pod === undefined);
    if (node !== source && !(entry === node)) {
      const tunnel =
        source === undefined
          ? undefined
          : this.#tunnelTo(source, this.#devicesOn(source), backend) && this.#tunnelOf(devices);
      if (tunnel !== undefined) {
        this.#hop(node, 'nic', devices.nic, this.#outer(tunnel, [source?.nodeIp]), 'arrives-in-tunnel');
        this.#hop(
          node,
          'tunnel',
          tunnel.name,
          this.#filter([isFromNode ? undefined : from.ip], [backend.ip], [backend.port]),
          'out-of-tunnel',
        );
      } else {
        const clients =
          backend.isNode && from.pod !== undefined
            ? [from.ip, source?.nodeIp]
            : [isFromNode ? source?.nodeIp : from.ip];
        this.#hop(
          node,
          'nic',
          devices.nic,
          this.#filter(clients.some((ip) => ip === undefined) ? [] : clients, [backend.ip], [backend.port]),
          'arrives-plain',
        );
      }
    }
    if (backend.isNode) return;
    // To its own node's pods a node speaks with the bridge's address.
    const filter = this.#filter([isFromNode ? undefined : from.ip], [backend.ip], [backend.port]);
    this.#podHops(pod, node, filter, filter, 'in', backend.ip);
  }

  /** Both ends of a pod's veth, and the bridge that it hangs on. */
  #podHops(
    pod: TopologyPod | undefined,
    node: TopologyNode,
    atPod: string,
    atBridge: string,
    way: 'in' | 'out',
    ip?: string,
  ): void {
    const devices = this.#devicesOn(node);
    const veth = pod?.hostDevice ?? this.#vethOf(node, ip ?? [...(pod?.ips ?? [])][0]);
    const named = pod === undefined ? {} : { pod: { namespace: pod.namespace, name: pod.name } };
    const inside = (look: Look): void => {
      if (pod === undefined || pod.namespace === UNNAMED_NAMESPACE) return;
      const file = `pods/${pod.namespace}/${pod.name}/tcpdump_-i_eth0.pcap`;
      this.#push({ node: node.name, role: 'inside-pod', device: 'eth0', ...named, filter: atPod, file, look });
    };
    const outside = (look: Look): void => {
      const find = `nsenter -t PID -n cat /sys/class/net/eth0/iflink; ip -o link | grep '^N:'`;
      const place = veth === undefined ? { findDevice: find } : { device: veth };
      this.#push({
        node: node.name,
        role: 'pod',
        ...place,
        ...named,
        filter: atPod,
        file: captureFile(node.name, veth ?? 'VETH'),
        look,
      });
    };
    const bridge = this.#bridgeOf(devices, veth);
    if (way === 'out') {
      inside('leaves-pod');
      outside('reaches-node');
    }
    if (bridge !== undefined) this.#hop(node, 'bridge', bridge, atBridge, way === 'out' ? 'on-bridge' : 'to-bridge');
    if (way === 'in') {
      outside('to-pod');
      inside('enters-pod');
    }
  }

  /** The bridge of a veth; where the veth is not known, the only one that there is. */
  #bridgeOf(devices: NodeDevices, veth: string | undefined): string | undefined {
    const master = veth === undefined ? undefined : devices.links.get(veth)?.link.master;
    if (master !== undefined) return master;
    if (veth !== undefined && devices.routedPods.includes(veth)) return undefined;
    return devices.bridges.length === 1 ? devices.bridges[0] : undefined;
  }

  /** The port of the bridge behind which the node's neighbour of that address is. */
  #vethOf(node: TopologyNode, ip: string | undefined): string | undefined {
    const neighbour = this.#store
      .records(node.subject, 'neighbour')
      .find(({ value }) => value.ip === ip && value.mac !== undefined);
    const mac = neighbour?.value.mac?.toLowerCase();
    if (mac === undefined) return undefined;
    return this.#store
      .records(node.subject, 'fdb')
      .find(({ value }) => value.mac.toLowerCase() === mac && value.dst === undefined && value.dev !== value.master)
      ?.value.dev;
  }

  #tunnelOf(devices: NodeDevices): NodeDevices['tunnels'][number] | undefined {
    return devices.tunnels[0];
  }

  /** The tunnel by which a node sends to another node's pod: as its routes say, else as the cluster's mode is. */
  #tunnelTo(
    node: TopologyNode,
    devices: NodeDevices,
    target: End | undefined,
  ): NodeDevices['tunnels'][number] | undefined {
    if (target === undefined || target.isNode || target.ip === undefined) return undefined;
    const isPod = target.pod !== undefined || target.node !== undefined;
    if (!isPod) return undefined;
    const dev = routedTo(node, target.ip);
    if (dev !== undefined) {
      const byRoute = devices.tunnels.find(({ name }) => name === dev);
      // A default route says nothing of a pod's network that lacks its own.
      if (byRoute !== undefined) return byRoute;
      if (dev !== devices.nic) return undefined;
    }
    const mode = this.#store.value(CLUSTER, 'cniMode');
    if (mode === 'host-gw' || mode === 'direct' || mode === 'underlay') return undefined;
    const [tunnel] = devices.tunnels;
    if (dev !== undefined && !isByDefault(node, target.ip)) return undefined;
    if (tunnel === undefined && devices.links.size === 0) this.#note('tunnel-unknown', { node: node.name });
    return tunnel;
  }

  /** The tunnel's own packets on the NIC. */
  #outer({ name, kind }: { name: string; kind: TunnelKind }, peers: readonly (string | undefined)[]): string {
    const hosts = peers.includes(undefined) ? undefined : this.#hosts(...peers);
    const and = hosts === undefined ? '' : ` and ${hosts}`;
    if (kind === 'ipip') return `ip proto 4${and}`;
    if (kind === 'wireguard') this.#note('encrypted', { device: name });
    return `udp port ${this.#portOf(name, kind)}${and}`;
  }

  #portOf(name: string, kind: TunnelKind): number {
    for (const devices of this.#devices.values()) {
      const port = devices.links.get(name)?.link.vxlan?.port;
      if (port !== undefined) return port;
    }
    return TUNNEL_PORTS[kind] ?? (/calico|vxlan_sys|vxlan-v6\.calico/.test(name) ? 4789 : 8472);
  }

  #hop(node: TopologyNode, role: HopRole, device: string | undefined, filter: string, look: Look): void {
    const place = device === undefined ? { findDevice: 'ip -br link; ip route' } : { device };
    const file = captureFile(node.name, device ?? role.toUpperCase());
    this.#push({ node: node.name, role, ...place, filter, file, look });
  }

  /** A device that the flow passes twice (a NodePort's node, in and out) is captured once, for both. */
  #push(hop: Omit<PlanHop, 'command'>): void {
    const known = this.#hops.find(({ file }) => file === hop.file);
    if (known === undefined) this.#hops.push({ ...hop, command: commandOf(hop) });
    else if (hop.filter !== known.filter && hop.device !== undefined) {
      known.filter = `(${known.filter}) or (${hop.filter})`;
      known.command = commandOf(known);
    }
  }
}

function captureFile(node: string, device: string): string {
  return `captures/${node}/${device}.pcap`;
}

function commandOf({ role, device, filter, file }: Omit<PlanHop, 'command'>): string {
  const where = device ?? (role === 'pod' ? 'VETH' : role.toUpperCase());
  const enter = role === 'inside-pod' ? 'nsenter -t PID -n ' : '';
  return `${enter}tcpdump -ni ${quote(where)} -s 256 -w ${quote(file)} ${quote(filter)}`;
}

function pidCommand({ namespace, name }: { namespace: string; name: string }): string {
  const sandbox = `crictl pods --namespace ${quote(namespace)} --name ${quote(name)} -q | head -n 1`;
  return `crictl inspectp --output go-template --template '{{.info.pid}}' "$(${sandbox})"`;
}

/** For a POSIX shell. Names come from dumps of strangers. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function endWords({ kind, namespace, name, ip }: FlowEnd): string {
  if (kind === 'ip') return ip!;
  if (kind === 'name') return name!;
  return kind === 'node' ? subjectOf('node', name!) : subjectOf(kind, namespace!, name!);
}

interface Match {
  prefix: number;
  dev: string | undefined;
}

/** The longest match in the main table. */
function matchOf(node: TopologyNode, ip: string): Match | undefined {
  const address = parseIpv4(ip);
  if (address === undefined) return undefined;
  let best: Match | undefined;
  for (const route of node.routes) {
    if (route.family !== 4 || route.table !== 'main' || route.type !== 'unicast') continue;
    const network = parseNetwork(route.dst);
    if (network === undefined || !networkHas(network, address)) continue;
    if (best === undefined || network.prefix > best.prefix) best = { prefix: network.prefix, dev: deviceOf(route) };
  }
  return best;
}

function routedTo(node: TopologyNode, ip: string): string | undefined {
  return matchOf(node, ip)?.dev;
}

function isByDefault(node: TopologyNode, ip: string): boolean {
  return matchOf(node, ip)?.prefix === 0;
}
