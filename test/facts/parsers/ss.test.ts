import { describe, expect, it } from 'vitest';
import { ss } from '../../../src/facts/parsers/ss.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LISTENING = `
Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess                                   
udp   UNCONN 0      0            0.0.0.0:8472       0.0.0.0:*                                             
udp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=812,fd=13))
tcp   LISTEN 129    128          0.0.0.0:10250      0.0.0.0:*    users:(("kubelet",pid=17856,fd=7),("kubelet",pid=17856,fd=8))
tcp   LISTEN 0      128             [::]:22            [::]:*    users:(("sshd",pid=1011,fd=4))
tcp   LISTEN 0      4096               *:9100             *:*    users:(("node_exporter",pid=22,fd=3))
`;

describe('ss', () => {
  it('reads listening sockets with their process', () => {
    const parsed = parseOutput(ss, 'ss -lntup', LISTENING);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('socket')).toEqual([
      { proto: 'udp', state: 'UNCONN', recvQ: 0, sendQ: 0, localIp: '0.0.0.0', localPort: 8472 },
      {
        proto: 'udp',
        state: 'UNCONN',
        recvQ: 0,
        sendQ: 0,
        localIp: '127.0.0.53',
        localPort: 53,
        dev: 'lo',
        process: 'systemd-resolve',
      },
      {
        proto: 'tcp',
        state: 'LISTEN',
        recvQ: 129,
        sendQ: 128,
        localIp: '0.0.0.0',
        localPort: 10250,
        process: 'kubelet',
      },
      { proto: 'tcp', state: 'LISTEN', recvQ: 0, sendQ: 128, localIp: '::', localPort: 22, process: 'sshd' },
      { proto: 'tcp', state: 'LISTEN', recvQ: 0, sendQ: 4096, localIp: '*', localPort: 9100, process: 'node_exporter' },
    ]);
  });

  it.each([
    [
      'ss -tan',
      'TIME-WAIT 0      0         10.244.1.2:39242   10.244.3.3:8080       ',
      { proto: 'tcp', state: 'TIME-WAIT', peerIp: '10.244.3.3', peerPort: 8080 },
    ],
    ['ss -lnu', 'UNCONN 0 0 0.0.0.0:8472 0.0.0.0:*', { proto: 'udp', localPort: 8472 }],
    ['ss -tn state established', '0 0 10.0.0.4:22 10.0.0.9:51514', { proto: 'tcp', state: 'ESTAB', peerPort: 51514 }],
    ['ss -ltn', 'LISTEN     0      128         :::22                      :::*', { localIp: '::', localPort: 22 }],
    ['ss -ltp', 'LISTEN 0 128 *:ssh *:* users:(("sshd",1011,3))', { localPort: 22, process: 'sshd' }],
    ['ss -lntup', 'tcp LISTEN 0 128 [::ffff:127.0.0.1]:9099 *:*', { localIp: '127.0.0.1', localPort: 9099 }],
    [
      'ss -lnu',
      'UNCONN 0 0 [fe80::5054:ff:feb3:7b4e]%eth0:546 [::]:*',
      { localIp: 'fe80::5054:ff:feb3:7b4e', dev: 'eth0' },
    ],
    ['ss -lnu', 'UNCONN 0 0 0.0.0.0%virbr0:67 0.0.0.0:*', { localIp: '0.0.0.0', dev: 'virbr0' }],
    ['ss -S -ln', 'LISTEN 0 5 10.0.0.4:36412 0.0.0.0:*', { proto: 'sctp' }],
  ])('%s: %s', (command, line, expected) => {
    const parsed = parseOutput(ss, command, line);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('socket')[0]).toMatchObject(expected);
  });

  it('passes over what -i, -m and -o add, and finds a process that was wrapped to the next line', () => {
    const parsed = parseOutput(
      ss,
      'ss -tanpi',
      `
State Recv-Q Send-Q Local Address:Port Peer Address:Port
ESTAB 0      0      10.0.0.4:22        10.0.0.9:51514
	 users:(("sshd",pid=1011,fd=4)) timer:(keepalive,119min,0)
	 cubic wscale:7,7 rto:204 rtt:1.5/0.75 ato:40 mss:1448 pmtu:1500
LISTEN 0     128    0.0.0.0:80         0.0.0.0:*
users:(("nginx",pid=5,fd=6))`,
    );
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('socket').map(({ process }) => process)).toEqual(['sshd', 'nginx']);
  });

  it('leaves sockets of other families alone', () => {
    const parsed = parseOutput(
      ss,
      'ss -anp',
      'u_str ESTAB 0 0 /run/x.sock 1234 * 5678\nnl UNCONN 0 0 rtnl:kernel *\np_raw UNCONN 0 0 arp:eth0 *',
    );
    expect(parsed.all).toEqual([]);
    expect(parsed.problems).toEqual([]);
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(ss, 'ss -lntup', LISTENING.replace('0.0.0.0:10250', '0.0.0.0.10250'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([4]);
    expect(parsed.records('socket')).toHaveLength(4);
  });

  it('is told by its command or its content; the summary is not a list', () => {
    expectReads(ss, ['ss_-lntup', 'ss_-tan', 'ss_-peaonmi', 'ss'], ['ss_-s', 'netstat_-an']);
    expect(ss.recognises?.(LISTENING.trim().split('\n'))).toBe(true);
    expect(ss.recognises?.(['Total: 180', 'TCP:   12 (estab 3, closed 1)'])).toBe(false);
  });

  it('survives damage', () => expectToSurviveDamage(ss, 'ss -lntup', LISTENING));
});

describe('a listing without sockets', () => {
  const HEADER = 'State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n';
  const none = (command: string, text = HEADER) => parseOutput(ss, command, text).facts['sockets.none-listening'];

  it('says that nothing listens, where listeners were asked for', () => {
    expect(none('ss -lntup')).toBe(true);
    expect(none('ss -tan')).toBe(true);
  });

  it('says nothing after a filter, for UDP alone, without listeners or without its header', () => {
    expect(none('ss -lnt sport = :80')).toBeUndefined();
    expect(none('ss -lnu')).toBeUndefined();
    expect(none('ss -tn')).toBeUndefined();
    expect(none('ss -lnt', '')).toBeUndefined();
  });
});
