import { parseNetwork } from '../../derive/ipv4.js';
import type { IpSet, Subject } from '../../model.js';
import type { FactStore } from '../../store.js';
import type { Packet } from '../packet.js';
import { MAYBE, type Match, type Matcher, NEVER, singleAddress } from './match.js';

/** The sets of a namespace, for `-m set --match-set`. */
export interface IpSets {
  /** @param flags what each part of a member is compared with: `src`, `src,dst`. */
  matcher(name: string, flags: string): Matcher;
}

/** Sets that name sets may do so in a circle, in a hostile file. */
const MAX_NESTING = 3;

/** The sets of a node's namespace. A set that the input lacks may hold anything. */
export function ipSetsOf(store: FactStore, subject: Subject): IpSets {
  const sets = new Map<string, IpSet>();
  for (const { value } of store.records(subject, 'ipset')) {
    const known = sets.get(value.name);
    if (known === undefined || known.incomplete === true) sets.set(value.name, value);
  }
  const compiled = new Map<string, CompiledSet | undefined>();
  const compile = (set: IpSet): CompiledSet | undefined => {
    if (!compiled.has(set.name)) compiled.set(set.name, CompiledSet.of(set));
    return compiled.get(set.name);
  };
  const matcher = (name: string, flags: string, depth: number): Matcher => {
    const set = sets.get(name);
    if (set === undefined || depth > MAX_NESTING) return MAYBE;
    // An IPv6 set matches no IPv4 packet.
    if (set.family === 6) return NEVER;
    if (set.type === 'list:set') return listMatcher(set, (member) => matcher(member, flags, depth + 1));
    const members = compile(set);
    return members === undefined ? MAYBE : members.matcher(flags.split(','));
  };
  return { matcher: (name, flags) => matcher(name, flags, 0) };
}

function listMatcher(set: IpSet, of: (name: string) => Matcher): Matcher {
  const matchers = set.members.map((member) => of(member));
  return (packet, place) => {
    let result: Match = set.incomplete === true ? 'maybe' : 'no';
    for (const matcher of matchers) {
      const match = matcher(packet, place);
      if (match === 'yes') return 'yes';
      if (match === 'maybe') result = 'maybe';
    }
    return result;
  };
}

const WITH_PORTS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'udplite']);

/** What a part of a member is compared with. */
type Part = 'ip' | 'net' | 'port' | 'iface';

/** Members whose networks have the same lengths are found by one look-up. */
interface Shape {
  /** Prefix lengths of the networks among the parts, by part; 32 for addresses. */
  lengths: readonly number[];
  /** Whether the member is an exception (`nomatch`), by key. */
  members: Map<string, boolean>;
}

/** A set whose members are found by what the packet is. */
class CompiledSet {
  private constructor(
    private readonly parts: readonly Part[],
    private readonly shapes: readonly Shape[],
    /** Whether all members are here and could be read. */
    private readonly whole: boolean,
    /** `bitmap:port` keeps ports of any protocol. */
    private readonly bare: boolean,
    private readonly excepts: boolean,
    private readonly protocols: ReadonlySet<string>,
  ) {}

  /** Undefined for types whose members mean something else. */
  static of(set: IpSet): CompiledSet | undefined {
    const [kind = '', parts = ''] = set.type.split(':');
    const names = parts.split(',');
    if (set.netmask !== undefined || !names.every((name) => /^(?:ip|net|port|iface)$/.test(name))) return undefined;
    const bare = kind === 'bitmap';
    const shapes = new Map<string, Shape>();
    let whole = set.incomplete !== true;
    let excepts = false;
    const protocols = new Set<string>();
    for (const text of set.members) {
      const [member = '', exception] = text.split(' ');
      const read = memberOf(member, names as Part[], bare);
      if (read === undefined) {
        whole = false;
        continue;
      }
      const name = read.lengths.join();
      let shape = shapes.get(name);
      if (shape === undefined) {
        shape = { lengths: read.lengths, members: new Map() };
        shapes.set(name, shape);
      }
      for (const proto of read.protocols) protocols.add(proto);
      shape.members.set(read.key, exception === 'nomatch');
      if (exception === 'nomatch') excepts = true;
    }
    // The kernel looks at the longest networks first (net/netfilter/ipset/ip_set_hash_gen.h).
    const longestFirst = [...shapes.values()].sort((a, b) => compareLengths(b.lengths, a.lengths));
    return new CompiledSet(names as Part[], longestFirst, whole, bare, excepts, protocols);
  }

  matcher(flags: readonly string[]): Matcher {
    if (flags.length < this.parts.length || flags.some((flag) => flag !== 'src' && flag !== 'dst')) return MAYBE;
    const sides = flags as ('src' | 'dst')[];
    return (packet) => this.match(packet, sides);
  }

  private match(packet: Packet, sides: readonly ('src' | 'dst')[]): Match {
    if (this.shapes.length === 0) return this.whole ? 'no' : 'maybe';
    if (this.covering(packet, sides)) return 'yes';
    // What has no ports (and ICMP, for which type and code stand) is in a set with ports only by its protocol's name.
    if (!WITH_PORTS.has(packet.proto) && this.parts.includes('port') && !this.protocols.has(packet.proto)) {
      return this.whole ? 'no' : 'maybe';
    }
    const values: (string | number)[] = [];
    for (const [i, part] of this.parts.entries()) {
      const value = partOf(packet, part, sides[i]!, this.bare);
      if (value === undefined) return 'maybe';
      values.push(value);
    }
    for (const { lengths, members } of this.shapes) {
      const exception = members.get(keyOf(values, lengths));
      if (exception !== undefined) return exception ? 'no' : 'yes';
    }
    return this.whole ? 'no' : 'maybe';
  }

  /** Whether a kind of packets, from or to a whole network, lies in one of a set's networks. */
  private covering(packet: Packet, sides: readonly ('src' | 'dst')[]): boolean {
    const network = packet[sides[0]!];
    if (this.parts.length !== 1 || network === undefined || network.start === network.end) return false;
    if (this.parts[0] !== 'net' || this.excepts) return false;
    return this.shapes.some(
      ({ lengths, members }) => lengths[0]! <= network.prefix && members.has(keyOf([network.start], lengths)),
    );
  }
}

function compareLengths(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** A packet's part: undefined where it is not known. */
function partOf(packet: Packet, part: Part, side: 'src' | 'dst', bare: boolean): string | number | undefined {
  if (part === 'ip' || part === 'net') return singleAddress(packet[side]);
  if (part === 'iface') return side === 'src' ? packet.in : packet.out;
  const port = side === 'src' ? packet.sport : packet.dport;
  if (port === undefined || port[0] !== port[1]) return undefined;
  return bare ? String(port[0]) : `${packet.proto}:${port[0]}`;
}

function keyOf(values: readonly (string | number)[], lengths: readonly number[]): string {
  let key = '';
  for (const [i, value] of values.entries()) {
    const part = typeof value === 'number' ? value - (value % 2 ** (32 - lengths[i]!)) : value;
    key += `${part},`;
  }
  return key;
}

/** `10.0.0.0/8,tcp:80`; undefined where a part cannot be read (a range, an IPv6 address, `icmp:8/0` is). */
function memberOf(
  text: string,
  parts: readonly Part[],
  bare: boolean,
): { key: string; lengths: readonly number[]; protocols: readonly string[] } | undefined {
  const words = text.split(',');
  if (words.length !== parts.length) return undefined;
  const values: (string | number)[] = [];
  const lengths: number[] = [];
  const protocols: string[] = [];
  for (const [i, part] of parts.entries()) {
    const word = words[i]!;
    if (part === 'ip' || part === 'net') {
      const network = parseNetwork(word);
      if (network === undefined || (part === 'ip' && network.prefix !== 32)) return undefined;
      values.push(network.start);
      lengths.push(network.prefix);
    } else {
      if (part === 'port') {
        if (!(bare ? /^\d{1,5}$/ : /^[a-z0-9]{1,12}:[\w/-]{1,40}$/).test(word)) return undefined;
        protocols.push(word.split(':')[0]!);
      }
      // `physdev:` before a device asks for a bridge's port.
      if (part === 'iface' && word.startsWith('physdev:')) return undefined;
      values.push(word);
      lengths.push(32);
    }
  }
  return { key: keyOf(values, lengths), lengths, protocols };
}
