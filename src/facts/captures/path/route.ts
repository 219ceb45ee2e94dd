import { secondsBetween } from './capture-time.js';
import type { Sighting } from './flow-group.js';
import type { PathKnowledge, PlacedCapture } from './placed-capture.js';

/** Where a flow begins and ends, as far as it is known. */
export interface Route {
  source?: string;
  target?: string;
  /** Addresses of the client and the server, before and after translation. */
  clients: Set<string>;
  servers: Set<string>;
  /** Whether it travels between the nodes in a tunnel. */
  tunnelled: boolean | undefined;
  startsAtPod: boolean;
  endsAtPod: boolean;
}

export function routeOf(
  group: readonly Sighting[],
  captures: readonly PlacedCapture[],
  knowledge: PathKnowledge,
): Route {
  const clients = new Set(group.map(({ conversation }) => conversation.client.ip));
  const servers = new Set(group.map(({ conversation }) => conversation.server.ip));
  const route: Route = { clients, servers, tunnelled: undefined, startsAtPod: false, endsAtPod: false };
  let source = nodeOfAny(clients, knowledge) ?? sourceBySight(group);
  const target = nodeOfAny(servers, knowledge) ?? targetBySight(group, source, captures, servers, knowledge);
  // Replies alone, in a tunnel: they are on their way to the other node.
  source ??= onlyOther(group, target, captures);
  if (source !== undefined) route.source = source;
  if (target !== undefined) route.target = target;
  route.startsAtPod = isPodSide(clients, source, group, knowledge);
  route.endsAtPod =
    isPodSide(servers, target, group, knowledge) || [...servers].some((ip) => knowledge.kindOf(ip) === 'pod');
  if (group.some(({ capture, conversation }) => capture.role === 'tunnel' || conversation.tunnel !== undefined)) {
    route.tunnelled = true;
  } else if (source !== undefined && target !== undefined && source !== target && route.endsAtPod) {
    route.tunnelled = knowledge.tunnelled(source, target);
  } else if ([...servers].some((ip) => ['node', 'external'].includes(knowledge.kindOf(ip) ?? ''))) {
    route.tunnelled = false;
  }
  return route;
}

function nodeOfAny(ips: Iterable<string>, knowledge: PathKnowledge): string | undefined {
  let node: string | undefined;
  for (const ip of ips) {
    const found = knowledge.nodeOf(ip);
    // A masqueraded source is the node's: the pod itself tells the same, and more.
    if (found !== undefined && (node === undefined || knowledge.kindOf(ip) === 'pod')) node = found;
  }
  return node;
}

/** The node on which it was seen first. */
function sourceBySight(group: readonly Sighting[]): string | undefined {
  let first: { at: number; node: string } | undefined;
  for (const { capture, conversation } of group) {
    const { forward } = conversation;
    if (forward.packets === 0) continue;
    if (first === undefined || secondsBetween(first.at, forward.firstAt) < 0)
      first = { at: forward.firstAt, node: capture.node };
  }
  return first?.node;
}

/** Another node that saw it; or, of a tunnelled flow, the only other one that was captured. */
function targetBySight(
  group: readonly Sighting[],
  source: string | undefined,
  captures: readonly PlacedCapture[],
  servers: ReadonlySet<string>,
  knowledge: PathKnowledge,
): string | undefined {
  const saw = group.find(({ capture }) => capture.node !== source)?.capture.node;
  if (saw !== undefined) return saw;
  if ([...servers].some((ip) => knowledge.kindOf(ip) === 'external')) return undefined;
  const other = onlyOther(group, source, captures);
  if (other !== undefined) return other;
  // On two veths of one node: from pod to pod.
  const veths = new Set(group.filter(({ capture }) => capture.role === 'pod').map(({ capture }) => capture.iface));
  return veths.size > 1 ? source : undefined;
}

/**
 * Of a flow that travels in a tunnel: the other node, by its own outer address where that shows in what it captured, else
 * where there is only one other that was captured.
 */
function onlyOther(
  group: readonly Sighting[],
  node: string | undefined,
  captures: readonly PlacedCapture[],
): string | undefined {
  if (node === undefined) return undefined;
  const tunnels = group.flatMap(({ conversation: { tunnel } }) => tunnel ?? []);
  if (tunnels.length === 0 && !group.some(({ capture }) => capture.role === 'tunnel')) return undefined;
  const others = [...new Set(captures.map((capture) => capture.node).filter((name) => name !== node))];
  const outside = others.map((other) => outerAddress(captures.filter((capture) => capture.node === other)));
  const named = others.filter((_, i) => tunnels.some(({ from, to }) => from === outside[i] || to === outside[i]));
  if (named.length === 1) return named[0];
  if (others.length !== 1) return undefined;
  return outside[0] === undefined || tunnels.length === 0 ? others[0] : undefined;
}

/** The one outer address that all tunnel packets of a node's NIC have, as source or target. */
function outerAddress(captures: readonly PlacedCapture[]): string | undefined {
  const tunnels = captures.filter(({ role }) => role === 'nic').flatMap(({ summary }) => summary.tunnels);
  const [first] = tunnels;
  if (first === undefined) return undefined;
  const common = [first.from, first.to].filter((ip) => tunnels.every(({ from, to }) => from === ip || to === ip));
  return common.length === 1 ? common[0] : undefined;
}

function isPodSide(
  ips: ReadonlySet<string>,
  node: string | undefined,
  group: readonly Sighting[],
  knowledge: PathKnowledge,
): boolean {
  for (const ip of ips) if (knowledge.kindOf(ip) === 'pod') return true;
  return group.some(({ capture, conversation }) => {
    if (capture.role !== 'pod' || capture.node !== node) return false;
    return ips.has(conversation.client.ip) || ips.has(conversation.server.ip);
  });
}
