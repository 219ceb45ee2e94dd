import { expect, it } from 'vitest';
import { ruleTablesOf } from '../../../../src/facts/derive/ruleset.js';
import { ipSetsOf } from '../../../../src/facts/walk/netfilter/ip-sets.js';
import { baseChainsOf } from '../../../../src/facts/walk/netfilter/netfilter.js';
import type { Packet } from '../../../../src/facts/walk/packet.js';
import { ENVIRONMENT, packet, storeOf } from './node-filter.js';
import { RandomSequence } from './random-sequence.js';

const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.1', '10.96.0.1'];
const DEVICES = ['eth0', 'cali1', 'cali2', 'cni0'];
const PORTS = [22, 53, 80, 443];
const MARKS = [0, 1, 2, 0x4000];

function condition(random: RandomSequence): string {
  const not = random.chance(0.15) ? '! ' : '';
  switch (random.below(9)) {
    case 0:
      return `${not}-s ${random.pick(ADDRESSES)}/${random.pick([32, 32, 24])}`;
    case 1:
    case 2:
      return `${not}-d ${random.pick(ADDRESSES)}/${random.pick([32, 32, 24])}`;
    case 3:
      return `${not}-i ${random.pick([...DEVICES, 'cali+'])}`;
    case 4:
      return `${not}-o ${random.pick(DEVICES)}`;
    case 5:
      return `-p ${random.pick(['tcp', 'udp'])} ${not}--dport ${random.pick([...PORTS, '50:90'])}`;
    case 6:
      return `-m mark ${not}--mark ${random.pick(MARKS)}/${random.pick(['0x3', '0x4000', '0xffffffff'])}`;
    case 7:
      return `-m conntrack ${not}--ctstate ${random.pick(['NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED'])}`;
    default:
      return random.chance(0.2) ? '-m u32 --u32 1' : `-p ${random.pick(['tcp', 'udp', 'icmp'])}`;
  }
}

/** Options of one name that stand twice in a rule would be refused by iptables; conditions of different kinds are not. */
function rule(random: RandomSequence, chain: string, targets: readonly string[]): string {
  const conditions = new Map<string, string>();
  for (let i = random.below(3); i >= 0; i -= 1) {
    const one = condition(random);
    const key = one.replace('! ', '').split(' ')[0]!;
    if (key !== '-p' || !conditions.has('-p')) conditions.set(key, one);
  }
  return `-A ${chain} ${[...conditions.values()].join(' ')} -j ${random.pick(targets)}`;
}

function ruleset(random: RandomSequence): string {
  const plain = ['ACCEPT', 'DROP', 'RETURN', 'LOG', 'MARK --set-xmark 0x1/0x3', 'MARK --set-xmark 0x4000/0x4000'];
  const lines = [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':A - [0:0]',
    ':B - [0:0]',
  ];
  const rules = (chain: string, targets: readonly string[]): void => {
    for (let i = 0; i < 40; i += 1) lines.push(rule(random, chain, targets));
  };
  rules('FORWARD', [...plain, 'A', 'A', 'B', 'LOG', 'LOG', 'LOG', 'LOG']);
  rules('A', [...plain, 'B', 'B', 'LOG', 'LOG']);
  rules('B', plain);
  return `${lines.join('\n')}\nCOMMIT\n`;
}

function sent(random: RandomSequence): Packet {
  const proto = random.pick(['tcp', 'udp', 'icmp']);
  const drawn = packet({
    proto,
    src: random.pick(ADDRESSES),
    dst: random.pick([...ADDRESSES, '10.0.0.0/24']),
    dport: random.pick(PORTS),
    state: random.pick(['NEW', 'ESTABLISHED'] as const),
    mark: random.pick([...MARKS, undefined]),
    in: random.pick([...DEVICES, undefined]),
    out: random.pick([...DEVICES, undefined]),
  });
  if (random.chance(0.1)) drawn.dst = undefined;
  if (random.chance(0.1)) drawn.dport = [50, 90];
  return drawn;
}

it('looking rules up gives what looking at each of them gives', () => {
  const random = new RandomSequence(8);
  const verdicts = new Set<string>();
  for (let round = 0; round < 40; round += 1) {
    const store = storeOf({ 'iptables-save': ruleset(random) });
    const [table] = ruleTablesOf(store, 'node/n1').get('filter')!;
    const sets = ipSetsOf(store, 'node/n1');
    const forward = (indexed: boolean) => baseChainsOf(table!, sets, indexed).find(({ hook }) => hook === 'forward')!;
    const [indexed, scanned] = [forward(true), forward(false)];
    for (let i = 0; i < 50; i += 1) {
      const one = sent(random);
      const outcomes = indexed.evaluate(one, ENVIRONMENT);
      expect(outcomes).toEqual(scanned.evaluate(one, ENVIRONMENT));
      for (const { verdict, choices } of outcomes) verdicts.add(`${verdict} ${choices.length > 0}`);
    }
  }
  expect([...verdicts].sort()).toEqual(['accept false', 'accept true', 'drop false', 'drop true']);
});
