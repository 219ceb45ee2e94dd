import type { Fact, IptablesRule, Source } from '../model.js';
import { isForeignBridge } from './devices.js';
import { type Ipv4Network, networkCovers, networksOverlap, parseNetwork } from './ipv4.js';
import type { RuleTable } from './ruleset.js';

/** A packet of a kind, not a single one: `src` is any address of a network. What is undefined is not known. */
export interface PacketKind {
  in?: string;
  out?: string;
  src?: Ipv4Network;
  dst?: Ipv4Network;
  /** `tcp`, `udp`, or a protocol's number as iptables prints it. */
  proto: string;
  /** From and to, inclusive. */
  dport?: readonly [number, number];
  /** Of an ICMP packet; 8 is an echo request. */
  icmpType?: number;
  states: readonly string[];
  /** Undefined once a rule set it to what cannot be told. */
  mark: number | undefined;
  toLocal: boolean;
}

/** `translate`: what a chain of the nat table does (MASQUERADE, SNAT, DNAT). */
export type Verdict = 'accept' | 'drop' | 'reject' | 'maybe' | 'translate';

export interface Decision {
  verdict: Verdict;
  by: 'policy' | 'rule';
  /** The rule as printed, or the policy as iptables-save would. */
  text: string;
  source: Source;
  /** The rule that translates the packet, or may. */
  translation?: Source;
}

type Match = 'yes' | 'no' | 'maybe';

/** Rules looked at before a walk gives up: a hostile file may nest chains without end. */
const MAX_STEPS = 50_000;
const MAX_DEPTH = 24;

/**
 * Chains of policy engines: what they drop is a NetworkPolicy's business, judged per pod elsewhere, never the node's
 * firewall. A drop in them is a `maybe`.
 */
export const POLICY_CHAINS = /^(?:cali-|felix-|KUBE-NWPLCY|KUBE-POD-FW|KUBE-ROUTER|WEAVE-NPC|CILIUM_|ANTREA-|TRIREME)/;

/** Targets after which the packet goes on to the next rule. */
const NON_TERMINATING =
  /^(?:LOG|NFLOG|ULOG|MARK|CONNMARK|SECMARK|CONNSECMARK|TCPMSS|TTL|HL|CT|NOTRACK|TRACE|CLASSIFY|DSCP|TOS|SET|AUDIT|CHECKSUM|RATEEST|TEE|HMARK|IDLETIMER|LED|ECN|TCPOPTSTRIP|)$/;

interface Walk {
  table: RuleTable;
  packet: PacketKind;
  steps: number;
  /** Verdicts of rules that may have matched before the one that did. */
  possible: Decision[];
}

/**
 * What a chain does with the packet. `maybe` where rules that may or may not match would decide differently. Undefined
 * where the output does not hold the chain.
 */
export function walkChain(table: RuleTable, name: string, packet: PacketKind): Decision | undefined {
  const chain = table.chains.get(name);
  if (chain === undefined) return undefined;
  const walk: Walk = { table, packet: { ...packet }, steps: 0, possible: [] };
  const end: Decision = walkRules(walk, name, 0, false) ?? {
    verdict: chain.policy === 'DROP' ? 'drop' : chain.policy === 'ACCEPT' ? 'accept' : 'maybe',
    by: 'policy',
    text: `-P ${name} ${chain.policy ?? '?'}`,
    source: chain.source,
  };
  const doubt = walk.possible.find((decision) => decision.verdict !== end.verdict);
  const decision: Decision =
    doubt === undefined ? end : { ...(end.verdict === 'accept' ? doubt : end), verdict: 'maybe' };
  const translation = [end, ...walk.possible].find((other) => other.verdict === 'translate');
  return translation === undefined ? decision : { ...decision, translation: translation.source };
}

/** The decision of a chain's rules, or undefined where the packet runs out of it (or meets RETURN). */
function walkRules(walk: Walk, name: string, depth: number, doubtful: boolean): Decision | undefined {
  const chain = walk.table.chains.get(name);
  if (chain === undefined || depth > MAX_DEPTH) {
    walk.possible.push({ verdict: 'maybe', by: 'rule', text: `chain ${name} is not in the output`, source: {} });
    return undefined;
  }
  for (const fact of chain.rules) {
    walk.steps += 1;
    if (walk.steps > MAX_STEPS) {
      return { verdict: 'maybe', by: 'rule', text: 'too many rules to follow', source: fact.source };
    }
    const match = matchRule(fact.value, walk.packet, walk.table.saved);
    if (match === 'no') continue;
    const unsure = doubtful || match === 'maybe';
    const target = fact.value.target ?? '';
    if (target === 'RETURN') {
      // A RETURN that may match leaves both ways open: what follows is no longer sure to be reached.
      if (match === 'yes') return undefined;
      doubtful = true;
      continue;
    }
    const verdict = verdictOf(target, fact.value.chain);
    if (verdict !== undefined) {
      const decision: Decision = { verdict, by: 'rule', text: fact.value.text, source: fact.source };
      if (!unsure) return decision;
      walk.possible.push(decision);
      continue;
    }
    if (walk.table.chains.has(target)) {
      const inner = walkRules(walk, target, depth + 1, unsure);
      if (inner !== undefined) return inner;
      if (fact.value.goto === true && match === 'yes') return undefined;
      continue;
    }
    if (target === 'MARK') setMark(walk.packet, fact, match);
    else if (!NON_TERMINATING.test(target)) {
      walk.possible.push({ verdict: 'maybe', by: 'rule', text: fact.value.text, source: fact.source });
    }
  }
  return undefined;
}

function verdictOf(target: string, chain: string): Verdict | undefined {
  switch (target) {
    case 'ACCEPT':
      return 'accept';
    case 'MASQUERADE':
    case 'SNAT':
    case 'DNAT':
    case 'REDIRECT':
    case 'NETMAP':
      return 'translate';
    case 'DROP':
    case 'STEAL':
      return POLICY_CHAINS.test(chain) ? 'maybe' : 'drop';
    case 'REJECT':
      return POLICY_CHAINS.test(chain) ? 'maybe' : 'reject';
    case 'QUEUE':
    case 'NFQUEUE':
      return 'maybe';
    default:
      return undefined;
  }
}

function setMark(packet: PacketKind, fact: Fact<IptablesRule>, match: Match): void {
  if (match === 'maybe' || packet.mark === undefined) {
    packet.mark = undefined;
    return;
  }
  const options = fact.value.targetOptions;
  const option = (name: string): string | undefined => options[name] ?? options[`--${name}`];
  const xset = option('set-xmark') ?? option('set-mark');
  const pair = (text: string): [number, number] | undefined => {
    const [value, mask] = text.split('/') as [string, string?];
    const bits: [number, number] = [Number(value), mask === undefined ? 0xffffffff : Number(mask)];
    return bits.every((bit) => Number.isInteger(bit)) ? bits : undefined;
  };
  const bits = pair(xset ?? option('or-mark') ?? option('and-mark') ?? option('xor-mark') ?? '');
  if (
    bits === undefined ||
    (xset === undefined && option('or-mark') === undefined && option('xor-mark') === undefined)
  ) {
    packet.mark = undefined;
  } else if (xset !== undefined) packet.mark = ((packet.mark & ~bits[1]) ^ bits[0]) >>> 0;
  else if (option('or-mark') !== undefined) packet.mark = (packet.mark | bits[0]) >>> 0;
  else packet.mark = (packet.mark ^ bits[0]) >>> 0;
}

/** Whether a rule matches every packet of the kind, none, or some (or it cannot be told). */
export function matchRule(rule: IptablesRule, packet: PacketKind, saved: boolean): Match {
  // `-nL` without -v leaves out the interfaces: a rule for the loopback looks like one for all.
  let result: Match = !saved && rule.packets === undefined ? 'maybe' : 'yes';
  for (const match of rule.unknown) {
    const decided = packet.icmpType === undefined ? matchSyn(match, packet) : matchIcmpType(match, packet.icmpType);
    if (decided === 'no') return 'no';
    if (decided === undefined) result = 'maybe';
  }
  const take = (match: Match, name: string): boolean => {
    const turned = rule.not.includes(name) ? (match === 'yes' ? 'no' : match === 'no' ? 'yes' : 'maybe') : match;
    if (turned === 'maybe') result = 'maybe';
    return turned !== 'no';
  };
  if (rule.proto !== undefined && !take(matchProto(rule.proto, packet.proto), 'proto')) return 'no';
  if (rule.in !== undefined && !take(matchDevice(rule.in, packet.in), 'in')) return 'no';
  if (rule.out !== undefined && !take(matchDevice(rule.out, packet.out), 'out')) return 'no';
  if (rule.src !== undefined && !take(matchNetwork(rule.src, packet.src), 'src')) return 'no';
  if (rule.dst !== undefined && !take(matchNetwork(rule.dst, packet.dst), 'dst')) return 'no';
  if (rule.dport !== undefined && !take(matchPorts(rule.dport, packet.dport), 'dport')) return 'no';
  // The source port of a new connection is an ephemeral one.
  if (rule.sport !== undefined && !take(matchPorts(rule.sport, [32768, 60999]), 'sport')) return 'no';
  if (rule.ctstate !== undefined) {
    const match = rule.ctstate.some((state) => packet.states.includes(state.toUpperCase())) ? 'yes' : 'no';
    if (!take(match, 'ctstate')) return 'no';
  }
  if (rule.mark !== undefined && !take(matchMark(rule.mark, packet.mark), 'mark')) return 'no';
  if (rule.dstType !== undefined) {
    const type = rule.dstType.toUpperCase();
    const match = type === 'LOCAL' ? packet.toLocal : type === 'UNICAST' ? !packet.toLocal : false;
    if (!take(match ? 'yes' : 'no', 'dstType')) return 'no';
  }
  return result;
}

const PROTOCOL_NUMBERS: Record<string, string> = {
  '1': 'icmp',
  '4': 'ipencap',
  '6': 'tcp',
  '17': 'udp',
  '47': 'gre',
  '50': 'esp',
  '132': 'sctp',
  ipip: 'ipencap',
  ipv4: 'ipencap',
};

/** `--syn` as the outputs write it: of a packet that begins a TCP connection, or of one in it; undefined for any other match. */
function matchSyn(match: string, { proto, states }: PacketKind): Match | undefined {
  if (
    proto !== 'tcp' ||
    !/(?:^|\s)(?:--syn|--tcp-flags (?:FIN,SYN,RST,ACK|SYN,RST,ACK) SYN|flags:0x17\/0x02)$/.test(match)
  )
    return undefined;
  const negated = /(?:^|\s)! (?:--syn|--tcp-flags)/.test(match) || /flags:!0x17/.test(match);
  return states.includes('NEW') !== negated ? 'yes' : 'no';
}

/** `-m icmp --icmp-type 8` and, as a listing prints it, `icmptype 8`; undefined for any other match. */
function matchIcmpType(match: string, type: number): Match | undefined {
  const found = /^(! )?(?:-m icmp )?(?:--icmp-type|icmptype) (\d{1,3}|echo-request|echo-reply)$/.exec(match);
  if (found === null) return undefined;
  const wanted = found[2] === 'echo-request' ? 8 : found[2] === 'echo-reply' ? 0 : Number(found[2]);
  return (wanted === type) !== (found[1] !== undefined) ? 'yes' : 'no';
}

function matchProto(rule: string, proto: string): Match {
  const wanted = rule.toLowerCase();
  if (wanted === 'all' || wanted === '0' || wanted === 'ip') return 'yes';
  return (PROTOCOL_NUMBERS[wanted] ?? wanted) === (PROTOCOL_NUMBERS[proto] ?? proto) ? 'yes' : 'no';
}

function matchDevice(rule: string, device: string | undefined): Match {
  if (rule === '*' || rule === '+' || rule === 'any') return 'yes';
  if (device === undefined) {
    // Whatever the device is: pods are not on these.
    return rule === 'lo' || isForeignBridge(rule) || /^(?:tun\d|tap\d|ppp)/.test(rule) ? 'no' : 'maybe';
  }
  if (rule.endsWith('+')) return device.startsWith(rule.slice(0, -1)) ? 'yes' : 'no';
  return rule === device ? 'yes' : 'no';
}

function matchNetwork(rule: string, network: Ipv4Network | undefined): Match {
  const wanted = parseNetwork(rule);
  if (wanted === undefined) return 'maybe';
  if (wanted.prefix === 0) return 'yes';
  if (network === undefined) return wanted.start >= 0x7f000000 && wanted.end <= 0x7fffffff ? 'no' : 'maybe';
  if (networkCovers(wanted, network)) return 'yes';
  return networksOverlap(wanted, network) ? 'maybe' : 'no';
}

/** `10250`, `30000:32767`, `80,443,8000:8080` against a range. */
function matchPorts(rule: string, ports: readonly [number, number] | undefined): Match {
  if (ports === undefined) return 'no';
  let overlaps = false;
  for (const part of rule.split(',')) {
    const [low, high] = part.split(':') as [string, string?];
    const from = low === '' ? 0 : Number(low);
    const to = high === undefined ? from : high === '' ? 65535 : Number(high);
    if (!Number.isInteger(from) || !Number.isInteger(to)) return 'maybe';
    if (from <= ports[0] && to >= ports[1]) return 'yes';
    if (from <= ports[1] && to >= ports[0]) overlaps = true;
  }
  return overlaps ? 'maybe' : 'no';
}

function matchMark(rule: string, mark: number | undefined): Match {
  if (mark === undefined) return 'maybe';
  const found = /(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?/i.exec(rule);
  if (found === null) return 'maybe';
  const mask = found[2] === undefined ? 0xffffffff : Number(found[2]);
  return (mark & mask) >>> 0 === Number(found[1]) >>> 0 ? 'yes' : 'no';
}
