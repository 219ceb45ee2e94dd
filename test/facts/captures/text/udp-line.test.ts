import { describe, expect, it } from 'vitest';
import { layerOf, packetsOf } from './text-packets.js';

const asked = (words: string) => layerOf(`22:13:50.1 IP 10.0.0.1.5000 > 10.0.0.2.53: ${words}`);
const answered = (words: string) => layerOf(`22:13:50.1 IP 10.0.0.2.domain > 10.0.0.1.5000: ${words}`);

describe('UDP', () => {
  it('has its length', () => {
    expect(asked('UDP, length 82')).toMatchObject({ kind: 'udp', protocol: 17, payload: 82 });
    expect(asked('udp 82 (DF)')).toMatchObject({ kind: 'udp', payload: 82, dontFragment: true });
  });

  it('has that of its IP packet where another protocol is printed', () => {
    const text = `22:13:56.345605 IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto UDP (17), length 76)
    10.0.0.1.123 > 10.0.0.2.123: [udp sum ok] NTPv4, Client, length 48
\tLeap indicator:  (0), Stratum 0 (unspecified), poll 0 (1s), precision 0`;
    expect(layerOf(text)).toMatchObject({ kind: 'udp', sport: 123, payload: 48, transportChecksum: 'good' });
    expect(
      layerOf(
        '22:13:56.3 IP 0.0.0.0.bootpc > 255.255.255.255.bootps: BOOTP/DHCP, Request from 52:54:00:aa:01:03 (oui Unknown), length 300',
      ),
    ).toMatchObject({ kind: 'udp', sport: 68, dport: 67 });
  });

  it('is WireGuard on its ports, the handshake by its length', () => {
    const wireguard = (length: number) =>
      layerOf(`22:13:56.3 IP 10.0.0.1.51820 > 10.0.0.2.51820: UDP, length ${length}`);
    expect(wireguard(148)).toMatchObject({ kind: 'udp', tunnel: 'wireguard', wireguardMessage: 1 });
    expect(wireguard(92)).toMatchObject({ wireguardMessage: 2 });
    expect(wireguard(128)).toMatchObject({ wireguardMessage: 4 });
    expect(wireguard(64)).toMatchObject({ tunnel: 'wireguard' });
    expect(wireguard(64).wireguardMessage).toBeUndefined();
    expect(wireguard(150).tunnel).toBeUndefined();
  });
});

describe('a DNS query', () => {
  it.each([
    ['17770+ [1au] A? www.Example.com. (44)', { id: 17770, name: 'www.example.com', type: 'A' }],
    ['1+ AAAA? a.b.svc.cluster.local. (39)', { id: 1, name: 'a.b.svc.cluster.local', type: 'AAAA' }],
    ['2+ NS? . (17)', { id: 2, name: '', type: 'NS' }],
    ['3+% Type65? x.y. (21)', { id: 3, name: 'x.y', type: 'HTTPS' }],
    ['4+ SRV? _s._tcp.x. (27)', { id: 4, name: '_s._tcp.x', type: 'SRV' }],
    ['5 Type999? z. (19)', { id: 5, name: 'z', type: 'TYPE999' }],
    ['0 PTR (QM)? _ipps._tcp.local. (35)', { id: 0, name: '_ipps._tcp.local', type: 'PTR' }],
    ['6+ [b2&3=0x182] A? q. (19)', { id: 6, name: 'q', type: 'A' }],
  ])('is read of "%s"', (words, dns) => {
    const layer = asked(words);
    expect(layer.dns).toEqual({ ...dns, response: false, rcode: 0, answers: 0, truncated: false });
    expect(layer.payload).toBe(Number(/\((\d+)\)$/.exec(words)![1]));
  });
});

describe('a DNS answer', () => {
  it.each([
    ['17770 2/0/0 A 1.2.3.4, A 1.2.3.5 (65)', { answers: 2 }],
    ['17770* 1/0/0 A 1.2.3.4 (49)', { answers: 1 }],
    ['17770 NXDomain 0/1/0 (108)', { rcode: 3 }],
    ['17770 NXDomain*- 0/1/0 (108)', { rcode: 3 }],
    ['17770 ServFail- 0/0/0 (33)', { rcode: 2 }],
    ['17770 Refused$ 0/0/0 (33)', { rcode: 5 }],
    ['17770| 0/0/0 (33)', { truncated: true }],
    ['17770 ServFail [0q] 0/0/0 (12)', { rcode: 2 }],
    ['17770 q: A? name.example. 1/0/0 name.example. A 1.2.3.4 (45)', { answers: 1, name: 'name.example', type: 'A' }],
    [
      '17770 NXDomain q: AAAA? no.example. 0/1/1 ns: example. [1m] SOA ns. host. 1 2 3 4 5 ar: . OPT UDPsize=1232 (99)',
      { rcode: 3, name: 'no.example', type: 'AAAA' },
    ],
  ])('is read of "%s"', (words, dns) => {
    expect(answered(words).dns).toEqual({
      id: 17770,
      response: true,
      name: '',
      type: '',
      rcode: 0,
      answers: 0,
      truncated: false,
      ...dns,
    });
  });

  it('is read over TCP', () => {
    expect(answered('Flags [P.], seq 1:32, ack 9, win 64240, length 31 9 NXDomain 0/0/0 (29)')).toMatchObject({
      kind: 'tcp',
      payload: 31,
      dns: { id: 9, rcode: 3 },
    });
  });
});

describe('ARP', () => {
  it.each([
    [
      'ARP, Request who-has 10.1.2.220 tell 10.1.2.9, length 28',
      { src: '10.1.2.9', dst: '10.1.2.220', arpOperation: 1 },
    ],
    [
      'ARP, Ethernet (len 6), IPv4 (len 4), Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      { dst: '10.0.0.2', arpOperation: 1 },
    ],
    [
      'ARP, Request who-has 10.0.0.2 (52:54:00:aa:01:01 (oui Unknown)) tell 10.0.0.1, length 28',
      { src: '10.0.0.1', dst: '10.0.0.2' },
    ],
    ['ARP, Request who-has 10.0.0.1 tell 10.0.0.1, length 28', { src: '10.0.0.1', dst: '10.0.0.1' }],
    ['ARP, Request who-has 10.0.0.1 tell 0.0.0.0, length 28', { src: '0.0.0.0', dst: '10.0.0.1' }],
    ['ARP, Announcement 10.0.0.1, length 28', { src: '10.0.0.1', dst: '10.0.0.1', arpOperation: 1 }],
    ['ARP, Probe 10.0.0.1, length 28', { src: '0.0.0.0', dst: '10.0.0.1', arpOperation: 1 }],
    [
      'ARP, Reply 10.1.2.220 is-at 52:54:00:aa:01:03 (oui Unknown), length 46',
      { src: '10.1.2.220', arpOperation: 2, mac: 0x525400aa0103 },
    ],
    ['arp who-has 10.1.1.1 tell 10.1.1.2', { src: '10.1.1.2', dst: '10.1.1.1', arpOperation: 1 }],
    ['arp reply 10.1.1.1 is-at 0:c:29:1:2:3', { src: '10.1.1.1', mac: 0x000c29010203, arpOperation: 2 }],
  ])('is read of "%s"', (words, arp) => {
    expect(layerOf(`10:02:11.000120 ${words}`)).toMatchObject({ kind: 'arp', ...arp });
  });

  it('has the MAC of who announces itself from the link header', () => {
    const text =
      '10:02:11.1 52:54:00:aa:01:03 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.1 tell 10.0.0.1, length 28';
    expect(packetsOf(text)[0]!.layers).toMatchObject([{ kind: 'arp', mac: 0x525400aa0103 }]);
  });
});
