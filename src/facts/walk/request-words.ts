import { isIP } from 'node:net';
import type { EndpointHint, Probe } from '../model.js';
import { nodeSubject, partsOf, podSubject, serviceSubject } from '../model.js';
import { isHost, plainAddress } from '../parsers/endpoint-hint.js';
import { parseUrl } from '../parsers/url.js';
import type { Topology, TopologyService } from '../topology.js';
import { type AskedWalk, OUTSIDE, type WalkProto } from './request.js';
import { ASKED_BY, type WalkRequests } from './request-probe.js';

const LONGEST = 1000;

/** What is wrong with the words of a walk; the codes are said in the reader's language, `what` is from the words. */
export class WalkWordsError extends Error {
  override readonly name = 'WalkWordsError';
  readonly code: WalkWordsFault;
  /** Which end it is about. */
  end: 'from' | 'to' = 'to';
  readonly what: string;
  /** Of what is not there: its nearest neighbours by name; of a Service: its ports. */
  readonly known: readonly string[];

  constructor(code: WalkWordsFault, what: string, known: readonly string[] = []) {
    super(`${code}: ${what}`);
    this.code = code;
    this.what = what;
    this.known = known;
  }
}

export type WalkWordsFault =
  | 'no-end'
  | 'no-such-pod'
  | 'no-such-node'
  | 'no-such-service'
  | 'no-such-sender'
  | 'several-pods'
  | 'several-ports'
  | 'no-such-port'
  | 'port-needed'
  | 'icmp-port'
  | 'port-at-source';

/** `tcp`, `dns` and the like behind the last slash. */
const PROTO = /^(.*)\/(tcp|udp|icmp|sctp|dns|http)$/i;
type SaidProto = WalkProto | 'dns' | 'http';

/** A place as a person names it, with what stands behind its colon. */
interface Place {
  hint: EndpointHint;
  service?: TopologyService;
  /** A port's number or name. */
  port?: string;
}

/**
 * The walk that `--from` and `--to` ask for. Throws WalkWordsError where they name nothing that there is.
 * @param size Bytes at IP level.
 */
export function askedByWords(
  topology: Topology,
  requests: WalkRequests,
  { from, to, size }: { from: string; to: string; size?: number },
): AskedWalk {
  const source = senderOf(topology, from);
  const { place: target, proto: said } = targetPlace(topology, to, source.hint.namespace);
  const port = portOf(target, said, to);
  const proto: SaidProto = said ?? port.proto ?? (port.number === undefined ? 'icmp' : 'tcp');
  if (proto === 'icmp' && port.number !== undefined) throw new WalkWordsError('icmp-port', to);
  if (port.number === undefined && (proto === 'tcp' || proto === 'udp' || proto === 'sctp'))
    throw new WalkWordsError('port-needed', to);
  const probe: Probe = {
    from: source.hint,
    to: port.number === undefined ? target.hint : { ...target.hint, port: port.number },
    proto: proto === 'sctp' ? 'tcp' : proto,
    state: 'ok',
    origin: 'report',
  };
  if (proto === 'dns' && target.hint.ip !== undefined) probe.server = target.hint.ip;
  if (size !== undefined) probe.size = size;
  return requests.ofProbe(ASKED_BY, probe, proto === 'sctp' ? 'sctp' : undefined);
}

function senderOf(topology: Topology, from: string): Place {
  try {
    const source = placeOf(topology, from);
    if (source.port !== undefined) throw new WalkWordsError('port-at-source', from);
    if (source.hint.name === undefined && source.service === undefined) return source;
    throw new WalkWordsError('no-such-sender', from, near(from, topology.pods.keys()));
  } catch (error) {
    if (error instanceof WalkWordsError) error.end = 'from';
    throw error;
  }
}

function targetPlace(
  topology: Topology,
  text: string,
  namespace: string | undefined,
): { place: Place; proto?: SaidProto } {
  const url = text.length > LONGEST || !/^https?:/i.test(text) ? undefined : parseUrl(text, false);
  if (url !== undefined) {
    const place = placeOf(topology, url.host, namespace);
    return { place: { ...place, port: String(url.port ?? 80) }, proto: 'http' };
  }
  const split = PROTO.exec(text);
  // `pod/default/udp` is a pod's name; behind a whole place it is the protocol.
  const named = /^(?:pod|node|service|svc)\/(?:[^/]+\/)?[^/]+$/.test(text) && split !== null && !isPlace(split[1]!);
  if (split === null || named) return { place: placeOf(topology, text, namespace) };
  const proto = split[2]!.toLowerCase() as SaidProto;
  // A lookup of a name asks for the name; an address is the server that is asked.
  if (proto === 'dns' && isHost(split[1]!) && isIP(split[1]!) === 0)
    return { place: { hint: { kind: 'dns', name: split[1]! } }, proto };
  return { place: placeOf(topology, split[1]!, namespace), proto };
}

function isPlace(text: string): boolean {
  return /^(?:pod|service|svc)\/[^/]+\/[^/]+$/.test(text) || /^node\/[^/]+$/.test(text);
}

function placeOf(topology: Topology, text: string, namespace?: string): Place {
  if (text === '' || text.length > LONGEST) throw new WalkWordsError('no-end', text.slice(0, 80));
  if (/^external$/i.test(text)) return { hint: { kind: 'external', ip: OUTSIDE } };
  const [bare, port] = splitPort(text);
  const place = bareOf(topology, bare, text, namespace);
  return port === undefined ? place : { ...place, port };
}

/** `x:80`, `x:http`, `[fd00::1]:80`; of a bare IPv6 address the colons are its own. */
function splitPort(text: string): [string, string | undefined] {
  if (isIP(text) !== 0) return [text, undefined];
  const bracketed = /^\[([^\]]+)\](?::([\w-]+))?$/.exec(text);
  if (bracketed !== null) return [bracketed[1]!, bracketed[2]];
  const colon = /^([^:]*):([\w-]{1,63})$/.exec(text);
  return colon === null ? [text, undefined] : [colon[1]!, colon[2]];
}

function bareOf(topology: Topology, bare: string, text: string, namespace: string | undefined): Place {
  if (isIP(bare) !== 0) return { hint: { ip: plainAddress(bare) } };
  const parts = bare.split('/');
  const [first = '', ...rest] = parts;
  if (parts.some((part) => part === '')) throw new WalkWordsError('no-end', text);
  if (first === 'pod' && rest.length <= 2 && rest.length > 0) {
    if (rest.length === 2) return podPlace(topology, rest[0]!, rest[1]!);
    return anyPod(topology, rest[0]!) ?? podPlace(topology, 'default', rest[0]!);
  }
  if (first === 'node' && rest.length === 1) return nodePlace(topology, rest[0]!);
  if ((first === 'service' || first === 'svc') && rest.length <= 2 && rest.length > 0)
    return rest.length === 2 ? servicePlace(topology, rest[0]!, rest[1]!) : servicePlace(topology, 'default', rest[0]!);
  if (parts.length === 2) return podPlace(topology, first, rest[0]!);
  if (parts.length > 2) throw new WalkWordsError('no-end', text);
  if (topology.nodes.has(bare)) return nodePlace(topology, bare);
  const pod = anyPod(topology, bare);
  if (pod !== undefined) return pod;
  if (!isHost(bare)) throw new WalkWordsError('no-end', text);
  const service = topology.serviceOfName(bare, namespace);
  return service === undefined ? { hint: { name: bare } } : serviceFound(service, bare);
}

/** The pod of that name, where there is but one. */
function anyPod(topology: Topology, name: string): Place | undefined {
  const found = [...topology.pods.values()].filter((pod) => pod.name === name);
  if (found.length > 1)
    throw new WalkWordsError(
      'several-pods',
      name,
      found.map(({ subject }) => subject),
    );
  return found[0] === undefined ? undefined : podHint(found[0].namespace, found[0].name);
}

function podHint(namespace: string, pod: string): Place {
  return { hint: { kind: 'pod', namespace, pod } };
}

function podPlace(topology: Topology, namespace: string, name: string): Place {
  const subject = podSubject(namespace, name);
  const pod = topology.pods.get(subject);
  if (pod === undefined) throw new WalkWordsError('no-such-pod', subject, near(name, topology.pods.keys()));
  if (!pod.hostNetwork || pod.node === undefined) return podHint(namespace, name);
  // A pod in its node's network is the node.
  return nodePlace(topology, pod.node.name);
}

function nodePlace(topology: Topology, name: string): Place {
  const subject = nodeSubject(name);
  const node = topology.nodeOf(subject);
  if (node === undefined) {
    const all = [...topology.nodes.values()].map((one) => one.subject);
    throw new WalkWordsError('no-such-node', subject, near(name, all));
  }
  const ip = node.nodeIp ?? [...node.ips].find((one) => isIP(one) === 4);
  return { hint: ip === undefined ? { kind: 'node', node: node.name } : { node: node.name, ip } };
}

function servicePlace(topology: Topology, namespace: string, name: string): Place {
  const subject = serviceSubject(namespace, name);
  const service = topology.services.get(subject);
  if (service === undefined) throw new WalkWordsError('no-such-service', subject, near(name, topology.services.keys()));
  return serviceFound(service);
}

/** A Service by its address; `asked` is the DNS name where it was named by one, which is looked up first. */
function serviceFound(service: TopologyService, asked?: string): Place {
  const { namespace, name, clusterIPs } = service.object;
  const ip = clusterIPs.find((one) => isIP(one) === 4);
  const hint: EndpointHint = { kind: 'clusterip', namespace };
  if (ip !== undefined) hint.ip = ip;
  if (asked !== undefined || ip === undefined) hint.name = asked ?? `${name}.${namespace}`;
  return { hint, service };
}

/** A port's number, from its name or, of a Service of one port, from the Service. */
function portOf(
  { port, service }: Place,
  said: SaidProto | undefined,
  text: string,
): { number?: number; proto?: WalkProto } {
  const all = (service?.object.ports ?? []).map((one) => ({ ...one, proto: one.proto.toLowerCase() as WalkProto }));
  const ports = all.filter(({ proto }) => said === undefined || !isWalked(said) || proto === said);
  const listed = all.map((one) => `${one.port}/${one.proto}`);
  if (port === undefined) {
    if (service === undefined || said === 'icmp' || said === 'dns') return {};
    const [only, ...more] = ports;
    if (only === undefined || more.length > 0) throw new WalkWordsError('several-ports', text, listed);
    return { number: only.port, proto: only.proto };
  }
  if (/^\d+$/.test(port)) {
    const number = Number(port);
    if (number < 1 || number > 65_535) throw new WalkWordsError('no-such-port', text, listed);
    // A Service's port says itself what it speaks.
    const own = ports.filter((one) => one.port === number);
    return own.length === 1 ? { number, proto: own[0]!.proto } : { number };
  }
  const named = ports.find(({ name }) => name === port);
  if (named === undefined) throw new WalkWordsError('no-such-port', text, listed);
  return { number: named.port, proto: named.proto };
}

function isWalked(proto: SaidProto): boolean {
  return proto !== 'dns' && proto !== 'http' && proto !== 'icmp';
}

/** At most five subjects, those whose name shares most of its beginning first. */
function near(name: string, subjects: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const shared = (subject: string): number => {
    const own = (partsOf(subject).at(-1) ?? '').toLowerCase();
    let length = 0;
    while (length < wanted.length && length < own.length && own[length] === wanted[length]) length += 1;
    return length;
  };
  return [...subjects]
    .map((subject) => ({ subject, score: shared(subject) }))
    .sort((a, b) => b.score - a.score || (a.subject < b.subject ? -1 : 1))
    .slice(0, 5)
    .map(({ subject }) => subject);
}
