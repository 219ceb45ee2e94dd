import { describe, expect, it } from 'vitest';
import { nftRuleset } from '../../../src/facts/parsers/nft-ruleset.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const RULESET = `
# Warning: table ip nat is managed by iptables-nft, do not touch!
table ip nat { # handle 1
	chain KUBE-POSTROUTING { # handle 7
		meta mark & 0x00004000 != 0x00004000 counter packets 367 bytes 116493 return # handle 8
		 counter packets 18 bytes 1170 masquerade fully-random
	}

	chain KUBE-PROXY-CANARY {
	}
}
table inet firewalld {
	set allowed {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8,
			     192.0.2.0/24 }
	}

	map services {
		type inet_proto . ipv4_addr . inet_service : verdict
		elements = { tcp . 10.96.0.1 . 443 : goto service-x,
			     udp . 10.96.0.10 . 53 : goto service-y }
	}

	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		mark and 0x4000 == 0x4000 accept
		tcp dport { 22, 80,
			    443 } accept comment "a { brace"
		reject with icmpx admin-prohibited
	}

	chain filter_FORWARD {
		type filter hook forward priority 10; policy drop;
	}
}
`;

describe('nft list ruleset', () => {
  it('reads rules with their chain, hook and policy', () => {
    const parsed = parseOutput(nftRuleset, 'nft -a list ruleset', RULESET);
    expect(parsed.problems).toEqual([]);
    const input = { family: 'inet', table: 'firewalld', chain: 'filter_INPUT', hook: 'input', policy: 'accept' };
    expect(parsed.records('nft-rule')).toEqual([
      {
        family: 'ip',
        table: 'nat',
        chain: 'KUBE-POSTROUTING',
        text: 'meta mark & 0x00004000 != 0x00004000 counter packets 367 bytes 116493 return',
      },
      {
        family: 'ip',
        table: 'nat',
        chain: 'KUBE-POSTROUTING',
        text: 'counter packets 18 bytes 1170 masquerade fully-random',
      },
      { ...input, text: 'ct state { established, related } accept' },
      { ...input, text: 'mark and 0x4000 == 0x4000 accept' },
      { ...input, text: 'tcp dport { 22, 80, 443 } accept comment "a { brace"' },
      { ...input, text: 'reject with icmpx admin-prohibited' },
      { family: 'inet', table: 'firewalld', chain: 'filter_FORWARD', hook: 'forward', policy: 'drop', text: '' },
    ]);
    expect(parsed.lineOf('nft-rule')).toBe(4);
  });

  it('loses a line whose brace is lost, and no other', () => {
    const parsed = parseOutput(
      nftRuleset,
      'nft list ruleset',
      RULESET.replace('established, related }', 'established, related'),
    );
    expect(parsed.problems.map(({ line }) => line)).toEqual([27]);
    expect(parsed.records('nft-rule').map(({ text }) => text)).toContain('mark and 0x4000 == 0x4000 accept');
    expect(parsed.records('nft-rule').at(-1)).toMatchObject({ chain: 'filter_FORWARD', policy: 'drop' });
  });

  it('reads what a cut file has of a chain', () => {
    const parsed = parseOutput(nftRuleset, 'nft list ruleset', RULESET.slice(0, RULESET.indexOf('		tcp dport')));
    expect(parsed.records('nft-rule').filter(({ chain }) => chain === 'filter_INPUT')).toHaveLength(2);
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      nftRuleset,
      ['nft_list_ruleset', 'nft_-a_list_ruleset', 'nft_list_table_ip_nat'],
      ['nft_list_tables', 'nft_-j_list_ruleset', 'nft_monitor'],
    );
    expect(nftRuleset.recognises?.(RULESET.trim().split('\n'))).toBe(true);
    expect(nftRuleset.recognises?.(['table of contents {', '*nat'])).toBe(false);
    expectToSurviveDamage(nftRuleset, 'nft list ruleset', RULESET);
  });
});
