import type { Endpoint } from '../flow.js';
import type { EndpointHint, Probe, Subject } from '../model.js';
import { kindOf, nodeSubject, partsOf, podSubject } from '../model.js';
import type { Topology, TopologyNode, TopologyService } from './topology.js';

/** The default range of NodePorts (kube-apiserver's --service-node-port-range). */
const NODE_PORTS = { from: 30000, to: 32767 };

/** What a probe's source is: the namespace it was made in, or what the reporter or log line says. */
export function sourceOf(topology: Topology, made: Subject, hint: EndpointHint | undefined): Endpoint | undefined {
  const kind = kindOf(made);
  if (
    hint !== undefined &&
    (hint.kind !== undefined || hint.ip !== undefined || hint.pod !== undefined || hint.node !== undefined)
  ) {
    return resolve(topology, hint);
  }
  if (kind === 'node') {
    const node = topology.nodeOf(made);
    return node === undefined ? { kind: 'node', subject: made, node: made } : nodeEndpoint(node);
  }
  if (kind === 'pod') {
    const pod = topology.pods.get(made);
    if (pod?.hostNetwork && pod.node !== undefined) return nodeEndpoint(pod.node);
    const endpoint: Endpoint = { kind: 'pod', subject: made };
    if (pod?.node !== undefined) endpoint.node = pod.node.subject;
    const ip = pod === undefined ? undefined : [...pod.ips][0];
    if (ip !== undefined) endpoint.ip = ip;
    return endpoint;
  }
  return undefined;
}

/** What a probe's target is, by the reporter's word first, then by its address, then by its name. */
export function targetOf(topology: Topology, probe: Probe, from: Endpoint | undefined): Endpoint {
  const hint = probe.to;
  const endpoint = resolve(topology, hint);
  if (probe.proto === 'dns' && endpoint.kind !== 'dns' && endpoint.name !== undefined) endpoint.kind = 'dns';
  if (endpoint.kind === 'dns' && probe.proto !== 'dns') {
    // A name that a connection was made to: what stands behind it is the target, the lookup is a part of the flow.
    const namespace =
      from?.subject !== undefined && kindOf(from.subject) === 'pod' ? partsOf(from.subject)[0] : undefined;
    const service = endpoint.name === undefined ? undefined : topology.serviceOfName(endpoint.name, namespace);
    if (service !== undefined)
      return { ...endpoint, kind: 'clusterip', subject: service.subject, ...addressOf(service) };
    if (endpoint.name !== undefined && !isClusterName(endpoint.name)) return { ...endpoint, kind: 'external' };
    // Who got past the lookup met a Service (or a pod of a headless one), though its object is not in the input.
    if (endpoint.name !== undefined && probe.stage !== undefined && probe.stage !== 'resolve')
      return { ...endpoint, kind: 'clusterip' };
  }
  return endpoint;
}

function addressOf(service: TopologyService): { ip?: string } {
  const ip = service.object.clusterIPs[0];
  return ip === undefined || ip === 'None' ? {} : { ip };
}

/** Names that the cluster's DNS answers itself: below `.svc` or `cluster.local`, or of one label or `name.namespace`. */
export function isClusterName(name: string): boolean {
  const bare = name.replace(/\.$/, '').toLowerCase();
  if (/(?:^|\.)svc(?:\.|$)/.test(bare) || /(?:^|\.)cluster\.local$/.test(bare)) return true;
  if (/^kubernetes\.default$/.test(bare)) return true;
  return !bare.includes('.') && bare !== 'localhost';
}

function nodeEndpoint(node: TopologyNode): Endpoint {
  const endpoint: Endpoint = { kind: 'node', subject: node.subject, node: node.subject };
  if (node.nodeIp !== undefined) endpoint.ip = node.nodeIp;
  return endpoint;
}

function resolve(topology: Topology, hint: EndpointHint): Endpoint {
  const endpoint: Endpoint = { kind: hint.kind ?? 'external' };
  if (hint.ip !== undefined) endpoint.ip = hint.ip;
  if (hint.port !== undefined) endpoint.port = hint.port;
  if (hint.name !== undefined) endpoint.name = hint.name;
  if (hint.node !== undefined) {
    const node = topology.nodes.get(hint.node) ?? topology.nodeOf(nodeSubject(hint.node));
    if (node !== undefined) endpoint.node = node.subject;
  }
  const owner = hint.ip === undefined ? undefined : topology.ownerOf(hint.ip);
  if (hint.kind === undefined) {
    if (owner === undefined) {
      if (hint.pod !== undefined) endpoint.kind = 'pod';
      else if (hint.node !== undefined) endpoint.kind = 'node';
      else if (hint.name !== undefined) endpoint.kind = 'dns';
    } else if (owner.kind === 'node' && isNodePort(topology, hint.port)) endpoint.kind = 'nodeport';
    else if (owner.kind !== 'unknown') endpoint.kind = owner.kind;
  }
  switch (endpoint.kind) {
    case 'pod': {
      if (hint.pod !== undefined) endpoint.subject = podSubject(hint.namespace ?? 'default', hint.pod);
      else if (hint.ip !== undefined) {
        const pod = owner?.kind === 'pod' ? owner.pod : undefined;
        if (pod !== undefined) endpoint.subject = pod.subject;
      }
      const node =
        (endpoint.subject === undefined ? undefined : topology.nodeOf(endpoint.subject)) ??
        (owner?.kind === 'pod' ? owner.node : undefined);
      if (node !== undefined) endpoint.node ??= node.subject;
      break;
    }
    case 'node':
    case 'nodeport': {
      const node = endpoint.node ?? (owner?.kind === 'node' ? owner.node.subject : undefined);
      if (node !== undefined) {
        endpoint.node = node;
        if (endpoint.kind === 'node') endpoint.subject = node;
      }
      const service =
        endpoint.kind === 'nodeport' && hint.port !== undefined ? topology.serviceOfNodePort(hint.port) : undefined;
      if (service !== undefined) endpoint.subject = service.subject;
      break;
    }
    case 'clusterip':
    case 'loadbalancer': {
      const service = owner?.kind === 'clusterip' || owner?.kind === 'loadbalancer' ? owner.service : undefined;
      const named =
        service ?? (hint.name === undefined ? undefined : topology.serviceOfName(hint.name, hint.namespace));
      if (named !== undefined) {
        endpoint.subject = named.subject;
        // Reporters call any Service address a ClusterIP; the object knows better.
        if (hint.ip !== undefined && named.object.loadBalancerIPs.includes(hint.ip)) endpoint.kind = 'loadbalancer';
      }
      break;
    }
    default:
  }
  return endpoint;
}

function isNodePort(topology: Topology, port: number | undefined): boolean {
  if (port === undefined) return false;
  return topology.serviceOfNodePort(port) !== undefined || (port >= NODE_PORTS.from && port <= NODE_PORTS.to);
}
