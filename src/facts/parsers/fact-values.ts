import { isIP } from 'node:net';
import type {
  EndpointHint,
  FlowError,
  FlowPattern,
  FlowProto,
  FlowStage,
  FlowState,
  Probe,
  Subject,
} from '../model.js';
import { CLUSTER, nodeSubject } from '../model.js';
import { certificateFault } from './certificate-error.js';
import { connectError } from './connect-error.js';
import { hostAndPort, plainAddress } from './endpoint-hint.js';
import { FLOW_ERRORS, FLOW_PATTERNS, FLOW_STAGES, FLOW_STATES } from './flow-words.js';
import { isObject } from './json-shape.js';
import { isoTime } from './log-time.js';
import { SLOW_MS } from './slow.js';

/** The words of facts.yaml's entries, read with their everyday spellings. Each reader gives the value or what is wrong. */

const KINDS: Readonly<Record<string, NonNullable<EndpointHint['kind']>>> = {
  pod: 'pod',
  node: 'node',
  host: 'node',
  clusterip: 'clusterip',
  service: 'clusterip',
  nodeport: 'nodeport',
  loadbalancer: 'loadbalancer',
  external: 'external',
  dns: 'dns',
};
const PROTOCOLS: Readonly<Record<string, FlowProto>> = {
  icmp: 'icmp',
  ping: 'icmp',
  tcp: 'tcp',
  udp: 'udp',
  dns: 'dns',
  http: 'http',
  https: 'http',
};
const YES: ReadonlySet<string> = new Set(['yes', 'true', 'y', 'on', 'ok', '是']);
const NO: ReadonlySet<string> = new Set(['no', 'false', 'n', 'off', '否']);

/** Said by a gateway of what is behind it. */
const GATEWAY_STATUS = /^50[234]$/;
/** A request's time holds the application's own; beyond the second retransmission of a SYN it is hardly that alone. */
const SLOW_REQUEST_MS = 3000;

/** A yes or no of YAML 1.1 or 1.2 or JSON; null where the reporter says that it is not known; undefined for anything else. */
export function yesOrNo(value: unknown): boolean | null | undefined {
  if (typeof value === 'boolean') return value;
  if (value === null) return null;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  return word === 'unknown' || word === '?' || word === '' || word === '不知道' || word === '未知' ? null : undefined;
}

/** A text, or a number that somebody did not quote. */
export function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

export function plainNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(value.trim()) ? Number(value) : undefined;
}

/** `node/n3`, `pod/ns/name`, … as they stand; a bare name is a node's. */
export function subjectNamed(value: unknown): Subject | undefined {
  const text = plainText(value);
  if (text === undefined) return undefined;
  if (text === CLUSTER || isSubject(text)) return text;
  return text.includes('/') ? undefined : nodeSubject(text);
}

/** Parts after the kind of each kind of subject. */
const PARTS: Readonly<Record<string, number>> = {
  zone: 1,
  node: 1,
  interface: 2,
  pod: 2,
  service: 2,
  'node-pair': 2,
  flow: 1,
  capture: 2,
};

export function isSubject(text: string): boolean {
  if (text === CLUSTER) return true;
  const slash = text.indexOf('/');
  const kind = slash < 0 ? text : text.slice(0, slash);
  if (!Object.hasOwn(PARTS, kind)) return false;
  let parts = 0;
  for (let at = slash; at >= 0; at = text.indexOf('/', at + 1)) parts += 1;
  return parts === PARTS[kind] && !text.endsWith('/') && !text.includes('//');
}

type Read<T> = { value: T } | { wrong: string };

/** An end of an entry of `reachability`: an object as documented, or `ADDRESS[:PORT]`, `pod/ns/name`, `node/name`, a name. */
export function endpointOf(value: unknown): Read<EndpointHint> {
  if (typeof value === 'string') return endpointOfText(value);
  if (!isObject(value)) return { wrong: 'is not an endpoint' };
  const hint: EndpointHint = {};
  const kindText = plainText(value.kind);
  if (kindText !== undefined) {
    const kind = KINDS[kindText.toLowerCase()];
    if (kind === undefined)
      return {
        wrong: `has the kind ${JSON.stringify(kindText.slice(0, 40))}, which is not one of pod, node, clusterip, nodeport, loadbalancer, external, dns`,
      };
    hint.kind = kind;
  }
  const ip = plainText(value.ip);
  if (ip !== undefined) {
    if (isIP(ip) === 0) return { wrong: `has the address ${JSON.stringify(ip.slice(0, 60))}, which is none` };
    hint.ip = plainAddress(ip);
  }
  const port = plainNumber(value.port);
  if (value.port !== undefined && value.port !== null) {
    if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535)
      return { wrong: 'has a port that is none' };
    hint.port = port;
  }
  const namespace = plainText(value.namespace);
  const pod = plainText(value.pod);
  const node = plainText(value.node);
  const name = plainText(value.name);
  if (namespace !== undefined) hint.namespace = namespace;
  if (pod !== undefined) hint.pod = pod;
  if (node !== undefined) hint.node = node;
  if (name !== undefined) {
    if (hint.kind === 'pod' && pod === undefined) hint.pod = name;
    else if (hint.kind === 'node' && node === undefined) hint.node = name;
    else hint.name = name;
  }
  return Object.keys(hint).length === 0 ? { wrong: 'names nothing' } : { value: hint };
}

function endpointOfText(text: string): Read<EndpointHint> {
  const pod = /^pod\/([^/]{1,253})\/([^/]{1,253})$/.exec(text);
  if (pod !== null) return { value: { kind: 'pod', namespace: pod[1]!, pod: pod[2]! } };
  const node = /^node\/([^/]{1,253})$/.exec(text);
  if (node !== null) return { value: { kind: 'node', node: node[1]! } };
  const place = hostAndPort(text);
  if (place === undefined) return { wrong: `is ${JSON.stringify(text.slice(0, 60))}, which is no endpoint` };
  const hint: EndpointHint = isIP(place.host) === 0 ? { name: place.host } : { ip: plainAddress(place.host) };
  if (place.port !== undefined) hint.port = place.port;
  return { value: hint };
}

/** An entry of `reachability`. `unknown` where the reporter says that it was not tried. */
export function probeOf(
  entry: unknown,
): { probe: Probe; at?: string; warnings: string[] } | { wrong: string } | 'unknown' {
  if (!isObject(entry)) return { wrong: 'is not an entry of reachability' };
  const ok = yesOrNo(entry.ok);
  if (ok === null && entry.ok !== undefined) return 'unknown';
  if (entry.to === undefined) return { wrong: 'has no `to`' };
  const to = endpointOf(entry.to);
  if ('wrong' in to) return { wrong: `\`to\` ${to.wrong}` };
  const from = entry.from === undefined ? undefined : endpointOf(entry.from);
  if (from !== undefined && 'wrong' in from) return { wrong: `\`from\` ${from.wrong}` };
  const warnings: string[] = [];
  const proto = protoOf(entry.proto, to.value);
  if (proto === undefined) return { wrong: 'has no protocol of icmp, tcp, udp, dns, http' };
  const errorText = plainText(entry.error);
  const status = OF_PROXIES.test(errorText ?? '') ? undefined : statusOf(plainText(entry.status), errorText);
  let error: FlowError | undefined;
  if (errorText !== undefined && status === undefined) {
    const word = errorText.toLowerCase().replaceAll('_', '-');
    error = FLOW_ERRORS.has(word) ? (word as FlowError) : errorOfWords(errorText);
    if (error === undefined)
      warnings.push(`the error ${JSON.stringify(errorText.slice(0, 40))} is not known: left out`);
  }
  const loss = plainNumber(entry.lossPct);
  const stateText = plainText(entry.state)?.toLowerCase();
  const state = FLOW_STATES.has(stateText) ? (stateText as FlowState) : undefined;
  if (stateText !== undefined && state === undefined)
    warnings.push(`the state ${JSON.stringify(stateText.slice(0, 40))} is not ok, failing, slow or lossy: left out`);
  if (ok === undefined && error === undefined && loss === undefined && state === undefined && status === undefined)
    return { wrong: 'does not say whether it worked (`ok`)' };
  const works = ok ?? (state === undefined ? error === undefined && loss !== undefined && loss < 100 : state === 'ok');
  const probe: Probe = { to: to.value, proto, state: works ? 'ok' : 'failing', origin: 'report' };
  if (status !== undefined) {
    probe.status = status;
    // Whatever the answer says, it came: that it was no success is the application's.
    if (!GATEWAY_STATUS.test(status) && error === undefined) probe.state = 'ok';
  }
  if (from !== undefined) probe.from = from.value;
  if (loss !== undefined && loss > 0 && loss < 100) probe.state = 'lossy';
  if (state !== undefined && ok !== true && status === undefined) probe.state = state;
  if (error !== undefined && probe.state !== 'ok') probe.error = error;
  const backend = plainText(entry.backend);
  if (backend === 'self') probe.toItself = true;
  else if (backend !== undefined) probe.backendNode = backend.replace(/^node\//, '');
  const answer = plainText(entry.answer);
  if (answer !== undefined) probe.answer = answer;
  if (yesOrNo(entry.large) === true) probe.large = true;
  const stage = plainText(entry.stage);
  if (stage !== undefined && FLOW_STAGES.has(stage)) probe.stage = stage as FlowStage;
  const pattern = plainText(entry.pattern);
  if (pattern !== undefined && FLOW_PATTERNS.has(pattern)) probe.pattern = pattern as FlowPattern;
  const size = plainNumber(entry.size);
  if (size !== undefined && size > 0) probe.size = size;
  const rtt = plainNumber(entry.rttMs);
  if (rtt !== undefined && rtt >= 0) {
    probe.rttMs = rtt;
    if (probe.state === 'ok' && rtt >= (proto === 'http' ? SLOW_REQUEST_MS : SLOW_MS)) probe.state = 'slow';
  }
  const family = plainNumber(String(entry.family ?? '').replace(/^ipv?/i, ''));
  if (family === 4 || family === 6) probe.family = family;
  const at = entry.at === undefined ? undefined : isoTime(String(entry.at));
  if (entry.at !== undefined && at === undefined) warnings.push('`at` is not a time of ISO 8601: left out');
  return { probe, warnings, ...(at === undefined ? {} : { at }) };
}

/** What ingress-nginx and Traefik answer themselves where no rule has the host or path. */
const OF_PROXIES = /default backend|404 page not found/i;

/** `500`, or out of what the reporter was told: `HTTP 500`, `500 Internal Server Error`, `returned error: 403`. */
function statusOf(told: string | undefined, error: string | undefined): string | undefined {
  if (told !== undefined && /^[1-5]\d\d$/.test(told)) return told;
  return /^(?:(?:HTTP(?:\/[\d.]{1,3})?|status(?: code)?|(?:.{0,40}returned )?error:?)[ :]{1,2})?([45]\d\d)(?: [A-Za-z ]{1,40})?$/i.exec(
    error ?? '',
  )?.[1];
}

/** What a program said, where it is none of our words: a refused certificate, a proxy that knows no such host, a failed connect. */
function errorOfWords(text: string): FlowError | undefined {
  if (/x509|certificate|证书/i.test(text) || certificateFault(text) !== undefined) return 'certificate';
  return OF_PROXIES.test(text) ? 'http-error' : connectError(text);
}

function protoOf(value: unknown, to: EndpointHint): FlowProto | undefined {
  const text = plainText(value);
  if (text !== undefined) return PROTOCOLS[text.toLowerCase()];
  if (to.kind === 'dns') return 'dns';
  return to.port === undefined ? undefined : 'tcp';
}
