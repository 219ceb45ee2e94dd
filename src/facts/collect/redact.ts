import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { formatOf } from '../bundle/format.js';
import { UNNAMED_NAMESPACE, UNNAMED_NODE } from '../bundle/place.js';
import { decodeText } from '../bundle/text.js';
import { CLUSTER, kindOf, nodeSubject, partsOf, type Subject, subjectOf } from '../model.js';
import { readFacts } from '../read.js';
import type { FactStore } from '../store.js';
import type { BundleFile } from './bundle-writer.js';
import { AddressMask } from './redact-addresses.js';
import { maskCapture } from './redact-capture.js';
import { isSystemName, NameMask } from './redact-names.js';
import { type Masks, maskJson, maskText } from './redact-text.js';

/** A key that nobody knows: what is masked with it cannot be joined with another bundle. */
export function randomKey(): Uint8Array {
  return randomBytes(32);
}

/**
 * The files of a collection with addresses and names masked, in their contents, their paths and what the index says of
 * them. With one key the same address and the same name become the same in every bundle. Names are those that podnet's own
 * readers find in these files; what stands in running text under no such name stays. Of captures the packets' payload is
 * dropped.
 */
export function redactFiles(files: readonly BundleFile[], key: Uint8Array): BundleFile[] {
  return redacted(files, { addresses: new AddressMask(key), names: new NameMask(key) });
}

/** As `redactFiles`, with masks that the caller keeps: they know afterwards what was masked. */
export function redacted(files: readonly BundleFile[], masks: Masks): BundleFile[] {
  const entries = files
    .map(({ path, content }) => ({ path, bytes: typeof content === 'string' ? Buffer.from(content) : content }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [] });
  learn(store, masks.names);
  for (const { path, bytes } of entries) learnHosts(path, bytes, masks.names);
  // Labels of objects are names that texts may hold as well: objects first.
  const contents = new Map<BundleFile, Uint8Array | string>();
  for (const objects of [true, false]) {
    for (const file of files) {
      if (/\.json$/.test(file.path) === objects) contents.set(file, contentOf(file, masks));
    }
  }
  return files.map((file) => {
    const masked: BundleFile = { ...file, path: maskPath(file.path, masks), content: contents.get(file)! };
    if (file.subject !== undefined) masked.subject = maskSubject(file.subject, masks);
    if (file.node !== undefined) masked.node = partsOf(maskSubject(nodeSubject(file.node), masks))[0] ?? '';
    if (file.argv !== undefined) masked.argv = file.argv.map((word) => maskText(word, masks));
    return masked;
  });
}

/** Names as podnet's readers find them, whatever form they stand in. */
function learn(store: FactStore, names: NameMask): void {
  for (const subject of store.subjects()) {
    const [first = '', second = ''] = partsOf(subject);
    const kind = kindOf(subject);
    if ((kind === 'node' || kind === 'capture' || kind === 'interface') && first !== UNNAMED_NODE)
      names.learn(first, 'node');
    if (kind !== 'pod' && kind !== 'service') continue;
    if (first !== UNNAMED_NAMESPACE) names.learn(first, 'namespace');
    if (isIP(second) === 0) names.learn(second, kind);
  }
  for (const { value } of store.all('node-object')) {
    names.learn(value.name, 'node');
    if (value.hostname !== undefined) names.learn(value.hostname, 'node');
  }
  for (const { value } of store.all('pod-object')) {
    if (value.node !== undefined) names.learn(value.node, 'node');
    if (value.owner !== undefined) names.learn(value.owner.slice(value.owner.indexOf('/') + 1), 'name');
  }
  for (const { value } of store.all('endpoints-object')) {
    for (const { node, pod } of value.addresses) {
      if (node !== undefined) names.learn(node, 'node');
      if (pod !== undefined) names.learn(pod, 'pod');
    }
  }
  for (const name of ['workload-object', 'networkpolicy-object'] as const) {
    for (const { value } of store.all(name)) {
      names.learn(value.name, 'name');
      names.learn(value.namespace, 'namespace');
    }
  }
  for (const { value } of store.all('namespace-object')) names.learn(value.name, 'namespace');
  for (const { value } of store.all('resolv-conf')) for (const domain of value.search) learnSearch(domain, names);
  const asked = new Set<string>();
  for (const { value } of store.all('probe')) {
    for (const end of [value.from, value.to]) {
      if (end?.node !== undefined) names.learn(end.node, 'node');
      if (end?.pod !== undefined) names.learn(end.pod, 'pod');
      if (end?.namespace !== undefined) names.learn(end.namespace, 'namespace');
      if (end?.name !== undefined) asked.add(end.name);
    }
  }
  for (const { value } of store.all('answered-lookup')) asked.add(value.name);
  for (const name of asked) learnAsked(name, names);
}

/** `shop.svc.cluster.local` names a namespace, `corp.example.com` a domain. */
function learnSearch(domain: string, names: NameMask): void {
  const namespace = /^([a-z0-9-]+)\.svc\./.exec(domain)?.[1];
  if (namespace !== undefined) names.learn(namespace, 'namespace');
  names.learnDomain(domain);
}

/** A name that was looked up: a Service of the cluster, or a host of a domain. */
function learnAsked(name: string, names: NameMask): void {
  const bare = name.replace(/\.$/, '');
  const parts = bare.split('.');
  const inCluster = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/.exec(bare);
  if (inCluster !== null) {
    names.learn(inCluster[1]!, 'service');
    names.learn(inCluster[2]!, 'namespace');
    names.learnDomain(bare.slice(inCluster[0].length));
    return;
  }
  const last = parts.at(-1)!;
  // `api.shop` is a Service behind its namespace.
  if (parts.length < 2 || isIP(bare) !== 0 || names.isKnown(parts[1]!) || isSystemName(last)) return;
  names.learnDomain(parts.length === 2 ? bare : parts.slice(1).join('.'));
}

/** How a machine calls itself, which need not be what the cluster calls it. */
const SELF: readonly RegExp[] = [
  /^Linux (\S+) \d/,
  /^(?:<\d+>)?[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} (\S+) \S+(?:\[\d+\])?:/,
  /^\[?\w+@([\w.-]+)[: ].{0,200}?[#$]/,
  /^# host: (\S+)/,
];
const HEAD_LINES = 200;

function learnHosts(path: string, bytes: Uint8Array, names: NameMask): void {
  if (/\.(?:json|pcap|pcapng)$/.test(path)) return;
  const lines = decodeText(bytes.subarray(0, 32_768))?.lines ?? [];
  if (/(?:^|\/)(?:hostname|cat_\.etc\.hostname)$/.test(path) && lines[0] !== undefined)
    names.learn(lines[0].trim(), 'node');
  for (const line of lines.slice(0, HEAD_LINES)) {
    for (const pattern of SELF) {
      const host = pattern.exec(line.slice(0, 500))?.[1];
      if (host !== undefined && isIP(host) === 0) names.learn(host, 'node');
    }
  }
}

function contentOf({ path, content }: BundleFile, masks: Masks): Uint8Array | string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  if (formatOf(bytes, path) === 'pcap') return maskCapture(bytes, masks);
  const decoded = decodeText(bytes);
  // What cannot be read cannot be masked.
  if (decoded === undefined)
    return bytes.length === 0 ? '' : 'podnet: left out: not text, so that nothing in it could be masked\n';
  const { text } = decoded;
  if (/\.json$/.test(path) || /^\s*[[{]/.test(text)) {
    const masked = jsonText(text, masks);
    if (masked !== undefined) return masked;
  }
  const isListing = /(?:^|[/_])(?:kubectl|oc)_|^cluster\//.test(path);
  return maskText(text, masks, isListing);
}

/** A JSON document, or several, one a line; undefined where it is none. Objects of a list stand on lines of their own. */
function jsonText(text: string, masks: Masks): string | undefined {
  const whole = parsed(text);
  if (whole !== undefined) {
    const masked = maskJson(whole, masks);
    return text.trimEnd().includes('\n') ? `${JSON.stringify(masked, null, 1)}\n` : `${JSON.stringify(masked)}\n`;
  }
  const lines = text.split('\n');
  const values = lines.map((line) => (line.trim() === '' ? null : parsed(line)));
  if (values.every((value) => value === null) || values.includes(undefined)) return undefined;
  return values.map((value) => (value === null ? '' : JSON.stringify(maskJson(value, masks)))).join('\n');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A path of the layout: its folders are names, its file a command or an owner's name. */
export function maskPath(path: string, masks: Masks): string {
  const { names } = masks;
  const [top, ...rest] = path.split('/');
  const file = (name: string) => maskText(name, masks);
  const certain = (name: string) => names.word(name, true);
  switch (top) {
    case 'nodes':
      return [top, certain(rest[0] ?? ''), ...rest.slice(1).map(file)].join('/');
    case 'pods':
      return [
        top,
        certain(rest[0] ?? ''),
        isIP(rest[1] ?? '') === 0 ? certain(rest[1] ?? '') : file(rest[1]!),
        ...rest.slice(2).map(file),
      ].join('/');
    case 'captures':
      return [top, certain(rest[0] ?? ''), ...rest.slice(1).map(file)].join('/');
    case 'logs': {
      const name = /^(.*?)(\.(?:log|txt))?$/.exec(rest.at(-1) ?? '')!;
      return [top, ...rest.slice(0, -1), certain(name[1]!) + (name[2] ?? '')].join('/');
    }
    default:
      return path.split('/').map(file).join('/');
  }
}

export function maskSubject(subject: Subject, masks: Masks): Subject {
  if (subject === CLUSTER) return subject;
  const kind = kindOf(subject);
  if (kind === 'cluster') return subject;
  const parts = partsOf(subject).map((part) =>
    masks.names.isKnown(part) ? masks.names.mask(part) : maskText(part, masks),
  );
  return subjectOf(kind, ...parts);
}
