import type { Endpoint, Flow } from '../flow.js';
import type { Probe, Subject } from '../model.js';
import { isClusterName } from './endpoints.js';
import type { Topology } from './topology.js';

const GATEWAY: ReadonlySet<string> = new Set(['502', '503', '504']);

type Expectation = Pick<Flow, 'expected' | 'expectedWhy'>;

/**
 * What ought to come of an attempt, from how Kubernetes and Linux are built, not from what came of it.
 *
 * - A Service address translates its TCP and UDP ports only: ICMP to it goes unanswered under iptables and nftables, and
 *   is answered by the node itself under IPVS, so it says nothing either way.
 * - A packet with DF above the sender's own MTU never leaves (`message too long`).
 * - A name that the cluster does not have is answered NXDOMAIN.
 * - A node whose firewall has a rule against ping alone does not answer it.
 * - A name that the server answered without an error to this very client exists: the client refuses the answer.
 * - A request that the application itself answered, with an error, went through the network both ways.
 * - The DNS server's own pods do not ask themselves.
 */
export function expectationOf(
  topology: Topology,
  probe: Probe,
  from: Endpoint | undefined,
  to: Endpoint,
  ownMtu: number | undefined,
  answered: ReadonlySet<string>,
  dropsPing: (node: string) => boolean,
): Expectation {
  if (probe.proto === 'icmp' && (to.kind === 'clusterip' || to.kind === 'loadbalancer' || to.kind === 'nodeport')) {
    return { expected: 'fails', expectedWhy: 'icmp-to-service' };
  }
  if (probe.proto === 'icmp' && to.kind === 'node' && to.node !== undefined && dropsPing(to.node)) {
    return { expected: 'fails', expectedWhy: 'ping-filtered' };
  }
  if (isAnsweredByApplication(probe)) return { expected: 'works', expectedWhy: 'application-answered' };
  if (probe.error === 'message-too-long' && (ownMtu === undefined || (probe.size ?? 0) > ownMtu)) {
    return { expected: 'fails', expectedWhy: 'above-own-mtu' };
  }
  if (probe.dontFragment && probe.size !== undefined && ownMtu !== undefined && probe.size > ownMtu) {
    return { expected: 'fails', expectedWhy: 'above-own-mtu' };
  }
  if (probe.error === 'nxdomain') {
    const name = to.name ?? probe.to.name;
    // The server says it answered this very asker: what refuses the answer is the application or its C library.
    if (name !== undefined && from?.ip !== undefined && answered.has(`${from.ip} ${name.replace(/\.$/, '')}`)) {
      return { expected: 'fails', expectedWhy: 'server-answered' };
    }
    if (name === undefined || !isClusterName(name)) return { expected: 'unknown' };
    if (hasServiceObjects(topology) && name.includes('.') && topology.serviceOfName(name) === undefined) {
      return { expected: 'fails', expectedWhy: 'no-such-name' };
    }
  }
  // The DNS server's own pods ask the node's resolver (dnsPolicy Default): it knows no name of the cluster.
  if (probe.error === 'nxdomain' && from?.subject !== undefined && isDnsServer(topology, from.subject)) {
    return { expected: 'unknown' };
  }
  if (to.kind === 'external' && to.ip === undefined && to.name === undefined && from === undefined)
    return { expected: 'unknown' };
  return { expected: 'works' };
}

/**
 * Who only tries whether a port answers takes any status for an answer (401 of the API server); who reports one, or gets 5xx, has
 * an application that refuses. Gateways (502, 503, 504) speak of what is behind them, which may be the network's.
 */
function isAnsweredByApplication({ proto, state, status = '', origin }: Probe): boolean {
  if (proto !== 'http' || state !== 'ok' || GATEWAY.has(status)) return false;
  return /^5\d\d$/.test(status) || (origin === 'report' && /^4\d\d$/.test(status));
}

function hasServiceObjects(topology: Topology): boolean {
  for (const service of topology.services.values()) if (service.supposed !== true) return true;
  return false;
}

function isDnsServer(topology: Topology, subject: Subject): boolean {
  const pod = topology.pods.get(subject);
  if (pod === undefined) return false;
  if (pod.object?.labels['k8s-app'] === 'kube-dns') return true;
  for (const { object, endpoints } of topology.services.values()) {
    if (!object.clusterIPs.some((ip) => topology.dnsIps.has(ip))) continue;
    if (endpoints.some(({ ip }) => pod.ips.has(ip))) return true;
  }
  return false;
}
