import { describe, expect, test } from 'vitest';
import { ChecksumSum } from '../../../../src/facts/captures/decode/checksum.js';
import type { ChecksumState, Layer } from '../../../../src/facts/captures/packet.js';
import { decodeBytes, layersOf } from './decode-bytes.js';
import {
  type Ends,
  ethernet,
  filler,
  geneve,
  icmp,
  icmp6,
  internetSum,
  ipv4,
  ipv6,
  joined,
  longs,
  NODES,
  PODS,
  PODS6,
  pseudoHeader,
  tcp,
  udp,
  vxlanFrame,
  words,
} from './packet-bytes.js';

test('sums are the same at every offset and length as word by word', () => {
  const sums = new ChecksumSum();
  const buffer = Uint8Array.from({ length: 4099 }, (_, i) => (i * i * 17 + (i >> 3)) & 255);
  const wrong: string[] = [];
  for (let base = 0; base < 4; base += 1) {
    const bytes = buffer.subarray(base);
    for (let start = 0; start < 9; start += 1) {
      for (const count of [0, 1, 2, 3, 7, 20, 21, 23, 24, 25, 26, 27, 28, 40, 41, 42, 43, 1448, 1449, 4001]) {
        const end = start + count;
        if (sums.over(bytes, start, end) !== internetSum(bytes.slice(start, end)))
          wrong.push(`${base} ${start} ${count}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('sums of all ones over the longest packet do not overflow', () => {
  expect(new ChecksumSum().over(new Uint8Array(262_144).fill(0xff), 0, 262_144)).toBe(0xffff);
});

/** A copy of a segment with this in its checksum field. */
function withField(segment: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(segment);
  copy.set(words(value), at);
  return copy;
}

interface Transport {
  name: string;
  protocol: number;
  fieldAt: number;
  ends: Ends;
  segment: Uint8Array;
}
const TRANSPORTS: Transport[] = [
  { name: 'TCP', protocol: 6, fieldAt: 16, ends: PODS, segment: tcp(PODS, {}, filler(1001)) },
  { name: 'UDP', protocol: 17, fieldAt: 6, ends: PODS, segment: udp(PODS, 1000, 2000, filler(77)) },
  { name: 'TCP over IPv6', protocol: 6, fieldAt: 16, ends: PODS6, segment: tcp(PODS6, {}, filler(3)) },
  { name: 'UDP over IPv6', protocol: 17, fieldAt: 6, ends: PODS6, segment: udp(PODS6, 1000, 2000, filler(500)) },
  {
    name: 'ICMPv6',
    protocol: 58,
    fieldAt: 2,
    ends: PODS6,
    segment: icmp6(PODS6, 128, 0, words(1, 1), filler(56)),
  },
];

function frameOf({ ends, protocol }: Transport, segment: Uint8Array): Uint8Array {
  return ends === PODS
    ? ethernet(0x0800, ipv4(ends, protocol, segment))
    : ethernet(0x86dd, ipv6(ends, protocol, segment));
}

describe.each(TRANSPORTS)('the checksum of $name', (transport) => {
  const { segment, fieldAt, ends, protocol } = transport;
  const verdicts = (bytes: Uint8Array): ChecksumState[] => {
    const frame = frameOf(transport, bytes);
    const states: Layer[] = [...layersOf(decodeBytes(frame)), ...layersOf(decodeBytes(vxlanFrame(frame))).slice(1)];
    return states.map((layer) => layer.transportChecksum);
  };

  test('is good where it is right, in a tunnel too', () => {
    expect(verdicts(segment)).toEqual(['good', 'good']);
  });

  test('is bad where a byte of what it covers was changed', () => {
    for (const at of [0, 4, segment.length - 1]) {
      const changed = Uint8Array.from(segment);
      // UDP's length would be malformed rather than wrong.
      changed[at]! ^= 0x10;
      if (protocol === 17 && at === 4) continue;
      expect(verdicts(changed)).toEqual(['bad', 'bad']);
    }
  });

  test("is unfilled where it is the pseudo-header's sum, with the length or without", () => {
    for (const length of [segment.length, 0]) {
      const sum = internetSum(pseudoHeader(ends, protocol, length));
      expect(verdicts(withField(segment, fieldAt, sum))).toEqual(['unfilled', 'unfilled']);
    }
  });

  test('is not told of what was not captured to its end', () => {
    const frame = frameOf(transport, segment);
    const cut = decodeBytes(frame.subarray(0, frame.length - 1), { originalLength: frame.length });
    expect(cut.layers[0]!.transportChecksum).toBe('unchecked');
  });
});

test('a TCP checksum of 0 is left to the NIC', () => {
  const frame = ethernet(0x0800, ipv4(PODS, 6, withField(tcp(PODS), 16, 0)));
  expect(decodeBytes(frame).layers[0]!.transportChecksum).toBe('unfilled');
});

test('UDP may leave it out over IPv4, and in tunnels over IPv6', () => {
  const state = (frame: Uint8Array) => decodeBytes(frame).layers[0]!.transportChecksum;
  const plain = withField(udp(PODS, 1000, 2000, filler(20)), 6, 0);
  expect(state(ethernet(0x0800, ipv4(PODS, 17, plain)))).toBe('unchecked');
  expect(state(ethernet(0x86dd, ipv6(PODS6, 17, plain)))).toBe('bad');
  const tunnel = udp(PODS6, 1000, 6081, geneve(1, 0x0800, ipv4(PODS, 6, tcp(PODS))));
  expect(state(ethernet(0x86dd, ipv6(PODS6, 17, withField(tunnel, 6, 0))))).toBe('unchecked');
});

test('ICMP over IPv4 is good or bad: no NIC fills it in', () => {
  const state = (message: Uint8Array) =>
    decodeBytes(ethernet(0x0800, ipv4(PODS, 1, message))).layers[0]!.transportChecksum;
  const message = icmp(8, 0, longs(1), filler(33));
  expect(state(message)).toBe('good');
  expect(state(withField(message, 2, 0))).toBe('bad');
  expect(state(withField(message, 2, 0x1234))).toBe('bad');
});

test("an IPv4 header's is good, bad, or left to the NIC as 0", () => {
  const state = (value: number | undefined) => {
    const packet = ipv4(PODS, 6, tcp(PODS));
    const bytes = value === undefined ? packet : withField(packet, 10, value);
    return decodeBytes(ethernet(0x0800, bytes)).layers[0]!.ipChecksum;
  };
  expect([state(undefined), state(0x1234), state(0)]).toEqual(['good', 'bad', 'unfilled']);
});

test('the checksum of a tunnel is as unfilled as the one within, since it was made for the filled packet', () => {
  const segment = tcp(PODS, {}, filler(100));
  const filled = geneve(1, 0x0800, ipv4(PODS, 6, segment));
  const outer = udp(NODES, 1000, 6081, filled).subarray(0, 8);
  const unfilled = withField(segment, 16, internetSum(pseudoHeader(PODS, 6, segment.length)));
  const frame = ethernet(0x0800, ipv4(NODES, 17, joined(outer, geneve(1, 0x0800, ipv4(PODS, 6, unfilled)))));
  expect(layersOf(decodeBytes(frame)).map((layer) => layer.transportChecksum)).toEqual(['unfilled', 'unfilled']);
});
