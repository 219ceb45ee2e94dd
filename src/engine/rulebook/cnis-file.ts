import type { Node } from 'yaml';
import type { CniProfile, CniTunnel } from '../../facts/cnis.js';
import { bilingual } from './bilingual.js';
import { patternFault } from './pattern.js';
import {
  boolean,
  id,
  list,
  number,
  object,
  optional,
  type Reading,
  required,
  type Shape,
  text,
  word,
} from './schema.js';

const ATTACHMENTS = ['bridge', 'routed', 'ovs', 'parent'] as const;
const ENGINES = ['iptables', 'ebpf', 'ovs', 'optional', 'none'] as const;
const SOURCES = ['node', 'pools', 'network'] as const;
const NEEDS = ['kube-proxy', 'bridge-nf', 'ip-forward', 'loose-rp-filter', 'proxy-arp'] as const;
const TUNNELS = ['vxlan', 'geneve', 'ipip', 'wireguard'] as const;

/** A pattern over names, which are short: it must compile and not hold on every name. */
const pattern: Shape<string> = (node, reading) => {
  const source = text(node, reading);
  const fault = source === undefined ? undefined : patternFault(source);
  return fault === undefined ? source : reading.fail(node, fault);
};

const label: Shape<string> = (node, reading) => {
  const value = text(node, reading);
  if (value === undefined || /^[\w./-]+=[\w.-]+$/.test(value)) return value;
  return reading.fail(node, `"${value}" is not a label: expected key=value`);
};

const port: Shape<number> = (node, reading) => {
  const value = number(node, reading);
  if (value === undefined || (Number.isInteger(value) && value > 0 && value < 65536)) return value;
  return reading.fail(node, `${value} is not a port`);
};

const tunnelFields = object({
  device: required(pattern),
  kind: required(word('kind of tunnel', TUNNELS)),
  protocol: required(word('protocol', ['udp', 'ipip'] as const)),
  port: optional(port),
  overhead: required(number),
});

const tunnel: Shape<CniTunnel> = (node, reading) => {
  const read = tunnelFields(node, reading);
  if (read === undefined) return undefined;
  const { port: given, ...rest } = read;
  if (rest.protocol === 'ipip' && given !== undefined) return reading.fail(node, 'IPIP has no port');
  return { ...rest, ...(given === undefined ? {} : { port: given }) };
};

const fields = object({
  id: required(id),
  title: required(text),
  aliases: optional(list(text)),
  workloads: optional(pattern),
  labels: optional(list(label)),
  image: optional(pattern),
  configMaps: optional(pattern),
  configFiles: optional(pattern),
  plugins: optional(pattern),
  together: optional(list(id)),
  devices: optional(
    object({
      detect: optional(pattern),
      own: optional(pattern),
      pods: optional(pattern),
      bridges: optional(pattern),
      gateways: optional(pattern),
      spanning: optional(pattern),
    }),
  ),
  attachment: required(word('attachment', ATTACHMENTS)),
  tunnels: optional(list(tunnel)),
  underlay: optional(boolean),
  needs: optional(list(word('need', NEEDS))),
  ports: optional(object({ bgp: optional(port), health: optional(list(port)) })),
  policy: required(word('policy engine', ENGINES)),
  logs: optional(list(text)),
  podAddresses: required(word('source of pod addresses', SOURCES)),
  normal: optional(list(bilingual)),
  traps: optional(list(bilingual)),
});

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** A copy without the keys that have no value. */
function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<Defined<T>>;
}

function profile(node: Node, reading: Reading): CniProfile | undefined {
  const read = fields(node, reading);
  if (read === undefined) return undefined;
  const { bgp, health } = read.ports ?? {};
  return {
    ...defined({
      workloads: read.workloads,
      image: read.image,
      configMaps: read.configMaps,
      configFiles: read.configFiles,
      plugins: read.plugins,
    }),
    id: read.id,
    title: read.title,
    aliases: read.aliases ?? [],
    labels: read.labels ?? [],
    together: read.together ?? [],
    devices: defined(read.devices ?? {}),
    attachment: read.attachment,
    tunnels: read.tunnels ?? [],
    underlay: read.underlay ?? false,
    needs: read.needs ?? [],
    ports: { ...defined({ bgp }), health: health ?? [] },
    policy: read.policy,
    logs: read.logs ?? [],
    podAddresses: read.podAddresses,
    normal: read.normal ?? [],
    traps: read.traps ?? [],
  };
}

/** Reads rules/cnis.yaml, in its order: names that stand twice are reported, as are CNIs that `together` names in vain. */
export function readCnis(root: Node, reading: Reading): CniProfile[] {
  const places: { profile: CniProfile; node: Node }[] = [];
  object({
    cnis: required(
      list((node: Node): true => {
        const read = profile(node, reading);
        if (read !== undefined) places.push({ profile: read, node });
        return true;
      }),
    ),
  })(root, reading);
  const names = new Set<string>();
  for (const { profile: each, node } of places) {
    for (const name of [each.id, ...each.aliases]) {
      if (names.has(name)) reading.fail(node, `a CNI named "${name}" is there already`);
      names.add(name);
    }
  }
  const ids = places.map(({ profile: each }) => each.id);
  for (const { profile: each, node } of places) {
    const strange = each.together.find((other) => !ids.includes(other));
    if (strange !== undefined) reading.fail(node, `"together" names "${strange}", which is no CNI of this file`);
  }
  return places.map(({ profile: each }) => each);
}
