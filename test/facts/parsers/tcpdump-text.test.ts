import { describe, expect, it } from 'vitest';
import { tcpdumpText } from '../../../src/facts/parsers/tcpdump-text.js';
import { readFile, survivesDamage } from './read-file.js';

const read = (text: string, subject = 'capture/n1/eth0', command = 'tcpdump -i eth0') =>
  readFile(tcpdumpText, command, text, { subject });

const BANNER = `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes`;
const REFUSED = `${BANNER}
19:41:10.002311 IP 10.0.0.42.51320 > 10.20.30.10.443: Flags [S], seq 1980110231, win 64240, options [mss 1460], length 0
19:41:10.002702 IP 10.20.30.10.443 > 10.0.0.42.51320: Flags [R.], seq 0, ack 1980110232, win 0, length 0
2 packets captured
2 packets received by filter
0 packets dropped by kernel`;

describe('tcpdump text', () => {
  it('makes one capture of a file, with the lines on which its packets stand', () => {
    const { records, problems } = read(REFUSED);
    expect(problems).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ subject: 'capture/n1/eth0', name: 'capture', line: 3 });
    expect(records[0]!.value).toMatchObject({
      packets: 2,
      decoded: 2,
      linkTypes: ['EN10MB'],
      form: 'text',
      listened: true,
      lines: { 1: 3, 2: 4 },
      conversations: [
        {
          protocol: 'tcp',
          client: { ip: '10.0.0.42', port: 51320 },
          server: { ip: '10.20.30.10', port: 443 },
          fate: 'refused',
          packets: [1, 2],
        },
      ],
    });
  });

  it('gives the packets of `-i any` to the interfaces that they name', () => {
    const any = read(
      `10:00:00.000001 veth1 In  IP 10.244.1.5 > 10.244.2.7: ICMP echo request, id 7, seq 1, length 64
10:00:00.000002 eth0  Out IP 10.244.1.5 > 10.244.2.7: ICMP echo request, id 7, seq 1, length 64`,
      'capture/n1/any',
      'tcpdump -ni any',
    );
    expect(any.records.map(({ subject }) => subject)).toEqual(['capture/n1/veth1', 'capture/n1/eth0']);
  });

  it('knows the interface of a node by what tcpdump said, else by what it was told', () => {
    expect(read(REFUSED, 'node/n1', 'tcpdump -n').records[0]!.subject).toBe('capture/n1/eth0');
    const bare = REFUSED.split('\n').slice(2, 4).join('\n');
    expect(read(bare, 'node/n1', 'tcpdump -nni flannel.1').records[0]!.subject).toBe('capture/n1/flannel.1');
    expect(read(bare, 'node/n1', 'tcpdump -ni any').records[0]!.subject).toBe('node/n1');
  });

  it('leaves what was captured in a pod to the pod', () => {
    expect(read(REFUSED, 'pod/default/web').records[0]!.subject).toBe('pod/default/web');
  });

  it('tells a capture of nothing from a file that is no capture', () => {
    expect(read(BANNER).records[0]!.value).toMatchObject({ packets: 0, listened: true });
    expect(read('').records[0]!.value).toMatchObject({ packets: 0 });
    expect(read('nothing that tcpdump prints').records).toEqual([]);
    expect(read('', 'node/n1').records).toEqual([]);
  });

  it('reports a malformed packet and reads the rest', () => {
    const { records, problems } = read(REFUSED.replace('10.0.0.42.51320 > 10.20', '10.0.0.42.51320 10.20'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line: 3 });
    expect(records[0]!.value).toMatchObject({ packets: 1 });
  });

  it('survives damage', () => survivesDamage(tcpdumpText, 'tcpdump -i eth0', REFUSED));
});
