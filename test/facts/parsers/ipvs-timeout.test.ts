import { expect, test } from 'vitest';
import { ipvsTimeout } from '../../../src/facts/parsers/ipvs-timeout.js';
import { expectReads, parseOutput } from './parse-output.js';

test('the three timeouts are told in seconds', () => {
  expectReads(ipvsTimeout, ['ipvsadm_-l_--timeout'], ['ipvsadm_-Ln']);
  const parsed = parseOutput(ipvsTimeout, 'ipvsadm -l --timeout', 'Timeout (tcp tcpfin udp): 900 120 300\n');
  expect(parsed.facts).toEqual({ 'ipvs.timeout.tcp': 900, 'ipvs.timeout.tcpfin': 120, 'ipvs.timeout.udp': 300 });
});
