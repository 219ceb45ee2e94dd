import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DnsMessage } from '../../../../src/facts/captures/packet.js';
import { needs } from '../capture-tools.js';
import { pcapOf } from '../capture-writers.js';
import { cooked, everyKind, onEthernetAlone } from './every-kind.js';
import { decodedPackets, type PlainLayer, type PlainPacket, readText } from './text-packets.js';

const KERNEL = new URL('../fixtures/kernel/', import.meta.url);
const ETHERNET = 1;
const SLL = 113;
const SLL2 = 276;
const RAW = 101;

/** Options of tcpdump that change what it prints. */
const OPTIONS = [
  '-n',
  '-nn',
  '-nn -e',
  '-nn -v',
  '-nn -vv',
  '-nn -vvv -e -S',
  '-nn -q',
  '-nn -q -e',
  '-nn -q -v -e',
  '-nn -S',
  '-nn -t',
  '-nn -t -e',
  '-nn -t -v',
  '-nn -tt',
  '-nn -ttt -e',
  '-nn -tttt',
  '-nn -ttttt',
  '-nn -x',
  '-nn -X -t',
  '-nn -XX -v',
  '-nn -A',
  '-nn -A -t -vv',
  '-nn -#',
  '-nn --number -t -e -v',
  '-nn -e -v -A -#',
  '-nn -K -v --nano',
];

function pcap(frames: readonly Uint8Array[], linkType: number): Buffer {
  return pcapOf(
    frames.map((data, i) => ({ seconds: 1_700_000_000 + i, fraction: (i * 12_345) % 1_000_000, data })),
    { linkType },
  );
}

const MADE: Record<string, () => Buffer> = {
  'Ethernet frames of every kind': () => pcap([...everyKind(), ...onEthernetAlone()], ETHERNET),
  'cooked packets of -i any': () =>
    pcap(
      everyKind().map((frame, i) => cooked(frame, 2, i % 5)),
      SLL2,
    ),
  'cooked packets of older versions': () =>
    pcap(
      everyKind().map((frame, i) => cooked(frame, 1, i % 5)),
      SLL,
    ),
  'packets without a link header': () =>
    pcap(
      everyKind()
        .filter((frame) => (frame[12] === 0x08 ? frame[13] === 0 : frame[12] === 0x86))
        .map((frame) => frame.subarray(14)),
      RAW,
    ),
};

const recorded = readdirSync(KERNEL).filter((file) => file.endsWith('.pcap'));
const captures: [string, () => Buffer][] = [
  ...Object.entries(MADE),
  ...recorded.map((file): [string, () => Buffer] => [file, () => readFileSync(new URL(file, KERNEL))]),
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'podnet-text-'));
});
beforeEach((context) => needs(context, 'tcpdump'));
afterAll(() => rmSync(folder, { recursive: true }));

function printed(capture: Uint8Array, options: string): string {
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, capture);
  const words = ['-r', file, ...options.split(' ').filter((word) => word !== '')];
  return execFileSync('tcpdump', words, {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1e9,
    env: { ...process.env, TZ: 'UTC' },
  });
}

/** What tcpdump prints of a layer whatever its options. `quiet` (-q): no flags, and nothing of what UDP carries. */
function shape(layer: PlainLayer, quiet: boolean): object {
  const { kind, family, src, dst, protocol, sport, dport, flags, vni, target, arpOperation } = layer;
  const { icmpType, icmpCode, icmpId, icmpSeq, mtu } = layer;
  return {
    ...{ kind, src, sport, dport, icmpType, icmpId, icmpSeq, mtu, target, arpOperation },
    // An ARP reply's text does not say whom it answers, and a fragment of IPv6 not what it is of.
    dst: kind === 'arp' && arpOperation === 2 ? undefined : dst,
    protocol: kind === 'fragment' && family === 6 ? undefined : protocol,
    // Of ICMPv6's parameter problems the code is not printed.
    icmpCode: kind === 'icmp6' && icmpType === 4 ? undefined : icmpCode,
    flags: quiet ? undefined : flags,
    vni: quiet && kind === 'udp' ? undefined : vni,
  };
}

/** Fields that the text has with some options only, and that are right where it has them. */
const WHERE_PRINTED = [
  ...(['ttl', 'id', 'length', 'dontFragment', 'moreFragments', 'fragmentOffset', 'window', 'mss', 'mac'] as const),
  ...(['ipChecksum', 'tunnel'] as const),
];

function expectSameLayer(told: PlainLayer, known: PlainLayer, options: string): void {
  expect(shape(told, options.includes('-q'))).toEqual(shape(known, options.includes('-q')));
  for (const field of WHERE_PRINTED) {
    if (told[field] !== undefined) expect([field, told[field]]).toEqual([field, known[field]]);
  }
  if (options.includes('-S')) {
    if (told.seq !== undefined) expect(told.seq).toBe(known.seq);
    if (told.ack !== undefined) expect(told.ack).toBe(known.ack);
  }
  const dns = told.dns as DnsMessage | undefined;
  if (dns !== undefined) {
    // The question of an answer is printed with -vv alone.
    const { name, type } = dns.name === '' ? dns : (known.dns as DnsMessage);
    expect(dns).toEqual({ ...(known.dns as DnsMessage), name, type });
  }
  if (told.quoted !== undefined) expect(told.quoted.dst).toBe(known.quoted?.dst);
  if (options.includes('-v') && told.quoted?.ttl !== undefined) {
    expect(shape(told.quoted, false)).toEqual(shape(known.quoted!, false));
  }
}

function expectSamePacket(told: PlainPacket, known: PlainPacket, options: string): void {
  // With -q the packets that UDP carries are not printed.
  if (told.layers.length === 0 || !options.includes('-q')) expect(told.layers.length).toBe(known.layers.length);
  for (const [i, layer] of told.layers.entries()) expectSameLayer(layer, known.layers[i]!, options);
  if (options.includes('-e')) {
    const { srcMac, dstMac, vlan } = known;
    expect(told).toMatchObject(JSON.parse(JSON.stringify({ srcMac, dstMac, vlan })));
  }
  if (told.direction !== undefined) expect(told.direction).toBe(known.direction);
  const time = timeOf(known, options);
  if (Number.isNaN(time)) expect(told.time).toBeUndefined();
  else expect(told.time).toBeCloseTo(time, 5);
}

function timeOf({ time }: PlainPacket, options: string): number {
  const words = options.split(' ');
  if (words.includes('-t') || options.includes('-ttttt')) return Number.NaN;
  if (words.includes('-tt') || words.includes('-tttt')) return time as number;
  return words.includes('-ttt') ? Number.NaN : (time as number) % 86_400;
}

describe.each(captures)('the text of %s', (_name, capture) => {
  it.each(OPTIONS)('holds what the capture does, printed with %s', (options) => {
    const bytes = capture();
    const { packets, problems } = readText(printed(bytes, options));
    const decoded = decodedPackets(bytes);
    expect(problems).toEqual([]);
    expect(packets).toHaveLength(decoded.length);
    for (const [i, packet] of packets.entries()) expectSamePacket(packet, decoded[i]!, options);
  });

  it('tells what -v says of checksums', () => {
    const bytes = capture();
    const { packets } = readText(printed(bytes, '-nn -vv'));
    const decoded = decodedPackets(bytes);
    for (const [i, { layers }] of packets.entries()) {
      for (const [j, { transportChecksum }] of layers.entries()) {
        // The sum that is printed tells more of a tunnel's: whether filling in the inner one will make it right.
        const known = decoded[i]!.layers[j]!.transportChecksum;
        const isOuter = j < layers.length - 1 && known === 'unfilled';
        if (transportChecksum !== undefined) expect([known, isOuter ? 'bad' : known]).toContain(transportChecksum);
      }
    }
  });
});
