import type { IptablesRule } from '../model.js';
import { emptyRule, negate, setInterface, setNetwork, setProtocol, setXmark } from './iptables-words.js';

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
  let negated = before;
  if (isNot(cursor.words[cursor.at])) {
    negated = true;
    cursor.at += 1;
  }
  const word = cursor.words[cursor.at];
  if (word === undefined || isOption(word)) return undefined;
  cursor.at += 1;
  return { value: word.text, negated };
}

/** The words up to the next option. */
function takeValues(cursor: Cursor): string[] {
  const values: string[] = [];
  while (cursor.at < cursor.words.length && !isOption(cursor.words[cursor.at]) && !isNot(cursor.words[cursor.at])) {
    values.push(cursor.words[cursor.at]!.text);
    cursor.at += 1;
  }
  return values;
}

type Setter = (rule: IptablesRule, value: string, negated: boolean) => void;

const setPort =
  (side: 'sport' | 'dport'): Setter =>
  (rule, value, negated) => {
    rule[side] = value;
    negate(rule, side, negated);
  };
const setStates: Setter = (rule, value, negated) => {
  rule.ctstate = value.split(',');
  negate(rule, 'ctstate', negated);
};

/** Options whose meaning the rule's own properties hold. */
const SETTERS: Readonly<Record<string, Setter>> = {
  '-s': (rule, value, negated) => setNetwork(rule, 'src', value, negated),
  '-d': (rule, value, negated) => setNetwork(rule, 'dst', value, negated),
  '-i': (rule, value, negated) => setInterface(rule, 'in', value, negated),
  '-o': (rule, value, negated) => setInterface(rule, 'out', value, negated),
  '-p': setProtocol,
  '--sport': setPort('sport'),
  '--sports': setPort('sport'),
  '--dport': setPort('dport'),
  '--dports': setPort('dport'),
  '--ctstate': setStates,
  '--state': setStates,
  '--dst-type': (rule, value, negated) => {
    rule.dstType = value;
    negate(rule, 'dstType', negated);
  },
  '--comment': (rule, value) => {
    rule.comment = value;
  },
};
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

/**
 * Reads the words after `-A CHAIN`, as iptables-save, `iptables -S` and people write them.
 * `index` is the rule's place in its chain, from 1. Undefined where an option lacks its value or words stand alone.
 */
export function ruleOfSpec(
  spec: { table: string; chain: string; family: 4 | 6; index: number; text: string },
  words: readonly Word[],
): IptablesRule | undefined {
  const rule = emptyRule(spec.table, spec.chain, spec.family, spec.index, spec.text);
  const cursor: Cursor = { words, at: 0 };
  let module = '';
  let negated = false;
  let targeted = false;
  while (cursor.at < words.length) {
    const word = words[cursor.at]!;
    cursor.at += 1;
    if (isNot(word)) {
      negated = true;
      continue;
    }
    if (!isOption(word)) return undefined;
    const option = Object.hasOwn(LONG, word.text) ? LONG[word.text]! : word.text;
    const before = negated;
    negated = false;
    if (option === '-m') {
      const name = takeValue(cursor, false);
      if (name === undefined) return undefined;
      module = name.value;
      targeted = false;
    } else if (option === '-j' || option === '-g') {
      const target = takeValue(cursor, false);
      if (target === undefined) return undefined;
      rule.target = target.value;
      if (option === '-g') rule.goto = true;
      targeted = true;
    } else if (option === '-c') {
      const packets = takeValues(cursor)[0];
      if (packets !== undefined && /^\d{1,16}$/.test(packets)) rule.packets = Number(packets);
    } else if (targeted) {
      readTargetOption(rule, option, takeValues(cursor));
    } else if (option === '--mark' && (module === 'mark' || module === '')) {
      const mark = takeValue(cursor, before);
      if (mark === undefined) return undefined;
      rule.mark = mark.value;
      negate(rule, 'mark', mark.negated);
    } else if (Object.hasOwn(SETTERS, option)) {
      const taken = takeValue(cursor, before);
      if (taken === undefined) return undefined;
      SETTERS[option]!(rule, taken.value, taken.negated);
    } else {
      readUnknownMatch(rule, module, before, option, takeValues(cursor));
    }
  }
  return rule;
}

function readTargetOption(rule: IptablesRule, option: string, values: string[]): void {
  const name = option.replace(/^--?/, '');
  const operation = rule.target === 'MARK' ? /^(?:set|(and|or|xor))-(x?)mark$/.exec(name) : null;
  const xmark =
    operation === null ? undefined : setXmark(operation[1] ?? (operation[2] === 'x' ? 'xset' : 'set'), values[0] ?? '');
  if (xmark === undefined) rule.targetOptions[name] = values.join(' ');
  else rule.targetOptions['set-xmark'] = xmark;
}

/** Keeps a match whole, options of one `-m` together: `-m set --match-set blocked src`. */
function readUnknownMatch(
  rule: IptablesRule,
  module: string,
  negated: boolean,
  option: string,
  values: string[],
): void {
  // Old default rules of Red Hat say so, and it is no condition.
  if (option === '--icmp-type' && values[0] === 'any') return;
  const words = [...(negated ? ['!'] : []), option, ...values].join(' ');
  const last = rule.unknown.at(-1);
  // `-m limit --limit 3/min --limit-burst 5` is one match; two sets are two.
  if (module !== '' && module !== 'set' && last?.startsWith(`-m ${module} `) === true) {
    rule.unknown[rule.unknown.length - 1] = `${last} ${words}`;
  } else rule.unknown.push(module === '' ? words : `-m ${module} ${words}`);
}
