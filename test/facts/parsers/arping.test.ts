import { describe, expect, it } from 'vitest';
import { arping } from '../../../src/facts/parsers/arping.js';
import { readFile, survivesDamage } from './read-file.js';

const HABETS = `ARPING 10.244.1.2
42 bytes from 0a:58:0a:2d:ae:42 (10.244.1.2): index=0 time=7.431 usec
42 bytes from 0a:58:0a:2d:ae:42 (10.244.1.2): index=1 time=8.853 usec

--- 10.244.1.2 statistics ---
2 packets transmitted, 2 packets received,   0% unanswered (0 extra)
`;
const IPUTILS = `ARPING 10.0.0.1 from 10.0.0.2 eth0
Unicast reply from 10.0.0.1 [52:54:00:AA:01:03]  0.712ms
Unicast reply from 10.0.0.1 [52:54:00:AA:01:01]  0.714ms
Sent 1 probes (1 broadcast(s))
Received 2 response(s)`;

describe('arping', () => {
  it('makes one claim of each MAC that answers', () => {
    expect(readFile(arping, 'arping 10.244.1.2', HABETS).of('address-claim')).toEqual([
      { ip: '10.244.1.2', mac: '0a:58:0a:2d:ae:42' },
    ]);
    expect(readFile(arping, 'arping 10.0.0.1', IPUTILS).of('address-claim')).toEqual([
      { ip: '10.0.0.1', mac: '52:54:00:aa:01:03' },
      { ip: '10.0.0.1', mac: '52:54:00:aa:01:01' },
    ]);
  });

  it('makes nothing of silence', () => {
    const read = readFile(
      arping,
      'arping 10.0.0.9',
      'ARPING 10.0.0.9\nTimeout\nTimeout\n\n--- 10.0.0.9 statistics ---\n2 packets transmitted, 0 packets received, 100% unanswered (0 extra)',
    );
    expect(read.records).toEqual([]);
    expect(read.problems).toEqual([]);
  });

  it('lets a malformed reply cost itself', () => {
    const read = readFile(arping, 'arping 10.0.0.1', IPUTILS.replace('AA:01:03', 'AA:0103'));
    expect(read.of('address-claim')).toHaveLength(1);
  });

  it('survives damage', () => survivesDamage(arping, 'arping 10.0.0.1', IPUTILS));
});
