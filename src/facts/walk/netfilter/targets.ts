import { parseIpv4, parseNetwork } from '../../derive/ipv4.js';
import type { IptablesRule } from '../../model.js';
import type { Packet, PortRange } from '../packet.js';
import type { RuleRef, Translation } from './base-chain.js';
import { bits, maskedBits } from './match.js';

/** What a rule does with a packet that it takes. */
export type Target =
  | { does: 'verdict'; verdict: 'accept' | 'drop' | 'reject' }
  | { does: 'return' }
  | { does: 'translate'; translation: Translation }
  /** Changes the packet, which goes on. */
  | { does: 'change'; change(packet: Packet): Packet }
  | { does: 'mss'; mss: number | 'pmtu' }
  | { does: 'nothing' }
  /** Hands the packet to a program, which accepts or drops it. */
  | { does: 'queue' }
  /** A chain of the table, or a target that is not known. */
  | { does: 'jump'; chain: string; goto: boolean };

/** Targets after which the packet goes on unchanged, as far as the packet filter and routing look at it. */
const WITHOUT_EFFECT =
  /^(?:LOG|NFLOG|ULOG|SECMARK|CONNSECMARK|TTL|HL|TRACE|CLASSIFY|DSCP|TOS|SET|AUDIT|CHECKSUM|RATEEST|TEE|HMARK|IDLETIMER|LED|ECN|TCPOPTSTRIP|)$/;

export function targetOf(rule: IptablesRule, ref: RuleRef): Target {
  const name = rule.target ?? '';
  if (rule.goto === true) return { does: 'jump', chain: name, goto: true };
  const option = (key: string): string | undefined => rule.targetOptions[key];
  switch (name) {
    case 'ACCEPT':
      return { does: 'verdict', verdict: 'accept' };
    case 'DROP':
    case 'STEAL':
    case 'TARPIT':
      return { does: 'verdict', verdict: 'drop' };
    case 'REJECT':
      return { does: 'verdict', verdict: 'reject' };
    case 'RETURN':
      return { does: 'return' };
    case 'QUEUE':
    case 'NFQUEUE':
      return { does: 'queue' };
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'NETMAP':
      return translationOf(rule, name, ref) ?? { does: 'jump', chain: name, goto: false };
    case 'MARK':
      return changeOf(markChange(option('set-xmark')));
    case 'CONNMARK':
      return changeOf(connmarkChange(rule.targetOptions));
    case 'NOTRACK':
      return changeOf(untrack);
    case 'CT':
      return option('notrack') !== undefined ? changeOf(untrack) : { does: 'nothing' };
    case 'TCPMSS': {
      const mss = bits(option('set-mss'));
      if (mss !== undefined) return { does: 'mss', mss };
      return option('clamp-mss-to-pmtu') !== undefined ? { does: 'mss', mss: 'pmtu' } : { does: 'nothing' };
    }
    default:
      return WITHOUT_EFFECT.test(name) ? { does: 'nothing' } : { does: 'jump', chain: name, goto: false };
  }
}

const changeOf = (change: (packet: Packet) => Packet): Target => ({ does: 'change', change });

const untrack = (packet: Packet): Packet =>
  packet.state === 'UNTRACKED' ? packet : { ...packet, state: 'UNTRACKED', translated: { dst: false, src: false } };

/** `--set-xmark VALUE/MASK`: zeroes the mask's bits and xors the value in. */
function xset(mark: number | undefined, value: number, mask: number): number | undefined {
  if (mark === undefined) return mask === 0xffffffff ? value : undefined;
  return ((mark & ~mask) ^ value) >>> 0;
}

function markChange(option: string | undefined): (packet: Packet) => Packet {
  const operand = maskedBits(option);
  return (packet) => {
    const mark = operand === undefined ? undefined : xset(packet.mark, ...operand);
    return mark === packet.mark ? packet : { ...packet, mark };
  };
}

/** `--save-mark`, `--restore-mark`, `--set-xmark` (net/netfilter/xt_connmark.c). */
function connmarkChange(options: Readonly<Record<string, string>>): (packet: Packet) => Packet {
  const maskOf = (name: string): number | undefined => {
    const text = options[name] ?? options.mask;
    return text === undefined ? 0xffffffff : bits(text);
  };
  const [packetMask, connectionMask] = [maskOf('nfmask'), maskOf('ctmask')];
  const set = maskedBits(options['set-xmark'] ?? plainMark(options));
  return (packet) => {
    if (packet.state === 'UNTRACKED' || packet.state === 'INVALID') return packet;
    if (options['restore-mark'] !== undefined) {
      const mark = copied(packet.mark, packetMask, packet.connmark, connectionMask);
      return mark === packet.mark ? packet : { ...packet, mark };
    }
    const connmark =
      options['save-mark'] !== undefined
        ? copied(packet.connmark, connectionMask, packet.mark, packetMask)
        : set === undefined
          ? undefined
          : xset(packet.connmark, ...set);
    return connmark === packet.connmark ? packet : { ...packet, connmark };
  };
}

/** `--set-mark`, `--or-mark`, `--and-mark`, `--xor-mark` as `--set-xmark` would say it. */
function plainMark(options: Readonly<Record<string, string>>): string | undefined {
  const set = maskedBits(options['set-mark']);
  if (set !== undefined) return `${set[0]}/${(set[0] | set[1]) >>> 0}`;
  const or = bits(options['or-mark']);
  if (or !== undefined) return `${or}/${or}`;
  const and = bits(options['and-mark']);
  if (and !== undefined) return `0/${~and >>> 0}`;
  const xor = bits(options['xor-mark']);
  return xor === undefined ? undefined : `${xor}/0`;
}

function copied(
  to: number | undefined,
  toMask: number | undefined,
  from: number | undefined,
  fromMask: number | undefined,
): number | undefined {
  if (toMask === undefined || fromMask === undefined || from === undefined) return undefined;
  return xset(to, (from & fromMask) >>> 0, toMask);
}

/** Undefined where the operands cannot be read: then the rule does what is not known. */
function translationOf(rule: IptablesRule, target: string, ref: RuleRef): Target | undefined {
  const options = rule.targetOptions;
  if (target === 'NETMAP') {
    // Maps every address of a network to the same host of another. At PREROUTING it is the destination's.
    const network = parseNetwork(options.to ?? '');
    const from = parseNetwork((rule.chain === 'POSTROUTING' ? rule.src : rule.dst) ?? '');
    if (network === undefined || from?.prefix !== 32 || network.prefix !== 32) return undefined;
    const kind = rule.chain === 'POSTROUTING' ? 'snat' : 'dnat';
    return { does: 'translate', translation: { kind, to: [network.start, network.end], rule: ref } };
  }
  if (target === 'MASQUERADE' || target === 'REDIRECT') {
    const kind = target === 'MASQUERADE' ? 'masquerade' : 'redirect';
    const port = options['to-ports'] === undefined ? undefined : portRange(options['to-ports']);
    if (options['to-ports'] !== undefined && port === undefined) return undefined;
    return { does: 'translate', translation: { kind, ...(port && { port }), rule: ref } };
  }
  const to = operandOf(options[target === 'DNAT' ? 'to-destination' : 'to-source'] ?? '');
  if (to === undefined) return undefined;
  return { does: 'translate', translation: { kind: target === 'DNAT' ? 'dnat' : 'snat', ...to, rule: ref } };
}

/** `10.0.0.1`, `10.0.0.1-10.0.0.9:8080-8090`, `:80`. */
function operandOf(text: string): { to?: readonly [number, number]; port?: PortRange } | undefined {
  // A base port (`80-90/80`) shifts the range by the packet's own.
  const found = /^([\d.]*)(?:-([\d.]+))?(?::(\d+(?:-\d+)?))?$/.exec(text.trim());
  if (found === null || text.trim() === '') return undefined;
  const port = found[3] === undefined ? undefined : portRange(found[3]);
  if (found[3] !== undefined && port === undefined) return undefined;
  if (found[1] === '') return port === undefined || found[2] !== undefined ? undefined : { port };
  const from = parseIpv4(found[1]!);
  const end = found[2] === undefined ? from : parseIpv4(found[2]);
  if (from === undefined || end === undefined || end < from) return undefined;
  return { to: [from, end], ...(port && { port }) };
}

function portRange(text: string): PortRange | undefined {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (found === null) return undefined;
  const from = Number(found[1]);
  return [from, found[2] === undefined ? from : Number(found[2])];
}
