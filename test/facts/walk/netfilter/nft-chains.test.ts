import { describe, expect, it } from 'vitest';
import { nftChainsOf } from '../../../../src/facts/walk/netfilter/nft-chains.js';
import { chainOf, chainsOf, ENVIRONMENT, outcomesOf, packetOf, rulesetOf, storeOf, wordsOf } from './nft-packets.js';

/** Rules in a base chain, with other chains of the table beside it. */
function table(rules: string, more = '', head = 'type filter hook forward priority filter; policy accept;'): string {
  return `table ip t {
${more}
	chain c {
		${head}
		${rules.split('\n').join('\n\t\t')}
	}
}`;
}

const run = (rules: string, packet: Parameters<typeof outcomesOf>[2] = {}, more = '') =>
  outcomesOf(table(rules, more), 'ip t c', packet);

const NAT = 'type nat hook prerouting priority dstnat; policy accept;';

describe('what a rule does', () => {
  it.each([
    ['meta mark set 0x00000010', {}, ['accept mark 0x10']],
    ['meta mark set meta mark | 0x00004000', { mark: 1 }, ['accept mark 0x4001']],
    ['meta mark set mark or 0x4000', { mark: 1 }, ['accept mark 0x4001']],
    ['meta mark set meta mark ^ 0x00004000', { mark: 0x4001 }, ['accept mark 0x1']],
    ['meta mark set meta mark & 0xffff0001 | 0x00000001', { mark: 0x10ff0 }, ['accept mark 0x10001']],
    ['meta mark set meta mark or 0x80000000', { mark: 1 }, ['accept mark 0x80000001']],
    ['meta mark set ct mark', { connmark: 7 }, ['accept mark 0x7 connmark 7']],
    ['meta mark set ct mark & 0x000000f0', { connmark: 0x17 }, ['accept mark 0x10 connmark 23']],
    ['ct mark set meta mark', { mark: 5 }, ['accept mark 0x5 connmark 5']],
    ['meta mark set jhash ip saddr mod 4', {}, ['accept mark ?']],
    ['meta mark set 0x00000001 tcp dport 81 drop', {}, ['accept mark 0x1']],
    ['meta mark set ip saddr map { 10.244.1.9 : 0x00000003 }', {}, ['accept mark 0x3']],
    ['meta mark set ip saddr map { 10.244.1.8 : 0x00000003 } drop', {}, ['accept']],
    ['limit rate 1/second meta mark set 0x00000001', {}, ['accept mark 0x1 perhaps', 'accept perhaps']],
    ['limit rate 1/second meta mark set 0x00000000', {}, ['accept']],
    ['notrack', {}, ['accept untracked']],
    ['tcp flags syn tcp option maxseg size set 1400', {}, ['accept mss 1400']],
    ['tcp option maxseg size set rt mtu', {}, ['accept mss pmtu']],
    ['tcp option maxseg size set rt mtu', { proto: 'udp' }, ['accept']],
    ['meta priority set 1:2 ip dscp set cs1', {}, ['accept']],
    ['ip dscp set cs1 drop', {}, ['drop']],
    ['tcp dport 80 reject with tcp reset', {}, ['reject']],
    ['tcp dport 80 counter packets 1 bytes 2 reject with icmpx admin-prohibited', {}, ['reject']],
    ['tcp dport vmap { 80 : drop, 81 : accept }', {}, ['drop']],
    ['tcp dport vmap { 81 : drop }', {}, ['accept']],
    ['udp dport vmap { 53 : accept, 100-200 : drop, * : continue }', { proto: 'udp', dport: 150 }, ['drop']],
    ['tcp dport vmap { 80 : continue, * : drop }', { dport: 9 }, ['drop']],
    ['tcp dport vmap { 80 : continue, * : drop }', {}, ['accept']],
    ['ct state vmap { invalid : drop, established : accept, related : accept }', { state: 'INVALID' }, ['drop']],
    ['iifname vmap { "cni0" : drop, "eth*" : accept }', {}, ['drop']],
    ['numgen random mod 2 vmap { 0 : accept, 1 : drop }', {}, ['accept random', 'drop random']],
    ['jhash ip saddr mod 2 seed 0x1 vmap { 0 : accept, 1 : drop }', {}, ['accept random', 'drop random']],
    ['numgen inc mod 10 vmap { 0-4 : drop, 5-9 : drop }', {}, ['drop']],
    ['numgen random mod 3 vmap { 0 : drop }', {}, ['accept random', 'drop random']],
    ['flow add @f', {}, ['accept']],
    ['queue num 1', {}, ['accept perhaps', 'drop perhaps']],
    ['synproxy mss 1460', {}, ['accept perhaps', 'drop perhaps']],
    ['tproxy to :50080', {}, ['accept perhaps', 'drop perhaps']],
    ['ip daddr set 10.0.0.1', {}, ['accept perhaps', 'drop perhaps']],
    ['frobnicate', {}, ['accept perhaps', 'drop perhaps']],
    ['tcp dport 81 frobnicate', {}, ['accept']],
    ['xt target "LOG"', {}, ['accept']],
    ['counter packets 0 bytes 0 xt target "REJECT"', {}, ['reject']],
    ['xt target "MARK"', {}, ['accept mark ?']],
    ['xt target "TPROXY"', {}, ['accept perhaps', 'drop perhaps']],
    ['tcp dport 81 # match physdev', {}, ['accept']],
  ] as const)('%s of %j', (rules, packet, outcomes) => {
    expect(run(rules, packet).sort()).toEqual([...outcomes].sort());
  });

  it.each([
    ['dnat to 10.0.0.1', ['accept dnat 10.0.0.1']],
    ['meta l4proto tcp dnat ip to 10.0.0.1:8080', ['accept dnat 10.0.0.1:8080']],
    ['dnat to 10.0.0.1-10.0.0.9:80-90 random', ['accept dnat 10.0.0.1-10.0.0.9:80-90']],
    ['dnat ip6 to [fd00::1]:80', ['accept']],
    ['dnat ip to ip daddr . tcp dport map { 10.244.2.7 . 80 : 10.0.0.1 . 8080 }', ['accept dnat 10.0.0.1:8080']],
    [
      'dnat ip addr . port to ip daddr . tcp dport map { 10.244.2.7 . 80 : 10.0.0.1 . 8080 }',
      ['accept dnat 10.0.0.1:8080'],
    ],
    ['dnat ip to tcp dport map { 81 : 10.0.0.3 }', ['accept']],
    [
      'dnat to numgen random mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }',
      ['accept dnat 10.0.0.1 random', 'accept dnat 10.0.0.2 random'],
    ],
    ['redirect', ['accept redirect']],
    ['tcp dport 80 redirect to :8080', ['accept redirect :8080']],
    ['snat to 10.0.0.1 fully-random', ['accept snat 10.0.0.1']],
    ['meta l4proto tcp masquerade to :1000-2000 random,persistent', ['accept masquerade :1000-2000']],
    ['xt target "MASQUERADE"', ['accept masquerade']],
    ['snat ip prefix to ip saddr map { 10.0.0.0/24 : 10.1.0.0/24 }', ['accept perhaps', 'drop perhaps']],
    ['dnat to @nowhere', ['accept perhaps', 'drop perhaps']],
  ])('%s', (rule, outcomes) => {
    expect(outcomesOf(table(rule, '', NAT), 'ip t c').sort()).toEqual(outcomes);
  });

  it('names the rules that changed the packet, in their order', () => {
    const chain = chainOf(table('meta mark set 0x1\ntcp option maxseg size set 1200\naccept'), 'ip t c');
    const [outcome] = chain.evaluate(packetOf(), ENVIRONMENT);
    expect(outcome?.changed.map(({ text }) => text)).toEqual(['meta mark set 0x1', 'tcp option maxseg size set 1200']);
    expect(outcome?.changed[0]?.source).toEqual({ file: 'nodes/n1/nft0', line: 5 });
  });
});

describe('where a packet goes', () => {
  const SUB = `	chain sub {
		tcp dport 80 return
		drop
	}
	chain empty {
	}`;

  it('comes back from a chain that is jumped to, and not from one that is gone to', () => {
    expect(run('jump sub\nreject', {}, SUB)).toEqual(['reject']);
    expect(run('goto sub\nreject', {}, SUB)).toEqual(['accept']);
    expect(run('jump sub\nreject', { dport: 81 }, SUB)).toEqual(['drop']);
  });

  it('comes back from a chain without rules', () => {
    expect(run('jump empty\nreject', {}, SUB)).toEqual(['reject']);
  });

  it('returns from a chain that was gone to from a jumped one to where the jump was', () => {
    const chains = `${SUB}
	chain mid {
		goto sub
	}`;
    expect(run('jump mid\nreject', {}, chains)).toEqual(['reject']);
  });

  it('does not know what a chain does that is not in the output', () => {
    expect(run('jump gone\nreject')).toEqual(['reject perhaps', 'accept perhaps', 'drop perhaps']);
  });

  it('ends at the policy, and accepts where none is told', () => {
    expect(outcomesOf(table('', '', 'type filter hook input priority 0; policy drop;'), 'ip t c')).toEqual(['drop']);
    expect(outcomesOf(table('', '', 'type filter hook input priority 0;'), 'ip t c')).toEqual(['accept']);
  });

  it('is certain where all ways end alike', () => {
    expect(run('limit rate 1/second accept\naccept')).toEqual(['accept']);
    expect(run('frobnicate 1 drop\ndrop')).toEqual(['drop']);
  });

  it('tells ways apart by the rule at which they part', () => {
    const chain = chainOf(table('limit rate 1/second accept\ndrop'), 'ip t c');
    const ways = chain.evaluate(packetOf(), ENVIRONMENT).map(({ verdict, choices }) => [verdict, choices[0]?.way]);
    expect(ways).toEqual([
      ['accept', 0],
      ['drop', 1],
    ]);
  });
});

describe('the chains of a node', () => {
  it('are in the order of their priorities, with the tables they stand in', () => {
    const { chains, tables } = chainsOf(rulesetOf('host'), rulesetOf('kube-proxy'));
    expect(tables.map(({ family, name }) => `${family} ${name}`)).toEqual(['inet filter', 'ip nat', 'ip kube-proxy']);
    const forward = chains.filter(({ hook }) => hook === 'forward').map(({ name, priority }) => [name, priority]);
    expect(forward).toEqual([
      ['ip kube-proxy filter-forward', -110],
      ['inet filter forward', 0],
    ]);
  });

  it('leave out dormant tables, and keep bridge and ingress apart', () => {
    const { chains, bridge, ingress } = chainsOf(rulesetOf('expressions'));
    expect(chains.map(({ name }) => name)).toEqual(['inet t r', 'inet t n', 'inet t c', 'inet t p']);
    expect(bridge.map(({ name }) => name)).toEqual(['bridge b o', 'bridge b f']);
    expect(ingress.map(({ name, devices }) => [name, devices])).toEqual([['netdev nd i', ['lo']]]);
    expect(ingress[0]?.evaluate(packetOf({ src: '1.2.3.4' }), ENVIRONMENT).map(wordsOf)).toEqual(['drop']);
    expect(bridge[1]?.evaluate(packetOf({ dst: '1.2.3.4' }), ENVIRONMENT).map(wordsOf)).toEqual(['drop']);
    expect(bridge[1]?.evaluate(packetOf(), ENVIRONMENT).map(wordsOf)).toEqual(['accept']);
  });

  it('are none where no output tells of nftables', () => {
    expect(nftChainsOf(storeOf(), 'node/n1')).toEqual({ chains: [], bridge: [], ingress: [], tables: [] });
  });

  it('take a chain that several outputs print once, from the last', () => {
    const before = table('drop');
    const after = table('tcp dport 81 drop');
    const { chains } = chainsOf(before, after);
    expect(chains).toHaveLength(1);
    expect(chains[0]?.evaluate(packetOf(), ENVIRONMENT).map(wordsOf)).toEqual(['accept']);
    expect(outcomesOf(`${before}\n${after}`, 'ip t c')).toEqual(['accept']);
  });
});

describe('a long chain', () => {
  /** Rules for many addresses, and at some places rules for others. */
  const long = (at: Readonly<Record<number, string>>) =>
    Array.from({ length: 100 }, (_, i) => at[i] ?? `meta l4proto tcp  ip daddr 10.96.0.${i} tcp dport 80 reject`).join(
      '\n',
    );

  it('finds the rule for a packet among those for others', () => {
    expect(run(long({}), { dst: '10.96.0.77' })).toEqual(['reject']);
    expect(run(long({}), { dst: '10.96.0.77', dport: 81 })).toEqual(['accept']);
    expect(run(long({}), { dst: '10.96.0.177' })).toEqual(['accept']);
    expect(run(long({}), { dst: '10.96.0.0/24' }).sort()).toEqual(['accept perhaps', 'reject perhaps']);
  });

  it('keeps the order of rules', () => {
    expect(run(long({ 50: 'tcp dport 80 drop' }), { dst: '10.96.0.77' })).toEqual(['drop']);
    expect(run(long({ 50: 'tcp dport 80 drop' }), { dst: '10.96.0.33' })).toEqual(['reject']);
    expect(run(long({ 50: 'ip daddr 10.96.0.64/26 drop' }), { dst: '10.96.0.77' })).toEqual(['drop']);
  });

  it('passes by no rule that does something before it asks for the address, or asks for another', () => {
    expect(run(long({ 9: 'meta mark set 0x1 ip daddr 10.0.0.9 drop' }), { dst: '10.1.1.1' })).toEqual([
      'accept mark 0x1',
    ]);
    expect(run(long({ 9: 'ip daddr != 10.0.0.9 drop' }), { dst: '10.1.1.1' })).toEqual(['drop']);
    expect(run(long({ 9: 'ip daddr 10.0.0.9-10.2.0.0 drop' }), { dst: '10.1.1.1' })).toEqual(['drop']);
    expect(run(long({ 9: 'ct original ip daddr 10.1.1.1 drop' }), { dst: '10.1.1.1' })).toEqual(['drop']);
  });
});

describe('hostile rulesets', () => {
  it('give up on chains that go round', () => {
    const loop = `	chain a {
		goto b
	}
	chain b {
		goto a
	}`;
    expect(run('jump a\ndrop', {}, loop)).toEqual(['accept mark ? connmark ? perhaps']);
  });

  it('give up on chains that jump too deep', () => {
    const deep = Array.from({ length: 40 }, (_, i) => `	chain d${i} {\n\t\tjump d${i + 1}\n\t}`).join('\n');
    expect(run('jump d0\ndrop', {}, deep)).toEqual(['accept mark ? connmark ? perhaps']);
  });

  it('give up on chains that branch without end', () => {
    const wide = Array.from(
      { length: 15 },
      (_, i) => `	chain w${i} {\n\t\tjump w${i + 1}\n\t\tmeta mark set 0x${i + 1}\n\t\tjump w${i + 1}\n\t}`,
    ).join('\n');
    expect(run('jump w0\ndrop', {}, `${wide}\n\tchain w15 {\n\t\tcounter\n\t}`)).toEqual([
      'accept mark ? connmark ? perhaps',
    ]);
  });

  it('end with one doubt where there are too many ways', () => {
    const rules = Array.from({ length: 400 }, (_, i) => `limit rate 1/second meta mark set ${i + 1} accept`).join('\n');
    expect(run(rules)).toEqual(['accept mark ? connmark ? perhaps']);
  });

  it('do not take a map for all alike of which they see but a part', () => {
    const elements = Array.from({ length: 2000 }, (_, i) => `${i + 1} : ${i < 1990 ? 'drop' : 'accept'}`).join(', ');
    const outcomes = run(`tcp dport vmap { ${elements} }\nreject`, { dport: undefined });
    expect(outcomes.sort()).toEqual(['accept perhaps', 'drop perhaps', 'reject perhaps']);
  });

  it('read long chains of rules that may match without exploring every combination', () => {
    const rules = Array.from({ length: 300 }, () => 'limit rate 1/second drop').join('\n');
    expect(run(rules)).toHaveLength(2);
  });

  it.each([
    ['{ { { { {'],
    ['tcp dport {'],
    ['tcp dport vmap'],
    ['meta mark set'],
    ['meta mark set {'],
    ['dnat to'],
    ['dnat to 999.1.1.1:99999'],
    ['dnat to tcp dport map'],
    ['ip saddr .'],
    ['ip saddr . . . .'],
    ['fib'],
    ['numgen random mod 0 vmap { }'],
    ['numgen random mod 4294967295 vmap { 0-4294967295 : drop }'],
    ['jump'],
    ['set set set'],
    ['ct'],
    ['tcp flags & ( syn'],
    ['"'],
    ['vmap vmap'],
    ['constructor __proto__ toString'],
    ['ip saddr __proto__ drop'],
  ])('do not break on %s', (rule) => {
    expect(run(rule).length).toBeGreaterThan(0);
  });
});
