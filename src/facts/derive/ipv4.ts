import type { Fact, Route } from '../model.js';

/** An IPv4 network as unsigned 32-bit bounds, both inclusive. */
export interface Ipv4Network {
  start: number;
  end: number;
  /** Bits, 0 to 32. */
  prefix: number;
}

const DOT = 46;
const ZERO = 48;

/** The address as an unsigned 32-bit number; undefined for anything that is not dotted-quad IPv4. */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let octet: number | undefined;
  let dots = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet === undefined || dots === 3) return undefined;
      value = value * 256 + octet;
      octet = undefined;
      dots += 1;
      continue;
    }
    const digit = code - ZERO;
    // A leading zero is none of IPv4: some read it as octal.
    if (digit < 0 || digit > 9 || octet === 0) return undefined;
    octet = octet === undefined ? digit : octet * 10 + digit;
    if (octet > 255) return undefined;
  }
  return octet === undefined || dots !== 3 ? undefined : value * 256 + octet;
}

/** A CIDR, or a bare address as its /32. Host bits are cleared: `10.244.1.1/24` is the network 10.244.1.0/24. */
export function parseNetwork(text: string): Ipv4Network | undefined {
  if (text === 'default') return { start: 0, end: 0xffffffff, prefix: 0 };
  const slash = text.indexOf('/');
  const address = parseIpv4(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return { start: address, end: address, prefix: 32 };
  const mask = text.slice(slash + 1);
  const prefix = /^\d{1,2}$/.test(mask) ? Number(mask) : prefixOfMask(mask);
  if (prefix === undefined || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const start = address - (address % size);
  return { start, end: start + size - 1, prefix };
}

/** `255.255.255.0` as 24, as old iptables prints masks; undefined where the ones are not in one piece. */
function prefixOfMask(mask: string): number | undefined {
  const bits = parseIpv4(mask);
  if (bits === undefined) return undefined;
  const holes = 0xffffffff - bits;
  const prefix = 32 - Math.log2(holes + 1);
  return Number.isInteger(prefix) ? prefix : undefined;
}

export function formatNetwork(network: Ipv4Network): string {
  return `${formatIpv4(network.start)}/${network.prefix}`;
}

export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

export function networkHas(network: Ipv4Network, address: number): boolean {
  return address >= network.start && address <= network.end;
}

/** Whether `outer` holds all of `inner`. */
export function networkCovers(outer: Ipv4Network, inner: Ipv4Network): boolean {
  return outer.start <= inner.start && outer.end >= inner.end;
}

export function networksOverlap(a: Ipv4Network, b: Ipv4Network): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/** Whether the text is an IPv4 address inside one of the networks. */
export function isInside(networks: readonly Ipv4Network[], ip: string): boolean {
  const address = parseIpv4(ip);
  if (address === undefined) return false;
  for (const network of networks) if (networkHas(network, address)) return true;
  return false;
}

/** A route of one table, its destination parsed once. */
export interface TableRoute {
  fact: Fact<Route>;
  network: Ipv4Network;
}

const DEVICELESS: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

/** The IPv4 routes of one table, without the duplicates that several outputs print. */
export class RouteTable {
  readonly routes: readonly TableRoute[];
  /** Prefixes in use, longest first, each with its best route by network: a lookup looks once at each. */
  readonly #byPrefix: { prefix: number; routes: Map<number, TableRoute> }[] = [];

  constructor(facts: readonly Fact<Route>[], table: string) {
    const routes: TableRoute[] = [];
    const seen = new Set<string>();
    const buckets = new Map<number, Map<number, TableRoute>>();
    for (const fact of facts) {
      const route = fact.value;
      if (route.family !== 4 || route.table !== table) continue;
      const network = parseNetwork(route.dst);
      if (network === undefined) continue;
      const hops = (route.nexthops ?? [route]).map(({ via = '', dev = '' }) => `${via} ${dev}`).join(' ');
      const key = `${route.type} ${route.dst} ${route.metric ?? 0} ${hops}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const entry = { fact, network };
      routes.push(entry);
      if (route.flags.includes('dead')) continue;
      let bucket = buckets.get(network.prefix);
      if (bucket === undefined) {
        bucket = new Map();
        buckets.set(network.prefix, bucket);
      }
      const other = bucket.get(network.start);
      if (other === undefined || (route.metric ?? 0) < (other.fact.value.metric ?? 0)) bucket.set(network.start, entry);
    }
    this.routes = routes;
    for (const [prefix, bucket] of buckets) this.#byPrefix.push({ prefix, routes: bucket });
    this.#byPrefix.sort((a, b) => b.prefix - a.prefix);
  }

  /** The route the kernel takes: the longest prefix, then the lowest metric; `throw` gives none. Dead ones do not count. */
  lookup(address: number): TableRoute | undefined {
    for (const { prefix, routes } of this.#byPrefix) {
      const found = routes.get(address - (address % 2 ** (32 - prefix)));
      if (found !== undefined) return found.fact.value.type === 'throw' ? undefined : found;
    }
    return undefined;
  }

  /** As `lookup`, among the routes that leave by one device; what forbids (`blackhole`) names no device and counts for each. */
  lookupBy(address: number, device: string): TableRoute | undefined {
    let best: TableRoute | undefined;
    for (const entry of this.routes) {
      const { network, fact } = entry;
      if (!networkHas(network, address) || fact.value.flags.includes('dead')) continue;
      const { dev, nexthops = [], type } = fact.value;
      if (dev !== device && !nexthops.some((hop) => hop.dev === device) && !DEVICELESS.has(type)) continue;
      const longer = best === undefined || network.prefix > best.network.prefix;
      const cheaper =
        best !== undefined &&
        network.prefix === best.network.prefix &&
        (fact.value.metric ?? 0) < (best.fact.value.metric ?? 0);
      if (longer || cheaper) best = entry;
    }
    return best?.fact.value.type === 'throw' ? undefined : best;
  }
}

/** The device a route leaves by: its own, or that of its first next hop. */
export function deviceOf(route: Route): string | undefined {
  return route.dev ?? route.nexthops?.find((hop) => hop.dev !== undefined)?.dev;
}
