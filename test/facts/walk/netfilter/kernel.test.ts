import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../../../src/facts/derive/ipv4.js';
import type { ChainOutcome, PacketEnvironment } from '../../../../src/facts/walk/netfilter/base-chain.js';
import type { Packet } from '../../../../src/facts/walk/packet.js';
import { ENVIRONMENT, filterOf, packet } from './node-filter.js';
import { PORTS, randomTables, SETS } from './random-rules.js';
import { RandomSequence } from './random-sequence.js';

/**
 * A router in one network namespace and a sender in another, joined by two devices. What the router forwards leaves by two
 * more, on which nobody answers.
 */
const NAMESPACES = `set -e
unshare -n sleep 60 &
sender=$!
trap "kill $sender" EXIT
while [ "$(readlink /proc/$sender/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
inside() { nsenter -t $sender -n "$@"; }
for i in 0 1; do
  ip link add in$i type veth peer name up$i
  ip link set up$i netns $sender
  ip addr add 10.7.$i.1/24 dev in$i
  ip link set in$i up
  inside ip addr add 10.7.$i.2/24 dev up$i
  inside ip link set up$i up
  ip route add 10.9.$i.0/24 via 10.7.$i.2
  inside ip route add default via 10.7.$i.1 table 10$i
  inside ip rule add from 10.9.$i.0/24 table 10$i
  ip link add out$i type veth peer name nobody$i
  ip link set out$i arp off up
  ip link set nobody$i up
done
ip route add 10.8.0.0/23 dev out0
ip route add 10.8.2.0/23 dev out1
inside ip link set lo up
inside ip route add default via 10.7.0.1
inside ip addr add 10.9.0.0/16 dev lo
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.in0.rp_filter=0 net.ipv4.conf.in1.rp_filter=0
ping -c 1 -W 2 10.7.0.2 >/dev/null
ping -c 1 -W 2 10.7.1.2 >/dev/null
`;

interface Sent {
  proto: 'tcp' | 'udp' | 'icmp';
  src: string;
  dst: string;
  sport: number;
  dport: number;
}

/** Sends each packet once: nothing answers, and connections are given up before they try again. */
const SENDER = `
const sent = JSON.parse(process.argv[1]);
const { spawn } = require('child_process');
for (const { proto, src, dst, sport, dport } of sent) {
  if (proto === 'udp') {
    const socket = require('dgram').createSocket('udp4');
    socket.on('error', () => {});
    socket.bind(sport, src, () => socket.send('0123456789', dport, dst, () => socket.close()));
  } else if (proto === 'tcp') {
    const socket = require('net').connect({ host: dst, port: dport, localAddress: src, localPort: sport });
    socket.on('error', () => {});
    setTimeout(() => socket.destroy(), 300);
  } else spawn('ping', ['-n', '-q', '-c', '1', '-w', '1', '-I', src, dst], { stdio: 'ignore' });
}
`;

function inNamespaces(script: string, input = ''): string {
  const run = spawnSync('unshare', ['-n', 'sh', '-c', `${NAMESPACES}\n${script}`], {
    encoding: 'utf8',
    input,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status !== 0) throw new Error(`the namespaces failed: ${run.error?.message ?? run.stderr}`);
  return run.stdout;
}

function whyNot(): string | undefined {
  try {
    inNamespaces('iptables-save; ipset list');
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const reason = whyNot();
const isRequired = process.env.PODNET_REQUIRE === 'all';

const THERE: PacketEnvironment = {
  addressType: (address) => (/^10\.7\.[01]\.1$/.test(formatIpv4(address)) ? 'LOCAL' : ENVIRONMENT.addressType(address)),
};
const SIZES = { tcp: 60, udp: 38, icmp: 84 };
const MARKS = [0, 1, 2, 3];

/** Each packet has a source address of its own, by which the router's counters tell it. */
function drawSent(random: RandomSequence): Sent[] {
  return Array.from({ length: 60 }, (_, i) => ({
    proto: random.pick(['tcp', 'udp', 'udp', 'icmp'] as const),
    src: `10.9.${i % 2}.${1 + Math.floor(i / 2)}`,
    dst: `10.8.${random.below(4)}.${random.pick([1, 2, 3, 130])}`,
    sport: 40000 + i,
    dport: random.pick(PORTS),
  }));
}

/** A rule for each packet and mark, above which stand those that have counted nothing yet. */
function countingRules(sent: readonly Sent[]): string[] {
  return sent.flatMap(({ src }) =>
    MARKS.map(
      (mark) => `-A POSTROUTING -s ${src} -o out+ -m mark --mark ${mark} -m comment --comment "${src} ${mark}"`,
    ),
  );
}

function forwardedOf(sent: Sent): Packet {
  const { proto, src, dst, sport, dport } = sent;
  return packet({
    ...{ proto, src, dst, sport, dport, size: SIZES[proto], bridged: false, mark: 0, connmark: 0 },
    in: src.startsWith('10.9.0.') ? 'in0' : 'in1',
    out: /^10\.8\.[01]\./.test(dst) ? 'out0' : 'out1',
  });
}

/** `dropped`, or `passed 2` with the packet's mark; undefined where the evaluation has doubts. */
function predicted(outputs: Record<string, string>, sent: readonly Sent[]): (string | undefined)[] {
  const chains = filterOf(outputs).chains('forward');
  return sent.map((one) => {
    let current = forwardedOf(one);
    for (const chain of chains) {
      const outcomes: readonly ChainOutcome[] = chain.evaluate(current, THERE);
      if (outcomes.length > 1) return undefined;
      if (outcomes[0]!.verdict !== 'accept') return 'dropped';
      current = outcomes[0]!.packet;
    }
    return `passed ${current.mark}`;
  });
}

/** What the counting rules say became of each packet. */
function happened(counters: string, sent: readonly Sent[]): string[] {
  const passed = new Map<string, string>();
  for (const line of counters.split('\n')) {
    const found = /^\[(\d+):\d+\] -A POSTROUTING .*--comment "(\S+) (\d)"/.exec(line);
    if (found !== null && found[1] !== '0') passed.set(found[2]!, `passed ${found[3]}`);
  }
  return sent.map(({ src }) => passed.get(src) ?? 'dropped');
}

describe('the real kernel', () => {
  it('is there where it is required', (context) => {
    if (reason !== undefined && !isRequired) context.skip(`no namespaces with iptables: ${reason}`);
    expect(reason).toBeUndefined();
  });
});

describe.skipIf(reason !== undefined)('random rules against the real kernel', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('do to packets what the evaluation says: %i', { timeout: 60_000 }, (seed) => {
    const random = new RandomSequence(seed);
    const sent = drawSent(random);
    const tables = randomTables(random, countingRules(sent));
    const printed = inNamespaces(
      `ipset restore <<'E'
${SETS}E
iptables-restore <<'E'
${tables}E
iptables-save > /dev/null
inside node -e "$(cat)" '${JSON.stringify(sent)}'
sleep 0.2
ipset save
echo =====
iptables-save -c`,
      SENDER,
    );
    const [sets = '', save = ''] = printed.split('=====\n');
    const told = predicted({ ipset_save: sets, 'iptables-save_-c': save }, sent);
    const real = happened(save, sent);
    const wrong = sent.flatMap((one, i) =>
      told[i] === real[i] || told[i] === undefined ? [] : [{ ...one, told: told[i], real: real[i] }],
    );
    expect(wrong).toEqual([]);
    expect(told.filter((verdict) => verdict !== undefined)).toHaveLength(sent.length);
    expect(new Set(real).size).toBeGreaterThan(1);
  });
});
