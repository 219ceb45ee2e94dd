import { describe, expect, it } from 'vitest';
import { layerOf, packetsOf } from './text-packets.js';

describe('the IP header of -v', () => {
  it('is read with the addresses on the next line', () => {
    const text = `22:13:20.1 IP (tos 0x2,ECT(0), ttl 63, id 4711, offset 0, flags [DF], proto TCP (6), length 60)
    10.0.0.1.4000 > 10.0.0.2.80: Flags [S], cksum 0x1b1a (correct), seq 9, win 64240, length 0`;
    expect(layerOf(text)).toMatchObject({
      ttl: 63,
      id: 4711,
      dontFragment: true,
      length: 60,
      sport: 4000,
      transportChecksum: 'good',
    });
  });

  it('is read where pasting has taken the white space in front', () => {
    const text = `22:13:20.1 IP (tos 0x0, ttl 63, id 4711, offset 0, flags [none], proto ICMP (1), length 84)
10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64`;
    expect(layerOf(text)).toMatchObject({ ttl: 63, src: '10.0.0.1', icmpType: 8 });
  });

  it('is read with the addresses on the same line, of IPv6 and of version 3.9', () => {
    expect(
      layerOf(
        '22:13:20.1 IP6 (flowlabel 0x3a1ff, hlim 64, next-header TCP (6) payload length: 40) fd00::1.4000 > fd00::2.80: Flags [S], seq 1, win 1, length 0',
      ),
    ).toMatchObject({ family: 6, ttl: 64, length: 80, protocol: 6, dport: 80 });
    expect(
      layerOf(
        '22:13:20.1 IP (tos 0x0, ttl  64, id 7, offset 0, flags [DF], length: 84) 10.0.0.1 > 10.0.0.2: icmp 64: echo request seq 1',
      ),
    ).toMatchObject({ ttl: 64, id: 7, dontFragment: true, length: 84, icmpType: 8 });
  });

  it('tells of a bad checksum, and of one that is left to the NIC', () => {
    const text = (
      bad: string,
    ) => `22:13:20.1 IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto TCP (6), length 40, bad cksum ${bad} (->26c7)!)
    10.0.0.1.4000 > 10.0.0.2.80: Flags [S], cksum 0x8d17 (correct), seq 1000, win 64240, length 0`;
    expect(layerOf(text('1234')).ipChecksum).toBe('bad');
    expect(layerOf(text('0')).ipChecksum).toBe('unfilled');
  });

  it('leaves no packet with addresses of its own where these are missing', () => {
    const text = `22:13:20.1 IP (tos 0x0, ttl 63, id 4711, offset 0, flags [none], proto ICMP (1), length 84)
22:13:20.2 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64`;
    expect(packetsOf(text)).toMatchObject([{ layers: [], problem: 'its addresses are missing' }, { layers: [{}] }]);
  });
});

describe('fragments', () => {
  it('are told by -v', () => {
    const text = `01:32:41.173840 IP (tos 0x0, ttl 64, id 62092, offset 0, flags [+], proto UDP (17), length 1444)
    192.168.10.12.60240 > 192.168.10.13.9999: UDP, length 1474
01:32:41.173842 IP (tos 0x0, ttl 64, id 62092, offset 1424, flags [none], proto UDP (17), length 76)
    192.168.10.12 > 192.168.10.13: ip-proto-17`;
    expect(packetsOf(text).map(({ layers }) => layers[0])).toMatchObject([
      { kind: 'udp', moreFragments: true, payload: 1416, id: 62092 },
      { kind: 'fragment', protocol: 17, fragmentOffset: 1424, id: 62092, payload: 56 },
    ]);
  });

  it('are told without -v where they are later ones', () => {
    for (const protocol of ['ip-proto-17', 'udp']) {
      const layer = layerOf(`01:32:41.1 IP 192.168.10.12 > 192.168.10.13: ${protocol}`);
      expect(layer).toEqual({ kind: 'fragment', src: '192.168.10.12', dst: '192.168.10.13', protocol: 17 });
    }
  });

  it('are no protocol that nobody knows', () => {
    expect(layerOf('01:32:41.1 IP 10.0.0.1 > 10.0.0.2:  ip-proto-99 20')).toMatchObject({
      kind: 'other',
      protocol: 99,
    });
  });

  it('are those of IPv6', () => {
    const text = `22:13:47.1 IP6 (hlim 64, next-header Fragment (44) payload length: 1008) fd00::1 > fd00::2: frag (0x00001234:0|1000) 5000 > 6000: UDP, length 1400
22:13:47.2 IP6 fd00::1 > fd00::2: frag (1000|408)`;
    expect(packetsOf(text).map(({ layers }) => layers[0])).toMatchObject([
      { kind: 'udp', id: 0x1234, moreFragments: true, sport: 5000, dport: 6000, payload: 992 },
      { kind: 'fragment', fragmentOffset: 1000, payload: 408 },
    ]);
  });

  it('are those of version 3', () => {
    const text = `22:13:47.1 10.0.0.1.5000 > 10.0.0.2.6000: udp 1472 (frag 242:1480@0+)
22:13:47.2 10.0.0.1 > 10.0.0.2: udp (frag 242:20@1480)
22:13:47.3 10.0.0.1 > 10.0.0.2: (frag 242:20@1480)`;
    expect(packetsOf(text).map(({ layers }) => layers[0])).toMatchObject([
      { kind: 'udp', id: 242, moreFragments: true, dport: 6000 },
      { kind: 'fragment', id: 242, fragmentOffset: 1480, protocol: 17 },
      { kind: 'fragment', id: 242, fragmentOffset: 1480 },
    ]);
  });
});

describe('transport checksums of -v', () => {
  const tcp = (
    cksum: string,
    length = 60,
  ) => `01:32:41.1 IP (tos 0x0, ttl 63, id 1, offset 0, flags [DF], proto TCP (6), length ${length})
    10.244.3.2.54384 > 10.244.2.2.8080: Flags [S], cksum ${cksum}, seq 1, win 64860, length 0`;
  const udp = (cksum: string) => `22:13:58.1 IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto UDP (17), length 37)
    10.0.0.1.5001 > 10.0.0.2.6001: [${cksum}] UDP, length 9`;

  it('are left to the NIC where the sum of the pseudo-header stands there, or TCP has none', () => {
    expect(layerOf(tcp('0x1b1a (incorrect -> 0x539c)')).transportChecksum).toBe('unfilled');
    expect(layerOf(tcp('0x0000 (incorrect -> 0x539c)')).transportChecksum).toBe('unfilled');
    expect(layerOf(udp('bad udp cksum 0x1425 -> 0x8a09!')).transportChecksum).toBe('unfilled');
  });

  it('are bad where anything else does', () => {
    expect(layerOf(tcp('0x1b1b (incorrect -> 0x539c)')).transportChecksum).toBe('bad');
    expect(layerOf(udp('bad udp cksum 0x1234 -> 0x8a09!')).transportChecksum).toBe('bad');
  });

  it('are not known where there is none, or nothing was said', () => {
    expect(layerOf(udp('no cksum')).transportChecksum).toBeUndefined();
    expect(layerOf('22:13:58.1 IP 10.0.0.1.5001 > 10.0.0.2.6001: UDP, length 9').transportChecksum).toBeUndefined();
  });

  it('are not known where the addresses are names', () => {
    const text = tcp('0x1b1a (incorrect -> 0x539c)').replace('10.244.3.2.', 'web-0.');
    expect(layerOf(text).transportChecksum).toBeUndefined();
  });

  it('are those of IPv6', () => {
    const text =
      '22:13:46.1 IP6 (hlim 64, next-header TCP (6) payload length: 28) fd00::1.4000 > fd00::2.443: Flags [S], cksum 0xfa26 (incorrect -> 0x32bc), seq 1000, win 64240, length 0';
    expect(layerOf(text).transportChecksum).toBe('unfilled');
  });

  const tunnel = (
    from: string,
    outer: string,
    inner: string,
  ) => `01:28:27.6 IP (tos 0x0, ttl 64, id 14861, offset 0, flags [none], proto UDP (17), length 110)
    ${from}.55249 > 192.168.10.12.8472: [bad udp cksum ${outer}!] OTV, flags [I] (0x08), overlay 0, instance 1
IP (tos 0x0, ttl 64, id 23711, offset 0, flags [DF], proto TCP (6), length 60)
    10.244.3.${inner}, seq 1041226217, win 64240, length 0`;
  const states = (text: string) => packetsOf(text)[0]!.layers.map((layer) => layer.transportChecksum);

  it('of a tunnel are made for the inner one as the NIC will fill it', () => {
    const inner = '2.54384 > 10.244.2.2.8080: Flags [S], cksum 0x1b1a (incorrect -> 0x539c)';
    expect(states(tunnel('192.168.10.13', '0x9ccc -> 0xd54e', inner))).toEqual(['unfilled', 'unfilled']);
  });

  it('of a tunnel stay bad where masquerading turned them the wrong way', () => {
    const inner = '0.54314 > 10.244.2.2.8080: Flags [S], cksum 0x1b18 (incorrect -> 0x53bf)';
    expect(states(tunnel('192.168.10.228', '0x7233 -> 0xa92c', inner))).toEqual(['bad', 'unfilled']);
  });
});
