import { describe, expect, it } from 'vitest';
import type { IptablesRule } from '../../../../src/facts/model.js';
import { iptablesList } from '../../../../src/facts/parsers/iptables-list.js';
import { iptablesSave } from '../../../../src/facts/parsers/iptables-save.js';
import { expectToSurviveDamage, parseOutput } from '../../parsers/parse-output.js';
import { differences } from './lost-words.js';
import { type Output, outputsOf, parsed, textOf } from './outputs.js';

const RULES = outputsOf('rules');
const LISTINGS = outputsOf('listing');
const title = ({ product, file }: Output): string => `${product}: ${file.replaceAll('_', ' ')}`;
const isRule = (line: string): boolean => /^(?:\[\d+:\d+\] )?-A /.test(line);

describe.each(RULES.map((output) => [title(output), output] as const))('%s', (_title, output) => {
  it('loses no rule and no chain', () => {
    const { problems, ...facts } = parsed(output);
    expect(problems).toEqual([]);
    const rules = output.lines.filter(isRule);
    expect(rules.length).toBeGreaterThan(0);
    expect(facts.records('iptables-rule').map(({ text }) => text)).toEqual(rules);
    const chains = output.lines.filter((line) => /^(?::|-[PN] )/.test(line));
    expect(facts.records('iptables-chain').map(({ chain }) => chain)).toEqual(
      chains.map((line) => /^(?::|-[PN] )(\S+)/.exec(line)![1]),
    );
  });

  it('loses no word of a rule and adds none', () => {
    const lost = parsed(output)
      .records('iptables-rule')
      .flatMap((rule) => differences(rule, rule.text).map((word) => `${rule.text} ⇒ ${word}`));
    expect(lost).toEqual([]);
  });
});

describe.each(LISTINGS.map((output) => [title(output), output] as const))('%s', (_title, output) => {
  it('loses no rule and no chain', () => {
    const { problems, ...facts } = parsed(output);
    expect(problems).toEqual([]);
    const chains = output.lines.filter((line) => line.startsWith('Chain '));
    expect(facts.records('iptables-chain')).toHaveLength(chains.length);
    const rules = output.lines.filter((line) => /^ *\d/.test(line));
    expect(facts.records('iptables-rule').map(({ text }) => text)).toEqual(rules.map((line) => line.trim()));
  });

  it('says of each rule what iptables-save says of it', () => {
    const saved = savedRules(output);
    for (const rule of parsed(output).records('iptables-rule')) {
      const same = saved.get(place(rule));
      expect(same, rule.text).toBeDefined();
      expect(essence(rule, output.file.includes('v')), rule.text).toEqual(essence(same!, output.file.includes('v')));
    }
  });
});

describe('damaged outputs', () => {
  it.each([
    ['calico', 'iptables-legacy-save_-c', iptablesSave],
    ['fail2ban', 'iptables-nft-save', iptablesSave],
    ['weave', 'iptables-legacy-save', iptablesSave],
    ['cloud', 'iptables_-t_nat_-nvL', iptablesList],
    ['fail2ban', 'iptables_-nvL', iptablesList],
  ])('%s: %s', (product, file, parser) => {
    expectToSurviveDamage(parser, file.replaceAll('_', ' '), textOf(product, file));
  });

  it('are read in time that grows as they do, however long a rule is', () => {
    const long = [
      '--to a ',
      '-m quantum ',
      '--spin ',
      '! ',
      'word ',
      '-m mark --mark 1 ',
      '-m comment --comment c ',
      '"a" ',
    ]
      .map((piece) => `-A INPUT -j X ${piece.repeat(100_000)}`)
      .join('\n');
    expect(parseOutput(iptablesSave, 'iptables-save', long).records('iptables-rule')).toHaveLength(8);
  });
});

const place = ({ table, chain, index }: IptablesRule): string => `${table} ${chain} ${index}`;

function savedRules({ product }: Output): Map<string, IptablesRule> {
  // Of two runs of dockerd the published ports stand in another order; the listings are of nft's.
  const saves = RULES.filter((other) => other.product === product && /^iptables-(?:nft|legacy)-save/.test(other.file));
  const save = saves.find(({ file }) => file.includes('-nft-')) ?? saves[0]!;
  return new Map(
    parsed(save)
      .records('iptables-rule')
      .map((rule) => [place(rule), rule]),
  );
}

/** Options of targets whose value listings print as iptables-save does. */
const OPTIONS = [
  'to-destination',
  'to-source',
  'to-ports',
  'to',
  'random-fully',
  'persistent',
  'set-xmark',
  'reject-with',
  'restore-mark',
  'clamp-mss-to-pmtu',
  'notrack',
];

function essence(rule: IptablesRule, devices: boolean): Record<string, unknown> {
  const { target, goto, src, dst, proto, dport, sport, mark, ctstate, dstType, comment, not } = rule;
  return {
    ...{ target, goto, src, dst, proto, dport, sport, mark, ctstate, dstType },
    ...(devices ? { in: rule.in, out: rule.out } : {}),
    comment: comment?.replaceAll(/\s+/g, ' '),
    not: not.filter((name) => devices || !/^(?:in|out)$/.test(name)).sort(),
    options: OPTIONS.map((name) => rule.targetOptions[name]),
    isUncertain: rule.unknown.length > 0,
  };
}
