import type { IptablesRule } from '../model.js';
import { addComment, negate, setXmark } from './iptables-words.js';
import { portNumber } from './service-port.js';

/** What the `to:` of a target is called by iptables-save. */
const TO: Readonly<Record<string, string>> = { SNAT: 'to-source', NETMAP: 'to' };
/** By what the words of a target begin that does not name itself in front of them. */
const UNNAMED: Readonly<Record<string, RegExp>> = {
  CT: /^NOTRACK$/,
  NFLOG: /^nflog-/,
  SET: /^(?:add|del|map)-set$/,
};
/** What iptables repeats of the protocol in front of its options. */
const PROTOCOL_WORDS = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'icmp', 'ipv6-icmp', 'icmpv6']);
/** Words by which a match begins that the rule's properties do not hold; each takes what follows, up to the next known one. */
const STARTS =
  /^(?:ctstate|state|multiport|mark|connmark|ADDRTYPE|icmptype|length|tcpmss|socket|rpfilter|STRING|MAC|PKTTYPE|TIME|u32|to:\S*|reject-with|random|random-fully|persistent|NOTRACK|nflog-\S+|(?:add|del|map)-set|\[goto\]|match-set|statistic|limit:|PHYSDEV|owner|recent:|!|(?:dpts?|spts?):\S+)$/;

/** `!10.0.0.0/8` apart. */
export function negation(text: string): [value: string, negated: boolean] {
  return text.startsWith('!') ? [text.slice(1), true] : [text, false];
}

/** `http` to `80` where the listing was made without `-n`. */
function numericPorts(text: string): string {
  return text
    .split(',')
    .map((part) =>
      part
        .split(':')
        .map((port) => String(portNumber(port) ?? port))
        .join(':'),
    )
    .join(',');
}

/**
 * Sets one of the rule's properties. A rule may ask for the same thing twice (`mark match ! 0x1 mark match ! 0x2`): what
 * comes second is kept in iptables-save's words.
 */
function setOnce(
  rule: IptablesRule,
  property: 'sport' | 'dport' | 'mark' | 'ctstate' | 'dstType',
  saved: string,
  value: string,
  negated: boolean,
): void {
  if (rule[property] !== undefined) {
    const [module, option] = saved.split(' ');
    rule.unknown.push(`-m ${module} ${negated ? '! ' : ''}${option} ${value}`);
    return;
  }
  if (property === 'ctstate') rule.ctstate = value.split(',');
  else rule[property] = value;
  negate(rule, property, negated);
}

function setPorts(rule: IptablesRule, side: 'sport' | 'dport', text: string, multiple = false): void {
  const [ports, negated] = negation(text);
  const saved = multiple ? `multiport --${side}s` : `${rule.proto ?? 'tcp'} --${side}`;
  setOnce(rule, side, saved, numericPorts(ports), negated);
}

/** Takes the comments out of the extensions. A comment may hold anything but its own end. */
export function takeComments(rule: IptablesRule, words: readonly string[]): string[] {
  const rest: string[] = [];
  let comment: string[] | undefined;
  for (const word of words) {
    if (comment === undefined) {
      if (word === '/*') comment = [];
      else rest.push(word);
    } else if (word === '*/') {
      addComment(rule, comment.join(' '));
      comment = undefined;
    } else comment.push(word);
  }
  if (comment !== undefined) addComment(rule, comment.join(' '));
  return rest;
}

/** Reads `tcp dpt:80 ctstate NEW mark match 0x4000/0x4000 to:10.0.0.1:80` into the rule. */
export function readExtensions(rule: IptablesRule, words: readonly string[]): void {
  let negated = false;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!;
    const next = words[i + 1] ?? '';
    const wasNegated = negated;
    negated = false;
    if (word === rule.target && next !== 'match') {
      readTarget(rule, words.slice(i + 1));
      return;
    }
    if (UNNAMED[rule.target ?? '']?.test(word) === true) {
      readTarget(rule, words.slice(i));
      return;
    }
    if (word === '!') negated = true;
    else if (PROTOCOL_WORDS.has(word) && !/^!?(?:flags|option|type)/.test(next)) continue;
    else if (/^dpts?:/.test(word)) setPorts(rule, 'dport', word.slice(word.indexOf(':') + 1));
    else if (/^spts?:/.test(word)) setPorts(rule, 'sport', word.slice(word.indexOf(':') + 1));
    else if (word === 'multiport' && (next === 'dports' || next === 'sports') && words[i + 2] !== undefined) {
      const bang = words[i + 2] === '!';
      const ports = words[i + (bang ? 3 : 2)] ?? '';
      setPorts(rule, next === 'dports' ? 'dport' : 'sport', bang ? `!${ports}` : ports, true);
      i += bang ? 3 : 2;
    } else if ((word === 'ctstate' || word === 'state') && next !== '') {
      setOnce(rule, 'ctstate', word === 'state' ? 'state --state' : 'conntrack --ctstate', next, wasNegated);
      i += 1;
    } else if ((word === 'mark' || word === 'MARK') && next === 'match') {
      const bang = words[i + 2] === '!';
      const [mark, glued] = negation(words[i + (bang ? 3 : 2)] ?? '');
      setOnce(rule, 'mark', 'mark --mark', mark, bang || glued);
      i += bang ? 3 : 2;
    } else if (word === 'ADDRTYPE' && next === 'match' && words[i + 2] === 'dst-type') {
      const [type, not] = negation(words[i + 3] ?? '');
      setOnce(rule, 'dstType', 'addrtype --dst-type', type, not);
      i += 3;
    } else if (word.startsWith('to:')) rule.targetOptions[TO[rule.target ?? ''] ?? 'to-destination'] = word.slice(3);
    else if (word === 'reject-with') {
      rule.targetOptions['reject-with'] = next;
      i += 1;
    } else if (word === 'random' || word === 'random-fully' || word === 'persistent') rule.targetOptions[word] = '';
    else if (word === '[goto]') rule.goto = true;
    else if ((word === 'redir' || word === 'masq') && next.startsWith('port')) {
      rule.targetOptions['to-ports'] = words[i + 2] ?? '';
      i += 2;
    } else if (word === 'statistic' && next === 'mode') {
      // `statistic mode random probability 0.5`, `statistic mode nth every 3 packet 2`: names and values by turns.
      let match = '-m statistic';
      while (/^(?:mode|probability|every|packet)$/.test(words[i + 1] ?? '') && words[i + 2] !== undefined) {
        match += ` --${words[i + 1]!} ${words[i + 2]!}`;
        i += 2;
      }
      rule.unknown.push(wasNegated ? `! ${match}` : match);
    } else if (word === 'match-set') {
      rule.unknown.push(`${wasNegated ? '! ' : ''}-m set --match-set ${next} ${words[i + 2] ?? ''}`.trim());
      i += 2;
    } else {
      // A match of another kind, up to where something known begins.
      const unknown = [...(wasNegated ? ['!'] : []), word];
      while (i + 1 < words.length && words[i + 1] !== rule.target && !STARTS.test(words[i + 1]!)) {
        i += 1;
        unknown.push(words[i]!);
      }
      rule.unknown.push(unknown.join(' '));
    }
  }
}

/** The target's own words, after its name: `MARK or 0x4000`, `LOG flags 0 level 4 prefix "x"`, `TCPMSS clamp to PMTU`. */
function readTarget(rule: IptablesRule, words: string[]): void {
  if (rule.target === 'MARK') {
    const xmark = setXmark(words[0] ?? '', words[1] ?? '');
    if (xmark !== undefined) {
      rule.targetOptions['set-xmark'] = xmark;
      return;
    }
  }
  // Listings call the target that it is an alias of.
  if (rule.target === 'CT' && words[0] === 'NOTRACK') {
    rule.target = 'NOTRACK';
    return;
  }
  if (rule.target === 'CONNMARK' && readConnmark(rule, words)) return;
  if (rule.target === 'TCPMSS' && words[0] === 'clamp') rule.targetOptions['clamp-mss-to-pmtu'] = '';
  else if (rule.target === 'TCPMSS' && words[0] === 'set') rule.targetOptions['set-mss'] = words[1] ?? '';
  else if (rule.target === 'CT' && words[0] === 'notrack') rule.targetOptions.notrack = '';
  else rule.targetOptions.options = words.join(' ');
}

/** `or 0x20`, `restore mask 0x80`, `save nfmask 0xff ctmask ~0xff`. Whether it was understood. */
function readConnmark(rule: IptablesRule, words: readonly string[]): boolean {
  const [operation = '', ...rest] = words;
  if (operation === 'save' || operation === 'restore') {
    rule.targetOptions[`${operation}-mark`] = '';
    for (let i = 0; i + 1 < rest.length; i += 2) rule.targetOptions[rest[i]!] = rest[i + 1]!;
    return true;
  }
  const xmark = setXmark(operation, rest[0] ?? '');
  if (xmark !== undefined) rule.targetOptions['set-xmark'] = xmark;
  return xmark !== undefined;
}
