import { isClusterName } from '../derive/endpoints.js';
import type { Endpoint } from '../flow.js';
import { CLUSTER, podSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import type { WalkRequest } from './request.js';
import type { WalkResult } from './result.js';

const DNS_PORT = 53;

/** A name that is asked of a server. */
export interface Lookup {
  from: WalkRequest['from'];
  server: Endpoint & { ip: string };
  name: string;
}

/**
 * What becomes of a lookup: the way to the server, and, for a name that is not the cluster's own, the way of the cluster's DNS
 * pods to the servers that they forward to. Where that second way is cut the client gets no answer, or SERVFAIL.
 */
export function walkLookup(
  { from, server, name }: Lookup,
  store: FactStore,
  topology: Topology,
  walk: (request: WalkRequest) => WalkResult,
): WalkResult {
  const asked = walk({ from, to: server, proto: 'udp', port: server.port ?? DNS_PORT });
  if (asked.verdict === 'dropped' || asked.verdict === 'unknown' || isClusterName(name)) return asked;
  const forwarded = forwarders(server, topology).flatMap((pod) =>
    upstreamsOf(store).map((ip) =>
      walk({ from: pod, to: { kind: 'external', ip, port: DNS_PORT }, proto: 'udp', port: DNS_PORT }),
    ),
  );
  const [first] = forwarded;
  if (first === undefined) return asked;
  const cut = forwarded.find(({ verdict }) => verdict === 'dropped');
  const open = forwarded.find(({ verdict }) => verdict === 'unknown');
  const deciding = cut ?? open;
  if (deciding === undefined) {
    const beyond = first.beyond ?? asked.beyond;
    return beyond === undefined ? asked : { ...asked, beyond };
  }
  const verdict = forwarded.every((each) => each.verdict === deciding.verdict) ? deciding.verdict : 'varies';
  return { ...deciding, verdict, to: asked.to, steps: [...asked.steps, ...deciding.steps] };
}

/** The pods that answer for a server: the one that has its address, or those behind the Service that does. */
function forwarders(server: Lookup['server'], topology: Topology): (Endpoint & { ip: string })[] {
  const owner = topology.ownerOf(server.ip);
  const addresses =
    owner.kind === 'clusterip' && owner.service !== undefined && topology.dnsIps.has(server.ip)
      ? owner.service.endpoints.filter(({ ready }) => ready).map(({ ip }) => ip)
      : [...topology.dnsIps].some((ip) => {
            const dns = topology.ownerOf(ip);
            return (
              dns.kind === 'clusterip' && dns.service?.endpoints.some((endpoint) => endpoint.ip === server.ip) === true
            );
          })
        ? [server.ip]
        : [];
  return addresses.flatMap((ip) => {
    const at = topology.ownerOf(ip);
    if (at.kind !== 'pod' || at.pod === undefined) return [];
    const { namespace, name, node } = at.pod;
    const end: Endpoint & { ip: string } = { kind: 'pod', subject: podSubject(namespace, name), ip };
    if (node !== undefined) end.node = node.subject;
    return [end];
  });
}

/** The servers that CoreDNS forwards to, where its configuration tells; it turns to the next where one does not answer. */
function upstreamsOf(store: FactStore): string[] {
  const told = store.value(CLUSTER, 'dns.upstreams');
  if (!Array.isArray(told)) return [];
  return told
    .flatMap((server) => /^\d+\.\d+\.\d+\.\d+(?=$|:)/.exec(server)?.[0] ?? [])
    .filter((ip) => !ip.startsWith('127.'));
}
