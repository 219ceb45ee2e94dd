import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { CaptureFileReader } from '../../../../src/facts/captures/capture-file.js';
import { PacketDecoder } from '../../../../src/facts/captures/decode/packet-decoder.js';
import { type ChecksumState, Packet } from '../../../../src/facts/captures/packet.js';
import { needs, written } from '../capture-tools.js';
import { pcapOf } from '../capture-writers.js';
import { ETHERNET_FRAMES, OTHER_LINKS, UNFILLED_FRAMES } from './made-packets.js';
import { NamespaceLab, needsNamespaces } from './namespace-lab.js';
import { vxlanFrame } from './packet-bytes.js';
import { differences, sharkFields } from './shark-packets.js';

/** What there is to say against our reading of a capture: malformed packets, and what tshark sees otherwise. */
interface Agreement {
  packets: number;
  /** Layers of all packets. */
  layers: number;
  /** Of them, and of ICMP errors, by what they are. */
  kinds: Set<string>;
  /** What there is of transport checksums. */
  checksums: Set<ChecksumState>;
  against: string[];
}

function compare(capture: Uint8Array): Agreement {
  const shark = sharkFields(capture);
  const packet = new Packet();
  const decoder = new PacketDecoder();
  const found: Agreement = { packets: 0, layers: 0, kinds: new Set(), checksums: new Set(), against: [] };
  const reader = new CaptureFileReader({
    record(record) {
      decoder.decode(record, packet);
      found.packets += 1;
      found.layers += packet.depth;
      for (const layer of packet.layers.slice(0, packet.depth)) {
        found.kinds.add(layer.kind);
        if (layer.protocol >= 0) found.checksums.add(layer.transportChecksum);
        if (layer.tunnel !== undefined) found.kinds.add(layer.tunnel);
        if (layer.dns !== undefined) found.kinds.add('dns');
        if (layer.mtu >= 0) found.kinds.add(`mtu ${layer.mtu}`);
      }
      if (packet.problem !== undefined) found.against.push(`packet ${packet.number}: ${packet.problem}`);
      found.against.push(...differences(packet, shark[found.packets - 1] ?? {}));
    },
    problem: (message) => found.against.push(message),
  });
  reader.feed(capture);
  reader.end();
  if (found.packets !== shark.length) found.against.push(`${found.packets} packets, tshark ${shark.length}`);
  return found;
}

/** Where the TTL of an IPv4 packet stands in an Ethernet frame. */
const TTL_AT = 22;
const isIpv4 = (frame: Uint8Array) => frame[12] === 0x08 && frame[13] === 0x00;

const framesOf = (frames: readonly Uint8Array[], linkType = 1) =>
  pcapOf(
    frames.map((data) => ({ data })),
    { linkType },
  );

describe('agrees with tshark on', () => {
  test('packets of every kind over Ethernet', (context) => {
    needs(context, 'tshark');
    const found = compare(framesOf(ETHERNET_FRAMES));
    expect(found.against).toEqual([]);
    expect(found.layers).toBeGreaterThan(ETHERNET_FRAMES.length);
  });

  test('packets of every kind that a snapshot length cut', (context) => {
    needs(context, 'tshark');
    const cuts = [10, 20, 34, 40, 54, 60, 64, 68, 80, 96, 110, 128];
    // Of an IPv4 header whose options were cut tshark shows no destination, where we do.
    const cut = ETHERNET_FRAMES.filter((frame) => frame[14] !== 0x47).flatMap((frame) =>
      cuts
        .filter((length) => length < frame.length)
        .map((length) => ({ data: frame.subarray(0, length), original: frame.length })),
    );
    const found = compare(pcapOf(cut));
    expect(found.against).toEqual([]);
    expect(found.packets).toBe(cut.length);
  });

  test('checksums that a changed byte made wrong, and those that it left right', (context) => {
    needs(context, 'tshark');
    const changed = ETHERNET_FRAMES.flatMap((frame) =>
      (isIpv4(frame) ? [TTL_AT, frame.length - 1] : [frame.length - 1]).map((at) => frame.with(at, frame[at]! ^ 0x20)),
    );
    const found = compare(framesOf(changed));
    expect(found.against).toEqual([]);
    expect([...found.checksums].sort()).toEqual(['bad', 'good', 'unchecked']);
  });

  test('checksums left to the NIC, which tshark may take for wrong but not for good', (context) => {
    needs(context, 'tshark');
    const unfilled = UNFILLED_FRAMES.flatMap((frame) => [frame, vxlanFrame(frame)]);
    const capture = framesOf(unfilled);
    const found = compare(capture);
    expect(found.against).toEqual([]);
    expect([...found.checksums].sort()).toEqual(['unchecked', 'unfilled']);
    const states = sharkFields(capture).flatMap((row) => [
      ...row['tcp.checksum.status']!,
      ...row['icmpv6.checksum.status']!,
    ]);
    expect(states).not.toContain('good');
  });

  test.each([...OTHER_LINKS])('packets of link type %i', (...given) => {
    const [linkType, frames] = given;
    needs(given.at(-1) as unknown as TestContext, 'tshark');
    const found = compare(framesOf(frames, linkType));
    expect(found.against).toEqual([]);
    expect(found.layers).toBe(frames.length);
  });

  test('packets of several link types in one file', (context) => {
    needs(context, 'tshark', 'mergecap');
    const merged = written(
      'mergecap',
      (folder) => ['-a', ...['a', 'b'].map((n) => join(folder, n)), '-w', join(folder, 'out')],
      {
        a: framesOf(ETHERNET_FRAMES),
        b: framesOf(OTHER_LINKS.get(276)!, 276),
      },
    );
    const found = compare(merged);
    expect(found.against).toEqual([]);
    expect(found.packets).toBe(ETHERNET_FRAMES.length + 2);
  });

  test('what the kernel sends between namespaces, through tunnels and along a narrow way', {
    timeout: 120_000,
  }, async (context) => {
    needsNamespaces(context);
    const lab = new NamespaceLab();
    try {
      lab.build();
      const captures = await lab.capture([
        ['a', ['-i', 'eth0']],
        ['r', ['-i', 'any']],
        ['r', ['-i', 'any', '-y', 'LINUX_SLL']],
        ['b', ['-i', 'any', '-s', '96']],
      ]);
      for (const capture of captures) {
        const found = compare(capture);
        expect(found.against).toEqual([]);
        expect([...found.kinds]).toEqual(
          expect.arrayContaining(['tcp', 'udp', 'icmp', 'icmp6', 'arp', 'fragment', 'dns', 'vxlan']),
        );
      }
      expect([...compare(captures[1]!).kinds]).toContain('mtu 1300');
    } finally {
      lab.close();
    }
  });

  // Those of the repository, and of a folder that PODNET_CAPTURES names.
  const folders = [fileURLToPath(new URL('../../..', import.meta.url)), process.env.PODNET_CAPTURES ?? ''];
  const files = folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.pcap(?:ng)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  test('every real capture that is at hand', { timeout: 120_000 }, (context) => {
    needs(context, 'tshark');
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => compare(readFileSync(file)).against.map((what) => `${file}: ${what}`))).toEqual([]);
  });
});
