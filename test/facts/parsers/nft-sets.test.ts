import { describe, expect, it } from 'vitest';
import { nftRuleset } from '../../../src/facts/parsers/nft-ruleset.js';
import { expectToSurviveDamage, parseOutput } from './parse-output.js';

const inTable = (block: string): string => `table inet t {\n${block}\n}`;

const setsOf = (block: string, command = 'nft list ruleset') =>
  parseOutput(nftRuleset, command, inTable(block)).records('nft-set');

const chainsOf = (head: string, family = 'inet', more = '') =>
  parseOutput(nftRuleset, 'nft list ruleset', `table ${family} t {\n${more}\tchain c {\n\t\t${head}\n\t}\n}`).records(
    'nft-chain',
  );

describe('sets and maps of nft list ruleset', () => {
  it('reads keys without timeouts, counters and comments', () => {
    const [set] = setsOf(`	set s { # handle 4
		type ipv4_addr . inet_service
		size 65535
		flags interval,timeout
		timeout 1h
		elements = { 10.0.0.0/8 . 80-90 timeout 1h expires 59m2s comment "x, y : z }",
			     192.0.2.1 . 22 counter packets 3 bytes 180 }
	}`);
    expect(set).toEqual({
      family: 'inet',
      table: 't',
      name: 's',
      kind: 'set',
      keyType: 'ipv4_addr . inet_service',
      flags: ['interval', 'timeout'],
      elements: [['10.0.0.0/8 . 80-90'], ['192.0.2.1 . 22']],
    });
  });

  it("reads a verdict map's data after the comment", () => {
    const [map] = setsOf(`	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.9.9 . tcp . 80 comment "default/empty:http" : goto reject-chain, * : drop }
	}`);
    expect(map).toMatchObject({ kind: 'map', keyType: 'ipv4_addr . inet_proto . inet_service', dataType: 'verdict' });
    expect(map?.elements).toEqual([
      ['10.96.9.9 . tcp . 80', 'goto reject-chain'],
      ['*', 'drop'],
    ]);
  });

  it('reads what typeof names, and device names in quotes', () => {
    const sets = setsOf(`	map m {
		typeof iifname . ip saddr : meta mark
		elements = { "eth0" . 10.0.0.1 : 0x00000010 }
	}
	set ifs {
		type ifname
		elements = { "a",
			     "b*" }
	}`);
    expect(sets[0]).toMatchObject({ keyType: 'iifname . ip saddr', dataType: 'meta mark' });
    expect(sets[0]?.elements).toEqual([['"eth0" . 10.0.0.1', '0x00000010']]);
    expect(sets[1]?.elements).toEqual([['"a"'], ['"b*"']]);
  });

  it('reads blocks with semicolons, as nftables.conf has them', () => {
    const [set] = setsOf('	set s { type ipv4_addr; flags interval; elements = { 10.0.0.1, 10.0.1.0/24 } }');
    expect(set).toMatchObject({ keyType: 'ipv4_addr', flags: ['interval'], elements: [['10.0.0.1'], ['10.0.1.0/24']] });
  });

  it('knows a set without elements as empty, and of a terse listing nothing', () => {
    const block = '	set s {\n\t\ttype ipv4_addr\n\t}';
    expect(setsOf(block)[0]?.elements).toEqual([]);
    expect(setsOf(block, 'nft -t list ruleset')[0]).not.toHaveProperty('elements');
    expect(setsOf(block, 'nft --terse list ruleset')[0]).not.toHaveProperty('elements');
  });

  it('loses a set whose brace is lost, and no chain after it', () => {
    const parsed = parseOutput(
      nftRuleset,
      'nft list ruleset',
      inTable(`	set s {
		type ipv4_addr
		elements = { 10.0.0.1,
	chain c {
		type filter hook input priority filter; policy drop;
		ip saddr @s accept
	}`),
    );
    expect(parsed.records('nft-rule').map(({ text }) => text)).toEqual(['ip saddr @s accept']);
  });

  it('keeps a bounded number of elements and says so', () => {
    const elements = Array.from({ length: 262_145 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`).join(', ');
    const [set] = setsOf(`	set s {\n\t\ttype ipv4_addr\n\t\telements = { ${elements} }\n\t}`);
    expect(set?.elements).toHaveLength(262_144);
    expect(set?.incomplete).toBe(true);
  });

  it('survives damage', () => {
    expectToSurviveDamage(
      nftRuleset,
      'nft list ruleset',
      inTable('	map m {\n\t\ttype ipv4_addr : verdict\n\t\telements = { 10.0.0.1 : drop,\n10.0.0.2 : jump x }\n\t}'),
    );
  });
});

describe('chains of nft list ruleset', () => {
  it.each([
    ['filter', 0],
    ['filter + 10', 10],
    ['dstnat - 5', -105],
    ['raw', -300],
    ['mangle', -150],
    ['security', 50],
    ['srcnat', 100],
    ['-300', -300],
    ['17', 17],
  ])('reads the priority %s', (priority, number) => {
    expect(chainsOf(`type filter hook input priority ${priority}; policy accept;`)).toEqual([
      { family: 'inet', table: 't', name: 'c', type: 'filter', hook: 'input', priority: number, policy: 'accept' },
    ]);
  });

  it.each([
    ['dstnat', -300],
    ['filter', -200],
    ['out', 100],
    ['srcnat', 300],
  ])("reads bridge's priority %s", (priority, number) => {
    expect(chainsOf(`type filter hook forward priority ${priority}; policy accept;`, 'bridge')[0]?.priority).toBe(
      number,
    );
  });

  it('leaves out a priority that it does not understand', () => {
    expect(chainsOf('type filter hook input priority mystery; policy accept;')[0]).not.toHaveProperty('priority');
    expect(chainsOf('type filter hook input priority filter + x; policy accept;')[0]).not.toHaveProperty('priority');
  });

  it('reads the devices of netdev', () => {
    expect(chainsOf('type filter hook ingress device "eth0" priority -500; policy accept;', 'netdev')[0]).toMatchObject(
      {
        devices: ['eth0'],
        priority: -500,
      },
    );
    expect(
      chainsOf('type filter hook ingress devices = { "eth0", "eth1" } priority filter; policy accept;', 'netdev')[0],
    ).toMatchObject({ devices: ['eth0', 'eth1'], priority: 0, hook: 'ingress' });
  });

  it('knows chains without rules, and dormant tables', () => {
    expect(chainsOf('')).toEqual([{ family: 'inet', table: 't', name: 'c' }]);
    expect(chainsOf('drop', 'ip', '\tflags dormant\n\n')).toEqual([
      { family: 'ip', table: 't', name: 'c', dormant: true },
    ]);
  });
});
