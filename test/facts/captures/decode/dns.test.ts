import { describe, expect, test } from 'vitest';
import { decodeBytes } from './decode-bytes.js';
import { dns, dnsName, ethernet, filler, hex, ipv4, joined, PODS, tcpFrame, udp, words } from './packet-bytes.js';

const SERVICE = 'kubernetes.default.svc.cluster.local';
const overUdp = (message: Uint8Array, sport = 40000, dport = 53) =>
  decodeBytes(ethernet(0x0800, ipv4(PODS, 17, udp(PODS, sport, dport, message)))).layers[0]!.dns;
const overTcp = (payload: Uint8Array) => decodeBytes(tcpFrame({ dport: 53 }, payload)).layers[0]!.dns;
const header = (questions: number) => words(1, 0x0100, questions, 0, 0, 0);

test('a query has its name, in lower case, and its type', () => {
  expect(overUdp(dns('Kubernetes.Default.svc.cluster.local', { type: 28 }))).toEqual({
    id: 0xbeef,
    response: false,
    name: SERVICE,
    type: 'AAAA',
    rcode: 0,
    answers: 0,
    truncated: false,
  });
});

test('an answer has its code, its count of answers and whether it was cut short', () => {
  const message = dns(SERVICE, { flags: 0x8380, answers: 2 });
  expect(overUdp(message, 53, 40000)).toMatchObject({ response: true, truncated: true, answers: 2, rcode: 0 });
  expect(overUdp(dns(SERVICE, { flags: 0x8183 }), 53, 40000)).toMatchObject({ response: true, rcode: 3 });
});

test('a type without a name here has its number', () => {
  expect(overUdp(dns('a.b', { type: 4242 }))!.type).toBe('TYPE4242');
});

test('the root and a message without a question have no name', () => {
  expect(overUdp(joined(header(1), [0], words(2, 1)))).toMatchObject({ name: '', type: 'NS' });
  expect(overUdp(header(0))).toMatchObject({ name: '', type: '' });
});

test('bytes that are no text are escaped', () => {
  expect(overUdp(dns('a\u001b[31m.b c.\u00e9'))!.name).toBe('a\\027[31m.b\\032c.\\233');
  expect(overUdp(joined(header(1), [3], Buffer.from('a.b'), [0], words(1, 1)))!.name).toBe('a\\.b');
});

describe('compression pointers', () => {
  test('are followed backwards', () => {
    // A name that ends in the label before it, as no question does, but as one may.
    const message = joined(header(2), dnsName('a.b'), words(1, 1));
    expect(overUdp(message)!.name).toBe('a.b');
    expect(overUdp(joined(header(1), [1, 0x61, 0xc0, 12 + 4, 0], words(1, 1)))).toBeUndefined();
  });

  test('that loop or point into the header make no message', () => {
    for (const name of ['c00c', '0161 c00c', 'c000', 'c0ff']) {
      expect(overUdp(joined(header(1), hex(name), words(1, 1)))).toBeUndefined();
    }
  });
});

test('a name or label that is too long makes no message', () => {
  const long = new Array<string>(5).fill('x'.repeat(60)).join('.');
  expect(overUdp(joined(header(1), dnsName(long), words(1, 1)))).toBeUndefined();
  expect(overUdp(joined(header(1), [64], filler(64), [0], words(1, 1)))).toBeUndefined();
});

test('of a message whose question was not captured the header is known', () => {
  const frame = ethernet(0x0800, ipv4(PODS, 17, udp(PODS, 53, 40000, dns(SERVICE, { flags: 0x8182 }))));
  const cut = (length: number) =>
    decodeBytes(frame.subarray(0, length), { originalLength: frame.length }).layers[0]!.dns;
  expect(cut(68)).toMatchObject({ rcode: 2, name: '', type: '' });
  expect(cut(50)).toBeUndefined();
});

test('other ports carry none', () => {
  expect(overUdp(dns(SERVICE), 40000, 5353)).toBeUndefined();
});

describe('over TCP', () => {
  const message = dns(SERVICE);

  test('a segment that a message begins is read, also where more of it follows', () => {
    expect(overTcp(joined(words(message.length), message))).toMatchObject({ name: SERVICE, type: 'A' });
    expect(overTcp(joined(words(4000), message))).toMatchObject({ name: SERVICE });
  });

  test('a segment from the middle of a stream is not', () => {
    expect(overTcp(filler(400))).toBeUndefined();
    expect(overTcp(message)).toBeUndefined();
    expect(overTcp(words(message.length))).toBeUndefined();
  });
});
