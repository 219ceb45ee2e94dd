import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PacketDecoder } from '../../../../src/facts/captures/decode/packet-decoder.js';
import { MAX_LAYERS, Packet } from '../../../../src/facts/captures/packet.js';
import { readRecords } from '../read-records.js';
import { recordOf } from './decode-bytes.js';
import { ETHERNET_FRAMES, OTHER_LINKS } from './made-packets.js';

const LINK_TYPES = [1, 113, 276, 101, 12, 14, 228, 229, 0, 108, 147];

/** Numbers that look random and are the same each time (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function realPackets(): Uint8Array[] {
  const read = ['underlay.pcap', 'pod.pcap'].flatMap(
    (name) => readRecords(readFileSync(new URL(`../fixtures/${name}`, import.meta.url))).records,
  );
  return read.map(({ data }) => Uint8Array.from(Buffer.from(data, 'hex')));
}

const SEEDS = [...ETHERNET_FRAMES, ...[...OTHER_LINKS.values()].flat(), ...realPackets()];

/** A few bytes changed, cut or pasted in from another packet. */
function mutated(random: (below: number) => number): Uint8Array {
  const seed = SEEDS[random(SEEDS.length)]!;
  const bytes = Uint8Array.from(seed);
  const extremes = [0, 1, 0x0f, 0x40, 0x45, 0x4f, 0x60, 0x7f, 0x80, 0xc0, 0xff];
  for (let changes = random(6); changes > 0; changes -= 1) {
    // Headers are where it hurts.
    const at = random(2) === 0 ? random(bytes.length) : random(Math.min(bytes.length, 100));
    bytes[at] = random(2) === 0 ? extremes[random(extremes.length)]! : random(256);
  }
  if (random(4) === 0) {
    const other = SEEDS[random(SEEDS.length)]!;
    const at = random(bytes.length);
    bytes.set(other.subarray(0, bytes.length - at), at);
  }
  return random(3) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes;
}

/** What is wrong with numbers of a packet, whatever was decoded. */
function absurd(packet: Packet): string[] {
  const found: string[] = [];
  for (const layer of packet.layers.slice(0, packet.depth)) {
    for (const name of ['payload', 'length', 'fragmentOffset', 'mss', 'vni', 'mac', 'seq'] as const) {
      if (!Number.isInteger(layer[name]) || layer[name] < -1) found.push(`${name} ${layer[name]}`);
    }
  }
  return found;
}

test('mutated packets over all link types never make it throw, hang or nest deeper than there are layers', () => {
  const random = randomOf(20_261_127);
  const packet = new Packet();
  let decoder = new PacketDecoder();
  let depth = 0;
  let problems = 0;
  for (let i = 0; i < 150_000; i += 1) {
    const bytes = mutated(random);
    // Behind what belongs to a packet others follow, which must not be read.
    const start = random(5);
    const held = new Uint8Array(start + bytes.length + random(30)).fill(random(256));
    held.set(bytes, start);
    if (i % 10_000 === 0) decoder = new PacketDecoder();
    const linkType = random(2) === 0 ? 1 : LINK_TYPES[random(LINK_TYPES.length)]!;
    const originalLength = random(3) === 0 ? random(3000) : bytes.length;
    const record = recordOf(held, { linkType, start, end: start + bytes.length, originalLength });
    decoder.decode(record, packet);
    const wrong = absurd(packet);
    if (wrong.length > 0) expect.fail(`${wrong.join(', ')} of ${Buffer.from(bytes).toString('hex')}`);
    depth = Math.max(depth, packet.depth);
    if (packet.problem !== undefined) problems += 1;
  }
  expect(depth).toBeGreaterThan(2);
  expect(depth).toBeLessThanOrEqual(MAX_LAYERS);
  expect(problems).toBeGreaterThan(1000);
});

test('what lies behind the end of a packet changes nothing of it', () => {
  const random = randomOf(7);
  for (let i = 0; i < 20_000; i += 1) {
    const bytes = mutated(random);
    const decoded = [0x00, 0xff].map((fill) => {
      const held = new Uint8Array(bytes.length + 64).fill(fill);
      held.set(bytes);
      const packet = new Packet();
      new PacketDecoder().decode(recordOf(held, { end: bytes.length, originalLength: bytes.length }), packet);
      const layers = packet.layers.slice(0, packet.depth);
      return JSON.stringify([packet.problem, layers, layers.map((layer) => (layer.hasQuoted ? layer.quoted : null))]);
    });
    expect(decoded[0]).toBe(decoded[1]);
  }
});
