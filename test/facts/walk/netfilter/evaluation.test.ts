import { describe, expect, it } from 'vitest';
import { chainAt, ENVIRONMENT, filterOf, forwarded, packet, words } from './node-filter.js';

describe('the way through chains', () => {
  it('takes the policy where no rule decides', () => {
    const [outcome] = forwarded('-A FORWARD -p udp -j ACCEPT', packet(), 'DROP');
    expect(outcome).toMatchObject({ verdict: 'drop', by: { text: ':FORWARD DROP', table: 'filter' }, choices: [] });
    expect(outcome!.by.source).toMatchObject({ file: 'nodes/n1/iptables-save', line: 3 });
  });

  it('takes the first rule that decides, with its file and line', () => {
    const [outcome] = forwarded('-A FORWARD -j ACCEPT\n-A FORWARD -j DROP', packet(), 'DROP');
    expect(outcome).toMatchObject({ verdict: 'accept', by: { text: '-A FORWARD -j ACCEPT', source: { line: 5 } } });
  });

  it('comes back from a chain that decides nothing to the rule after the jump', () => {
    const rules = ':A - [0:0]\n-A FORWARD -j A\n-A FORWARD -j REJECT\n-A A -p udp -j DROP';
    expect(words(forwarded(rules))).toBe('reject');
  });

  it('comes back at RETURN before the chain has ended', () => {
    const rules = ':A - [0:0]\n-A FORWARD -j A\n-A FORWARD -j REJECT\n-A A -j RETURN\n-A A -j DROP';
    expect(words(forwarded(rules))).toBe('reject');
  });

  it('goes from a goto chain back to where its caller was called', () => {
    const rules = `:A - [0:0]
:B - [0:0]
-A FORWARD -j A
-A FORWARD -j REJECT
-A A -g B
-A A -j DROP
-A B -j RETURN`;
    expect(words(forwarded(rules))).toBe('reject');
  });

  it('takes the policy after a goto out of the base chain', () => {
    const rules = ':A - [0:0]\n-A FORWARD -g A\n-A FORWARD -j DROP\n-A A -p udp -j DROP';
    expect(words(forwarded(rules))).toBe('accept');
  });

  it('takes the policy at RETURN in the base chain', () => {
    expect(words(forwarded('-A FORWARD -j RETURN\n-A FORWARD -j ACCEPT', packet(), 'DROP'))).toBe('drop');
  });

  it('looks at a rule in the light of the mark that one before it set', () => {
    const rules = `:M - [0:0]
-A FORWARD -j M
-A FORWARD -m mark --mark 0x10/0x10 -j DROP
-A M -j MARK --set-xmark 0x10/0x10`;
    const [outcome] = forwarded(rules);
    expect(outcome).toMatchObject({ verdict: 'drop', packet: { mark: 0x10 } });
    expect(outcome!.changed.map(({ chain }) => chain)).toEqual(['M']);
  });
});

describe('doubt', () => {
  it('leaves both ways open at a rule that may match, and names it', () => {
    const outcomes = forwarded('-A FORWARD -m string --string x --algo bm -j DROP');
    expect(words(outcomes)).toBe('doubt: accept/drop');
    expect(outcomes.map((outcome) => outcome.choices.map(({ rule, way }) => [rule.source.line, way]))).toEqual([
      [[5, 0]],
      [[5, 1]],
    ]);
  });

  it.each([
    ['a LOG that may match', '-A FORWARD -m limit --limit 3/min -j LOG', 'accept'],
    ['a rule without a target', '-A FORWARD -m string --string x --algo bm', 'accept'],
    ['a DROP that may match before one that does', '-A FORWARD -m u32 --u32 1 -j DROP\n-A FORWARD -j DROP', 'drop'],
    [
      'a jump that may be made into a chain that comes back',
      ':A - [0:0]\n-A FORWARD -m u32 --u32 1 -j A\n-A A -p udp -j DROP\n-A A -j LOG',
      'accept',
    ],
    ['a RETURN that may match at the end', '-A FORWARD -m limit --limit 3/min -j RETURN', 'accept'],
    [
      'a mark that may be set and then is',
      '-A FORWARD -m u32 --u32 1 -j MARK --set-xmark 0x1/0xffffffff\n-A FORWARD -j MARK --set-xmark 0x1/0xffffffff',
      'accept',
    ],
    [
      'many jumps that may be made into a chain that comes back',
      `:A - [0:0]\n${'-A FORWARD -m u32 --u32 1 -j A\n'.repeat(400)}-A A -j LOG`,
      'accept',
    ],
  ])('vanishes after %s', (_, rules, expected) => {
    expect(words(forwarded(rules))).toBe(expected);
  });

  it('stays where a mark that may be set decides later', () => {
    const rules = '-A FORWARD -m u32 --u32 1 -j MARK --set-xmark 0x1/0x1\n-A FORWARD -m mark --mark 0x1/0x1 -j DROP';
    expect(words(forwarded(rules))).toBe('doubt: accept/drop');
  });

  it('tells the ways apart by the mark that they leave', () => {
    const outcomes = forwarded('-A FORWARD -m u32 --u32 1 -j MARK --set-xmark 0x1/0x1');
    expect(outcomes.map((outcome) => [outcome.packet.mark, outcome.choices.length])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it.each([
    ['a target that is not known', '-A FORWARD -j NEWFANGLED --with 3', 'doubt: accept/drop'],
    ['a chain that the output lacks', '-A FORWARD -j cali-FORWARD', 'doubt: accept/drop'],
    ['a program that decides', '-A FORWARD -j NFQUEUE --queue-num 1', 'doubt: accept/drop'],
  ])('comes of %s', (_, rules, expected) => {
    expect(words(forwarded(rules))).toBe(expected);
  });

  it('goes on behind a target that is not known', () => {
    const outcomes = forwarded('-A FORWARD -j NEWFANGLED\n-A FORWARD -j REJECT');
    expect(words(outcomes)).toBe('doubt: accept/drop/reject');
  });

  it('comes of a policy that the output does not tell', () => {
    const [filter] = [filterOf({ 'iptables-save': '*filter\n-A FORWARD -p udp -j DROP\nCOMMIT\n' })];
    expect(words(chainAt(filter, 'forward', 'filter FORWARD').evaluate(packet(), ENVIRONMENT))).toBe(
      'doubt: accept/drop',
    );
  });
});

describe('what the kernel draws', () => {
  const nat = (rules: string) =>
    chainAt(
      filterOf(`*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:SVC - [0:0]
:SEP1 - [0:0]
:SEP2 - [0:0]
:SEP3 - [0:0]
${rules}
-A SEP1 -p tcp -m tcp -j DNAT --to-destination 10.244.1.1:8080
-A SEP2 -p tcp -m tcp -j DNAT --to-destination 10.244.1.2:8080
-A SEP3 -p tcp -m tcp -j DNAT --to-destination 10.244.1.3:8080
COMMIT
`),
      'prerouting',
      'nat PREROUTING',
    ).evaluate(packet({ dst: '10.96.0.10' }), ENVIRONMENT);

  it.each([
    [
      'by probability',
      `-A SVC -m statistic --mode random --probability 0.33333333349 -j SEP1
-A SVC -m statistic --mode random --probability 0.50000000000 -j SEP2`,
    ],
    [
      'one after the other',
      `-A SVC -m statistic --mode nth --every 3 --packet 0 -j SEP1
-A SVC -m statistic --mode nth --every 2 --packet 0 -j SEP2`,
    ],
  ])('is a way for each backend: %s', (_, rules) => {
    const outcomes = nat(`-A PREROUTING -d 10.96.0.10/32 -j SVC\n${rules}\n-A SVC -j SEP3`);
    expect(words(outcomes)).toBe('random: accept/accept/accept');
    expect(outcomes.map((outcome) => (outcome.translation?.to?.[0] ?? 0) & 255).sort()).toEqual([1, 2, 3]);
    expect(outcomes.every((outcome) => outcome.translation?.port?.[0] === 8080)).toBe(true);
    expect(outcomes.map((outcome) => outcome.choices.length).sort()).toEqual([1, 2, 2]);
  });

  it('is a doubt where the rule may not match at all', () => {
    expect(words(nat('-A PREROUTING -m u32 --u32 1 -m statistic --mode random --probability 0.5 -j SEP1'))).toBe(
      'doubt: accept/accept',
    );
  });

  it('is nothing where each backend is the same', () => {
    const outcomes = nat('-A PREROUTING -m statistic --mode random --probability 0.5 -j SEP1\n-A PREROUTING -j SEP1');
    expect(words(outcomes)).toBe('accept');
  });
});

describe('hostile tables', () => {
  it('end in a doubt where chains jump into one another without end', () => {
    const outcomes = forwarded(':A - [0:0]\n:B - [0:0]\n-A FORWARD -j A\n-A A -j B\n-A B -j A');
    expect(words(outcomes)).toBe('doubt: accept');
  });

  it('end in a doubt where chains go to one another without end', () => {
    expect(words(forwarded(':A - [0:0]\n-A FORWARD -g A\n-A A -g A'))).toBe('doubt: accept');
  });

  it('end in a doubt where every chain calls the next many times', () => {
    const chains = Array.from({ length: 30 }, (_, i) => `-A C${i} -j C${i + 1}\n`.repeat(4)).join('');
    const names = Array.from({ length: 31 }, (_, i) => `:C${i} - [0:0]`).join('\n');
    expect(words(forwarded(`${names}\n-A FORWARD -j C0\n${chains}-A C30 -j LOG`))).toBe('doubt: accept');
  });

  it('end in a doubt where thousands of rules may match', () => {
    expect(words(forwarded('-A FORWARD -m u32 --u32 1 -j DROP\n'.repeat(5000)))).toBe('doubt: accept/drop');
  });

  it('end in a doubt where thousands of targets are not known', () => {
    // One way is given up on: what the rest would set is not known.
    expect(words(forwarded('-A FORWARD -j NEWFANGLED\n'.repeat(5000)))).toBe('doubt: accept/accept/drop');
  });

  it('end in one doubt where the ways are too many to tell', () => {
    const rules = Array.from(
      { length: 14 },
      (_, i) => `-A FORWARD -m u32 --u32 1 -j MARK --set-xmark ${2 ** i}/${2 ** i}`,
    );
    const outcomes = forwarded(rules.join('\n'));
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ verdict: 'accept', choices: [{ kind: 'doubt' }] });
  });
});
