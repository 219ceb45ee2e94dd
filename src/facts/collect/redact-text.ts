import { isIPv6 } from 'node:net';
import type { AddressMask } from './redact-addresses.js';
import { isSystemName, type NameKind, type NameMask } from './redact-names.js';

export interface Masks {
  addresses: AddressMask;
  names: NameMask;
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
/** `10.1.2.3`, and a prefix length behind it; no part of a longer number. */
const IPV4 = new RegExp(
  `(?<![\\d]|\\d\\.|[Vv])(${OCTET}(?:\\.${OCTET}){3})(?!\\d|\\.\\d+\\.\\d|\\.in-addr)(?:/(\\d{1,2})(?!\\d))?`,
  'g',
);
/** `5.2.1.10.in-addr.arpa`. */
const REVERSE = new RegExp(`\\b(${OCTET})\\.(${OCTET})\\.(${OCTET})\\.(${OCTET})\\.in-addr\\.arpa`, 'g');
/** `10-1-2-3.default.pod`, `ip-10-1-2-3`. */
const DASHED = new RegExp(
  `(?<![\\d-])(${OCTET}-${OCTET}-${OCTET}-${OCTET})(?=\\.)|(?<=\\bip-)(${OCTET}-${OCTET}-${OCTET}-${OCTET})(?![\\d-])`,
  'g',
);
const MAC = /(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:])/g;
/** Hex groups with colons: an IPv6 address where it parses as one. */
const IPV6 =
  /(?<![\w:.])((?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?)(?![\w:])(?:\/(\d{1,3}))?/g;
/** A line that shows a network and its mask in columns of their own (`route -n`). */
const WITH_MASK = /^\s*((?:\d{1,3}\.){3}\d{1,3})\s.*\s((?:255|254|252|248|240|224|192|128|0)(?:\.\d{1,3}){3})\s/;
/** What tcpdump's -x prints: the bytes of packets. */
const HEX_DUMP = /^\s*0x[0-9a-f]{4}:\s.*$/gm;
const WORDS = /[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]|[A-Za-z0-9]/g;

/** A text with addresses and names masked, line for line. `isListing`: its words are names, as kubectl's tables print them. */
export function maskText(text: string, masks: Masks, isListing = false): string {
  return maskWords(maskAddresses(text.replace(HEX_DUMP, '\t0x0000:'), masks), masks, isListing);
}

function maskAddresses(text: string, { addresses }: Masks): string {
  let masked = text;
  if (text.includes(':')) {
    masked = masked.replace(MAC, (mac) => addresses.mac(mac));
    masked = masked.replace(IPV6, (whole, ip: string, length: string | undefined) => {
      // `12:34:56` and `a::b::c` are none; a last colon belongs to the text.
      const bare = /[^:]:$/.test(ip) ? ip.slice(0, -1) : ip;
      if (!isIPv6(bare)) return whole;
      return addresses.ipv6(bare, length === undefined ? 128 : Number(length)) + whole.slice(bare.length);
    });
  }
  if (!/\d[.-]\d/.test(masked)) return masked;
  masked = masked.replace(REVERSE, (_, d: string, c: string, b: string, a: string) => {
    return `${addresses.ipv4([a, b, c, d].join('.')).split('.').reverse().join('.')}.in-addr.arpa`;
  });
  masked = masked.replace(DASHED, (_, plain: string | undefined, behind: string | undefined) =>
    addresses.ipv4((plain ?? behind)!.replaceAll('-', '.')).replaceAll('.', '-'),
  );
  if (!WITH_MASK_ANYWHERE.test(masked)) return maskIpv4(masked, addresses);
  return masked
    .split('\n')
    .map((line) => {
      const [, network, mask] = WITH_MASK.exec(line) ?? [];
      if (network === undefined || mask === undefined) return maskIpv4(line, addresses);
      const at = line.indexOf(network);
      const front = line.slice(0, at) + addresses.ipv4(network, lengthOf(mask));
      return front + maskIpv4(line.slice(at + network.length), addresses);
    })
    .join('\n');
}

const WITH_MASK_ANYWHERE = /\s255\.\d{1,3}\.\d{1,3}\.\d{1,3}\s/;

function maskIpv4(text: string, addresses: AddressMask): string {
  return text.replace(IPV4, (whole, ip: string, length: string | undefined) => {
    return addresses.ipv4(ip, length === undefined ? 32 : Number(length)) + whole.slice(ip.length);
  });
}

function lengthOf(mask: string): number {
  let length = 0;
  for (const octet of mask.split('.')) length += Number(octet).toString(2).replaceAll('0', '').length;
  return length;
}

/** `pod: web`, `"namespace": "shop"`, `{node: n1`: a key behind which a name stands, whatever it looks like. */
const NAME_KEY =
  /(?<![\w-])((?:pod|node|name|namespace|on|host|hostname|service|hostName|nodeName)["']?\s{0,8}[:=]\s{0,8}["']?)([A-Za-z0-9][\w.-]{0,252})/g;
/** `shop/api`, `Pod/shop/api-1`. */
const BEHIND_NAMESPACE = /(?<![\w/.-])([a-z0-9][a-z0-9-]{0,62})\/([a-z0-9][a-z0-9.-]{0,252})/g;
/** `root@web-1:~#`. */
const AT_HOST = /(?<=[\w.-]@)([A-Za-z0-9][\w.-]{0,252})/g;

function maskWords(text: string, { names }: Masks, isListing: boolean): string {
  const certain = (name: string) => names.word(name, true);
  return text
    .replace(NAME_KEY, (_, front: string, name: string) => front + certain(name))
    .replace(AT_HOST, (host) => certain(host))
    .replace(BEHIND_NAMESPACE, (whole, namespace: string, name: string) =>
      names.isKnown(namespace) || isSystemName(namespace) ? `${certain(namespace)}/${certain(name)}` : whole,
    )
    .replace(WORDS, (word) => names.word(word, isListing));
}

/** Keys whose values say what something is of, and never who it is. */
const PLAIN_KEYS = new Set([
  'kind',
  'apiVersion',
  'type',
  'phase',
  'protocol',
  'reason',
  'operator',
  'effect',
  'image',
  'imageID',
  'uid',
]);
/** Labels of Kubernetes and its CNIs say what a thing is. */
const SYSTEM_LABEL =
  /^(?:k8s-app|component|tier|pod-template-hash|controller-revision-hash|pod-template-generation|statefulset\.kubernetes\.io\/.*)$|kubernetes\.io\/|k8s\.io\/|projectcalico\.org|cilium/;
const LABEL_MAPS = new Set(['labels', 'matchLabels', 'selector', 'nodeSelector', 'podSelector']);
/** Registries that everybody has. */
const PUBLIC_REGISTRY =
  /^(?:docker\.io|quay\.io|ghcr\.io|gcr\.io|k8s\.gcr\.io|registry\.k8s\.io|public\.ecr\.aws|mcr\.microsoft\.com|registry\.[a-z-]+\.aliyuncs\.com)$/;
const SYSTEM_IMAGE =
  /coredns|kube-|flannel|calico|cilium|antrea|weave|etcd|pause|metrics-server|multus|ovn|metallb|node-driver|tigera/;

/** A value of a JSON document with addresses and names masked: strings that are a name, and texts that hold some. */
export function maskJson(value: unknown, masks: Masks, key = '', parent = ''): unknown {
  if (typeof value === 'string') return maskString(value, masks, key, parent);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, masks, key, parent));
  const masked: Record<string, unknown> = {};
  for (const [name, own] of Object.entries(value)) {
    Object.defineProperty(masked, SYSTEM_LABEL.test(name) ? name : maskText(name, masks), {
      ...{ value: maskJson(own, masks, name, key), enumerable: true, configurable: true, writable: true },
    });
  }
  return masked;
}

function maskString(value: string, masks: Masks, key: string, parent: string): string {
  const { names } = masks;
  if (key === 'image' || key === 'imageID') return maskImage(value, names);
  if (PLAIN_KEYS.has(key) && value.length < 64 && !/[./@]/.test(value)) return value;
  if (names.isKnown(value)) return names.mask(value);
  const isLabel = LABEL_MAPS.has(parent) && !SYSTEM_LABEL.test(key);
  if (isLabel && /^[A-Za-z0-9][\w.-]{0,62}$/.test(value) && /[A-Za-z]/.test(value)) return names.maskAs(value, 'name');
  if (/^[\w.-]{1,253}$/.test(value))
    return maskAddresses(value, masks) === value ? names.word(value, true) : maskText(value, masks);
  return maskText(value, masks);
}

/** `registry.corp.example/team/web:1.2@sha256:…`: registry and repository, unless everybody has them. */
function maskImage(image: string, names: NameMask): string {
  if (SYSTEM_IMAGE.test(image) || image === '') return image;
  const [, path = '', version = ''] = /^([^@]*?)((?::[\w.-]{1,128})?(?:@.*)?)$/.exec(image) ?? [];
  const parts = path.split('/');
  const masked = parts.map((part, i) => {
    if (i === 0 && parts.length > 1 && PUBLIC_REGISTRY.test(part)) return part;
    return names.maskAs(part.replace(/[^A-Za-z0-9.-]/g, '-'), 'name' satisfies NameKind);
  });
  return masked.join('/') + version.replace(/@.*$/, '');
}
