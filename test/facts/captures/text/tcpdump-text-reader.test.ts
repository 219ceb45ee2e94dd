import { describe, expect, it } from 'vitest';
import { looksLikeTcpdump } from '../../../../src/facts/captures/text/tcpdump-text-reader.js';
import { packetsOf, readText } from './text-packets.js';

const PING = 'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64';
const linesOf = (text: string) => packetsOf(text).map(({ line }) => line);

describe("tcpdump's text", () => {
  it('gives each packet with its number and the line on which it began', () => {
    const text = `tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
22:13:20.1 IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto UDP (17), length 37)
    10.0.0.1.5001 > 10.0.0.2.6001: [no cksum] UDP, length 9

22:13:20.2 ${PING}`;
    const { packets, reader } = readText(text);
    expect(packets).toMatchObject([
      { number: 1, line: 2 },
      { number: 2, line: 5 },
    ]);
    expect(reader.packets).toBe(2);
  });

  it('says what tcpdump listens on', () => {
    const listening = (text: string) => readText(text).reader.listening;
    expect(
      listening('\nlistening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes'),
    ).toEqual({
      iface: 'any',
      linkType: 'LINUX_SLL2',
      line: 2,
    });
    expect(listening('tcpdump: listening on flannel.1')).toEqual({ iface: 'flannel.1', line: 1 });
    expect(listening('reading from file a.pcap, link-type EN10MB (Ethernet), snapshot length 262144')).toBeUndefined();
  });

  it('says what tcpdump counted', () => {
    const said = (text: string) => readText(text).reader.said;
    expect(said('^C3 packets captured\n5 packets received by filter\n2 packets dropped by kernel')).toEqual({
      captured: 3,
      droppedByKernel: 2,
    });
    expect(said('1 packet captured\r')).toEqual({ captured: 1 });
    expect(said('')).toEqual({});
  });

  it('may be pasted with prompts and counts, and lines that end as on Windows', () => {
    const text = `[root@n1 ~]# tcpdump -nni eth0 icmp
tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
22:13:20.1 ${PING}
^C
1 packet captured
1 packet received by filter
0 packets dropped by kernel
[root@n1 ~]# `.replaceAll('\n', '\r\n');
    expect(packetsOf(text)).toMatchObject([{ line: 4, layers: [{ icmpSeq: 1, payload: 56 }] }]);
  });

  it('of a second capture has its interface', () => {
    const text = `tcpdump: listening on eth0, link-type EN10MB (Ethernet)
22:13:20.1 ${PING}
tcpdump: listening on cni0, link-type EN10MB (Ethernet)
22:13:20.1 ${PING}`;
    expect(packetsOf(text).map(({ iface }) => iface)).toEqual([undefined, 'cni0']);
  });

  it('may be printed in another way from one capture to the next', () => {
    const text = `$ tcpdump -r a.pcap\n22:13:20.1 ${PING}\nsome words\n$ tcpdump -t -r b.pcap\n${PING}\n${PING}`;
    expect(linesOf(text)).toEqual([2, 5, 6]);
  });

  it('is told from payload', () => {
    const text = `22:13:20.1 IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [P.], seq 1:83, ack 1, win 64, length 82: HTTP: GET / HTTP/1.1
E..E4..@.?..@
${PING}
GET / HTTP/1.1
IP address: 10.0.0.1 > 10.0.0.2: x
    ${PING}
\t0x0000:  4500 0054 0000 4000 4001 26a5 0a00 0001  E..T..@.@.&.....
22:13:20.2 ${PING}`;
    expect(linesOf(text)).toEqual([1, 8]);
  });

  it('is told from prose', () => {
    const text = `IP forwarding > routing: see below
IP addresses are 10.0.0.1 > 10.0.0.2: fine
IP web-0 > web-1: the traffic stops here
12:00:00.123 IP allocation failed for pod > node: retrying
12:00:00.123456 error: something > other: thing
2024-05-01 10:00:00.1 INFO a > b: c`;
    expect(readText(text)).toMatchObject({ packets: [], problems: [] });
  });

  it('has its malformed packets told, and the others read', () => {
    const text = `22:13:20.1 ${PING}\n22:13:20.2 IP 10.0.0.1 10.0.0.2 ICMP\n22:13:20.3 ${PING}`;
    const { packets, problems } = readText(text);
    expect(packets.map(({ line }) => line)).toEqual([1, 3]);
    expect(problems).toEqual([{ line: 2, message: 'not a packet of tcpdump: 22:13:20.2 IP 10.0.0.1 10.0.0.2 ICMP' }]);
  });

  it('of nothing has no packets', () => {
    const { packets, reader } = readText('tcpdump: listening on eth0, link-type EN10MB (Ethernet)\n0 packets captured');
    expect(packets).toEqual([]);
    expect(reader.said.captured).toBe(0);
  });

  it('may end twice', () => {
    const { reader } = readText(`22:13:20.1 ${PING}`);
    reader.end();
    expect(reader.packets).toBe(1);
  });
});

describe('a text', () => {
  it('looks like that of tcpdump by its banner or by a packet with its time', () => {
    expect(looksLikeTcpdump(['', 'listening on eth0, link-type EN10MB (Ethernet)'])).toBe(true);
    expect(looksLikeTcpdump([`22:13:20.1 ${PING}`])).toBe(true);
    expect(looksLikeTcpdump([`    1  22:13:20.1 eth0  In  ${PING}`])).toBe(true);
    expect(looksLikeTcpdump(['12:00:00.1 something else', 'IP forwarding is off'])).toBe(false);
    expect(looksLikeTcpdump([])).toBe(false);
  });
});
