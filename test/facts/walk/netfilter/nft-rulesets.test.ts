import { describe, expect, it } from 'vitest';
import { nftRuleset } from '../../../../src/facts/parsers/nft-ruleset.js';
import { parseOutput } from '../../parsers/parse-output.js';
import type { PacketWords } from './nft-packets.js';
import { chainOf, ENVIRONMENT, outcomesOf, packetOf, rulesetOf, wordsOf } from './nft-packets.js';

/** As `nft -j list ruleset` counts them of the same rulesets. */
const COUNTED = [
  ['kube-proxy', { rules: 55, chains: 30, sets: 9, elements: 16 }],
  ['firewalld', { rules: 146, chains: 105, sets: 0, elements: 0 }],
  ['docker', { rules: 15, chains: 9, sets: 0, elements: 0 }],
  ['host', { rules: 21, chains: 6, sets: 5, elements: 12 }],
  ['expressions', { rules: 107, chains: 9, sets: 7, elements: 13 }],
] as const;

describe('what nft printed of real rulesets', () => {
  it.each(COUNTED)('loses no rule, chain, set or element of %s', (name, counted) => {
    const parsed = parseOutput(nftRuleset, 'nft list ruleset', rulesetOf(name));
    const sets = parsed.records('nft-set');
    expect(parsed.problems).toEqual([]);
    expect({
      rules: parsed.records('nft-rule').filter(({ text }) => text !== '').length,
      chains: parsed.records('nft-chain').length,
      sets: sets.length,
      elements: sets.reduce((sum, { elements }) => sum + (elements?.length ?? 0), 0),
    }).toEqual(counted);
  });

  it('loses the certainty of one rule alone where an expression is invented', () => {
    const text = rulesetOf('host').replace('ip saddr @blocked counter', 'ip saddr @blocked frobnicate 7 counter');
    const before = outcomesOf(rulesetOf('host'), 'inet filter input', { dst: '192.168.1.11', in: 'lo' });
    expect(outcomesOf(text, 'inet filter input', { dst: '192.168.1.11', in: 'lo' })).toEqual(before);
    expect(outcomesOf(text, 'inet filter input', { src: '203.0.113.66', in: 'lo' }).sort()).toEqual([
      'accept perhaps',
      'drop perhaps',
    ]);
  });
});

describe('kube-proxy in nftables mode', () => {
  const text = rulesetOf('kube-proxy');
  const kube = (chain: string, packet: Parameters<typeof outcomesOf>[2]) =>
    outcomesOf(text, `ip kube-proxy ${chain}`, packet);

  it('translates a ClusterIP to each of its endpoints', () => {
    expect(kube('nat-prerouting', { dst: '10.96.7.7' })).toEqual([
      'accept dnat 10.244.1.5:8080 random',
      'accept dnat 10.244.2.6:8080 random',
      'accept dnat 10.244.2.7:8080 random',
    ]);
  });

  it('names the rule of the endpoint that translates, and the one that draws', () => {
    const [first] = chainOf(text, 'ip kube-proxy nat-prerouting').evaluate(packetOf({ dst: '10.96.7.7' }), ENVIRONMENT);
    expect(first?.by).toMatchObject({ table: 'ip kube-proxy', text: 'meta l4proto tcp dnat to 10.244.1.5:8080' });
    expect(first?.translation?.rule).toBe(first?.by);
    expect(first?.choices.map(({ kind, rule, way }) => [kind, rule.chain, way])).toEqual([
      ['random', 'service-2QRHZV4L-default/web/tcp/http', 0],
    ]);
  });

  it('marks a connection of an endpoint to itself for masquerade', () => {
    expect(kube('nat-prerouting', { src: '10.244.1.5', dst: '10.96.7.7' })).toEqual([
      'accept dnat 10.244.1.5:8080 mark 0x4000 random',
      'accept dnat 10.244.2.6:8080 random',
      'accept dnat 10.244.2.7:8080 random',
    ]);
  });

  it('marks what comes from outside of the pod network', () => {
    expect(kube('nat-prerouting', { src: '192.168.1.50', dst: '10.96.0.10', proto: 'udp', dport: 53 })).toEqual([
      'accept dnat 10.244.1.2:53 mark 0x4000 random',
      'accept dnat 10.244.2.3:53 mark 0x4000 random',
    ]);
  });

  it.each([
    [{ dst: '10.96.7.7', dport: 81 } as PacketWords, 'another port'],
    [{ dst: '10.96.7.7', proto: 'udp' }, 'another protocol'],
    [{ dst: '10.96.7.8' }, 'another address'],
    [{ dst: '10.244.2.7' }, 'a pod'],
  ])('leaves %j as it is: %s', (packet, _what) => {
    expect(kube('nat-prerouting', packet)).toEqual(['accept']);
  });

  it('translates a node port on its address alone', () => {
    const outcomes = kube('nat-prerouting', { src: '192.168.1.50', dst: '192.168.1.11', dport: 30_080 });
    expect(outcomes).toHaveLength(3);
    expect(outcomes[0]).toBe('accept dnat 10.244.1.5:8080 mark 0x4000 random');
    expect(kube('nat-prerouting', { dst: '192.168.1.12', dport: 30_080 })).toEqual(['accept']);
  });

  it('keeps a client at the endpoint that its affinity names', () => {
    expect(kube('nat-prerouting', { src: '10.244.1.20', dst: '10.96.5.5' })).toEqual(['accept dnat 10.244.2.8:80']);
    expect(kube('nat-prerouting', { src: '10.244.1.21', dst: '10.96.5.5' })).toEqual([
      'accept dnat 10.244.2.8:80 random',
      'accept dnat 10.244.1.8:80 random',
    ]);
  });

  it('rejects what goes to a Service without endpoints, and only that', () => {
    expect(kube('filter-forward', { dst: '10.96.9.9' })).toEqual(['reject']);
    expect(kube('filter-output', { dst: '10.96.9.9' })).toEqual(['reject']);
    expect(kube('filter-forward', { dst: '10.96.9.8' })).toEqual(['drop']);
    expect(kube('filter-input', { dst: '192.168.1.11', dport: 31_000 })).toEqual(['reject']);
    expect(kube('filter-input', { dst: '192.168.1.11', dport: 31_001 })).toEqual(['accept']);
    expect(kube('filter-forward', { dst: '10.96.9.9', state: 'ESTABLISHED' })).toEqual(['accept']);
  });

  it('rejects other ports of a ClusterIP, and drops ClusterIPs that nobody has', () => {
    expect(kube('filter-forward', { dst: '10.96.7.7', dport: 81 })).toEqual(['reject']);
    expect(kube('filter-forward', { dst: '10.96.200.1' })).toEqual(['drop']);
    expect(kube('filter-forward', { dst: '10.112.0.1' })).toEqual(['accept']);
  });

  it("holds a load balancer's source ranges", () => {
    const to = { dst: '198.51.100.9' };
    expect(kube('filter-prerouting', { ...to, src: '203.0.113.7' })).toEqual(['accept']);
    expect(kube('filter-prerouting', { ...to, src: '203.0.114.7' })).toEqual(['drop']);
  });

  it('masquerades what is marked, and takes the mark off', () => {
    expect(kube('nat-postrouting', { mark: 0x4000 })).toEqual(['accept masquerade']);
    expect(kube('nat-postrouting', { mark: 0x4001 })).toEqual(['accept masquerade mark 0x1']);
    expect(kube('nat-postrouting', { mark: 1 })).toEqual(['accept mark 0x1']);
    expect(kube('nat-postrouting', { mark: undefined })).toEqual([
      'accept mark ? perhaps',
      'accept masquerade mark ? perhaps',
    ]);
  });

  it('gives every way of a packet whose port is not known', () => {
    const outcomes = kube('nat-prerouting', { dst: '10.96.7.7', dport: undefined });
    expect(outcomes).toContain('accept perhaps');
    expect(outcomes).toContain('accept dnat 10.244.2.7:8080 perhaps');
    expect(outcomes).toHaveLength(4);
  });

  it('has its chains at the hooks and priorities that it asked for', () => {
    const place = (name: string) => {
      const { hook, priority, type } = chainOf(text, `ip kube-proxy ${name}`);
      return [hook, priority, type];
    };
    expect(place('filter-prerouting')).toEqual(['prerouting', -110, 'filter']);
    expect(place('nat-prerouting')).toEqual(['prerouting', -100, 'nat']);
    expect(place('nat-postrouting')).toEqual(['postrouting', 100, 'nat']);
    expect(place('filter-output-post-dnat')).toEqual(['output', -90, 'filter']);
  });
});

describe("firewalld's table", () => {
  const text = rulesetOf('firewalld');
  const firewalld = (chain: string, packet: Parameters<typeof outcomesOf>[2]) =>
    outcomesOf(text, `inet firewalld ${chain}`, packet);
  const outside = { src: '198.51.100.7', dst: '192.168.1.11', in: 'eth0' };

  it.each([
    ['ssh from anywhere', { ...outside, dport: 22 }, 'accept'],
    ['a port that was opened', { ...outside, dport: 6443 }, 'accept'],
    ['a range of ports that was opened', { ...outside, dport: 31_999 }, 'accept'],
    ['a port that was not', { ...outside, dport: 10_250 }, 'reject'],
    ['VXLAN', { ...outside, proto: 'udp', dport: 8472 }, 'reject'],
    ['a trusted source', { ...outside, src: '10.244.3.3', dport: 10_250 }, 'accept'],
    ['a source that a rich rule rejects', { ...outside, src: '192.0.2.7', dport: 9100 }, 'reject'],
    ['a ping', { ...outside, proto: 'icmp', icmpType: 8, sport: undefined, dport: undefined }, 'accept'],
    ['an answer', { ...outside, dport: 40_000, state: 'ESTABLISHED' }, 'accept'],
    ['what conntrack does not know', { ...outside, dport: 22, state: 'INVALID' }, 'drop'],
  ] as const)('lets in or keeps out %s', (_what, packet, verdict) => {
    expect(firewalld('filter_INPUT', packet)).toEqual([verdict]);
  });

  it('rejects what is forwarded between zones, but not what was translated', () => {
    expect(firewalld('filter_FORWARD', { src: '198.51.100.7', in: 'eth0', out: 'cni0' })).toEqual(['reject']);
    expect(
      firewalld('filter_FORWARD', {
        src: '198.51.100.7',
        in: 'eth0',
        out: 'cni0',
        translated: { dst: true, src: false },
      }),
    ).toEqual(['accept']);
    expect(firewalld('filter_FORWARD', { src: '10.244.1.9', in: 'cni0', out: 'eth0' })).toEqual(['accept']);
  });

  it('forwards a port and masquerades', () => {
    expect(firewalld('nat_PREROUTING', { ...outside, dport: 8080 })).toEqual(['accept dnat 10.0.0.9:80']);
    expect(firewalld('nat_PREROUTING', { ...outside, dport: 8081 })).toEqual(['accept']);
    expect(firewalld('nat_POSTROUTING', { dst: '198.51.100.7', out: 'eth0' })).toEqual(['accept masquerade']);
    expect(firewalld('nat_POSTROUTING', { dst: '198.51.100.7', out: 'lo' })).toEqual(['accept']);
  });
});

describe("Docker's chains as iptables-nft keeps them", () => {
  const text = rulesetOf('docker');

  it('drops what neither comes from nor goes to docker0 by the policy', () => {
    const chain = chainOf(text, 'ip filter FORWARD');
    const [outcome] = chain.evaluate(packetOf(), ENVIRONMENT);
    expect(outcome?.by).toMatchObject({ table: 'ip filter', chain: 'FORWARD', text: 'policy drop' });
    expect(outcomesOf(text, 'ip filter FORWARD', { in: 'docker0' })).toEqual(['accept']);
    expect(outcomesOf(text, 'ip filter FORWARD', { out: 'docker0' })).toEqual(['drop']);
    expect(outcomesOf(text, 'ip filter FORWARD', { out: 'docker0', state: 'ESTABLISHED' })).toEqual(['accept']);
  });

  it('masquerades containers that go elsewhere', () => {
    expect(outcomesOf(text, 'ip nat POSTROUTING', { src: '172.17.0.2' })).toEqual(['accept masquerade']);
    expect(outcomesOf(text, 'ip nat POSTROUTING', { src: '172.17.0.2', out: 'docker0' })).toEqual(['accept']);
    expect(outcomesOf(text, 'ip nat POSTROUTING', { src: '172.18.0.2' })).toEqual(['accept']);
  });
});

describe('a hand-written nftables.conf', () => {
  const text = rulesetOf('host');
  const local = { src: '192.168.1.50', dst: '192.168.1.11', in: 'eth0' };

  it.each([
    ['an open port', { ...local, dport: 443 }, ['accept']],
    ['a node port', { ...local, dport: 30_001 }, ['accept']],
    ['VXLAN', { ...local, proto: 'udp', dport: 8472 }, ['accept']],
    ['TCP to that port', { ...local, dport: 8472 }, ['reject']],
    ["an admin's ssh", { ...local, src: '10.20.0.30', dport: 22 }, ['accept']],
    ["a near neighbour's ssh", { ...local, src: '10.20.0.31', dport: 22 }, ['reject']],
    ['the kubelet from the LAN', { ...local, dport: 10_250 }, ['accept']],
    ['the kubelet from elsewhere', { ...local, src: '192.168.2.50', dport: 10_250 }, ['reject']],
    ['who is blocked', { ...local, src: '203.0.113.66', dport: 443 }, ['drop']],
    ['a broadcast', { ...local, dst: '192.168.1.255', proto: 'udp', dport: 137 }, ['drop']],
    ['an open port by another device', { ...local, in: 'eth1', dport: 443 }, ['reject']],
  ] as const)('judges %s', (_what, packet, outcomes) => {
    expect(outcomesOf(text, 'inet filter input', packet)).toEqual(outcomes);
  });

  it('cannot tell whether a limited ping passes', () => {
    const ping = { ...local, proto: 'icmp', icmpType: 8, sport: undefined, dport: undefined };
    expect(outcomesOf(text, 'inet filter input', ping).sort()).toEqual(['accept perhaps', 'reject perhaps']);
  });

  it('clamps segments of what no earlier rule accepts', () => {
    expect(outcomesOf(text, 'inet filter forward', { in: 'eth1' })).toEqual(['accept mss pmtu']);
    expect(outcomesOf(text, 'inet filter forward', { in: 'eth1', dport: 22 })).toEqual(['drop mss pmtu']);
    expect(outcomesOf(text, 'inet filter forward', { in: 'eth1', tcp: 'ack' })).toEqual(['accept']);
    expect(outcomesOf(text, 'inet filter forward', { in: 'vethab12' })).toEqual(['accept']);
  });

  it('translates by a map, and not where the map has nothing', () => {
    expect(outcomesOf(text, 'ip nat prerouting', { ...local, dport: 8443 })).toEqual(['accept dnat 10.244.1.6:443']);
    expect(outcomesOf(text, 'ip nat prerouting', { ...local, dport: 8444 })).toEqual(['accept']);
    expect(outcomesOf(text, 'ip nat prerouting', { ...local, dport: 9000 })).toEqual(['accept redirect :9001']);
  });

  it('translates sources', () => {
    expect(outcomesOf(text, 'ip nat postrouting', { dst: '8.8.8.8' })).toEqual(['accept masquerade']);
    expect(outcomesOf(text, 'ip nat postrouting', {})).toEqual(['accept']);
    expect(outcomesOf(text, 'ip nat postrouting', { src: '10.9.1.1', dst: '8.8.8.8' })).toEqual([
      'accept snat 192.168.1.11-192.168.1.12:1024-2048',
    ]);
  });
});

describe('every rule of every expression', () => {
  it('is run without harm by packets of many kinds', () => {
    const kinds: Parameters<typeof packetOf>[0][] = [
      {},
      { proto: 'udp', dport: 53 },
      { proto: 'icmp', icmpType: 8, sport: undefined, dport: undefined },
      { src: undefined, dst: undefined, sport: undefined, dport: undefined, in: undefined, out: undefined },
      { state: 'UNTRACKED', mark: undefined, connmark: undefined, size: undefined },
    ];
    for (const kind of kinds) {
      const outcomes = chainOf(rulesetOf('expressions'), 'inet t c').evaluate(packetOf(kind), ENVIRONMENT);
      expect(outcomes.length, JSON.stringify(kind)).toBeGreaterThan(0);
      expect(outcomes.map(wordsOf)).toEqual([...new Set(outcomes.map(wordsOf))]);
    }
  });
});
