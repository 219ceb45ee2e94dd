import { expect, test } from 'vitest';
import { macText } from '../../../../src/facts/captures/packet.js';
import { decodeBytes, pathOf } from './decode-bytes.js';
import { arp, ethernet, hex, joined, PODS } from './packet-bytes.js';

test('a request and a reply say who speaks, and who is asked for', () => {
  for (const operation of [1, 2]) {
    const packet = decodeBytes(ethernet(0x0806, joined(arp(operation, PODS), new Uint8Array(18))));
    expect(pathOf(packet)).toEqual(['arp 10.244.1.5 > 10.244.2.7']);
    const [layer] = packet.layers;
    expect(layer).toMatchObject({ arpOperation: operation, family: 4, protocol: -1, length: -1 });
    expect(macText(layer!.mac)).toBe('02:42:0a:00:00:01');
  }
});

test('other protocols than IPv4 are not read', () => {
  const packet = decodeBytes(ethernet(0x0806, hex('0001 86dd 0610 0001').slice()));
  expect([packet.depth, packet.problem]).toEqual([0, undefined]);
});

test('one that is too short is a problem', () => {
  expect(decodeBytes(ethernet(0x0806, arp(1, PODS).subarray(0, 20))).problem).toBe(
    'ARP header runs past the end of the packet',
  );
});
