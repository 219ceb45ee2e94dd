import type { IptablesRule } from '../model.js';
import { isKnownMatch, KEEPS_PACKETS_WHOLE, TAKES_ANY_WORD } from './iptables-matches.js';
import { addComment, emptyRule, negate, setInterface, setNetwork, setProtocol, setXmark } from './iptables-words.js';

/** A word of a rule; a quoted one is never an option. */
interface Word {
  text: string;
  quoted: boolean;
}

/** Words of `-A CHAIN …`, with `"…"` taken whole and `\"`, `\\` inside it resolved. An open quote ends with the line. */
export function ruleWords(line: string): Word[] {
  const words: Word[] = [];
  let text = '';
  let open = false;
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i]!;
    if (open) {
      if (char === '\\' && i + 1 < line.length) {
        i += 1;
        text += line[i]!;
      } else if (char === '"') open = false;
      else text += char;
    } else if (char === '"') {
      open = true;
      quoted = true;
    } else if (char === ' ' || char === '\t') {
      if (text !== '' || quoted) words.push({ text, quoted });
      text = '';
      quoted = false;
    } else text += char;
  }
  if (text !== '' || quoted) words.push({ text, quoted });
  return words;
}

function isOption(word: Word | undefined): boolean {
  return word !== undefined && !word.quoted && /^--?[A-Za-z]/.test(word.text);
}

function isNot(word: Word | undefined): boolean {
  return word !== undefined && !word.quoted && word.text === '!';
}

/** Where the words of a rule are read from. */
interface Cursor {
  words: readonly Word[];
  at: number;
}

/** The option's next value; old iptables writes the negation here: `-s ! 10.0.0.0/8`. */
function takeValue(cursor: Cursor, before: boolean): { value: string; negated: boolean } | undefined {
  const inner = isNot(cursor.words[cursor.at]);
  const word = cursor.words[cursor.at + (inner ? 1 : 0)];
  if (word === undefined || isOption(word)) return undefined;
  cursor.at += inner ? 2 : 1;
  return { value: word.text, negated: before || inner };
}

/** The words up to the next option or the negation in front of one. */
function takeValues(cursor: Cursor, option: string): string[] {
  const values: string[] = [];
  const add = (): void => void values.push(cursor.words[cursor.at++]!.text);
  if (TAKES_ANY_WORD.has(option) && cursor.at < cursor.words.length) add();
  for (let word = cursor.words[cursor.at]; word !== undefined; word = cursor.words[cursor.at]) {
    const next = cursor.words[cursor.at + 1];
    if (isOption(word) || (isNot(word) && (next === undefined || isOption(next)))) break;
    add();
  }
  return values;
}

interface Setter {
  property: 'src' | 'dst' | 'in' | 'out' | 'proto' | 'sport' | 'dport' | 'mark' | 'ctstate' | 'dstType';
  set(rule: IptablesRule, value: string, negated: boolean): void;
}

function plain(property: 'sport' | 'dport' | 'mark' | 'dstType'): Setter {
  const set = (rule: IptablesRule, value: string, negated: boolean): void => {
    rule[property] = value;
    negate(rule, property, negated);
  };
  return { property, set };
}
const states: Setter = {
  property: 'ctstate',
  set(rule, value, negated) {
    rule.ctstate = value.split(',');
    negate(rule, 'ctstate', negated);
  },
};

/** Options that iptables reads whatever match or target stands before them. */
const OWN: Readonly<Record<string, Setter>> = {
  '-s': { property: 'src', set: (rule, value, negated) => setNetwork(rule, 'src', value, negated) },
  '-d': { property: 'dst', set: (rule, value, negated) => setNetwork(rule, 'dst', value, negated) },
  '-i': { property: 'in', set: (rule, value, negated) => setInterface(rule, 'in', value, negated) },
  '-o': { property: 'out', set: (rule, value, negated) => setInterface(rule, 'out', value, negated) },
  '-p': { property: 'proto', set: setProtocol },
};
/** Options of matches whose meaning the rule's own properties hold. */
const OF_MATCHES: Readonly<Record<string, Setter>> = {
  '--sport': plain('sport'),
  '--sports': plain('sport'),
  '--dport': plain('dport'),
  '--dports': plain('dport'),
  '--ctstate': states,
  '--state': states,
  '--dst-type': plain('dstType'),
};
const MARK = plain('mark');
/** Targets without options of their own: what follows them are conditions. */
const BARE_TARGETS: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'RETURN', 'QUEUE']);
/** Spellings that `iptables -A` takes and iptables-save never prints, and those of old versions. */
const LONG: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--protocol': '-p',
  '--source-port': '--sport',
  '--source-ports': '--sports',
  '--destination-port': '--dport',
  '--destination-ports': '--dports',
  '--jump': '-j',
  '--goto': '-g',
  '--match': '-m',
  '--set-counters': '-c',
};

/** The match whose options are being read. */
interface OpenMatch {
  /** Empty outside of any `-m`. */
  module: string;
  /** Of `! -m`. */
  negated: boolean;
  /** Whether an option of it was read. */
  used: boolean;
  /** Where it stands in the rule's `unknown`. */
  at?: number;
}

/**
 * Reads the words after `-A CHAIN`, as iptables-save, `iptables -S` and people write them. What is not known, or does not
 * belong there, is kept in `unknown` and costs nothing but the certainty of this rule. Undefined where the line ends in the
 * middle of a condition: what was cut off may have said anything.
 * @param spec.index the rule's place in its chain, from 1
 */
export function ruleOfSpec(
  spec: { table: string; chain: string; family: 4 | 6; index: number; text: string },
  words: readonly Word[],
): IptablesRule | undefined {
  const rule = emptyRule(spec.table, spec.chain, spec.family, spec.index, spec.text);
  const cursor: Cursor = { words, at: 0 };
  let match: OpenMatch = { module: '', negated: false, used: true };
  let negated = false;
  let targeted = false;
  const open = (module: string, before: boolean): void => {
    closeMatch(rule, match);
    match = { module, negated: before, used: module === '' };
  };
  while (cursor.at < words.length) {
    const word = words[cursor.at]!;
    cursor.at += 1;
    const before = negated;
    negated = isNot(word);
    if (negated) {
      if (before) rule.unknown.push('!');
      continue;
    }
    if (!isOption(word)) {
      rule.unknown.push(before ? `! ${word.text}` : word.text);
      continue;
    }
    const option = Object.hasOwn(LONG, word.text) ? LONG[word.text]! : word.text;
    if (option === '-m' || option === '-j' || option === '-g') {
      const name = takeValue(cursor, false);
      if (name === undefined) return undefined;
      open(option === '-m' ? name.value : '', option === '-m' && (before || name.negated));
      targeted = option !== '-m';
      if (targeted) {
        if (before || name.negated) rule.unknown.push(`! ${option}`);
        rule.target = name.value;
        if (option === '-g') rule.goto = true;
      }
    } else if (option === '-c') {
      const packets = takeValues(cursor, option)[0];
      if (packets !== undefined && /^\d{1,16}$/.test(packets)) rule.packets = Number(packets);
    } else if (option === '--comment') {
      match.used = true;
      addComment(rule, takeValues(cursor, option).join(' '));
    } else {
      const setter = setterOf(option, match, targeted);
      if (setter !== undefined && rule[setter.property] === undefined) {
        const taken = takeValue(cursor, before);
        if (taken !== undefined) {
          match.used ||= !Object.hasOwn(OWN, option);
          setter.set(rule, taken.value, taken.negated);
          continue;
        }
        if (cursor.at >= words.length) return undefined;
      }
      const values = takeValues(cursor, option);
      if (targeted && setter === undefined && !BARE_TARGETS.has(rule.target ?? '')) {
        readTargetOption(rule, option, before ? ['!', ...values] : values);
      } else readUnknownMatch(rule, Object.hasOwn(OWN, option) ? undefined : match, before, option, values);
    }
  }
  if (negated) rule.unknown.push('!');
  closeMatch(rule, match);
  return rule;
}

/** An unknown match may call anything `--dport`. */
function setterOf(option: string, { module }: OpenMatch, targeted: boolean): Setter | undefined {
  if (Object.hasOwn(OWN, option)) return OWN[option];
  if (module !== '' && !isKnownMatch(module)) return undefined;
  if (option === '--mark') return !targeted && (module === 'mark' || module === '') ? MARK : undefined;
  return Object.hasOwn(OF_MATCHES, option) ? OF_MATCHES[option] : undefined;
}

/** `-m socket` and `-m rpfilter` ask for something without any option. */
function closeMatch(rule: IptablesRule, { module, negated, used }: OpenMatch): void {
  if (!used && (negated || !KEEPS_PACKETS_WHOLE.has(module))) rule.unknown.push(`${negated ? '! ' : ''}-m ${module}`);
}

function readTargetOption(rule: IptablesRule, option: string, values: readonly string[]): void {
  const name = option.replace(/^--?/, '');
  const operation = rule.target === 'MARK' ? /^(?:set|(and|or|xor))-(x?)mark$/.exec(name) : null;
  const xmark =
    operation === null ? undefined : setXmark(operation[1] ?? (operation[2] === 'x' ? 'xset' : 'set'), values[0] ?? '');
  if (xmark !== undefined) rule.targetOptions['set-xmark'] = xmark;
  else if (!Object.hasOwn(rule.targetOptions, name)) rule.targetOptions[name] = values.join(' ');
  // Old kernels spread over several `--to-destination`.
  else rule.targetOptions[name] += ` ${values.join(' ')}`;
}

/** Keeps a match whole, options of one `-m` together: `-m limit --limit 3/min --limit-burst 5`. */
function readUnknownMatch(
  rule: IptablesRule,
  match: OpenMatch | undefined,
  before: boolean,
  option: string,
  values: readonly string[],
): void {
  if (match !== undefined) match.used = true;
  // Old default rules of Red Hat say so, and it is no condition.
  if (option === '--icmp-type' && values[0] === 'any' && !before) return;
  const words = [...(before ? ['!'] : []), option, ...values].join(' ');
  if (match === undefined || match.module === '') rule.unknown.push(words);
  else if (match.at !== undefined) rule.unknown[match.at] += ` ${words}`;
  else {
    match.at = rule.unknown.length;
    rule.unknown.push(`${match.negated ? '! ' : ''}-m ${match.module} ${words}`);
  }
}
