import { describe, expect, it } from 'vitest';
import { layerOf, packetsOf } from './text-packets.js';

const error = (words: string) => layerOf(`22:13:22.1 IP 10.0.0.254 > 10.0.0.1: ICMP ${words}, length 36`);
const error6 = (words: string) => layerOf(`22:13:22.1 IP6 fd00::fe > fd00::1: ICMP6, ${words}, length 68`);

describe('ICMP', () => {
  it('has echo messages with their identifier and number', () => {
    expect(error('echo request, id 77, seq 3')).toMatchObject({
      icmpType: 8,
      icmpCode: 0,
      icmpId: 77,
      icmpSeq: 3,
      payload: 28,
    });
    expect(error('echo reply, id 77, seq 3')).toMatchObject({ icmpType: 0, icmpId: 77, icmpSeq: 3 });
  });

  it.each([
    ['net 10.0.0.2 unreachable', 3, 0],
    ['host 10.0.0.2 unreachable', 3, 1],
    ['10.0.0.2 protocol 17 unreachable', 3, 2],
    ['10.0.0.2 udp port 53 unreachable', 3, 3],
    ['10.0.0.2 tcp port 80 unreachable', 3, 3],
    ['10.0.0.2 unreachable - need to frag (mtu 1400)', 3, 4],
    ['10.0.0.2 unreachable - need to frag', 3, 4],
    ['10.0.0.2 unreachable - source route failed', 3, 5],
    ['net 10.0.0.2 unreachable - unknown', 3, 6],
    ['host 10.0.0.2 unreachable - unknown', 3, 7],
    ['10.0.0.2 unreachable - source host isolated', 3, 8],
    ['net 10.0.0.2 unreachable - admin prohibited', 3, 9],
    ['host 10.0.0.2 unreachable - admin prohibited', 3, 10],
    ['net 10.0.0.2 unreachable - tos prohibited', 3, 11],
    ['host 10.0.0.2 unreachable - tos prohibited', 3, 12],
    ['host 10.0.0.2 unreachable - admin prohibited filter', 3, 13],
    ['host 10.0.0.2 unreachable - host precedence violation', 3, 14],
    ['host 10.0.0.2 unreachable - precedence cutoff', 3, 15],
    ['10.0.0.2 unreachable - #16', 3, 16],
    ['redirect 10.0.0.2 to net 10.0.0.9', 5, 0],
    ['redirect 10.0.0.2 to host 10.0.0.9', 5, 1],
    ['redirect-tos 10.0.0.2 to host 10.0.0.9', 5, 3],
  ])('tells of "%s" type %i and code %i, and about which packet it is', (words, icmpType, icmpCode) => {
    expect(error(words)).toMatchObject({ icmpType, icmpCode, quoted: { src: '10.0.0.1', dst: '10.0.0.2' } });
  });

  it.each([
    ['time exceeded in-transit', 11, 0],
    ['ip reassembly time exceeded', 11, 1],
    ['time exceeded-#2', 11, 2],
    ['source quench', 4, 0],
    ['parameter problem - octet 10', 12, 0],
    ['parameter problem - code 1', 12, 1],
    ['router solicitation', 10, 0],
    ['time stamp query id 2560 seq 9', 13, 0],
  ])('tells of "%s" type %i and code %i', (words, icmpType, icmpCode) => {
    const layer = error(words);
    expect(layer).toMatchObject({ icmpType, icmpCode });
    expect(layer.quoted).toBeUndefined();
  });

  it('says which port nobody listens on', () => {
    expect(error('10.0.0.2 udp port domain unreachable').quoted).toMatchObject({
      kind: 'udp',
      protocol: 17,
      dport: 53,
    });
    expect(error('10.0.0.2 tcp port 80 unreachable').quoted).toMatchObject({ kind: 'tcp', protocol: 6, dport: 80 });
  });

  it('says which MTU', () => {
    expect(error('10.250.2.2 unreachable - need to frag (mtu 1427)').mtu).toBe(1427);
  });

  it('quotes the whole packet with -v, with -e as without', () => {
    const text = (
      word: string,
    ) => `22:13:23.135795 IP (tos 0x0, ttl 63, id 9, offset 0, flags [none], proto ICMP (1), length 56)
    10.0.0.254 > 10.0.0.1: ICMP 10.0.0.2 udp port 53 unreachable, length 36
\t${word}(tos 0x0, ttl 61, id 7, offset 0, flags [DF], proto UDP (17), length 40)
    10.0.0.1.5000 > 10.0.0.2.53:  [|domain]`;
    for (const word of ['IP ', '']) {
      expect(layerOf(text(word))).toMatchObject({
        src: '10.0.0.254',
        ttl: 63,
        icmpCode: 3,
        quoted: { kind: 'udp', ttl: 61, id: 7, src: '10.0.0.1', sport: 5000, dst: '10.0.0.2', dport: 53 },
      });
    }
  });

  it('does not take a tunnel within the quoted packet for a packet', () => {
    const text = `22:14:13.987545 IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto ICMP (1), length 126)
    10.0.0.254 > 10.0.0.1: ICMP host 10.0.0.2 unreachable, length 106
\tIP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto UDP (17), length 98)
    10.0.0.1.50000 > 10.0.0.2.8472: [no cksum] OTV, flags [I] (0x08), overlay 0, instance 1
IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto TCP (6), length 48)
    10.244.1.2.3333 > 10.244.2.2.80: Flags [S], cksum 0x190e (incorrect -> 0x5e06), seq 1000, win 64240, length 0`;
    const layer = layerOf(text);
    expect(layer.quoted).toMatchObject({ kind: 'udp', dport: 8472 });
    expect(layer.tunnel).toBeUndefined();
  });

  it('does not take the next packet for a quoted one', () => {
    const text = `IP 10.0.0.254 > 10.0.0.1: ICMP time exceeded in-transit, length 36
IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64`;
    expect(packetsOf(text)).toHaveLength(2);
  });

  it('is read as version 3 prints it', () => {
    expect(
      layerOf('22:13:22.1 10.0.0.254 > 10.0.0.1: icmp: 10.0.0.2 udp port 53 unreachable (DF) [tos 0xc0]'),
    ).toMatchObject({
      kind: 'icmp',
      icmpCode: 3,
      dontFragment: true,
      quoted: { dport: 53 },
    });
    expect(layerOf('22:13:22.1 IP 10.0.0.1 > 10.0.0.2: icmp 64: echo request seq 1')).toMatchObject({
      icmpType: 8,
      icmpSeq: 1,
    });
  });
});

describe('ICMPv6', () => {
  it.each([
    ['destination unreachable, unreachable route fd00::2', 1, 0],
    ['destination unreachable,  unreachable prohibited fd00::2', 1, 1],
    ['destination unreachable, beyond scope fd00::2, source address fd00::1', 1, 2],
    ['destination unreachable, unreachable address fd00::2', 1, 3],
    ['destination unreachable, unreachable port, fd00::2 udp port 53', 1, 4],
  ])('tells of "%s" type %i and code %i, and about which packet it is', (words, icmpType, icmpCode) => {
    expect(error6(words)).toMatchObject({ family: 6, icmpType, icmpCode, quoted: { src: 'fd00::1', dst: 'fd00::2' } });
  });

  it.each([
    ['packet too big, mtu 1430', { icmpType: 2, icmpCode: 0, mtu: 1430 }],
    ['time exceeded in-transit', { icmpType: 3, icmpCode: 0 }],
    ['time exceeded in-transit (reassembly)', { icmpType: 3, icmpCode: 1 }],
    ['echo request, id 77, seq 3', { icmpType: 128, icmpId: 77, icmpSeq: 3 }],
    ['echo reply, seq 3', { icmpType: 129, icmpSeq: 3 }],
    ['neighbor solicitation, who has fd00::2', { icmpType: 135, target: 'fd00::2' }],
    ['neighbor advertisement, tgt is fd00::2', { icmpType: 136, target: 'fd00::2' }],
    ['router advertisement', { icmpType: 134 }],
  ])('tells of "%s" what it says', (words, said) => {
    expect(error6(words)).toMatchObject(said);
  });

  it('says with -v whose MAC an advertisement claims', () => {
    const text = `22:13:39.703665 IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) fd00::2 > fd00::1: [icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is fd00::2, Flags [solicited, override]
\t  destination link-address option (2), length 8 (1): 52:54:00:aa:01:01`;
    expect(layerOf(text)).toMatchObject({
      target: 'fd00::2',
      mac: 0x525400aa0101,
      transportChecksum: 'good',
      ttl: 255,
    });
  });

  it('is read behind extension headers', () => {
    const text =
      '22:13:46.1 IP6 (hlim 1, next-header Options (0) payload length: 36) fe80::1 > ff02::16: HBH (rtalert: 0x0000) (padn) [icmp6 sum ok] ICMP6, multicast listener report v2, 1 group record(s) [gaddr ff02::1:ff00:2 to_ex { }]';
    expect(layerOf(text)).toMatchObject({ kind: 'icmp6', protocol: 58, icmpType: 143 });
  });
});
