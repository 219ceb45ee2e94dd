import { isIP } from 'node:net';
import type { BundleContents, BundleEntry } from '../bundle/entry.js';
import { readBundles } from '../bundle/read-bundles.js';
import type { Cnis } from '../cnis.js';
import { buildTopology } from '../derive/topology.js';
import type { EndpointHint, FlowProto, Probe } from '../model.js';
import { podSubject } from '../model.js';
import { endpointHint, hostAndPort } from '../parsers/endpoint-hint.js';
import { readFacts } from '../read.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';

/** Something that a person wants to be probed. */
export interface GivenTarget {
  to: EndpointHint;
  proto: FlowProto;
  /** Only from there; from everywhere where absent. */
  from?: EndpointHint;
  /** HTTP only; `http` and `/` unless given. */
  scheme?: 'http' | 'https';
  path?: string;
  /** DNS only: the server to ask; all that are known unless given. */
  server?: string;
}

/** What may be probed: what a person named, and the cluster's objects where they are known. */
export interface Targets {
  given: GivenTarget[];
  /** Nodes, pods and Services by their objects. */
  topology?: Topology;
  /** What of `--targets` could not be used, and why. */
  problems: string[];
  /** Node that the collector runs on, and its addresses. */
  node: string;
  ownIps: string[];
}

export interface TargetOptions {
  /** `ip`, `ip:port`, `ip:port/udp`, `http://…`, a name, with a port or without. */
  peers: string[];
  /** Path of a facts.yaml, of a folder or archive with cluster objects, or of another bundle. */
  targets?: string;
  /** Files of cluster objects that were collected just now. */
  objects?: readonly BundleEntry[];
  node: string;
  ownIps: string[];
  cnis?: Cnis;
}

/** A word of `--peer` that names nothing that can be probed. */
export class BadPeer extends Error {
  override readonly name = 'BadPeer';
}

/** Folders of a bundle in which no target stands, and which may be large. */
const NOT_READ = /^(?:[^/]+\/)?(?:logs|captures)\//;
const MAX_PROBLEMS = 20;

/**
 * Reads what is to be probed.
 * @throws UnreadableInput where the file or folder of `targets` cannot be read, BadPeer where a peer is none.
 */
export async function chooseTargets(options: TargetOptions): Promise<Targets> {
  const { node, ownIps, peers, targets, objects = [], cnis } = options;
  const chosen: Targets = { given: peers.map(targetOfPeer), problems: [], node, ownIps };
  if (targets === undefined && objects.length === 0) return chosen;
  const named: BundleContents =
    targets === undefined ? { entries: [], problems: [] } : withoutLogs(await readBundles([{ path: targets }]));
  const contents = { entries: [...named.entries, ...objects], problems: named.problems };
  const { store, input } = readFacts(contents, { logPatterns: [], ...(cnis === undefined ? {} : { cnis }) });
  for (const { file, line, message } of input.problems.slice(0, MAX_PROBLEMS)) {
    chosen.problems.push(`${file}${line === undefined ? '' : `:${line}`}: ${message}`);
  }
  const topology = buildTopology(store);
  chosen.topology = topology;
  for (const probe of reportedProbes(store)) {
    const to = addressed(probe.to, topology);
    if (to === undefined) chosen.problems.push(`no address is known for ${JSON.stringify(probe.to).slice(0, 120)}`);
    else chosen.given.push(givenOf(probe, to));
  }
  if (
    targets !== undefined &&
    chosen.given.length === peers.length &&
    topology.nodes.size + topology.services.size === 0
  ) {
    chosen.problems.push('there is nothing in it that could be probed: no reachability list, no objects');
  }
  return chosen;
}

/** What a word of `--peer` means. A bare address or name is pinged. */
export function targetOfPeer(peer: string): GivenTarget {
  const url = /^(https?):\/\//i.test(peer) ? urlOf(peer) : undefined;
  if (url !== undefined) {
    const scheme = url.protocol === 'https:' ? 'https' : 'http';
    const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
    return { to: endpointHint(url.hostname, port), proto: 'http', scheme, path: `${url.pathname}${url.search}` };
  }
  const [, address = '', proto] = /^(.{1,300}?)(?:\/(tcp|udp))?$/i.exec(peer) ?? [];
  const place = hostAndPort(address);
  if (place === undefined || (proto !== undefined && place.port === undefined) || place.port === 0) {
    throw new BadPeer(
      `${JSON.stringify(peer.slice(0, 100))} is no peer: expected ADDRESS, ADDRESS:PORT, ADDRESS:PORT/udp, a name or http://…`,
    );
  }
  const to = endpointHint(place.host, place.port);
  if (place.port === undefined) return { to, proto: 'icmp' };
  return { to, proto: proto?.toLowerCase() === 'udp' ? 'udp' : 'tcp' };
}

function urlOf(text: string): URL | undefined {
  try {
    const url = new URL(text);
    return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 && hostAndPort(url.hostname) === undefined
      ? undefined
      : url;
  } catch {
    return undefined;
  }
}

function withoutLogs({ entries, problems }: BundleContents): BundleContents {
  return { entries: entries.filter(({ path }) => !NOT_READ.test(path)), problems };
}

/** Entries of `reachability`, each once: what worked is tried again as well. */
function reportedProbes(store: FactStore): Probe[] {
  const byKey = new Map<string, Probe>();
  for (const { value } of store.all('probe')) {
    if (value.origin !== 'report') continue;
    const key = JSON.stringify([value.from, value.to, value.proto]);
    if (!byKey.has(key)) byKey.set(key, value);
  }
  return [...byKey.values()];
}

function givenOf({ from, proto, server }: Probe, to: EndpointHint): GivenTarget {
  // Without a port there is nothing to connect to.
  const needsPort = proto === 'tcp' || proto === 'udp' || proto === 'http';
  const target: GivenTarget = { to, proto: needsPort && to.port === undefined && proto !== 'http' ? 'icmp' : proto };
  if (proto === 'http' && to.port === undefined) target.to = { ...to, port: 80 };
  if (from !== undefined) target.from = from;
  if (server !== undefined) target.server = server;
  return target;
}

/** The end with an address, or with a name that can be looked up; undefined where neither is known. */
function addressed(to: EndpointHint, topology: Topology): EndpointHint | undefined {
  if (to.ip !== undefined) return portOf(to, { ip: to.ip });
  if (to.kind === 'dns') return to.name === undefined ? undefined : { kind: 'dns', name: to.name };
  let ip: string | undefined;
  if (to.pod !== undefined) ip = [...(topology.pods.get(podSubject(to.namespace ?? 'default', to.pod))?.ips ?? [])][0];
  else if (to.node !== undefined) ip = topology.nodes.get(to.node)?.nodeIp;
  if (ip !== undefined) return portOf(to, { ip });
  if (to.name === undefined) return undefined;
  const service = topology.serviceOfName(to.name, to.namespace);
  const clusterIp = service?.object.clusterIPs[0];
  if (to.kind === 'clusterip' && clusterIp !== undefined && isIP(clusterIp) !== 0) {
    return portOf({ ...to, port: to.port ?? service?.object.ports[0]?.port }, { ip: clusterIp });
  }
  return portOf(to, { name: to.name });
}

function portOf({ port }: { port?: number | undefined }, hint: EndpointHint): EndpointHint {
  return port === undefined ? hint : { ...hint, port };
}
