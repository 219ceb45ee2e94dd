import type { RandomSequence } from './random-sequence.js';

/** Rules such as iptables-restore takes, over the conditions whose outcome a packet's properties settle. */

export const SETS = `create nets hash:net
add nets 10.8.1.0/24
add nets 10.8.2.0/23
add nets 10.8.2.128/25 nomatch
create ports hash:ip,port
add ports 10.8.0.2,tcp:80
add ports 10.8.1.2,udp:53
add ports 10.8.1.3,udp:53
create fromto hash:ip,port,ip
add fromto 10.8.0.2,udp:53,10.9.0.2
`;
export const PORTS = [22, 53, 80, 443, 8080];

function addresses(random: RandomSequence): string {
  const net = random.pick(['10.8', '10.9']);
  const host = `${net}.${random.below(4)}.${random.pick([1, 2, 3, 130])}`;
  return `${host}/${random.pick([32, 31, 25, 24, 23, 16])}`;
}

/** One condition, by the kind of which a rule bears at most one. */
const CONDITIONS: readonly ((random: RandomSequence, not: string) => string)[] = [
  (random, not) => `${not}-s ${addresses(random)}`,
  (random, not) => `${not}-d ${addresses(random)}`,
  (random, not) => `${not}-i ${random.pick(['in0', 'in1', 'in+', 'out+'])}`,
  (random, not) => `${not}-o ${random.pick(['out0', 'out1', 'o+', 'in0'])}`,
  (random, not) => `-m mark ${not}--mark ${random.below(4)}/${random.pick([1, 2, 3])}`,
  (random, not) => `-m connmark ${not}--mark ${random.below(4)}/${random.pick([1, 2, 3])}`,
  (random, not) =>
    `-m conntrack ${not}--ctstate ${random.pick(['NEW', 'RELATED,ESTABLISHED', 'INVALID', 'NEW,DNAT', 'DNAT'])}`,
  (random) => `-m conntrack --ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`,
  (random, not) => `-m conntrack ${not}--ctorigdst ${addresses(random)}`,
  (random, not) => `-m conntrack ${not}--ctorigsrc ${addresses(random)}`,
  (random, not) => `-m addrtype ${not}--dst-type ${random.pick(['LOCAL', 'UNICAST', 'BROADCAST'])}`,
  (random, not) => `-m addrtype ${not}--src-type ${random.pick(['LOCAL', 'UNICAST', 'MULTICAST'])}`,
  (random, not) => `-m iprange ${not}--src-range 10.9.0.${random.below(3)}-10.9.${random.below(3)}.3`,
  (random, not) => `-m iprange ${not}--dst-range 10.8.0.${random.below(3)}-10.8.${random.below(4)}.2`,
  (random, not) => `-m length ${not}--length ${random.pick(['38', '60', '0:59', '61:1500', '84'])}`,
  (random, not) => `-m pkttype ${not}--pkt-type ${random.pick(['unicast', 'broadcast'])}`,
  (random, not) => `-m set ${not}--match-set nets ${random.pick(['dst', 'src'])}`,
  (random, not) => `-m set ${not}--match-set ports ${random.pick(['dst,dst', 'dst,src'])}`,
  (_random, not) => `-m set ${not}--match-set fromto dst,dst,src`,
  (_random, not) => `-m physdev ${not}--physdev-is-in`,
  () => '-m comment --comment "-j DROP, \\"quoted\\" -s 10.0.0.1"',
  () => '-m recent --set --name seen',
];

/** A protocol with, mostly, a condition that it alone has. */
function protocol(random: RandomSequence): string {
  const not = random.chance(0.2) ? '! ' : '';
  const ports = () => [random.pick(PORTS.slice(0, 3)), random.pick(PORTS.slice(3))];
  const proto = random.pick(['tcp', 'udp']);
  switch (random.below(8)) {
    case 0:
      return `${not}-p ${random.pick(['tcp', 'udp', 'icmp'])}`;
    case 1:
      return `-p icmp -m icmp ${not}--icmp-type ${random.pick(['8', '0', '3/4', 'echo-request'])}`;
    case 2:
      return `-p tcp -m tcp ${not}--syn`;
    case 3:
      return `-p tcp -m tcp ${not}--tcp-flags ${random.pick(['ALL SYN', 'ALL NONE', 'SYN,ACK SYN', 'RST,ACK ACK', 'FIN,SYN FIN,SYN'])}`;
    case 4:
      return `-p ${proto} -m multiport ${not}--dports ${ports().join(random.chance(0.5) ? ',' : ':')}`;
    case 5:
      return `-p ${proto} -m multiport ${not}--ports ${random.pick(PORTS)},40000:40010`;
    case 6:
      return `-p ${proto} ${not}--sport ${random.pick(['40000:40020', '40005', ':40010', '40030:'])}`;
    default:
      return `-p ${proto} ${not}--dport ${ports().join(':')}`;
  }
}

export function randomRule(random: RandomSequence, chain: string, targets: readonly string[]): string {
  const kinds = new Set<number>();
  for (let i = random.below(3); i > 0; i -= 1) kinds.add(random.below(CONDITIONS.length));
  const conditions = [...kinds].map((kind) => CONDITIONS[kind]!(random, random.chance(0.25) ? '! ' : ''));
  if (conditions.length === 0 || random.chance(0.5)) conditions.unshift(protocol(random));
  return `-A ${chain} ${conditions.join(' ')} ${random.pick(targets)}`;
}

const MARKS = [
  ...['-j MARK --set-xmark 0x1/0x1', '-j MARK --set-xmark 0x2/0x3', '-j MARK --xor-mark 0x3', '-j MARK --and-mark 0x1'],
  ...['-j CONNMARK --set-xmark 0x1/0x3', '-j CONNMARK --save-mark', '-j CONNMARK --restore-mark'],
  '-j CONNMARK --restore-mark --nfmask 0x2 --ctmask 0x2',
];
const ENDS = ['-j ACCEPT', '-j DROP', '-j REJECT', '-j RETURN', '-j RETURN'];

/** Tables mangle and filter whose FORWARD chains jump and go to others. `counting` are rules of mangle's POSTROUTING. */
export function randomTables(random: RandomSequence, counting: readonly string[]): string {
  const table = (name: string, builtIn: readonly string[], ends: readonly string[]): string[] => {
    const lines = [
      `*${name}`,
      ...builtIn.map((chain) => `:${chain} ACCEPT [0:0]`),
      ...['A', 'B', 'C'].map((chain) => `:${chain} - [0:0]`),
    ];
    const later: Record<string, string[]> = { FORWARD: ['A', 'B', 'C'], A: ['B', 'C'], B: ['C'], C: [] };
    for (const [chain, next] of Object.entries(later)) {
      const jumps = next.flatMap((other) => [`-j ${other}`, `-j ${other}`, `-g ${other}`]);
      const targets = [...ends, ...MARKS, ...jumps, ...jumps];
      for (let i = 0; i < 16; i += 1) lines.push(randomRule(random, chain, targets));
    }
    return lines;
  };
  return [
    ...table(
      'mangle',
      ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
      ['-j ACCEPT', '-j RETURN', '-j DROP'],
    ),
    ...counting,
    'COMMIT',
    ...table('filter', ['INPUT', 'FORWARD', 'OUTPUT'], ENDS),
    'COMMIT\n',
  ].join('\n');
}
