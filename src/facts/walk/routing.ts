import { formatIpv4, networkHas, parseIpv4, parseNetwork, RouteTable } from '../derive/ipv4.js';
import type { Address, Fact, PolicyRule, Route, Source, Subject } from '../model.js';
import type { FactStore } from '../store.js';
import type { AddressType } from './netfilter/base-chain.js';

/** What is looked up, as the kernel's flowi4: numbers are addresses. */
export interface RouteQuery {
  /** Absent for a packet whose sender has not chosen an address yet. */
  src?: number | undefined;
  dst: number;
  mark: number | undefined;
  /** The device that it came by; `lo` for what is sent from here. */
  iif: string;
  /** The device that it is bound to, as a tunnel's outer packet is to the tunnel's own: other devices' routes do not count. */
  oif?: string | undefined;
}

/** A next hop: `via` is absent where the destination itself is on the link. */
export interface NextHop {
  dev: string;
  via?: number;
}

export type RouteDecision =
  | {
      kind: 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit';
      route: Fact<Route> | undefined;
      rule?: Fact<PolicyRule> | undefined;
      /** Of `unicast`: more than one where the route has several next hops. */
      hops: readonly NextHop[];
      text: string;
      source: Source;
      /** The address that the route gives to what is sent from here. */
      preferred?: number;
      /** Rules that may have led elsewhere. */
      doubts: readonly Fact<PolicyRule>[];
    }
  | { kind: 'none'; source: Source; doubts: readonly Fact<PolicyRule>[] };

/** The kernel's own three, where the input does not list the rules. */
const DEFAULT_RULES: readonly Fact<PolicyRule>[] = ['local', 'main', 'default'].map((table, i) => ({
  subject: '',
  name: 'rule',
  source: {},
  value: { family: 4, priority: [0, 32766, 32767][i]!, from: 'all', action: 'lookup', table },
}));

const BLOCKING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

/**
 * The IPv4 routing of one network namespace: policy rules by priority, each table by the longest prefix and the lowest metric
 * (net/ipv4/fib_rules.c, fib_trie.c). The local table is read where it is listed, and else made of the addresses, as the
 * kernel makes it.
 */
export class Routing {
  /** Whether any IPv4 route is known. Where none is, nothing can be said of where packets go. */
  readonly known: boolean;
  readonly #rules: readonly Fact<PolicyRule>[];
  readonly #tables = new Map<string, RouteTable>();
  readonly #addresses: readonly Fact<Address>[];
  readonly #own: ReadonlyMap<number, Fact<Address>>;
  /** Whether `ip route show table all` is there, so that a table without routes is empty. */
  readonly #allTables: boolean;
  readonly #podDevice: (address: number) => string | undefined;

  /** `podDevice` tells the device of a pod of this node by its address. */
  constructor(
    store: FactStore,
    subject: Subject,
    podDevice: (address: number) => string | undefined = () => undefined,
  ) {
    this.#podDevice = podDevice;
    const routes = store.records(subject, 'route').filter(({ value }) => value.family === 4);
    const names = new Set(routes.map(({ value }) => value.table));
    for (const name of names) this.#tables.set(name, new RouteTable(routes, name));
    this.#allTables = names.has('local');
    this.known = names.has('main') || names.has('local');
    const rules = store.records(subject, 'rule').filter(({ value }) => value.family === 4);
    this.#rules =
      rules.length === 0 ? DEFAULT_RULES : uniqueRules(rules).sort((a, b) => a.value.priority - b.value.priority);
    this.#addresses = store.records(subject, 'address').filter(({ value }) => value.family === 4);
    const own = new Map<number, Fact<Address>>();
    for (const fact of this.#addresses) {
      const ip = parseIpv4(fact.value.ip);
      if (ip !== undefined && !own.has(ip)) own.set(ip, fact);
    }
    this.#own = own;
  }

  get addressesKnown(): boolean {
    return this.#addresses.length > 0;
  }

  /** Devices that have an IPv4 address. */
  hasAddress(dev: string): boolean {
    return this.#addresses.some(({ value }) => value.dev === dev);
  }

  /** Whether an address is this namespace's own: of a device, or by a route of type local. */
  isLocal(address: number): boolean {
    if (this.#own.has(address)) return true;
    return this.#lookupLocal(address)?.kind === 'local';
  }

  /** The device that has an address. */
  deviceOfAddress(address: number): string | undefined {
    return this.#own.get(address)?.value.dev;
  }

  lookup(query: RouteQuery): RouteDecision {
    const doubts: Fact<PolicyRule>[] = [];
    for (let i = 0; i < this.#rules.length; i += 1) {
      const fact = this.#rules[i]!;
      const rule = fact.value;
      const matches = matchRule(rule, query);
      if (matches === false) continue;
      if (matches === undefined) {
        doubts.push(fact);
        continue;
      }
      const jump = /^goto (\d+)$/.exec(rule.action);
      if (jump !== null) {
        const to = this.#rules.findIndex(({ value }, at) => at > i && value.priority >= Number(jump[1]));
        i = to < 0 ? this.#rules.length : to - 1;
        continue;
      }
      if (rule.table === undefined) {
        if (!BLOCKING.has(rule.action)) continue;
        const kind = rule.action as 'blackhole' | 'unreachable' | 'prohibit';
        return { kind, route: undefined, rule: fact, hops: [], text: describeRule(rule), source: fact.source, doubts };
      }
      const found = this.#inTable(rule, query.dst, query.oif);
      if (found === 'unseen') doubts.push(fact);
      else if (found !== undefined) return { ...found, rule: fact, doubts };
    }
    const source = this.#tables.get('main')?.routes[0]?.fact.source ?? {};
    return { kind: 'none', source: source.file === undefined ? {} : { file: source.file }, doubts };
  }

  /** Type of an address by the local table, then by all rules as for a packet sent from here. */
  addressType(address: number): AddressType | undefined {
    if (address >>> 28 === 0xe) return 'MULTICAST';
    if (address === 0xffffffff) return 'BROADCAST';
    if (!this.known && !this.addressesKnown) return undefined;
    const local = this.#lookupLocal(address);
    if (local?.kind === 'local') return 'LOCAL';
    if (local?.kind === 'broadcast') return 'BROADCAST';
    const decision = this.lookup({ dst: address, mark: 0, iif: 'lo' });
    if (BLOCKING.has(decision.kind)) return decision.kind.toUpperCase() as AddressType;
    return 'UNICAST';
  }

  /**
   * The address that the kernel gives to what is sent by a device: the route's own, else the first of the device that is in
   * the next hop's network, else the device's first, else the first of any device that is not for the link or host alone
   * (inet_select_addr).
   */
  sourceFor(decision: Extract<RouteDecision, { hops: readonly NextHop[] }>, dst: number): number | undefined {
    if (decision.preferred !== undefined) return decision.preferred;
    const hop = decision.hops[0];
    if (hop === undefined) return undefined;
    return this.masqueradeAddress(hop.dev, hop.via ?? dst);
  }

  /** The address that MASQUERADE gives to what leaves by a device, as `inet_select_addr` chooses it. */
  masqueradeAddress(dev: string, towards: number | undefined): number | undefined {
    return this.addressOfDevice(dev, towards) ?? this.#firstGlobal();
  }

  /** A device's address: the first in the network of the address that it speaks to, else its first. */
  addressOfDevice(dev: string, towards: number | undefined): number | undefined {
    let first: number | undefined;
    for (const { value } of this.#addresses) {
      if (value.dev !== dev || value.flags.includes('secondary') || value.scope === 'host') continue;
      const ip = parseIpv4(value.ip);
      if (ip === undefined) continue;
      first ??= ip;
      const network = parseNetwork(`${value.ip}/${value.prefix}`);
      if (towards !== undefined && network !== undefined && networkHas(network, towards)) return ip;
    }
    return first;
  }

  #firstGlobal(): number | undefined {
    for (const { value } of this.#addresses) {
      if (value.dev === 'lo' || (value.scope !== undefined && value.scope !== 'global')) continue;
      const ip = parseIpv4(value.ip);
      if (ip !== undefined) return ip;
    }
    return undefined;
  }

  #inTable(rule: PolicyRule, dst: number, oif: string | undefined): Omit<RouteOf, 'doubts'> | 'unseen' | undefined {
    const name = rule.table!;
    if (name === 'local') {
      const local = this.#lookupLocal(dst);
      if (local !== undefined) return local;
      return undefined;
    }
    const table = this.#tables.get(name);
    if (table === undefined) {
      if (name === 'default' || this.#allTables) return undefined;
      return this.#inPodsTable(rule, dst) ?? 'unseen';
    }
    const found = oif === undefined ? table.lookup(dst) : table.lookupBy(dst, oif);
    if (found === undefined) return undefined;
    if (rule.suppressPrefixLength !== undefined && found.network.prefix <= rule.suppressPrefixLength) return undefined;
    const { fact } = found;
    const kind = KINDS[fact.value.type];
    if (kind === undefined) return undefined;
    return decisionOf(kind, fact);
  }

  /**
   * `ip route` lists the main table alone. A table that a rule keeps for this node's own pods, by their addresses, is taken to
   * lead to each pod's device: nothing else is put there.
   */
  #inPodsTable(rule: PolicyRule, dst: number): Omit<RouteOf, 'doubts'> | undefined {
    const dev = rule.to === undefined || rule.to === 'all' ? undefined : this.#podDevice(dst);
    if (dev === undefined) return undefined;
    const text = `${formatIpv4(dst)} dev ${dev} (taken for granted: table ${rule.table} is not in the input)`;
    return { kind: 'unicast', route: undefined, hops: [{ dev }], text, source: {} };
  }

  #lookupLocal(dst: number): Omit<RouteOf, 'doubts'> | undefined {
    const listed = this.#tables.get('local');
    const found = listed?.lookup(dst);
    if (found !== undefined) {
      const kind = KINDS[found.fact.value.type];
      if (kind !== undefined) return decisionOf(kind, found.fact);
    }
    if (listed !== undefined) return undefined;
    const own = this.#own.get(dst);
    if (own !== undefined) {
      return {
        kind: 'local',
        route: undefined,
        hops: [],
        text: `local ${own.value.ip} dev ${own.value.dev}`,
        source: own.source,
      };
    }
    if (dst >>> 24 === 127) return { kind: 'local', route: undefined, hops: [], text: 'local 127.0.0.0/8', source: {} };
    for (const { value, source } of this.#addresses) {
      if (value.prefix > 30) continue;
      const network = parseNetwork(`${value.ip}/${value.prefix}`);
      if (network !== undefined && dst === network.end) {
        return {
          kind: 'broadcast',
          route: undefined,
          hops: [],
          text: `broadcast ${formatIpv4(dst)} dev ${value.dev}`,
          source,
        };
      }
    }
    return undefined;
  }
}

type RouteOf = Exclude<RouteDecision, { kind: 'none' }>;

const KINDS: Readonly<Record<string, RouteOf['kind']>> = {
  unicast: 'unicast',
  local: 'local',
  anycast: 'broadcast',
  broadcast: 'broadcast',
  blackhole: 'blackhole',
  unreachable: 'unreachable',
  prohibit: 'prohibit',
};

function decisionOf(kind: RouteOf['kind'], fact: Fact<Route>): Omit<RouteOf, 'doubts'> {
  const route = fact.value;
  const hops: NextHop[] = [];
  for (const hop of route.nexthops ?? [route]) {
    if (hop.dev === undefined) continue;
    const via = hop.via === undefined ? undefined : parseIpv4(hop.via);
    hops.push(via === undefined ? { dev: hop.dev } : { dev: hop.dev, via });
  }
  const decision: Omit<RouteOf, 'doubts'> = {
    kind,
    route: fact,
    hops,
    text: describeRoute(route),
    source: fact.source,
  };
  const preferred = route.src === undefined ? undefined : parseIpv4(route.src);
  if (preferred !== undefined) decision.preferred = preferred;
  return decision;
}

/** True, false, or undefined where it hangs on what the rule's record or the query does not tell. */
function matchRule(rule: PolicyRule, query: RouteQuery): boolean | undefined {
  let sure = (rule.conditions ?? []).length === 0;
  let matches = true;
  const take = (match: boolean | undefined): void => {
    if (match === undefined) sure = false;
    else if (!match) matches = false;
  };
  if (rule.iif !== undefined) take(rule.iif === query.iif);
  // Only a socket that is bound to a device, as few are, sends by a device before it has a route.
  if (rule.oif !== undefined) take(rule.oif === query.oif);
  if (rule.from !== 'all') take(query.src === undefined ? false : inSelector(rule.from, query.src));
  if (rule.to !== undefined) take(inSelector(rule.to, query.dst));
  if (rule.fwmark !== undefined) take(inMark(rule.fwmark, query.mark));
  if (rule.invert === true) return sure ? !matches : undefined;
  if (!matches) return false;
  return sure ? true : undefined;
}

function inSelector(selector: string, address: number): boolean | undefined {
  if (selector === 'all') return true;
  const network = parseNetwork(selector);
  return network === undefined ? undefined : networkHas(network, address);
}

function inMark(text: string, mark: number | undefined): boolean | undefined {
  const [value, mask] = text.split('/') as [string, string?];
  const bits = Number(value);
  const over = mask === undefined ? 0xffffffff : Number(mask);
  if (!Number.isInteger(bits) || !Number.isInteger(over) || mark === undefined) return undefined;
  return (mark & over) >>> 0 === (bits & over) >>> 0;
}

function uniqueRules(rules: readonly Fact<PolicyRule>[]): Fact<PolicyRule>[] {
  const seen = new Set<string>();
  return rules.filter(({ value }) => {
    const key = JSON.stringify(value);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A route as `ip route` prints it, without what no packet meets. */
export function describeRoute(route: Route): string {
  const words = route.type === 'unicast' ? [] : [route.type];
  words.push(route.dst === '0.0.0.0/0' ? 'default' : route.dst);
  if (route.via !== undefined) words.push('via', route.via);
  if (route.dev !== undefined) words.push('dev', route.dev);
  for (const { via, dev } of route.nexthops ?? [])
    words.push('nexthop', ...(via === undefined ? [] : ['via', via]), ...(dev === undefined ? [] : ['dev', dev]));
  if (route.table !== 'main') words.push('table', route.table);
  if (route.metric !== undefined) words.push('metric', String(route.metric));
  if (route.flags.includes('onlink')) words.push('onlink');
  return words.join(' ');
}

/** A policy rule as `ip rule` prints it. */
export function describeRule(rule: PolicyRule): string {
  const words = [`${rule.priority}:`];
  if (rule.invert === true) words.push('not');
  words.push('from', rule.from);
  if (rule.to !== undefined) words.push('to', rule.to);
  if (rule.fwmark !== undefined) words.push('fwmark', rule.fwmark);
  if (rule.iif !== undefined) words.push('iif', rule.iif);
  if (rule.oif !== undefined) words.push('oif', rule.oif);
  if (rule.table === undefined) words.push(rule.action);
  else words.push('lookup', rule.table);
  return words.join(' ');
}
