import { describe, expect, it } from 'vitest';
import { packetsOf, readText } from './text-packets.js';

const PING = '10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64';
const startOf = (front: string, rest = PING) => {
  const [packet, more] = packetsOf(`${front}${rest}`);
  expect(more).toBeUndefined();
  expect(packet!.layers).toMatchObject([{ kind: 'icmp', src: '10.0.0.1', dst: '10.0.0.2', icmpType: 8 }]);
  return packet!;
};

describe('the time in front of a packet', () => {
  it('is one of day without options', () => {
    expect(startOf('01:32:41.173238 IP ')).toMatchObject({ time: 5561.173238, timeOfDay: true });
  });

  it('is the epoch with -tt, to the nanosecond too', () => {
    expect(startOf('1700000000.012345 IP ')).toMatchObject({ time: 1700000000.012345 });
    expect(startOf('1700000000.012345678 IP ').timeOfDay).toBeUndefined();
  });

  it('has a date with -tttt', () => {
    expect(startOf('2023-11-14 22:13:20.500000 IP ')).toMatchObject({ time: 1700000000.5 });
  });

  it('is not told where it counts from another packet (-ttt, -ttttt)', () => {
    expect(startOf(' 00:00:00.012345 IP ').time).toBeUndefined();
    expect(startOf('-00:00:00.012345 IP ').time).toBeUndefined();
  });

  it('may be missing (-t), or have the packet number in front (-#)', () => {
    expect(startOf('IP ').time).toBeUndefined();
    expect(startOf('    1  01:32:41.173238 IP ')).toMatchObject({ number: 1, time: 5561.173238 });
    expect(startOf('    1  IP ')).toMatchObject({ number: 1 });
  });

  it('may have the day of OpenBSD in front, which says no year', () => {
    expect(startOf('Nov 21 01:32:41.173238 ')).toMatchObject({ time: 5561.173238, timeOfDay: true });
  });
});

describe('what -i any prints in front of a packet', () => {
  it('is interface and direction since 4.99', () => {
    expect(startOf('01:32:41.173238 eth0  In  IP ')).toMatchObject({ iface: 'eth0', direction: 'in' });
    expect(startOf('01:32:41.173238 veth68f93aed@if3 Out IP ')).toMatchObject({
      iface: 'veth68f93aed@if3',
      direction: 'out',
    });
    expect(startOf('eth0  In  IP ')).toMatchObject({ iface: 'eth0', direction: 'in' });
  });

  it('counts broadcast, multicast and what was for others as received', () => {
    for (const type of ['B', 'M', 'P']) {
      expect(startOf(`01:32:41.173238 cni0  ${type}   IP `)).toMatchObject({ iface: 'cni0', direction: 'in' });
    }
  });

  it('has the index and one MAC with -e', () => {
    expect(
      startOf('01:32:41.1 eth0  Out ifindex 2 52:54:00:aa:01:03 ethertype IPv4 (0x0800), length 104: '),
    ).toMatchObject({ iface: 'eth0', direction: 'out', srcMac: 0x525400aa0103, originalLength: 104 });
  });

  it('has no interface in older versions, and a direction with -e alone', () => {
    expect(startOf('01:32:41.1  In 52:54:00:aa:01:03 ethertype IPv4 (0x0800), length 100: ')).toMatchObject({
      direction: 'in',
      srcMac: 0x525400aa0103,
      originalLength: 100,
    });
    expect(
      startOf('01:32:41.1 Out 52:54:00:aa:01:03 (oui Unknown) ethertype IPv4 (0x0800), length 100: '),
    ).toMatchObject({ direction: 'out', srcMac: 0x525400aa0103 });
    expect(startOf('  B 52:54:00:aa:01:03 ethertype IPv4 (0x0800), length 100: ')).toMatchObject({ direction: 'in' });
  });

  it('may be a type that stands for a tag', () => {
    expect(startOf('01:32:41.1 eth0  M   ethertype IPv4, IP ')).toMatchObject({ iface: 'eth0' });
  });
});

describe('the link header of -e', () => {
  it('gives both MACs and the length', () => {
    expect(
      startOf('01:32:41.1 52:54:00:51:d7:d0 > 52:54:00:9b:7b:7f, ethertype IPv4 (0x0800), length 98: '),
    ).toMatchObject({ srcMac: 0x52540051d7d0, dstMac: 0x5254009b7b7f, originalLength: 98 });
  });

  it('may name makers and the broadcast address', () => {
    const packets = packetsOf(
      '01:32:41.1 52:54:00:aa:01:03 (oui Unknown) > Broadcast, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
    );
    expect(packets).toMatchObject([{ srcMac: 0x525400aa0103, dstMac: 0xffffffffffff, layers: [{ kind: 'arp' }] }]);
  });

  it('has no EtherType number with -q', () => {
    expect(startOf('01:32:41.1 52:54:00:51:d7:d0 > 52:54:00:9b:7b:7f, IPv4, length 98: ')).toMatchObject({
      srcMac: 0x52540051d7d0,
    });
  });

  it('gives the outermost VLAN', () => {
    expect(
      startOf(
        '01:32:41.1 52:54:00:51:d7:d0 > 52:54:00:9b:7b:7f, ethertype 802.1Q-QinQ (0x88a8), length 62: vlan 7, p 0, ethertype 802.1Q (0x8100), vlan 9, p 0, ethertype IPv4 (0x0800), ',
      ),
    ).toMatchObject({ vlan: 7 });
    expect(
      startOf('01:32:41.1 52:54:00:51:d7:d0 > 52:54:00:9b:7b:7f, 802.1Q, length 58: vlan 5, p 1, IPv4, '),
    ).toMatchObject({ vlan: 5 });
  });

  it('is that of version 3', () => {
    expect(startOf('01:32:41.1 0:c:29:1:2:3 0:50:56:4:5:6 0800 98: ')).toMatchObject({
      srcMac: 0x000c29010203,
      dstMac: 0x005056040506,
      originalLength: 98,
    });
  });

  it('is a word on links without addresses', () => {
    startOf('01:32:41.1 ip: ');
    expect(startOf('01:32:41.1 AF IPv4 (2), length 60: ')).toMatchObject({ originalLength: 60 });
    expect(startOf('01:32:41.1 (en0, out) IP ')).toMatchObject({ iface: 'en0', direction: 'out' });
  });
});

describe('packets without IP', () => {
  it('are counted, and have no layers', () => {
    const text = `tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
22:14:11.913475 STP 802.1d, Config, Flags [none], bridge-id 0000.00:00:00:00:00:00.0000, length 35
22:14:12.925820 LLDP, length 19
22:14:12.938165 52:54:00:aa:01:03 > 52:54:00:aa:01:01, ethertype Unknown (0x1234), length 54: 
22:14:13.1 IP ${PING}`;
    const { packets, problems } = readText(text);
    expect(problems).toEqual([]);
    expect(packets.map(({ number, layers }) => [number, layers.length])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 1],
    ]);
  });

  it('keep what tcpdump says of malformed headers', () => {
    const text = `22:13:00.1 IP ${PING}\n22:14:12.950510 IP  [|ip]\n22:14:13.975200 IP bad-hlen 8`;
    expect(packetsOf(text).map(({ problem }) => problem)).toEqual([
      undefined,
      'tcpdump says: [|ip]',
      'tcpdump says: bad-hlen 8',
    ]);
  });
});
