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

/** Every condition of a rule. */
export function optionsOf(rule: IptablesRule): RuleOption[] {
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
  return options;
}

/**
 * Reads `-m limit --limit 3/min`, `! -m set --match-set x src`, and what listings print of the same, into options. What is
 * no option at all comes as one with an empty name.
 */
export function optionsOfText(text: string): RuleOption[] {
  const options: RuleOption[] = [];
  let module = '';
  let negated = false;
  let bare = false;
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
      bare = true;
      last = undefined;
    } else if (!quoted && /^--?[A-Za-z]/.test(word)) {
      const values: string[] = [];
      last = { values };
      options.push({ module, option: word, negated, values });
      negated = false;
      bare = false;
    } else if (last === undefined) {
      options.push({ module: '', option: '', negated: false, values: [word] });
    } else last.values.push(word);
  }
  // A match without options (`-m socket`), a negation of nothing.
  if (bare || negated) options.push({ module, option: '', negated: false, values: [] });
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
