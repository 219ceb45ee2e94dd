import { describe, expect, it } from 'vitest';
import type { IptablesRule } from '../../../src/facts/model.js';
import { iptablesList } from '../../../src/facts/parsers/iptables-list.js';
import { iptablesSave } from '../../../src/facts/parsers/iptables-save.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const NAT = `
Chain PREROUTING (policy ACCEPT 3 packets, 180 bytes)
 pkts bytes target     prot opt in     out     source               destination         
  361  116K KUBE-SERVICES  0    --  *      *       0.0.0.0/0            0.0.0.0/0            /* kubernetes service portals */

Chain KUBE-POSTROUTING (1 references)
 pkts bytes target     prot opt in     out     source               destination         
  367  116K RETURN     0    --  *      *       0.0.0.0/0            0.0.0.0/0            mark match ! 0x4000/0x4000
   18  1170 MARK       0    --  *      *       0.0.0.0/0            0.0.0.0/0            MARK xor 0x4000
   18  1170 MASQUERADE  0    --  *      *       0.0.0.0/0            0.0.0.0/0            /* kubernetes service traffic requiring SNAT */ random-fully

Chain KUBE-SEP-23NJSXDYUSXY5E7Q (1 references)
 pkts bytes target     prot opt in     out     source               destination         
    1    60 KUBE-MARK-MASQ  0    --  *      *       10.244.1.3           0.0.0.0/0            /* default/web */
    4   240 DNAT       6    --  *      *       0.0.0.0/0            0.0.0.0/0            /* default/web */ tcp to:10.244.1.3:8080
`;
const HEADING = ' pkts bytes target     prot opt in     out     source               destination         ';

function ruleOf(line: string, heading = HEADING, command = 'iptables -nvL'): IptablesRule {
  const parsed = parseOutput(iptablesList, command, `Chain X (1 references)\n${heading}\n${line}`);
  expect(parsed.problems).toEqual([]);
  return parsed.records('iptables-rule')[0]!;
}

describe('iptables -nvL', () => {
  it('reads chains and rules', () => {
    const parsed = parseOutput(iptablesList, 'iptables -t nat -nvL', NAT);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('iptables-chain')[0]).toEqual({
      table: 'nat',
      chain: 'PREROUTING',
      policy: 'ACCEPT',
      family: 4,
      packets: 3,
    });
    const rules = parsed.records('iptables-rule');
    expect(rules.map(({ chain, index, target, packets }) => `${chain} ${index} ${target} ${packets}`)).toEqual([
      'PREROUTING 1 KUBE-SERVICES 361',
      'KUBE-POSTROUTING 1 RETURN 367',
      'KUBE-POSTROUTING 2 MARK 18',
      'KUBE-POSTROUTING 3 MASQUERADE 18',
      'KUBE-SEP-23NJSXDYUSXY5E7Q 1 KUBE-MARK-MASQ 1',
      'KUBE-SEP-23NJSXDYUSXY5E7Q 2 DNAT 4',
    ]);
  });

  it('says the same as iptables-save of the same rules', () => {
    const saved = `
*nat
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-SEP-23NJSXDYUSXY5E7Q -s 10.244.1.3/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
-A KUBE-SEP-23NJSXDYUSXY5E7Q -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.3:8080`;
    const meaning = (rules: IptablesRule[]) => rules.map(({ text: _, packets: __, ...rule }) => rule);
    expect(meaning(parseOutput(iptablesList, 'iptables -t nat -nvL', NAT).records('iptables-rule'))).toEqual(
      meaning(parseOutput(iptablesSave, 'iptables-save', saved).records('iptables-rule')),
    );
  });

  it.each<[string, Partial<IptablesRule>]>([
    [
      '0 0 DROP 0 -- * * !127.0.0.0/8 127.0.0.0/8 /* block */ ! ctstate RELATED,ESTABLISHED,DNAT',
      { src: '127.0.0.0/8', ctstate: ['RELATED', 'ESTABLISHED', 'DNAT'], not: ['src', 'ctstate'] },
    ],
    [
      '5 300 ACCEPT tcp -- eth0 !docker0 10.0.0.4 0.0.0.0/0 tcp dpt:22 state NEW',
      { proto: 'tcp', in: 'eth0', out: 'docker0', not: ['out'], dport: '22', ctstate: ['NEW'] },
    ],
    [
      '5 300 ACCEPT tcp -- * * 0.0.0.0/0 0.0.0.0/0 tcp spts:1024:65535 dpts:30000:32767',
      { sport: '1024:65535', dport: '30000:32767' },
    ],
    [
      '5 300 ACCEPT tcp -- * * 0.0.0.0/0 0.0.0.0/0 multiport dports 80,443 ADDRTYPE match dst-type LOCAL',
      { dport: '80,443', dstType: 'LOCAL', unknown: [] },
    ],
    [
      '5 300 RETURN all -- * * 0.0.0.0/0 0.0.0.0/0 ADDRTYPE match dst-type !LOCAL',
      { dstType: 'LOCAL', not: ['dstType'] },
    ],
    [
      '5 300 REJECT all -- * * 0.0.0.0/0 0.0.0.0/0 reject-with icmp-host-prohibited',
      { targetOptions: { 'reject-with': 'icmp-host-prohibited' } },
    ],
    [
      '5 300 KUBE-SEP-A all -- * * 0.0.0.0/0 0.0.0.0/0 /* a/b -> 10.0.0.1:80 */ statistic mode random probability 0.50000000000',
      { comment: 'a/b -> 10.0.0.1:80', unknown: ['-m statistic --mode random --probability 0.50000000000'] },
    ],
    [
      '5 300 DROP all -- * * 0.0.0.0/0 0.0.0.0/0 ! match-set allowed src limit: avg 3/min burst 5',
      { unknown: ['! -m set --match-set allowed src', 'limit: avg 3/min burst 5'] },
    ],
    [
      '5 300 TCPMSS tcp -- * * 0.0.0.0/0 0.0.0.0/0 tcp flags:0x06/0x02 TCPMSS clamp to PMTU',
      { unknown: ['tcp flags:0x06/0x02'], targetOptions: { 'clamp-mss-to-pmtu': '' } },
    ],
    [
      '5 300 MARK all -- * * 0.0.0.0/0 0.0.0.0/0 MARK match 0x1 MARK and 0xffffbfff',
      { mark: '0x1', targetOptions: { 'set-xmark': '0x0/0x4000' } },
    ],
    ['5 300 SNAT all -- * eth0 10.0.0.0/8 0.0.0.0/0 to:192.0.2.1', { targetOptions: { 'to-source': '192.0.2.1' } }],
    ['5 300 LOG all -- * * 0.0.0.0/0 0.0.0.0/0 LOG flags 0 level 4 prefix "x: "', { target: 'LOG', unknown: [] }],
    ['5 300 X all -- * * 0.0.0.0/0 0.0.0.0/0 [goto] ', { goto: true }],
    [
      '12M 3G ACCEPT icmp -- * * 0.0.0.0/0 0.0.0.0/0 icmptype 8',
      { packets: 12_000_000, proto: 'icmp', unknown: ['icmptype 8'] },
    ],
  ])('%s', (line, expected) => {
    expect(ruleOf(line)).toMatchObject(expected);
  });

  it('reads a rule without a target, with the opt column and without', () => {
    const counting = ruleOf(
      '    0     0            all  --  *      *       10.0.0.0/8            0.0.0.0/0           ',
    );
    expect(counting).toMatchObject({ src: '10.0.0.0/8', packets: 0 });
    expect(counting).not.toHaveProperty('target');
    const six = ruleOf(
      '    7   560 ACCEPT     tcp      eth0   *       fd00::/8             ::/0                 tcp dpt:22',
      HEADING,
      'ip6tables -nvL',
    );
    expect(six).toMatchObject({ family: 6, target: 'ACCEPT', proto: 'tcp', in: 'eth0', src: 'fd00::/8', dport: '22' });
    expect(
      ruleOf('    7   560            tcp      eth0   *       fd00::/8             ::/0', HEADING, 'ip6tables -nvL'),
    ).not.toHaveProperty('target');
  });

  it('reads listings without -v, without -n and with line numbers', () => {
    expect(
      ruleOf(
        'DROP       all  --  10.0.0.0/8           anywhere             ',
        'target     prot opt source               destination         ',
        'iptables -L',
      ),
    ).toMatchObject({ target: 'DROP', src: '10.0.0.0/8' });
    expect(
      ruleOf(
        'ACCEPT     tcp  --  db.example.com       anywhere             tcp dpt:https',
        'target     prot opt source               destination         ',
        'iptables -L',
      ),
    ).toMatchObject({ dport: '443', unknown: ['-s db.example.com'] });
    expect(
      ruleOf(
        '1        5   300 DROP       all  --  *      *       0.0.0.0/0            10.2.0.0/16',
        `num  ${HEADING.trim()}`,
      ),
    ).toMatchObject({ packets: 5, dst: '10.2.0.0/16' });
  });

  it('tells the table from the option, a heading, or the chains of a nameless file', () => {
    const table = (command: string, text: string) =>
      parseOutput(iptablesList, command, text).records('iptables-chain')[0]?.table;
    expect(table('iptables -nvL', 'Chain INPUT (policy ACCEPT)')).toBe('filter');
    expect(table('iptables -tmangle -nvL', 'Chain INPUT (policy ACCEPT)')).toBe('mangle');
    expect(table('iptables -nvL', 'Table: nat\nChain PREROUTING (policy ACCEPT)')).toBe('nat');
    expect(table('', 'Chain PREROUTING (policy ACCEPT)\nChain POSTROUTING (policy ACCEPT)')).toBe('nat');
  });

  it('loses a malformed line only, and keeps the places of the others', () => {
    const parsed = parseOutput(
      iptablesList,
      'iptables -t nat -nvL',
      NAT.replace('  367  116K RETURN ', '  367  many RETURN '),
    );
    expect(parsed.problems.map(({ line }) => line)).toEqual([7]);
    expect(parsed.records('iptables-rule').find(({ target }) => target === 'MARK')?.index).toBe(2);
  });

  it('is told by its command or its content', () => {
    expectReads(
      iptablesList,
      ['iptables_-nvL', 'iptables_-t_nat_-nvL', 'iptables_-vnxL', 'ip6tables_-L', 'iptables-legacy_-L_-n'],
      ['iptables-save', 'iptables_-S', 'ipvsadm_-Ln', 'ebtables_-L'],
    );
    expect(iptablesList.recognises?.(NAT.trim().split('\n'))).toBe(true);
    expect(iptablesList.recognises?.(['Chain of events (policy of ours)'])).toBe(false);
  });

  it('survives damage', () => expectToSurviveDamage(iptablesList, 'iptables -t nat -nvL', NAT));

  it.each<[string, Partial<IptablesRule>]>([
    ['/* cali:x */ /* Policy web ingress */ mark match 0x1/0x1', { comment: 'cali:x Policy web ingress', unknown: [] }],
    [
      'mark match ! 0xe00/0xf00 mark match ! 0x800/0xf00',
      { mark: '0xe00/0xf00', not: ['mark'], unknown: ['-m mark ! --mark 0x800/0xf00'] },
    ],
    ['tcp dpt:22 multiport dports !80,443', { dport: '22', not: [], unknown: ['-m multiport ! --dports 80,443'] }],
    ['state NEW ctstate DNAT', { ctstate: ['NEW'], unknown: ['-m conntrack --ctstate DNAT'] }],
    ['quantum spin up tcp dpt:80', { dport: '80', unknown: ['quantum spin up tcp'] }],
    ['quantum spin up /* 节点 ✓ */', { comment: '节点 ✓', unknown: ['quantum spin up'] }],
  ])('reads the matches %s', (words, expected) => {
    const rule = ruleOf(
      `    0     0 ACCEPT     6    --  *      *       0.0.0.0/0            0.0.0.0/0            ${words}`,
    );
    expect(rule).toMatchObject({ target: 'ACCEPT', ...expected });
  });

  it.each<[string, string, Partial<IptablesRule>]>([
    ['CONNMARK', 'CONNMARK or 0x20', { targetOptions: { 'set-xmark': '0x20/0x20' } }],
    ['CONNMARK', 'CONNMARK restore mask 0x80', { targetOptions: { 'restore-mark': '', mask: '0x80' } }],
    ['CONNMARK', 'CONNMARK save', { targetOptions: { 'save-mark': '' } }],
    ['NETMAP', 'to:10.2.0.0/24', { targetOptions: { to: '10.2.0.0/24' } }],
    ['SNAT', 'to:192.0.2.9 random', { targetOptions: { 'to-source': '192.0.2.9', random: '' } }],
    ['DNAT', 'to:10.0.0.9:80 persistent', { targetOptions: { 'to-destination': '10.0.0.9:80', persistent: '' } }],
    ['NFLOG', 'nflog-prefix "a b" nflog-group 2', { targetOptions: { options: 'nflog-prefix "a b" nflog-group 2' } }],
    ['SET', 'add-set seen src exist', { targetOptions: { options: 'add-set seen src exist' } }],
    ['CT', 'CT notrack', { targetOptions: { notrack: '' } }],
    ['TELEPORT', 'TELEPORT to mars', { targetOptions: { options: 'to mars' } }],
  ])("reads the target %s's words: %s", (target, words, expected) => {
    const rule = ruleOf(
      `    0     0 ${target} 6    --  *      *       0.0.0.0/0            0.0.0.0/0            ${words}`,
    );
    expect(rule).toMatchObject({ target, unknown: [], ...expected });
  });

  it('calls NOTRACK so, though the column of targets says CT', () => {
    const rule = ruleOf(
      `    0     0 CT         17   --  *      *       0.0.0.0/0            10.96.0.10           udp dpt:53 NOTRACK`,
    );
    expect(rule).toMatchObject({ target: 'NOTRACK', dport: '53', unknown: [] });
  });

  it.each([
    ['-f', '-f'],
    ['!f', '! -f'],
  ])('keeps which fragments a rule is for: %s', (column, unknown) => {
    const rule = ruleOf(`    0     0 DROP       0    ${column}  *      *       0.0.0.0/0            0.0.0.0/0`);
    expect(rule).toMatchObject({ target: 'DROP', unknown: [unknown] });
  });
});
