import { expect, test } from 'vitest';
import { decodeBytes } from './decode-bytes.js';
import { ethernet, filler, ipv4, joined, PODS, udp, words } from './packet-bytes.js';

const read = (datagram: Uint8Array) => decodeBytes(ethernet(0x0800, ipv4(PODS, 17, datagram)));

test('a datagram has its ports, and its payload by its own length', () => {
  expect(read(joined(udp(PODS, 5000, 6000, filler(21)), filler(3))).layers[0]).toMatchObject({
    kind: 'udp',
    sport: 5000,
    dport: 6000,
    payload: 21,
    transportChecksum: 'good',
  });
});

test('a length of less than its header, or of more than there is, is a problem', () => {
  expect(read(joined(words(5000, 6000, 7, 0), filler(4))).problem).toBe('UDP length 7 is less than its header');
  const long = read(joined(words(5000, 6000, 99, 1), filler(4)));
  expect(long.problem).toBe('UDP length 99 in a datagram with 12 bytes left');
  expect(long.layers[0]).toMatchObject({ kind: 'udp', sport: 5000, payload: 4, transportChecksum: 'unchecked' });
});

test('a length of 0 is as long as the packet', () => {
  expect(read(joined(words(5000, 6000, 0, 0), filler(4))).layers[0]).toMatchObject({ kind: 'udp', payload: 4 });
});
