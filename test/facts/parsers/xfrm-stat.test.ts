import { expect, test } from 'vitest';
import { xfrmStat } from '../../../src/facts/parsers/xfrm-stat.js';
import { expectToSurviveDamage, parseOutput } from './parse-output.js';

const STAT = `
XfrmInError                     0
XfrmInNoStates                  18734
XfrmOutNoStates                 2
`;

test('why IPsec dropped packets is counted by the names of the kernel', () => {
  const { facts, problems } = parseOutput(xfrmStat, 'cat /proc/net/xfrm_stat', STAT);
  expect(problems).toEqual([]);
  expect(facts['counter.XfrmInNoStates']).toBe(18734);
});

test('damaged outputs are survived', () => expectToSurviveDamage(xfrmStat, 'cat /proc/net/xfrm_stat', STAT));
