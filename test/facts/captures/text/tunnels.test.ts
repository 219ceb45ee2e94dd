import { describe, expect, it } from 'vitest';
import { packetsOf } from './text-packets.js';

const layersOf = (text: string) => {
  const packets = packetsOf(text);
  expect(packets).toHaveLength(1);
  return packets[0]!.layers;
};
const VXLAN =
  '12:00:00.000001 IP 192.168.10.12.41234 > 192.168.10.13.8472: OTV, flags [I] (0x08), overlay 0, instance 1';
const PING = '10.244.2.2 > 10.244.3.3: ICMP echo request, id 7, seq 1, length 64';
const OUTER = { kind: 'udp', src: '192.168.10.12', dport: 8472, tunnel: 'vxlan', vni: 1 };
const INNER = { kind: 'icmp', src: '10.244.2.2', dst: '10.244.3.3', icmpType: 8 };

describe('a tunnel', () => {
  it('of VXLAN carries the packet on the next line', () => {
    expect(layersOf(`${VXLAN}\nIP ${PING}`)).toMatchObject([OUTER, INNER]);
    expect(
      layersOf(
        `${VXLAN.replace('OTV, flags [I] (0x08), overlay 0, instance', 'VXLAN, flags [I] (0x08), vni')}\nIP ${PING}`,
      ),
    ).toMatchObject([OUTER, INNER]);
  });

  it('carries a frame with -e, and ARP', () => {
    const frame = '7e:1c:9b:e4:0e:de > 7e:1c:9b:e8:c6:bd, ethertype IPv4 (0x0800), length 98: ';
    expect(layersOf(`${VXLAN}\n${frame}${PING}`)).toMatchObject([OUTER, INNER]);
    expect(layersOf(`${VXLAN}\nARP, Request who-has 10.244.3.3 tell 10.244.2.2, length 28`)).toMatchObject([
      OUTER,
      { kind: 'arp', src: '10.244.2.2', dst: '10.244.3.3' },
    ]);
  });

  it('has its headers on four lines with -v', () => {
    const text = `12:00:00.000001 IP (tos 0x0, ttl 64, id 100, offset 0, flags [none], proto UDP (17), length 134)
    192.168.10.12.41234 > 192.168.10.13.8472: [udp sum ok] OTV, flags [I] (0x08), overlay 0, instance 1
IP (tos 0x0, ttl 63, id 9, offset 0, flags [DF], proto ICMP (1), length 84)
    ${PING}`;
    expect(layersOf(text)).toMatchObject([
      { ...OUTER, ttl: 64, payload: 106 },
      { ...INNER, ttl: 63, dontFragment: true },
    ]);
  });

  it('that is cut carries what is left', () => {
    expect(layersOf(`${VXLAN}\nIP truncated-ip - 56 bytes missing! ${PING}`)).toMatchObject([OUTER, INNER]);
  });

  it('carries nothing where the next packet follows', () => {
    const packets = packetsOf(`${VXLAN}\n12:00:00.000002 IP ${PING}`);
    expect(packets.map(({ layers }) => layers.length)).toEqual([1, 1]);
  });

  it('of Geneve carries the packet on the same line, or with -v on the next', () => {
    const start = '10:00:00.1 IP 172.16.0.2.50000 > 172.16.0.3.6081: Geneve, Flags [C], vni 0x7';
    const outer = { kind: 'udp', tunnel: 'geneve', vni: 7 };
    expect(layersOf(`${start}, proto TEB (0x6558), options [8 bytes]: IP ${PING}`)).toMatchObject([outer, INNER]);
    expect(layersOf(`${start}: IP ${PING}`)).toMatchObject([outer, INNER]);
    expect(
      layersOf(
        `${start}, options [class Open Virtual Networking (OVN) (0x102) type 0x80(C) len 8 data 61626364]\n\tIP ${PING}`,
      ),
    ).toMatchObject([outer, INNER]);
  });

  it('of IP in IP carries the packet on the same line', () => {
    const start = '10:00:00.1 IP 172.16.0.2 > 172.16.0.3:';
    const outer = { kind: 'other', protocol: 4, tunnel: 'ipip', src: '172.16.0.2' };
    expect(layersOf(`${start} IP ${PING} (ipip-proto-4)`)).toMatchObject([outer, INNER]);
    expect(layersOf(`${start} ${PING}`)).toMatchObject([outer, INNER]);
    expect(layersOf(`${start} IP6 fd00::1 > fd00::2: ICMP6, echo request, id 77, seq 3, length 28`)).toMatchObject([
      { ...outer, protocol: 41 },
      { kind: 'icmp6' },
    ]);
  });

  it('of GRE carries the packet on the same line, or with -v on the next', () => {
    const start = '10:00:00.1 IP 172.16.0.2 > 172.16.0.3: GREv0';
    const outer = { kind: 'other', protocol: 47, tunnel: 'gre' };
    expect(layersOf(`${start}, length 88: IP ${PING}`)).toMatchObject([outer, INNER]);
    expect(layersOf(`${start}, key=0x2a, proto IPv4 (0x0800), length 92: ${PING}`)).toMatchObject([
      { ...outer, vni: 42 },
      INNER,
    ]);
    expect(layersOf(`${start}, Flags [none], length 102\n\tIP ${PING}`)).toMatchObject([outer, INNER]);
  });

  it('is known by its port where -q prints nothing of it', () => {
    expect(layersOf('10:00:00.1 IP 172.16.0.2.50000 > 172.16.0.3.8472: UDP, length 106')).toMatchObject([
      { kind: 'udp', tunnel: 'vxlan', payload: 106 },
    ]);
  });

  it('may nest no deeper than a packet has layers', () => {
    const text = `10:00:00.1 IP 172.16.0.2 > 172.16.0.3: ${'IP 10.0.0.1 > 10.0.0.2: '.repeat(20)}IP ${PING}`;
    expect(layersOf(text)).toHaveLength(6);
  });
});
