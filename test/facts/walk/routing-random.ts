import type { RandomSequence } from './netfilter/random-sequence.js';

/** What is asked of `ip route get`, and of the walk's routing. */
export interface RouteQuestion {
  dst: string;
  /** Of what is sent from here an own address; absent where none is chosen yet. */
  src?: string;
  /** Of what comes in. */
  iif?: string;
  oif?: string;
  mark: number;
}

/** Devices of a namespace with their addresses: `d5` has none, `d3` one for its link alone, the peer of `d4` is down. */
export const DEVICES: Readonly<Record<string, readonly string[]>> = {
  d0: ['10.1.0.1/24'],
  d1: ['10.1.1.1/24', '10.1.1.9/24', '172.16.1.1/16'],
  d2: ['10.1.2.1/25', '10.1.2.130/25'],
  d3: [],
  d4: ['10.1.4.1/24'],
  d5: [],
};
const NAMES = Object.keys(DEVICES);
const OWN = ['10.1.0.1', '10.1.1.1', '10.1.1.9', '172.16.1.1', '10.1.2.130', '10.9.9.9'];
const GATEWAYS = [
  ['10.1.0.2', 'd0'],
  ['10.1.1.2', 'd1'],
  ['172.16.5.5', 'd1'],
  ['10.1.2.2', 'd2'],
  ['10.1.2.200', 'd2'],
  ['10.1.4.2', 'd4'],
] as const;
const TABLES = ['100', '101', '102', '103'];
const MARKS = [0, 1, 2, 0x10, 0x4000, 0x4001];

const addressIn = (random: RandomSequence): string =>
  `10.${random.pick([20, 20, 20, 21, 30])}.${random.pick([0, 0, 1, 64, 128])}.${random.pick([0, 1, 2, 7, 129, 255])}`;

function prefixIn(random: RandomSequence): string {
  const length = random.pick([0, 8, 12, 16, 16, 20, 24, 24, 25, 30, 32]);
  const octets = addressIn(random).split('.').map(Number);
  const value = octets.reduce((all, octet) => all * 256 + octet, 0);
  const network = value - (value % 2 ** (32 - length));
  return `${[24, 16, 8, 0].map((shift) => (network / 2 ** shift) & 255).join('.')}/${length}`;
}

/** Commands of `ip -batch` that make the namespace. */
export function madeDevices(): string[] {
  const lines = ['link set lo up', 'addr add 10.9.9.9/32 dev lo'];
  for (const [dev, addresses] of Object.entries(DEVICES)) {
    lines.push(`link add ${dev} type veth peer name p${dev}`, `link set ${dev} up`);
    if (dev !== 'd4') lines.push(`link set p${dev} up`);
    lines.push(...addresses.map((address) => `addr add ${address} dev ${dev}`));
  }
  // Of an address for the link alone nothing is sent through a gateway.
  lines.push('addr add 169.254.7.7/16 dev d3 scope link');
  return lines;
}

function hop(random: RandomSequence): string {
  const kind = random.below(10);
  if (kind < 6) {
    const [via, dev] = random.pick(GATEWAYS);
    return `via ${via} dev ${dev}`;
  }
  if (kind < 8) return `via 169.254.1.1 dev ${random.pick(NAMES)} onlink`;
  return `dev ${random.pick(NAMES)}`;
}

function routeLine(random: RandomSequence): string {
  const prefix = prefixIn(random);
  const table = random.chance(0.4) ? 'main' : random.pick(TABLES);
  const metric = random.chance(0.4) ? ` metric ${random.pick([10, 20, 100])}` : '';
  const kind = random.below(20);
  if (kind < 5)
    return `route append ${random.pick(['blackhole', 'unreachable', 'prohibit', 'throw', 'throw'])} ${prefix} table ${table}${metric}`;
  if (kind === 5) return `route append local ${prefix} dev lo table ${random.chance(0.5) ? 'local' : table}${metric}`;
  const src = random.chance(0.3) ? ` src ${random.pick(OWN)}` : '';
  if (kind < 9)
    return `route append ${prefix} table ${table}${metric}${src} nexthop ${hop(random)} nexthop ${hop(random)} weight 2`;
  return `route append ${prefix} ${hop(random)} table ${table}${metric}${src}`;
}

function ruleLine(random: RandomSequence, priorities: readonly number[], i: number): string {
  const priority = priorities[i]!;
  const words: string[] = [];
  if (random.chance(0.2)) words.push('not');
  const from = random.below(6);
  if (from === 0) words.push(`from ${random.pick(OWN)}`);
  else if (from === 1) words.push(`from ${random.pick(['10.1.0.0/16', '10.20.0.0/16', '10.30.0.0/17'])}`);
  else words.push('from all');
  if (random.chance(0.4)) words.push(`to ${random.pick(['10.20.0.0/16', '10.20.64.0/18', '10.30.0.1', '10.0.0.0/8'])}`);
  if (random.chance(0.4))
    words.push(`fwmark ${random.pick(['0x1', '0x0/0x1', '0x10/0x10', '0x4000/0x4000', '0x0/0xf', '0x2'])}`);
  if (random.chance(0.2)) words.push(`iif ${random.pick(['lo', 'd0', 'd1', 'gone'])}`);
  words.push(`priority ${priority}`);
  const act = random.below(12);
  if (act === 0) words.push(random.pick(['blackhole', 'unreachable', 'prohibit']));
  else if (act <= 2) {
    // A target that no rule has leaves the rule without effect.
    const later = priorities.slice(i + 1).find((other) => other > priority);
    words.push(`goto ${random.chance(0.7) && later !== undefined ? later : priority + 1}`);
  } else {
    words.push(`lookup ${random.chance(0.3) ? 'main' : random.pick([...TABLES, '199'])}`);
    if (random.chance(0.3)) words.push(`suppress_prefixlength ${random.pick([0, 8, 16, 24])}`);
  }
  return `rule add ${words.join(' ')}`;
}

/** Commands of `ip -batch` for routes and rules; the kernel refuses some of them. */
export function randomRouting(random: RandomSequence): string[] {
  const priorities = Array.from({ length: 9 }, () => 10 * (1 + random.below(40))).sort((a, b) => a - b);
  return [
    ...Array.from({ length: 40 }, () => routeLine(random)),
    ...priorities.map((_, i) => ruleLine(random, priorities, i)),
    // Routes by the device vanish, and are dead among several next hops.
    ...(random.chance(0.3) ? ['link set d2 down'] : []),
  ];
}

export function randomQuestion(random: RandomSequence): RouteQuestion {
  const dst = random.chance(0.85)
    ? addressIn(random)
    : random.pick([...OWN, '10.1.0.255', '10.1.0.77', '10.1.2.127', '8.8.8.8', '172.16.200.1']);
  const mark = random.pick(MARKS);
  const kind = random.below(10);
  if (kind < 4) return { dst, mark };
  if (kind < 6) return { dst, mark, src: random.pick(OWN) };
  if (kind < 7) return { dst, mark, oif: random.pick(['d0', 'd1', 'd3', 'd4']) };
  return { dst, mark, src: random.chance(0.8) ? addressIn(random) : '10.1.0.77', iif: random.pick(NAMES) };
}
