import { isIP } from 'node:net';
import type { EndpointHint } from '../model.js';
import { podSubject } from '../model.js';
import { isLoopback } from '../parsers/endpoint-hint.js';
import type { Topology, TopologyNode, TopologyPod, TopologyService } from '../topology.js';
import type { PlannedGroup, PlannedProbe, PlanSource, ProbePlan, Resolver } from './probe-agent/plan.js';
import { resolverOf } from './resolver.js';
import type { GivenTarget, Targets } from './targets.js';

export type { ProbePlan } from './probe-agent/plan.js';

/** Where probes are to be made, and what is known of it. */
export interface ProbeSource extends PlanSource {
  /** Its own addresses; families that it has none of are not tried. Empty where they are not known: IPv4 is tried then. */
  ips: readonly string[];
  /** Text of its resolv.conf, where it could be read. */
  resolvConf?: string;
}

/** How much is probed; what is left out of a limit has the default. */
export interface ProbeLimits {
  /** Pods on each node. */
  podsPerNode: number;
  /** Nodes other than the source's own. */
  otherNodes: number;
  services: number;
  /** Probes in all, other than those a person asked for. */
  probes: number;
  /** Targets whose path MTU is found. */
  sweeps: number;
  /** A name outside the cluster; empty for none. */
  externalName: string;
  deadlineMs: number;
  atOnce: number;
  pingsAtOnce: number;
}

export const DEFAULT_LIMITS: ProbeLimits = {
  podsPerNode: 2,
  otherNodes: 20,
  services: 20,
  probes: 400,
  sweeps: 12,
  externalName: 'www.example.com',
  deadlineMs: 55_000,
  atOnce: 32,
  pingsAtOnce: 8,
};

/** Other nodes on which a NodePort is tried, besides the own one. */
const NODE_PORT_NODES = 2;
const PORTS_PER_POD = 2;
const DNS_PODS = 3;
/** Connections to one Service: each backend ought to have its turn. */
const MOST_TIMES = 8;
const KUBELET_PORT = 10_250;
const DEFAULT_DOMAIN = 'cluster.local';

/**
 * Chooses what is probed from one source: what a person gave, then the nodes, pods, Services and DNS servers of the
 * cluster's objects, a sample of them where there are many. Pure: the same targets and source give the same plan.
 */
export function planProbes(targets: Targets, source: ProbeSource, limits: Partial<ProbeLimits> = {}): ProbePlan {
  return new Planning(targets, source, { ...DEFAULT_LIMITS, ...limits }).plan();
}

class Planning {
  readonly #targets: Targets;
  readonly #source: ProbeSource;
  readonly #limits: ProbeLimits;
  readonly #topology: Topology | undefined;
  readonly #resolver: Resolver | undefined;
  readonly #probes = new Map<string, PlannedProbe>();
  readonly #groups: PlannedGroup[] = [];
  readonly #families: ReadonlySet<number>;
  #sweeps = 0;

  constructor(targets: Targets, source: ProbeSource, limits: ProbeLimits) {
    this.#targets = targets;
    this.#source = source;
    this.#limits = limits;
    this.#topology = targets.topology;
    this.#resolver = source.resolvConf === undefined ? undefined : resolverOf(source.resolvConf);
    this.#families = new Set(source.ips.length === 0 ? [4] : source.ips.map(isIP));
  }

  plan(): ProbePlan {
    for (const target of this.#targets.given) if (this.#isFromHere(target)) this.#addGiven(target);
    const given = this.#probes.size;
    if (this.#topology !== undefined) {
      this.#addNodesAndPods(this.#topology);
      this.#addDns(this.#topology);
      this.#addServices(this.#topology);
    } else this.#addDns(undefined);
    const probes = [...this.#probes.values()].slice(0, given + this.#limits.probes);
    const meant = this.#probes.size;
    if (probes.length < meant) this.#group('probes', meant, probes.length);
    const { deadlineMs, atOnce, pingsAtOnce } = this.#limits;
    const { kind, node, namespace, name } = this.#source;
    const source: PlanSource = { kind, node };
    if (namespace !== undefined) source.namespace = namespace;
    if (name !== undefined) source.name = name;
    const groups = this.#groups;
    const plan: ProbePlan = { version: 1, source, probes, groups, deadlineMs, atOnce, pingsAtOnce };
    if (this.#resolver !== undefined) plan.resolver = this.#resolver;
    return plan;
  }

  /* ---- What a person gave ---- */

  #isFromHere({ from }: GivenTarget): boolean {
    if (from === undefined) return true;
    const { kind, node, namespace, name, ips } = this.#source;
    if (from.ip !== undefined && ips.length > 0) return ips.includes(from.ip);
    if (from.kind !== undefined && from.kind !== kind) return false;
    if (from.node !== undefined && from.node !== node) return false;
    if (from.pod === undefined) return from.kind !== undefined || from.node !== undefined;
    return kind === 'pod' && from.pod === name && (from.namespace ?? 'default') === namespace;
  }

  #addGiven({ to, proto, scheme = 'http', path = '/', server }: GivenTarget): void {
    switch (proto) {
      case 'icmp':
        this.#add({ proto, to, sweep: true });
        break;
      case 'dns':
        for (const asked of server === undefined ? this.#servers() : [server])
          if (to.name !== undefined) this.#add({ proto, name: to.name, server: asked, transport: 'udp' });
        break;
      case 'http':
        this.#add({ proto, to: { ...to, port: to.port ?? 80 }, scheme, path });
        break;
      default:
        if (to.port !== undefined) this.#add({ proto, to: { ...to, port: to.port } });
    }
  }

  #add(probe: PlannedProbe): void {
    const key = probe.proto === 'dns' ? `${probe.name} ${probe.server} ${probe.transport}` : keyOf(probe.to);
    const full = `${probe.proto} ${key}`;
    if (!this.#probes.has(full)) this.#probes.set(full, probe);
  }

  /* ---- Nodes and pods ---- */

  #addNodesAndPods(topology: Topology): void {
    const own = this.#ownNode(topology);
    if (this.#source.kind === 'pod') {
      const known = own === undefined ? [] : nodeIps(own);
      const ips = known.length > 0 ? known : this.#targets.ownIps.filter((ip) => !isLoopback(ip)).slice(0, 2);
      for (const ip of this.#usable(ips)) this.#add({ proto: 'icmp', to: { ip } });
    }
    const others = [...topology.nodes.values()].filter((node) => node !== own && nodeIps(node).length > 0);
    const chosen = spread(others, this.#limits.otherNodes);
    this.#group('other nodes', others.length, chosen.length);
    for (const node of chosen) for (const ip of this.#usable(nodeIps(node))) this.#add(this.#swept(ip));
    const counts = { meant: 0, chosen: 0 };
    for (const node of own === undefined ? chosen : [own, ...chosen]) this.#addPodsOf(topology, node, own, counts);
    const elsewhere = others.filter((node) => !chosen.includes(node));
    for (const node of elsewhere) counts.meant += node.pods.filter((pod) => this.#isTarget(pod)).length;
    this.#group('pods', counts.meant, counts.chosen);
  }

  #addPodsOf(
    topology: Topology,
    node: TopologyNode,
    own: TopologyNode | undefined,
    counts: { meant: number; chosen: number },
  ): void {
    const pods = node.pods.filter((pod) => this.#isTarget(pod)).sort((a, b) => (a.subject < b.subject ? -1 : 1));
    const ports = new Map(pods.map((pod) => [pod, portsOf(topology, pod)]));
    // Those that listen tell more than those that can only be pinged.
    const listening = pods.filter((pod) => ports.get(pod)!.length > 0);
    const chosen = [...listening, ...pods.filter((pod) => !listening.includes(pod))].slice(0, this.#limits.podsPerNode);
    counts.meant += pods.length;
    counts.chosen += chosen.length;
    for (const [i, pod] of chosen.entries()) {
      for (const ip of this.#usable([...pod.ips])) {
        this.#add(i === 0 && node !== own ? this.#swept(ip) : { proto: 'icmp', to: { ip } });
        for (const port of ports.get(pod)!.slice(0, PORTS_PER_POD)) {
          if (!isDnsPort(topology, ip, port)) this.#addPort(ip, port);
        }
      }
    }
    const isReady = node.object?.partial !== true && node.object?.conditions.Ready?.status === 'True';
    if (chosen.length > 0 || node === own || !isReady) return;
    for (const ip of this.#usable(nodeIps(node))) this.#add({ proto: 'tcp', to: { ip, port: KUBELET_PORT } });
  }

  /** Whether a pod is one that ought to answer: running, ready, in a network of its own, and not the source. */
  #isTarget({ subject, object, hostNetwork, ips }: TopologyPod): boolean {
    const { kind, namespace = 'default', name = '', ips: own } = this.#source;
    if (kind === 'pod' && (subject === podSubject(namespace, name) || own.some((ip) => ips.has(ip)))) return false;
    if (hostNetwork || ips.size === 0 || object?.ready === false) return false;
    return object?.phase === undefined || object.phase === 'Running';
  }

  #swept(ip: string): PlannedProbe {
    if (this.#sweeps >= this.#limits.sweeps) return { proto: 'icmp', to: { ip } };
    this.#sweeps += 1;
    return { proto: 'icmp', to: { ip }, sweep: true };
  }

  /** `at`: where a port is reached, if that is another than its own (a NodePort). */
  #addPort(ip: string, port: Port, options: { count?: number; at?: number } = {}): void {
    const { at, ...times } = options;
    const to = { ip, port: at ?? port.port };
    if (isHttp(port)) this.#add({ proto: 'http', to, scheme: 'http', path: '/', ...times });
    else this.#add({ proto: 'tcp', to, ...times });
  }

  /* ---- Services ---- */

  #addServices(topology: Topology): void {
    const withEndpoints = [...topology.services.values()].filter((service) => this.#isServed(service));
    const first = withEndpoints.filter((service) => isApi(service) || this.#backs(service));
    const rest = withEndpoints.filter((service) => !first.includes(service));
    const chosen = [...first, ...rest].slice(0, Math.max(this.#limits.services, first.length));
    this.#group('Services', withEndpoints.length, chosen.length);
    for (const service of chosen) this.#addService(topology, service);
  }

  /**
   * Whether a Service is there to be used. One that selects pods and finds none is: somebody meant it to answer. A policy that
   * keeps it to backends of this node is part of what is found out.
   */
  #isServed({ object, endpoints }: TopologyService): boolean {
    if (object.type === 'ExternalName' || !object.clusterIPs.some((ip) => isIP(ip) !== 0)) return false;
    return endpoints.some((endpoint) => endpoint.ready) || Object.keys(object.selector).length > 0;
  }

  #backs({ endpoints }: TopologyService): boolean {
    return this.#source.kind === 'pod' && endpoints.some(({ ip }) => this.#source.ips.includes(ip));
  }

  #addService(topology: Topology, { object, endpoints }: TopologyService): void {
    const ready = endpoints.filter((endpoint) => endpoint.ready);
    const count = Math.min(MOST_TIMES, Math.max(3, 2 * ready.length));
    const ports = object.ports.filter(({ proto }) => isTcp(proto));
    for (const ip of this.#usable(object.clusterIPs)) {
      for (const port of ports) if (!isDnsPort(topology, ip, port)) this.#addPort(ip, port, { count });
    }
    const isLocal = object.externalTrafficPolicy === 'Local';
    const holders = new Set(ready.map(({ node }) => node));
    const own = this.#ownNode(topology);
    const others = [...topology.nodes.values()].filter((node) => node !== own);
    const nodes = (own === undefined ? others : [own, ...others]).filter(({ name }) => !isLocal || holders.has(name));
    for (const port of ports) {
      const { nodePort } = port;
      if (nodePort === undefined) continue;
      for (const node of nodes.slice(0, NODE_PORT_NODES + 1)) {
        for (const ip of this.#usable(nodeIps(node))) this.#addPort(ip, port, { count: 2, at: nodePort });
      }
    }
  }

  /* ---- DNS ---- */

  #addDns(topology: Topology | undefined): void {
    const { externalName } = this.#limits;
    const internalName = `kubernetes.default.svc.${this.#domain()}`;
    const dnsIps = [...(topology?.dnsIps ?? [])];
    const service = topology === undefined ? undefined : dnsService(topology);
    const pods = (service?.endpoints ?? []).filter(({ ready }) => ready).map(({ ip }) => ip);
    this.#group('DNS pods', pods.length, Math.min(pods.length, DNS_PODS));
    const clusterServers = [...this.#usable(dnsIps), ...this.#usable(pods.slice(0, DNS_PODS))];
    for (const server of clusterServers) {
      const count = dnsIps.includes(server) ? 4 : 2;
      this.#add({ proto: 'dns', name: internalName, server, transport: 'udp', count });
      this.#add({ proto: 'dns', name: internalName, server, transport: 'tcp' });
      if (externalName !== '') this.#add({ proto: 'dns', name: externalName, server, transport: 'udp', count: 2 });
    }
    // A pod whose search list has the cluster's domain asks servers that know it; a node's own servers need not.
    const isClusterFirst =
      this.#source.kind === 'pod' && (this.#resolver?.search ?? []).some((domain) => /(?:^|\.)svc\./.test(domain));
    for (const server of this.#resolver?.nameservers ?? []) {
      if (isClusterFirst) {
        this.#add({ proto: 'dns', name: internalName, server, transport: 'udp', count: 4 });
        this.#add({ proto: 'dns', name: internalName, server, transport: 'tcp' });
      }
      if (externalName !== '') this.#add({ proto: 'dns', name: externalName, server, transport: 'udp', count: 2 });
    }
  }

  #servers(): string[] {
    const own = this.#resolver?.nameservers ?? [];
    return own.length > 0 ? own : this.#usable([...(this.#topology?.dnsIps ?? [])]);
  }

  #domain(): string {
    for (const domain of this.#resolver?.search ?? []) {
      const found = /(?:^|\.)svc\.([a-z0-9.-]+?)\.?$/i.exec(domain)?.[1];
      if (found !== undefined) return found;
    }
    return DEFAULT_DOMAIN;
  }

  /* ---- */

  /** The source's node, by its name, else by its addresses: a host's name may be shorter than its node's. */
  #ownNode(topology: Topology): TopologyNode | undefined {
    const { node, ownIps } = this.#targets;
    const named = topology.nodes.get(this.#source.node);
    if (named !== undefined || node !== this.#source.node) return named;
    return [...topology.nodes.values()].find(({ nodeIp }) => nodeIp !== undefined && ownIps.includes(nodeIp));
  }

  #usable(ips: readonly string[]): string[] {
    return ips.filter((ip) => this.#families.has(isIP(ip)));
  }

  #group(what: string, meant: number, chosen: number): void {
    if (meant > 0) this.#groups.push({ what, meant, chosen });
  }
}

interface Port {
  name?: string;
  port: number;
  proto: string;
}

/** TCP ports on which a pod is known to serve: as an endpoint, else those its containers declare. */
function portsOf(topology: Topology, pod: TopologyPod): Port[] {
  const served = new Map<number, Port>();
  for (const { endpoints, endpointPorts } of topology.services.values()) {
    if (!endpoints.some(({ ip, ready }) => ready && pod.ips.has(ip))) continue;
    for (const port of endpointPorts) if (isTcp(port.proto)) served.set(port.port, port);
  }
  if (served.size > 0) return [...served.values()].sort((a, b) => a.port - b.port);
  const declared = (pod.object?.containers ?? []).flatMap(({ ports }) => ports).filter(({ proto }) => isTcp(proto));
  return declared.sort((a, b) => a.port - b.port);
}

function isTcp(proto: string): boolean {
  return proto === '' || proto.toUpperCase() === 'TCP';
}

function isHttp({ name = '', port }: Port): boolean {
  return /^(?:http|web)(?:-|$|\d)/.test(name) || port === 80 || port === 8080;
}

/** Whether a port is that of a DNS server, which is asked instead. */
function isDnsPort(topology: Topology, ip: string, { port }: Port): boolean {
  if (port !== 53) return false;
  return topology.dnsIps.has(ip) || dnsService(topology)?.endpoints.some((endpoint) => endpoint.ip === ip) === true;
}

function dnsService({ dnsIps, services }: Topology): TopologyService | undefined {
  for (const service of services.values()) {
    if (service.object.clusterIPs.some((ip) => dnsIps.has(ip))) return service;
  }
  return undefined;
}

function isApi({ object }: TopologyService): boolean {
  return object.namespace === 'default' && object.name === 'kubernetes';
}

/** Addresses by which the cluster knows a node, one of each family. */
function nodeIps({ nodeIp, object, ips }: TopologyNode): string[] {
  const known = object?.ips ?? (nodeIp === undefined ? [...ips] : [nodeIp]);
  return [4, 6].flatMap((family) => known.find((ip) => isIP(ip) === family) ?? []);
}

/** Some of a list, evenly over it: names follow zones and racks. */
function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!);
}

function keyOf({ ip, name, port }: EndpointHint): string {
  return `${ip ?? name ?? ''} ${port ?? ''}`;
}
