import type { IptablesRule } from '../../../../src/facts/model.js';

/** Words of a rule by the shell's quoting, which is what iptables-save uses. */
function tokens(line: string): { text: string; quoted: boolean }[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((found) => ({
    text: found[2] ?? found[1]!.replace(/\\(.)/g, '$1'),
    quoted: found[2] === undefined,
  }));
}

interface Said {
  module: string;
  option: string;
  negated: boolean;
  value: string;
}

/** What the line of a real iptables-save says, option by option. */
function saidBy(line: string): Said[] {
  const said: Said[] = [];
  const words = tokens(line.replace(/^\[\d+:\d+\] /, '').replace(/^-A \S+ ?/, ''));
  let module = '';
  let negated = false;
  let last: Said | undefined;
  for (let i = 0; i < words.length; i += 1) {
    const { text, quoted } = words[i]!;
    if (text === '!' && !quoted) negated = true;
    else if (last?.option === '--comment' && last.value === '') last.value = text;
    else if (/^--?[a-z]/i.test(text) && !quoted) {
      last = { module, option: text, negated, value: '' };
      said.push(last);
      negated = false;
      if (text === '-m') module = words[i + 1]!.text;
      if (text === '-j' || text === '-g') module = 'target';
    } else last!.value += last!.value === '' ? text : ` ${text}`;
  }
  return said;
}

const TYPED: Readonly<Record<string, keyof IptablesRule>> = {
  '-s': 'src',
  '-d': 'dst',
  '-i': 'in',
  '-o': 'out',
  '-p': 'proto',
  '--dport': 'dport',
  '--dports': 'dport',
  '--sport': 'sport',
  '--sports': 'sport',
  '--ctstate': 'ctstate',
  '--state': 'ctstate',
  '--mark': 'mark',
  '--dst-type': 'dstType',
};
/** Options of matches that the record's property does not stand for, though their name is the same. */
const ELSEWHERE = /^connmark$/;

/** Whatever a line of iptables-save says and the record does not, and whatever the record holds beyond it. */
export function differences(rule: IptablesRule, line: string): string[] {
  const lost: string[] = [];
  const said = saidBy(line);
  let unknown = 0;
  let options = 0;
  let properties = 0;
  for (const { module, option, negated, value } of said) {
    const name = `${negated ? '! ' : ''}${option}${value === '' ? '' : ` ${value}`}`;
    const property = TYPED[option];
    const own = /^-[a-z]$/.test(option);
    let kept: boolean;
    if (option === '-m') kept = isKept(rule, value, said);
    else if (option === '-j') kept = rule.target === value && rule.goto !== true;
    else if (option === '-g') kept = rule.target === value && rule.goto === true;
    else if (option === '-c') kept = rule.packets === Number(value.split(' ')[0]);
    else if (option === '--comment') kept = ` ${rule.comment} `.includes(` ${value} `);
    else if (option === '--icmp-type' && value === 'any') kept = true;
    else if (module === 'target') {
      options += 1;
      kept = rule.targetOptions[option.slice(2)] === value;
    } else {
      const held = property === undefined || ELSEWHERE.test(module) ? undefined : rule[property];
      kept = held !== undefined && String(held) === value && rule.not.includes(property!) === negated;
      if (kept) properties += 1;
      else {
        unknown += 1;
        kept = rule.unknown.some(
          (text) => (own || text.startsWith(`-m ${module} `)) && ` ${text} `.includes(` ${name} `),
        );
      }
    }
    if (!kept) lost.push(name);
  }
  const heldProperties = [...new Set(Object.values(TYPED))].filter((property) => rule[property] !== undefined).length;
  if (heldProperties !== properties) lost.push(`properties: ${heldProperties}, not ${properties}`);
  if (Object.keys(rule.targetOptions).length !== options) lost.push(`options of the target: ${options}`);
  const held = rule.unknown
    .join(' ')
    .split(' ')
    .filter((word) => /^--?[a-z]/i.test(word) && word !== '-m').length;
  // A value may look like an option; nothing else may be more.
  if (held < unknown) lost.push(`unknown: ${held}, not ${unknown}`);
  return lost;
}

/** Whether a match is there by its options, or itself where it has none. */
function isKept(rule: IptablesRule, module: string, said: readonly Said[]): boolean {
  if (/^(?:tcp|udp|sctp|icmp|icmp6|ipv6-icmp|esp)$/.test(module)) return true;
  if (said.some((other) => other.module === module && other.option !== '-m')) return true;
  return rule.unknown.includes(`-m ${module}`);
}
