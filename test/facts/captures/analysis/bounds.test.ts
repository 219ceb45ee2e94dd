import { expect, test } from 'vitest';
import { CaptureAnalysis } from '../../../../src/facts/captures/analysis/analysis.js';
import { Packet, TCP_SYN } from '../../../../src/facts/captures/packet.js';
import { Dialogue, type MadePacket, summaryOf } from '../conversation-packets.js';

/** Takes SYNs as `shape` has them, without making objects of them. */
function flood(count: number, shape: (packet: Packet['layers'][number], i: number) => void) {
  const analysis = new CaptureAnalysis('packets');
  const packet = new Packet();
  for (let i = 0; i < count; i += 1) {
    packet.reset();
    packet.number = i + 1;
    packet.time = 1000 + i / 1e6;
    const layer = packet.push()!;
    layer.kind = 'tcp';
    layer.protocol = 6;
    layer.flags = TCP_SYN;
    layer.src = i;
    layer.dst = 167_772_161;
    layer.sport = 40_000;
    layer.dport = 80;
    layer.seq = i;
    layer.length = 40;
    layer.payload = 0;
    shape(layer, i);
    analysis.take(packet);
  }
  return analysis.summary(['EN10MB']);
}

test('of a flood of a million half-open connections so many are kept, and the rest is counted', () => {
  const { conversations, letGo, packets } = flood(1_000_000, () => undefined);
  expect([packets, conversations.length]).toEqual([1_000_000, 20_000]);
  // Counted once each, as far as a bounded memory allows.
  expect(letGo.conversations).toBeGreaterThan(500_000);
  expect(letGo.conversations).toBeLessThanOrEqual(980_000);
});

test('packets of one conversation that is not kept count once', () => {
  const { letGo } = flood(50_000, (layer, i) => {
    if (i >= 20_000) layer.src = 1_000_000 + (i % 10);
  });
  expect(letGo.conversations).toBe(10);
});

test('a flood from an address to itself is as fast to take as another', () => {
  const { conversations, letGo } = flood(300_000, (layer) => {
    layer.dst = layer.src;
    layer.dport = layer.sport;
  });
  expect(conversations.length).toBe(20_000);
  expect(letGo.conversations).toBeGreaterThan(100_000);
});

test('a port that is used again without end keeps so many of its connections', () => {
  const { conversations } = flood(300_000, (layer) => {
    layer.src = 1;
  });
  expect(conversations.length).toBeLessThanOrEqual(20_000);
});

test('connections that are over and went well make room, those that failed stay', () => {
  function* packets(): Generator<MadePacket> {
    const failing = new Dialogue({ client: '10.9.9.9:1' });
    yield failing.syn(0);
    yield failing.syn(1);
    for (let i = 0; i < 300; i += 1)
      yield* new Dialogue({ client: `10.1.${i >> 8}.${i & 255}:40000`, at: 1002 + i }).whole();
  }
  const { conversations, letGo } = summaryOf(packets(), { most: 100 });
  expect(conversations[0]).toMatchObject({ fate: 'unanswered', client: { ip: '10.9.9.9' } });
  expect(letGo.conversations).toBeGreaterThan(100);
  // The last ACK of one that was let go begins nothing that anybody would report.
  expect(conversations.filter(({ fate }) => fate === 'unanswered').length).toBe(1);
  expect(conversations.some(({ client: { ip } }) => ip === '10.1.1.43')).toBe(true);
});

test('a table full of connections that are open takes new ones again when those are over', () => {
  function* packets(): Generator<MadePacket> {
    const many = Array.from({ length: 100 }, (_, i) => new Dialogue({ client: `10.1.0.${i}:40000` }).whole());
    for (const all of many) yield* all.slice(0, 5);
    for (const all of many) yield* all.slice(5);
    // Turned away before the table is looked through again.
    for (let i = 0; i < 150; i += 1) yield new Dialogue({ client: `10.2.0.${i}:40000`, at: 1100 }).syn();
  }
  const { conversations } = summaryOf(packets(), { most: 100 });
  expect(conversations.some(({ client: { ip } }) => ip.startsWith('10.2.'))).toBe(true);
});

test('an address as a name and addresses of IPv6 are ends as others', () => {
  const { conversations } = flood(30_000, (layer, i) => {
    layer.family = 6;
    layer.src = `fd00::${(i % 100).toString(16)}`;
    layer.dst = 'web.example';
    layer.seq = i % 100;
  });
  expect(conversations.length).toBe(100);
});

test('times that are no times, or go back, throw nothing and change no count', () => {
  for (const time of [Number.NaN, -1e300, 1e300, Number.POSITIVE_INFINITY, 0, -1]) {
    const summary = summaryOf(
      new Dialogue().whole().map((packet, i) => ({ ...packet, at: i % 2 === 0 ? time : 1000 })),
    );
    expect(summary.packets).toBe(10);
    expect(summary.conversations[0]!.fate).toBe('closed');
  }
});
