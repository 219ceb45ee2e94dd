import { isIPv4 } from 'node:net';
import type { Endpoint } from '../flow.js';
import type { Subject } from '../model.js';
import type { Topology } from '../topology.js';

/** Protocols that packets are walked as. A lookup is walked as UDP to its server, a request over HTTP as TCP to its port. */
export const WALK_PROTOS = ['tcp', 'udp', 'icmp', 'sctp'] as const;
export type WalkProto = (typeof WALK_PROTOS)[number];

/**
 * A flow to walk, its ends resolved: both have an IPv4 address (`ip`), a pod or node its subject where one is known, and
 * `to.port` is the port of `port`.
 */
export interface WalkRequest {
  from: Endpoint & { ip: string };
  to: Endpoint & { ip: string };
  proto: WalkProto;
  /** Destination port; absent for icmp. */
  port?: number;
  /** Bytes at IP level, headers included: `ping -s 1472` is 1500. */
  size?: number;
  /** As large as the sender's own MTU lets it be, where `size` does not tell. */
  large?: boolean;
  /** Whether the sender sets DF; absent: what Linux does by itself (DF, and fragmenting what is above its own MTU). */
  dontFragment?: boolean;
  /** The node of the backend that is to answer, where it is told. */
  backendNode?: Subject;
  /** A pod that asks its own Service and is to answer itself. */
  toItself?: boolean;
  /** The server that is asked first, where the target was named: a connection to a name is one lookup more. */
  resolver?: { server: Endpoint & { ip: string }; name: string };
  /** Of a lookup: the name that is asked of `to`. */
  lookup?: string;
}

/** What is asked for in the words of who asks, with the request, or why there is none to walk. */
export type AskedWalk = {
  from: string;
  to: string;
} & (
  | { request: WalkRequest }
  | {
      /** For a person: what could not be resolved, or is wrong with the entry. */
      why: string;
      /** `malformed`: no flow at all. `unresolved`: a flow, but the input does not tell an end's address. */
      kind: 'malformed' | 'unresolved';
    }
);

/** An end in a few words: `pod/default/a (10.244.1.5)`, `10.96.0.10:53`. */
export function describeEnd(end: Endpoint): string {
  const at =
    end.ip === undefined ? (end.name ?? '') : `${end.ip}${end.port === undefined ? '' : `:${String(end.port)}`}`;
  if (end.subject === undefined) {
    if (at !== '' || end.node === undefined) return at === '' ? end.kind : at;
    return end.kind === 'node' ? end.node : `${end.kind} on ${end.node}`;
  }
  return at === '' ? end.subject : `${end.subject} (${at})`;
}

/** Stands for any address outside of the cluster where none is named (TEST-NET-3 of RFC 5737). */
export const OUTSIDE = '203.0.113.1';

/** The end with an address, its own first: what the cluster knows a pod, node or Service by. */
export function withAddress(topology: Topology, end: Endpoint): Endpoint {
  if (end.ip !== undefined) return end;
  if (end.kind === 'external' && end.name === undefined) return { ...end, ip: OUTSIDE };
  const ip = addressOf(topology, end);
  return ip === undefined ? end : { ...end, ip };
}

function addressOf(topology: Topology, { kind, subject, node }: Endpoint): string | undefined {
  if (kind === 'pod') {
    const pod = subject === undefined ? undefined : topology.pods.get(subject);
    if (pod === undefined) return undefined;
    return ipv4First(pod.hostNetwork && pod.node?.nodeIp !== undefined ? [pod.node.nodeIp, ...pod.ips] : [...pod.ips]);
  }
  if (kind === 'node' || kind === 'nodeport') {
    const found = node === undefined ? undefined : topology.nodeOf(node);
    if (found === undefined) return undefined;
    return ipv4First(found.nodeIp === undefined ? [...found.ips] : [found.nodeIp, ...found.ips]);
  }
  const service = subject === undefined ? undefined : topology.services.get(subject);
  if (service === undefined) return undefined;
  const { clusterIPs, loadBalancerIPs } = service.object;
  return ipv4First((kind === 'loadbalancer' ? loadBalancerIPs : clusterIPs).filter((ip) => ip !== 'None'));
}

function ipv4First(ips: readonly string[]): string | undefined {
  return ips.find((ip) => isIPv4(ip)) ?? ips[0];
}

/** Ends, protocol and port as a request, or why it cannot be one: an end without an address, or with one of IPv6. */
export function requestOf(
  topology: Topology,
  ends: { from: Endpoint; to: Endpoint },
  flow: Omit<WalkRequest, 'from' | 'to'>,
): AskedWalk {
  const from = withAddress(topology, ends.from);
  const to = withAddress(topology, ends.to);
  const asked = { from: describeEnd(from), to: toInWords(to, flow) };
  for (const end of [from, to]) {
    const wrong = whyNoAddress(topology, end);
    if (wrong !== undefined) return { ...asked, kind: 'unresolved', why: wrong };
  }
  if (flow.proto !== 'icmp' && flow.port === undefined)
    return { ...asked, kind: 'unresolved', why: `no port is told for ${flow.proto}` };
  const port = flow.proto === 'icmp' ? undefined : flow.port;
  const request: WalkRequest = {
    ...flow,
    from: from as WalkRequest['from'],
    to: (port === undefined ? to : { ...to, port }) as WalkRequest['to'],
  };
  if (port === undefined) delete request.port;
  return { ...asked, request };
}

function toInWords(to: Endpoint, { proto, port }: Omit<WalkRequest, 'from' | 'to'>): string {
  if (proto === 'icmp' || port === undefined) {
    const { port: _, ...place } = to;
    return `${describeEnd(place)}/${proto}`;
  }
  if (to.ip === undefined) return `${describeEnd(to)}:${port}/${proto}`;
  const at = `${to.ip}:${port}/${proto}`;
  return to.subject === undefined ? at : `${to.subject} (${at})`;
}

function whyNoAddress(topology: Topology, end: Endpoint): string | undefined {
  if (end.ip !== undefined)
    return isIPv4(end.ip) ? undefined : `${end.ip} is no IPv4 address: the walk knows IPv4 alone`;
  if (end.name !== undefined && end.subject === undefined) return `nothing here resolves the name ${end.name}`;
  const service = end.subject === undefined ? undefined : topology.services.get(end.subject);
  if (service?.object.clusterIPs.includes('None') === true)
    return `${service.subject} is headless, its name stands for its pods: name one of them`;
  if (end.subject !== undefined) return `no address of ${end.subject} is known`;
  if (end.node !== undefined) return `no ${end.kind === 'node' ? 'address' : end.kind} of ${end.node} is told`;
  return `no address is told of the end that is ${end.kind}`;
}
