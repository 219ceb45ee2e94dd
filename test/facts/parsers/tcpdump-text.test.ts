import { describe, expect, it } from 'vitest';
import { tcpdumpText } from '../../../src/facts/parsers/tcpdump-text.js';
import { readFile, survivesDamage } from './read-file.js';

const read = (text: string, subject = 'capture/n1/eth0', command = 'tcpdump -i eth0') =>
  readFile(tcpdumpText, command, text, { subject });
const packets = (text: string) => read(text).of('packet');

const REDIRECT = `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
19:41:10.002311 IP 10.0.0.42.51320 > 10.20.30.10.443: Flags [S], seq 1980110231, win 64240, options [mss 1460,sackOK,TS val 20119910 ecr 0,nop,wscale 7], length 0
19:41:10.002702 IP 10.0.0.1 > 10.0.0.42: ICMP redirect 10.20.30.10 to host 10.0.0.223, length 68
19:41:10.004018 IP 10.0.0.42.51320 > 10.20.30.10.443: Flags [P.], seq 1:518, ack 1, win 502, options [nop,nop,TS val 20119912 ecr 990211], length 517
3 packets captured
3 packets received by filter
0 packets dropped by kernel`;
const VXLAN = `12:00:00.000001 IP 192.168.10.12.41234 > 192.168.10.13.8472: OTV, flags [I] (0x08), overlay 0, instance 1
IP 10.244.2.2 > 10.244.3.3: ICMP echo request, id 7, seq 1, length 64
12:00:00.000002 IP 192.168.10.13.41234 > 192.168.10.12.8472: OTV, flags [I] (0x08), overlay 0, instance 1
IP 10.244.3.3 > 10.244.2.2: ICMP echo reply, id 7, seq 1, length 64`;

describe('tcpdump text', () => {
  it('reads TCP and ICMP, and leaves banner and counts out', () => {
    const { records, problems } = read(REDIRECT);
    expect(problems).toEqual([]);
    expect(records.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(records.map(({ value }) => value)).toEqual([
      {
        src: '10.0.0.42',
        dst: '10.20.30.10',
        proto: 'tcp',
        sport: 51320,
        dport: 443,
        flags: 'S',
        seq: 1980110231,
        length: 0,
      },
      { src: '10.0.0.1', dst: '10.0.0.42', proto: 'icmp', length: 68, info: 'redirect 10.20.30.10 to host 10.0.0.223' },
      {
        src: '10.0.0.42',
        dst: '10.20.30.10',
        proto: 'tcp',
        sport: 51320,
        dport: 443,
        flags: 'P.',
        seq: 1,
        length: 517,
      },
    ]);
  });

  it('reads port names and captures without time stamps', () => {
    const text = `IP 10.64.142.184.34552 > 10.250.2.2.http: Flags [.], seq 1:1399, ack 9714, win 501, length 1398: HTTP: POST /api/upload HTTP/1.1
IP 10.64.0.4 > 10.64.142.4: ICMP 10.250.2.2 unreachable - need to frag (mtu 1427), length 1400
IP 10.64.0.4 > 10.64.142.4: icmp`;
    expect(packets(text)).toEqual([
      {
        src: '10.64.142.184',
        dst: '10.250.2.2',
        proto: 'tcp',
        sport: 34552,
        dport: 80,
        flags: '.',
        seq: 1,
        length: 1398,
      },
      { src: '10.64.0.4', dst: '10.64.142.4', proto: 'icmp', length: 1400, info: 'need to frag (mtu 1427)' },
      { src: '10.64.0.4', dst: '10.64.142.4', proto: 'icmp' },
    ]);
  });

  it('reads ARP', () => {
    const text =
      '10:02:11.000120 ARP, Request who-has 10.1.2.220 tell 10.1.2.9, length 28\n10:02:11.000401 ARP, Reply 10.1.2.220 is-at 52:54:00:aa:01:03 (oui Unknown), length 46\n10:02:11.0 arp who-has 10.1.1.1 tell 10.1.1.2';
    expect(packets(text)).toEqual([
      { src: '10.1.2.9', dst: '10.1.2.220', proto: 'arp', info: 'who-has' },
      { src: '10.1.2.220', dst: '', proto: 'arp', info: 'is-at', mac: '52:54:00:aa:01:03' },
      { src: '10.1.1.2', dst: '10.1.1.1', proto: 'arp', info: 'who-has' },
    ]);
  });

  it('puts the packet that a tunnel carries inside', () => {
    const [request, reply] = packets(VXLAN);
    expect(packets(VXLAN)).toHaveLength(2);
    expect(request).toMatchObject({
      src: '192.168.10.12',
      dst: '192.168.10.13',
      dport: 8472,
      proto: 'vxlan',
      inner: { src: '10.244.2.2', dst: '10.244.3.3', proto: 'icmp', info: 'echo request', seq: 1 },
    });
    expect(reply).toMatchObject({ inner: { info: 'echo reply' } });
    expect(
      packets(
        '10:00:00.1 IP 172.16.0.2 > 172.16.0.3: IP 10.1.1.1.4000 > 10.1.2.2.80: Flags [S], seq 5, win 1, length 0',
      ),
    ).toMatchObject([{ proto: 'other', info: 'ipip', inner: { proto: 'tcp', dport: 80 } }]);
    expect(
      packets(
        '10:00:00.1 IP 172.16.0.2.50000 > 172.16.0.3.6081: Geneve, Flags [none], vni 0x1, proto TEB (0x6558): IP 10.1.1.1 > 10.1.2.2: ICMP echo request, id 1, seq 2, length 64',
      ),
    ).toMatchObject([{ proto: 'udp', dport: 6081, inner: { info: 'echo request', seq: 2 } }]);
  });

  it('reads -v, whose addresses stand on the next line, tunnels included', () => {
    const text = `12:00:00.000001 IP (tos 0x0, ttl 64, id 100, offset 0, flags [none], proto UDP (17), length 134)
    192.168.10.12.41234 > 192.168.10.13.8472: [udp sum ok] OTV, flags [I] (0x08), overlay 0, instance 1
IP (tos 0x0, ttl 63, id 9, offset 0, flags [DF], proto ICMP (1), length 84)
    10.244.2.2 > 10.244.3.3: ICMP echo request, id 7, seq 1, length 64
12:00:00.000002 IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)
    10.0.0.1.4000 > 10.0.0.2.80: Flags [S], cksum 0x1 (correct), seq 9, win 64240, length 0
	0x0000:  4500 003c 0001 4000 4006 0000 0a00 0001`;
    const all = packets(text);
    expect(all).toHaveLength(2);
    expect(all[0]).toMatchObject({ src: '192.168.10.12', dport: 8472, inner: { dst: '10.244.3.3' } });
    expect(all[1]).toMatchObject({ src: '10.0.0.1', dst: '10.0.0.2', flags: 'S', seq: 9 });
  });

  it('reads -e and -i any, and puts a packet of any on its own interface', () => {
    expect(
      packets(
        '10:00:00.1 52:54:00:aa:01:03 > 52:54:00:aa:01:01, ethertype IPv4 (0x0800), length 98: 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64',
      ),
    ).toMatchObject([{ src: '10.0.0.1', mac: '52:54:00:aa:01:03', info: 'echo request' }]);
    const any = read(
      '10:00:00.1 ens33 In  IP 10.0.0.1.5 > 10.0.0.2.53: 62098+ A? www.example.com. (33)\n10:00:00.2 ens33 Out IP 10.0.0.2.53 > 10.0.0.1.5: 62098 NXDomain 0/1/0 (108)',
      'capture/n1/any',
    );
    expect(any.records.map(({ subject }) => subject)).toEqual(['capture/n1/ens33', 'capture/n1/ens33']);
    expect(any.of('packet')).toMatchObject([
      { proto: 'dns', direction: 'in', info: '62098+ A? www.example.com. (33)', length: 33 },
      { proto: 'dns', direction: 'out' },
    ]);
  });

  it('finds the interface of a command run on a node', () => {
    const text =
      'listening on flannel.1, link-type EN10MB (Ethernet), capture size 262144 bytes\n10:00:00.1 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64';
    expect(read(text, 'node/n1', 'tcpdump -nn').records[0]!.subject).toBe('capture/n1/flannel.1');
    expect(read(text.split('\n')[1]!, 'node/n1', 'tcpdump -nni eth0 icmp').records[0]!.subject).toBe('capture/n1/eth0');
  });

  it('reads IPv6 and dated time stamps', () => {
    expect(
      packets('2024-05-01 10:00:00.123456 IP6 fd00::1.4000 > fd00::2.80: Flags [S], seq 1, win 1, length 0'),
    ).toEqual([
      {
        src: 'fd00::1',
        dst: 'fd00::2',
        proto: 'tcp',
        sport: 4000,
        dport: 80,
        flags: 'S',
        seq: 1,
        length: 0,
        at: '2024-05-01T10:00:00.123Z',
      },
    ]);
    expect(packets('10:00:00.1 IP6 fd00::9 > fd00::1: ICMP6, packet too big, mtu 1430, length 1240')).toMatchObject([
      { info: 'need to frag (mtu 1430)' },
    ]);
  });

  it('keeps no more than 5,000 packets and says so', () => {
    const line = '10:00:00.1 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64\n';
    const { records, problems } = read(line.repeat(6000));
    expect(records).toHaveLength(5000);
    expect(problems).toHaveLength(1);
  });

  it('tells a capture of nothing from a file that is no capture', () => {
    const banner =
      'tcpdump: verbose output suppressed, use -v or -vv for full protocol decode\nlistening on eth0, link-type EN10MB (Ethernet), capture size 262144 bytes\n';
    expect(read(banner).value('capture.packets')).toBe(0);
    expect(read(`${banner}${VXLAN}`).value('capture.packets')).toBeUndefined();
    expect(read('eth0: no packets today').value('capture.packets')).toBeUndefined();
  });

  it('reports a malformed packet and reads the rest', () => {
    const { records, problems } = read(
      '10:00:00.1 IP 10.0.0.1 10.0.0.2 ICMP\n10:00:00.1 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64',
    );
    expect(records).toHaveLength(1);
    expect(problems.map(({ line }) => line)).toEqual([1]);
  });

  it('survives damage', () => {
    survivesDamage(tcpdumpText, 'tcpdump -i eth0', VXLAN, { subject: 'capture/n1/eth0' });
    survivesDamage(tcpdumpText, 'tcpdump -i eth0', REDIRECT, { subject: 'capture/n1/eth0' });
  });
});
