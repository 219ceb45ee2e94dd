import { expect, test } from 'vitest';
import { decodeBytes } from './decode-bytes.js';
import { ethernet, filler, hex, ipv4, PODS, tcp, tcpFrame } from './packet-bytes.js';

test('the header has its fields, numbers unsigned', () => {
  const frame = tcpFrame({ sport: 40001, dport: 443, flags: 0x52, window: 65535 }, filler(10));
  expect(decodeBytes(frame).layers[0]).toMatchObject({
    kind: 'tcp',
    sport: 40001,
    dport: 443,
    seq: 0xfedcba98,
    ack: 0x89abcdef,
    flags: 0x52,
    window: 65535,
    payload: 10,
    mss: -1,
  });
});

test('the MSS of a SYN is read, wherever among the options it is', () => {
  const mss = (options: string, flags = 2) => decodeBytes(tcpFrame({ flags, options: hex(options) })).layers[0]!.mss;
  expect(mss('020405b4')).toBe(1460);
  expect(mss('01 01 0402 01 030307 0204 0582')).toBe(1410);
  expect(mss('020405b4', 0x10)).toBe(-1);
});

test('malformed options are no MSS and no problem', () => {
  for (const options of ['02000000', '08ff0000', '00000000 020405b4', '01010102', '02030555']) {
    const packet = decodeBytes(tcpFrame({ flags: 2, options: hex(options) }));
    expect([packet.problem, packet.layers[0]!.mss]).toEqual([undefined, -1]);
  }
});

test('a header of less than 20 bytes, or more than there are, is a problem', () => {
  expect(decodeBytes(tcpFrame({ headerLength: 16 })).problem).toBe('TCP header of 16 bytes');
  const long = decodeBytes(tcpFrame({ headerLength: 60 }, filler(8)));
  expect(long.problem).toBe('TCP header of 60 bytes in 28');
  expect(long.layers[0]!.sport).toBe(40000);
});

test('a segment that ends within its header is a problem, with the addresses kept', () => {
  const packet = decodeBytes(ethernet(0x0800, ipv4(PODS, 6, tcp(PODS).subarray(0, 12))));
  expect(packet.problem).toBe('TCP header runs past the end of the packet');
  expect(packet.layers[0]).toMatchObject({ kind: 'other', protocol: 6, sport: 40000 });
});

test('a header that was not captured leaves ports at most', () => {
  const frame = tcpFrame({}, filler(100));
  const cut = (length: number) => decodeBytes(frame.subarray(0, length), { originalLength: frame.length });
  expect([cut(34), cut(40)].map(({ problem }) => problem)).toEqual([undefined, undefined]);
  expect(cut(34).layers[0]).toMatchObject({ kind: 'other', protocol: 6, sport: -1 });
  expect(cut(40).layers[0]).toMatchObject({ kind: 'other', protocol: 6, sport: 40000, flags: 0 });
});
