import { describe, expect, it } from 'vitest';
import { netstatInterfaces } from '../../../src/facts/parsers/netstat-interfaces.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const TABLE = `
Kernel Interface table
Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg
cali9a2b  1500     9120      0      0 0          8871      0      0      0 BMRU
eth0      1460    81022      3      9 0         77120      0      0      0 BMRU
eth0:1    1460      - no statistics available -                        BMRU
tunl0     1480     4011      0      0 0          3900      0    629      0 ORU
`;

describe('netstat -i', () => {
  it('reads packets, errors and drops', () => {
    const parsed = parseOutput(netstatInterfaces, 'netstat -i', TABLE);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('link')).toHaveLength(3);
    expect(parsed.records('link')[2]).toEqual({
      name: 'tunl0',
      mtu: 1480,
      flags: ['NOARP', 'LOWER_UP', 'UP'],
      rx: { packets: 4011, errors: 0, dropped: 0 },
      tx: { packets: 3900, errors: 0, dropped: 629 },
    });
  });

  it('finds the columns by their heading, also with the metric of old net-tools', () => {
    const text = `
Iface       MTU Met    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg
eth0       1500   0    81022      3      9      0    77120      1      2      0 BMRU`;
    expect(parseOutput(netstatInterfaces, 'netstat -ni', text).records('link')[0]).toMatchObject({
      rx: { packets: 81022, errors: 3, dropped: 9 },
      tx: { packets: 77120, errors: 1, dropped: 2 },
    });
  });

  it('reads /proc/net/dev', () => {
    const text = `
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
  eth0: 464077     978    1    2    0     0          0         0   469140     946    3    4    0     0       0          0
    lo:3762 17 0 0 0 0 0 0 3762 17 0 0 0 0 0 0`;
    const parsed = parseOutput(netstatInterfaces, 'cat /proc/net/dev', text);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('link')[0]).toEqual({
      name: 'eth0',
      flags: [],
      rx: { packets: 978, errors: 1, dropped: 2 },
      tx: { packets: 946, errors: 3, dropped: 4 },
    });
    expect(parsed.records('link')[1]?.name).toBe('lo');
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(netstatInterfaces, 'netstat -i', TABLE.replace('81022', 'lots'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([4]);
    expect(parsed.records('link')).toHaveLength(2);
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      netstatInterfaces,
      ['netstat_-i', 'netstat_-ni', 'cat_.proc.net.dev', 'ifconfig_-s'],
      ['netstat_-lntup', 'netstat_-s', 'ifconfig'],
    );
    expect(netstatInterfaces.recognises?.(TABLE.trim().split('\n'))).toBe(true);
    expectToSurviveDamage(netstatInterfaces, 'netstat -i', TABLE);
  });
});
