/**
 * A second evaluation of NetworkPolicy, simple and slow: it scans every policy for every connection, knows true and false
 * alone, and shares no code with the first.
 */
export type Labels = Readonly<Record<string, string>>;

export interface Expression {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}
export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: Expression[];
}
export interface RawPeer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}
export interface RawPort {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}
export interface RawSpec {
  podSelector: Selector;
  policyTypes?: string[];
  ingress?: { from?: RawPeer[]; ports?: RawPort[] }[];
  egress?: { to?: RawPeer[]; ports?: RawPort[] }[];
}
export interface RawPolicy {
  namespace: string;
  name: string;
  spec: RawSpec;
}

/** A pod, or (without namespace) something outside that has the address. */
export interface World {
  policies: RawPolicy[];
  namespaces: Map<string, Labels>;
}
export interface End {
  id: string;
  ip: string;
  namespace?: string;
  labels?: Labels;
  ports?: { name?: string; port: number; proto: string }[];
}

export function naivelyAllowed(world: World, from: End, to: End, protocol: string, port: number): boolean {
  if (from.id === to.id) return true;
  return oneWay('Egress') && oneWay('Ingress');

  function oneWay(type: 'Egress' | 'Ingress'): boolean {
    const own = type === 'Egress' ? from : to;
    const peer = type === 'Egress' ? to : from;
    if (own.namespace === undefined) return true;
    const isolating = world.policies.filter(
      ({ namespace, spec }) =>
        namespace === own.namespace && matches(spec.podSelector, own.labels!) && typesOf(spec).includes(type),
    );
    if (isolating.length === 0) return true;
    return isolating.some(({ namespace, spec }) => {
      const rules =
        type === 'Egress'
          ? (spec.egress ?? []).map((rule) => ({ peers: rule.to, ports: rule.ports }))
          : (spec.ingress ?? []).map((rule) => ({ peers: rule.from, ports: rule.ports }));
      return rules.some(
        ({ peers = [], ports = [] }) =>
          (peers.length === 0 || peers.some((one) => peerHas(one, namespace, peer))) &&
          (ports.length === 0 || ports.some((one) => portHas(one))),
      );
    });
  }

  function peerHas(peer: RawPeer, namespace: string, end: End): boolean {
    if (peer.ipBlock !== undefined) {
      const { cidr, except = [] } = peer.ipBlock;
      return within(cidr, end.ip) && !except.some((one) => within(one, end.ip));
    }
    if (end.namespace === undefined) return false;
    if (peer.namespaceSelector === undefined) {
      if (end.namespace !== namespace) return false;
    } else if (!matches(peer.namespaceSelector, world.namespaces.get(end.namespace)!)) return false;
    return peer.podSelector === undefined || matches(peer.podSelector, end.labels!);
  }

  function portHas(one: RawPort): boolean {
    if ((one.protocol ?? 'TCP') !== protocol) return false;
    if (one.port === undefined) return true;
    if (typeof one.port === 'string')
      return (to.ports ?? []).some(
        (known) => known.name === one.port && known.port === port && known.proto === protocol,
      );
    return port >= one.port && port <= (one.endPort ?? one.port);
  }
}

function typesOf(spec: RawSpec): string[] {
  if (spec.policyTypes !== undefined && spec.policyTypes.length > 0) return spec.policyTypes;
  return (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  const plain = Object.keys(matchLabels).every((key) => labels[key] === matchLabels[key]);
  return (
    plain &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === 'In' ? listed : !listed;
    })
  );
}

/** IPv4, bit for bit as text. */
function within(cidr: string, ip: string): boolean {
  const [network, length] = cidr.split('/') as [string, string];
  const bits = (address: string): string =>
    address
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
  return bits(network).slice(0, Number(length)) === bits(ip).slice(0, Number(length));
}
