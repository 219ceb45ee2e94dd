import { expect, it } from 'vitest';
import { checkRulebook } from '../../../src/engine/rulebook/check.js';
import { edited } from './small-rulebook.js';

const CAUSE = 'causes/unreachable/ip-forward-disabled.yaml';
const KERNEL = 'evidence/kernel.yaml';

it.each([
  [
    'an evidence that no cause uses',
    CAUSE,
    '  - {id: pods-not-ready, shows: sometimes}\n',
    '',
    `${KERNEL}:13:3: evidence "pods-not-ready" is used by no cause`,
  ],
  [
    'direct evidence that is common',
    KERNEL,
    'elsewhere: rare',
    'elsewhere: common',
    `${CAUSE}:1:1: direct evidence "ip-forward-off" is common elsewhere: it cannot prove "ip-forward-disabled"`,
  ],
  [
    'a check without its result',
    CAUSE,
    '    expect: {en: "1", zh: "1"}\n',
    '',
    `${CAUSE}:1:1: "ip-forward-disabled" does not say what \`sysctl net.ipv4.ip_forward\` must show ("expect")`,
  ],
  [
    'a class that its cause does not name',
    CAUSE,
    'classes: [unreachable]',
    'classes: []',
    `${CAUSE}:1:1: class "unreachable" of taxonomy.yaml lists "ip-forward-disabled", which does not name that class`,
  ],
  [
    'a cause that its class does not list',
    'taxonomy.yaml',
    'causes: [ip-forward-disabled]',
    'causes: []',
    `${CAUSE}:1:1: "ip-forward-disabled" names the class "unreachable", which does not list it in taxonomy.yaml`,
  ],
  [
    'an answer that nobody asks for',
    'questions.yaml',
    'fact: answer.restart-helps',
    'fact: cni',
    'facts.yaml:1:1: "answer.restart-helps" comes from an answer, and no question asks for it',
  ],
  [
    'facts that nothing collects',
    KERNEL,
    '{fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}]',
    '{fact: podAttachment, operator: equal, value: bridge}]',
    `${KERNEL}:1:3: evidence "ip-forward-off" has no "collect", and its facts have none`,
  ],
  [
    'a group of one beside a group of nearly that name',
    KERNEL,
    '  cost: access',
    '  cost: access\n  group: forwardin',
    `${KERNEL}:1:3: group "forwarding" has no other evidence: did you mean "forwardin"?`,
  ],
])('%s is warned of, and loads', (_, path, from, to, warning) => {
  const { rulebook, problems } = checkRulebook(edited(path, from, to));
  expect(rulebook).toBeDefined();
  expect(problems.every(({ severity }) => severity === 'warning')).toBe(true);
  expect(problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)).toContain(warning);
});

it('does not ask for a command that reads logs', () => {
  const rules = edited(
    KERNEL,
    '{fact: sysctl.net.ipv4.ip_forward, operator: equal, value: 0}]',
    '{fact: log.tuned-restart, operator: equal, value: true}]',
  );
  expect(checkRulebook(rules).problems).toEqual([]);
});
