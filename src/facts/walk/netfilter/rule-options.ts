import type { IptablesRule } from '../../model.js';
import { ruleWords } from '../../parsers/iptables-rule-spec.js';

/** One option of a rule: `-m conntrack ! --ctstate NEW` is `{module: 'conntrack', option: '--ctstate', negated: true, …}`. */
export interface RuleOption {
  /** Empty for the options that need none (`-s`, `-p`, `-i`). */
  module: string;
  option: string;
  negated: boolean;
  values: readonly string[];
}

/** Properties of the record and the options they came from. */
const PROPERTIES = [
  ['proto', '', '-p'],
  ['in', '', '-i'],
  ['out', '', '-o'],
  ['src', '', '-s'],
  ['dst', '', '-d'],
  ['dport', '', '--dport'],
  ['sport', '', '--sport'],
  ['mark', 'mark', '--mark'],
  ['dstType', 'addrtype', '--dst-type'],
] as const;

/** Options that a rule may bear twice, of which the record's property keeps the last. */
const TWICE = /(--(?:ct)?state|--dst-type|--dports?|--sports?|-m mark (?:! )?--mark) .*\1 /;

/** Every condition of a rule. */
export function optionsOf(rule: IptablesRule): RuleOption[] {
  if (TWICE.test(rule.text) && /^(?:\[\d+:\d+\] *)?-A /.test(rule.text)) return optionsOfText(conditions(rule.text));
  const options: RuleOption[] = [];
  for (const [property, module, option] of PROPERTIES) {
    const value = rule[property];
    if (value !== undefined) options.push({ module, option, negated: rule.not.includes(property), values: [value] });
  }
  if (rule.ctstate !== undefined) {
    const negated = rule.not.includes('ctstate');
    options.push({ module: 'conntrack', option: '--ctstate', negated, values: [rule.ctstate.join(',')] });
  }
  for (const text of rule.unknown) options.push(...optionsOfText(text));
  return [...options, ...unreadModules(rule)];
}

/** Modules all of whose options have a meaning here, or are kept in the record's `unknown`. */
const READ_MODULES: ReadonlySet<string> = new Set([
  ...[
    'tcp',
    'udp',
    'udplite',
    'sctp',
    'dccp',
    'icmp',
    'comment',
    'multiport',
    'iprange',
    'set',
    'statistic',
    'physdev',
  ],
  ...[
    'mark',
    'connmark',
    'conntrack',
    'state',
    'addrtype',
    'length',
    'pkttype',
    'owner',
    'limit',
    'hashlimit',
    'recent',
  ],
]);

/** Modules that match without options (`-m socket`), or whose options have another module's names. */
function unreadModules({ text }: IptablesRule): RuleOption[] {
  let any = false;
  for (const [, module] of text.matchAll(/ -m (\S+)/g)) any ||= !READ_MODULES.has(module!);
  if (!any) return [];
  const words = ruleWords(text);
  return words.flatMap((word, at) => {
    const before = words[at - 1];
    if (before === undefined || before.quoted || before.text !== '-m' || READ_MODULES.has(word.text)) return [];
    return [{ module: word.text, option: '', negated: false, values: [] }];
  });
}

/** What stands between `-A CHAIN` and the target. */
function conditions(text: string): string {
  return text.replace(/^(?:\[\d+:\d+\] *)?-A \S+ /, '').replace(/ -[jg] \S+(?: --?[a-z].*)?$/, '');
}

/**
 * Reads `-m limit --limit 3/min`, `! -m set --match-set x src`, and what listings print of the same, into options. What is
 * no option at all comes as one with an empty name.
 */
export function optionsOfText(text: string): RuleOption[] {
  const options: RuleOption[] = [];
  let module = '';
  let negated = false;
  let last: { values: string[] } | undefined;
  const words = ruleWords(fromListing(text));
  for (let i = 0; i < words.length; i += 1) {
    const { text: word, quoted } = words[i]!;
    if (!quoted && word === '!') {
      negated = true;
      last = undefined;
    } else if (!quoted && word === '-m' && words[i + 1] !== undefined) {
      i += 1;
      module = words[i]!.text;
      last = undefined;
    } else if (!quoted && /^--?[A-Za-z]/.test(word)) {
      const values: string[] = [];
      last = { values };
      options.push({ module, option: word, negated, values });
      negated = false;
    } else if (last === undefined) {
      options.push({ module: '', option: '', negated: false, values: [word] });
    } else last.values.push(word);
  }
  return options;
}

/** Matches as `iptables -L` words them, in iptables-save's words. */
const LISTED: readonly [RegExp, string][] = [
  [/^(! )?icmptype (\d+) code (\d+)$/, '$1-m icmp --icmp-type $2/$3'],
  [/^(! )?icmptype (\S+)$/, '$1-m icmp --icmp-type $2'],
  [/^(?:icmp )?(! )?(\S+-re(?:quest|ply))$/, '$1-m icmp --icmp-type $2'],
  [/^(?:tcp )?flags:!(0x\w+)\/(0x\w+)$/, '! -m tcp --tcp-flags $1 $2'],
  [/^(?:tcp )?flags:(0x\w+)\/(0x\w+)$/, '-m tcp --tcp-flags $1 $2'],
  [/^(?:tcp )?flags:!([A-Z,]+)\/([A-Z,]+)$/, '! -m tcp --tcp-flags $1 $2'],
  [/^(?:tcp )?flags:([A-Z,]+)\/([A-Z,]+)$/, '-m tcp --tcp-flags $1 $2'],
  [/^ADDRTYPE match src-type !(\S+)$/, '! -m addrtype --src-type $1'],
  [/^ADDRTYPE match src-type (\S+)$/, '-m addrtype --src-type $1'],
  [/^connmark match +!(\S+)$/, '! -m connmark --mark $1'],
  [/^connmark match +(\S+)$/, '-m connmark --mark $1'],
  [/^source IP range (\S+)$/, '-m iprange --src-range $1'],
  [/^source IP range ! (\S+)$/, '-m iprange ! --src-range $1'],
  [/^destination IP range (\S+)$/, '-m iprange --dst-range $1'],
  [/^destination IP range ! (\S+)$/, '-m iprange ! --dst-range $1'],
  [/^PHYSDEV match +(--physdev.*)$/, '-m physdev $1'],
];

function fromListing(text: string): string {
  for (const [listed, saved] of LISTED) if (listed.test(text)) return text.replace(listed, saved);
  return text;
}
