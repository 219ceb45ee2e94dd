import { portNumber } from '../../parsers/service-port.js';
import type { Layer } from '../packet.js';
import { printedIp } from './printed-address.js';

const ICMP = 1;
const UNREACHABLE = 3;
const HOST_REASONS: Readonly<Record<string, number>> = {
  '': 1,
  unknown: 7,
  'admin prohibited': 10,
  'tos prohibited': 12,
  'admin prohibited filter': 13,
  'host precedence violation': 14,
  'precedence cutoff': 15,
};
const NET_REASONS: Readonly<Record<string, number>> = {
  '': 0,
  unknown: 6,
  'admin prohibited': 9,
  'tos prohibited': 11,
};
/** Messages that are known by their first words. */
const PLAIN: readonly (readonly [RegExp, number, number])[] = [
  [/^time exceeded in-transit/, 11, 0],
  [/^ip reassembly time exceeded/, 11, 1],
  [/^source quench/, 4, 0],
  [/^router advertisement/, 9, 0],
  [/^router solicitation/, 10, 0],
  [/^parameter problem - octet/, 12, 0],
  [/^time stamp (?:query|request)/, 13, 0],
  [/^time stamp reply/, 14, 0],
  [/^information request/, 15, 0],
  [/^information reply/, 16, 0],
  [/^address mask request/, 17, 0],
  [/^address mask is/, 18, 0],
  [/^extended echo request/, 42, 0],
  [/^extended echo reply/, 43, 0],
];

/** Whether what stands behind the addresses is ICMP's. A bare `icmp` is a later fragment. */
export function isIcmpText(text: string): boolean {
  return /^(?:ICMP |icmp(?: \d{1,6})?: )/.test(text);
}

/** Reads it into the layer, whose addresses are there already. */
export function readIcmpText(text: string, layer: Layer): void {
  const words = text.replace(/^(?:ICMP |icmp(?: \d{1,6})?: )/, '');
  layer.protocol = ICMP;
  layer.kind = 'icmp';
  const length = /, length (\d{1,7})/.exec(words)?.[1];
  if (length !== undefined && Number(length) >= 8) layer.payload = Number(length) - 8;
  if (words.includes('(wrong icmp cksum')) layer.transportChecksum = 'bad';
  if (readEcho(words, layer) || readUnreachable(words, layer) || readRedirect(words, layer)) return;
  const numbered = /^(?:time exceeded-#|parameter problem - code |type-#)(\d{1,3})/.exec(words);
  if (numbered !== null) {
    const number = Number(numbered[1]);
    if (words.startsWith('type')) layer.icmpType = number;
    else set(layer, words.startsWith('time') ? 11 : 12, number);
    return;
  }
  const plain = PLAIN.find(([pattern]) => pattern.test(words));
  if (plain !== undefined) set(layer, plain[1], plain[2]);
}

function set(layer: Layer, type: number, code: number): void {
  layer.icmpType = type;
  layer.icmpCode = code;
}

function readEcho(words: string, layer: Layer): boolean {
  const echo = /^echo (request|reply)\b/.exec(words);
  if (echo === null) return false;
  set(layer, echo[1] === 'request' ? 8 : 0, 0);
  const id = /\bid (\d{1,5})/.exec(words)?.[1];
  const seq = /\bseq (\d{1,5})/.exec(words)?.[1];
  if (id !== undefined) layer.icmpId = Number(id);
  if (seq !== undefined) layer.icmpSeq = Number(seq);
  return true;
}

function readUnreachable(words: string, layer: Layer): boolean {
  const end = /^(host|net) (\S{1,254}) unreachable(?: - ([\w ]{1,40}))?/.exec(words);
  if (end !== null) {
    const reasons = end[1] === 'host' ? HOST_REASONS : NET_REASONS;
    set(layer, UNREACHABLE, reasons[(end[3] ?? '').trim()] ?? -1);
    quote(layer, end[2]!, -1, -1);
    return true;
  }
  const port = /^(\S{1,254}) (tcp|udp) port (\S{1,40}) unreachable/.exec(words);
  if (port !== null) {
    set(layer, UNREACHABLE, 3);
    quote(layer, port[1]!, port[2] === 'tcp' ? 6 : 17, portNumber(port[3]!) ?? -1);
    return true;
  }
  const protocol = /^(\S{1,254}) protocol (\d{1,3})( port \S{1,40})? unreachable/.exec(words);
  if (protocol !== null) {
    set(layer, UNREACHABLE, protocol[3] === undefined ? 2 : 3);
    quote(layer, protocol[1]!, Number(protocol[2]), -1);
    return true;
  }
  const other =
    /^(\S{1,254}) unreachable - (?:(need to frag)(?: \(mtu (\d{1,6})\))?|(source route failed)|(source host isolated)|#(\d{1,3}))/.exec(
      words,
    );
  if (other === null) return false;
  const code = other[2] !== undefined ? 4 : other[4] !== undefined ? 5 : other[5] !== undefined ? 8 : Number(other[6]);
  set(layer, UNREACHABLE, code);
  if (other[3] !== undefined && Number(other[3]) > 0) layer.mtu = Number(other[3]);
  quote(layer, other[1]!, -1, -1);
  return true;
}

function readRedirect(words: string, layer: Layer): boolean {
  const redirect = /^redirect(-tos|-#(\d{1,3}))? (\S{1,254}) to (?:(net|host) )?\S/.exec(words);
  if (redirect === null) return false;
  const code =
    redirect[2] !== undefined
      ? Number(redirect[2])
      : (redirect[1] === undefined ? 0 : 2) + (redirect[4] === 'net' ? 0 : 1);
  set(layer, 5, code);
  quote(layer, redirect[3]!, -1, -1);
  return true;
}

/**
 * What the words tell of the packet that the error is about. An error goes to the sender of that packet, so its source is
 * known too.
 */
export function quote(layer: Layer, dst: string, protocol: number, dport: number): void {
  const { quoted } = layer;
  quoted.reset();
  quoted.family = layer.family;
  quoted.src = layer.dst;
  quoted.dst = printedIp(dst);
  quoted.protocol = protocol;
  if (protocol === 6) quoted.kind = 'tcp';
  else if (protocol === 17) quoted.kind = 'udp';
  else if (protocol === 1) quoted.kind = 'icmp';
  quoted.dport = dport;
  layer.hasQuoted = true;
}
