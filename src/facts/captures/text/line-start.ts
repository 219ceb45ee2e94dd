import { macOf } from './printed-mac.js';

/** What a line says it holds, by its `IP`, `ARP` or its EtherType. `other` is a protocol that is not read. */
export type LineFamily = 'ip' | 'arp' | 'other';

/** What stands in front of a packet on its first line. Filled again for each line. */
export class LineStart {
  /** Whether a time stands there, of whatever kind. */
  timed = false;
  /** Whether what only packets have stands there: a number (`-#`), or a cooked link's header. */
  marked = false;
  /** As in Packet; NaN for times since another packet (`-ttt`, `-ttttt`), which print alike. */
  time = Number.NaN;
  timeOfDay = false;
  iface: string | undefined = undefined;
  direction: 'in' | 'out' | undefined = undefined;
  srcMac = -1;
  dstMac = -1;
  vlan = -1;
  /** Bytes on the wire, of `-e`. */
  length = -1;
  family: LineFamily | undefined = undefined;
  /** What follows. */
  rest = '';

  reset(): void {
    this.timed = false;
    this.marked = false;
    this.time = Number.NaN;
    this.timeOfDay = false;
    this.iface = undefined;
    this.direction = undefined;
    this.srcMac = -1;
    this.dstMac = -1;
    this.vlan = -1;
    this.length = -1;
    this.family = undefined;
    this.rest = '';
  }
}

/** `-#`: `    1  `. */
const NUMBER = /^ {0,6}\d{1,10} {2}(?=\S| \d| {1,2}(?:In|[BMP]) )/;
/** Of a day (with a date, or a leading space where it counts from another packet), or of the epoch. */
const TIME =
  /^(?:(\d{4})-(\d{2})-(\d{2})[ T]|(?:[A-Z][a-z]{2} {1,2}\d{1,2} )|([ -]))?(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})? {1,2}|^(\d{9,11}\.\d{1,9}) {1,2}/;
/** Pseudo-interfaces of macOS: `(en0, out) `. */
const PKTAP = /^\(([\w.-]{1,20})(?:, [^,)]{1,40}){0,4}?(?:, (in|out))?\) /;
/** `eth0  In  IP`, or cooked version 1 with -e: ` In 02:42:…`. */
const DIRECTION =
  /^ {0,2}(?:([\w.@:-]{1,20}|\?) {1,6})?(In|Out|B|M|P) {1,3}(?=IP|ARP|Reverse |ifindex |[\da-f]{1,2}:|ethertype |\(|[\w.:*-]{1,260} > |vlan |\[\|)/;
const MAC = '[\\da-f]{1,2}(?::[\\da-f]{1,2}){5}';
const OUI = '(?: \\(oui [^)]{0,60}\\))?';
/** `MAC > MAC, ethertype IPv4 (0x0800), length 98: `; with -q `MAC > MAC, IPv4, length 74: `. */
const ETHERNET = new RegExp(
  `^(${MAC})${OUI} > (?:(${MAC})${OUI}|(Broadcast)|[\\w-]{1,30}), (?:ethertype )?([\\w.+/ -]{1,30}?)(?: ?\\(0x[\\da-f]{4}\\))?, length (\\d{1,7}): ?`,
  'i',
);
/** One MAC, that of the sender: `-i any` with -e. The EtherType is left out with -q. */
const COOKED = new RegExp(
  `^(?:ifindex \\d{1,10} )?(?:(${MAC})${OUI} )?(?:ethertype ([\\w.+/ -]{1,30}?) \\(0x[\\da-f]{4}\\), length (\\d{1,7}): ?)?`,
  'i',
);
/** Version 3: `MAC MAC 0800 98: ` or `MAC MAC ip 98: `. */
const OLD_ETHERNET = new RegExp(`^(${MAC}) (${MAC}) (0800|86dd|0806|ip6?|arp) (\\d{1,6}): `, 'i');
const VLAN =
  /^vlan (\d{1,4}), p \d{1,2}(?:, DEI)?, (?:(?:ethertype ([\w.+/ -]{1,30}?)|(IPv[46]|ARP|802\.1[\w.-]{1,12}))(?: ?\(0x[\da-f]{4}\))?, )?/i;
/** Links without addresses: RAW's `ip: `, NULL's `AF IPv4 (2), length 60: ` (with -q `IPv4, length 60: `). */
const BARE = /^(?:ip: |(?:AF )?IPv[46](?: \(\d{1,3}\))?, length (\d{1,7}): )/;
/** Of ARP where nothing says that it is. */
const ARP_BODY = /^(?:Ethernet \(len|Request who-has|Reply \S{1,254} is-at|Reverse Re|Announcement |Probe )/;
/** Protocols that tcpdump names where an IP header would stand. */
const OTHER =
  /^(?:STP |LLDP|CDPv|LLC|EAPOL|EAP |PPPoE|PPP|MPLS|Loopback|LACPv|MPCP|IS-IS|802\.|AF |Unknown |unknown |IP\d{1,2} \(invalid|SNAP|MACsec|RRCP|AoE|PTP|HomePlug|\[\|)/;

/**
 * Reads what stands in front of a packet: its number, time, interface and direction, link header, and `IP` or `ARP`. False
 * where the line does not begin as one of tcpdump's. A line with a time or a number alone, and no protocol, begins as one
 * (`family` undefined): tcpdump 3 and OpenBSD's print no `IP`.
 */
export function readLineStart(line: string, start: LineStart): boolean {
  start.reset();
  let rest = line;
  const first = rest.charCodeAt(0);
  if (first === 32 || (first >= 48 && first <= 57)) {
    const number = NUMBER.exec(rest);
    if (number !== null) {
      rest = rest.slice(number[0].length);
      start.marked = true;
    }
  }
  const time = TIME.exec(rest);
  if (time !== null) {
    // Behind the seconds one space, and cooked version 1's direction may be padded by two more.
    rest = rest.slice(time[0].length);
    start.timed = true;
    readTime(time, start);
  }
  rest = readLink(rest, start);
  if (rest.startsWith('IP')) {
    const word = /^IP6? {1,2}/.exec(rest);
    if (word !== null) {
      start.family = 'ip';
      rest = rest.slice(word[0].length);
    }
  } else if (rest.startsWith('ARP, ')) {
    start.family = 'arp';
    rest = rest.slice(5);
  } else if (/^arp (?:who-has|reply) /.test(rest)) {
    start.family = 'arp';
    rest = rest.slice(4);
  }
  if (start.family === undefined && OTHER.test(rest)) start.family = 'other';
  start.rest = rest;
  return start.timed || start.marked || (start.family !== undefined && start.family !== 'other');
}

function readTime(time: RegExpExecArray, start: LineStart): void {
  if (time[9] !== undefined) {
    start.time = Number(time[9]);
    return;
  }
  if (time[4] !== undefined) return;
  const day = Number(time[5]) * 3600 + Number(time[6]) * 60 + Number(time[7]) + Number(time[8] ?? 0);
  if (time[1] === undefined) {
    start.time = day;
    start.timeOfDay = true;
    return;
  }
  // In the capturing machine's own time zone, which is not told: taken as UTC.
  const midnight = Date.UTC(Number(time[1]), Number(time[2]) - 1, Number(time[3]));
  start.time = midnight / 1000 + day;
}

function readLink(text: string, start: LineStart): string {
  let rest = text;
  if (rest.startsWith('IP') && !rest.startsWith('IPv')) return rest;
  const pktap = rest.startsWith('(') ? PKTAP.exec(rest) : null;
  if (pktap !== null) {
    start.iface = pktap[1];
    start.direction = pktap[2] as 'in' | 'out' | undefined;
    rest = rest.slice(pktap[0].length);
  }
  if (rest.startsWith('ethertype ')) return readVlans(rest, start);
  const direction = DIRECTION.exec(rest);
  if (direction !== null) {
    if (direction[1] !== undefined && direction[1] !== '?') start.iface = direction[1];
    // Broadcast, multicast, and what was for another host, were received too.
    start.direction = direction[2] === 'Out' ? 'out' : 'in';
    rest = rest.slice(direction[0].length);
    const cooked = COOKED.exec(rest)!;
    if (cooked[1] !== undefined) start.srcMac = macOf(cooked[1]);
    if (cooked[3] !== undefined) start.length = Number(cooked[3]);
    if (cooked[2] !== undefined) start.family = familyOf(cooked[2]);
    else if (cooked[0] !== '') start.family = ARP_BODY.test(rest.slice(cooked[0].length)) ? 'arp' : 'ip';
    if (cooked[0] !== '') start.marked = true;
    rest = rest.slice(cooked[0].length);
    return readVlans(rest, start);
  }
  if (rest.startsWith('IP') && !rest.startsWith('IPv')) return rest;
  const ethernet = ETHERNET.exec(rest);
  if (ethernet !== null) {
    start.srcMac = macOf(ethernet[1]!);
    if (ethernet[2] !== undefined) start.dstMac = macOf(ethernet[2]);
    else if (ethernet[3] !== undefined) start.dstMac = 0xffffffffffff;
    start.length = Number(ethernet[5]);
    start.family = familyOf(ethernet[4]!);
    return readVlans(rest.slice(ethernet[0].length), start);
  }
  const old = OLD_ETHERNET.exec(rest);
  if (old !== null) {
    start.srcMac = macOf(old[1]!);
    start.dstMac = macOf(old[2]!);
    start.length = Number(old[4]);
    start.family = /^(?:0806|arp)$/i.test(old[3]!) ? 'arp' : 'ip';
    return rest.slice(old[0].length).replace(/^arp /, '');
  }
  const bare = BARE.exec(rest);
  if (bare !== null) {
    if (bare[1] !== undefined) start.length = Number(bare[1]);
    start.family = 'ip';
    return rest.slice(bare[0].length);
  }
  return rest;
}

function readVlans(text: string, start: LineStart): string {
  // Without -e cooked links print the type of what a tag holds, but not the tag.
  let rest = text.replace(/^ethertype [\w.+/ -]{1,30}, (?=IP6? |ARP, )/, '');
  for (let i = 0; i < 4; i += 1) {
    const vlan = VLAN.exec(rest);
    if (vlan === null) break;
    if (start.vlan < 0) start.vlan = Number(vlan[1]);
    const type = vlan[2] ?? vlan[3];
    if (type !== undefined) start.family = familyOf(type);
    rest = rest.slice(vlan[0].length);
  }
  return rest;
}

function familyOf(etherType: string): LineFamily {
  if (/^IPv[46]$/i.test(etherType)) return 'ip';
  return /^(?:Reverse )?ARP$/i.test(etherType) ? 'arp' : 'other';
}
