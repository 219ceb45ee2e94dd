/** What stands in place of a value that may hold a secret. */
export const REMOVED = 'removed';

/** Names of settings whose values are secrets. Names of Secrets, paths and periods are none. */
const SECRET_WORD =
  'passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?key|' +
  'encryption[-_]?key|signing[-_]?key|psk|credentials?|authorization|bearer|requirepass|masterauth|cookie|' +
  'connection[-_]?string|dsn|webhook[-_]?url';
const SECRET_KEY = new RegExp(`(?:${SECRET_WORD})`, 'i');
const NOT_SECRET_KEY =
  /(?:name|ref|refs|namespace|path|file|files|dir|seconds|ttl|expiry|expiration|duration|enabled?|mount|mode|type|policy|url[-_]?path|issuer|audience|resource|kind)$|^automount|^serviceAccountToken$|^kubernetes\.io\/|^token[-_]?(?:auth|review)|bootstrap-kubeconfig/i;

/** Whether a setting of that name is expected to hold a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) && !NOT_SECRET_KEY.test(key);
}

/** Looks for anything that the replacements below could touch: most texts have none of it. */
const SUSPECT =
  /passw|pwd|passphrase|secret|token|key|psk|credential|auth|bearer|cookie|dsn|connection.?string|eyJ|-----BEGIN|:\/\/[^\s/@]+@|AKIA|gh[pousr]_|xox[abprs]-|webhook/i;

const REPLACEMENTS: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]{0,40}(?:KEY|CERTIFICATE)[A-Z ]{0,20}-----[\s\S]*?(?:-----END [A-Z ]{0,60}-----|$)/g, REMOVED],
  // JWT.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, REMOVED],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}/g, REMOVED],
  [/(:\/\/)[^\s/@'"]{1,500}@/g, `$1${REMOVED}@`],
  [/\b(Bearer|Basic)(\s+)[\w.~+/=-]{4,}/g, `$1$2${REMOVED}`],
];

/** `password=x`, `--token x`, `"client-key-data": "x"`, `token: x`: the name, what joins it, and its value. */
const SETTING = new RegExp(
  `((?:--?)?["']?[\\w.-]{0,80}(?:${SECRET_WORD})[\\w.-]{0,60}["']?)(\\s{0,4}[=:]\\s{0,4}|\\s{1,4}(?=[^\\s-]))("(?:[^"\\\\\\n]|\\\\.){0,4000}"|'[^'\\n]{0,4000}'|[^\\s"',;&|{}\\[\\]]{1,4000})`,
  'gi',
);

/** A text without what looks like a secret: settings that are named like one, keys, tokens, passwords in URLs. */
export function scrubText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  let scrubbed = text;
  for (const [pattern, by] of REPLACEMENTS) scrubbed = scrubbed.replace(pattern, by);
  return scrubbed.replace(SETTING, (whole, name: string, joint: string, value: string) => {
    const bare = name.replace(/^-+/, '').replace(/["']/g, '');
    if (!isSecretKey(bare)) return whole;
    // In prose a blank joins anything: only an option's value follows it.
    if (/^\s+$/.test(joint) && !name.startsWith('-')) return whole;
    const quote = /^["']/.exec(value)?.[0] ?? '';
    return `${name}${joint}${quote}${REMOVED}${quote}`;
  });
}

/** `--token` as a word of its own: the next one is its value. */
function takesNext(word: string): boolean {
  return /^--?[\w.-]+$/.test(word) && isSecretKey(word.replace(/^-+/, ''));
}

/** Words of a command line without secrets. */
export function scrubWords(words: readonly unknown[]): unknown[] {
  let isValue = false;
  return words.map((word) => {
    if (typeof word !== 'string') return word;
    const removed = isValue && !word.startsWith('-') ? REMOVED : scrubText(word);
    isValue = takesNext(word);
    return removed;
  });
}

/** Owners of annotations that say something of the network or of where an object came from. */
const ANNOTATIONS =
  /^(?:[a-z0-9-]+\.)*(?:flannel\.alpha\.coreos\.com|projectcalico\.org|cilium\.io|antrea\.io|ovn\.org|kubeovn\.io|cncf\.io|weave\.works|kube-router\.io|metallb\.universe\.tf|metallb\.io|openshift\.io|networking\.gke\.io|cloud\.google\.com|loadbalancer\.openstack\.org|oci\.oraclecloud\.com)\/|^(?:(?:node|kubeadm|scheduler|net)\.(?:alpha|beta)\.|service\.(?:beta\.)?|deployment\.|ingressclass\.|endpoints\.|endpointslice\.|node\.)?kubernetes\.io\/|^networking\.k8s\.io\//;

function keptAnnotations(annotations: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(annotations)) {
    if (!ANNOTATIONS.test(key) || /last-applied|snippet/.test(key) || isSecretKey(key)) continue;
    if (typeof value === 'string' && scrubText(value) === value) kept[key] = value;
  }
  return kept;
}

/** Lists of command lines. */
const COMMAND_KEYS: ReadonlySet<string> = new Set(['args', 'command']);
/** Settings of storage drivers: anything may be a password there, and none of it concerns the network. */
const OPAQUE_KEYS: ReadonlySet<string> = new Set(['volumeAttributes', 'publishContext', 'volumeContext']);
/** Kubernetes' own nesting is about 20. */
const MAX_DEPTH = 100;

/**
 * An object of Kubernetes as it may be given away: without `managedFields`, without values of environment variables
 * (but proxies and the like) and HTTP headers of probes (their names stay), without annotations but those of networks and of Kubernetes itself, and with
 * `removed` in place of what is named or looks like a secret. Makes a new object; the given one stays as it is.
 */
export function withoutSecrets(object: Record<string, unknown>): Record<string, unknown> {
  const clean = cleanObject(object, 0);
  // Of a Secret nothing is kept but that it is there, should one ever come this way.
  if (clean.kind === 'Secret') {
    delete clean.data;
    delete clean.stringData;
  }
  return clean;
}

function cleanObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    if (key === 'managedFields') continue;
    // Names of images fill half of a node's object.
    if (key === 'images' && depth === 1 && Array.isArray(value)) continue;
    put(clean, key, cleanValue(key, value, depth + 1));
  }
  return clean;
}

/** `__proto__` is a name like any other in a dump. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function cleanValue(key: string, value: unknown, depth: number): unknown {
  if (typeof value === 'string') return isSecretKey(key) && value !== '' ? REMOVED : scrubText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return REMOVED;
  if (Array.isArray(value)) {
    if ((key === 'env' || key === 'httpHeaders') && value.every(isObject)) return value.map(withoutValue);
    if (COMMAND_KEYS.has(key)) return scrubWords(value);
    return value.map((item) => (isObject(item) ? cleanObject(item, depth) : cleanValue(key, item, depth + 1)));
  }
  const object = value as Record<string, unknown>;
  if (key === 'annotations') return keptAnnotations(object);
  if (OPAQUE_KEYS.has(key)) return Object.fromEntries(Object.keys(object).map((name) => [name, REMOVED]));
  if (key === 'flexVolume' && isObject(object.options)) {
    const options = Object.fromEntries(Object.keys(object.options).map((name) => [name, REMOVED]));
    return { ...cleanObject(object, depth), options };
  }
  return cleanObject(object, depth);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Variables that direct a container's traffic: proxies, the AWS CNI's translation. */
const TRAFFIC_VARIABLE = /^(?:(?:https?|all|no)_proxy|AWS_VPC_K8S_CNI_(?:EXTERNALSNAT|EXCLUDE_SNAT_CIDRS))$/i;

function withoutValue(variable: Record<string, unknown>): Record<string, unknown> {
  const { name, value } = variable;
  if (typeof name === 'string' && typeof value === 'string' && TRAFFIC_VARIABLE.test(name)) {
    return { ...variable, value: scrubText(value) };
  }
  return 'value' in variable ? { ...variable, value: REMOVED } : variable;
}
