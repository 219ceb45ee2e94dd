import { describe, expect, it } from 'vitest';
import { ipRule } from '../../../src/facts/parsers/ip-rule.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const RULES = `
0:	from all lookup local 
9:	from all fwmark 0x200/0xf00 lookup 2004 proto kernel
100:	not from all fwmark 0xca6c lookup 51820
512:	from all to 10.80.36.229 lookup main 
1536:	from 10.80.40.40 to 10.80.0.0/16 iif eth1 lookup 2 
2000:	from all lookup main suppress_prefixlength 0
3000:	from 10.9.0.0/16 oif eth2 [detached] unreachable
32766:	from all lookup main 
`;

describe('ip rule', () => {
  it('reads rules', () => {
    const parsed = parseOutput(ipRule, 'ip rule', RULES);
    expect(parsed.problems).toEqual([]);
    const base = { family: 4, from: 'all', action: 'lookup' };
    expect(parsed.records('rule')).toEqual([
      { ...base, priority: 0, table: 'local' },
      { ...base, priority: 9, fwmark: '0x200/0xf00', table: '2004' },
      { ...base, priority: 100, fwmark: '0xca6c', table: '51820', invert: true },
      { ...base, priority: 512, to: '10.80.36.229', table: 'main' },
      { ...base, priority: 1536, from: '10.80.40.40', to: '10.80.0.0/16', iif: 'eth1', table: '2' },
      { ...base, priority: 2000, table: 'main', suppressPrefixLength: 0 },
      { ...base, priority: 3000, from: '10.9.0.0/16', oif: 'eth2', action: 'unreachable' },
      { ...base, priority: 32766, table: 'main' },
    ]);
  });

  it('keeps the selectors that it does not judge, so that their rule is one that may match', () => {
    const parsed = parseOutput(ipRule, 'ip rule', '50: from all ipproto tcp dport 443 uidrange 0-0 lookup 7');
    expect(parsed.records('rule')[0]).toMatchObject({
      table: '7',
      conditions: ['ipproto tcp', 'dport 443', 'uidrange 0-0'],
    });
  });

  it('tells the family from the option or the addresses', () => {
    expect(parseOutput(ipRule, 'ip -6 rule', '0: from all lookup local').records('rule')[0]?.family).toBe(6);
    expect(parseOutput(ipRule, 'ip rule', '5: from fd00::/8 lookup 3').records('rule')[0]?.family).toBe(6);
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(ipRule, 'ip rule', RULES.replace('512:', '512'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([4]);
    expect(parsed.records('rule')).toHaveLength(7);
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(ipRule, ['ip_rule', 'ip_ru', 'ip_-4_rule_list', 'ip_rule_show'], ['ip_r', 'ip_route', 'ip_rule_add_x']);
    expect(ipRule.recognises?.(RULES.trim().split('\n'))).toBe(true);
    expectToSurviveDamage(ipRule, 'ip rule', RULES);
  });
});
