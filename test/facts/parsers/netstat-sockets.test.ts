import { describe, expect, it } from 'vitest';
import { netstatSockets } from '../../../src/facts/parsers/netstat-sockets.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LISTING = `
(Not all processes could be identified, non-owned process info
 will not be shown, you would have to be root to see it all.)
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    
tcp        1      0 0.0.0.0:22              0.0.0.0:*               LISTEN      1011/sshd           
tcp        0     36 10.0.0.4:22             10.0.0.9:51514          ESTABLISHED 2044/sshd: root@pts 
tcp        0      1 10.0.0.4:41522          10.244.2.3:8080         SYN_SENT    -                   
tcp6       0      0 :::10250                :::*                    LISTEN      771/kubelet         
udp        0      0 127.0.0.1:323           0.0.0.0:*                           698/chronyd         
udp6       0      0 fe80::5054:ff:fe12::546 :::*                                -                   
Active UNIX domain sockets (servers and established)
Proto RefCnt Flags       Type       State         I-Node   PID/Program name     Path
unix  2      [ ACC ]     STREAM     LISTENING     14567    1/init               /run/systemd/private
`;

describe('netstat -an', () => {
  it("reads sockets in ss's words", () => {
    const parsed = parseOutput(netstatSockets, 'netstat -anp', LISTING);
    expect(parsed.records('socket')).toEqual([
      { proto: 'tcp', state: 'LISTEN', recvQ: 1, localIp: '0.0.0.0', localPort: 22, process: 'sshd' },
      {
        proto: 'tcp',
        state: 'ESTAB',
        recvQ: 0,
        sendQ: 36,
        localIp: '10.0.0.4',
        localPort: 22,
        peerIp: '10.0.0.9',
        peerPort: 51514,
        process: 'sshd',
      },
      {
        proto: 'tcp',
        state: 'SYN-SENT',
        recvQ: 0,
        sendQ: 1,
        localIp: '10.0.0.4',
        localPort: 41522,
        peerIp: '10.244.2.3',
        peerPort: 8080,
      },
      { proto: 'tcp', state: 'LISTEN', recvQ: 0, localIp: '::', localPort: 10250, process: 'kubelet' },
      { proto: 'udp', state: 'UNCONN', recvQ: 0, sendQ: 0, localIp: '127.0.0.1', localPort: 323, process: 'chronyd' },
    ]);
  });

  it('reports an address that netstat cut, once, and no other line', () => {
    expect(parseOutput(netstatSockets, 'netstat -anp', LISTING).problems.map(({ line }) => line)).toEqual([10]);
  });

  it('does not tell a backlog: Send-Q of a listening socket is always 0', () => {
    expect(parseOutput(netstatSockets, 'netstat -lnt', LISTING).records('socket')[0]).not.toHaveProperty('sendQ');
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      netstatSockets,
      ['netstat_-lntup', 'netstat_-an', 'netstat_-W_-neopa', 'netstat'],
      ['netstat_-s', 'netstat_-i', 'netstat_-rn', 'netstat_-agn', 'ss_-an'],
    );
    expect(netstatSockets.recognises?.(LISTING.trim().split('\n'))).toBe(true);
    expectToSurviveDamage(netstatSockets, 'netstat -anp', LISTING);
  });
});
