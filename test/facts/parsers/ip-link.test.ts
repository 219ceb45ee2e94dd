import { describe, expect, it } from 'vitest';
import { ipLink } from '../../../src/facts/parsers/ip-link.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const DETAILED = `
2: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether 52:54:00:b3:7b:4e brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    veth addrgenmode eui64 numtxqueues 2 numrxqueues 2 gso_max_size 65536 gso_max_segs 65535 
3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 7e:1c:9b:ba:30:9a brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    vxlan id 1 local 192.168.10.11 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum addrgenmode eui64 
4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether 0a:58:0a:f3:35:64 brd ff:ff:ff:ff:ff:ff promiscuity 0 
    bridge forward_delay 1500 hello_time 200 max_age 2000 nf_call_iptables 0 nf_call_ip6tables 0 
5: vethfc71bb1b@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP mode DEFAULT group default qlen 1000
    link/ether 56:ec:85:1b:55:5d brd ff:ff:ff:ff:ff:ff link-netns cni-efd26cf7 promiscuity 1 
    veth 
    bridge_slave state forwarding priority 32 cost 2 hairpin off guard off root_block off fastleave off learning on flood on 
`;

const STATISTICS = `
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000
    link/ether 52:54:00:b3:7b:4e brd ff:ff:ff:ff:ff:ff
    RX:  bytes packets errors dropped  missed   mcast           
        464077     978      3       5       0       0 
    RX errors:  length    crc   frame    fifo overrun
                     0      0       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
        360271     567      0       7       0       0 
    TX errors: aborted   fifo  window heartbt transns
                     0      0       0       0       1 
`;

describe('ip link', () => {
  it('reads kinds, the tunnel and the bridge port of -d', () => {
    const parsed = parseOutput(ipLink, 'ip -d link', DETAILED);
    expect(parsed.problems).toEqual([]);
    const links = parsed.records('link');
    expect(links.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'eth0 veth',
      'flannel.1 vxlan',
      'cni0 bridge',
      'vethfc71bb1b veth',
    ]);
    expect(links[1]?.vxlan).toEqual({ id: 1, local: '192.168.10.11', dev: 'eth0', port: 8472, learning: false });
    expect(links[3]).toMatchObject({ master: 'cni0', peer: 'if2' });
    expect(parsed.records('bridge-port')).toEqual([
      { dev: 'vethfc71bb1b', master: 'cni0', state: 'forwarding', hairpin: false },
    ]);
  });

  it('reads the ends of a tunnel, where it has fixed ones', () => {
    const parsed = parseOutput(
      ipLink,
      'ip -d link',
      [
        '7: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000',
        '    link/ipip 0.0.0.0 brd 0.0.0.0 promiscuity 0 ',
        '    ipip any remote any local any ttl inherit nopmtudisc addrgenmode eui64 ',
        '8: gre1@NONE: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1476 qdisc noqueue state UNKNOWN mode DEFAULT group default',
        '    link/gre 10.0.0.1 peer 10.0.0.2 promiscuity 0 ',
        '    gre remote 10.0.0.2 local 10.0.0.1 ttl inherit addrgenmode eui64 ',
      ].join('\n'),
    );
    const [any, fixed] = parsed.records('link');
    expect(any?.tunnel).toBeUndefined();
    expect(fixed?.tunnel).toEqual({ local: '10.0.0.1', remote: '10.0.0.2' });
  });

  it('reads the totals of -s, and is not misled by the second tables of -s -s', () => {
    expect(parseOutput(ipLink, 'ip -s -s link', STATISTICS).records('link')[0]).toMatchObject({
      rx: { packets: 978, errors: 3, dropped: 5 },
      tx: { packets: 567, errors: 0, dropped: 7 },
    });
  });

  it('reads the older statistics headings', () => {
    const parsed = parseOutput(
      ipLink,
      'ip -s link',
      `
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT qlen 1
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    RX: bytes  packets  errors  dropped overrun mcast   
    84190      1102     0       0       0       0       
    TX: bytes  packets  errors  dropped carrier collsns 
    84190      1102     0       0       0       0       `,
    );
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('link')[0]?.rx?.packets).toBe(1102);
  });

  it('reads other kinds of tunnels and devices', () => {
    for (const [detail, kind] of [
      ['    ipip any remote any local any ttl inherit nopmtudisc addrgenmode eui64', 'ipip'],
      ['    wireguard numtxqueues 1 numrxqueues 1', 'wireguard'],
      ['    geneve external id 0 ttl 64 dstport 6081 noudpcsum', 'geneve'],
      ['    vlan protocol 802.1Q id 100 <REORDER_HDR>', 'vlan'],
      ['    dummy addrgenmode eui64', 'dummy'],
      ['    netkit l3 peer policy', 'netkit'],
    ] as const) {
      const text = `7: dev0: <NOARP,UP> mtu 1480 qdisc noqueue state UNKNOWN\n    link/ether 7e:1c:9b:ba:30:9a brd ff:ff:ff:ff:ff:ff\n${detail}`;
      expect(parseOutput(ipLink, 'ip -d link', text).records('link')[0]?.kind).toBe(kind);
    }
  });

  it('reads the brief and the one-line form', () => {
    expect(
      parseOutput(
        ipLink,
        'ip -br link',
        'lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> ',
      ).records('link'),
    ).toEqual([{ name: 'lo', flags: ['LOOPBACK', 'UP', 'LOWER_UP'], state: 'UNKNOWN', mac: '00:00:00:00:00:00' }]);
    const oneLine =
      '2: eth0: <BROADCAST,UP> mtu 1500 qdisc mq state DOWN qlen 1000\\    link/ether 52:54:00:b3:7b:4e brd ff:ff:ff:ff:ff:ff';
    expect(parseOutput(ipLink, 'ip -o link', oneLine).records('link')[0]).toMatchObject({
      state: 'DOWN',
      mac: '52:54:00:b3:7b:4e',
    });
  });

  it('reports a malformed statistics line with its number', () => {
    const parsed = parseOutput(ipLink, 'ip -s link', STATISTICS.replace('        464077     978 ', '        464077 '));
    expect(parsed.problems).toHaveLength(1);
    expect(parsed.problems[0]?.line).toBe(4);
    expect(parsed.records('link')[0]).not.toHaveProperty('rx');
    expect(parsed.records('link')[0]?.tx?.packets).toBe(567);
  });

  it('is told by its command or its content', () => {
    expectReads(
      ipLink,
      ['ip_link', 'ip_l', 'ip_-d_link', 'ip_-s_-s_link', 'ip_-d_link_show_flannel.1'],
      ['ip_addr', 'bridge_link', 'ip_link_set_x_up'],
    );
    expect(ipLink.recognises?.(DETAILED.trim().split('\n'))).toBe(true);
    expect(ipLink.recognises?.(['5: veth0@eth0: <UP> mtu 1450 master cni0 state forwarding priority 32 cost 2'])).toBe(
      false,
    );
  });

  it('survives damage', () => {
    expectToSurviveDamage(ipLink, 'ip -d link', DETAILED);
    expectToSurviveDamage(ipLink, 'ip -s link', STATISTICS);
  });
});
