import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ipText, type Layer, macText, type Packet } from '../../../../src/facts/captures/packet.js';
import { VXLAN_PORTS } from './namespace-lab.js';

/** Values of a field, in the order of the packet's headers: outer, inner, quoted. */
type Values = (string | number)[];

const isIp = (family: 4 | 6) => (layer: Layer) => layer.kind !== 'arp' && layer.family === family;
const isKind = (kind: Layer['kind']) => (layer: Layer) => layer.kind === kind;
const isTunnel = (kind: Layer['tunnel']) => (layer: Layer) => layer.tunnel === kind;
const isFragment6 = (layer: Layer) => layer.kind !== 'arp' && layer.family === 6 && layer.id >= 0;
const isEcho = (layer: Layer) => layer.icmpId >= 0;
const hasPorts = (protocol: number) => (layer: Layer) => layer.protocol === protocol && layer.sport >= 0;

/** tshark's words for a checksum: 0 bad, 1 good, 2 not verified, 3 absent. What is unfilled it takes for either. */
const STATES: Readonly<Record<Layer['transportChecksum'], string>> = {
  good: 'good',
  bad: 'bad',
  unfilled: 'any',
  unchecked: 'untold',
};
const SHARK_STATES = ['bad', 'good', 'untold', 'untold'];

/** How a field of tshark's is had of a layer; `quoted` where that of a quoted packet is to be the same too. */
interface Field {
  of: (layer: Layer) => boolean;
  value: (layer: Layer) => string | number;
  quoted?: boolean;
}

const FIELDS: Readonly<Record<string, Field>> = {
  'ip.src': { of: isIp(4), value: ({ src }) => ipText(src), quoted: true },
  'ip.dst': { of: isIp(4), value: ({ dst }) => ipText(dst), quoted: true },
  'ip.proto': { of: isIp(4), value: ({ protocol }) => protocol, quoted: true },
  'ip.id': { of: isIp(4), value: ({ id }) => id, quoted: true },
  'ip.ttl': { of: isIp(4), value: ({ ttl }) => ttl, quoted: true },
  'ip.len': { of: isIp(4), value: ({ length }) => length, quoted: true },
  'ip.flags.df': { of: isIp(4), value: ({ dontFragment }) => Number(dontFragment), quoted: true },
  'ip.flags.mf': { of: isIp(4), value: ({ moreFragments }) => Number(moreFragments), quoted: true },
  'ip.frag_offset': { of: isIp(4), value: ({ fragmentOffset }) => fragmentOffset / 8, quoted: true },
  'ip.checksum.status': { of: isIp(4), value: ({ ipChecksum }) => STATES[ipChecksum] },
  'ipv6.src': { of: isIp(6), value: ({ src }) => ipText(src), quoted: true },
  'ipv6.dst': { of: isIp(6), value: ({ dst }) => ipText(dst), quoted: true },
  'ipv6.hlim': { of: isIp(6), value: ({ ttl }) => ttl, quoted: true },
  'ipv6.plen': { of: isIp(6), value: ({ length }) => length - 40, quoted: true },
  'ipv6.fraghdr.ident': { of: isFragment6, value: ({ id }) => id },
  'ipv6.fraghdr.offset': { of: isFragment6, value: ({ fragmentOffset }) => fragmentOffset / 8 },
  'ipv6.fraghdr.more': { of: isFragment6, value: ({ moreFragments }) => Number(moreFragments) },
  'tcp.srcport': { of: hasPorts(6), value: ({ sport }) => sport, quoted: true },
  'tcp.dstport': { of: hasPorts(6), value: ({ dport }) => dport, quoted: true },
  'tcp.flags': { of: isKind('tcp'), value: ({ flags }) => flags },
  'tcp.seq_raw': { of: isKind('tcp'), value: ({ seq }) => seq },
  'tcp.ack_raw': { of: isKind('tcp'), value: ({ ack }) => ack },
  'tcp.window_size_value': { of: isKind('tcp'), value: ({ window }) => window },
  'tcp.options.mss_val': { of: ({ mss }) => mss >= 0, value: ({ mss }) => mss },
  'tcp.len': { of: isKind('tcp'), value: ({ payload }) => payload },
  'tcp.checksum.status': { of: isKind('tcp'), value: ({ transportChecksum }) => STATES[transportChecksum] },
  'udp.srcport': { of: hasPorts(17), value: ({ sport }) => sport, quoted: true },
  'udp.dstport': { of: hasPorts(17), value: ({ dport }) => dport, quoted: true },
  'udp.checksum.status': { of: isKind('udp'), value: ({ transportChecksum }) => STATES[transportChecksum] },
  'icmp.type': { of: isKind('icmp'), value: ({ icmpType }) => icmpType, quoted: true },
  'icmp.code': { of: isKind('icmp'), value: ({ icmpCode }) => icmpCode, quoted: true },
  'icmp.seq': { of: (layer) => layer.kind === 'icmp' && isEcho(layer), value: ({ icmpSeq }) => icmpSeq, quoted: true },
  'icmp.mtu': { of: ({ kind, mtu }) => kind === 'icmp' && mtu >= 0, value: ({ mtu }) => mtu },
  'icmp.checksum.status': { of: isKind('icmp'), value: ({ transportChecksum }) => STATES[transportChecksum] },
  'icmpv6.type': { of: isKind('icmp6'), value: ({ icmpType }) => icmpType, quoted: true },
  'icmpv6.code': { of: isKind('icmp6'), value: ({ icmpCode }) => icmpCode, quoted: true },
  'icmpv6.echo.identifier': { of: (layer) => layer.kind === 'icmp6' && isEcho(layer), value: ({ icmpId }) => icmpId },
  'icmpv6.mtu': { of: ({ kind, mtu }) => kind === 'icmp6' && mtu >= 0, value: ({ mtu }) => mtu },
  'icmpv6.checksum.status': { of: isKind('icmp6'), value: ({ transportChecksum }) => STATES[transportChecksum] },
  'icmpv6.nd.ns.target_address': {
    of: ({ icmpType, target }) => icmpType === 135 && target !== undefined,
    value: ({ target }) => String(target),
  },
  'icmpv6.nd.na.target_address': {
    of: ({ icmpType, target }) => icmpType === 136 && target !== undefined,
    value: ({ target }) => String(target),
  },
  'dns.id': { of: ({ dns }) => dns !== undefined, value: ({ dns }) => dns!.id },
  'dns.qry.name': { of: ({ dns }) => dns !== undefined && dns.type !== '', value: ({ dns }) => dns!.name },
  'dns.flags.rcode': { of: ({ dns }) => dns?.response === true, value: ({ dns }) => dns!.rcode },
  'dns.count.answers': { of: ({ dns }) => dns !== undefined, value: ({ dns }) => dns!.answers },
  'arp.opcode': { of: isKind('arp'), value: ({ arpOperation }) => arpOperation },
  'arp.src.proto_ipv4': { of: isKind('arp'), value: ({ src }) => ipText(src) },
  'arp.dst.proto_ipv4': { of: isKind('arp'), value: ({ dst }) => ipText(dst) },
  'arp.src.hw_mac': { of: isKind('arp'), value: ({ mac }) => macText(mac) },
  'vxlan.vni': { of: isTunnel('vxlan'), value: ({ vni }) => vni },
  'geneve.vni': { of: isTunnel('geneve'), value: ({ vni }) => vni },
  'gre.key': { of: ({ tunnel, vni }) => tunnel === 'gre' && vni >= 0, value: ({ vni }) => vni },
  'wg.type': { of: isTunnel('wireguard'), value: ({ wireguardMessage }) => wireguardMessage },
};
const NAMES = Object.keys(FIELDS);

/** What we make of a packet, by tshark's names of its fields. */
export function ourFields(packet: Packet): Record<string, Values> {
  const layers = packet.layers.slice(0, packet.depth);
  const last = layers.at(-1);
  const fields: Record<string, Values> = {};
  for (const [name, { of, value, quoted }] of Object.entries(FIELDS)) {
    const values = layers.filter(of).map(value);
    if (quoted === true && last?.hasQuoted === true && of(last.quoted)) values.push(value(last.quoted));
    fields[name] = values;
  }
  return fields;
}

function sharkValue(name: string, text: string): string | number {
  if (name.endsWith('.status')) return SHARK_STATES[Number(text)]!;
  if (name === 'dns.qry.name') return text === '<Root>' ? '' : text.toLowerCase();
  return /^(?:\d+|0x[\da-f]+)$/.test(text) ? Number(text) : text;
}

/** What tshark makes of the packets of a capture. */
export function sharkFields(capture: Uint8Array): Record<string, Values>[] {
  const folder = mkdtempSync(join(tmpdir(), 'podnet-capture-'));
  const file = join(folder, 'capture');
  try {
    writeFileSync(file, capture);
    const off = [
      'ip.defragment',
      'ipv6.defragment',
      'tcp.desegment_tcp_streams',
      'ip.tso_support',
      'tcp.analyze_sequence_numbers',
    ];
    const on = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'];
    const words = ['-n', '-r', file, ...VXLAN_PORTS.flatMap((port) => ['-d', `udp.port==${port},vxlan`])];
    words.push(...off.flatMap((name) => ['-o', `${name}:FALSE`]), ...on.flatMap((name) => ['-o', `${name}:TRUE`]));
    words.push('-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=|', ...NAMES.flatMap((name) => ['-e', name]));
    const run = spawnSync('tshark', words, { encoding: 'utf8', maxBuffer: 1e9 });
    if (run.status !== 0) throw new Error(run.stderr);
    return run.stdout.split('\n').slice(0, -1).map(sharkRow);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sharkRow(line: string): Record<string, Values> {
  const texts = line.split('\t');
  return Object.fromEntries(
    NAMES.map((name, i) => [
      name,
      (texts[i] ?? '')
        .split('|')
        .filter((text) => text !== '')
        .map((text) => sharkValue(name, text)),
    ]),
  );
}

/** What tshark tells by where the packet around it ends, of one that goes on in a later fragment too. */
const BY_END: ReadonlySet<string> = new Set(['tcp.len', 'tcp.checksum.status', 'udp.checksum.status']);

/**
 * Where ours and tshark's differ, as text. Of a quoted packet tshark reads on, through a tunnel and to the end, where we
 * stop at its ports; of a header that was cut it shows what is there, where we read it whole or not at all. Of such packets
 * tshark may have more behind ours.
 */
export function differences(packet: Packet, shark: Record<string, Values>): string[] {
  const isErrorMessage = packet.depth > 0 && packet.layers[packet.depth - 1]!.hasQuoted;
  const mayHaveMore = isErrorMessage || packet.capturedLength < packet.originalLength;
  const isInFragment = packet.layers.slice(0, packet.depth - 1).some((layer) => layer.moreFragments);
  const found: string[] = [];
  for (const [name, ours] of Object.entries(ourFields(packet))) {
    if (isInFragment && BY_END.has(name)) continue;
    const all = shark[name]!;
    const theirs = mayHaveMore ? all.slice(0, ours.length) : all;
    const isSame = ours.length === theirs.length && ours.every((value, i) => value === 'any' || value === theirs[i]);
    if (!isSame) found.push(`packet ${packet.number}: ${name} ${ours.join(' ')}, tshark ${all.join(' ')}`);
  }
  return found;
}
