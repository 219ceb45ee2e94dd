import type { IptablesRule } from '../../model.js';
import { isKnownMatch } from '../../parsers/iptables-matches.js';
import { connectionOption, negatedConnectionOption } from './connection-matches.js';
import type { IpSets } from './ip-sets.js';
import { ALWAYS, MAYBE, type Match, type Matcher, NEVER, negatedIf } from './match.js';
import {
  addressRangeMatch,
  addressTypeMatch,
  deviceMatch,
  eitherPortMatch,
  fragmentMatch,
  hasPhysicalDeviceMatch,
  icmpMatch,
  isBridgedMatch,
  lengthMatch,
  markMatch,
  networkMatch,
  ownerMatch,
  packetTypeMatch,
  physicalDeviceMatch,
  portMatch,
  protocolMatch,
  tcpFlagsMatch,
} from './packet-matches.js';
import { optionsOf, type RuleOption } from './rule-options.js';

/** The conditions of a rule, all of which must hold. */
export interface RuleMatch {
  matches: Matcher;
  /** Whether the kernel itself draws whether the rule takes a packet that matches. */
  draws: boolean;
}

/** Compiles a rule's conditions. `certain`: whether the output shows all of them; `iptables -nL` leaves the devices out. */
export function ruleMatchOf(rule: IptablesRule, certain: boolean, sets: IpSets): RuleMatch {
  const matchers: Matcher[] = [];
  let draws = false;
  const options = optionsOf(rule);
  const statistic = options.filter(({ module }) => module === 'statistic');
  if (statistic.length > 0) {
    const share = statisticOf(statistic);
    if (share === 'random') draws = true;
    else if (share !== 'yes') matchers.push(share === 'no' ? NEVER : MAYBE);
  }
  for (const option of options) {
    if (option.module === 'statistic') continue;
    const matcher = matcherOf(option, options, sets);
    if (matcher !== ALWAYS) matchers.push(matcher);
  }
  if (!certain) matchers.push(MAYBE);
  return { matches: allOf(matchers), draws };
}

function allOf(matchers: readonly Matcher[]): Matcher {
  if (matchers.length === 0) return ALWAYS;
  if (matchers.length === 1) return matchers[0]!;
  return (packet, place) => {
    let result: Match = 'yes';
    for (const matcher of matchers) {
      const match = matcher(packet, place);
      if (match === 'no') return 'no';
      if (match === 'maybe') result = 'maybe';
    }
    return result;
  };
}

/** `--mode random --probability 0.5`, `--mode nth --every 3 --packet 0`. */
function statisticOf(options: readonly RuleOption[]): Match | 'random' {
  const value = (name: string): string | undefined => options.find(({ option }) => option === name)?.values[0];
  const negated = options.some((option) => option.negated);
  const mode = value('--mode');
  if (mode === 'random') {
    const probability = Number(value('--probability') ?? Number.NaN);
    if (Number.isNaN(probability)) return 'maybe';
    if (probability >= 1) return negated ? 'no' : 'yes';
    if (probability <= 0) return negated ? 'yes' : 'no';
    return 'random';
  }
  if (mode !== 'nth') return 'maybe';
  return value('--every') === '1' && !negated ? 'yes' : 'random';
}

/** Modules whose options no packet's kind tells; the rule may match. Listed are those that other options share names with. */
const UNTOLD: ReadonlySet<string> = new Set(['hashlimit', 'connlimit', 'dccp', 'osf', 'ah', 'esp', 'u32', 'helper']);

function matcherOf(option: RuleOption, options: readonly RuleOption[], sets: IpSets): Matcher {
  const { module, option: name, negated, values } = option;
  const value = values[0] ?? '';
  if (UNTOLD.has(module) || (module !== '' && !isKnownMatch(module))) return MAYBE;
  if (name.startsWith('--ct') || name === '--state') {
    const matcher = connectionOption(name, value);
    return negated ? negatedConnectionOption(name, matcher) : matcher;
  }
  if (name === '--match-set') return negatedIf(negated, sets.matcher(value, values[1] ?? ''));
  const matcher = plainMatcher(option, options);
  // What follows a set's name counts packets or asks for more than membership.
  return matcher === undefined ? MAYBE : negatedIf(negated, matcher);
}

function plainMatcher({ module, option, values }: RuleOption, options: readonly RuleOption[]): Matcher | undefined {
  const value = values[0] ?? '';
  switch (option) {
    case '-p':
      return protocolMatch(value);
    case '-i':
      return deviceMatch('in', value);
    case '-o':
      return deviceMatch('out', value);
    case '-s':
      return networkMatch('src', value);
    case '-d':
      return networkMatch('dst', value);
    case '-f':
      return fragmentMatch;
    case '--dport':
    case '--dports':
    case '--destination-port':
    case '--destination-ports':
      return portMatch('dport', value);
    case '--sport':
    case '--sports':
    case '--source-port':
    case '--source-ports':
      return portMatch('sport', value);
    case '--ports':
      return eitherPortMatch(value);
    case '--icmp-type':
      return icmpMatch(value);
    case '--syn':
      return tcpFlagsMatch('FIN,SYN,RST,ACK', 'SYN');
    case '--tcp-flags':
      return tcpFlagsMatch(value, values[1] ?? '');
    case '--mark':
      return module === 'mark' || module === 'connmark' ? markMatch(module, value) : undefined;
    case '--src-range':
      return addressRangeMatch('src', value);
    case '--dst-range':
      return addressRangeMatch('dst', value);
    case '--src-type':
      return addressTypeMatch(
        'src',
        value,
        options.some((other) => other.option === '--limit-iface-in'),
      );
    case '--dst-type':
      return addressTypeMatch(
        'dst',
        value,
        options.some((other) => other.option.startsWith('--limit-iface-')),
      );
    case '--limit-iface-in':
    case '--limit-iface-out':
      return ALWAYS;
    case '--length':
      return lengthMatch(value);
    case '--pkt-type':
      return packetTypeMatch(value);
    case '--physdev-in':
      return physicalDeviceMatch('physIn', value);
    case '--physdev-out':
      return physicalDeviceMatch('physOut', value);
    case '--physdev-is-in':
      return hasPhysicalDeviceMatch('physIn');
    case '--physdev-is-out':
      return hasPhysicalDeviceMatch('physOut');
    case '--physdev-is-bridged':
      return isBridgedMatch();
    case '--uid-owner':
    case '--gid-owner':
    case '--socket-exists':
      return ownerMatch();
    case '--comment':
      return ALWAYS;
    default:
      return recentMatch(module, option, options);
  }
}

/** `-m recent --set` takes every packet; what it then keeps is asked for by other rules. */
function recentMatch(module: string, option: string, options: readonly RuleOption[]): Matcher | undefined {
  if (module !== 'recent') return undefined;
  const asks = options.some(
    ({ module: of, option: name }) => of === 'recent' && /^--(?:rcheck|update|remove)$/.test(name),
  );
  if (asks || options.some(({ module: of, negated }) => of === 'recent' && negated)) return undefined;
  return option === '' ? undefined : ALWAYS;
}
