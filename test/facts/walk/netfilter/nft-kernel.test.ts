import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../../../src/facts/derive/ipv4.js';
import type { PacketEnvironment } from '../../../../src/facts/walk/netfilter/base-chain.js';
import { ROWS, SETS } from './nft-condition-rows.js';
import type { PacketWords } from './nft-packets.js';
import { ENVIRONMENT, outcomesOf, rulesetOf } from './nft-packets.js';

/** A network namespace with the node's address on a device that takes everything and answers nothing. */
const NAMESPACE = `set -e
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 arp off up
ip link set v1 up
ip addr add 10.244.1.9/24 dev v0
ip route add default dev v0`;

/** What a shell script prints that runs in a new network namespace. */
function inNamespace(script: string): string {
  const run = spawnSync('unshare', ['-n', 'sh', '-c', `${NAMESPACE}\n${script}`], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status !== 0) throw new Error(`the namespace failed: ${run.error?.message ?? run.stderr}`);
  return run.stdout;
}

function whyNot(): string | undefined {
  try {
    inNamespace('nft list ruleset');
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const reason = whyNot();
const isRequired = process.env.PODNET_REQUIRE === 'all';

/** Local are the loopback's addresses and the one of the device. */
const THERE: PacketEnvironment = {
  addressType: (address) => (formatIpv4(address) === '10.244.1.9' ? 'LOCAL' : ENVIRONMENT.addressType(address)),
};

const SENDERS = {
  udp: (to: string, port: number) =>
    `const s = require('dgram').createSocket('udp4'); s.bind(40000, () => s.send('x', ${port}, '${to}', () => s.close()));`,
  tcp: (to: string, port: number) =>
    `const s = require('net').connect({ host: '${to}', port: ${port}, localPort: 40000 }); s.on('error', () => {}); setTimeout(() => s.destroy(), 200);`,
};

/** What is sent, how a rule finds it among what comes of it, and what the walk takes it for. */
const SENT: readonly { send: string; guard: string; packet: PacketWords }[] = [
  {
    send: `node -e "${SENDERS.udp('127.0.0.1', 53)}"`,
    guard: 'udp dport 53',
    packet: { proto: 'udp', src: '127.0.0.1', dst: '127.0.0.1', dport: 53, out: 'lo', size: 29 },
  },
  {
    send: `node -e "${SENDERS.udp('10.244.2.7', 53)}"`,
    guard: 'udp dport 53',
    packet: { proto: 'udp', dst: '10.244.2.7', dport: 53, out: 'v0', size: 29 },
  },
  {
    send: `node -e "${SENDERS.tcp('10.244.2.7', 80)}"`,
    guard: 'tcp dport 80',
    packet: { dport: 80, out: 'v0', size: 60 },
  },
  {
    send: `node -e "${SENDERS.tcp('192.0.2.9', 8999)}"`,
    guard: 'tcp dport 8999',
    packet: { dst: '192.0.2.9', dport: 8999, out: 'v0', size: 60 },
  },
  {
    send: 'ping -c 1 -W 1 10.244.3.9 >/dev/null || true',
    guard: 'icmp type echo-request',
    packet: { proto: 'icmp', icmpType: 8, dst: '10.244.3.9', sport: undefined, dport: undefined, out: 'v0', size: 84 },
  },
];

const CONDITIONS = [...new Set(ROWS.map(([condition]) => condition))].filter(
  // Names that this nft does not know, words that are invented, and what the test's own packets may not be sure of.
  (condition) => !/frobnicate|xt match|@missing|\bhttp\b|name "|counter|@nobody \{/.test(condition),
);

interface CountedRule {
  rule?: { comment?: string; expr?: { counter?: { packets: number } }[] };
}

/** The devices of a packet that the node itself sends, at a hook. */
function devicesAt(hook: string, device: string | undefined): Pick<PacketWords, 'in' | 'out'> {
  return hook === 'prerouting' || hook === 'input' ? { in: device, out: undefined } : { in: '', out: device };
}

/** Packets that each condition took, by its number; conditions that the kernel does not take are missing. */
function countedBy(hook: string, sent: (typeof SENT)[number]): Map<number, number> {
  const base = `table inet t {${SETS}
	chain conditions {
	}
	chain c {
		type filter hook ${hook} priority filter; policy accept;
		${sent.guard} jump conditions
	}
}`;
  const rules = CONDITIONS.map(
    (condition, i) => `nft 'add rule inet t conditions ${condition} counter comment "${i}"' 2>/dev/null || true`,
  );
  const printed = inNamespace(
    [`nft -f - <<'E'\n${base}\nE`, ...rules, sent.send, 'nft -j list chain inet t conditions'].join('\n'),
  );
  const counted = new Map<number, number>();
  for (const { rule } of (JSON.parse(printed) as { nftables: CountedRule[] }).nftables) {
    const packets = rule?.expr?.find(({ counter }) => counter !== undefined)?.counter?.packets;
    if (rule?.comment !== undefined && packets !== undefined) counted.set(Number(rule.comment), packets);
  }
  return counted;
}

describe('the real kernel', () => {
  it('is there where it is required', (context) => {
    if (reason !== undefined && !isRequired) context.skip(`no namespace with nft: ${reason}`);
    expect(reason).toBeUndefined();
  });
});

describe.skipIf(reason !== undefined)('conditions against the real kernel', () => {
  it.each(
    SENT.flatMap((sent) =>
      // What goes to the loopback comes in again.
      ['output', 'postrouting', ...(sent.packet.out === 'lo' ? ['prerouting', 'input'] : [])].map(
        (hook) => [hook, sent.guard, sent.packet.dst ?? '10.244.2.7', sent] as const,
      ),
    ),
  )('match at %s of %s to %s as it does', { timeout: 60_000 }, (hook, _guard, _to, sent) => {
    const counted = countedBy(hook, sent);
    const wrong: string[] = [];
    let certain = 0;
    for (const [i, packets] of counted) {
      const text = `table inet t {${SETS}
	chain c {
		type filter hook ${hook} priority filter; policy accept;
		${CONDITIONS[i]} drop
	}
}`;
      const outcomes = outcomesOf(text, 'inet t c', { ...sent.packet, ...devicesAt(hook, sent.packet.out) }, THERE);
      if (outcomes.length > 1) continue;
      certain += 1;
      if ((outcomes[0] === 'drop') !== packets > 0) wrong.push(`${CONDITIONS[i]}: ${outcomes[0]}, ${packets} packets`);
    }
    expect(wrong).toEqual([]);
    expect(counted.size).toBeGreaterThan(80);
    expect(certain).toBeGreaterThan(70);
  });
});

describe.skipIf(reason !== undefined)('marks against the real kernel', () => {
  it('are set as it sets them', { timeout: 60_000 }, () => {
    const changes = [
      'meta mark set 0x00000010',
      'meta mark set meta mark or 0x00004000',
      'meta mark set meta mark xor 0x00004011',
      'meta mark set meta mark and 0xffff0001',
      'meta mark set meta mark & 0xffff00f1 | 0x00000100',
      'meta mark set meta mark or 0x80000000',
      'meta mark set ip daddr map { 10.244.2.7 : 0x3, 10.244.2.8 : 0x4 }',
      'meta mark set ip daddr map { 10.244.2.8 : 0x4 } meta mark set 0x99',
      'meta mark set ct mark',
      'ct mark set meta mark meta mark set ct mark and 0x0f',
      'tcp dport 80 meta mark set 0x5',
      'udp dport vmap { 53 : accept } meta mark set 0x6',
      'udp dport vmap { 54 : accept } meta mark set 0x6',
      'meta mark set 0x7 udp dport 54 meta mark set 0x8',
      'meta mark set 0x7 udp dport 53 meta mark set 0x8',
      'ct state new ct direction original meta mark set 0xa',
      'numgen random mod 2 vmap { 0 : jump set_b, 1 : jump set_b }',
      'ip daddr . udp dport vmap { 10.244.2.7 . 53 : goto set_b } meta mark set 0xc',
    ];
    const setB = '\tchain set_b {\n\t\tmeta mark set 0xb\n\t}';
    const printed = changes.map((change) => {
      const before = `type filter hook output priority mangle; policy accept;\n\t\tmeta mark set 0x11`;
      return { change, text: `table ip t {\n${setB}\n\tchain c {\n\t\t${before}\n\t\t${change}\n\t}\n}` };
    });
    const wrong: string[] = [];
    for (const { change, text } of printed) {
      const outcomes = outcomesOf(text, 'ip t c', { proto: 'udp', dport: 53, in: '', out: 'v0' }, THERE);
      const mark = /mark (0x[\da-f]+)/.exec(outcomes[0] ?? '')?.[1] ?? '0x0';
      const after = `table ip after {\nchain c {\ntype filter hook output priority 0;\nudp dport 53 meta mark ${mark} counter comment "same"\n}\n}`;
      const counted = inNamespace(
        `nft -f - <<'E' || exit 0\n${text}\n${after}\nE\n${SENT[1]!.send}\nnft -j list chain ip after c`,
      );
      const rules = counted === '' ? [] : (JSON.parse(counted) as { nftables: CountedRule[] }).nftables;
      const packets = rules.flatMap(({ rule }) => rule?.expr?.flatMap(({ counter }) => counter?.packets ?? []) ?? []);
      if (outcomes.length !== 1 || packets[0] !== 1)
        wrong.push(`${change}: ${outcomes.join(', ')}, ${packets.join()} packets`);
    }
    expect(wrong).toEqual([]);
  });
});

describe.skipIf(reason !== undefined)("kube-proxy's ruleset against the real kernel", () => {
  const kube = rulesetOf('kube-proxy');

  it('reaches the endpoints that the walk finds, and no other', { timeout: 60_000 }, () => {
    const addresses = ['10.244.1.2', '10.244.2.3', '10.96.0.10'];
    const counters = addresses.map((ip) => `ip daddr ${ip} udp dport 53 counter comment "${ip}"`).join('\n');
    const after = `table ip after {\nchain c {\ntype filter hook postrouting priority 300;\n${counters}\n}\n}`;
    const send = `const d = require('dgram'); for (let i = 0; i < 40; i += 1) { const s = d.createSocket('udp4'); s.bind(41000 + i, () => s.send('x', 53, '10.96.0.10', () => s.close())); }`;
    const printed = inNamespace(
      `nft -f - <<'E'\n${kube}\n${after}\nE\nnode -e "${send}"\nnft -j list chain ip after c`,
    );
    const reached = (JSON.parse(printed) as { nftables: CountedRule[] }).nftables.flatMap(({ rule }) => {
      const packets = rule?.expr?.find(({ counter }) => counter !== undefined)?.counter?.packets ?? 0;
      return rule?.comment !== undefined && packets > 0 ? [rule.comment] : [];
    });
    const predicted = outcomesOf(kube, 'ip kube-proxy nat-output', { proto: 'udp', dst: '10.96.0.10', dport: 53 });
    expect(predicted).toEqual(reached.map((ip) => `accept dnat ${ip}:53 random`));
  });

  it('rejects where the walk says so', { timeout: 60_000 }, () => {
    const targets = [
      ['10.96.9.9', 80],
      ['10.96.7.7', 81],
      ['10.96.200.1', 80],
      ['10.96.7.7', 80],
    ] as const;
    const connect = `const n = require('net'); const r = {}; const t = ${JSON.stringify(targets).replaceAll('"', "'")}; for (const [h, p] of t) { const s = n.connect({ host: h, port: p }); s.on('error', (e) => { r[h + ':' + p] = e.code; }); setTimeout(() => s.destroy(), 800); } setTimeout(() => console.log(JSON.stringify(r)), 900);`;
    const errors = JSON.parse(inNamespace(`nft -f - <<'E'\n${kube}\nE\nnode -e "${connect}"`)) as Record<
      string,
      string
    >;
    for (const [dst, dport] of targets) {
      const verdicts = ['filter-output', 'filter-output-post-dnat'].flatMap((chain) =>
        // What nat-output translates goes elsewhere when the later chain sees it.
        chain === 'filter-output-post-dnat' && dst === '10.96.7.7' && dport === 80
          ? outcomesOf(kube, `ip kube-proxy ${chain}`, { dst: '10.244.2.6', dport: 8080 })
          : outcomesOf(kube, `ip kube-proxy ${chain}`, { dst, dport }),
      );
      expect(verdicts.includes('reject'), `${dst}:${dport}`).toBe(errors[`${dst}:${dport}`] === 'ECONNREFUSED');
    }
  });
});
