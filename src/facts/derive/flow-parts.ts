import type { Endpoint, FlowPart, Role } from '../flow.js';
import type { Leg, LegKind, LegProtocol, Nearness } from '../leg.js';
import { internLeg } from '../leg.js';
import type { FlowProto, FlowStage, Subject } from '../model.js';
import { nodeSubject } from '../model.js';
import { API_SERVICE } from './api-service.js';
import { isClusterName } from './endpoints.js';
import { isNodeLocalAddress } from './node-local-address.js';
import type { Topology, TopologyService } from './topology.js';

/** The cluster's DNS Service by the name that every installer gives it. */
const CLUSTER_DNS: Subject = 'service/kube-system/kube-dns';

/** The protocol on the wire that a flow's word stands for. */
export function wireProtocol(proto: FlowProto): LegProtocol {
  if (proto === 'http') return 'tcp';
  return proto === 'dns' ? 'udp' : proto;
}

interface Backends {
  nodes: Subject[];
  subjects: Subject[];
  nearness?: Nearness;
  /** Whether the backends are node addresses (host network, the API server). */
  onNodes: boolean;
  sure: boolean;
}

/** What the reporter knows of the pod that was to answer behind a Service address. */
interface Reported {
  backendNode?: Subject;
  toItself?: boolean;
}

export interface FlowShape {
  leg: Leg;
  parts: FlowPart[];
}

/**
 * The leg of a flow, and the parts in which it can have died: the lookup of its name, the translation of a Service
 * address, the way to the backend. A part that the reached stage shows to have worked is left out.
 */
export function shapeOf(
  topology: Topology,
  from: Endpoint,
  to: Endpoint,
  proto: FlowProto,
  large: boolean,
  options: {
    stage?: FlowStage;
    dnsServer?: string | undefined;
    /** The address is that of the server which the pod is told to ask. */
    toNameserver?: boolean;
    answered: boolean;
    byName: boolean;
    /** The node of a Service's backend, where the reporter knows it. */
    backendNode?: Subject;
    /** The pod that asks is the one that was to answer. */
    toItself?: boolean;
  },
): FlowShape {
  const wire = wireProtocol(proto);
  const parts: FlowPart[] = [];
  const name = to.name;
  // A query that names no name, to a server outside, is a packet to it like any other; to the cluster's own it is a lookup.
  const isLookup =
    to.kind === 'dns' ||
    options.toNameserver === true ||
    (proto === 'dns' && (name !== undefined || to.kind !== 'external'));
  if (isLookup || (options.byName && name !== undefined)) {
    const reachedPast = options.stage !== undefined && options.stage !== 'resolve';
    if (!reachedPast || isLookup) parts.push(...lookupParts(topology, from, name, options.dnsServer, options.answered));
    if (isLookup) {
      const internal = name === undefined || isClusterName(name);
      return { leg: lookupLeg(from, internal), parts };
    }
    if (options.stage === 'resolve') {
      return { leg: legTo(topology, from, to, wire, large, options).leg, parts };
    }
  }
  const shape = legTo(topology, from, to, wire, large, options);
  parts.push(...shape.parts);
  return { leg: shape.leg, parts };
}

function lookupParts(
  topology: Topology,
  from: Endpoint,
  name: string | undefined,
  server: string | undefined,
  answered: boolean,
): FlowPart[] {
  const internal = name === undefined || isClusterName(name);
  const serverIp = server ?? (from.kind === 'pod' ? [...topology.dnsIps][0] : undefined);
  const to: Endpoint = { kind: 'external', port: 53 };
  let resolvers: Subject[] = [];
  let sure = true;
  if (serverIp !== undefined && from.node !== undefined && isNodeLocalAddress(serverIp)) {
    // NodeLocal DNSCache has the same address on every node: the asker's own node answers.
    to.kind = 'node';
    to.ip = serverIp;
    to.node = from.node;
    to.subject = from.node;
    resolvers = [from.node];
  } else if (serverIp !== undefined) {
    to.ip = serverIp;
    const owner = topology.ownerOf(serverIp);
    if (owner.kind === 'clusterip' || owner.kind === 'loadbalancer') {
      to.kind = owner.kind;
      if (owner.service !== undefined) {
        to.subject = owner.service.subject;
        const backends = backendsOf(topology, owner.service, undefined);
        resolvers = [owner.service.subject, ...backends.subjects, ...backends.nodes];
        sure = backends.sure;
      }
    } else if (owner.kind === 'pod') {
      to.kind = 'pod';
      if (owner.pod !== undefined) to.subject = owner.pod.subject;
      if (owner.node !== undefined) to.node = owner.node.subject;
      resolvers = [
        ...(owner.pod === undefined ? [] : [owner.pod.subject]),
        ...(owner.node === undefined ? [] : [owner.node.subject]),
      ];
    } else if (owner.kind === 'node') {
      to.kind = 'node';
      to.node = owner.node.subject;
      to.subject = owner.node.subject;
      resolvers = [owner.node.subject];
    }
  } else if (from.kind === 'pod') {
    to.kind = 'clusterip';
    // The one Service that is known without its object: what ails its pods is told by the causes of the DNS server.
    to.subject = CLUSTER_DNS;
  }
  const roles: FlowPart['roles'] = { source: sourceRole(from), resolver: resolvers };
  const parts: FlowPart[] = [
    {
      name: 'resolve',
      leg: lookupLeg(from, internal),
      roles,
      sure,
    },
  ];
  // An answer, be it an error, shows that the way to the server and back works.
  if (!answered) parts.push(...legTo(topology, from, to, 'udp', false).parts);
  return parts;
}

/** The subjects that an endpoint is: shared by all flows of that endpoint, of which there may be very many. */
const roleOf = new WeakMap<Endpoint, readonly Subject[]>();

function sourceRole(from: Endpoint): readonly Subject[] {
  let subjects = roleOf.get(from);
  if (subjects === undefined) {
    const found: Subject[] = [];
    if (from.node !== undefined) found.push(from.node);
    if (from.subject !== undefined && from.subject !== from.node) found.push(from.subject);
    subjects = found;
    roleOf.set(from, subjects);
  }
  return subjects;
}

function lookupLeg(from: Endpoint, internal: boolean): Leg {
  return internLeg({ from: from.kind as LegKind, to: internal ? 'dns-internal' : 'dns-external', large: false });
}

function legOf(from: LegKind, to: LegKind, near: Nearness | undefined, proto: LegProtocol, large: boolean): Leg {
  return internLeg(near === undefined ? { from, to, proto, large } : { from, to, near, proto, large });
}

function nearness(topology: Topology, from: Endpoint, to: Endpoint): Nearness | undefined {
  if (from.kind !== 'pod' && from.kind !== 'node') return undefined;
  if (to.kind !== 'pod' && to.kind !== 'node') return undefined;
  if (from.subject !== undefined && from.subject === to.subject) return from.kind === 'pod' ? 'self' : 'own-node';
  if (from.node === undefined) return undefined;
  if (to.node === undefined) {
    const leaves = to.ip === undefined ? undefined : topology.leaves(from.node, to.ip);
    if (leaves === undefined) return undefined;
    if (leaves) return 'cross-node';
    return from.kind === 'pod' && to.kind === 'pod' ? 'same-node' : 'own-node';
  }
  if (from.node !== to.node) return 'cross-node';
  return from.kind === 'pod' && to.kind === 'pod' ? 'same-node' : 'own-node';
}

function legTo(
  topology: Topology,
  from: Endpoint,
  to: Endpoint,
  wire: LegProtocol,
  large: boolean,
  reported: Reported = {},
): { leg: Leg; parts: FlowPart[] } {
  if (to.kind === 'clusterip' || to.kind === 'nodeport' || to.kind === 'loadbalancer')
    return serviceLeg(topology, from, to, wire, large, reported);
  const target = (to.kind === 'dns' ? 'external' : to.kind) as LegKind;
  const leg = legOf(from.kind as LegKind, target, nearness(topology, from, to), wire, large);
  return { leg, parts: [directPart(from, to, leg)] };
}

function pathOf(from: Subject | undefined, to: Subject | undefined): readonly Subject[] {
  if (from === undefined) return to === undefined ? [] : [to];
  return to === undefined || to === from ? [from] : [from, to];
}

function directPart(from: Endpoint, to: Endpoint, leg: Leg): FlowPart {
  const source = sourceRole(from);
  const target = sourceRole(to);
  const path = pathOf(from.node, to.node);
  return { name: 'transport', leg, roles: { source, target, path }, sure: true };
}

function backendsOf(topology: Topology, service: TopologyService, entry: Subject | undefined): Backends {
  const nodes: Subject[] = [];
  const subjects: Subject[] = [];
  // The API server runs in a node's network, or in a provider's; never at a pod's address.
  let onNodes = service.endpoints.length > 0 || (service.subject === API_SERVICE && !service.endpointsKnown);
  let unknown = 0;
  const ready = service.endpoints.filter((endpoint) => endpoint.ready);
  for (const endpoint of ready) {
    const owner = topology.ownerOf(endpoint.ip);
    let node = owner.kind === 'node' ? owner.node.subject : owner.kind === 'pod' ? owner.node?.subject : undefined;
    if (node === undefined && endpoint.node !== undefined) node = topology.nodeOf(nodeSubject(endpoint.node))?.subject;
    if (owner.kind !== 'node') onNodes = false;
    if (owner.kind === 'pod' && owner.pod !== undefined) subjects.push(owner.pod.subject);
    if (node === undefined) unknown += 1;
    else if (!nodes.includes(node)) nodes.push(node);
  }
  const backends: Backends = { nodes, subjects, onNodes, sure: ready.length === 1 && unknown === 0 };
  if (entry !== undefined && ready.length > 0 && unknown === 0) {
    backends.nearness = nodes.every((node) => node === entry)
      ? 'same-node'
      : nodes.includes(entry)
        ? 'varies'
        : 'cross-node';
  }
  return backends;
}

/** The one pod on a node that the reporter says was to answer. */
function reportedBackend(node: Subject, entry: Subject | undefined): Backends {
  const backends: Backends = { nodes: [node], subjects: [], onNodes: false, sure: true };
  if (entry !== undefined) backends.nearness = entry === node ? 'same-node' : 'cross-node';
  return backends;
}

function serviceLeg(
  topology: Topology,
  from: Endpoint,
  to: Endpoint,
  wire: LegProtocol,
  large: boolean,
  reported: Reported,
): { leg: Leg; parts: FlowPart[] } {
  const service = to.subject === undefined ? undefined : topology.services.get(to.subject);
  const node = reported.toItself ? from.node : reported.backendNode;
  // A ClusterIP is translated where the packet starts, a NodePort on the node that is addressed.
  const entry = to.kind === 'nodeport' ? to.node : to.kind === 'clusterip' ? from.node : undefined;
  // How near a load balancer's backend is counts from who asks: it may be sent back to its own node.
  const askedFrom = to.kind === 'loadbalancer' ? from.node : undefined;
  const backends: Backends =
    node !== undefined
      ? reportedBackend(node, entry ?? askedFrom)
      : service === undefined
        ? { nodes: [], subjects: [], onNodes: false, sure: false }
        : backendsOf(topology, service, entry ?? askedFrom);
  let near = backends.nearness;
  const alone = backends.subjects.length === 1 && backends.subjects[0] === from.subject && backends.nodes.length === 1;
  // By another node's port it comes back as that node's packet.
  if ((alone || reported.toItself) && (entry === undefined || entry === from.node)) near = 'self';
  const leg = legOf(from.kind as LegKind, to.kind as LegKind, near, wire, large);

  const entryRoles: Partial<Record<Role, readonly Subject[]>> = {
    source: sourceRole(from),
    entry: entry === undefined ? [] : [entry],
    target: [...(to.subject === undefined ? [] : [to.subject]), ...backends.subjects, ...backends.nodes],
    path: [...new Set([...(entry === undefined ? [] : [entry]), ...backends.nodes])],
  };
  const parts: FlowPart[] = [
    { name: 'entry', leg, roles: entryRoles, sure: backends.sure || near === 'same-node' || near === 'cross-node' },
  ];

  // From the entry on the packet goes to a backend as any other would: from the pod, or from the node that took it in.
  const asPod = to.kind === 'clusterip' && from.kind === 'pod';
  const local = near === 'same-node' && (backends.onNodes || !asPod);
  const behind = legOf(
    asPod ? 'pod' : 'node',
    backends.onNodes ? 'node' : 'pod',
    local ? 'own-node' : near,
    wire,
    large,
  );
  const roles: Partial<Record<Role, readonly Subject[]>> = {
    source: asPod ? sourceRole(from) : entry === undefined ? [] : [entry],
    target: [...backends.subjects, ...backends.nodes],
    path: entryRoles.path!,
  };
  if (service === undefined || service.endpoints.some((endpoint) => endpoint.ready) || !service.endpointsKnown) {
    parts.push({ name: 'transport', leg: behind, roles, sure: backends.sure });
  }
  return { leg, parts };
}
