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

const KERNELS_RULES: ReadonlySet<string> = new Set(DEFAULT_RULES.map(({ value }) => describeRule(value)));

const BLOCKING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

/**
 * The IPv4 routing of one network namespace: policy rules by priority, each table by the longest prefix and the lowest metric
 * (net/ipv4/fib_rules.c, fib_trie.c). The local table is read where it is listed, and else made of the addresses, as the
 * kernel makes it.
 */
export class Routing {
  /** Whether any IPv4 route is known. Where none is, nothing can be said of where packets go. */
  readonly known: boolean;
  /** Whether the namespace's addresses are listed; where they are not, its routes tell of some. */
  readonly addressesKnown: boolean;
  /** Whether there are policy rules or local routes that the kernel has not made by itself. */
  readonly hasOwnRules: boolean;
  readonly #rules: readonly Fact<PolicyRule>[];
  readonly #tables = new Map<string, RouteTable>();
  readonly #addresses: readonly Fact<Address>[];
  readonly #own: ReadonlyMap<number, Fact<Address>>;
  /** Whether `ip route show table all` is there, so that a table without routes is empty. */
  readonly #allTables: boolean;
  /** Without rules of somebody's the tables local and main are one: the longest prefix of both counts (fib_lookup). */
  readonly #isMerged: boolean;
  readonly #podDevice: (address: number) => string | undefined;

  /**
   * `podDevice` tells the device of a pod of this node by its address; `ownAddresses` are those that the cluster knows the
   * namespace by, for where none of its outputs lists its addresses.
   */
  constructor(
    store: FactStore,
    subject: Subject,
    podDevice: (address: number) => string | undefined = () => undefined,
    ownAddresses: Iterable<string> = [],
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
    this.#isMerged = this.#rules.every(({ value }) => KERNELS_RULES.has(describeRule(value)));
    this.hasOwnRules =
      !this.#isMerged || routes.some(({ value }) => value.type === 'local' && value.proto !== 'kernel');
    const listed = store.records(subject, 'address').filter(({ value }) => value.family === 4);
    this.addressesKnown = listed.length > 0;
    this.#addresses = listed.length > 0 ? listed : addressesBehind(routes, ownAddresses);
    const own = new Map<number, Fact<Address>>();
    for (const fact of this.#addresses) {
      const ip = parseIpv4(fact.value.ip);
      if (ip !== undefined && !own.has(ip)) own.set(ip, fact);
    }
    this.#own = own;
  }

  /** Whether a device has the address; what a local route leads here does not count. */
  isOwnAddress(address: number): boolean {
    return this.#own.has(address);
  }

  /** Devices that have an IPv4 address. */
  hasAddress(dev: string): boolean {
    return this.#addresses.some(({ value }) => value.dev === dev);
  }

  /** Devices that have an address in the same network as another one. */
  devicesOnLinkWith(address: number): string[] {
    const on = this.#addresses.filter(({ value: { ip, prefix } }) => {
      const network = prefix < 32 ? parseNetwork(`${ip}/${prefix}`) : undefined;
      return network !== undefined && networkHas(network, address);
    });
    return on.map(({ value }) => value.dev);
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

  /**
   * By a device that is asked for, a destination that no route by it leads to is taken to be on its link
   * (ip_route_output_key_hash_rcu).
   */
  lookup(query: RouteQuery): RouteDecision {
    const decision = this.#lookup(query);
    const { oif, dst } = query;
    if (oif === undefined || (decision.kind !== 'none' && !BLOCKING.has(decision.kind))) return decision;
    const { source, doubts } = decision;
    const text = `${formatIpv4(dst)} dev ${oif}`;
    return { kind: 'unicast', route: undefined, hops: [{ dev: oif }], text, source, doubts };
  }

  #lookup(query: RouteQuery): RouteDecision {
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
      // Asked of every packet: the expression alone would cost as much as the lookup.
      const jump = rule.action.startsWith('goto') ? /^goto (\d+)$/.exec(rule.action) : null;
      if (jump !== null) {
        // A target that no rule has leaves the jump without effect.
        const to = this.#rules.findIndex(({ value }, at) => at > i && value.priority === Number(jump[1]));
        if (to >= 0) i = to - 1;
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
   * The address that the kernel gives to what is sent by a route: the route's own, else one of the device's
   * (fib_result_prefsrc): without a gateway the first, whatever network the destination is in.
   */
  sourceFor(decision: Extract<RouteDecision, { hops: readonly NextHop[] }>): number | undefined {
    if (decision.preferred !== undefined) return decision.preferred;
    const hop = decision.hops[0];
    if (hop === undefined) return undefined;
    const { route } = decision;
    const scope = route === undefined || route.value.scope === 'link' ? 'link' : 'global';
    return this.#select(hop.dev, hop.via, scope);
  }

  /** The address that MASQUERADE gives to what leaves by a device, for the next hop or else the destination. */
  masqueradeAddress(dev: string, towards: number | undefined): number | undefined {
    return this.#select(dev, towards, 'global');
  }

  /** A device's address: the first in the network of the address that it speaks to, else its first. */
  addressOfDevice(dev: string, towards: number | undefined, scope: 'global' | 'link' = 'link'): number | undefined {
    let first: number | undefined;
    for (const { value } of this.#addresses) {
      if (value.dev !== dev || value.flags.includes('secondary') || value.scope === 'host') continue;
      if (value.scope === 'link' && scope === 'global') continue;
      const ip = parseIpv4(value.ip);
      if (ip === undefined) continue;
      if (towards === undefined) return ip;
      first ??= ip;
      const network = parseNetwork(`${value.ip}/${value.prefix}`);
      if (network !== undefined && networkHas(network, towards)) return ip;
    }
    return first;
  }

  /** As inet_select_addr: the device's, else the first of any device (the loopback first) that is not for the link or host alone. */
  #select(dev: string, towards: number | undefined, scope: 'global' | 'link'): number | undefined {
    const own = this.addressOfDevice(dev, towards, scope);
    if (own !== undefined) return own;
    for (const { value } of this.#addresses) {
      const isLoopback = value.dev === 'lo' && value.scope === undefined;
      if (isLoopback || value.flags.includes('secondary') || (value.scope ?? 'global') !== 'global') continue;
      const ip = parseIpv4(value.ip);
      if (ip !== undefined) return ip;
    }
    return undefined;
  }

  #inTable(rule: PolicyRule, dst: number, oif: string | undefined): Omit<RouteOf, 'doubts'> | 'unseen' | undefined {
    const name = rule.table!;
    if (name === 'local') {
      return this.#isMerged && this.#isMainLonger(dst, oif) ? undefined : this.#lookupLocal(dst, oif);
    }
    const table = this.#tables.get(name);
    if (table === undefined) {
      if (name === 'default' || this.#allTables) return undefined;
      return this.#inPodsTable(rule, dst) ?? 'unseen';
    }
    const found = oif === undefined ? table.lookup(dst) : table.lookupBy(dst, oif);
    if (found === undefined) return undefined;
    const { fact, network } = found;
    const kind = KINDS[fact.value.type];
    if (kind === undefined) return undefined;
    // What forbids is not suppressed (fib_rules_lookup asks for it only where a route was found).
    const { suppressPrefixLength } = rule;
    if (suppressPrefixLength !== undefined && network.prefix <= suppressPrefixLength && !BLOCKING.has(kind))
      return undefined;
    const decision = decisionOf(kind, fact);
    return oif === undefined ? decision : { ...decision, hops: decision.hops.filter(({ dev }) => dev === oif) };
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

  /** Whether the table main has a longer prefix for an address than the table local, where that is listed. */
  #isMainLonger(dst: number, oif: string | undefined): boolean {
    const [main, local] = ['main', 'local'].map((name) => {
      const table = this.#tables.get(name);
      return oif === undefined ? table?.lookup(dst) : table?.lookupBy(dst, oif);
    });
    return main !== undefined && local !== undefined && main.network.prefix > local.network.prefix;
  }

  #lookupLocal(dst: number, oif?: string): Omit<RouteOf, 'doubts'> | undefined {
    const listed = this.#tables.get('local');
    const found = oif === undefined ? listed?.lookup(dst) : listed?.lookupBy(dst, oif);
    if (found !== undefined) {
      const kind = KINDS[found.fact.value.type];
      if (kind !== undefined) return decisionOf(kind, found.fact);
    }
    if (listed !== undefined) return undefined;
    const own = this.#own.get(dst);
    if (own !== undefined && (oif === undefined || own.value.dev === oif)) {
      const text = `local ${own.value.ip} dev ${own.value.dev}`;
      return { kind: 'local', route: undefined, hops: [], text, source: own.source };
    }
    if (oif !== undefined) return undefined;
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

/**
 * Addresses where no output lists them: the kernel adds a route to a device's network with its address as the source, and the
 * cluster may know the namespace by others.
 */
function addressesBehind(routes: readonly Fact<Route>[], own: Iterable<string>): Fact<Address>[] {
  const found: Fact<Address>[] = [];
  const add = (ip: string, prefix: number, dev: string, from: Fact<Route> | undefined): void => {
    if (found.some(({ value }) => value.ip === ip) || parseIpv4(ip) === undefined) return;
    const value: Address = { dev, family: 4, ip, prefix, flags: [] };
    found.push({ subject: from?.subject ?? '', name: 'address', value, source: from?.source ?? {} });
  };
  for (const fact of routes) {
    const { proto, src, dst, dev, type, via } = fact.value;
    if (proto !== 'kernel' || src === undefined || dev === undefined || type !== 'unicast' || via !== undefined)
      continue;
    add(src, parseNetwork(dst)?.prefix ?? 32, dev, fact);
  }
  const first = routes.find(({ value }) => value.dst === '0.0.0.0/0' && value.dev !== undefined);
  for (const ip of own) add(ip, 32, first?.value.dev ?? 'eth0', first);
  return found;
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
  const seen = new Set<string>();
  for (const hop of route.nexthops ?? [route]) {
    if (hop.dev === undefined || hop.flags?.includes('dead') === true) continue;
    const via = hop.via === undefined ? undefined : parseIpv4(hop.via);
    const key = `${hop.dev} ${via ?? ''}`;
    // The same next hop twice, as weights were once written, is one.
    if (seen.has(key)) continue;
    seen.add(key);
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
